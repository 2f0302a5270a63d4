//! Days that nobody closed end when the next one begins; what comes late to one that is closed is ended with it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::SiteId;
use wire::service_day::ServiceDay;

use super::Job;
use crate::app::App;
use crate::refusal::chain;
use crate::store::StoreError;

/// Ends the day before today, once a day and site. Of several servers each does: what one has ended, the others find so.
#[derive(Debug, Default)]
pub(super) struct EndingDays {
    /// The last day before which each site's were ended.
    ended: BTreeMap<SiteId, ServiceDay>,
}

#[async_trait]
impl Job for EndingDays {
    fn name(&self) -> &'static str {
        "endings"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        for site in app.sites() {
            if let Err(e) = site.end_left_over().await {
                tracing::error!(site = %site.id, error = %chain(&e), "what came late to a closed day could not be ended; it is tried again");
            }
            let today = ServiceDay::of(now, &site.zone);
            if self.ended.get(&site.id) == Some(&today) {
                continue;
            }
            match site.end_yesterday().await {
                Ok(()) => _ = self.ended.insert(site.id, today),
                Err(e) => {
                    tracing::error!(site = %site.id, error = %chain(&e), "the day before could not be ended; it is tried again");
                }
            }
        }
        Ok(())
    }
}
