//! How often a wrong PIN was typed: pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wire::staff::BadgeHash;

/// So many wrong PINs lock a badge.
pub const MOST_WRONG: u8 = 5;
/// For so long.
pub const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// The most cards that are no badges whose attempts are counted; the oldest is forgotten first.
const MOST_STRANGERS: usize = 64;

/// What is known of a card's attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    /// Wrong since the last right one, or since the last lock ended.
    wrong: u8,
    /// When the last one was.
    at: Timestamp,
}

/// Of the badges of the list.
pub(super) type Counts = BTreeMap<BadgeHash, Count>;

/// The attempts of all cards. Those of badges outlast a restart: whoever could pull the plug would else have five attempts
/// a minute. Those of other cards do not: there is nothing to be found out with them.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    known: Counts,
    strangers: Counts,
}

impl Attempts {
    pub(super) const fn with(known: Counts) -> Self {
        Self { known, strangers: BTreeMap::new() }
    }

    pub(super) fn known(&self) -> Counts {
        self.known.clone()
    }

    /// How long a card is still locked.
    pub(super) fn locked(&self, card: BadgeHash, now: Timestamp) -> Option<SignedDuration> {
        let count = self.known.get(&card).or_else(|| self.strangers.get(&card))?;
        if count.wrong < MOST_WRONG {
            return None;
        }
        // A clock that was set back locks nobody for longer.
        let passed = now.duration_since(count.at).max(SignedDuration::ZERO);
        (passed < LOCKED_FOR).then(|| LOCKED_FOR - passed)
    }

    /// An attempt begins; it is wrong until it succeeds.
    pub(super) fn begin(&mut self, card: BadgeHash, known: bool, now: Timestamp) {
        let counts = if known { &mut self.known } else { &mut self.strangers };
        let before = counts.get(&card).map_or(0, |count| count.wrong);
        // A lock that is over is forgotten: one that lasts does not get here.
        let wrong = if before >= MOST_WRONG { 1 } else { before + 1 };
        counts.insert(card, Count { wrong, at: now });
        while self.strangers.len() > MOST_STRANGERS {
            let oldest = self.strangers.iter().min_by_key(|(_, count)| count.at).map(|(card, _)| *card);
            oldest.and_then(|card| self.strangers.remove(&card));
        }
    }

    /// How many attempts a card has before it is locked.
    pub(super) fn left(&self, card: BadgeHash) -> u8 {
        let count = self.known.get(&card).or_else(|| self.strangers.get(&card));
        MOST_WRONG.saturating_sub(count.map_or(0, |count| count.wrong))
    }

    /// It was right.
    pub(super) fn succeed(&mut self, card: BadgeHash) {
        self.known.remove(&card);
    }

    /// Forgets the badges that are not as they were; says whether there were any.
    pub(super) fn retain(&mut self, same: impl Fn(BadgeHash) -> bool) -> bool {
        let before = self.known.len();
        self.known.retain(|card, _| same(*card));
        self.known.len() < before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::token::Hash32;

    use super::*;

    fn card(n: u8) -> BadgeHash {
        BadgeHash(Hash32([n; 32]))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn five_wrong_pins_lock_for_fifteen_minutes_and_then_five_more_may_be_tried() {
        for known in [true, false] {
            let mut attempts = Attempts::default();
            for round in 0..3 {
                let begun = round * 10_000;
                for n in 0..5 {
                    assert_eq!(attempts.locked(card(1), at(begun + n)), None, "attempt {n}");
                    attempts.begin(card(1), known, at(begun + n));
                }
                let left = attempts.locked(card(1), at(begun + 5)).unwrap();
                assert_eq!(left, LOCKED_FOR - SignedDuration::from_secs(1));
                assert_eq!(attempts.locked(card(2), at(begun + 5)), None, "another badge");
                assert!(attempts.locked(card(1), at(begun + 4 + 899)).is_some());
                assert_eq!(attempts.locked(card(1), at(begun + 4 + 900)), None);
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_locks_for_no_longer() {
        let mut attempts = Attempts::default();
        (0..5).for_each(|n| attempts.begin(card(1), true, at(n)));
        assert_eq!(attempts.locked(card(1), at(-1_000_000)), Some(LOCKED_FOR));
    }

    #[test]
    fn a_right_pin_forgets_the_wrong_ones() {
        let mut attempts = Attempts::default();
        (0..4).for_each(|n| attempts.begin(card(1), true, at(n)));
        attempts.begin(card(1), true, at(5));
        attempts.succeed(card(1));
        assert_eq!((attempts.locked(card(1), at(6)), attempts.known().len()), (None, 0));
    }

    #[test]
    fn strange_cards_take_no_more_memory_than_they_are_given() {
        let mut attempts = Attempts::default();
        (0..=255).for_each(|n| attempts.begin(card(n), false, at(n.into())));
        assert_eq!(attempts.strangers.len(), MOST_STRANGERS);
        assert!(attempts.strangers.contains_key(&card(255)) && !attempts.strangers.contains_key(&card(0)));
        assert!(attempts.known().is_empty());
    }

    proptest! {
        /// However the attempts are spread, no fifteen minutes see more than nine of one badge: the last of five before a
        /// lock are not followed by others within it.
        #[test]
        fn guesses_stay_few(pauses in proptest::collection::vec(0..600_i64, 1..200)) {
            let mut attempts = Attempts::default();
            let (mut now, mut made) = (0, Vec::new());
            for pause in pauses {
                now += pause;
                if attempts.locked(card(1), at(now)).is_none() {
                    attempts.begin(card(1), true, at(now));
                    made.push(now);
                }
            }
            for (index, begun) in made.iter().enumerate() {
                let within = made[index..].iter().take_while(|at| *at - begun < 900).count();
                prop_assert!(within <= 9, "{within} attempts from {begun} on");
            }
        }
    }
}
