//! Events as bytes: what a store needs to know of them.

use serde::Deserialize;
use wire::event::{Event, EventBody, content_hash};
use wire::ids::TicketId;

use super::NewEvent;

/// What every event of every version has.
#[derive(Deserialize)]
struct Envelope {
    seq: u64,
    #[serde(rename = "at")]
    _at: jiff::Timestamp,
    #[serde(rename = "type")]
    kind: String,
}

/// An event as it was read.
#[derive(Debug)]
pub struct Reading {
    /// Its number, as it says itself.
    pub seq: u64,
    /// What is kept.
    pub kept: NewEvent,
    /// What it means; absent where its type is known and its body is not what that type holds.
    pub event: Option<Event>,
}

impl NewEvent {
    /// Reads an event of this or a later version. It needs at least `seq`, `at` and `type`.
    pub fn read(raw: String) -> Result<Reading, serde_json::Error> {
        let Envelope { seq, kind, _at } = serde_json::from_str(&raw)?;
        let event = Event::decode(&raw).ok();
        let ticket = event.as_ref().and_then(|e| ticket_of(&e.body));
        // What no type is called need not be kept as it is, and not every store can.
        let kind = kind.replace('\0', "\u{fffd}");
        Ok(Reading { seq, kept: Self { hash: content_hash(&raw), raw, kind, ticket }, event })
    }
}

/// The ticket an event is about.
pub(crate) const fn ticket_of(body: &EventBody) -> Option<TicketId> {
    match body {
        EventBody::TicketIssued(issued) => Some(issued.ticket),
        EventBody::TicketVoided { ticket, .. }
        | EventBody::TicketPrinted { ticket, .. }
        | EventBody::Reprinted { ticket, .. }
        | EventBody::CheckedIn { ticket, .. }
        | EventBody::Called { ticket, .. }
        | EventBody::Recalled { ticket, .. }
        | EventBody::Started { ticket, .. }
        | EventBody::Finished { ticket, .. }
        | EventBody::NoShow { ticket, .. }
        | EventBody::Parked { ticket, .. }
        | EventBody::Resumed { ticket, .. }
        | EventBody::Transferred { ticket, .. }
        | EventBody::Redirected { ticket, .. }
        | EventBody::Postponed { ticket, .. }
        | EventBody::Reinstated { ticket, .. }
        | EventBody::Cancelled { ticket, .. }
        | EventBody::Undone { ticket, .. } => Some(*ticket),
        EventBody::CommandAnswered { ticket, .. } => *ticket,
        EventBody::HelpRequested { .. }
        | EventBody::HelpCancelled { .. }
        | EventBody::HelpAnswered { .. }
        | EventBody::ClockUncertain { .. }
        | EventBody::DeviceChanged { .. }
        | EventBody::CounterOpened { .. }
        | EventBody::CounterPaused { .. }
        | EventBody::CounterClosed { .. }
        | EventBody::Unknown => None,
    }
}
