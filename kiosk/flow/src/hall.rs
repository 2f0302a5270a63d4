//! Whether people are received now: the catalogue's hours, what staff decided, and the places that are left.

use jiff::civil::{Date, DateTime, Time};
use wire::catalogue::{Catalogue, Service};
use wire::opening::{Hours, Opening};

use crate::input::Hall;

/// Whether a ticket can be taken for something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reception {
    /// Yes; until then today, where it ends today.
    Open { until: Option<Time> },
    /// No; again then, where that is known.
    Closed { next: Option<DateTime> },
    /// All places are taken.
    Full,
}

/// What is known of the hall.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knowledge {
    /// The site's wall clock, to the minute; none: not known yet, and then nothing is closed by hours.
    pub now: Option<DateTime>,
    /// What staff decided.
    pub decided: Hall,
    /// Closed at this borne by staff, on that day.
    pub shut: Option<Date>,
}

impl Knowledge {
    /// Whether staff ended the day before its time.
    fn ended_early(&self) -> bool {
        let ended = |(end, now): (DateTime, DateTime)| end.date() == now.date() && end <= now;
        let by_server = self.decided.closes_at.zip(self.now).is_some_and(ended);
        by_server || self.shut.is_some() && self.shut == self.now.map(DateTime::date)
    }

    /// The clock went on. Another day: yesterday's places are not today's.
    pub fn tell_time(&mut self, now: DateTime) {
        if self.now.is_some_and(|before| before.date() < now.date()) {
            self.decided.full.clear();
        }
        self.now = Some(now);
    }

    fn by_hours(&self, hours: Option<Hours<'_>>) -> Reception {
        let (Some(now), Some(hours)) = (self.now, hours) else {
            return if self.ended_early() { Reception::Closed { next: None } } else { self.open(None) };
        };
        if self.ended_early() {
            // Another day: what is left of this one does not count.
            return Reception::Closed { next: hours.next(now.date().to_datetime(Time::MAX)) };
        }
        match hours.at(now) {
            Opening::Open { until } => self.open(Some(until)),
            Opening::Closed { next } => Reception::Closed { next },
        }
    }

    /// Open, until the hours or the staff say otherwise, whichever comes first.
    fn open(&self, until: Option<Time>) -> Reception {
        let today = self.now.map(DateTime::date);
        let early = self.decided.closes_at.filter(|end| Some(end.date()) == today).map(DateTime::time);
        Reception::Open { until: until.into_iter().chain(early).min() }
    }

    /// A service.
    pub fn service(&self, catalogue: &Catalogue, service: &Service) -> Reception {
        let reception = self.by_hours(catalogue.service_hours(service));
        let full = self.decided.full.contains(&service.id);
        if full && matches!(reception, Reception::Open { .. }) { Reception::Full } else { reception }
    }

    /// The site: open where one of its services is, or it gives feedback only.
    pub fn site(&self, catalogue: &Catalogue) -> Reception {
        let own = self.by_hours(catalogue.hours());
        let services: Vec<Reception> = catalogue.services.iter().map(|s| self.service(catalogue, s)).collect();
        if let Some(until) = latest(&services) {
            return Reception::Open { until };
        }
        if services.contains(&Reception::Full) {
            return Reception::Full;
        }
        let opens = |reception: &Reception| if let Reception::Closed { next } = reception { *next } else { None };
        let next = services.iter().chain([&own]).filter_map(opens).min();
        Reception::Closed { next }
    }

    /// When people are received again on another day, where all places of this one are taken.
    pub fn another_day(&self, catalogue: &Catalogue, service: Option<&Service>) -> Option<DateTime> {
        let hours = service.map_or_else(|| catalogue.hours(), |service| catalogue.service_hours(service));
        hours?.next(self.now?.date().to_datetime(Time::MAX))
    }

    /// When the place drives away today, where it is still there though closed: a bus.
    pub fn leaves(&self, catalogue: &Catalogue) -> Option<Time> {
        let now = self.now?;
        let last = catalogue.hours()?.on(now.date()).last()?;
        (now.time() < last.to).then_some(last.to)
    }
}

