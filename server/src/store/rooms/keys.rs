//! Keys of other programs, and what their requests were answered.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::token::Hash32;

use super::super::Result;
use crate::api::Scope;

/// Programs that may ask and act.
#[async_trait]
pub trait Keys: Send + Sync + 'static {
    /// Keeps a key by its hash.
    async fn add_key(&self, key: &ApiKey, hash: Hash32) -> Result<()>;

    /// The key of a hash, unless it has been revoked or is over.
    async fn key(&self, hash: Hash32, now: Timestamp) -> Result<Option<ApiKey>>;

    /// Every key of a site, newest first, also those that are over.
    async fn keys(&self, site: SiteId) -> Result<Vec<ApiKey>>;

    /// Ends a key at once. False where the site has none of that identity with rights to end.
    async fn revoke_key(&self, site: SiteId, key: Uuid, at: Timestamp) -> Result<bool>;

    /// Remembers that a key was used.
    async fn key_used(&self, key: Uuid, at: Timestamp) -> Result<()>;

    /// Begins to answer a request under the name that its program gave it, `asked` being a hash of all it asks. A name
    /// that was given before `kept_from` is free again; so is one whose answer was begun before `stalled` and never kept, as
    /// the same request since the same instant.
    async fn claim_answer(&self, claim: &Claim<'_>) -> Result<Claimed>;

    /// Keeps what a request was answered, where nothing was kept yet.
    async fn keep_answer(&self, key: Uuid, name: &str, status: u16, body: &str) -> Result<()>;

    /// Nothing was done: the name is free again, since the same instant. What was answered stays.
    async fn drop_answer(&self, key: Uuid, name: &str) -> Result<()>;

    /// Forgets answers that were begun before an instant.
    async fn forget_answers(&self, before: Timestamp) -> Result<u64>;
}

/// A program's key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Identity.
    pub id: Uuid,
    /// The only site it opens.
    pub site: SiteId,
    /// What people call the program.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Since when.
    pub since: Timestamp,
    /// Until when; for ever where nothing is said.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

/// A request that is about to be answered.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Whose.
    pub key: Uuid,
    /// What its program calls it.
    pub name: &'a str,
    /// A hash of all it asks.
    pub asked: Hash32,
    /// Now.
    pub now: Timestamp,
    /// Names given before are free again.
    pub kept_from: Timestamp,
    /// Answers begun before and never kept are begun anew.
    pub stalled: Timestamp,
}

/// Whether to answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody has.
    New {
        /// Since when the name is this request's.
        since: Timestamp,
    },
    /// It was answered so.
    Before {
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
    /// It is being answered just now.
    Busy,
    /// Another request was called that.
    Other,
}
