//! Exchanges without news, answered from memory: most of what a server is asked, and nothing that has to be looked up.
//!
//! A borne is known here once the store has been asked about it, and for as long as nothing of it has changed there: the
//! store tells every server of bornes that are revoked or quarantined, of what they are asked to do and of badges, as a
//! change of the site's bornes, and of events, which raise a log's mark. Whatever is not known, or does not fit what is
//! known, goes to the store. Where its changes have not been read for [`FRESH`], nothing is known: a revocation holds
//! everywhere within five seconds, also at a server that hears nothing any more.
//!
//! # Repetitions
//! A request's counter is taken in memory before anything else, and reaches the store within [`FLUSH`], together with those
//! of all others. What a power cut loses of them, and what another server of the same store has not been told, opens nothing:
//! only exchanges without events are counted here. Whoever had recorded one, within TLS, could have it answered once
//! more within the window of its signature, would change nothing by it, and would learn how many people wait, which hangs
//! on the wall. Commands, which may hold the secret of a ticket's link, and badges are answered by way of the store only.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use wire::ids::{OriginId, SiteId};

use crate::app::App;
use crate::refusal::chain;
use crate::store::{Beat, Borne, Store, StoreError};

/// For how long what is known holds without a word of the store.
const FRESH: Duration = Duration::from_secs(2);
/// How often counters are kept.
const FLUSH: Duration = Duration::from_secs(5);
/// How far apart two notes are of when a borne was heard of that has no counter to keep.
const HEARD_AGAIN: SignedDuration = SignedDuration::from_secs(15);

/// What is known of bornes.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// When the store's changes were read last.
    heard: Option<Instant>,
    /// Grows whenever something is forgotten: what was read of the store before is then not believed.
    forgotten: u64,
    known: HashMap<OriginId, Known>,
    counters: HashMap<OriginId, Counter>,
}

/// A borne whose rights hold, that is asked to do nothing.
#[derive(Clone, Debug)]
struct Known {
    borne: Borne,
    /// What it holds, where that is the newest.
    holds: Holds,
}

/// What a borne says that it holds of what goes to it beside its site's catalogue; nothing of what it does not want.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holds {
    /// The version of the badges.
    pub(crate) staff: Option<String>,
    /// The version of what is wanted of it.
    pub(crate) wanted: Option<u64>,
}

impl Holds {
    /// Whether there is no news for it where these are the newest.
    fn is_up_to_date(&self, newest: &Self) -> bool {
        let staff = self.staff.is_none() || self.staff == newest.staff;
        staff && (self.wanted.is_none() || self.wanted == newest.wanted)
    }
}

/// The counters of a borne's requests without events. One that goes to the store is kept there with its request: kept
/// before, it would make that request a repetition.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    /// The greatest that was taken.
    last: Option<u64>,
    /// The greatest that was answered from memory.
    answered: Option<u64>,
    /// The greatest of those that the store has.
    kept: Option<u64>,
    /// When the borne was last heard of here.
    heard: Option<Timestamp>,
    /// And when, as the store has it.
    noted: Option<Timestamp>,
}

impl Counter {
    /// What the store is to be told.
    fn beat(&self, borne: OriginId) -> Option<Beat> {
        let heard_at = self.heard?;
        let due = self.noted.is_none_or(|noted| heard_at.duration_since(noted).abs() >= HEARD_AGAIN);
        let nonce = self.answered.filter(|_| self.answered > self.kept);
        (nonce.is_some() || due).then_some(Beat { borne, nonce, heard_at })
    }
}

/// What was known before the store was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Before(u64);

impl Pulse {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be asked for before the store is.
    pub(crate) fn before(&self) -> Before {
        Before(self.inner().forgotten)
    }

    /// A borne, where it is known.
    pub(crate) fn borne(&self, id: OriginId, now: Instant) -> Option<Borne> {
        let inner = self.inner();
        inner.known.get(&id).filter(|_| inner.is_fresh(now)).map(|known| known.borne.clone())
    }

    /// Takes the counter of a request without events, from which the borne is heard of. False where it does not grow: the
    /// request is a repetition.
    pub(crate) fn claim(&self, id: OriginId, nonce: u64, at: Timestamp) -> bool {
        let mut inner = self.inner();
        let Counter { last, heard, .. } = inner.counters.entry(id).or_default();
        let grows = *last < Some(nonce);
        if grows {
            (*last, *heard) = (Some(nonce), Some(at));
        }
        grows
    }

