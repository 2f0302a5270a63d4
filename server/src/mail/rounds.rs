//! Who is written to, and when. An addressee is kept beside the addresses of other programs, as `mailto:`, so that what is
//! on its way survives a restart and is tried as often.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::letter::{Letter, News, Of};
use crate::api::EventKind;
use crate::app::{App, random};
use crate::hooks::after_failure;
use crate::store::{Attempt, Delivery, DeliveryState, Hook, StoreError};

/// Alarms that begin so soon after each other come in one letter.
const TOGETHER: SignedDuration = SignedDuration::from_secs(60);
/// As many as one letter takes.
const AT_ONCE: u32 = 1_000;

impl App {
    /// Makes the addressees those that the settings name: of several servers, of this one's.
    pub(crate) async fn register_addressees(&self) -> Result<(), StoreError> {
        let known = self.store.hooks(None).await?;
        let known: Vec<(&Hook, &str)> =
            known.iter().filter_map(|hook| hook.addressee().map(|address| (hook, address))).collect();
        let mut wanted = Vec::new();
        if let Some(post) = &self.post {
            for site in self.sites() {
                wanted.extend(post.settings.to(site.id).map(|address| (site.id, address.trim())));
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        for (hook, address) in &known {
            if !wanted.contains(&(hook.site, address)) {
                self.store.remove_hook(hook.site, hook.id).await?;
            }
        }
        for (site, address) in wanted {
            if known.iter().any(|(hook, known)| (hook.site, *known) == (site, address)) {
                continue;
            }
            let kinds = [EventKind::AlarmBegan, EventKind::AlarmEnded];
            let hook = Hook {
                id: Uuid::now_v7(),
                site,
                url: Hook::url_of_addressee(address),
                // Nothing of a letter is signed.
                secret: [0; 32],
                kinds: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
                since: self.clock.now(),
                disabled_at: None,
            };
            self.store.add_hook(&hook).await?;
        }
        Ok(())
    }

    /// Writes to an addressee what is due, in one letter.
    pub(crate) async fn write_to(&self, hook: &Hook, address: &str) -> Result<(), StoreError> {
        let (Some(post), Some(site)) = (&self.post, self.site(hook.site)) else {
            return Ok(());
        };
        let now = self.clock.now();
        let due = self.store.due_deliveries(hook.id, now, AT_ONCE).await?;
        if !are_complete(&due, now) {
            return Ok(());
        }
        let news: Vec<News> = due.iter().filter_map(|due| serde_json::from_str(&due.what.body).ok()).collect();
        let plan = site.plan();
        let name = plan.catalogue.site.name.get(wire::ids::Language::Fr);
        let of = Of { site: name, public_url: &plan.catalogue.site.public_url, zone: &site.zone };
        let sent = match Letter::of(&of, &news) {
            Some(letter) => post.send(address, &letter).await,
            None => Ok(()),
        };
        let bits = random().map(u64::from_le_bytes).map_err(|e| StoreError::Unavailable(e.into()))?;
        if let Err(detail) = &sent {
            tracing::warn!(site = %hook.site, detail, "a letter about alarms was not taken; it is tried again");
        }
        // All by the same bits and count: what was in one letter stays in one.
        let attempts = due.iter().map(|one| one.attempts + 1).max().unwrap_or(1);
        for one in &due {
            let attempt = match &sent {
                Ok(()) => Attempt {
                    state: DeliveryState::Delivered,
                    detail: "taken by the mail server".to_owned(),
                    all_wait: false,
                },
                Err(detail) => Attempt {
                    state: after_failure(one.what.at, attempts, self.clock.now(), bits),
                    detail: detail.clone(),
                    all_wait: true,
                },
            };
            self.store.settle(hook.id, &one.what.event, &attempt).await?;
        }
        Ok(())
    }
}

/// Whether what is due makes a letter: what goes with it has come, or would have.
fn are_complete(due: &[Delivery], now: Timestamp) -> bool {
    due.iter().any(|one| one.attempts > 0 || now.duration_since(one.what.at) >= TOGETHER)
}
