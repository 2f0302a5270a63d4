//! What a site's technicians want of its bornes.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{OriginId, SiteId};

use super::super::Result;

/// What is wanted of bornes: every version of it, so that each change can be read and taken back.
#[async_trait]
pub trait Wanting: Send + Sync + 'static {
    /// Keeps a version, and tells every server that there is something for its borne. False where somebody else was first to
    /// make that version: nothing is kept then.
    async fn put_wanted(&self, wanted: &WantedVersion) -> Result<bool>;

    /// The latest version of a borne's.
    async fn wanted(&self, borne: OriginId) -> Result<Option<WantedVersion>>;

    /// The latest version of each of a site's bornes that has one.
    async fn all_wanted(&self, site: SiteId) -> Result<Vec<WantedVersion>>;

    /// The versions of a borne's, newest first.
    async fn wanted_before(&self, borne: OriginId, most: u32) -> Result<Vec<WantedVersion>>;
}

/// A version of what is wanted of a borne.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedVersion {
    /// Of which borne.
    pub borne: OriginId,
    /// Which version.
    pub version: u64,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The document as JSON, unsigned.
    pub body: String,
}
