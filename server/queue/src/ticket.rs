//! One ticket: what is known of it, whatever came first.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;
use wire::ids::{CounterId, Language, OriginId, ServiceId, TicketId};
use wire::label::Label;
use wire::service_day::ServiceDay;

/// How far a passage through the queue is. The greatest rank seen wins (rule R13); a person who was served beats
/// an absence noted elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Rank {
    /// In the queue.
    Waiting,
    /// On the display.
    Called,
    /// At the counter.
    Serving,
    /// Nobody came.
    NoShow,
    /// Served.
    Finished,
}

/// What a ticket is to people.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// Its issue has not arrived yet: only later events about it are known.
    Unissued,
    /// In the queue.
    Waiting,
    /// Its service day ended before anybody called it: it counts in statistics only (rule R11).
    Expired,
    /// Given up before it was called.
    Voided,
    /// On the display.
    Called,
    /// At the counter.
    Serving,
    /// Nobody came.
    NoShow,
    /// Served.
    Finished,
}

/// How a ticket came to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issue {
    /// When it counts from: min(writer's time + offset, received at) (rule R11), and never before `day` where the clock
    /// is doubtful.
    pub arrival: Timestamp,
    /// Whose log holds it.
    pub origin: OriginId,
    /// Where in that log.
    pub seq: u64,
    /// When the server learnt of it.
    pub received_at: Timestamp,
    /// The number people see.
    pub label: Label,
    /// The service day it counts in: its writer's, or where its writer's clock is doubtful that of the receipt.
    pub day: ServiceDay,
    /// Whether its writer's clock wants looking at: nobody vouched for it, or it was days ahead.
    pub clock_doubtful: bool,
    /// What for.
    pub service: ServiceId,
    /// The language of the visit.
    pub lang: Language,
    /// Whether the visitor says that they have priority.
    pub priority: bool,
    /// How many people came together, 1 to 9 whatever its writer said.
    pub group: u8,
}

impl Issue {
    /// The place in the queue: (effective arrival, borne, seq) (rule R11).
    #[must_use]
    pub const fn place(&self) -> (Timestamp, OriginId, u64) {
        (self.arrival, self.origin, self.seq)
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
}

/// One passage through the queue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Passage {
    pub(crate) episode: u32,
    /// When each rank was first reached; the last key is the rank.
    pub(crate) reached: BTreeMap<Rank, Timestamp>,
    pub(crate) call: Option<Call>,
    /// By (origin, seq), so that a repetition rings once.
    pub(crate) recalls: BTreeMap<(OriginId, u64), Timestamp>,
}

impl Passage {
    const fn new(episode: u32) -> Self {
        Self { episode, reached: BTreeMap::new(), call: None, recalls: BTreeMap::new() }
    }
}

/// What is known of a ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// Identity.
    pub id: TicketId,
    pub(crate) issue: Option<Issue>,
    pub(crate) voided: bool,
    pub(crate) passage: Passage,
}

impl Ticket {
    pub(crate) const fn new(id: TicketId) -> Self {
        Self { id, issue: None, voided: false, passage: Passage::new(1) }
    }

    /// How it came to be, once that is known.
    #[must_use]
    pub const fn issue(&self) -> Option<&Issue> {
        self.issue.as_ref()
    }

    /// The present passage through the queue, from 1.
    #[must_use]
    pub const fn episode(&self) -> u32 {
        self.passage.episode
    }

    /// How far the present passage is.
    #[must_use]
    pub fn rank(&self) -> Rank {
        self.passage.reached.last_key_value().map_or(Rank::Waiting, |(rank, _)| *rank)
    }

    /// What it is to people on a service day. Giving up counts only while nobody has called.
    #[must_use]
    pub fn state(&self, today: ServiceDay) -> State {
        match (self.rank(), &self.issue) {
            (Rank::Waiting, _) if self.voided => State::Voided,
            (Rank::Waiting, None) => State::Unissued,
            (Rank::Waiting, Some(issue)) if issue.day < today => State::Expired,
            (Rank::Waiting, Some(_)) => State::Waiting,
            (Rank::Called, _) => State::Called,
            (Rank::Serving, _) => State::Serving,
            (Rank::NoShow, _) => State::NoShow,
            (Rank::Finished, _) => State::Finished,
        }
    }

    /// Whether a counter holds it: called or being served.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.rank(), Rank::Called | Rank::Serving)
    }

    /// The call of the present passage.
    #[must_use]
    pub const fn call(&self) -> Option<&Call> {
        self.passage.call.as_ref()
    }

    /// How often it rang in the present passage: the call and each recall.
    #[must_use]
    pub fn rings(&self) -> usize {
        usize::from(self.passage.call.is_some()) + self.passage.recalls.len()
    }

    /// When it last rang.
    #[must_use]
    pub fn last_ring(&self) -> Option<Timestamp> {
        self.last_ring_mark().map(|(at, _, _)| at)
    }

    /// The same with the place in its log, which orders rings of one instant.
    pub(crate) fn last_ring_mark(&self) -> Option<(Timestamp, OriginId, u64)> {
        let recall = self.passage.recalls.iter().map(|((origin, seq), at)| (*at, *origin, *seq)).max();
        recall.max(self.passage.call.as_ref().map(|call| (call.at, call.origin, call.seq)))
    }

    /// When the present passage first reached a rank.
    #[must_use]
    pub fn reached(&self, rank: Rank) -> Option<Timestamp> {
        self.passage.reached.get(&rank).copied()
    }

    /// The passage an event speaks of, opened where it is a later one; none where it is over.
    pub(crate) fn passage_of(&mut self, episode: u32) -> Option<&mut Passage> {
        if episode > self.passage.episode {
            self.passage = Passage::new(episode);
        }
        (episode == self.passage.episode).then_some(&mut self.passage)
    }

    pub(crate) fn reach(&mut self, episode: u32, rank: Rank, at: Timestamp) {
        if let Some(passage) = self.passage_of(episode) {
            let first = passage.reached.entry(rank).or_insert(at);
            *first = at.min(*first);
        }
    }
}
