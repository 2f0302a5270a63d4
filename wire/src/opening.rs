//! When people are received: a week of hours, days that differ, and what they mean at a moment.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::catalogue::Localised;

/// How far ahead an opening is looked for: a year and a day.
const HORIZON_DAYS: usize = 366;

/// A stretch of a day, `08:30-12:00`: from the first minute on, until the last, which is outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stretch {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub to: Time,
}

/// What is wrong with a stretch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no opening such as `08:30-12:00`")]
pub struct StretchError(String);

impl FromStr for Stretch {
    type Err = StretchError;
    fn from_str(text: &str) -> Result<Self, StretchError> {
        let wrong = || StretchError(text.to_owned());
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let time = |part: &str| {
            let (hour, minute) = part.trim().split_once(':').ok_or_else(wrong)?;
            let number = |digits: &str| digits.parse::<i8>().map_err(|_| wrong());
            Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| wrong())
        };
        let stretch = Self { from: time(from)?, to: time(to)? };
        if stretch.from < stretch.to { Ok(stretch) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Stretch {
    type Error = StretchError;
    fn try_from(text: String) -> Result<Self, StretchError> {
        text.parse()
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), to.hour(), to.minute())
    }
}

impl From<Stretch> for String {
    fn from(stretch: Stretch) -> Self {
        stretch.to_string()
    }
}

/// A week: a day that is not named is closed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Week {
    /// Monday.
    pub mon: Vec<Stretch>,
    /// Tuesday.
    pub tue: Vec<Stretch>,
    /// Wednesday.
    pub wed: Vec<Stretch>,
    /// Thursday.
    pub thu: Vec<Stretch>,
    /// Friday.
    pub fri: Vec<Stretch>,
    /// Saturday.
    pub sat: Vec<Stretch>,
    /// Sunday.
    pub sun: Vec<Stretch>,
}

impl Week {
    /// The stretches of a day of the week.
    #[must_use]
    pub fn on(&self, day: Weekday) -> &[Stretch] {
        match day {
            Weekday::Monday => &self.mon,
            Weekday::Tuesday => &self.tue,
            Weekday::Wednesday => &self.wed,
            Weekday::Thursday => &self.thu,
            Weekday::Friday => &self.fri,
            Weekday::Saturday => &self.sat,
            Weekday::Sunday => &self.sun,
        }
    }

    /// Stretches of a day that begin before the one before them has ended: the day's short name, the stretch, the one before.
    pub(crate) fn torn(&self) -> Vec<(&'static str, Stretch, Stretch)> {
        let days = [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
        ];
        let torn =
            |(name, day): (&'static str, &Vec<Stretch>)| out_of_order(day).map(|(late, early)| (name, late, early));
        days.into_iter().filter_map(torn).collect()
    }
}

/// Days that differ from the week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The first day.
    pub from: Date,
    /// The last day, where it is not the same.
    pub to: Option<Date>,
    /// When people are received on these days; none: closed.
    #[serde(default)]
    pub hours: Vec<Stretch>,
    /// Why, for people: `Noël`.
    pub reason: Option<Localised>,
}

impl Exception {
    fn holds(&self, date: Date) -> bool {
        (self.from..=self.to.unwrap_or(self.from)).contains(&date)
    }

    /// A stretch that begins before the one before it has ended, and that one.
    pub(crate) fn torn(&self) -> Option<(Stretch, Stretch)> {
        out_of_order(&self.hours)
    }
}

fn out_of_order(day: &[Stretch]) -> Option<(Stretch, Stretch)> {
    day.windows(2).find(|pair| pair[1].from < pair[0].to).map(|pair| (pair[1], pair[0]))
}

/// A week with its exceptions.
#[derive(Clone, Copy, Debug)]
pub struct Hours<'a> {
    week: &'a Week,
    exceptions: &'a [Exception],
}

/// What the hours mean at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// People are received until then, today.
    Open {
        /// The end of the stretch.
        until: Time,
    },
    /// Nobody is received.
    Closed {
        /// When the next stretch begins, where one does within a year.
        next: Option<DateTime>,
    },
}

impl<'a> Hours<'a> {
    /// A week with its exceptions; of two for one day, the last one written holds.
    #[must_use]
    pub const fn new(week: &'a Week, exceptions: &'a [Exception]) -> Self {
        Self { week, exceptions }
    }

