//! Bornes: codes, enrolment, revocation.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::enrolment::PublicKey;
use wire::ids::{OriginId, SiteId};
use wire::label::Series;
use wire::token::Hash32;

use super::super::Result;

/// The bornes of the sites.
#[async_trait]
pub trait Bornes: Send + Sync + 'static {
    /// Keeps a one-time code by its hash.
    async fn add_code(&self, site: SiteId, hash: Hash32, name: Option<&str>, expires_at: Timestamp) -> Result<()>;

    /// The codes of a site that may still be used, the first to expire first.
    async fn open_codes(&self, site: SiteId, now: Timestamp) -> Result<Vec<OpenCode>>;

    /// Takes a code back that nobody has spent. False where the site has none of that hash that may still be used.
    async fn cancel_code(&self, site: SiteId, hash: Hash32, now: Timestamp) -> Result<bool>;

    /// Where a code belongs, spent or not.
    async fn site_of_code(&self, hash: Hash32) -> Result<Option<SiteId>>;

    /// Spends a code: the borne gets an identity and a series (rules R3, R10). The same key with the same code again gets
    /// the same answer. A wrong code counts against every open code of the site.
    async fn enrol(&self, request: &Enrolling) -> Result<Enrolled>;

    /// Every borne that ever enrolled at a site, oldest first.
    async fn bornes(&self, site: SiteId) -> Result<Vec<Borne>>;

    /// One borne, of whichever site.
    async fn borne(&self, id: OriginId) -> Result<Option<Borne>>;

    /// Ends a borne's rights. False where there is no such borne or they have ended already.
    async fn revoke(&self, id: OriginId, at: Timestamp) -> Result<bool>;

    /// Takes a request's counter. False where it does not grow: the request is a repetition.
    async fn claim_nonce(&self, id: OriginId, nonce: u64) -> Result<bool>;

    /// Takes what a server heard of bornes. Counters that are no greater than what is held change nothing.
    async fn keep_beats(&self, beats: &[Beat]) -> Result<()>;
}

/// What a server heard of a borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Which borne.
    pub borne: OriginId,
    /// The greatest counter of those of its requests that were answered from memory.
    pub nonce: Option<u64>,
    /// When it was last heard of.
    pub heard_at: Timestamp,
}

/// A code that may still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCode {
    /// Its hash.
    pub hash: Hash32,
    /// What technicians will call the borne; none: it says itself.
    pub name: Option<String>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A borne as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borne {
    /// Identity.
    pub id: OriginId,
    /// Where it stands.
    pub site: SiteId,
    /// What technicians call it.
    pub name: String,
    /// What its requests are signed with.
    pub public_key: PublicKey,
    /// Its numbers' series.
    pub series: Series,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
    /// When its rights ended.
    pub revoked_at: Option<Timestamp>,
    /// When another event stood under one of its numbers (rule R9).
    pub quarantined_at: Option<Timestamp>,
    /// Every event up to here is durable.
    pub hwm: u64,
}

/// A borne that asks to enrol.
#[derive(Clone, Debug)]
pub struct Enrolling {
    /// The code's hash.
    pub code: Hash32,
    /// Where the code must belong.
    pub site: SiteId,
    /// The identity it gets.
    pub id: OriginId,
    /// Its key.
    pub public_key: PublicKey,
    /// What it calls itself, used where the code has no name.
    pub name: String,
    /// Now.
    pub at: Timestamp,
    /// Series of bornes revoked before this instant, the service day's beginning, are free again.
    pub day_begins: Timestamp,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// It is the site's.
    Done {
        /// Its identity: of the first answer, where the request is a repetition.
        id: OriginId,
        /// Its series.
        series: Series,
    },
    /// Wrong, spent, too old or burned.
    WrongCode,
    /// Six bornes hold the six series.
    NoSeriesLeft,
}
