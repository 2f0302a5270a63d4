//! The outbox: changes become deliveries, and deliveries are sent until the address has them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;
use wire::ids::SiteId;

use super::patience::after_failure;
use super::send::Sent;
use crate::api::{Told, told};
use crate::app::{App, random};
use crate::refusal::chain;
use crate::store::{Attempt, Changes, Delivery, DeliveryState, Hook, NewDelivery, StoreError, Turn};

/// How often changes are read and what is due is looked for.
const EVERY: Duration = Duration::from_millis(500);
/// How often a server asks whether it is its turn.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How often a cursor is kept that has brought nothing.
const KEEP_CURSOR: Duration = Duration::from_secs(30);
/// As many deliveries to one address as are read at once.
const AT_ONCE: u32 = 50;
/// How long what was delivered is shown, and what was not is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How often what is older is forgotten.
const FORGET: Duration = Duration::from_secs(3600);

/// Tells the addresses until it is dropped, while it is this server's turn.
pub(crate) async fn keep_telling(app: &App) {
    loop {
        match app.store.turn("hooks").await {
            Ok(Some(turn)) => {
                if let Err(e) = tell(app, turn).await {
                    tracing::error!(error = %chain(&e), "webhooks wait: the store does not answer");
                }
            }
            Ok(None) => {}
            Err(e) => tracing::error!(error = %chain(&e), "webhooks wait: the store does not answer"),
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Until the store fails, or the turn is lost.
async fn tell(app: &App, turn: Turn) -> Result<(), StoreError> {
    tokio::try_join!(follow(app), send(app), hold(turn)).map(|((), (), ())| ())
}

async fn hold(mut turn: Turn) -> Result<(), StoreError> {
    let mut ticks = ticks();
    loop {
        ticks.tick().await;
        turn.hold().await?;
    }
}

async fn follow(app: &App) -> Result<(), StoreError> {
    let mut cursor = match app.store.hook_cursor().await? {
        Some(cursor) => cursor,
        None => {
            let cursor = app.store.tail().await?;
            app.store.queue(&cursor, &[]).await?;
            cursor
        }
    };
    let (mut kept, mut kept_at) = (cursor.clone(), Instant::now());
    let mut ticks = ticks();
    loop {
        ticks.tick().await;
        loop {
            let changes = app.store.changes(&cursor).await?;
            let deliveries = app.deliveries_of(&changes).await?;
            cursor = changes.cursor;
            if !deliveries.is_empty() || (cursor != kept && kept_at.elapsed() > KEEP_CURSOR) {
                app.store.queue(&cursor, &deliveries).await?;
                (kept, kept_at) = (cursor.clone(), Instant::now());
            }
            if !changes.more {
                break;
            }
        }
    }
}

async fn send(app: &App) -> Result<(), StoreError> {
    let mut ticks = ticks();
    let mut forgot: Option<Instant> = None;
    let mut known = None;
    let (mut busy, mut told) = (BTreeSet::new(), FuturesUnordered::new());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            Some(ended) = told.next() => {
                busy.remove(&ended?);
                continue;
            }
        }
        if forgot.is_none_or(|at| at.elapsed() > FORGET) {
            app.store.forget_deliveries(app.clock.now() - KEPT).await?;
            forgot = Some(Instant::now());
        }
        let sites: Vec<SiteId> = app.sites().iter().map(|site| site.id).collect();
        if known.as_ref() != Some(&sites) {
            app.register_addressees().await?;
            known = Some(sites);
        }
        // Each is told by itself: a slow one keeps nobody else waiting. Sites have few enough for all at once.
        for hook in app.store.due_hooks(app.clock.now()).await? {
            if busy.insert(hook.id) {
                told.push(async move { app.send_to(&hook).await.map(|()| hook.id) });
            }
        }
    }
}

fn ticks() -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

impl App {
    /// What is to be told of changes, and to whom. A change that comes twice makes the same deliveries.
    async fn deliveries_of(&self, changes: &Changes) -> Result<Vec<NewDelivery>, StoreError> {
        if changes.events.is_empty() {
            return Ok(Vec::new());
        }
        let hooks = self.store.hooks(None).await?;
        let now = self.clock.now();
        let mut all = Vec::new();
        for (site, received) in &changes.events {
            let of_site =
                |hook: &&Hook| hook.site == *site && hook.disabled_at.is_none() && hook.since <= received.received_at;
            let mut interested = hooks.iter().filter(of_site).peekable();
            let Some(site) = interested.peek().and_then(|_| self.site(*site)) else {
                continue;
            };
            let Some(told) = site.look(|hall| told(site.id, received, hall)) else {
                continue;
            };
            all.extend(deliveries(interested, &told, now));
        }
        Ok(all)
    }

    /// Sends an address what is due, one after another, until nothing is or nobody answers there.
    async fn send_to(&self, hook: &Hook) -> Result<(), StoreError> {
        if let Some(address) = hook.addressee() {
            return self.write_to(hook, address).await;
        }
        loop {
            let due = self.store.due_deliveries(hook.id, self.clock.now(), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            for delivery in due {
                let attempt = self.attempt(hook, &delivery).await?;
                self.store.settle(hook.id, &delivery.what.event, &attempt).await?;
                if attempt.all_wait {
                    return Ok(());
                }
            }
        }
    }

    async fn attempt(&self, hook: &Hook, delivery: &Delivery) -> Result<Attempt, StoreError> {
        let sent = self.sender.send(hook, delivery, self.clock.now()).await;
        let later = |app: &Self| {
            let bits = random().map(u64::from_le_bytes).map_err(|e| StoreError::Unavailable(e.into()))?;
            Ok::<_, StoreError>(after_failure(delivery.what.at, delivery.attempts + 1, app.clock.now(), bits))
        };
        Ok(match sent {
            Sent::Taken(status) => {
                let detail = format!("HTTP {}", status.as_u16());
                Attempt { state: DeliveryState::Delivered, detail, all_wait: false }
            }
            Sent::Refused(detail) => Attempt { state: later(self)?, detail, all_wait: false },
            Sent::Away(detail) => Attempt { state: later(self)?, detail, all_wait: true },
        })
    }
}

/// An event on its way to those of these addresses that want to know and may be told.
pub(crate) fn deliveries<'a>(
    hooks: impl IntoIterator<Item = &'a Hook>,
    told: &Told,
    now: Timestamp,
) -> Vec<NewDelivery> {
    let kind = told.kind.as_str();
    let body = serde_json::to_string(told).unwrap_or_default();
    let wants = |hook: &&Hook| hook.kinds.is_empty() || hook.kinds.iter().any(|wanted| wanted == kind);
    let open = hooks.into_iter().filter(|hook| hook.disabled_at.is_none()).filter(wants);
    let delivery = |hook: &Hook| NewDelivery {
        hook: hook.id,
        event: told.id.clone(),
        kind: kind.to_owned(),
        body: body.clone(),
        at: now,
    };
    open.map(delivery).collect()
}

/// Kinds that are known here, of those that a form names.
pub(crate) fn known_kinds(asked: &BTreeSet<String>) -> Vec<String> {
    let known = crate::api::EventKind::ALL.into_iter().map(crate::api::EventKind::as_str);
    known.filter(|kind| asked.contains(*kind)).map(str::to_owned).collect()
}

/// What an address is sent to be tried.
pub(crate) fn trial(hook: &Hook, at: Timestamp) -> Delivery {
    let event = format!("trial.{}", Uuid::now_v7());
    let body = serde_json::json!({"id": event, "type": "trial", "site": hook.site, "at": at}).to_string();
    let what = NewDelivery { hook: hook.id, event, kind: "trial".to_owned(), body, at };
    Delivery { what, attempts: 0, state: DeliveryState::Waiting(at), detail: String::new() }
}
