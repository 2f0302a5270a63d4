//! When answers may leave the borne: a period that has ended, with five answers or more, or a whole week. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wire::ids::{ServiceId, SurveyId};
use wire::service_day::Period;
use wire::survey::AnswerVector;

/// Fewer answers than this in a period roll up to the day, then to the week.
pub const FEW: u32 = 5;
/// Closed cells wait between these, in minutes, so that the time of sending tells nothing.
pub const DELAY_MIN: std::ops::RangeInclusive<u32> = 5..=120;

/// What a histogram cell is counted by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CellKey {
    /// The survey's version.
    pub survey: SurveyId,
    /// Where the borne is bound to one service.
    pub service: Option<ServiceId>,
    /// The period.
    pub period: Period,
    /// The answers.
    pub vector: AnswerVector,
    /// Given in haste.
    pub suspect: bool,
}

/// How often each vector was given.
pub type Cells = BTreeMap<CellKey, u32>;

/// What leaves and what stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Closing {
    /// Ready to be sent.
    pub leaves: Cells,
    /// Still counting, or too few to tell.
    pub stays: Cells,
}

/// Closes the periods that have ended.
#[must_use]
pub fn close(mut cells: Cells, now: Timestamp, zone: &TimeZone) -> Closing {
    let mut closing = Closing::default();
    // A round a level: half-days, days, weeks.
    for _ in 0..3 {
        let mut totals: BTreeMap<Period, u32> = BTreeMap::new();
        for (key, count) in &cells {
            *totals.entry(key.period).or_default() += count;
        }
        for (mut key, count) in std::mem::take(&mut cells) {
            let ended = key.period.end(zone) <= now;
            let few = totals.get(&key.period).is_none_or(|total| *total < FEW);
            match key.period.roll_up() {
                _ if !ended => *closing.stays.entry(key).or_default() += count,
                Some(coarser) if few => {
                    key.period = coarser;
                    *cells.entry(key).or_default() += count;
                }
                Some(_) | None => *closing.leaves.entry(key).or_default() += count,
            }
        }
    }
    closing
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    fn cell(period: &str, vector: &str) -> CellKey {
        CellKey {
            survey: "2026-1".parse().unwrap(),
            service: None,
            period: period.parse().unwrap(),
            vector: vector.parse().unwrap(),
            suspect: false,
        }
    }

    fn shown(cells: &Cells) -> Vec<(String, String, u32)> {
        cells.iter().map(|(k, n)| (k.period.to_string(), k.vector.to_string(), *n)).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_leaves_before_its_half_day_has_ended() {
        let cells = Cells::from([(cell("2026-11-21.am", "1"), 9)]);
        let open = close(cells.clone(), at("2026-11-21T11:59:59Z"), &paris());
        assert_eq!((open.leaves.len(), open.stays), (0, cells.clone()));
        let closed = close(cells.clone(), at("2026-11-21T12:00:00Z"), &paris());
        assert_eq!((closed.leaves, closed.stays.len()), (cells, 0));
    }

    #[test]
    fn a_few_answers_wait_for_their_day_then_for_their_week() {
        let cells = Cells::from([(cell("2026-11-19.am", "1"), 2), (cell("2026-11-19.pm", "1"), 1)]);
        let noon = close(cells, at("2026-11-19T12:30:00Z"), &paris());
        assert_eq!(noon.leaves.len(), 0);
        let mut stays = shown(&noon.stays);
        stays.sort();
        assert_eq!(stays, [("2026-11-19".into(), "1".into(), 2), ("2026-11-19.pm".into(), "1".into(), 1)]);
        let night = close(noon.stays, at("2026-11-20T04:00:00Z"), &paris());
        assert!(night.leaves.is_empty());
        assert_eq!(shown(&night.stays), [("2026-W47".into(), "1".into(), 3)]);
        let monday = close(night.stays, at("2026-11-23T03:00:00Z"), &paris());
        assert_eq!(shown(&monday.leaves), [("2026-W47".into(), "1".into(), 3)]);
    }

    #[test]
    fn a_period_is_judged_by_all_its_answers() {
        let cells = Cells::from([(cell("2026-11-19.am", "1"), 3), (cell("2026-11-19.am", "2"), 2)]);
        let noon = close(cells, at("2026-11-19T12:00:00Z"), &paris());
        assert_eq!(noon.leaves.len(), 2);
    }

    proptest! {
        /// However often it is closed and at whatever times: nothing is lost or made up, and what leaves is enough or a week.
        #[test]
        fn every_answer_leaves_once(counts in proptest::collection::vec((0..14i64, 0..2u8, 0..3u8, 1..4u32), 0..40), looks in proptest::collection::vec(0..400i64, 0..8)) {
            let start = at("2026-11-16T09:00:00Z");
            let mut cells = Cells::new();
            let mut expected = 0;
            for (day, half, vector, count) in counts {
                let when = start + jiff::SignedDuration::from_hours(day * 24 + i64::from(half) * 6);
                let key = CellKey { period: Period::half_day_of(when, &paris()), ..cell("2026-W01", &vector.to_string()) };
                *cells.entry(key).or_default() += count;
                expected += count;
            }
            let mut looks: Vec<_> = looks.into_iter().map(|h| start + jiff::SignedDuration::from_hours(h)).collect();
            looks.sort();
            looks.push(start + jiff::SignedDuration::from_hours(24 * 30));
            let mut left = 0;
            for now in looks {
                let closing = close(cells, now, &paris());
                let mut totals: BTreeMap<Period, u32> = BTreeMap::new();
                for (key, count) in &closing.leaves {
                    prop_assert!(key.period.end(&paris()) <= now);
                    *totals.entry(key.period).or_default() += count;
                    left += count;
                }
                for (period, total) in totals {
                    prop_assert!(total >= FEW || matches!(period, Period::Week(_)), "{period}: {total}");
                }
                cells = closing.stays;
            }
            prop_assert!(cells.is_empty());
            prop_assert_eq!(left, expected);
        }
    }
}
