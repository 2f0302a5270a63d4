//! What goes into a store and comes out of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;
use wire::enrolment::PublicKey;
use wire::event::{Event, EventBody};
use wire::ids::{CounterId, OriginId, SiteId, TicketId};
use wire::label::Series;
use wire::token::Hash32;

/// A borne as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borne {
    /// Identity.
    pub id: OriginId,
    /// What technicians call it.
    pub name: String,
    /// What its requests are signed with.
    pub public_key: PublicKey,
    /// Its numbers' series.
    pub series: Series,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
    /// When its rights ended.
    pub revoked_at: Option<Timestamp>,
    /// When another event stood under one of its numbers (rule R9).
    pub quarantined_at: Option<Timestamp>,
    /// Every event up to here is durable.
    pub hwm: u64,
}

/// The server's own log.
#[derive(Clone, Debug)]
pub struct NewOrigin {
    /// Identity.
    pub id: OriginId,
    /// Where.
    pub site: SiteId,
    /// Since when.
    pub at: Timestamp,
}

/// A borne that asks to enrol.
#[derive(Clone, Debug)]
pub struct Enrolling {
    /// The code's hash.
    pub code: Hash32,
    /// Where the code must belong.
    pub site: SiteId,
    /// The identity it gets.
    pub id: OriginId,
    /// Its key.
    pub public_key: PublicKey,
    /// What it calls itself, used where the code has no name.
    pub name: String,
    /// Now.
    pub at: Timestamp,
    /// Series of bornes revoked before this instant, the service day's beginning, are free again.
    pub day_begins: Timestamp,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// It is the site's.
    Done {
        /// Its identity: of the first answer, where the request is a repetition.
        id: OriginId,
        /// Its series.
        series: Series,
    },
    /// Wrong, spent, too old or burned.
    WrongCode,
    /// Six bornes hold the six series.
    NoSeriesLeft,
}

/// An event to keep.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The writer's bytes.
    pub raw: String,
    /// Their hash.
    pub hash: Hash32,
    /// Its type, as written.
    pub kind: String,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
}

/// A piece of a log.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Whose.
    pub origin: OriginId,
    /// The request's counter.
    pub nonce: u64,
    /// The first event's number.
    pub from_seq: u64,
    /// Contiguous from there.
    pub events: Vec<NewEvent>,
    /// Now.
    pub received_at: Timestamp,
    /// Server time minus the writer's clock, in milliseconds.
    pub clock_offset_ms: Option<i64>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ingested {
    /// Durable up to here.
    Stored {
        /// The high-water mark.
        hwm: u64,
    },
    /// Not what follows; nothing was kept.
    Sequence {
        /// What would.
        expected: u64,
    },
    /// Another event stands under one of the numbers: kept apart, the borne is quarantined.
    Cloned {
        /// The first such number.
        seq: u64,
    },
    /// The request's counter did not grow.
    Replay,
    /// The borne is not enrolled, or no longer.
    Revoked,
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// Made by the caller.
    pub call: Uuid,
    /// Whom.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// Where to.
    pub counter: CounterId,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It was made.
    Made(Event),
    /// This very call was made before, of this ticket.
    Repeated(TicketId),
    /// Another counter was faster.
    Taken,
    /// The counter still holds another ticket.
    Busy,
}

/// How a call moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Rings again; it must be called.
    Recall,
    /// The person is there; it must be called.
    Start,
    /// The person has been served; service must have started.
    Finish,
    /// Nobody came; it must be called.
    NoShow,
}

/// A step of a counter's ticket.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which counter.
    pub counter: CounterId,
    /// Which ticket.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// How it moves on.
    pub kind: StepKind,
}

impl Step {
    /// The event it is written as.
    #[must_use]
    pub const fn body(&self) -> EventBody {
        let (ticket, episode) = (self.ticket, self.episode);
        match self.kind {
            StepKind::Recall => EventBody::Recalled { ticket, episode },
            StepKind::Start => EventBody::Started { ticket, episode },
            StepKind::Finish => EventBody::Finished { ticket, episode, inexact: false },
            StepKind::NoShow => EventBody::NoShow { ticket, episode },
        }
    }
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Works at a counter.
    Agent,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 1] = [Self::Agent];

    /// Its name in commands and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no role.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role: use agent")]
pub struct RoleError(String);

impl FromStr for Role {
    type Err = RoleError;
    fn from_str(s: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == s).ok_or_else(|| RoleError(s.to_owned()))
    }
}

/// Somebody who signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name they sign in with, which colleagues see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Argon2id, as a PHC string.
    pub password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A session to open.
#[derive(Clone, Debug)]
pub struct Session {
    /// Hash of the cookie's 256 bits.
    pub hash: Hash32,
    /// Whose.
    pub account: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A session and the counter it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seated {
    /// Hash of the cookie's 256 bits.
    pub session: Hash32,
    /// Whose.
    pub account: String,
    /// Their role.
    pub role: Role,
    /// Where they sit.
    pub counter: Option<CounterId>,
}

/// What became of taking a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatOutcome {
    /// It is theirs.
    Taken,
    /// Somebody else holds it.
    Held {
        /// Who.
        by: String,
    },
    /// The counter they leave still holds a ticket.
    TicketOpen,
    /// The session is over.
    NoSession,
}

/// What became of a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadgeOutcome {
    /// It is new.
    Added,
    /// It was there, and is changed.
    Changed,
    /// Another badge of the site has its label.
    LabelTaken,
    /// The site has as many as bornes take.
    Full,
}

/// How often a vector of answers was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellCount {
    /// The survey's version.
    pub survey: String,
    /// Empty where no borne is bound to one.
    pub service: String,
    /// The half-day, day or week.
    pub period: String,
    /// The answers.
    pub vector: String,
    /// Given within five seconds of the answer before.
    pub suspect: bool,
    /// How often.
    pub count: u64,
}
