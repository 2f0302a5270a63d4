//! What must be so for an act to be done.

use queue_engine::{NotHere, Rank, Seat, State, Ticket};
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::event::{Actor, EventBody};
use wire::ids::{CounterId, NeedId, ServiceId};

use super::{Decided, Intent, View, seat_of, standing};
use crate::desk::act::{Refusal, Seen, Who};
use crate::store::{Hold, Move, Passage};

/// The last passage of all.
const EPISODES_OVER: Refusal = Refusal::Unknown("a further passage");

impl<'a> View<'a> {
    pub(super) fn by(self) -> Actor {
        match self.who {
            Who::Staff { .. } => Actor::Staff,
            Who::Visitor => Actor::Visitor,
            Who::House => Actor::Policy,
        }
    }

    pub(super) fn supervises(self) -> bool {
        matches!(self.who, Who::Staff { supervises: true, .. })
    }

    pub(super) fn staff(self) -> Decided<()> {
        if self.who == Who::Visitor { Err(Refusal::NotYours) } else { Ok(()) }
    }

    pub(super) fn counter(self) -> Decided<&'a Counter> {
        self.staff()?;
        self.counter.ok_or(Refusal::Unknown("a counter"))
    }

    pub(super) fn service(self, service: &ServiceId) -> Decided<()> {
        self.plan.catalogue.service(service).map(|_| ()).ok_or(Refusal::Unknown("the service"))
    }

    /// What nobody could call is as good as unknown.
    pub(super) fn received<'n>(
        self,
        service: &ServiceId,
        needs: impl IntoIterator<Item = &'n NeedId> + Clone,
    ) -> Decided<()> {
        let received = self.plan.is_received(service, needs);
        if received { Ok(()) } else { Err(Refusal::Unknown("a counter that receives for it")) }
    }

    /// The counter where it receives people and has nobody.
    pub(super) fn free_seat(self) -> Decided<Seat> {
        let counter = self.counter()?;
        if !self.hall.receives(&counter.id) {
            return Err(Refusal::Away);
        }
        self.free(&counter.id)?;
        Ok(seat_of(self.hall, self.plan, counter))
    }

    pub(super) fn free(self, counter: &CounterId) -> Decided<()> {
        self.hall.at_counter(counter).map_or(Ok(()), |held| Err(Refusal::Busy { ticket: Some(held.id) }))
    }

    pub(super) fn moved(self, ticket: &Ticket) -> Refusal {
        Refusal::Moved(standing(self.hall, ticket))
    }

    /// The ticket, in the passage that the page showed.
    pub(super) fn seen(self, seen: Seen) -> Decided<&'a Ticket> {
        let ticket = self.hall.ticket(&seen.ticket).ok_or(Refusal::Unknown("the ticket"))?;
        if ticket.episode() == seen.episode { Ok(ticket) } else { Err(self.moved(ticket)) }
    }

    pub(super) fn waiting(self, seen: Seen) -> Decided<&'a Ticket> {
        let ticket = self.seen(seen)?;
        if ticket.state(self.hall.day()) == State::Waiting { Ok(ticket) } else { Err(self.moved(ticket)) }
    }

    /// The ticket where it waits or is set aside.
    pub(super) fn open_to_all(self, seen: Seen) -> Decided<&'a Ticket> {
        let ticket = self.seen(seen)?;
        let open = matches!(ticket.state(self.hall.day()), State::Waiting | State::Parked);
        if open { Ok(ticket) } else { Err(self.moved(ticket)) }
    }

    /// The ticket where this counter holds it as one of these.
    pub(super) fn held(self, seen: Seen, as_one_of: &[Hold]) -> Decided<(&'a Ticket, Held)> {
        let counter = &self.counter()?.id;
        let ticket = self.seen(seen)?;
        let here = ticket.is_held() && ticket.call().is_some_and(|call| &call.counter == counter);
        let from = hold(ticket.rank()).filter(|from| here && as_one_of.contains(from));
        let from = from.ok_or_else(|| self.moved(ticket))?;
        Ok((ticket, Held { seen, from, counter: counter.clone() }))
    }

    /// Whom another counter set aside is a supervisor's to move; anybody's, where that counter is no more.
    pub(super) fn anothers(self, counter: &CounterId) -> Decided<()> {
        if self.supervises() || self.plan.catalogue.counter(counter).is_none() {
            return Ok(());
        }
        Err(Refusal::NotHere(NotHere::OtherCounter(counter.clone())))
    }

    /// The ticket where it may go on elsewhere: this counter holds it, or nobody does. Who is set aside is their counter's.
    pub(super) fn left(self, seen: Seen) -> Decided<(&'a Ticket, Passage)> {
        self.staff()?;
        let ticket = self.seen(seen)?;
        if ticket.is_held() {
            return self.held(seen, &[Hold::Called, Hold::Serving]).map(|(ticket, held)| (ticket, held.to(Hold::Left)));
        }
        let own = self.counter.map(|counter| &counter.id);
        if let Some(parking) = ticket.parking()
            && Some(&parking.counter) != own
        {
            self.anothers(&parking.counter)?;
        }
        Ok((self.open_to_all(seen)?, unheld(seen, Hold::Left)))
    }
}

/// A passage that a counter holds.
pub(super) struct Held {
    seen: Seen,
    from: Hold,
    counter: CounterId,
}

impl Held {
    pub(super) fn to(self, to: Hold) -> Passage {
        let Self { seen: Seen { ticket, episode }, from, counter } = self;
        Passage { of: ticket.0, episode, from: Some(from), to, counter: Some(counter) }
    }
}

/// A passage that nobody holds.
pub(super) const fn unheld(Seen { ticket, episode }: Seen, to: Hold) -> Passage {
    Passage { of: ticket.0, episode, from: None, to, counter: None }
}

/// What a counter must have to receive somebody.
pub(super) fn needs(ticket: &Ticket) -> impl Iterator<Item = &NeedId> + Clone {
    ticket.issue().into_iter().flat_map(|issue| &issue.needs)
}

pub(super) fn next(ticket: &Ticket) -> Decided<u32> {
    ticket.episode().checked_add(1).ok_or(EPISODES_OVER)
}

/// How far a passage is as stores hold it.
pub(super) const fn hold(rank: Rank) -> Option<Hold> {
    match rank {
        Rank::Waiting | Rank::Parked => None,
        Rank::Called => Some(Hold::Called),
        Rank::Serving => Some(Hold::Serving),
        Rank::Cancelled | Rank::NoShow | Rank::Finished => Some(Hold::Over),
    }
}

/// An action that wants no counter to be free.
pub(super) fn write<const P: usize, const B: usize>(
    act: Uuid,
    passages: [Passage; P],
    bodies: [EventBody; B],
) -> Intent {
    Intent::Make(Move { act, free: None, passages: passages.into(), bodies: bodies.into() })
}
