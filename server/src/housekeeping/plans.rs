//! What was published for a later day begins with that day, and what could not be read or served is tried again.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::SiteId;

use super::Job;
use crate::app::{App, StartError};
use crate::refusal::chain;
use crate::store::StoreError;

/// Reads the plan of each site whose service day is another than the plan's, and opens sites that are published and not
/// served.
#[derive(Debug, Default)]
pub(super) struct BeginningPlans {
    /// Of which sites the log tells already that something is wrong.
    told: BTreeSet<SiteId>,
}

impl BeginningPlans {
    fn tell(&mut self, site: SiteId, tried: Result<(), StartError>) {
        match tried {
            Ok(()) => _ = self.told.remove(&site),
            Err(e) if self.told.insert(site) => {
                tracing::error!(%site, error = %chain(&e), "what is published cannot be read");
            }
            Err(_) => {}
        }
    }
}

#[async_trait]
impl Job for BeginningPlans {
    fn name(&self) -> &'static str {
        "plans"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        for site in app.sites() {
            if site.is_plan_due(now) {
                let read = site.reload().await;
                self.tell(site.id, read.map_err(StartError::from));
            }
        }
        for id in app.store.published_sites().await? {
            if app.site(id).is_none() {
                let opened = app.open_site(id).await;
                self.tell(id, opened);
            }
        }
        Ok(())
    }
}
