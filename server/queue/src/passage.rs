//! One passage of a ticket through the queue, as what its events say: the base that replicas merge.
//!
//! Nothing here depends on the order in which events come. What opened the passage, and who holds it where two logs claim
//! it, is the least of what is known by (the writer's own time, origin, seq): those three are in the event itself, so a
//! hub, a server and its replicas, which receive it at different times, name the same winner.

use std::cmp::Reverse;

use jiff::Timestamp;
use uuid::Uuid;
use wire::event::{Actor, ParkReason, QueuePlace, Rank};
use wire::ids::{CounterId, OriginId, ServiceId};

use crate::sorted::Sorted;

/// When something was said, and by whom: (writer's clock, origin, seq).
pub(crate) type Stamp = (Timestamp, OriginId, u64);

/// An entry of a log: when it was written, and from when it counts for its reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    pub(crate) stamp: Stamp,
    pub(crate) at: Timestamp,
}

impl Mark {
    /// The least of two; of two copies of one event the one that counts from earlier.
    fn least(self, other: Self) -> Self {
        if (other.stamp, other.at) < (self.stamp, self.at) { other } else { self }
    }
}

/// A call to a counter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// When it was made.
    pub at: Timestamp,
    /// By whose log.
    pub origin: OriginId,
    /// Where in that log.
    pub seq: u64,
    /// Where to go.
    pub counter: CounterId,
    /// Made by the caller.
    pub call: Uuid,
    /// Whether nothing rang: the person stood at the counter already.
    pub silent: bool,
    pub(crate) stamp: Stamp,
}

/// What opened a passage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Opening {
    /// The person is sent aside.
    Parked {
        /// The counter that takes it again.
        counter: CounterId,
        /// Why.
        reason: ParkReason,
        /// When the agent is reminded.
        remind_at: Option<Timestamp>,
    },
    /// Handed on.
    Transferred {
        /// To another service.
        service: Option<ServiceId>,
        /// To one counter.
        counter: Option<CounterId>,
        /// Where it stands there.
        place: QueuePlace,
    },
    /// Taken for the wrong service.
    Redirected {
        /// The right one.
        service: ServiceId,
    },
    /// Others go first.
    Postponed {
        /// Who wanted it.
        by: Actor,
        /// The place it takes.
        arrival: Option<Timestamp>,
        /// It is not called earlier.
        not_before: Option<Timestamp>,
    },
    /// Back after an absence.
    Reinstated {
        /// Who says so.
        by: Actor,
        /// It is not called earlier.
        not_before: Option<Timestamp>,
    },
    /// The last action was taken back.
    Undone {
        /// The passage it goes back to.
        back_to: u32,
        /// How far that was.
        rank: Rank,
    },
}

/// What one log says of a passage: its call, and how far it brought the person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Claim {
    /// By stamp; one alone unless a log contradicts itself.
    calls: Vec<Call>,
    reached: Sorted<Rank, Mark>,
}

impl Claim {
    fn rank(&self) -> Rank {
        self.reached.last().map_or(Rank::Called, |(rank, _)| *rank)
    }

    pub(crate) fn reached(&self, rank: Rank) -> Option<Mark> {
        self.reached.get(&rank).copied()
    }

    /// Which of two claims holds: that which brought the person further, absence being no distance, then the first.
    fn strength(&self) -> (u8, Reverse<Option<Stamp>>) {
        let far = match self.rank() {
            Rank::Waiting | Rank::Parked | Rank::Cancelled | Rank::NoShow => 0,
            Rank::Called => 1,
            Rank::Serving => 2,
            Rank::Finished => 3,
        };
        (far, Reverse(self.reached.values().map(|mark| mark.stamp).min()))
    }
}

/// One passage through the queue.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Passage {
    opening: Option<(Opening, Mark)>,
    cancelled: Option<(Mark, Actor)>,
    claims: Sorted<OriginId, Claim>,
    /// By (origin, seq), so that a repetition rings once.
    recalls: Sorted<(OriginId, u64), Mark>,
    /// Whether an agent said that how long it took tells nothing.
    pub(crate) inexact: bool,
}