/// The latest end of those that are open; the inner none: open without an end today.
fn latest(services: &[Reception]) -> Option<Option<Time>> {
    let mut ends = services.iter().filter_map(|r| if let Reception::Open { until } = r { Some(*until) } else { None });
    let first = ends.next()?;
    Some(ends.fold(first, |one, other| one.zip(other).map(|(one, other)| one.max(other))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use jiff::civil::{date, time};
    use wire::ids::ServiceId;

    const MONDAY: Date = date(2026, 11, 23);

    fn catalogue() -> Catalogue {
        let mut catalogue = crate::tests::catalogue();
        let day = || vec!["08:30-12:00".parse().unwrap(), "13:30-17:00".parse().unwrap()];
        let week = wire::opening::Week { mon: day(), tue: day(), ..Default::default() };
        catalogue.services[0].hours =
            Some(wire::opening::Week { mon: vec!["08:30-10:00".parse().unwrap()], ..week.clone() });
        catalogue.site.hours = Some(week);
        catalogue
    }

    fn at(hour: i8, minute: i8) -> Knowledge {
        Knowledge { now: Some(MONDAY.at(hour, minute, 0, 0)), ..Knowledge::default() }
    }

    #[test]
    fn a_borne_that_does_not_know_the_time_is_open() {
        assert_eq!(Knowledge::default().site(&catalogue()), Reception::Open { until: None });
    }

    #[test]
    fn hours_of_the_site_and_of_a_service() {
        let catalogue = catalogue();
        let first = &catalogue.services[0];
        assert_eq!(at(9, 0).site(&catalogue), Reception::Open { until: Some(time(12, 0, 0, 0)) });
        assert_eq!(at(9, 0).service(&catalogue, first), Reception::Open { until: Some(time(10, 0, 0, 0)) });
        let tomorrow = MONDAY.tomorrow().unwrap().at(8, 30, 0, 0);
        assert_eq!(at(10, 0).service(&catalogue, first), Reception::Closed { next: Some(tomorrow) });
        let afternoon = MONDAY.at(13, 30, 0, 0);
        assert_eq!(at(12, 30).site(&catalogue), Reception::Closed { next: Some(afternoon) });
    }

    #[test]
    fn staff_close_early_until_another_day() {
        let catalogue = catalogue();
        let tomorrow = Reception::Closed { next: Some(MONDAY.tomorrow().unwrap().at(8, 30, 0, 0)) };
        let end = Hall { closes_at: Some(MONDAY.at(11, 0, 0, 0)), ..Hall::default() };
        let before = Knowledge { decided: end.clone(), ..at(10, 30) };
        assert_eq!(before.site(&catalogue), Reception::Open { until: Some(time(11, 0, 0, 0)) });
        assert_eq!(Knowledge { decided: end, ..at(11, 0) }.site(&catalogue), tomorrow);
        assert_eq!(Knowledge { shut: Some(MONDAY), ..at(9, 0) }.site(&catalogue), tomorrow);
        let yesterday = Knowledge { shut: MONDAY.yesterday().ok(), ..at(9, 0) };
        assert!(matches!(yesterday.site(&catalogue), Reception::Open { .. }));
    }

    #[test]
    fn a_full_hall_is_not_a_closed_one() {
        let catalogue = catalogue();
        let all: BTreeSet<ServiceId> = catalogue.services.iter().map(|s| s.id.clone()).collect();
        let one: BTreeSet<ServiceId> = all.iter().take(1).cloned().collect();
        let hall = |full| Knowledge { decided: Hall { full, closes_at: None }, ..at(9, 0) };
        assert_eq!(hall(all.clone()).site(&catalogue), Reception::Full);
        assert!(matches!(hall(one).site(&catalogue), Reception::Open { .. }));
        let lunch = Knowledge { decided: Hall { full: all, closes_at: None }, ..at(12, 30) };
        assert!(matches!(lunch.site(&catalogue), Reception::Closed { .. }));
    }
}
