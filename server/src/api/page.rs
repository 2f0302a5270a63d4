//! Pages that follow each other. Each log only grows at its end: a cursor that says how far each was read passes over nothing
//! and shows nothing twice, whatever comes meanwhile, however late, and whichever server answers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::extract::{FromRequestParts, Query};
use data_encoding::BASE64URL_NOPAD;
use http::request::Parts;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use wire::ids::OriginId;

use crate::refusal::Refusal;

const USUAL: usize = 100;
const MOST: usize = 500;
/// As many logs as a cursor may name: a site has a dozen.
const LOGS_MAX: usize = 1_000;

/// What stands behind the question mark; what is wrong there is refused in the programs' own words.
pub(super) struct Asking<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asking<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Query(asked) =
            Query::from_request_parts(parts, state).await.map_err(|e| Refusal::bad_request(e.body_text()))?;
        Ok(Self(asked))
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `next` of the page before; without it, the first page.
    pub(super) after: Option<String>,
    /// How many entries at most: 1 to 500, 100 where nothing is said.
    #[param(minimum = 1, maximum = 500)]
    pub(super) limit: Option<usize>,
}

impl Asked {
    pub(super) fn limit(&self) -> Result<usize, Refusal> {
        let limit = self.limit.unwrap_or(USUAL);
        let wrong = || Refusal::bad_request(format!("`limit` is a number from 1 to {MOST}"));
        if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(wrong()) }
    }

    pub(super) fn after(&self) -> Result<Reached, Refusal> {
        self.after.as_deref().map_or_else(|| Ok(Reached::default()), Reached::read)
    }
}

/// A page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// Its entries, in the order in which the server learnt of them.
    pub(super) data: Vec<T>,
    /// What to send as `after` for what follows, now or later.
    pub(super) next: String,
    /// Whether more follows already.
    pub(super) more: bool,
}

/// How far each log was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached(BTreeMap<OriginId, u64>);

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) origin: OriginId,
    pub(super) seq: u64,
    pub(super) received_at: Timestamp,
}

impl Reached {
    /// How far a log was read.
    pub(super) fn of(&self, origin: OriginId) -> u64 {
        self.0.get(&origin).copied().unwrap_or(0)
    }

    /// A log was read as far as a number.
    pub(super) fn mark(&mut self, origin: OriginId, seq: u64) {
        let reached = self.0.entry(origin).or_default();
        *reached = seq.max(*reached);
    }

    pub(super) fn write(&self) -> String {
        let mut bytes = Vec::with_capacity(self.0.len() * 24);
        for (origin, seq) in &self.0 {
            bytes.extend_from_slice(origin.0.as_bytes());
            bytes.extend_from_slice(&seq.to_be_bytes());
        }
        BASE64URL_NOPAD.encode(&bytes)
    }

    fn read(text: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::bad_request("`after` is not the `next` of a page");
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| wrong())?;
        let (each, rest) = bytes.as_chunks::<24>();
        if !rest.is_empty() || each.len() > LOGS_MAX {
            return Err(wrong());
        }
        let entry = |entry: &[u8; 24]| {
            let (origin, seq) = entry.split_first_chunk::<16>()?;
            Some((OriginId(Uuid::from_bytes(*origin)), u64::from_be_bytes(seq.try_into().ok()?)))
        };
        each.iter().map(entry).collect::<Option<_>>().map(Self).ok_or_else(wrong)
    }
}

/// Takes a page's entries from all that follow: always the one that came first of those at the logs' beginnings, so that
/// whatever is taken of a log is its beginning. Answers whether some are left.
pub(super) fn take<T>(
    all: impl IntoIterator<Item = (Place, T)>,
    limit: usize,
    reached: &mut Reached,
) -> (Vec<T>, bool) {
    let mut logs: BTreeMap<OriginId, Vec<(Place, T)>> = BTreeMap::new();
    for entry in all {
        logs.entry(entry.0.origin).or_default().push(entry);
    }
    let mut logs: BTreeMap<OriginId, VecDeque<(Place, T)>> = logs
        .into_iter()
        .map(|(origin, mut log)| {
            log.sort_by_key(|(place, _)| place.seq);
            (origin, log.into())
        })
        .collect();
    let head = |log: &VecDeque<(Place, T)>| log.front().map(|(place, _)| (place.received_at, place.origin));
    let mut heads: BTreeSet<(Timestamp, OriginId)> = logs.values().filter_map(head).collect();
    let mut taken = Vec::new();
    while taken.len() < limit
        && let Some((_, origin)) = heads.pop_first()
    {
        let Some(log) = logs.get_mut(&origin) else { continue };
        if let Some((place, entry)) = log.pop_front() {
            reached.mark(origin, place.seq);
            taken.push(entry);
        }
        heads.extend(head(log));
    }
    (taken, !heads.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(origin: u128, seq: u64, at: i64) -> Place {
        let received_at = Timestamp::from_millisecond(at).unwrap();
        Place { origin: OriginId(Uuid::from_u128(origin)), seq, received_at }
    }

    proptest! {
        /// Logs grow between pages, clocks run backwards, pages are of any length.
        #[test]
        fn pages_hold_everything_once(
            came in proptest::collection::vec((0_u128..4, -50_i64..50), 0..80),
            pages in proptest::collection::vec((1_usize..7, 0_usize..20), 1..12),
        ) {
            let mut next = BTreeMap::new();
            let all: Vec<Place> = came.iter().map(|(origin, at)| {
                let seq = next.entry(*origin).or_insert(0);
                *seq += 1;
                place(*origin, *seq, 1_000 + at)
            }).collect();
            let (mut reached, mut there, mut seen) = (Reached::default(), 0, Vec::new());
            let turn = |limit, there: usize, reached: &mut Reached, seen: &mut Vec<Place>| {
                let follow = all[..there].iter().filter(|at| at.seq > reached.of(at.origin)).map(|at| (*at, *at));
                let (page, more) = take(follow.collect::<Vec<_>>(), limit, reached);
                assert!(page.len() == limit || !more);
                seen.extend(page);
                *reached = Reached::read(&reached.write()).unwrap();
                more
            };
            for (limit, comes) in pages {
                there = (there + comes).min(all.len());
                turn(limit, there, &mut reached, &mut seen);
            }
            while turn(5, all.len(), &mut reached, &mut seen) {}
            let key = |place: &Place| (place.origin, place.seq);
            let mut expected: Vec<_> = all.iter().map(key).collect();
            let mut got: Vec<_> = seen.iter().map(key).collect();
            expected.sort_unstable();
            got.sort_unstable();
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn no_text_breaks_a_cursor(text in "[A-Za-z0-9_-]{0,120}|.{0,40}") {
            if let Ok(reached) = Reached::read(&text) {
                prop_assert_eq!(Reached::read(&reached.write()).unwrap(), reached);
            }
        }
    }
}
