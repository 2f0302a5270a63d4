//! Events: what happened, once, in the log of whoever saw it. (`origin`, `seq`) identifies an event.
//!
//! An event travels and is kept as the exact bytes its writer committed, so that a hash of them tells a repetition
//! from another event under the same number (rule R9). A reader that does not know a type keeps it as it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{CounterId, HelpId, Language, ServiceId, TicketId};
use crate::label::Label;
use crate::service_day::ServiceDay;
use crate::token::Hash32;

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

/// What became of a print.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrintOutcome {
    /// The printer said so.
    Printed,
    /// Certainly not on paper.
    NotPrinted,
    /// Sent, and nobody knows.
    Unknown,
}

/// Who put an end to a ticket that was not called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voider {
    /// An agent or a supervisor.
    Staff,
    /// The person who holds it.
    Visitor,
}

/// A device of a borne that somebody has to look after.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The ticket printer.
    Printer,
    /// The scanner of QR codes.
    Scanner,
    /// The reader of staff's cards.
    CardReader,
    /// The button that calls a person.
    CallButton,
    /// One of a later version.
    #[serde(other)]
    Other,
}

/// How a device is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Well.
    Works,
    /// The roll ends soon.
    PaperLow,
    /// There is no paper.
    PaperOut,
    /// Its cover is open.
    CoverOpen,
    /// Its cutter is stuck.
    CutterJammed,
    /// It is there and refuses to work.
    Offline,
    /// It is not there.
    Gone,
    /// One of a later version.
    #[serde(other)]
    Other,
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
    },
    /// Nobody came.
    NoShow {
        /// Which ticket.
        ticket: TicketId,
        /// Of which passage.
        episode: u32,
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
mod tests {
    use super::*;

    fn golden() -> Vec<(&'static str, Event)> {
        let ticket: TicketId = "019aa5f0-7c00-7000-8000-000000000001".parse().unwrap();
        let help: HelpId = "019aa5f0-7c00-7000-8000-000000000002".parse().unwrap();
        let call = Uuid::parse_str("6f9619ff-8b86-4d01-b42d-00cf4fc964ff").unwrap();
        let at = "2026-11-21T09:42:00.123Z".parse().unwrap();
        let counter: CounterId = "4".parse().unwrap();
        let issued = TicketIssued {
            ticket,
            label: "B2 42".parse().unwrap(),
            day: "2026-11-21".parse().unwrap(),
            service: "etat-civil".parse().unwrap(),
            lang: Language::Fr,
            token: Hash32::of(b"token"),
            paperless: false,
            uncertain: false,
            priority: false,
            group: 1,
        };
        let bodies = vec![
            ("issued", EventBody::TicketIssued(issued.clone())),
            ("issued_paperless", EventBody::TicketIssued(TicketIssued { paperless: true, ..issued.clone() })),
            ("voided", EventBody::TicketVoided { ticket, by: Voider::Staff }),
            ("printed", EventBody::TicketPrinted { ticket, outcome: PrintOutcome::NotPrinted }),
            ("reprinted", EventBody::Reprinted { ticket }),
            ("help_requested", EventBody::HelpRequested { help }),
            ("help_cancelled", EventBody::HelpCancelled { help }),
            ("help_answered", EventBody::HelpAnswered { help }),
            ("called", EventBody::Called { ticket, episode: 1, counter, call }),
            ("recalled", EventBody::Recalled { ticket, episode: 1 }),
            ("started", EventBody::Started { ticket, episode: 1 }),
            ("finished", EventBody::Finished { ticket, episode: 1 }),
            ("no_show", EventBody::NoShow { ticket, episode: 1 }),
            ("clock_uncertain", EventBody::ClockUncertain { day: "2026-11-21".parse().unwrap() }),
            ("issued_uncertain", EventBody::TicketIssued(TicketIssued { uncertain: true, ..issued.clone() })),
            ("device_changed", EventBody::DeviceChanged { device: Device::Printer, condition: Condition::PaperLow }),
            (
                "issued_in_chinese",
                EventBody::TicketIssued(TicketIssued { lang: Language::Zh, priority: true, group: 4, ..issued }),
            ),
        ];
        let event = |(i, (name, body))| (name, Event { seq: i as u64 + 1, at, body });
        bodies.into_iter().enumerate().map(event).collect()
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let text: String = golden().iter().map(|(_, event)| event.encode() + "\n").collect();
        assert_eq!(
            text,
            include_str!("../golden/events-v1.jsonl"),
            "the wire's bytes changed; a new version needs a new file"
        );
    }

    #[test]
    fn every_event_is_read_back() {
        for (name, event) in golden() {
            assert_eq!(Event::decode(&event.encode()).unwrap(), event, "{name}");
        }
    }

    #[test]
    fn a_type_of_a_later_version_is_kept() {
        let event = Event::decode(r#"{"seq":7,"at":"2026-11-21T09:42:00Z","type":"teleported","to":"Mars"}"#).unwrap();
        assert_eq!((event.seq, event.body), (7, EventBody::Unknown));
    }

    #[test]
    fn a_known_type_with_a_wrong_body_is_refused() {
        assert!(Event::decode(r#"{"seq":7,"at":"2026-11-21T09:42:00Z","type":"reprinted"}"#).is_err());
        assert!(Event::decode(r#"{"at":"2026-11-21T09:42:00Z","type":"reprinted"}"#).is_err());
    }

    #[test]
    fn one_changed_byte_is_another_event() {
        assert_ne!(content_hash("{}"), content_hash("{} "));
    }
}
