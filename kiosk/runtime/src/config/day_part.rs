//! A part of the day, by the site's clock.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;

/// From one time of the day to another, perhaps over midnight; `20:00-08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayPart {
    from: Time,
    to: Time,
}

impl DayPart {
    /// From when to when.
    #[must_use]
    pub const fn ends(self) -> (Time, Time) {
        (self.from, self.to)
    }

    /// Whether they are on at that time.
    #[must_use]
    pub fn contains(self, time: Time) -> bool {
        if self.from <= self.to { (self.from..self.to).contains(&time) } else { time >= self.from || time < self.to }
    }
}

/// The text is no pair of times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" are no hours: write two times that differ, such as 20:00-08:00, or nothing")]
pub struct DayPartError(String);

impl FromStr for DayPart {
    type Err = DayPartError;

    fn from_str(text: &str) -> Result<Self, DayPartError> {
        let time = |text: &str| {
            let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            let (hour, minute) = text.split_once(':').filter(|(hour, minute)| digits(hour) && digits(minute))?;
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let hours = text.split_once('-').and_then(|(from, to)| Some(Self { from: time(from)?, to: time(to)? }));
        hours.filter(|hours| hours.from != hours.to).ok_or_else(|| DayPartError(text.to_owned()))
    }
}

impl fmt::Display for DayPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), to.hour(), to.minute())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn quiet_hours_go_over_midnight_and_begin_and_end_on_the_minute() {
        let night: DayPart = "20:00-08:00".parse().unwrap();
        assert_eq!(night.to_string(), "20:00-08:00");
        for (hour, minute, quiet) in [(19, 59, false), (20, 0, true), (0, 0, true), (7, 59, true), (8, 0, false)] {
            assert_eq!(night.contains(time(hour, minute, 0, 0)), quiet, "{hour}:{minute}");
        }
        let noon: DayPart = "12:00-13:30".parse().unwrap();
        assert!(
            noon.contains(time(12, 0, 0, 0)) && noon.contains(time(13, 29, 59, 0)) && !noon.contains(time(20, 0, 0, 0))
        );
        for wrong in ["20:00", "20-08", "24:00-08:00", "8:00-20:00", "20:60-08:00", "08:00-08:00", "+8:00-20:00"] {
            let error = wrong.parse::<DayPart>().unwrap_err().to_string();
            assert!(error.contains("20:00-08:00"), "{wrong}: {error}");
        }
    }
}
