//! What a counter does: whom it calls, what it does with whom it has, whether it receives people.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use queue_engine::policy::AfterNoShow;
use queue_engine::{CounterState, Decision, State, choose_by_hand, ranking};
use uuid::Uuid;
use wire::event::{Actor, EventBody, ParkReason};
use wire::ids::ServiceId;

use super::checks::{next, write};
use super::{Decided, Intent, View};
use crate::desk::act::{Refusal, Seen, Who};
use crate::store::{Candidate, Hold, Move, NewCall, Passage};

/// As many candidates as a call names: so many others may be called elsewhere before it has to be thought over.
const CANDIDATES: usize = 32;

// Calls.
impl View<'_> {
    pub(super) fn call(self, id: Uuid) -> Decided {
        let seat = self.free_seat()?;
        let ranking = ranking(self.hall, &self.plan.policy, &seat, self.now, CANDIDATES);
        let candidates: Vec<Candidate> = ranking.into_iter().filter_map(|next| self.candidate(next)).collect();
        if candidates.is_empty() {
            return Ok(Intent::Nobody);
        }
        Ok(Intent::Call(NewCall { call: id, candidates, counter: seat.counter, seat: None }))
    }

    pub(super) fn call_this(self, id: Uuid, seen: Seen) -> Decided {
        let ticket = self.waiting(seen)?;
        let seat = self.free_seat()?;
        let chosen = choose_by_hand(self.hall, &self.plan.policy, &seat, &ticket.id, self.now);
        let candidate = self.candidate(chosen.map_err(Refusal::NotHere)?).ok_or_else(|| self.moved(ticket))?;
        Ok(Intent::Call(NewCall { call: id, candidates: vec![candidate], counter: seat.counter, seat: None }))
    }

    pub(super) fn candidate(self, decision: Decision) -> Option<Candidate> {
        let issue = self.hall.ticket(&decision.ticket)?.issue()?;
        let (ticket, episode, origin, seq) = (decision.ticket, decision.episode, issue.origin, issue.seq);
        Some(Candidate { ticket, episode, origin, seq, decision: Some(decision) })
    }
}

// With whom it has.
impl View<'_> {
    pub(super) fn recall(self, id: Uuid, seen: Seen) -> Decided {
        let (ticket, held) = self.held(seen, &[Hold::Called])?;
        self.plan.policy.may_ring(ticket, self.now).map_err(Refusal::TooSoon)?;
        let Seen { ticket, episode } = seen;
        Ok(write(id, [held.to(Hold::Called)], [EventBody::Recalled { ticket, episode }]))
    }

    pub(super) fn start(self, id: Uuid, seen: Seen) -> Decided {
        let (_, held) = self.held(seen, &[Hold::Called])?;
        let Seen { ticket, episode } = seen;
        Ok(write(id, [held.to(Hold::Serving)], [EventBody::Started { ticket, episode }]))
    }

    pub(super) fn finish(self, id: Uuid, seen: Seen, inexact: bool) -> Decided {
        let (_, held) = self.held(seen, &[Hold::Serving])?;
        let Seen { ticket, episode } = seen;
        Ok(write(id, [held.to(Hold::Over)], [EventBody::Finished { ticket, episode, inexact }]))
    }

    pub(super) fn no_show(self, id: Uuid, seen: Seen) -> Decided {
        let (absent, held) = self.held(seen, &[Hold::Called])?;
        let policy = &self.plan.policy;
        if self.who != Who::House {
            policy.may_be_absent(absent, self.now).map_err(Refusal::TooSoon)?;
        }
        let after = if self.closed || self.who == Who::House {
            AfterNoShow::End
        } else {
            policy.after_no_show(absent, self.now)
        };
        let Seen { ticket, episode } = seen;
        let gone = EventBody::NoShow { ticket, episode };
        match after {
            AfterNoShow::End => Ok(write(id, [held.to(Hold::Over)], [gone])),
            AfterNoShow::Back { not_before } => {
                let (episode, not_before) = (next(absent)?, Some(not_before));
                let back = EventBody::Reinstated { ticket, episode, by: Actor::Policy, not_before };
                Ok(write(id, [held.to(Hold::Left)], [gone, back]))
            }
        }
    }

    pub(super) fn park(self, id: Uuid, seen: Seen, reason: ParkReason) -> Decided {
        let (ticket, held) = self.held(seen, &[Hold::Called, Hold::Serving])?;
        let after = SignedDuration::from_mins(i64::from(self.plan.policy.parking.remind_min));
        let remind_at = self.now.checked_add(after).ok();
        let (ticket, episode, counter) = (ticket.id, next(ticket)?, self.counter()?.id.clone());
        Ok(write(id, [held.to(Hold::Left)], [EventBody::Parked { ticket, episode, counter, reason, remind_at }]))
    }

    pub(super) fn resume(self, id: Uuid, seen: Seen) -> Decided {
        let ticket = self.seen(seen)?;
        let parking = ticket.parking().filter(|_| ticket.state(self.hall.day()) == State::Parked);
        let own = &parking.ok_or_else(|| self.moved(ticket))?.counter;
        let counter = self.free_seat()?.counter;
        if *own != counter {
            self.anothers(own)?;
        }
        let Seen { ticket, episode } = seen;
        let passage = Passage { of: ticket.0, episode, from: None, to: Hold::Serving, counter: Some(counter.clone()) };
        let body = EventBody::Resumed { ticket, episode, counter: counter.clone(), call: id };
        Ok(Intent::Make(Move { act: id, free: Some(counter), passages: vec![passage], bodies: vec![body] }))
    }
}

// The counter itself.
impl View<'_> {
    pub(super) fn open(self, id: Uuid, services: &BTreeSet<ServiceId>) -> Decided {
        let Who::Staff { account, .. } = self.who else { return Err(Refusal::NotYours) };
        let counter = self.counter()?;
        if let Some(unknown) = services.iter().find(|service| self.service(service).is_err()) {
            return self.service(unknown).map(|()| Intent::Nothing);
        }
        let state = CounterState::Open { agent: account, services: services.clone() };
        if self.hall.counter(&counter.id).is_some_and(|(_, told)| *told == state) {
            return Ok(Intent::Nothing);
        }
        let body = EventBody::CounterOpened { counter: counter.id.clone(), agent: account, services: services.clone() };
        Ok(write(id, [], [body]))
    }

    /// Pauses or closes it, once it has nobody.
    pub(super) fn leave(self, id: Uuid, state: &CounterState) -> Decided {
        self.staff()?;
        let counter = self.counter()?.id.clone();
        self.free(&counter)?;
        if self.hall.counter(&counter).is_some_and(|(_, told)| told == state) {
            return Ok(Intent::Nothing);
        }
        let body = match state {
            CounterState::Paused { reason } => EventBody::CounterPaused { counter: counter.clone(), reason: *reason },
            CounterState::Open { .. } | CounterState::Closed => EventBody::CounterClosed { counter: counter.clone() },
        };
        Ok(Intent::Make(Move { act: id, free: Some(counter), passages: Vec::new(), bodies: vec![body] }))
    }
}