    /// Up to where a borne's log goes, if all that it asks for is whether there is news, and there is none: a request with
    /// this counter is then answered here. `next` is the number of the event that it would send next.
    pub(crate) fn quiet(&self, id: OriginId, nonce: u64, next: u64, holds: &Holds, now: Instant) -> Option<u64> {
        let mut inner = self.inner();
        let Known { borne, holds: newest } = inner.known.get(&id).filter(|_| inner.is_fresh(now))?;
        let (same, hwm) = (holds.is_up_to_date(newest), borne.hwm);
        if !same || next.checked_sub(1) != Some(hwm) {
            return None;
        }
        let Counter { answered, .. } = inner.counters.entry(id).or_default();
        *answered = (*answered).max(Some(nonce));
        Some(hwm)
    }

    /// A borne's request with events was taken.
    pub(crate) fn hear(&self, id: OriginId, at: Timestamp) {
        self.inner().counters.entry(id).or_default().heard = Some(at);
    }

    /// When a borne was last heard of at this server.
    pub(crate) fn heard_of(&self, id: OriginId) -> Option<Timestamp> {
        self.inner().counters.get(&id).and_then(|counter| counter.heard)
    }

    /// Remembers a borne that the store knows, that is asked to do nothing and holds the newest of everything.
    pub(crate) fn learn(&self, before: Before, borne: Borne, holds: Holds) {
        let mut inner = self.inner();
        if inner.forgotten == before.0 && borne.revoked_at.is_none() && borne.quarantined_at.is_none() {
            inner.known.insert(borne.id, Known { borne, holds });
        }
    }

    /// Something of a site's bornes was changed.
    pub(crate) fn forget_site(&self, site: SiteId) {
        let mut inner = self.inner();
        inner.forgotten += 1;
        inner.known.retain(|_, known| known.borne.site != site);
    }

    /// A borne has something to do, or to take.
    pub(crate) fn forget(&self, id: OriginId) {
        self.inner().known.remove(&id);
    }

    /// The store is another one.
    pub(crate) fn forget_all(&self) {
        let mut inner = self.inner();
        inner.forgotten += 1;
        inner.known.clear();
    }

    /// A log has grown; here, or by way of another server.
    pub(crate) fn grown(&self, id: OriginId, to: u64) {
        let mut inner = self.inner();
        if inner.known.get(&id).is_some_and(|known| known.borne.hwm < to) {
            inner.forgotten += 1;
            inner.known.remove(&id);
        }
    }

    /// The store's changes have been read up to an instant.
    pub(crate) fn heard(&self, at: Instant) {
        self.inner().heard = Some(at);
    }

    /// Keeps the counters that have grown, and when bornes were heard of. Where that fails they are kept the next time.
    pub(crate) async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let beats = self.beats();
        if beats.is_empty() {
            return Ok(());
        }
        store.keep_beats(&beats).await?;
        let mut inner = self.inner();
        for Beat { borne, nonce, heard_at } in beats {
            let counter = inner.counters.entry(borne).or_default();
            counter.kept = counter.kept.max(nonce);
            counter.noted = Some(heard_at);
        }
        Ok(())
    }

    fn beats(&self) -> Vec<Beat> {
        self.inner().counters.iter().filter_map(|(id, counter)| counter.beat(*id)).collect()
    }
}

impl Inner {
    fn is_fresh(&self, now: Instant) -> bool {
        self.heard.is_some_and(|heard| now.saturating_duration_since(heard) < FRESH)
    }
}

/// Keeps counters now and then until it is dropped.
pub(crate) async fn keep_pulse(app: &App) {
    let mut ticks = tokio::time::interval(FLUSH);
    loop {
        ticks.tick().await;
        app.keep_counters().await;
    }
}

