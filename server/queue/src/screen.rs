//! What the hall's screens and loudspeakers tell: the last calls, and calls that were taken back.

use std::cmp::Reverse;

use jiff::Timestamp;
use wire::ids::{CounterId, Language, OriginId, ServiceId, TicketId};
use wire::label::Label;

use crate::hall::Hall;
use crate::ticket::Ticket;

/// A call as a display shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LastCall {
    /// Which ticket.
    pub ticket: TicketId,
    /// The passage it was made in.
    pub episode: u32,
    /// The number.
    pub label: Label,
    /// What the ticket was taken for: where its holder sat down.
    pub service: ServiceId,
    /// The language of the visit.
    pub lang: Language,
    /// Where to go.
    pub counter: CounterId,
    /// How often it rang: a higher figure is another call.
    pub rings: usize,
    /// When it last rang.
    pub at: Timestamp,
    /// The entry that rang it last, a log and a number in it: no two rings have the same.
    pub entry: (OriginId, u64),
}

/// A call that was taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UndoneCall {
    /// Which ticket.
    pub ticket: TicketId,
    /// The number.
    pub label: Label,
    /// What the ticket was taken for.
    pub service: ServiceId,
    /// Where it had been called to.
    pub counter: CounterId,
    /// When it was taken back.
    pub at: Timestamp,
}

impl Hall {
    /// What a display shows: the last calls, newest first, one line a ticket.
    #[must_use]
    pub fn last_calls(&self, most: usize) -> Vec<LastCall> {
        let mut rung: Vec<&Ticket> =
            self.tickets().filter(|t| t.issue().is_some() && t.last_ring_mark().is_some()).collect();
        rung.sort_by_key(|t| (Reverse(t.last_ring_mark()), t.id));
        rung.into_iter().take(most).filter_map(last_call).collect()
    }

    /// Calls taken back since an instant, newest first, of tickets that nothing has happened to since.
    #[must_use]
    pub fn undone_calls(&self, since: Timestamp) -> Vec<UndoneCall> {
        let undone = |ticket: &Ticket| {
            let (issue, (at, call)) = (ticket.issue()?, ticket.undone_call()?);
            let (service, counter) = (issue.service.clone(), call.counter.clone());
            (at >= since).then_some(UndoneCall { ticket: ticket.id, label: issue.label, service, counter, at })
        };
        // What was taken back waits again, or was given up since.
        let mut calls: Vec<UndoneCall> = self.tickets().filter(|t| t.is_open()).filter_map(undone).collect();
        calls.sort_by_key(|call| (Reverse(call.at), call.ticket));
        calls
    }
}

fn last_call(ticket: &Ticket) -> Option<LastCall> {
    let (issue, call) = (ticket.issue()?, ticket.call()?);
    let (at, (_, origin, seq)) = ticket.last_ring_mark()?;
    Some(LastCall {
        ticket: ticket.id,
        episode: ticket.call_episode()?,
        label: issue.label,
        service: issue.service.clone(),
        lang: issue.lang,
        counter: call.counter.clone(),
        rings: ticket.rings(),
        at,
        entry: (origin, seq),
    })
}
