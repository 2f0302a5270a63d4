//! When pages of counters were heard of last: somebody who is being received must not be left with a page that is gone.
//!
//! A server hears the pages that are open at it; what it heard is noted in the store every half minute, for other servers
//! and for the time after a restart.
//!
//! A page that is closed is missed at once; one whose machine or network falls silent, within half a minute. Behind a proxy
//! it is the proxy that has to miss it: the server's own line ends there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use queue_engine::AtCounter;
use wire::ids::CounterId;

use crate::clock::Clock;
use crate::site::Site;
use crate::store::StoreError;

/// A counter with somebody whose page was not heard of for so long is told to whoever sees to the hall.
pub(crate) const LOST_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// The counters whose pages this server hears.
#[derive(Debug)]
pub(crate) struct Presence {
    clock: Clock,
    counters: Mutex<BTreeMap<CounterId, Heard>>,
}

#[derive(Debug)]
struct Heard {
    /// How many pages are open.
    pages: usize,
    last: Timestamp,
}

/// An open page of a counter.
#[derive(Debug)]
pub(crate) struct Watching {
    presence: Arc<Presence>,
    counter: CounterId,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let now = self.presence.clock.now();
        if let Some(heard) = self.presence.locked().get_mut(&self.counter) {
            heard.pages = heard.pages.saturating_sub(1);
            heard.last = now;
        }
    }
}

impl Presence {
    pub(crate) fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self { clock, counters: Mutex::default() })
    }

    /// A request came from a counter's page.
    pub(crate) fn heard(&self, counter: &CounterId) {
        self.hear(counter, 0);
    }

    /// A counter's page stays open for as long as what is answered here lives.
    pub(crate) fn watch(self: &Arc<Self>, counter: &CounterId) -> Watching {
        self.hear(counter, 1);
        Watching { presence: Arc::clone(self), counter: counter.clone() }
    }

    fn hear(&self, counter: &CounterId, pages: usize) {
        let now = self.clock.now();
        let mut counters = self.locked();
        let heard = counters.entry(counter.clone()).or_insert(Heard { pages: 0, last: now });
        heard.pages += pages;
        heard.last = now;
    }

    /// When each counter was heard of last: now, where a page of it is open.
    pub(crate) fn all(&self) -> BTreeMap<CounterId, Timestamp> {
        let now = self.clock.now();
        let last = |heard: &Heard| if heard.pages > 0 { now } else { heard.last };
        self.locked().iter().map(|(counter, heard)| (counter.clone(), last(heard))).collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<CounterId, Heard>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Site {
    /// When each counter was heard of last, by whichever server.
    pub(crate) async fn heard(&self) -> Result<BTreeMap<CounterId, Timestamp>, StoreError> {
        let mut heard: BTreeMap<CounterId, Timestamp> = self.store.heard(self.id).await?.into_iter().collect();
        for (counter, at) in self.presence.all() {
            let known = heard.entry(counter).or_insert(at);
            *known = at.max(*known);
        }
        Ok(heard)
    }

    /// Keeps what this server heard, for the others.
    pub(crate) async fn note_heard(&self) -> Result<(), StoreError> {
        let heard: Vec<(CounterId, Timestamp)> = self.presence.all().into_iter().collect();
        if heard.is_empty() { Ok(()) } else { self.store.note_heard(self.id, &heard).await }
    }
}

/// For how long the page of a counter with somebody has been gone, where that is too long.
pub(crate) fn lost_for(has: &AtCounter, heard: Option<Timestamp>, now: Timestamp) -> Option<SignedDuration> {
    // Of a counter that was never heard of, since it has somebody.
    let last = heard.into_iter().chain(has.since).max()?;
    Some(now.duration_since(last)).filter(|silent| *silent >= LOST_AFTER)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn a_page_that_is_open_is_heard_now_and_one_that_closed_when_it_did() {
        let second = Arc::new(AtomicI64::new(0));
        let clock = Clock::new({
            let second = Arc::clone(&second);
            move || Timestamp::from_second(second.load(Ordering::SeqCst)).unwrap_or_default()
        });
        let presence = Presence::new(clock);
        let counter: CounterId = "3".parse().unwrap();
        let last = || presence.all().get(&counter).map(|at| at.as_second());
        assert_eq!(last(), None);
        let (one, other) = (presence.watch(&counter), presence.watch(&counter));
        second.store(100, Ordering::SeqCst);
        assert_eq!(last(), Some(100));
        drop(one);
        second.store(200, Ordering::SeqCst);
        assert_eq!(last(), Some(200), "another page of it is open");
        drop(other);
        second.store(300, Ordering::SeqCst);
        assert_eq!(last(), Some(200));
        presence.heard(&counter);
        assert_eq!(last(), Some(300));
    }
}
