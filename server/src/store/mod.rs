//! What the server keeps, and what every store of it promises.
//!
//! A store is dumb about queues and strict about facts: logs are contiguous, a number is never overwritten, a ticket is
//! called once an episode, a counter holds one ticket. There are two, each with SQL and migrations of its own; which one it
//! is says the [address](StoreAddress), and nobody else has to know. One conformance suite (`tests/server/store`) runs over
//! both. What a store promises is told a room at a time, each with a trait and files of its own.
//!
//! Several servers may share one store on PostgreSQL: each folds the same logs into its own hall, and reads the
//! [changes](Following::changes) that the others made. A store serves as many sites as there are.

mod address;
mod digest;
mod error;
mod judge;
pub mod measure;
pub mod postgres;
mod reading;
mod rooms;
mod row;
pub mod sqlite;

use std::sync::Arc;

pub use address::{PostgresAddress, StoreAddress, StoreAddressError};
pub use error::StoreError;
pub use reading::Reading;
pub(crate) use reading::ticket_of;
pub use rooms::*;

/// What a store answers.
pub type Result<T> = std::result::Result<T, StoreError>;

/// As many conflicting events as are kept of a batch: enough to look into it, not enough to fill a disk.
const QUARANTINE_MAX: usize = 100;

/// After so many wrong attempts at a site its open codes are burned.
const FAILURES_MAX: i64 = 10;

/// Opens the store at an address and brings it up to date.
pub async fn open(address: &StoreAddress) -> Result<Arc<dyn Store>> {
    Ok(match address {
        StoreAddress::Sqlite(path) => Arc::new(sqlite::SqliteStore::open(path).await?),
        StoreAddress::Postgres(address) => Arc::new(postgres::PostgresStore::open(address).await?),
    })
}

/// The server's memory: every room. What writes returns after its commit is durable.
pub trait Store:
    Base
    + Bornes
    + Logs
    + Following
    + Retention
    + Alarms
    + Audit
    + Desk
    + People
    + Decisions
    + Badges
    + Cells
    + Displays
    + Fleet
    + Notes
    + Commands
    + Actions
    + Publications
    + Backups
    + Hooks
    + Keys
    + Days
    + Wanting
{
}

impl<T> Store for T where
    T: Base
        + Bornes
        + Logs
        + Following
        + Retention
        + Alarms
        + Audit
        + Desk
        + People
        + Decisions
        + Badges
        + Cells
        + Displays
        + Fleet
        + Notes
        + Commands
        + Actions
        + Actions
        + Publications
        + Backups
        + Hooks
        + Keys
        + Days
        + Wanting
{
}
