//! What is known of readers and cards, and what follows from what is seen: pure, so that every order of events can be
//! tested without a daemon.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::daemon::{Sight, Sights};
use super::event::{CardEvent, CardFault, DaemonFault, TransmitError};
use super::uid::Uid;

/// Names an exchange with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JobId(u64);

/// What is to be done.
#[derive(Debug)]
pub(super) enum Step {
    /// Tell whoever listens.
    Tell(CardEvent),
    /// Ask the card on this reader for its number.
    Ask { reader: Arc<str>, job: JobId },
    /// Nobody will talk to this reader any more.
    Release { reader: Arc<str> },
}

#[derive(Debug)]
pub(super) struct Board {
    /// How long a card may take to give its number.
    limit: Duration,
    daemon: Option<Result<(), DaemonFault>>,
    slots: BTreeMap<Arc<str>, Slot>,
    next_job: u64,
}

#[derive(Debug)]
struct Slot {
    /// The daemon's count when the card now there was put on.
    count: Option<u16>,
    card: Card,
    /// The exchange that the reader's link is busy with.
    busy: Option<JobId>,
}

#[derive(Debug)]
enum Card {
    /// None there, or none that anybody was told of.
    Absent,
    /// Its number is being asked for, or will be once the link is free.
    Asked { job: JobId, at: Instant, by: Instant, begun: bool },
    /// Taken away while its number was being asked for, which may yet arrive.
    Leaving { job: JobId, at: Instant },
    /// It gave its number.
    Read,
    /// It gave none.
    Unreadable,
}

impl Board {
    pub(super) const fn new(limit: Duration) -> Self {
        Self { limit, daemon: None, slots: BTreeMap::new(), next_job: 0 }
    }

    fn job(&mut self) -> JobId {
        self.next_job += 1;
        JobId(self.next_job)
    }

    /// When [`Board::time`] has something to do.
    pub(super) fn wake(&self) -> Option<Instant> {
        let due = |slot: &Slot| match slot.card {
            Card::Asked { by, .. } => Some(by),
            Card::Absent | Card::Leaving { .. } | Card::Read | Card::Unreadable => None,
        };
        self.slots.values().filter_map(due).min()
    }

    /// The daemon answers, with these readers.
    pub(super) fn see(&mut self, sights: &Sights, now: Instant) -> Vec<Step> {
        let mut steps = self.daemon_is(Ok(()));
        let gone: Vec<Arc<str>> =
            self.slots.keys().filter(|name| sights.iter().all(|(seen, _)| seen != *name)).cloned().collect();
        for name in gone {
            self.remove(&name, &mut steps);
        }
        for (name, sight) in sights {
            if !self.slots.contains_key(name) {
                self.slots.insert(Arc::clone(name), Slot { count: None, card: Card::Absent, busy: None });
                steps.push(Step::Tell(CardEvent::Reader { name: Arc::clone(name) }));
            }
            self.look_at(name, *sight, now, &mut steps);
        }
        steps
    }

    /// The daemon does not answer.
    pub(super) fn lose(&mut self, fault: DaemonFault) -> Vec<Step> {
        let mut steps = Vec::new();
        for name in self.slots.keys().cloned().collect::<Vec<_>>() {
            self.remove(&name, &mut steps);
        }
        steps.extend(self.daemon_is(Err(fault)));
        steps
    }

    fn daemon_is(&mut self, state: Result<(), DaemonFault>) -> Vec<Step> {
        if self.daemon.as_ref() == Some(&state) {
            return Vec::new();
        }
        self.daemon = Some(state.clone());
        vec![Step::Tell(CardEvent::Daemon(state))]
    }

    fn remove(&mut self, name: &Arc<str>, steps: &mut Vec<Step>) {
        if let Some(slot) = self.slots.remove(name) {
            steps.extend(slot.card.told().then(|| removed(name)));
            steps.push(Step::Tell(CardEvent::ReaderGone { name: Arc::clone(name) }));
            steps.push(Step::Release { reader: Arc::clone(name) });
        }
    }

