//! What becomes of a batch: decided here for every store, which only brings what it holds.

use wire::ids::SiteId;

use super::{Batch, Ingested, row};
use crate::audit::{Action, Diff, Entry};

/// How a log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// The store's own name for it.
    pub(super) id: i64,
    /// Every event up to here is durable.
    pub(super) hwm: u64,
    /// The last request's counter; below zero before the first.
    pub(super) nonce: i64,
    /// Its writer's rights have ended.
    pub(super) revoked: bool,
    /// Another event stood under one of its numbers before.
    pub(super) quarantined: bool,
}

/// The last number of a batch that brings events.
pub(super) fn last(batch: &Batch) -> Option<u64> {
    let count = u64::try_from(batch.events.len()).ok().filter(|count| *count > 0)?;
    batch.from_seq.checked_add(count - 1)
}

impl Standing {
    /// Whether what is held has to be compared with what was sent (rule R9).
    pub(super) fn overlaps(&self, batch: &Batch) -> bool {
        !self.revoked && batch.from_seq <= self.hwm && !batch.events.is_empty()
    }

    /// What becomes of a batch. `conflict` is the first of its numbers under which another event stands.
    pub(super) fn judge(&self, batch: &Batch, conflict: Option<u64>) -> Ingested {
        if self.revoked {
            Ingested::Revoked
        } else if let Some(seq) = conflict {
            // Before the counter is looked at: a copied card counts from where it was copied.
            Ingested::Cloned { seq }
        } else if self.nonce >= row::to_sql(batch.nonce) {
            Ingested::Replay
        } else if self.quarantined {
            Ingested::Cloned { seq: batch.from_seq }
        } else if batch.from_seq != self.hwm + 1 {
            Ingested::Sequence { expected: self.hwm + 1 }
        } else {
            Ingested::Stored { hwm: last(batch).unwrap_or(self.hwm) }
        }
    }
}

/// What the audit chain keeps of a borne that is set apart: with it, whatever else becomes of the batch.
pub(super) fn quarantined(batch: &Batch, site: SiteId, first: u64) -> Entry {
    let diff = Diff::none().with("état", "enrôlée", "mise à l’écart").with("événement en double", (), first);
    let entry = Entry::new(batch.received_at, "serveur", Action::Borne, batch.origin.to_string());
    Entry { site: Some(site), ..entry.changing(diff) }
}

/// The first number under which another event stands, among those that a store `held`: numbers with their hashes.
pub(super) fn first_conflict<'a>(batch: &Batch, held: impl IntoIterator<Item = (u64, &'a [u8])>) -> Option<u64> {
    let differs = |(seq, hash): &(u64, &[u8])| {
        let sent = seq.checked_sub(batch.from_seq).and_then(|at| batch.events.get(usize::try_from(at).ok()?));
        sent.is_some_and(|event| event.hash.0 != *hash)
    };
    held.into_iter().find(differs).map(|(seq, _)| seq)
}

/// Where each batch stands in the order of (borne, seq), in which groups are written, split into turns that hold one batch of
/// a log at most: a later one is judged by what the earlier one left.
pub(super) fn turns(batches: &[Batch]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..batches.len()).collect();
    order.sort_by_key(|at| batches.get(*at).map(|batch| (batch.origin, batch.from_seq, batch.nonce)));
    let mut turns: Vec<Vec<usize>> = Vec::new();
    let mut before = None;
    let mut nth = 0;
    for at in order {
        let origin = batches.get(at).map(|batch| batch.origin);
        nth = if origin == before { nth + 1 } else { 0 };
        before = origin;
        if nth == turns.len() {
            turns.push(Vec::new());
        }
        if let Some(turn) = turns.get_mut(nth) {
            turn.push(at);
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;
    use wire::ids::OriginId;

    use super::super::NewEvent;
    use super::*;

    fn batch(origin: u128, nonce: u64, from_seq: u64, words: &[&str]) -> Batch {
        let event = |(seq, word): (u64, &&str)| {
            let raw = format!(r#"{{"seq":{seq},"at":"2026-11-21T08:42:00Z","type":"{word}"}}"#);
            NewEvent::read(raw).unwrap().kept
        };
        Batch {
            origin: OriginId(Uuid::from_u128(origin)),
            nonce,
            from_seq,
            events: (from_seq..).zip(words).map(event).collect(),
            received_at: "2026-11-21T08:42:00Z".parse().unwrap(),
            clock_offset_ms: None,
        }
    }

    #[test]
    fn r9_another_hash_is_found_and_the_same_one_is_not() {
        let sent = batch(1, 1, 5, &["a", "b", "c"]);
        let hashes: Vec<_> = sent.events.iter().map(|event| event.hash.0).collect();
        let held = |third: [u8; 32]| [(4, [9; 32]), (5, hashes[0]), (6, hashes[1]), (7, third)];
        let first =
            |held: [(u64, [u8; 32]); 4]| first_conflict(&sent, held.iter().map(|(seq, hash)| (*seq, hash.as_slice())));
        assert_eq!(first(held(hashes[2])), None);
        assert_eq!(first(held([0; 32])), Some(7));
    }

    proptest! {
        #[test]
        fn every_batch_has_one_turn_sorted_and_no_log_twice_in_one(
            given in proptest::collection::vec((0..4u128, 0..9u64, 1..9u64), 0..20)
        ) {
            let batches: Vec<Batch> = given.iter().map(|(origin, nonce, seq)| batch(*origin, *nonce, *seq, &[])).collect();
            let turns = turns(&batches);
            let mut all = turns.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..batches.len()).collect::<Vec<_>>());
            for turn in &turns {
                let origins: Vec<_> = turn.iter().map(|at| batches[*at].origin).collect();
                prop_assert!(origins.is_sorted_by(|a, b| a < b));
            }
            for pair in turns.windows(2) {
                for later in &pair[1] {
                    let earlier = pair[0].iter().find(|at| batches[**at].origin == batches[*later].origin).unwrap();
                    prop_assert!(batches[*earlier].from_seq <= batches[*later].from_seq);
                }
            }
        }
    }
}
