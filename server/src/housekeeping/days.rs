//! Service days begin, and early closings are shown.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Job;
use crate::app::App;
use crate::store::StoreError;

/// Begins service days and shows early closings.
#[derive(Debug, Default)]
pub(super) struct BeginningDays {
    looked: Option<Timestamp>,
}

#[async_trait]
impl Job for BeginningDays {
    fn name(&self) -> &'static str {
        "days"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        let before = self.looked.replace(now);
        for site in app.sites() {
            site.live.roll(now);
            if site.intake(now).closes_at.is_some_and(|at| at <= now && before.is_none_or(|before| before < at)) {
                site.live.touch();
            }
        }
        Ok(())
    }
}
