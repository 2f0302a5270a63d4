//! What bornes report of themselves.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{OriginId, SiteId};

use super::super::Result;

/// How the bornes are, as they said last.
#[async_trait]
pub trait Fleet: Send + Sync + 'static {
    /// Keeps a borne's report in the place of the one before.
    async fn keep_report(&self, borne: OriginId, at: Timestamp, raw: &str) -> Result<()>;

    /// What was last heard of each borne of a site, in the order of their enrolment.
    async fn last_words(&self, site: SiteId) -> Result<Vec<LastWord>>;
}

/// What was last heard of a borne.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWord {
    /// Which borne.
    pub borne: OriginId,
    /// When any server heard of it, within half a minute; none: never.
    pub heard_at: Option<Timestamp>,
    /// Its last report in its bytes, and when it came.
    pub report: Option<(Timestamp, String)>,
}
