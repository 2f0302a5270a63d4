//! What is kept no longer is forgotten.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use wire::service_day::ServiceDay;

use super::Job;
use crate::app::App;
use crate::store::{Cut, Forgotten, StoreError};

/// How often late tickets are looked through.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Forgets at the start, when a service day begins, and each hour.
#[derive(Debug, Default)]
pub(super) struct Forgetting {
    done: Option<(ServiceDay, Timestamp)>,
}

#[async_trait]
impl Job for Forgetting {
    fn name(&self) -> &'static str {
        "forgetting"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        let sites = app.sites();
        // Of sites whose days begin at different hours the last one says what is kept no longer.
        let Some(cut) = sites.iter().map(|site| Cut::at(now, &site.zone)).min_by_key(|cut| cut.kept_from) else {
            return Ok(());
        };
        let recent =
            |(day, at): (ServiceDay, Timestamp)| day == cut.today && at <= now && now.duration_since(at) < AGAIN;
        if self.done.is_some_and(recent) {
            return Ok(());
        }
        let forgotten = app.store.forget(&cut).await?;
        for site in &sites {
            site.live.forget(cut.now, cut.kept_from);
        }
        if forgotten != Forgotten::default() {
            let Forgotten { events, tokens, sessions } = forgotten;
            tracing::info!(events, tokens, sessions, "what is kept no longer is forgotten");
        }
        if self.done.is_none_or(|(day, _)| day != cut.today) {
            app.tell_audit_head().await;
        }
        self.done = Some((cut.today, now));
        Ok(())
    }
}
