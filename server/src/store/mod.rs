//! What the server keeps, and what every store of it promises.
//!
//! A store is dumb about queues and strict about facts: logs are contiguous, a number is never overwritten, a ticket is
//! called once an episode, a counter holds one ticket. One conformance suite (`tests/store.rs`) runs over every store.

mod alarm;
mod decision;
mod error;
pub mod measure;
mod reading;
mod records;
mod retention;
pub mod sqlite;

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Received;
use uuid::Uuid;
use wire::event::{Event, EventBody};
use wire::ids::{CounterId, OriginId, SiteId, TicketId};
use wire::service_day::ServiceDay;
use wire::staff::StaffBadge;
use wire::survey::SurveyCell;
use wire::token::Hash32;

pub use alarm::{ALARM_AGAIN, Alarm, AlarmKind};
pub use decision::{Decision, Matter};
pub use error::StoreError;
pub use reading::Reading;
pub use records::{
    Account, BadgeOutcome, Batch, Borne, CallOutcome, CellCount, Enrolled, Enrolling, Ingested, NewCall, NewEvent,
    NewOrigin, Role, SeatOutcome, Seated, Session, Step, StepKind,
};

pub use retention::{Cut, Forgotten, KEPT_DAYS};

/// What a store answers.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The server's memory. Every method that writes returns after its commit is durable.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Whether the store answers.
    async fn ping(&self) -> Result<()>;

    /// A setting; where there is none, `fresh` becomes it. Whoever comes first wins.
    async fn setting_or(&self, key: &str, fresh: Vec<u8>) -> Result<Vec<u8>>;

    /// Makes sure the server's own log exists.
    async fn ensure_desk(&self, desk: &NewOrigin) -> Result<()>;

    // Bornes.

    /// Keeps a one-time code by its hash.
    async fn add_code(&self, site: SiteId, hash: Hash32, name: Option<&str>, expires_at: Timestamp) -> Result<()>;

    /// Spends a code: the borne gets an identity and a series (rules R3, R10). The same key with the same code again gets
    /// the same answer. A wrong code counts against every open code of the site.
    async fn enrol(&self, request: &Enrolling) -> Result<Enrolled>;

    /// Every borne that ever enrolled, oldest first.
    async fn bornes(&self) -> Result<Vec<Borne>>;

    /// One borne.
    async fn borne(&self, id: OriginId) -> Result<Option<Borne>>;

    /// Ends a borne's rights. False where there is no such borne or they have ended already.
    async fn revoke(&self, id: OriginId, at: Timestamp) -> Result<bool>;

    /// Takes a request's counter. False where it does not grow: the request is a repetition.
    async fn claim_nonce(&self, id: OriginId, nonce: u64) -> Result<bool>;

    // The log.

    /// Appends a batch where it follows the high-water mark, in one transaction with its request's counter.
    async fn ingest(&self, batch: &Batch) -> Result<Ingested>;

    /// Events received since an instant, of every log, in the order of each log.
    async fn events_since(&self, since: Timestamp) -> Result<Vec<Received>>;

    /// Forgets what is kept no longer: the beginnings of logs, with calls and quarantined events of their age; secrets of
    /// tickets' pages; sessions that are over; decisions for earlier service days. Logs stay as long as they are: their marks and the hashes of what is kept
    /// do not change, and what was forgotten and is sent again is neither new nor another event. No trace stays in the
    /// store's files.
    async fn forget(&self, cut: &Cut) -> Result<Forgotten>;

    /// How many events an origin's log still holds.
    async fn count_events(&self, origin: OriginId) -> Result<u64>;

    /// Something a technician must know about a borne. False where they were told of the same kind within the hour: nothing
    /// is kept then.
    async fn raise(&self, at: Timestamp, origin: OriginId, kind: AlarmKind, detail: &str) -> Result<bool>;

    /// What technicians must know, newest first.
    async fn alarms(&self, most: u32) -> Result<Vec<Alarm>>;

    // The desk.

    /// Appends to the server's own log.
    async fn append(&self, desk: OriginId, at: Timestamp, body: EventBody) -> Result<Event>;

    /// Calls a ticket to a counter, once.
    async fn call(&self, desk: OriginId, at: Timestamp, call: &NewCall) -> Result<CallOutcome>;

    /// Moves a call on. `None` where the counter does not hold that ticket in the state the step begins from.
    async fn step(&self, desk: OriginId, at: Timestamp, step: &Step) -> Result<Option<Event>>;

    /// Ends whatever a counter still holds, without an event: for tickets that have left the hall with their day.
    async fn free_counter(&self, counter: &CounterId) -> Result<()>;

    /// The ticket that a call named before, if it did.
    async fn called_by(&self, call: Uuid) -> Result<Option<TicketId>>;

    // Decisions for the rest of a service day.

    /// Keeps what staff decided; a decision about the same matter takes the earlier one's place.
    async fn decide(&self, site: SiteId, day: ServiceDay, decision: &Decision) -> Result<()>;

    /// Takes a decision back. False where there was none.
    async fn undecide(&self, site: SiteId, day: ServiceDay, matter: &Matter) -> Result<bool>;

    /// What was decided for a service day.
    async fn decisions(&self, site: SiteId, day: ServiceDay) -> Result<Vec<Decision>>;

    // People.

    /// Adds an account or gives it another password and role.
    async fn put_account(&self, account: &Account) -> Result<()>;

    /// One account.
    async fn account(&self, name: &str) -> Result<Option<Account>>;

    /// Opens a session, known by its hash only.
    async fn open_session(&self, session: &Session, now: Timestamp) -> Result<()>;

    /// A session that has not expired, with its seat.
    async fn session(&self, hash: Hash32, now: Timestamp) -> Result<Option<Seated>>;

    /// Ends a session and frees its counter.
    async fn close_session(&self, hash: Hash32) -> Result<()>;

    /// Takes a counter, leaving the one held before. Another session of the same account gives way.
    async fn take_seat(&self, hash: Hash32, counter: &CounterId, now: Timestamp) -> Result<SeatOutcome>;

    /// Who holds which counter.
    async fn seats(&self, now: Timestamp) -> Result<Vec<(CounterId, String)>>;

    // The staff's badges.

    /// Adds a badge of a site, or gives it another PIN, role, label or end.
    async fn put_badge(&self, site: SiteId, badge: &StaffBadge) -> Result<BadgeOutcome>;

    /// Removes a badge by its label. False where none has it.
    async fn remove_badge(&self, site: SiteId, label: &str) -> Result<bool>;

    /// Every badge of a site, by label.
    async fn badges(&self, site: SiteId) -> Result<Vec<StaffBadge>>;

    // Anonymous answers.

    /// Counts an upload's cells, once. False where that batch was counted before.
    async fn add_cells(&self, batch: Uuid, cells: &[SurveyCell]) -> Result<bool>;

    /// Every cell, by content.
    async fn cells(&self) -> Result<Vec<CellCount>>;
}
