//! A ticket's way through the queue, worked out from its passages: where it stands, who holds it, what it has counted for.
//!
//! It is worked out anew from the whole of what is known whenever an event comes, so that an event that comes late counts
//! as if it had come in time.

use jiff::{SignedDuration, Timestamp};
use wire::event::{Actor, ParkReason, QueuePlace, Rank};
use wire::ids::{CounterId, ServiceId};

use crate::passage::{Call, Opening, Passage, Stamp};
use crate::sorted::Sorted;
use crate::ticket::Issue;

/// Where a ticket stands while it waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// What for: transfers and redirections change it.
    pub service: ServiceId,
    /// Since when it counts.
    pub arrival: Timestamp,
    /// Since when it stands before those of its lane, where it does.
    pub front: Option<Timestamp>,
    /// It is not called earlier.
    pub not_before: Option<Timestamp>,
    /// The counter that calls it, and no other.
    pub counter: Option<CounterId>,
    /// Whether it comes back after an absence.
    pub returned: bool,
}

/// Who holds a ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hold {
    pub(crate) call: Call,
    /// The passage the call was made in: an absence taken back goes on with the call before it.
    pub(crate) episode: u32,
    pub(crate) rings: usize,
    /// When it last rang, and by which entry.
    pub(crate) last_ring: Option<(Timestamp, Stamp)>,
    pub(crate) started: Option<Timestamp>,
}

/// Where and why a person is set aside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parking {
    /// The counter that takes it again.
    pub counter: CounterId,
    /// Why.
    pub reason: ParkReason,
    /// Since when.
    pub since: Timestamp,
    /// When the agent is reminded.
    pub remind_at: Option<Timestamp>,
}

/// A call that used up a turn of its counter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Turn {
    pub(crate) stamp: Stamp,
    pub(crate) at: Timestamp,
    pub(crate) counter: CounterId,
    pub(crate) service: ServiceId,
    pub(crate) returned: bool,
}

/// How long a ticket took up a counter, from its call to its end, whether the person came or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Given {
    pub(crate) service: ServiceId,
    pub(crate) at: Timestamp,
    pub(crate) took: SignedDuration,
    /// How many people came together.
    pub(crate) group: u8,
    /// Whether somebody was served.
    pub(crate) served: bool,
}

/// An ordinary wait that ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entered {
    pub(crate) service: ServiceId,
    pub(crate) at: Timestamp,
    pub(crate) waited: SignedDuration,
}

/// What taking the last action back goes back to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LastAct {
    pub(crate) at: Timestamp,
    pub(crate) back_to: u32,
    pub(crate) rank: Rank,
    /// Which counter then holds the ticket again.
    pub(crate) counter: Option<CounterId>,
    /// Whether the person themselves did it.
    pub(crate) by_visitor: bool,
}

/// A ticket's way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Course {
    pub(crate) episode: u32,
    pub(crate) rank: Rank,
    /// Since when it is as far as it is.
    pub(crate) since: Option<Timestamp>,
    /// None until the issue is known.
    pub(crate) place: Option<Place>,
    pub(crate) hold: Option<Hold>,
    pub(crate) parked: Option<Parking>,
    /// Who gave it up, where somebody did.
    pub(crate) cancelled_by: Option<Actor>,
    pub(crate) last: Option<LastAct>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) given: Vec<Given>,
    pub(crate) entered: Option<Entered>,
    pub(crate) no_shows: u32,
    pub(crate) postponed: u32,
}

/// One passage, worked out.
struct Leg {
    episode: u32,
    rank: Rank,
    /// How far it was before its last step.
    prior: Rank,
    since: Option<Timestamp>,
    place: Option<Place>,
    hold: Option<Hold>,
    parked: Option<Parking>,
    /// How many came together.
    group: u8,
    /// How long the person took up counters before they were set aside.
    worked: SignedDuration,
    /// Whether nothing but its arrival has decided its place.
    fresh: bool,
    cancelled_by: Option<Actor>,
    last: Option<LastAct>,
    turn: Option<Turn>,
    given: Option<Given>,
    entered: Option<Entered>,
    absent: bool,
    postponed: bool,
}

impl Course {
    /// Works a way out. `passages` holds the first one at least.
    pub(crate) fn of(issue: Option<&Issue>, passages: &Sorted<u32, Passage>) -> Self {
        let mut legs: Vec<Leg> = Vec::with_capacity(passages.len());
        for (episode, passage) in passages.iter() {
            if let Some((opening, mark)) = passage.opening() {
                leave(&mut legs, opening, mark.at);
            }
            let leg = Leg::of(*episode, passage, &legs, issue);
            legs.push(leg);
        }
        let count = |what: fn(&Leg) -> bool| u32::try_from(legs.iter().filter(|leg| what(leg)).count()).unwrap_or(0);
        let (no_shows, postponed) = (count(|leg| leg.absent), count(|leg| leg.postponed));
        let entered = legs.iter_mut().find_map(|leg| leg.entered.take());
        let turns = legs.iter_mut().filter_map(|leg| leg.turn.take()).collect();
        let given = legs.iter_mut().filter_map(|leg| leg.given.take()).collect();
        let leg = legs.pop().unwrap_or_else(|| Leg::of(1, &Passage::default(), &[], issue));
        let Leg { episode, rank, since, place, hold, parked, cancelled_by, last, .. } = leg;
        Self {
            episode,
            rank,
            since,
            place,
            hold,
            parked,
            cancelled_by,
            last,
            turns,
            given,
            entered,
            no_shows,
            postponed,
        }
    }
}

