//! What other servers on the same store write, folded into this one's hall.

use std::time::{Duration, Instant};

use queue_engine::Hall;
use tokio::time::MissedTickBehavior;
use wire::ids::SiteId;

use crate::app::{App, StartError};
use crate::refusal::chain;
use crate::store::{Changes, StoreError, What};

/// How often the changes are read. A notice at each commit would cost PostgreSQL a multiple of the commit.
const EVERY: Duration = Duration::from_millis(100);

impl App {
    /// Takes in what was committed since the last look, by whomever.
    pub async fn follow(&self) -> Result<(), StoreError> {
        let mut cursor = self.cursor.lock().await;
        loop {
            let asked = Instant::now();
            let Changes { cursor: reached, events, touched, more, restored } = self.store.changes(&cursor).await?;
            let now = self.clock.now();
            for (site, what) in &touched {
                if *what == What::Publications {
                    self.republished(*site).await?;
                }
                if *what == What::Bornes {
                    self.pulse.forget_site(*site);
                }
            }
            if restored {
                self.pulse.forget_all();
            }
            for (_, event) in &events {
                self.pulse.grown(event.origin, event.event.seq);
            }
            for site in self.sites() {
                let ours: Vec<_> =
                    events.iter().filter(|(of, _)| *of == site.id).map(|(_, event)| event.clone()).collect();
                if restored {
                    site.begin_again().await?;
                }
                site.live.apply(now, site.read_from(now), &ours);
                if touched.contains(&(site.id, What::Decisions)) {
                    let day = site.live.read(now, Hall::day);
                    let decided = self.store.decisions(site.id, day).await?;
                    if site.decisions.replace(day, decided) | site.read_closing(now).await? {
                        site.live.touch();
                    }
                }
                // Who lost a right, or their seat, is to see it.
                if touched.contains(&(site.id, What::People)) {
                    site.live.touch();
                }
            }
            *cursor = reached;
            if !more {
                self.pulse.heard(asked);
                return Ok(());
            }
        }
    }

    /// Something of a site was published: of one that is new, everything.
    async fn republished(&self, id: SiteId) -> Result<(), StoreError> {
        if let Some(site) = self.site(id) {
            return match site.reload().await {
                // Published by a newer server: the plan before holds, and others' acts do not wait for it.
                Err(e @ StoreError::Unreadable { .. }) => {
                    tracing::error!(site = %id, error = %chain(&e), "what is published cannot be read; what was before holds");
                    site.not_planned();
                    Ok(())
                }
                read => read,
            };
        }
        match self.open_site(id).await {
            Err(StartError::Store(e @ StoreError::Unreadable { .. })) => {
                tracing::error!(site = %id, error = %chain(&e), "a new site cannot be served");
                Ok(())
            }
            Ok(()) => Ok(()),
            Err(StartError::Store(e)) => Err(e),
            Err(e) => {
                tracing::error!(site = %id, error = %chain(&e), "a new site cannot be served");
                Ok(())
            }
        }
    }
}

/// Follows until it is dropped. While the store does not answer, the hall stays as it was.
pub(crate) async fn keep_up(app: &App) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut well = true;
    loop {
        ticks.tick().await;
        let followed = app.follow().await;
        match &followed {
            Ok(()) if !well => tracing::info!("the store's changes are read again"),
            Err(e) if well => tracing::error!(error = %chain(e), "the store's changes cannot be read"),
            Ok(()) | Err(_) => {}
        }
        well = followed.is_ok();
    }
}