impl Passage {
    pub(crate) fn open(&mut self, opening: Opening, mark: Mark) {
        let later = |(_, known): &(Opening, Mark)| (known.stamp, known.at) > (mark.stamp, mark.at);
        if self.opening.as_ref().is_none_or(later) {
            self.opening = Some((opening, mark));
        }
    }

    pub(crate) fn cancel(&mut self, by: Actor, mark: Mark) {
        if self.cancelled.is_none_or(|(known, _)| (known.stamp, known.at) > (mark.stamp, mark.at)) {
            self.cancelled = Some((mark, by));
        }
    }

    pub(crate) fn reach(&mut self, rank: Rank, mark: Mark) {
        let claim = self.claims.entry(mark.stamp.1, Claim::default);
        let known = claim.reached.entry(rank, || mark);
        *known = known.least(mark);
    }

    pub(crate) fn call(&mut self, counter: &CounterId, call: Uuid, silent: bool, mark: Mark) {
        let (_, origin, seq) = mark.stamp;
        let made = Call { at: mark.at, origin, seq, counter: counter.clone(), call, silent, stamp: mark.stamp };
        let calls = &mut self.claims.entry(origin, Claim::default).calls;
        match calls.binary_search_by_key(&made.stamp, |known| known.stamp) {
            Ok(same) => calls[same].at = calls[same].at.min(made.at),
            Err(place) => {
                calls.reserve_exact(usize::from(calls.is_empty()));
                calls.insert(place, made);
            }
        }
        self.reach(Rank::Called, mark);
        if silent {
            self.reach(Rank::Serving, mark);
        }
    }

    pub(crate) fn recall(&mut self, mark: Mark) {
        let id = (mark.stamp.1, mark.stamp.2);
        let known = self.recalls.entry(id, || mark);
        *known = known.least(mark);
    }

    pub(crate) const fn opening(&self) -> Option<&(Opening, Mark)> {
        self.opening.as_ref()
    }

    pub(crate) const fn cancelled(&self) -> Option<(Mark, Actor)> {
        self.cancelled
    }

    pub(crate) fn recalls(&self) -> impl ExactSizeIterator<Item = &Mark> {
        self.recalls.values()
    }

    /// The claim that holds, the same for whoever knows the same events.
    pub(crate) fn claim(&self) -> Option<&Claim> {
        self.claims.values().max_by_key(|claim| claim.strength())
    }

    pub(crate) fn claim_rank(&self) -> Option<Rank> {
        self.claim().map(Claim::rank)
    }

    /// The call that holds: its claim's, or the first there is where another log went on with the person.
    pub(crate) fn winner(&self) -> Option<&Call> {
        let own = self.claim().and_then(|claim| claim.calls.first());
        own.or_else(|| self.claims.values().filter_map(|claim| claim.calls.first()).min_by_key(|call| call.stamp))
    }

    /// The calls that did not hold.
    pub(crate) fn lost(&self) -> impl Iterator<Item = &Call> {
        let winner = self.winner().map(|call| call.stamp);
        self.claims.values().flat_map(|claim| &claim.calls).filter(move |call| Some(call.stamp) != winner)
    }

    /// How far it was before a rank, as the claim that holds says.
    pub(crate) fn before(&self, rank: Rank) -> Option<Rank> {
        let silent = self.winner().is_some_and(|call| call.silent);
        let mut reached = self.claim()?.reached.iter().map(|(rank, _)| *rank);
        reached.rfind(|known| *known < rank && (*known != Rank::Called || !silent))
    }

    /// When a rank was first reached, as the claim that holds says, else as any does.
    pub(crate) fn reached(&self, rank: Rank) -> Option<Mark> {
        let own = self.claim().and_then(|claim| claim.reached(rank));
        let any = || self.claims.values().filter_map(|claim| claim.reached(rank)).min_by_key(|mark| mark.stamp);
        own.or_else(any)
    }
}