/// What the opening of a passage says of those before it.
fn leave(legs: &mut [Leg], opening: &Opening, at: Timestamp) {
    match opening {
        Opening::Undone { back_to, rank } => {
            for leg in legs.iter_mut().filter(|leg| leg.episode >= *back_to) {
                let kept = |from: Rank| leg.episode == *back_to && *rank >= from;
                let (called, absent) = (kept(Rank::Called), kept(Rank::NoShow));
                let given = absent && kept(leg.rank);
                leg.postponed &= leg.episode == *back_to;
                leg.absent &= absent;
                leg.turn.take_if(|_| !called);
                leg.entered.take_if(|_| !called);
                leg.given.take_if(|_| !given);
            }
        }
        Opening::Transferred { .. } => {
            // What was given until then was given for the service before.
            if let Some(leg) = legs.last_mut().filter(|leg| leg.rank == Rank::Serving) {
                leg.given = leg.given_until(at);
            }
        }
        Opening::Parked { .. }
        | Opening::Redirected { .. }
        | Opening::Postponed { .. }
        | Opening::Reinstated { .. } => {}
    }
}

impl Leg {
    fn of(episode: u32, passage: &Passage, before: &[Self], issue: Option<&Issue>) -> Self {
        let mut leg = Self::begun(episode, passage, before, issue);
        let start = leg.rank;
        leg.rank = passage.claim_rank().map_or(start, |rank| rank.max(start));
        leg.held(passage);
        if let Some((mark, by)) = passage.cancelled().filter(|_| leg.rank < Rank::Cancelled) {
            (leg.rank, leg.since, leg.cancelled_by) = (Rank::Cancelled, Some(mark.at), Some(by));
        }
        leg.cancelled_by = leg.cancelled_by.filter(|_| leg.rank == Rank::Cancelled);
        if leg.rank == start {
            return leg;
        }
        leg.prior = passage.before(leg.rank).map_or(start, |rank| rank.max(start));
        let by_visitor = leg.cancelled_by == Some(Actor::Visitor);
        leg.last = leg.since.map(|at| leg.act(at, leg.prior, by_visitor));
        leg.absent |= leg.rank == Rank::NoShow;
        if leg.rank >= Rank::NoShow && !passage.inexact {
            leg.given = leg.since.and_then(|at| leg.given_until(at));
        }
        leg.took_turn(passage, issue);
        leg
    }

    /// How a passage begins: as its opening says, else as one that waits where the one before it stood.
    fn begun(episode: u32, passage: &Passage, before: &[Self], issue: Option<&Issue>) -> Self {
        let earlier = before.last();
        let issued = || {
            issue.map(|issue| Place {
                service: issue.service.clone(),
                arrival: issue.arrival,
                front: None,
                not_before: None,
                counter: None,
                returned: false,
            })
        };
        let mut leg = Self {
            episode,
            rank: Rank::Waiting,
            prior: Rank::Waiting,
            since: issue.map(|issue| issue.arrival),
            place: earlier.map_or_else(issued, |leg| leg.place.clone()),
            hold: None,
            parked: None,
            group: issue.map_or(1, |issue| issue.group),
            worked: SignedDuration::ZERO,
            fresh: earlier.is_none_or(|leg| leg.fresh),
            cancelled_by: None,
            last: None,
            turn: None,
            given: None,
            entered: None,
            absent: false,
            postponed: false,
        };
        let Some((opening, mark)) = passage.opening() else { return leg };
        leg.since = Some(mark.at);
        if let Opening::Undone { back_to, rank } = opening {
            if let Some(target) = before.iter().find(|leg| leg.episode == *back_to).or(earlier) {
                leg.go_back(target, *rank);
            }
            return leg;
        }
        leg.fresh = false;
        leg.open(opening, mark.at, earlier);
        if let Some(earlier) = earlier {
            // The absence and the return that the policy grants for later are one act. A day that opens again brings people
            // back at once, by an act of its own.
            let granted = matches!(opening, Opening::Reinstated { by: Actor::Policy, not_before: Some(_) });
            let rank = if granted && earlier.rank == Rank::NoShow { earlier.prior } else { earlier.rank };
            let by_visitor = matches!(opening, Opening::Postponed { by: Actor::Visitor, .. });
            leg.last = Some(earlier.act(mark.at, rank, by_visitor));
        }
        leg
    }

