//! The hall as it is now, and who wants to know of changes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use queue_engine::{Hall, Received};
use tokio::sync::watch;
use wire::service_day::ServiceDay;

/// The hall in memory: a fold of what the store holds, rebuilt at start.
#[derive(Debug)]
pub struct Live {
    hall: Mutex<Hall>,
    zone: TimeZone,
    version: watch::Sender<u64>,
}

impl Live {
    /// The hall of the day `now` belongs to, from the events of the store.
    #[must_use]
    pub fn new(zone: TimeZone, now: Timestamp, events: &[Received]) -> Self {
        let day = ServiceDay::of(now, &zone);
        let mut hall = Hall::new(day, zone.clone());
        events.iter().for_each(|event| hall.apply(event));
        hall.roll(day);
        Self { hall: Mutex::new(hall), zone, version: watch::Sender::new(0) }
    }

    /// Takes committed events in and tells whoever watches.
    pub fn apply(&self, now: Timestamp, events: &[Received]) {
        if events.is_empty() {
            return;
        }
        let mut hall = self.today(now);
        events.iter().for_each(|event| hall.apply(event));
        drop(hall);
        self.touch();
    }

    /// Looks at the hall. The lock is never held over an await.
    pub fn read<R>(&self, now: Timestamp, look: impl FnOnce(&Hall) -> R) -> R {
        look(&self.today(now))
    }

    /// Begins the day `now` belongs to where that is due.
    pub fn roll(&self, now: Timestamp) {
        drop(self.today(now));
    }

    /// Lets go of tickets that a counter has held since before an instant.
    pub fn forget(&self, now: Timestamp, before: Timestamp) {
        if self.today(now).forget(before) > 0 {
            self.touch();
        }
    }

    /// Tells whoever watches that something they show has changed.
    pub fn touch(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// A figure that grows with each change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn today(&self, now: Timestamp) -> MutexGuard<'_, Hall> {
        let mut hall = self.hall.lock().unwrap_or_else(PoisonError::into_inner);
        let day = ServiceDay::of(now, &self.zone);
        // A clock set back does not bring yesterday back.
        if day > hall.day() {
            let expired = hall.roll(day);
            tracing::info!(%day, expired, "a service day begins");
            self.touch();
        }
        hall
    }
}
