//! How long those who wait for a service have waited, drawn against its ceiling.

use jiff::SignedDuration;
use queue_engine::ServiceFigures;

/// As wide as it is drawn, in units of the drawing.
const WIDTH: i64 = 600;
/// The ceiling stands at so many hundredths of the width, as long as nobody waits longer than the rest shows.
const CEILING_AT: i64 = 75;

/// A drawing: where things stand from left to right.
pub(super) struct Ages {
    /// Up to the longest wait.
    pub(super) bar: i64,
    /// The part of it beyond the ceiling: from where, how much; nothing where nobody is.
    pub(super) beyond: Option<(i64, i64)>,
    pub(super) ceiling: i64,
    /// Everybody.
    pub(super) marks: Vec<i64>,
}

impl Ages {
    pub(super) const WIDTH: i64 = WIDTH;

    pub(super) fn of(figures: &ServiceFigures) -> Self {
        let ceiling = figures.ceiling.as_secs().max(1);
        let longest = figures.oldest.map_or(0, |wait| wait.as_secs());
        let whole = (ceiling * 100 / CEILING_AT).max(longest);
        let at = |seconds: i64| (seconds.clamp(0, whole) * WIDTH) / whole;
        let (bar, line) = (at(longest), at(ceiling));
        let mark = |wait: &SignedDuration| at(wait.as_secs()).min(WIDTH - 2);
        Self {
            bar,
            beyond: (bar > line).then_some((line, bar - line)),
            ceiling: line,
            marks: figures.waits.iter().map(mark).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(minutes: &[i64]) -> Ages {
        let waits: Vec<SignedDuration> = minutes.iter().map(|m| SignedDuration::from_mins(*m)).collect();
        let ceiling = SignedDuration::from_mins(45);
        let over = waits.iter().filter(|wait| **wait > ceiling).count();
        Ages::of(&ServiceFigures {
            service: "titres".parse().unwrap(),
            waiting: waits.len(),
            oldest: waits.first().copied(),
            over,
            ceiling,
            waits,
        })
    }

    #[test]
    fn the_ceiling_stands_still_until_somebody_waits_longer_than_the_drawing() {
        let some = ages(&[30, 10]);
        assert_eq!((some.ceiling, some.bar, some.beyond, &some.marks[..]), (450, 300, None, &[300, 100][..]));
        let over = ages(&[54]);
        assert_eq!((over.ceiling, over.bar, over.beyond), (450, 540, Some((450, 90))));
        let far = ages(&[180]);
        assert_eq!((far.ceiling, far.bar, far.beyond), (150, 600, Some((150, 450))));
        assert_eq!((ages(&[]).bar, ages(&[]).marks.len()), (0, 0));
    }
}