    fn look_at(&mut self, name: &Arc<str>, sight: Sight, now: Instant, steps: &mut Vec<Step>) {
        let (job, limit) = (self.job(), self.limit);
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        let count = match sight {
            Sight::Empty => None,
            Sight::Present(count) => Some(count),
        };
        if count == slot.count {
            return;
        }
        slot.count = count;
        steps.extend(slot.card.told().then(|| removed(name)));
        slot.card = match (count, &slot.card) {
            (Some(_), _) => {
                let begun = slot.busy.is_none();
                if begun {
                    slot.busy = Some(job);
                    steps.push(Step::Ask { reader: Arc::clone(name), job });
                }
                Card::Asked { job, at: now, by: now + limit, begun }
            }
            (None, Card::Asked { job, at, begun: true, .. }) => Card::Leaving { job: *job, at: *at },
            (None, Card::Asked { .. } | Card::Absent | Card::Leaving { .. } | Card::Read | Card::Unreadable) => {
                Card::Absent
            }
        };
    }

    /// A card gave its number, or did not.
    pub(super) fn answered(&mut self, name: &Arc<str>, job: JobId, answer: Result<Uid, CardFault>) -> Vec<Step> {
        let mut steps = Vec::new();
        let Some(slot) = self.slots.get_mut(name).filter(|slot| slot.busy == Some(job)) else {
            return steps;
        };
        let reader = || Arc::clone(name);
        match (&slot.card, answer) {
            (Card::Asked { job: asked, at, .. }, Ok(uid)) if *asked == job => {
                steps.push(Step::Tell(CardEvent::CardInserted { reader: reader(), uid, at: *at }));
                slot.card = Card::Read;
            }
            (Card::Asked { job: asked, .. }, Err(fault)) if *asked == job => {
                steps.push(Step::Tell(CardEvent::CardUnreadable { reader: reader(), fault }));
                slot.card = Card::Unreadable;
            }
            // A card held to the reader for an instant counts.
            (Card::Leaving { job: asked, at }, Ok(uid)) if *asked == job => {
                steps.push(Step::Tell(CardEvent::CardInserted { reader: reader(), uid, at: *at }));
                steps.push(Step::Tell(CardEvent::CardRemoved { reader: reader() }));
                slot.card = Card::Absent;
            }
            (Card::Leaving { .. }, _) => slot.card = Card::Absent,
            // Too late, or of a card before.
            (Card::Asked { .. } | Card::Absent | Card::Read | Card::Unreadable, _) => {}
        }
        self.free(name, job, &mut steps);
        steps
    }

    /// The link is free again after an exchange that was not about a number.
    pub(super) fn ended(&mut self, name: &Arc<str>, job: JobId) -> Vec<Step> {
        let mut steps = Vec::new();
        self.free(name, job, &mut steps);
        steps
    }

    fn free(&mut self, name: &Arc<str>, job: JobId, steps: &mut Vec<Step>) {
        let Some(slot) = self.slots.get_mut(name).filter(|slot| slot.busy == Some(job)) else {
            return;
        };
        slot.busy = None;
        if let Card::Asked { job, begun, .. } = &mut slot.card
            && !*begun
        {
            *begun = true;
            slot.busy = Some(*job);
            steps.push(Step::Ask { reader: Arc::clone(name), job: *job });
        }
    }

    /// Time has passed.
    pub(super) fn time(&mut self, now: Instant) -> Vec<Step> {
        let mut steps = Vec::new();
        for (name, slot) in &mut self.slots {
            if matches!(slot.card, Card::Asked { by, .. } if by <= now) {
                let fault = CardFault::TooSlow(self.limit);
                steps.push(Step::Tell(CardEvent::CardUnreadable { reader: Arc::clone(name), fault }));
                slot.card = Card::Unreadable;
            }
        }
        steps
    }

    /// Takes the link of a reader for an exchange.
    pub(super) fn begin(&mut self, name: &str) -> Result<(Arc<str>, JobId), TransmitError> {
        if let Some(Err(fault)) = &self.daemon {
            return Err(CardFault::Daemon(fault.clone()).into());
        }
        let job = self.job();
        let (name, slot) = self
            .slots
            .iter_mut()
            .find(|(known, slot)| known.as_ref() == name && matches!(slot.card, Card::Read))
            .ok_or(TransmitError::NoCard)?;
        if slot.busy.is_some() {
            return Err(TransmitError::Busy);
        }
        slot.busy = Some(job);
        Ok((Arc::clone(name), job))
    }
}

impl Card {
    /// Whether an event told of it.
    const fn told(&self) -> bool {
        matches!(self, Self::Read | Self::Unreadable)
    }
}

fn removed(reader: &Arc<str>) -> Step {
    Step::Tell(CardEvent::CardRemoved { reader: Arc::clone(reader) })
}

#[cfg(test)]
mod tests;
