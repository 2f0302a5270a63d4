//! Events: what happened, once, in the log of whoever saw it. (`origin`, `seq`) identifies an event.
//!
//! An event travels and is kept as the exact bytes its writer committed, so that a hash of them tells a repetition
//! from another event under the same number (rule R9). A reader that does not know a type keeps it as it is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{AgentRef, CommandId, CounterId, HelpId, Language, NeedId, ServiceId, TicketId};
use crate::label::Label;
use crate::service_day::ServiceDay;
use crate::token::Hash32;

mod words;

pub use words::{
    Actor, CommandAnswer, Condition, Device, ParkReason, PauseReason, PrintOutcome, QueuePlace, Rank, Voider,
};

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Place in its writer's log, from 1, without gaps, never reset.
    pub seq: u64,
    /// The writer's clock, milliseconds at the finest.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// What happened. A type that this version does not know decodes as [`EventBody::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventBody {
    /// A person waits.
    TicketIssued(TicketIssued),
    /// A ticket no longer counts. Printing failures never cause it (rule R4).
    TicketVoided {
        /// Which ticket.
        ticket: TicketId,
        /// Who said so.
        by: Voider,
    },
    /// What the printer made of a ticket.
    TicketPrinted {
        /// Which ticket.
        ticket: TicketId,
        /// What is known.
        outcome: PrintOutcome,
    },
    /// A ticket was printed again on request; the paper says DUPLICATA.
    Reprinted {
        /// Which ticket.
        ticket: TicketId,
        /// Hash of the secret of a new link, where this paper has one of its own. The links before it still hold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Hash32>,
    },
    /// A person with an appointment has come, and holds a ticket. Of several the last one said counts.
    CheckedIn {
        /// Which ticket.
        ticket: TicketId,
        /// When they are expected, for the service that the ticket was taken for.
        appointment: Timestamp,
    },
    /// Somebody at a borne asks for a person.
    HelpRequested {
        /// Which call.
        help: HelpId,
    },
    /// They no longer need one.
    HelpCancelled {
        /// Which call.
        help: HelpId,
    },
    /// A person is on the way.
    HelpAnswered {
        /// Which call.
        help: HelpId,
        /// Who, without a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<AgentRef>,
    },
    /// A ticket was called to a counter.
    Called {
        /// Which ticket.
        ticket: TicketId,
        /// Counts a ticket's passages through the queue, from 1; undo, parking and transfer open a new one.
        episode: u32,
        /// Where to go.
        counter: CounterId,
        /// Made by the caller: a repeated request is the same call.
        call: Uuid,
    },
    /// The same call, once more.
    Recalled {
        /// Which ticket.
        ticket: TicketId,
        /// Of which passage.
        episode: u32,
    },
    /// The person is at the counter.
    Started {
        /// Which ticket.
        ticket: TicketId,
        /// Of which passage.
        episode: u32,
    },
    /// The person has been served.
    Finished {
        /// Which ticket.
        ticket: TicketId,
        /// Of which passage.
        episode: u32,
        /// How long it took says nothing: the agent says so, or the day's end closed what nobody had.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        inexact: bool,
    },
    /// Nobody came.
    NoShow {
        /// Which ticket.
        ticket: TicketId,
        /// Of which passage.
        episode: u32,
    },
    /// The person is sent aside and comes back to the same counter.
    Parked {
        /// Which ticket.
        ticket: TicketId,
        /// The passage that this opens.
        episode: u32,
        /// Which counter takes it again.
        counter: CounterId,
        /// Why.
        reason: ParkReason,
        /// When the agent is reminded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remind_at: Option<Timestamp>,
    },
    /// A parked person is at a counter again. Nothing rings.
    Resumed {
        /// Which ticket.
        ticket: TicketId,
        /// Of which passage, the one that parking opened.
        episode: u32,
        /// Which counter has it.
        counter: CounterId,
        /// Made by the caller: a repeated request is the same call.
        call: Uuid,
    },
    /// A ticket goes on to another service, to a counter, or both.
    Transferred {
        /// Which ticket.
        ticket: TicketId,
        /// The passage that this opens.
        episode: u32,
        /// What for from now on; absent: as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<ServiceId>,
        /// The counter that calls it, and no other; absent: any that receives for the service.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counter: Option<CounterId>,
        /// Where it stands there.
        place: QueuePlace,
    },
    /// A ticket was taken for the wrong service: same number, original place.
    Redirected {
        /// Which ticket.
        ticket: TicketId,
        /// The passage that this opens.
        episode: u32,
        /// The right service.
        service: ServiceId,
    },
    /// A ticket lets others go first, by places, by minutes, or both.
    Postponed {
        /// Which ticket.
        ticket: TicketId,
        /// The passage that this opens.
        episode: u32,
        /// Who wanted it.
        by: Actor,
        /// Its place is that of somebody who came then: whoever writes has counted the places, so that every reader puts
        /// it behind the same people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arrival: Option<Timestamp>,
        /// It is not called earlier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
    },
    /// Somebody who was absent is in the queue again.
    Reinstated {
        /// Which ticket.
        ticket: TicketId,
        /// The passage that this opens.
        episode: u32,
        /// Who says so.
        by: Actor,
        /// It is not called earlier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
    },
    /// A ticket is given up before it is called; unlike a void it can be undone.
    Cancelled {
        /// Which ticket.
        ticket: TicketId,
        /// Of which passage.
        episode: u32,
        /// Who said so.
        by: Actor,
    },
    /// The last action on a ticket is taken back: it is again as far as it was, at its exact place.
    Undone {
        /// Which ticket.
        ticket: TicketId,
        /// The passage that this opens.
        episode: u32,
        /// The passage it goes back to.
        back_to: u32,
        /// How far that passage was. What came later counts as if it had not been.
        rank: Rank,
    },
    /// A counter receives people, at the start of its day or after a pause.
    CounterOpened {
        /// Which counter.
        counter: CounterId,
        /// Who sits there, without a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentRef>,
        /// What it receives for from now on; empty: whatever the counter and the agent can do.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        services: BTreeSet<ServiceId>,
    },
    /// A counter receives nobody for a while.
    CounterPaused {
        /// Which counter.
        counter: CounterId,
        /// Why.
        reason: PauseReason,
    },
    /// Nobody sits at a counter any more.
    CounterClosed {
        /// Which counter.
        counter: CounterId,
    },
    /// A writer could not trust its clock and kept its service day (rule R6).
    ClockUncertain {
        /// The day it kept.
        day: ServiceDay,
    },
    /// A device is in another condition than was told last; told once it has lasted some seconds.
    DeviceChanged {
        /// Which device.
        device: Device,
        /// How it is now.
        condition: Condition,
    },
    /// A borne has read a [command](crate::command) of its server, and says so once, before it carries it out.
    CommandAnswered {
        /// Which command.
        command: CommandId,
        /// What it does about it.
        answer: CommandAnswer,
        /// The ticket that the command is about: what becomes of its paper is told by `TicketPrinted`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<TicketId>,
    },
    /// A type of a later version: its bytes are kept, its meaning waits.
    #[serde(other)]
    Unknown,
}

