//! Live pages: one stream a tab, which ends when the server does.

use std::convert::Infallible;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::select;
use futures_util::{Stream, StreamExt};
use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue};
use tokio::time::MissedTickBehavior;
use tokio_stream::wrappers::{IntervalStream, WatchStream};
use wire::token::Hash32;

use super::session::Person;
use crate::roles::Permission;
use crate::site::Site;
use crate::store::Seated;

/// A beat that pages can hear: silence for longer means that the line is cut.
pub(super) const BEAT: Duration = Duration::from_secs(5);
/// How soon a browser comes back.
const RETRY: Duration = Duration::from_secs(1);

/// How often rights are looked at: they end within five seconds.
const LOOK: Duration = Duration::from_secs(4);

/// What became of looking.
pub(super) enum Next {
    /// Something to tell.
    Tell(Event),
    /// Nothing new.
    Same,
    /// Whoever listens may hear no more.
    End,
}

/// An event at once, one a change, and a look every few seconds at rights and at what has changed with time, until the
/// `tell` ends it.
pub(super) fn checked<F>(
    site: &Site,
    tell: impl Fn() -> F + Send + 'static,
) -> impl Stream<Item = Event> + Send + 'static
where
    F: Future<Output = Next> + Send + 'static,
{
    let changes = WatchStream::new(site.live.watch()).map(|_| ());
    until_the_end(select(changes, beats()).then(move |()| tell()))
}

/// Says only that something changed, to whoever has the permission: the page asks for what its reader may see. Who lost it
/// hears no more. `held` is kept for as long as somebody listens.
pub(super) fn changes<T: Send + Sync + 'static>(person: &Person, permission: Permission, held: T) -> Response {
    let (watcher, session) = (Arc::clone(&person.site), person.session);
    let told = Arc::new(AtomicU64::new(u64::MAX));
    let told = checked(&person.site, move || {
        let (site, told, _) = (Arc::clone(&watcher), Arc::clone(&told), &held);
        async move {
            match may(&site, session, permission).await {
                Some(true) => {
                    let version = *site.watch().borrow();
                    if told.swap(version, Ordering::Relaxed) == version {
                        return Next::Same;
                    }
                    Next::Tell(Event::default().event("etat").data("1"))
                }
                Some(false) => Next::End,
                // The store is away for a moment: the page stays as it is.
                None => Next::Same,
            }
        }
    });
    answer(&person.site, told)
}

/// The same for what is not of the hall: every few seconds `look` says how it is, and that it is another way is told.
pub(super) fn looks<F>(person: &Person, permission: Permission, look: impl Fn() -> F + Send + 'static) -> Response
where
    F: Future<Output = Option<u64>> + Send + 'static,
{
    let (site, session) = (Arc::clone(&person.site), person.session);
    let told = Arc::new(Mutex::new(None));
    let looks = beats().then(move |()| {
        let (site, told, looked) = (Arc::clone(&site), Arc::clone(&told), look());
        async move {
            match may(&site, session, permission).await {
                Some(false) => return Next::End,
                // The store is away for a moment: the page stays as it is.
                None => return Next::Same,
                Some(true) => {}
            }
            let Some(seen) = looked.await else { return Next::Same };
            if told.lock().unwrap_or_else(PoisonError::into_inner).replace(seen) == Some(seen) {
                return Next::Same;
            }
            Next::Tell(Event::default().event("etat").data("1"))
        }
    });
    answer(&person.site, until_the_end(looks))
}

/// Whether a session may still do something at a site; none where the store does not say.
async fn may(site: &Site, session: Hash32, permission: Permission) -> Option<bool> {
    let may = |seated: &Seated| seated.grants.iter().any(|grant| grant.allows(site.id, permission));
    let seated = site.store.session(session, site.clock.now()).await.ok()?;
    Some(seated.as_ref().is_some_and(may))
}

fn beats() -> impl Stream<Item = ()> {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    IntervalStream::new(looks).map(|_| ())
}

fn until_the_end(told: impl Stream<Item = Next>) -> impl Stream<Item = Event> {
    told.take_while(|next| std::future::ready(!matches!(next, Next::End))).filter_map(|next| {
        std::future::ready(match next {
            Next::Tell(event) => Some(event),
            Next::Same | Next::End => None,
        })
    })
}

/// What is told, with a beat in silence, until the server closes.
pub(super) fn answer(site: &Site, told: impl Stream<Item = Event> + Send + 'static) -> Response {
    let open = site.figures.stream();
    let told = told.map(move |event| {
        let _ = &open;
        Ok::<_, Infallible>(event.retry(RETRY))
    });
    let events = told.take_until(site.closing.clone().cancelled_owned());
    let beat = KeepAlive::new().interval(BEAT).event(Event::default().event("pouls").data("1"));
    let mut response = Sse::new(events).keep_alive(beat).into_response();
    // Proxies that collect answers before they pass them on would hold the events back.
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
