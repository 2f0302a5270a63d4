//! What must have passed before a call is repeated or given up, what follows an absence, and what may be taken back.

use jiff::{SignedDuration, Timestamp};
use wire::event::EventBody;
use wire::ids::{CounterId, TicketId};

use super::Policy;
use crate::hall::Hall;
use crate::ticket::Ticket;

/// Why something must wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TooSoon {
    /// It has not rung often enough.
    #[error("call it {0} more time(s) first")]
    Calls(usize),
    /// Not enough time has passed, in seconds.
    #[error("wait {0} s more")]
    Seconds(i64),
}

/// What follows an absence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterNoShow {
    /// The ticket is in the queue again, from this instant on.
    Back {
        /// It is not called earlier.
        not_before: Timestamp,
    },
    /// The ticket is over; reception can reinstate it.
    End,
}

/// What taking the last action back writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Undo {
    /// Which ticket.
    pub ticket: TicketId,
    /// [`EventBody::Undone`] for it.
    pub event: EventBody,
    /// The counter that then holds the ticket again.
    pub counter: Option<CounterId>,
    /// Whether the person themselves did what is taken back.
    pub by_visitor: bool,
}

/// Why the last action stays.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotUndone {
    /// Nothing was done, or it was taken back already.
    #[error("there is nothing to take back")]
    Nothing,
    /// Its window is over.
    #[error("it is too late to take that back: {0} s are over")]
    TooLate(u32),
    /// The counter has called somebody else since.
    #[error("counter {0} has somebody else by now: end that first")]
    CounterBusy(CounterId),
}

impl Policy {
    /// Whether a called ticket may be marked absent.
    pub fn may_be_absent(&self, ticket: &Ticket, now: Timestamp) -> Result<(), TooSoon> {
        let missing = (self.no_show.min_calls as usize).saturating_sub(ticket.rings());
        if missing > 0 {
            return Err(TooSoon::Calls(missing));
        }
        wait(ticket.call().map(|call| call.at), self.no_show.wait_s, now)
    }

    /// Whether a called ticket may ring again.
    pub fn may_ring(&self, ticket: &Ticket, now: Timestamp) -> Result<(), TooSoon> {
        wait(ticket.last_ring(), self.no_show.recall_gap_s, now)
    }

    /// What follows when an absence is noted now; ask before it is.
    #[must_use]
    pub fn after_no_show(&self, ticket: &Ticket, now: Timestamp) -> AfterNoShow {
        let after = SignedDuration::from_mins(i64::from(self.no_show.return_after_min));
        match now.checked_add(after) {
            Ok(not_before) if ticket.no_shows() < self.no_show.returns => AfterNoShow::Back { not_before },
            Ok(_) | Err(_) => AfterNoShow::End,
        }
    }

    /// What takes a ticket's last action back, if that may still be.
    pub fn undo(&self, hall: &Hall, ticket: &Ticket, now: Timestamp) -> Result<Undo, NotUndone> {
        let last = ticket.course().last.as_ref().ok_or(NotUndone::Nothing)?;
        let window = if last.by_visitor { self.undo.visitor_s } else { self.undo.staff_s };
        if now.duration_since(last.at) > SignedDuration::from_secs(i64::from(window)) {
            return Err(NotUndone::TooLate(window));
        }
        take_back(hall, ticket)
    }
}

/// What takes a ticket's last action back, however long ago it was.
pub fn take_back(hall: &Hall, ticket: &Ticket) -> Result<Undo, NotUndone> {
    let last = ticket.course().last.clone().ok_or(NotUndone::Nothing)?;
    let other = |counter: &&CounterId| hall.at_counter(counter).is_some_and(|held| held.id != ticket.id);
    if let Some(counter) = last.counter.as_ref().filter(other) {
        return Err(NotUndone::CounterBusy(counter.clone()));
    }
    let event = EventBody::Undone {
        ticket: ticket.id,
        episode: ticket.episode().checked_add(1).ok_or(NotUndone::Nothing)?,
        back_to: last.back_to,
        rank: last.rank,
    };
    Ok(Undo { ticket: ticket.id, event, counter: last.counter, by_visitor: last.by_visitor })
}

fn wait(since: Option<Timestamp>, seconds: u32, now: Timestamp) -> Result<(), TooSoon> {
    let Some(since) = since else { return Ok(()) };
    let left = SignedDuration::from_secs(i64::from(seconds)) - now.duration_since(since);
    if left.is_positive() { Err(TooSoon::Seconds((left.as_millis() as i64 + 999) / 1000)) } else { Ok(()) }
}
