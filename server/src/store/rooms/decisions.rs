//! What staff decide for the rest of a service day.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{ServiceId, SiteId};
use wire::service_day::ServiceDay;

use super::super::Result;

/// Decisions for the rest of a service day.
#[async_trait]
pub trait Decisions: Send + Sync + 'static {
    /// Keeps what staff decided; a decision about the same matter takes the earlier one's place.
    async fn decide(&self, site: SiteId, day: ServiceDay, decision: &Decision) -> Result<()>;

    /// Takes a decision back. False where there was none.
    async fn undecide(&self, site: SiteId, day: ServiceDay, matter: &Matter) -> Result<bool>;

    /// What was decided for a service day.
    async fn decisions(&self, site: SiteId, day: ServiceDay) -> Result<Vec<Decision>>;
}

/// What a decision is about. There is one of each, for a site and a service day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// No more tickets are given, for any service.
    AllFull,
    /// No more tickets are given for one service.
    Full(ServiceId),
    /// Reception closes earlier than its hours say.
    Closing,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// About what.
    pub matter: Matter,
    /// From when on no ticket is given.
    pub at: Timestamp,
}
