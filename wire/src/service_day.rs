//! The service day (rule R5): a civil date in the site's time zone that begins at 04:00, so that neither midnight
//! nor a change of clocks ever falls inside it by surprise; and the coarse periods survey answers are counted in.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, ISOWeekDate, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// When a service day begins, local time.
pub const CUT_OVER: Time = Time::constant(4, 0, 0, 0);
/// When its second half begins, local time.
pub const MIDDAY: Time = Time::constant(13, 0, 0, 0);

/// A day of service of a site.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceDay(pub Date);

impl ServiceDay {
    /// The service day an instant belongs to.
    #[must_use]
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let local = at.to_zoned(zone.clone());
        let date = local.date();
        if local.time() < CUT_OVER { Self(date.yesterday().unwrap_or(date)) } else { Self(date) }
    }

    /// The instant it begins.
    #[must_use]
    pub fn begin(self, zone: &TimeZone) -> Timestamp {
        local(self.0, CUT_OVER, zone)
    }

    /// The service day so many days before.
    #[must_use]
    pub fn days_before(self, days: u16) -> Self {
        Self(self.0.saturating_sub(Span::new().days(days)))
    }

    /// The instant it ends, which is the next one's beginning.
    #[must_use]
    pub fn end(self, zone: &TimeZone) -> Timestamp {
        let next = self.0.tomorrow().unwrap_or(self.0);
        local(next, CUT_OVER, zone)
    }
}

impl fmt::Display for ServiceDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ServiceDay {
    type Err = jiff::Error;
    fn from_str(s: &str) -> Result<Self, jiff::Error> {
        s.parse().map(Self)
    }
}

fn local(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    // Both hours exist once a day in every zone whose clocks change at night; elsewhere jiff takes the compatible one.
    date.to_datetime(time).to_zoned(zone.clone()).map_or(Timestamp::MAX, |z: Zoned| z.timestamp())
}

/// One half of a service day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Half {
    /// From the cut-over to midday.
    Morning,
    /// From midday to the next cut-over.
    Afternoon,
}

/// The time bucket of survey answers: a half-day, or the day or week it was rolled up to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// `2026-11-21.am` or `.pm`.
    HalfDay(ServiceDay, Half),
    /// `2026-11-21`.
    Day(ServiceDay),
    /// `2026-W47` (ISO 8601), by its Monday.
    Week(ServiceDay),
}

impl Period {
    /// The half-day an instant belongs to.
    #[must_use]
    pub fn half_day_of(at: Timestamp, zone: &TimeZone) -> Self {
        let day = ServiceDay::of(at, zone);
        let half = if at < local(day.0, MIDDAY, zone) { Half::Morning } else { Half::Afternoon };
        Self::HalfDay(day, half)
    }

    /// The instant it ends.
    #[must_use]
    pub fn end(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::HalfDay(day, Half::Morning) => local(day.0, MIDDAY, zone),
            Self::HalfDay(day, Half::Afternoon) | Self::Day(day) => day.end(zone),
            Self::Week(monday) => {
                let sunday = monday.0.checked_add(Span::new().days(6)).unwrap_or(monday.0);
                ServiceDay(sunday).end(zone)
            }
        }
    }

    /// The next coarser bucket; a week has none.
    #[must_use]
    pub fn roll_up(self) -> Option<Self> {
        match self {
            Self::HalfDay(day, _) => Some(Self::Day(day)),
            Self::Day(day) => {
                let back = i64::from(day.0.weekday().to_monday_zero_offset());
                let monday = day.0.checked_sub(Span::new().days(back)).unwrap_or(day.0);
                Some(Self::Week(ServiceDay(monday)))
            }
            Self::Week(_) => None,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HalfDay(day, Half::Morning) => write!(f, "{day}.am"),
            Self::HalfDay(day, Half::Afternoon) => write!(f, "{day}.pm"),
            Self::Day(day) => day.fmt(f),
            Self::Week(monday) => {
                let week = monday.0.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
        }
    }
}

