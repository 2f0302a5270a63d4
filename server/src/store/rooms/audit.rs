//! Who did what.

use async_trait::async_trait;
use wire::ids::SiteId;

use super::super::Result;
use crate::audit::{Entry, Head, Labelled, Link};

/// The audit chain, which only grows. Of its entries only labels are ever erased, by [`Retention`](super::Retention).
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Appends an entry. Whoever comes at the same time, from whichever server, stands before or behind it: there is one
    /// chain.
    async fn append_audit(&self, entry: &Entry, label: Option<&Labelled>) -> Result<Head>;

    /// The last entry that was appended, remembered apart from the entries.
    async fn audit_head(&self) -> Result<Head>;

    /// Entries from a number on, the oldest first.
    async fn audit_from(&self, n: u64, most: u32) -> Result<Vec<Link>>;

    /// Entries before a number, the newest first: those of every site and of none, or of one site.
    async fn audit_before(&self, n: Option<u64>, site: Option<SiteId>, most: u32) -> Result<Vec<Link>>;
}
