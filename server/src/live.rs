//! The hall as it is now, and who wants to know of changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use queue_engine::{Hall, Received};
use tokio::sync::watch;
use wire::ids::OriginId;
use wire::service_day::ServiceDay;

/// The hall in memory: a fold of what the store holds, rebuilt at start.
#[derive(Debug)]
pub struct Live {
    hall: Mutex<Hall>,
    seen: Mutex<Seen>,
    zone: TimeZone,
    version: watch::Sender<u64>,
}

/// What has been folded in of each log. What a server writes itself comes to it once more with the changes of all, and may
/// come to it before what another server wrote to the same log: nobody who watches is to be told twice.
#[derive(Debug, Default)]
struct Seen(BTreeMap<OriginId, Known>);

/// What is known of a log: everything up to a number, and some beyond a gap.
#[derive(Debug, Default)]
struct Known {
    mark: u64,
    beyond: BTreeSet<u64>,
}

impl Seen {
    fn new(marks: BTreeMap<OriginId, u64>) -> Self {
        let known = |(origin, mark)| (origin, Known { mark, beyond: BTreeSet::new() });
        Self(marks.into_iter().map(known).collect())
    }

    /// Whether an event is new; it no longer is then.
    fn take(&mut self, event: &Received) -> bool {
        let Known { mark, beyond } = self.0.entry(event.origin).or_default();
        let seq = event.event.seq;
        let new = seq > *mark && beyond.insert(seq);
        while beyond.first().is_some_and(|next| *next == *mark + 1) {
            beyond.pop_first();
            *mark += 1;
        }
        new
    }
}

impl Live {
    /// The hall of the day `now` belongs to, from the events of the store. `marks` says of logs up to which number they went
    /// when the events were read: what is older is no news.
    #[must_use]
    pub fn new(zone: TimeZone, now: Timestamp, events: &[Received], marks: BTreeMap<OriginId, u64>) -> Self {
        let day = ServiceDay::of(now, &zone);
        let mut hall = Hall::new(day, zone.clone());
        events.iter().for_each(|event| hall.apply(event));
        hall.roll(day);
        let mut seen = Seen::new(marks);
        for event in events {
            let known = seen.0.entry(event.origin).or_default();
            known.mark = known.mark.max(event.event.seq);
        }
        Self { hall: Mutex::new(hall), seen: Mutex::new(seen), zone, version: watch::Sender::new(0) }
    }

    /// Takes committed events in, in the order of each log, and tells whoever watches where there are new ones. Answers how
    /// many are. What was received before `since` is none of the hall's, but it has been seen.
    pub fn apply(&self, now: Timestamp, since: Timestamp, events: &[Received]) -> usize {
        // Held until the hall holds them too: what is seen is in the hall.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<&Received> = events.iter().filter(|event| seen.take(event)).collect();
        if new.is_empty() {
            return 0;
        }
        let mut hall = self.today(now);
        new.iter().filter(|event| event.received_at >= since).for_each(|event| hall.apply(event));
        drop((hall, seen));
        self.touch();
        new.len()
    }

    /// Begins again from what the store holds, which is another one than before.
    pub fn replace(&self, with: Self) {
        let Self { hall, seen, .. } = with;
        *self.hall.lock().unwrap_or_else(PoisonError::into_inner) =
            hall.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.touch();
    }

    /// Up to which number a log has been taken in without a gap.
    pub fn seen(&self, origin: OriginId) -> u64 {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).0.get(&origin).map_or(0, |known| known.mark)
    }

    /// Looks at the hall, and up to which number each log has been taken into it without a gap. Nothing else of this may be
    /// called meanwhile.
    pub fn read_marked<R>(&self, now: Timestamp, look: impl FnOnce(&Hall, &dyn Fn(OriginId) -> u64) -> R) -> R {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        look(&self.today(now), &|origin| seen.0.get(&origin).map_or(0, |known| known.mark))
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use wire::event::{Event, EventBody};

    use super::*;

    #[test]
    fn what_comes_twice_is_told_once_and_what_fills_a_gap_is_taken() {
        let now: Timestamp = "2026-11-21T08:42:00Z".parse().unwrap();
        let (borne, other) = (OriginId(Uuid::from_u128(1)), OriginId(Uuid::from_u128(2)));
        let event = |origin, seq| Received {
            origin,
            received_at: now,
            clock_offset_ms: None,
            event: Event { seq, at: now, body: EventBody::Unknown },
        };
        let live = Live::new(TimeZone::UTC, now, &[event(borne, 41)], BTreeMap::from([(borne, 40), (other, 9)]));
        let told = |origin, numbers: &[u64]| {
            let before = *live.watch().borrow();
            live.apply(now, now, &numbers.iter().map(|seq| event(origin, *seq)).collect::<Vec<_>>());
            (*live.watch().borrow() > before, live.seen(origin))
        };
        assert_eq!(told(borne, &[40, 41]), (false, 41));
        assert_eq!(told(borne, &[42, 43]), (true, 43));
        assert_eq!(told(borne, &[42, 43]), (false, 43));
        // Another server's 10 and 11 have not been read yet.
        assert_eq!(told(other, &[12]), (true, 9));
        assert_eq!(told(other, &[12]), (false, 9));
        assert_eq!(told(other, &[11]), (true, 9));
        assert_eq!(told(other, &[10, 11, 12]), (true, 12));
        assert_eq!(told(other, &[12]), (false, 12));
        assert_eq!(told(OriginId(Uuid::nil()), &[1]), (true, 1));
    }
}
