//! The server's own log: calls, what follows them, and whatever else staff do.
//!
//! Each action is one transaction, made once whatever how often it is asked. Beside its log a desk keeps how far each passage
//! of a ticket is: what two servers ask at the same moment is decided there, behind the desk's lock, and whoever is slower
//! learns of it.

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Decision;
use uuid::Uuid;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{CounterId, OriginId, SiteId, TicketId};
use wire::token::Hash32;

use super::super::Result;
use super::NewEvent;

/// The desk.
#[async_trait]
pub trait Desk: Send + Sync + 'static {
    /// Calls the first candidate that nobody else calls to a counter, once, and answers the same to the same call (rule R12).
    /// Two servers that call at the same time get two tickets. Candidates and counter are of the desk's site.
    async fn call(&self, desk: OriginId, at: Timestamp, call: &NewCall) -> Result<Outcome>;

    /// Moves passages on where all of them are as far as the move says, and appends what it tells to the desk's log, which
    /// only grows (rule R13).
    async fn make(&self, desk: OriginId, at: Timestamp, made: &Move) -> Result<Outcome>;

    /// Gives a ticket the desk's next number of its letter and day, in the label's series (rule R10), and appends its issue.
    async fn issue(&self, desk: OriginId, at: Timestamp, act: Uuid, ticket: &TicketIssued) -> Result<Outcome>;

    /// What an act was about, where it was done before.
    async fn acted(&self, act: Uuid) -> Result<Option<Acted>>;

    /// Why a ticket was called in a passage at a site.
    async fn why(&self, site: SiteId, ticket: TicketId, episode: u32) -> Result<Option<Decision>>;

    /// Ends whatever a site's counter holds since before an instant, without an event: for tickets that have left the hall
    /// with their day.
    async fn free_counter(&self, site: SiteId, counter: &CounterId, before: Timestamp) -> Result<()>;
}

/// How far a passage is, as stores hold it; they hold nothing of one that waits or is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// Called to its counter, which holds it.
    Called,
    /// At its counter, which holds it.
    Serving,
    /// Over: served, absent, given up.
    Over,
    /// Another passage follows it.
    Left,
}

impl Hold {
    /// As stores write it. A counter holds what is below 2.
    pub(in crate::store) const fn state(self) -> i16 {
        match self {
            Self::Called => 0,
            Self::Serving => 1,
            Self::Over => 2,
            Self::Left => 3,
        }
    }
}

/// A ticket that may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// Whose log holds its issue.
    pub origin: OriginId,
    /// Where in that log.
    pub seq: u64,
    /// Why it, where that is kept.
    pub decision: Option<Decision>,
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// Made by the caller.
    pub call: Uuid,
    /// Whom, or whom else where somebody was faster: in this order.
    pub candidates: Vec<Candidate>,
    /// Where to.
    pub counter: CounterId,
    /// The session that must hold the counter when the call is made: nobody is called to a chair that was left meanwhile.
    /// None: whoever sits there.
    pub seat: Option<Hash32>,
}

impl NewCall {
    /// What is written where a candidate is called.
    #[must_use]
    pub fn body(&self, candidate: &Candidate) -> EventBody {
        let Candidate { ticket, episode, .. } = *candidate;
        EventBody::Called { ticket, episode, counter: self.counter.clone(), call: self.call }
    }
}

/// A passage that moves on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Whose: a ticket, or a call for help, which is answered once.
    pub of: Uuid,
    /// Which one.
    pub episode: u32,
    /// How far it must be; none: it waits or is set aside, and nobody has taken it. [`Hold::Over`] may also be one that ended
    /// in another log than the desk's, of which stores hold nothing.
    pub from: Option<Hold>,
    /// How far it is then.
    pub to: Hold,
    /// The counter that must hold it, where it is held; else the one that holds it then.
    pub counter: Option<CounterId>,
}

/// An action.
#[derive(Clone, Debug)]
pub struct Move {
    /// Made by the caller.
    pub act: Uuid,
    /// Where nobody else may be held.
    pub free: Option<CounterId>,
    /// What must be so, and becomes otherwise.
    pub passages: Vec<Passage>,
    /// What the log tells of it, at least one.
    pub bodies: Vec<EventBody>,
}

/// An act of before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acted {
    /// Whom it was about, where it was about a ticket.
    pub ticket: Option<TicketId>,
    /// At which site; none: it was done before that was kept.
    pub site: Option<SiteId>,
    /// The kind of the first event that it wrote, as events' `type` says it; none: as above.
    pub kind: Option<String>,
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done: what the log holds of it.
    Made(Vec<Event>),
    /// This very act was done before.
    Before(Acted),
    /// Others were faster: with every candidate, or with a passage.
    Taken,
    /// The counter holds another ticket.
    Busy,
    /// Who calls has left the counter.
    Left,
}

/// Events on their way into the desk's log, whose numbers it gives.
#[derive(Debug)]
pub(in crate::store) struct Unnumbered {
    /// What stands behind the number: `,"at":…}`.
    pub(in crate::store) tail: String,
    pub(in crate::store) kind: String,
    pub(in crate::store) ticket: Option<TicketId>,
}

impl Unnumbered {
    pub(in crate::store) fn of(at: Timestamp, body: &EventBody) -> std::result::Result<Self, serde_json::Error> {
        let event = Event { seq: 0, at, body: body.clone() };
        let NewEvent { raw, kind, ticket, .. } = NewEvent::read(event.encode())?.kept;
        let tail = raw
            .strip_prefix(HEAD)
            .map_or_else(|| raw.clone(), |rest| rest.strip_prefix('0').unwrap_or(rest).to_owned());
        Ok(Self { tail, kind, ticket })
    }
}

/// What stands before an event's number.
const HEAD: &str = "{\"seq\":";
