//! The staff's badges.

use async_trait::async_trait;
use wire::ids::SiteId;
use wire::staff::StaffBadge;

use super::super::Result;

/// The staff's badges.
#[async_trait]
pub trait Badges: Send + Sync + 'static {
    /// Adds a badge of a site, or gives it another PIN, role, label or end.
    async fn put_badge(&self, site: SiteId, badge: &StaffBadge) -> Result<BadgeOutcome>;

    /// Removes a badge by its label. False where none has it.
    async fn remove_badge(&self, site: SiteId, label: &str) -> Result<bool>;

    /// Every badge of a site, by label.
    async fn badges(&self, site: SiteId) -> Result<Vec<StaffBadge>>;
}

/// What became of a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadgeOutcome {
    /// It is new.
    Added,
    /// It was there, and is changed.
    Changed,
    /// Another badge of the site has its label.
    LabelTaken,
    /// The site has as many as bornes take.
    Full,
}
