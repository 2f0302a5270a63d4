//! Where somebody goes from where they are, and back.

use queue_engine::policy::{NotUndone, take_back};
use queue_engine::{Rank, postpone};
use uuid::Uuid;
use wire::event::{EventBody, QueuePlace};
use wire::ids::{CounterId, ServiceId};

use super::checks::{hold, needs, next, unheld, write};
use super::{Decided, Intent, View};
use crate::desk::act::{Refusal, Seen, Who};
use crate::store::{Hold, Move, Passage};

impl View<'_> {
    pub(super) fn transfer(
        self,
        id: Uuid,
        seen: Seen,
        service: Option<&ServiceId>,
        counter: Option<&CounterId>,
        place: Option<QueuePlace>,
    ) -> Decided {
        service.map_or(Ok(()), |service| self.service(service))?;
        let known = |counter| self.plan.catalogue.counter(counter).ok_or(Refusal::Unknown("the counter"));
        let handed_to = counter.map(known).transpose()?;
        let (ticket, left) = self.left(seen)?;
        // Who is handed to a counter is received there, whatever it receives for otherwise.
        match (handed_to, service) {
            (Some(counter), _) if !self.plan.is_fit(counter, needs(ticket)) => {
                return Err(Refusal::Unknown("what the person needs, at that counter,"));
            }
            (None, Some(service)) => self.received(service, needs(ticket))?,
            (Some(_), _) | (None, None) => {}
        }
        let (ticket, episode) = (ticket.id, next(ticket)?);
        let place = place.unwrap_or(self.plan.policy.transfer.place);
        let (service, counter) = (service.cloned(), counter.cloned());
        Ok(write(id, [left], [EventBody::Transferred { ticket, episode, service, counter, place }]))
    }

    pub(super) fn redirect(self, id: Uuid, seen: Seen, service: &ServiceId) -> Decided {
        self.service(service)?;
        let (ticket, left) = self.left(seen)?;
        self.received(service, needs(ticket))?;
        let (ticket, episode) = (ticket.id, next(ticket)?);
        Ok(write(id, [left], [EventBody::Redirected { ticket, episode, service: service.clone() }]))
    }

    pub(super) fn postpone(self, id: Uuid, seen: Seen) -> Decided {
        if self.closed && self.who == Who::Visitor {
            return Err(Refusal::DayClosed);
        }
        let ticket = self.waiting(seen)?;
        let arrival = postpone(self.hall, &self.plan.policy, ticket, self.now).map_err(Refusal::NotPostponed)?;
        let (ticket, episode, by) = (ticket.id, next(ticket)?, self.by());
        let body = EventBody::Postponed { ticket, episode, by, arrival: Some(arrival), not_before: None };
        Ok(write(id, [unheld(seen, Hold::Left)], [body]))
    }

    pub(super) fn reinstate(self, id: Uuid, seen: Seen) -> Decided {
        self.staff()?;
        let ticket = self.seen(seen)?;
        let today = ticket.issue().is_some_and(|issue| issue.day >= self.hall.day());
        if !today || !matches!(ticket.rank(), Rank::NoShow | Rank::Cancelled) {
            return Err(self.moved(ticket));
        }
        let (ticket, episode, by) = (ticket.id, next(ticket)?, self.by());
        let passage =
            Passage { of: ticket.0, episode: seen.episode, from: Some(Hold::Over), to: Hold::Left, counter: None };
        Ok(write(id, [passage], [EventBody::Reinstated { ticket, episode, by, not_before: None }]))
    }

    pub(super) fn cancel(self, id: Uuid, seen: Seen) -> Decided {
        // Nothing but the closing of a day ends a ticket by itself, and it may be open again by now.
        if self.who == Who::House && !self.closed {
            return Err(Refusal::NotYours);
        }
        self.open_to_all(seen)?;
        let Seen { ticket, episode } = seen;
        Ok(write(id, [unheld(seen, Hold::Over)], [EventBody::Cancelled { ticket, episode, by: self.by() }]))
    }

    /// Takes the last action back. Only the counter that acted may, or a supervisor; a visitor only what they did.
    pub(super) fn undo(self, id: Uuid, seen: Seen) -> Decided {
        let ticket = self.seen(seen)?;
        let undo = match self.who {
            Who::House => take_back(self.hall, ticket),
            Who::Visitor if self.closed => return Err(Refusal::DayClosed),
            Who::Visitor | Who::Staff { .. } => self.plan.policy.undo(self.hall, ticket, self.now),
        };
        let undo = undo.map_err(Refusal::NotUndone)?;
        let acted = || ticket.call().filter(|_| ticket.rank() >= Rank::Called).map(|call| &call.counter);
        let own = self.counter.map(|counter| &counter.id);
        match self.who {
            Who::Visitor if !undo.by_visitor => return Err(Refusal::NotUndone(NotUndone::Nothing)),
            Who::Staff { .. } if !self.supervises() => {
                if undo.counter.as_ref().or_else(acted).is_some_and(|counter| Some(counter) != own) {
                    return Err(Refusal::NotYours);
                }
            }
            Who::Visitor | Who::House | Who::Staff { .. } => {}
        }
        let EventBody::Undone { episode, rank, .. } = undo.event else {
            return Err(Refusal::NotUndone(NotUndone::Nothing));
        };
        let of = ticket.id.0;
        let from = hold(ticket.rank());
        let mut passages = vec![Passage { of, episode: seen.episode, from, to: Hold::Left, counter: None }];
        // Without a counter it waits, so that nobody is hidden.
        if let Some(to) = hold(rank).filter(|to| *to >= Hold::Over || undo.counter.is_some()) {
            passages.push(Passage { of, episode, from: None, to, counter: undo.counter.clone() });
        }
        Ok(Intent::Make(Move { act: id, free: undo.counter, passages, bodies: vec![undo.event] }))
    }
}
