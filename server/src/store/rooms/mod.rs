//! What a store promises, a room each: a trait, and the records that go in and come out.

mod actions;
mod alarms;
mod audit;
mod backups;
mod badges;
mod base;
mod bornes;
mod cells;
mod commands;
mod days;
mod decisions;
mod desk;
mod displays;
mod fleet;
mod following;
mod hooks;
mod keys;
mod logs;
mod notes;
mod people;
mod publications;
mod retention;
mod wanted;

pub use actions::{Action, ActionFile, Actions, NewAction};
pub use alarms::{ALARM_AGAIN, Alarm, AlarmKind, Alarms};
pub use audit::Audit;
pub use backups::{BACKUPS_KEPT_DAYS, Backup, BackupOutcome, Backups, Copy, CopyError, LogDigest, LogSpan, Turn};
pub(super) use backups::{Holder, Scratch};
pub use badges::{BadgeOutcome, Badges};
pub use base::Base;
pub use bornes::{Beat, Borne, Bornes, Enrolled, Enrolling, OpenCode};
pub use cells::{CellCount, Cells};
pub use commands::{Commands, NewCommand};
pub use days::{ClosedDay, ClosingMessage, Days};
pub use decisions::{Decision, Decisions, Matter};
pub(super) use desk::Unnumbered;
pub use desk::{Acted, Candidate, Desk, Hold, Move, NewCall, Outcome, Passage};
pub use displays::{DisplayCode, Displays, Screen};
pub use fleet::{Fleet, LastWord};
pub use following::{Changes, Cursor, Following, What};
pub use hooks::{Attempt, Delivery, DeliveryState, Hook, Hooks, NewDelivery};
pub use keys::{ApiKey, Claim, Claimed, Keys};
pub use logs::{Batch, Ingested, Logs, NewEvent, NewOrigin};
pub use notes::{NOTE_MAX, Note, Notes};
pub use people::{Account, Grant, NewAccount, People, SeatOutcome, Seated, Session};
pub use publications::{
    Draft, NewDraft, NewPublication, Publication, PublicationHead, PublicationKind, Publications, PublishOutcome,
};
pub use retention::{Cut, Forgotten, KEPT_DAYS, Retention};
pub(super) use retention::{ERASED, PIECE, erased};
pub use wanted::{WantedVersion, Wanting};
