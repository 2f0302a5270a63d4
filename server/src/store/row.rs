//! Values as every store holds them: times are milliseconds since 1970, numbers are signed.

use jiff::Timestamp;
use queue_engine::Decision as Why;
use wire::event::{Event, EventBody};
use wire::ids::{AgentRef, CounterId, DisplayId};
use wire::label::Series;
use wire::staff::StaffRole;

use super::{BACKUPS_KEPT_DAYS, BackupOutcome, ClosedDay, Decision, DeliveryState, Matter, Result, StoreError, What};
use crate::api::Scope;
use crate::roles::Role;

pub(super) fn time(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Unreadable { what: "a time" })
}

/// Numbers of events stay below 2^63: stores hold signed integers.
pub(super) fn to_sql(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn from_sql(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// An event as it was kept; what this version cannot read stays in the log for a later one, and is nothing here but its
/// place.
pub(super) fn event(raw: &str, seq: i64, received_at: Timestamp) -> Event {
    Event::decode(raw).unwrap_or(Event { seq: from_sql(seq), at: received_at, body: EventBody::Unknown })
}

pub(super) fn bytes32(bytes: &[u8], what: &'static str) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::Unreadable { what })
}

pub(super) fn series(digit: i64) -> Result<Series> {
    let digit = u8::try_from(digit).ok().and_then(|digit| Series::try_from(digit).ok());
    digit.ok_or(StoreError::Unreadable { what: "a series" })
}

/// How a day was closed: when, by whom, the message, how many still waited.
pub(super) fn closed_day((at, by, message, expired): (i64, Option<i64>, String, i64)) -> Result<ClosedDay> {
    let message = message.parse().map_err(|()| StoreError::Unreadable { what: "a closing message" })?;
    let expired = u32::try_from(expired).map_err(|_| StoreError::Unreadable { what: "a count" })?;
    Ok(ClosedDay { at: time(at)?, by: by.map(agent).transpose()?, message, expired })
}

pub(super) fn counter(text: String) -> Result<CounterId> {
    text.try_into().map_err(|_| StoreError::Unreadable { what: "a counter" })
}

pub(super) fn agent(id: i64) -> Result<AgentRef> {
    u32::try_from(id).map(AgentRef).map_err(|_| StoreError::Unreadable { what: "an account's number" })
}

pub(super) fn display(text: String) -> Result<DisplayId> {
    text.try_into().map_err(|_| StoreError::Unreadable { what: "a display" })
}

pub(super) fn role(text: &str) -> Result<Role> {
    text.parse().map_err(|_| StoreError::Unreadable { what: "a role" })
}

pub(super) const fn badge_role_name(role: StaffRole) -> Result<&'static str> {
    match role {
        StaffRole::Staff => Ok("staff"),
        StaffRole::Technician => Ok("technician"),
        StaffRole::Unknown => Err(StoreError::Unreadable { what: "a badge's role" }),
    }
}

pub(super) fn badge_role(text: &str) -> Result<StaffRole> {
    match text {
        "staff" => Ok(StaffRole::Staff),
        "technician" => Ok(StaffRole::Technician),
        _ => Err(StoreError::Unreadable { what: "a badge's role" }),
    }
}

/// A matter's kind and service.
pub(super) fn matter(matter: &Matter) -> (&'static str, &str) {
    match matter {
        Matter::AllFull => ("full", ""),
        Matter::Full(service) => ("full", service.as_str()),
        Matter::Closing => ("closing", ""),
    }
}

pub(super) fn decision((kind, service, at): (String, String, i64)) -> Result<Decision> {
    let unreadable = || StoreError::Unreadable { what: "a decision of staff" };
    let matter = match (kind.as_str(), service.as_str()) {
        ("closing", "") => Matter::Closing,
        ("full", "") => Matter::AllFull,
        ("full", service) => Matter::Full(service.parse().map_err(|_| unreadable())?),
        _ => return Err(unreadable()),
    };
    Ok(Decision { matter, at: time(at)? })
}

/// What was changed; nothing where a later version wrote what this one does not keep in memory.
pub(super) fn what(text: &str) -> Option<What> {
    What::ALL.into_iter().find(|what| what.as_str() == text)
}

/// A passage's place among those of its ticket.
pub(super) fn episode(n: i64) -> Result<u32> {
    u32::try_from(n).map_err(|_| StoreError::Unreadable { what: "a passage's number" })
}

/// A ticket's number.
pub(super) fn number(n: i64) -> Result<u32> {
    u32::try_from(n).map_err(|_| StoreError::Unreadable { what: "a ticket's number" })
}

pub(super) fn reason_text(why: &Why) -> Result<String> {
    serde_json::to_string(why).map_err(|_| StoreError::Unreadable { what: "the reason of a call" })
}

pub(super) fn reason(text: &str) -> Result<Why> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { what: "the reason of a call" })
}

pub(super) fn backup_outcome(text: &str) -> Result<BackupOutcome> {
    let outcome = BackupOutcome::ALL.into_iter().find(|outcome| outcome.as_str() == text);
    outcome.ok_or(StoreError::Unreadable { what: "what became of a backup" })
}

/// Since when it is remembered what became of copies, at the time of the newest.
pub(super) fn backups_kept_from(newest: Timestamp) -> i64 {
    newest.as_millisecond().saturating_sub(BACKUPS_KEPT_DAYS * 24 * 3_600_000)
}

/// A delivery's state, and until when it waits.
pub(super) fn delivery_state(state: DeliveryState) -> (i64, Option<i64>) {
    match state {
        DeliveryState::Waiting(until) => (0, Some(until.as_millisecond())),
        DeliveryState::Delivered => (1, None),
        DeliveryState::GivenUp => (2, None),
    }
}

pub(super) fn scope_names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// Scopes that this version knows: one of a later version opens nothing here.
pub(super) fn scopes(text: &str) -> Vec<Scope> {
    Scope::ALL.into_iter().filter(|scope| text.split_whitespace().any(|name| name == scope.as_str())).collect()
}

pub(super) fn status(code: i64) -> Result<u16> {
    u16::try_from(code).map_err(|_| StoreError::Unreadable { what: "an answer's status" })
}
