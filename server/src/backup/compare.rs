//! Whether a copy holds what the store does: the same events under the same numbers, and the same halls from them. The store
//! goes on meanwhile, and forgets: what both hold of a log is compared, up to where it went when it was copied.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;
use queue_engine::{Hall, Received};
use wire::event::{EventBody, TicketIssued};
use wire::ids::OriginId;
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use crate::app::App;
use crate::site::Site;
use crate::store::{CopyError, LogSpan, Store, StoreError};

/// A copy that holds the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compared {
    /// How many events are in it.
    pub(super) events: u64,
}

/// What of each log both hold.
type Common = BTreeMap<OriginId, RangeInclusive<u64>>;

/// Compares a copy that was begun at an instant.
pub(super) async fn compare(app: &App, copy: &dyn Store, begun: Timestamp) -> Result<Compared, CopyError> {
    let store = app.store.as_ref();
    let mut common = Common::new();
    let mut events = 0;
    let ours = spans(store).await?;
    for (origin, copied) in spans(copy).await? {
        let wrong = |what: &str| CopyError::Damaged(format!("the log {origin} {what}"));
        let kept = ours.get(&origin).ok_or_else(|| wrong("is not one of the store's"))?;
        if copied.last > kept.last {
            return Err(wrong("goes farther in the copy than in the store"));
        }
        let whole = copy.digest_log(origin, copied.first, copied.last).await?;
        if whole.wrong > 0 {
            return Err(wrong(&format!("holds {} events that are not what was received", whole.wrong)));
        }
        events += whole.events;
        common.insert(origin, copied.first.max(kept.first)..=copied.last);
        loop {
            let both = common.get(&origin).map_or((1, 0), |both| (*both.start(), *both.end()));
            let there = copy.digest_log(origin, both.0, both.1).await?;
            let here = store.digest_log(origin, both.0, both.1).await?;
            if (there.events, there.hash) == (here.events, here.hash) {
                break;
            }
            if !has_forgotten(store, &mut common).await? {
                return Err(wrong("does not hold the same events in the copy and in the store"));
            }
        }
    }
    for site in app.sites() {
        let from = site.read_from(begun);
        loop {
            let there = in_both(&common, copy.events_since(site.id, from).await?);
            let here = in_both(&common, store.events_since(site.id, from).await?);
            // As long as the day is: whoever calls meanwhile must not wait for it.
            let folded = tokio::task::spawn_blocking({
                let site = Arc::clone(&site);
                move || fold(&site, begun, &there) == fold(&site, begun, &here)
            });
            if folded.await.map_err(|e| StoreError::Unavailable(e.into()))? {
                break;
            }
            if !has_forgotten(store, &mut common).await? {
                return Err(CopyError::Damaged(format!("the hall of the site {} is another one in it", site.id)));
            }
        }
    }
    Ok(Compared { events })
}

/// Whether the store has forgotten some of what both held a moment ago. It is no longer compared.
async fn has_forgotten(store: &dyn Store, common: &mut Common) -> Result<bool, CopyError> {
    let mut forgotten = false;
    for (origin, kept) in spans(store).await? {
        if let Some(both) = common.get_mut(&origin).filter(|both| *both.start() < kept.first.min(*both.end() + 1)) {
            *both = kept.first..=*both.end();
            forgotten = true;
        }
    }
    Ok(forgotten)
}

fn in_both(common: &Common, all: Vec<Received>) -> Vec<Received> {
    let kept = |event: &Received| common.get(&event.origin).is_some_and(|both| both.contains(&event.event.seq));
    all.into_iter().filter(kept).map(without_secret).collect()
}

async fn spans(store: &dyn Store) -> Result<BTreeMap<OriginId, LogSpan>, CopyError> {
    Ok(store.log_spans().await?.into_iter().map(|span| (span.origin, span)).collect())
}

/// The store erases tickets' secrets as days end; a copy keeps them as long as it is kept.
fn without_secret(mut received: Received) -> Received {
    if let EventBody::TicketIssued(TicketIssued { token, .. }) | EventBody::Reprinted { token: Some(token), .. } =
        &mut received.event.body
    {
        *token = Hash32([0; 32]);
    }
    received
}

fn fold(site: &Site, at: Timestamp, events: &[Received]) -> Hall {
    let day = ServiceDay::of(at, &site.zone);
    let mut hall = Hall::new(day, site.zone.clone());
    events.iter().for_each(|event| hall.apply(event));
    hall.roll(day);
    hall
}