    fn open(&mut self, opening: &Opening, at: Timestamp, earlier: Option<&Self>) {
        let stand = |place: &mut Option<Place>, change: &dyn Fn(&mut Place)| {
            if let Some(place) = place {
                place.not_before = None;
                change(place);
            }
        };
        match opening {
            Opening::Parked { counter, reason, remind_at } => {
                self.rank = Rank::Parked;
                let (counter, remind_at) = (counter.clone(), *remind_at);
                self.parked = Some(Parking { counter, reason: *reason, since: at, remind_at });
                self.worked = earlier.map_or(SignedDuration::ZERO, |leg| leg.worked_until(at));
            }
            Opening::Transferred { service, counter, place: to } => stand(&mut self.place, &|place| {
                place.service = service.clone().unwrap_or_else(|| place.service.clone());
                place.counter.clone_from(counter);
                place.returned = false;
                place.front = (*to == QueuePlace::Front).then_some(at);
                if *to == QueuePlace::Back {
                    place.arrival = at;
                }
            }),
            Opening::Redirected { service } => stand(&mut self.place, &|place| {
                place.service = service.clone();
                place.counter = None;
            }),
            Opening::Postponed { by: _, arrival, not_before } => {
                self.postponed = true;
                stand(&mut self.place, &|place| {
                    place.arrival = arrival.unwrap_or(place.arrival);
                    place.not_before = *not_before;
                    place.front = None;
                });
            }
            Opening::Reinstated { by: _, not_before } => stand(&mut self.place, &|place| {
                place.arrival = not_before.unwrap_or(at);
                place.not_before = *not_before;
                place.front = None;
                place.returned = true;
            }),
            // It goes back to a passage and opens none of its own kind.
            Opening::Undone { .. } => {}
        }
    }

    /// As far as an earlier passage was at a rank, where what it then had is known; else it waits, so that nobody is hidden.
    fn go_back(&mut self, target: &Self, rank: Rank) {
        self.place.clone_from(&target.place);
        (self.worked, self.fresh) = (target.worked, target.fresh);
        let held = rank >= Rank::Called && target.hold.is_some();
        let parked = rank == Rank::Parked && target.parked.is_some();
        if parked {
            self.parked.clone_from(&target.parked);
            self.rank = rank;
        } else if held || rank == Rank::Cancelled {
            self.rank = rank;
        }
        self.prior = self.rank;
        self.cancelled_by = target.cancelled_by.filter(|_| self.rank == Rank::Cancelled);
        if held {
            self.hold.clone_from(&target.hold);
            let kept = |hold: &mut Hold| {
                let started = hold.started.filter(|_| rank >= Rank::Serving);
                hold.started = started;
                started.unwrap_or(hold.call.at)
            };
            self.since = self.hold.as_mut().map(kept);
        }
    }

    /// What the claim that holds says.
    fn held(&mut self, passage: &Passage) {
        let recalls = passage.recalls().len();
        let last_recall = passage.recalls().map(|mark| (mark.at, mark.stamp)).max();
        let started = passage.reached(Rank::Serving).map(|mark| mark.at);
        if let Some(call) = passage.winner() {
            let rang = (!call.silent).then_some((call.at, call.stamp));
            self.hold = Some(Hold {
                call: call.clone(),
                episode: self.episode,
                rings: usize::from(!call.silent) + recalls,
                last_ring: rang.max(last_recall),
                started,
            });
        } else if let Some(hold) = &mut self.hold {
            hold.rings += recalls;
            hold.last_ring = hold.last_ring.max(last_recall);
            hold.started = started.or(hold.started);
        }
        self.since = passage.reached(self.rank).map(|mark| mark.at).or(self.since);
    }

    /// The act that can be taken back by going back to a rank of this passage.
    fn act(&self, at: Timestamp, rank: Rank, by_visitor: bool) -> LastAct {
        let holds = matches!(rank, Rank::Called | Rank::Serving);
        let counter = self.hold.as_ref().filter(|_| holds).map(|hold| hold.call.counter.clone());
        LastAct { at, back_to: self.episode, rank, counter, by_visitor }
    }

    fn took_turn(&mut self, passage: &Passage, issue: Option<&Issue>) {
        let (Some(call), Some(place)) = (passage.winner().filter(|call| !call.silent), &self.place) else { return };
        self.turn = Some(Turn {
            stamp: call.stamp,
            at: call.at,
            counter: call.counter.clone(),
            service: place.service.clone(),
            returned: place.returned,
        });
        if self.fresh && issue.is_some_and(|issue| !issue.priority && issue.appointment.is_none()) {
            let waited = call.at.duration_since(place.arrival).max(SignedDuration::ZERO);
            self.entered = Some(Entered { service: place.service.clone(), at: call.at, waited });
        }
    }

    fn worked_until(&self, at: Timestamp) -> SignedDuration {
        let called = self.hold.as_ref().map(|hold| hold.call.at);
        self.worked + called.map_or(SignedDuration::ZERO, |from| at.duration_since(from).max(SignedDuration::ZERO))
    }

    fn given_until(&self, at: Timestamp) -> Option<Given> {
        self.hold.as_ref()?;
        let (group, served) = (self.group, self.rank != Rank::NoShow);
        Some(Given { service: self.place.as_ref()?.service.clone(), at, took: self.worked_until(at), group, served })
    }
}
