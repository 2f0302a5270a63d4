//! What an act writes: from the hall, the policy, the counter and the time, and nothing else.
//!
//! A decision names what must still be so when it is written: which passage is how far, which counter is free. The store
//! compares that with what all servers wrote, so that of two that decided at the same moment one is told that it was slower.

mod checks;
mod counter;
mod moves;
mod reception;

use std::collections::BTreeSet;

use jiff::Timestamp;
use queue_engine::{CounterState, Hall, Rank, Seat, Ticket};
use wire::catalogue::{Counter, Localised};
use wire::event::TicketIssued;
use wire::ids::{CounterId, TicketId};
use wire::token::TicketToken;

use super::act::{Act, Refusal, Standing, Wanted, Who};
use crate::site::Plan;
use crate::store::{Move, NewCall};

/// What a decision looks at.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) hall: &'a Hall,
    pub(super) plan: &'a Plan,
    pub(super) who: Who,
    pub(super) counter: Option<&'a Counter>,
    pub(super) now: Timestamp,
    /// Whether the day is closed: only staff put somebody into the queue then.
    pub(super) closed: bool,
}

/// What is new in a decision that makes something: identities and secrets are drawn outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) ticket: TicketId,
    pub(super) token: TicketToken,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub(super) enum Intent {
    /// A call of one of several.
    Call(NewCall),
    /// One action.
    Make(Move),
    /// A ticket, whose number the store gives.
    Issue(TicketIssued),
    /// Nothing: it is so already.
    Nothing,
    /// Nothing: nobody waits for the counter.
    Nobody,
}

type Decided<T = Intent> = Result<T, Refusal>;

/// What a counter can do, and who sits there: as whoever opened it said, else as the catalogue does.
pub(crate) fn seat(hall: &Hall, counter: &Counter) -> Seat {
    let services = counter.services.iter().cloned().collect();
    let capabilities = counter.capabilities.clone();
    Seat { counter: counter.id.clone(), agent: None, services, capabilities, stranded: BTreeSet::new() }.as_told(hall)
}

/// The same for whoever calls there, with those who would wait for nobody.
pub(crate) fn seat_of(hall: &Hall, plan: &Plan, counter: &Counter) -> Seat {
    Seat { stranded: plan.stranded(hall, counter), ..seat(hall, counter) }
}

/// A counter that is not in the catalogue any more: whoever it still has is finished with there, and nobody else is called.
pub(crate) fn gone(id: &CounterId) -> Counter {
    let name = Localised::french(id.as_str());
    Counter { id: id.clone(), name, services: Vec::new(), zone: None, capabilities: BTreeSet::new() }
}

/// How a ticket stands, for whoever was slower.
pub(super) fn standing(hall: &Hall, ticket: &Ticket) -> Standing {
    let state = ticket.state(hall.day());
    let called = ticket.call().filter(|_| ticket.rank() >= Rank::Called).map(|call| &call.counter);
    let counter = called.or_else(|| ticket.parking().map(|parking| &parking.counter));
    let agent = counter.and_then(|counter| match hall.counter(counter) {
        Some((_, CounterState::Open { agent, .. })) => *agent,
        Some((_, CounterState::Paused { .. } | CounterState::Closed)) | None => None,
    });
    Standing { state, counter: counter.cloned(), agent, since: ticket.since() }
}

/// Decides what an act writes.
pub(super) fn decide(view: View<'_>, wanted: &Wanted, drawn: &Drawn) -> Decided {
    let id = wanted.id;
    match &wanted.act {
        Act::Call => view.call(id),
        Act::CallThis(seen) => view.call_this(id, *seen),
        Act::Recall(seen) => view.recall(id, *seen),
        Act::Start(seen) => view.start(id, *seen),
        Act::Finish { seen, inexact } => view.finish(id, *seen, *inexact),
        Act::NoShow(seen) => view.no_show(id, *seen),
        Act::Park { seen, reason } => view.park(id, *seen, *reason),
        Act::Resume(seen) => view.resume(id, *seen),
        Act::Transfer { seen, service, counter, place } => {
            view.transfer(id, *seen, service.as_ref(), counter.as_ref(), *place)
        }
        Act::Redirect { seen, service } => view.redirect(id, *seen, service),
        Act::Postpone(seen) => view.postpone(id, *seen),
        Act::Reinstate(seen) => view.reinstate(id, *seen),
        Act::Cancel(seen) => view.cancel(id, *seen),
        Act::CheckIn { seen, appointment } => view.check_in(id, *seen, *appointment),
        Act::Undo(seen) => view.undo(id, *seen),
        Act::Issue(new) => view.issue(new, drawn),
        Act::Reprint(seen) => view.reprint(id, *seen, drawn.token.hash()),
        Act::Open { services } => view.open(id, services),
        Act::Pause(reason) => view.leave(id, &CounterState::Paused { reason: *reason }),
        Act::Close => view.leave(id, &CounterState::Closed),
        Act::AnswerHelp(help) => view.answer_help(id, *help),
    }
}
