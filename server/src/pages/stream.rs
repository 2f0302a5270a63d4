//! Live pages: one stream a tab, which ends when the server does.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{HeaderName, HeaderValue};
use tokio_stream::wrappers::WatchStream;

use crate::app::App;

/// A beat that pages can hear: silence for longer means that the line is cut.
const BEAT: Duration = Duration::from_secs(5);
/// How soon a browser comes back.
const RETRY: Duration = Duration::from_secs(1);

/// An event at once and one a change, until the server closes or `tell` has nothing to say any more.
pub(super) fn stream<F>(app: &Arc<App>, tell: impl Fn() -> F + Send + 'static) -> Response
where
    F: Future<Output = Option<Event>> + Send + 'static,
{
    let events = WatchStream::new(app.live.watch())
        .then(move |_version| tell())
        .take_while(|event| std::future::ready(event.is_some()))
        .filter_map(|event| std::future::ready(event.map(|event| Ok::<_, Infallible>(event.retry(RETRY)))))
        .take_until(app.closing.clone().cancelled_owned());
    let beat = KeepAlive::new().interval(BEAT).event(Event::default().event("pouls").data("1"));
    let mut response = Sse::new(events).keep_alive(beat).into_response();
    // Proxies that collect answers before they pass them on would hold the events back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
