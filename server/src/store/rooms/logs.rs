//! Logs: appended to, compared, read back.

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Received;
use wire::ids::{OriginId, SiteId, TicketId};
use wire::token::Hash32;

use super::super::Result;

/// The logs of bornes and of the server.
#[async_trait]
pub trait Logs: Send + Sync + 'static {
    /// Makes sure the server's own log exists. Answers up to which number it goes.
    async fn ensure_desk(&self, desk: &NewOrigin) -> Result<u64>;

    /// Appends each batch where it follows its log's high-water mark, with its request's counter: all in one transaction, in
    /// the order of (borne, seq), which is unique (rule R1), so that two groups cannot wait for each other. Hashes are
    /// compared before a mark advances, and another event under a number that is taken is kept apart (rule R9). Answers in
    /// the order asked.
    async fn ingest(&self, batches: &[Batch]) -> Result<Vec<Ingested>>;

    /// Events received since an instant, of every log of a site, in the order of each log.
    async fn events_since(&self, site: SiteId, since: Timestamp) -> Result<Vec<Received>>;

    /// Events of one log from a number on, in order. Whoever appends to a log waits for the one before: nothing that comes
    /// later stands before what is read.
    async fn log(&self, origin: OriginId, from_seq: u64) -> Result<Vec<Received>>;

    /// The events of a piece of one log, in order, as far as this version can read them.
    async fn log_page(&self, origin: OriginId, from_seq: u64, to_seq: u64) -> Result<Vec<Received>>;

    /// How many events an origin's log still holds.
    async fn count_events(&self, origin: OriginId) -> Result<u64>;
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
