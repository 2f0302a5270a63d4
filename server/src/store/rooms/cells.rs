//! Anonymous answers: counts of cells.

use async_trait::async_trait;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::survey::SurveyCell;

use super::super::Result;

/// Anonymous answers.
#[async_trait]
pub trait Cells: Send + Sync + 'static {
    /// Counts an upload's cells at a site, once. False where that batch was counted before.
    async fn add_cells(&self, site: SiteId, batch: Uuid, cells: &[SurveyCell]) -> Result<bool>;

    /// Every cell of a site, by content.
    async fn cells(&self, site: SiteId) -> Result<Vec<CellCount>>;
}

/// How often a vector of answers was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellCount {
    /// The survey's version.
    pub survey: String,
    /// Empty where no borne is bound to one.
    pub service: String,
    /// The half-day, day or week.
    pub period: String,
    /// The answers.
    pub vector: String,
    /// Given within five seconds of the answer before.
    pub suspect: bool,
    /// How often.
    pub count: u64,
}
