//! What happened, from the logs themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::key::Caller;
use super::page::{Asked, Asking, Page, Place, take};
use super::told::{Told, told};
use crate::app::App;
use crate::refusal::Refusal;

/// What `after` says to begin with what happens from now on.
const NOW: &str = "now";

/// What happened at the site in the last seven days, in the order in which the server learnt of it; of each log in its own
/// order. `after=now` answers an empty page whose `next` tells of what happens from now on.
#[utoipa::path(get, path = "/api/v1/events", tag = "tickets", security(("key" = ["tickets:read"])), params(Asked),
    responses((status = 200, body = Page<Told>), (status = "default", response = super::document::Refused)))]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asking(asked): Asking<Asked>,
) -> Result<Json<Page<Told>>, Refusal> {
    let spans = app.store.log_spans().await?;
    let ours = spans.into_iter().filter(|span| span.site == caller.site.id);
    let limit = asked.limit()?;
    if asked.after.as_deref() == Some(NOW) {
        let mut reached = Asked { after: None, limit: None }.after()?;
        ours.for_each(|span| reached.mark(span.origin, span.last));
        return Ok(Json(Page { data: Vec::new(), next: reached.write(), more: false }));
    }
    let mut reached = asked.after()?;
    let mut follow = Vec::new();
    let mut longer = false;
    for span in ours {
        let from = reached.of(span.origin).saturating_add(1).max(span.first);
        if from > span.last {
            continue;
        }
        let to = span.last.min(from.saturating_add(limit as u64 - 1));
        let events = app.store.log_page(span.origin, from, to).await?;
        longer |= to < span.last;
        if events.is_empty() {
            // A later version's: the page goes on behind it.
            reached.mark(span.origin, to);
        }
        follow.extend(events.into_iter().map(|event| {
            let place = Place { origin: event.origin, seq: event.event.seq, received_at: event.received_at };
            (place, event)
        }));
    }
    let (events, more) = take(follow, limit, &mut reached);
    let data = caller.site.look(|hall| events.iter().filter_map(|event| told(caller.site.id, event, hall)).collect());
    Ok(Json(Page { data, next: reached.write(), more: more || longer }))
}