/// A person waits for a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketIssued {
    /// Identity (rule R1).
    pub ticket: TicketId,
    /// The number people see (rule R2).
    pub label: Label,
    /// The service day it counts in (rule R5).
    pub day: ServiceDay,
    /// What for.
    pub service: ServiceId,
    /// The language of the visit.
    pub lang: Language,
    /// Hash of the secret of the ticket's page; the server never learns the secret itself.
    pub token: Hash32,
    /// No paper, by the visitor's choice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paperless: bool,
    /// Nobody vouched for the writer's clock (rule R6): `day` is the one it had reached, `at` proves nothing, and a
    /// reader counts the ticket in the service day in which it received it. Numbers stay unique: the writer's counter
    /// goes on, also when its clock is confirmed and `day` moves to the true one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
    /// The visitor says that they have priority; never why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub priority: bool,
    /// How many people come together, 1 to 9.
    #[serde(default = "alone", skip_serializing_if = "is_alone")]
    pub group: u8,
    /// When the person is expected, where they have an appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<Timestamp>,
    /// What a counter must have to receive them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<NeedId>,
}

const fn alone() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_alone(group: &u8) -> bool {
    *group == 1
}

/// An event's bytes are no event of any version.
#[derive(Debug, thiserror::Error)]
#[error("not an event: it needs at least `seq`, `at` and `type`")]
pub struct EventError(#[source] serde_json::Error);

impl Event {
    /// The bytes that are kept and sent.
    ///
    /// # Panics
    /// Never: an event holds nothing that JSON cannot write.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|never| unreachable!("events are plain data: {never}"))
    }

    /// Reads an event of this or a later version.
    pub fn decode(raw: &str) -> Result<Self, EventError> {
        serde_json::from_str(raw).map_err(EventError)
    }
}

/// Tells an event from another under the same number.
#[must_use]
pub fn content_hash(raw: &str) -> Hash32 {
    Hash32::of(raw.as_bytes())
}

#[cfg(test)]
mod tests;
