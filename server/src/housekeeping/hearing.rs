//! Which counters' pages were heard of, for other servers and for the time after a restart.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Job;
use crate::app::App;
use crate::store::StoreError;

/// Keeps when each counter was heard of last.
#[derive(Debug)]
pub(super) struct NotingCounters;

#[async_trait]
impl Job for NotingCounters {
    fn name(&self) -> &'static str {
        "hearing"
    }

    async fn look(&mut self, app: &App, _: Timestamp) -> Result<(), StoreError> {
        for site in app.sites() {
            site.note_heard().await?;
        }
        Ok(())
    }
}
