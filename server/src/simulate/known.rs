//! What is known of a day while it is played: who holds which number, and what has come of it so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use queue_engine::simulation::{Presence, Visitor};
use tokio::time::Instant;

use super::Summary;
use super::pace::Pace;

#[derive(Default)]
pub(super) struct Known(Mutex<Held>);

#[derive(Default)]
struct Held {
    /// Who holds which number, and since when.
    people: BTreeMap<String, (Visitor, Instant)>,
    summary: Summary,
    waits: Vec<f64>,
}

impl Known {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody has a number.
    pub(super) fn came(&self, label: String, visitor: Visitor) {
        let mut held = self.held();
        held.summary.tickets += 1;
        held.people.insert(label, (visitor, Instant::now()));
    }

    /// A number is called. Answers whose it is, where the day knows them.
    pub(super) fn called(&self, label: &str, pace: &Pace) -> Option<Visitor> {
        let mut held = self.held();
        held.summary.called += 1;
        let (visitor, since) = held.people.get(label).cloned()?;
        held.waits.push(pace.minutes(since));
        Some(visitor)
    }

    /// Nobody came. Who missed the call comes to the next.
    pub(super) fn absent(&self, label: &str) {
        let mut held = self.held();
        held.summary.absent += 1;
        let missed = held.people.get_mut(label).filter(|(visitor, _)| visitor.presence == Presence::Missed);
        if let Some((visitor, _)) = missed {
            visitor.presence = Presence::There;
        }
    }

    pub(super) fn served(&self) {
        self.held().summary.served += 1;
    }

    /// What has come of it.
    pub(super) fn summary(&self) -> Summary {
        let held = self.held();
        let longest = held.waits.iter().copied().fold(0.0, f64::max);
        let mean = held.waits.iter().sum::<f64>() / held.waits.len().max(1) as f64;
        Summary { waited_min: (mean, longest), ..held.summary.clone() }
    }
}