    /// The stretches of a day.
    #[must_use]
    pub fn on(&self, date: Date) -> &'a [Stretch] {
        let exception = self.exceptions.iter().rev().find(|e| e.holds(date));
        exception.map_or_else(|| self.week.on(date.weekday()), |e| &e.hours)
    }

    /// What the hours mean at a moment, local time.
    #[must_use]
    pub fn at(&self, now: DateTime) -> Opening {
        let open = self.on(now.date()).iter().find(|s| (s.from..s.to).contains(&now.time()));
        match open {
            Some(stretch) => Opening::Open { until: stretch.to },
            None => Opening::Closed { next: self.next(now) },
        }
    }

    /// The next beginning of a stretch after a moment.
    #[must_use]
    pub fn next(&self, now: DateTime) -> Option<DateTime> {
        let mut date = now.date();
        for _ in 0..HORIZON_DAYS {
            let later = |s: &&Stretch| date.to_datetime(s.from) > now;
            if let Some(stretch) = self.on(date).iter().find(later) {
                return Some(date.to_datetime(stretch.from));
            }
            date = date.tomorrow().ok()?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    fn week() -> Week {
        let day = || vec!["08:30-12:00".parse().unwrap(), "13:30-17:00".parse().unwrap()];
        Week {
            mon: day(),
            tue: day(),
            wed: day(),
            thu: day(),
            fri: vec!["08:30-12:00".parse().unwrap()],
            ..Week::default()
        }
    }

    fn christmas() -> Vec<Exception> {
        vec![
            Exception { from: date(2026, 12, 24), to: Some(date(2027, 1, 1)), hours: vec![], reason: None },
            Exception {
                from: date(2026, 12, 24),
                to: None,
                hours: vec!["08:30-11:00".parse().unwrap()],
                reason: Some(Localised::french("Veille de Noël")),
            },
        ]
    }

    #[test]
    fn a_day_is_open_in_its_stretches_only() {
        let (week, none) = (week(), Vec::new());
        let hours = Hours::new(&week, &none);
        let monday = date(2026, 11, 23);
        let at = |hour, minute| hours.at(monday.at(hour, minute, 0, 0));
        assert_eq!(at(8, 30), Opening::Open { until: time(12, 0, 0, 0) });
        assert_eq!(at(12, 0), Opening::Closed { next: Some(monday.at(13, 30, 0, 0)) });
        assert_eq!(at(8, 29), Opening::Closed { next: Some(monday.at(8, 30, 0, 0)) });
        assert_eq!(at(17, 0), Opening::Closed { next: Some(date(2026, 11, 24).at(8, 30, 0, 0)) });
        let friday = date(2026, 11, 27);
        assert_eq!(
            hours.at(friday.at(12, 0, 0, 0)),
            Opening::Closed { next: Some(date(2026, 11, 30).at(8, 30, 0, 0)) }
        );
    }

    #[test]
    fn exceptions_win_over_the_week_and_the_last_one_over_the_first() {
        let (week, exceptions) = (week(), christmas());
        let hours = Hours::new(&week, &exceptions);
        assert_eq!(hours.at(date(2026, 12, 24).at(10, 0, 0, 0)), Opening::Open { until: time(11, 0, 0, 0) });
        let closed = hours.at(date(2026, 12, 24).at(11, 0, 0, 0));
        assert_eq!(closed, Opening::Closed { next: Some(date(2027, 1, 4).at(8, 30, 0, 0)) });
    }

    #[test]
    fn a_week_without_hours_never_opens() {
        let (week, none) = (Week::default(), Vec::new());
        assert_eq!(Hours::new(&week, &none).at(date(2026, 1, 1).at(9, 0, 0, 0)), Opening::Closed { next: None });
    }

    #[test]
    fn what_cannot_be_is_told() {
        for bad in ["8h30-12:00", "12:00-08:30", "08:30", "08:30-24:00", "08:30-08:30", ""] {
            assert!(bad.parse::<Stretch>().is_err(), "{bad:?} must be refused");
        }
        let torn = Week { mon: vec!["08:30-12:00".parse().unwrap(), "11:00-17:00".parse().unwrap()], ..week() };
        let stretch = |text: &str| text.parse::<Stretch>().unwrap();
        assert_eq!(torn.torn(), [("mon", stretch("11:00-17:00"), stretch("08:30-12:00"))]);
        assert!(week().torn().is_empty());
    }

    proptest! {
        #[test]
        fn what_is_closed_opens_at_the_moment_that_was_announced(day in 0i32..800, minute in 0i32..1440) {
            let (week, exceptions) = (week(), christmas());
            let hours = Hours::new(&week, &exceptions);
            let span = jiff::Span::new().days(day).minutes(minute);
            let now = date(2026, 1, 1).to_datetime(Time::midnight()).checked_add(span).unwrap();
            match hours.at(now) {
                Opening::Open { until } => prop_assert!(until > now.time()),
                Opening::Closed { next } => {
                    let next = next.unwrap();
                    prop_assert!(next > now);
                    let open = matches!(hours.at(next), Opening::Open { .. });
                    prop_assert!(open, "{next} is announced and closed");
                    let before = next.checked_sub(jiff::Span::new().minutes(1)).unwrap();
                    let closed = matches!(hours.at(before), Opening::Closed { .. });
                    prop_assert!(before < now || closed, "{before} is open already");
                }
            }
        }
    }
}
