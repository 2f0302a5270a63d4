//! From a listener to its end.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::connections::Entrance;
use crate::housekeeping::Housekeeping;
use crate::room::Row;
use crate::settings::Settings;
use crate::tls::{self, Tls};
use crate::{api, following, hooks, machine, metrics, pages};

/// How long requests under way may take to end after the shutdown began.
const GRACE: Duration = Duration::from_secs(2);
/// How often the server looks whether a service day has begun.
const LOOK: Duration = Duration::from_secs(30);

/// Where clients come in.
#[derive(Debug)]
pub struct Listeners {
    /// In the clear. Where the server speaks TLS itself, this one only leads there.
    pub plain: TcpListener,
    /// Where it speaks TLS.
    pub tls: Option<TcpListener>,
    /// Where it tells its figures.
    pub metrics: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(plain: TcpListener) -> Self {
        Self { plain, tls: None, metrics: None }
    }
}

/// Opens the server with the machine's clock and serves until `shutdown` resolves.
pub async fn serve(
    settings: &Settings,
    listeners: impl Into<Listeners>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let app = App::open(settings, Clock::system()).await?;
    run(app, listeners, shutdown).await;
    Ok(())
}

/// Serves until `shutdown` resolves; streams end at once, other requests within two seconds.
pub async fn run(app: Arc<App>, listeners: impl Into<Listeners>, shutdown: impl Future<Output = ()> + Send + 'static) {
    let closing = app.closing.clone();
    let house =
        [Housekeeping::default(), Housekeeping::long()].map(|jobs| tokio::spawn(keep_house(Arc::clone(&app), jobs)));
    let following = tokio::spawn({
        let app = Arc::clone(&app);
        async move { following::keep_up(&app).await }
    });
    let beating = tokio::spawn({
        let app = Arc::clone(&app);
        async move { machine::keep_pulse(&app).await }
    });
    let telling = tokio::spawn({
        let app = Arc::clone(&app);
        async move { hooks::keep_telling(&app).await }
    });
    let graceful = closing.clone();
    tokio::spawn(async move {
        shutdown.await;
        graceful.cancel();
    });
    let serving = serve_all(Arc::clone(&app), listeners.into());
    let late = async {
        closing.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = serving => {}
        () = late => {}
    }
    house.iter().for_each(tokio::task::JoinHandle::abort);
    following.abort();
    telling.abort();
    beating.abort();
    // What was answered from memory stays answered over a restart.
    let _ = tokio::time::timeout(GRACE, app.keep_counters()).await;
}

async fn serve_all(app: Arc<App>, listeners: Listeners) {
    let entrance = Entrance::new(&app.http, &app.closing);
    let figures = async {
        if let Some(listener) = listeners.metrics {
            entrance.serve(listener, None, metrics::router(Arc::clone(&app))).await;
        }
    };
    let all = router(Arc::clone(&app));
    let asked = async {
        match app.tls.as_ref().map(Tls::acceptor) {
            None => entrance.serve(listeners.plain, None, all).await,
            Some(acceptor) => {
                let strict = HeaderValue::from_static(tls::STRICT);
                let all = all.layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, strict));
                let plain = entrance.serve(listeners.plain, None, tls::plain_router(Arc::clone(&app)));
                match listeners.tls {
                    Some(listener) => drop(tokio::join!(plain, entrance.serve(listener, Some(acceptor), all))),
                    None => plain.await,
                }
            }
        }
    };
    tokio::join!(asked, figures);
    entrance.emptied().await;
}

async fn keep_house(app: Arc<App>, mut jobs: Housekeeping) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        jobs.look(&app).await;
    }
}

/// The table of routes: who may use which.
#[must_use]
pub fn rows(app: &Arc<App>) -> Vec<Row> {
    let rooms = [machine::room(app), api::room(app)].into_iter().chain(pages::rooms(app));
    rooms.flat_map(|room| room.into_parts().0).collect()
}

/// Every route.
pub fn router(app: Arc<App>) -> Router {
    let mut pages = Router::new();
    for room in pages::rooms(&app) {
        pages = pages.merge(room.into_parts().1);
    }
    Router::new()
        .merge(machine::room(&app).into_parts().1)
        .merge(api::with_rules(api::room(&app).into_parts().1))
        .merge(pages::with_rules(pages))
        .layer(middleware::from_fn(finish_what_began))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), log_request))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// A request that changes something goes on to its end, whether or not somebody still waits for the answer: between the
/// commit and the hall in memory there is no place to stop.
async fn finish_what_began(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The server ends.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

/// One line and one count a request, by its route: an address may hold a ticket's token.
async fn log_request(State(app): State<Arc<App>>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let (method, began) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    app.figures.answered(path.as_ref().map(MatchedPath::as_str), response.status(), began.elapsed());
    let route = path.as_ref().map_or("-", MatchedPath::as_str);
    tracing::debug!(%method, route, status = response.status().as_u16(), "request");
    response
}