impl App {
    /// Keeps the counters of requests that were answered from memory.
    pub async fn keep_counters(&self) {
        if let Err(e) = self.pulse.flush(self.store.as_ref()).await {
            tracing::error!(error = %chain(&e), "the counters of requests are not kept; that is tried again");
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use wire::enrolment::PublicKey;
    use wire::label::Series;

    use super::*;

    const ID: OriginId = OriginId(Uuid::from_u128(1));
    const SITE: SiteId = SiteId(Uuid::from_u128(2));

    fn borne(hwm: u64) -> Borne {
        Borne {
            id: ID,
            site: SITE,
            name: String::new(),
            public_key: PublicKey([1; 32]),
            series: Series::FIRST,
            enrolled_at: Timestamp::UNIX_EPOCH,
            revoked_at: None,
            quarantined_at: None,
            hwm,
        }
    }

    fn holds(staff: Option<&str>, wanted: Option<u64>) -> Holds {
        Holds { staff: staff.map(str::to_owned), wanted }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn nothing_is_known_where_the_store_is_not_heard() {
        let (pulse, start) = (Pulse::default(), Instant::now());
        pulse.learn(pulse.before(), borne(3), Holds::default());
        assert_eq!(pulse.quiet(ID, 1, 4, &Holds::default(), start), None, "its changes were never read");
        pulse.heard(start);
        assert_eq!(pulse.quiet(ID, 1, 4, &Holds::default(), start + FRESH - Duration::from_millis(1)), Some(3));
        assert_eq!(
            (pulse.quiet(ID, 1, 4, &Holds::default(), start + FRESH), pulse.borne(ID, start + FRESH)),
            (None, None)
        );
    }

    #[test]
    fn what_was_read_before_a_change_is_not_believed_after_it() {
        let (pulse, now) = (Pulse::default(), Instant::now());
        pulse.heard(now);
        let before = pulse.before();
        pulse.forget_site(SITE);
        pulse.learn(before, borne(3), Holds::default());
        assert_eq!(pulse.quiet(ID, 1, 4, &Holds::default(), now), None);
        pulse.learn(pulse.before(), borne(3), Holds::default());
        pulse.grown(ID, 3);
        assert_eq!(pulse.quiet(ID, 1, 4, &Holds::default(), now), Some(3));
        pulse.grown(ID, 4);
        assert_eq!(pulse.quiet(ID, 1, 4, &Holds::default(), now), None);
    }

    #[test]
    fn only_what_fits_what_is_known_is_quiet() {
        let (pulse, now) = (Pulse::default(), Instant::now());
        pulse.heard(now);
        pulse.learn(pulse.before(), borne(3), holds(Some("badges"), Some(4)));
        let ask = |next, staff| pulse.quiet(ID, 1, next, &holds(staff, None), now);
        let wants = |wanted| pulse.quiet(ID, 1, 4, &holds(Some("badges"), Some(wanted)), now);
        assert_eq!((wants(4), wants(3), wants(5)), (Some(3), None, None));
        assert_eq!((ask(4, Some("badges")), ask(4, None)), (Some(3), Some(3)));
        assert_eq!((ask(3, None), ask(5, None), ask(0, None), ask(4, Some(""))), (None, None, None, None));
        pulse.forget_all();
        pulse.learn(pulse.before(), Borne { revoked_at: Some(Timestamp::UNIX_EPOCH), ..borne(3) }, Holds::default());
        assert_eq!(ask(4, None), None, "who is shut out is not learnt");
    }

    #[test]
    fn a_counter_grows_also_over_what_is_forgotten() {
        let pulse = Pulse::default();
        let claim = |nonce| pulse.claim(ID, nonce, at(0));
        assert!(claim(5) && !claim(5) && !claim(4));
        pulse.forget_all();
        assert!(!claim(5) && claim(6));
    }

    #[test]
    fn a_counter_on_its_way_to_the_store_is_not_kept_before_its_request() {
        let (pulse, now) = (Pulse::default(), Instant::now());
        pulse.heard(now);
        assert!(pulse.claim(ID, 5, at(0)));
        assert_eq!(pulse.quiet(ID, 5, 4, &Holds::default(), now), None);
        assert_eq!(pulse.beats(), [Beat { borne: ID, nonce: None, heard_at: at(0) }]);
        pulse.learn(pulse.before(), borne(3), Holds::default());
        assert!(pulse.claim(ID, 6, at(0)));
        assert_eq!(pulse.quiet(ID, 6, 4, &Holds::default(), now), Some(3));
        assert!(pulse.claim(ID, 7, at(0)));
        assert_eq!(pulse.beats(), [Beat { borne: ID, nonce: Some(6), heard_at: at(0) }]);
    }

    #[test]
    fn when_a_borne_was_heard_of_is_kept_now_and_then() {
        let counter = Counter { heard: Some(at(60)), noted: Some(at(50)), ..Counter::default() };
        assert_eq!(counter.beat(ID), None, "a quarter of a minute has not passed");
        let beat = |counter: Counter| counter.beat(ID).map(|beat| (beat.nonce, beat.heard_at));
        assert_eq!(beat(Counter { noted: Some(at(45)), ..counter }), Some((None, at(60))));
        assert_eq!(beat(Counter { noted: Some(at(90)), ..counter }), Some((None, at(60))), "the clock was set back");
        assert_eq!(beat(Counter { answered: Some(9), kept: Some(8), ..counter }), Some((Some(9), at(60))));
        assert_eq!(beat(Counter { answered: Some(9), kept: Some(9), ..counter }), None);
    }
}