/// A text that is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a period such as `2026-11-21.am`, `2026-11-21` or `2026-W47`")]
pub struct PeriodError(String);

impl FromStr for Period {
    type Err = PeriodError;
    fn from_str(s: &str) -> Result<Self, PeriodError> {
        let wrong = || PeriodError(s.to_owned());
        let period = if let Some((year, week)) = s.split_once("-W") {
            let (year, week) = (year.parse().map_err(|_| wrong())?, week.parse().map_err(|_| wrong())?);
            let monday = ISOWeekDate::new(year, week, jiff::civil::Weekday::Monday).map_err(|_| wrong())?;
            Self::Week(ServiceDay(monday.date()))
        } else {
            let (day, half) = s.split_once('.').map_or((s, None), |(day, half)| (day, Some(half)));
            let day: ServiceDay = day.parse().map_err(|_| wrong())?;
            match half {
                None => Self::Day(day),
                Some("am") => Self::HalfDay(day, Half::Morning),
                Some("pm") => Self::HalfDay(day, Half::Afternoon),
                Some(_) => return Err(wrong()),
            }
        };
        // One text a period, or two cells of the same bucket could stand side by side.
        if period.to_string() == s { Ok(period) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;
    fn try_from(s: String) -> Result<Self, PeriodError> {
        s.parse()
    }
}

impl From<Period> for String {
    fn from(p: Period) -> Self {
        p.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn r5_the_service_day_turns_at_four_in_the_sites_zone() {
        let day = |text| ServiceDay::of(at(text), &paris()).to_string();
        assert_eq!(day("2026-11-21T02:59:59Z"), "2026-11-20"); // 03:59:59 in Paris
        assert_eq!(day("2026-11-21T03:00:00Z"), "2026-11-21");
        assert_eq!(day("2026-11-21T23:30:00Z"), "2026-11-21"); // half past midnight in Paris
    }

    #[test]
    fn r5_a_change_of_clocks_makes_no_gap_and_no_day_twice() {
        let spring = ServiceDay("2026-03-28".parse().unwrap());
        assert_eq!(spring.end(&paris()), at("2026-03-29T02:00:00Z")); // the night has 23 hours
        let autumn = ServiceDay("2026-10-24".parse().unwrap());
        assert_eq!(autumn.end(&paris()), at("2026-10-25T03:00:00Z"));
        for day in ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-12-31"] {
            let day = ServiceDay(day.parse().unwrap());
            assert_eq!(day.begin(&paris()), day.days_before(1).end(&paris()));
            assert_eq!(ServiceDay::of(day.begin(&paris()), &paris()), day);
        }
    }

    #[test]
    fn half_days_roll_up_to_their_day_and_week() {
        let morning = Period::half_day_of(at("2026-11-21T11:59:59Z"), &paris());
        assert_eq!(morning.to_string(), "2026-11-21.am");
        assert_eq!(morning.end(&paris()), at("2026-11-21T12:00:00Z"));
        let afternoon = Period::half_day_of(at("2026-11-21T12:00:00Z"), &paris());
        assert_eq!(afternoon.to_string(), "2026-11-21.pm");
        let day = afternoon.roll_up().unwrap();
        assert_eq!(day.to_string(), "2026-11-21");
        let week = day.roll_up().unwrap();
        assert_eq!(week.to_string(), "2026-W47");
        assert_eq!(week.end(&paris()), at("2026-11-23T03:00:00Z"));
        assert_eq!(week.roll_up(), None);
    }

    #[test]
    fn a_period_has_one_text() {
        for text in ["2026-11-21.am", "2026-11-21.pm", "2026-11-21", "2026-W47", "2026-W01"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for bad in ["", "2026-11-21.xx", "2026-W60", "2026-W1", "20261121", "2026-11-21.am.am"] {
            assert!(bad.parse::<Period>().is_err(), "{bad:?} must be refused");
        }
    }
}
