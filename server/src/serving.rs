//! From a listener to its end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::housekeeping::Housekeeping;
use crate::settings::Settings;
use crate::{connections, machine, pages};

/// How long requests under way may take to end after the shutdown began.
const GRACE: Duration = Duration::from_secs(2);
/// How often the server looks whether a service day has begun.
const LOOK: Duration = Duration::from_secs(30);

/// Opens the server with the machine's clock and serves until `shutdown` resolves.
pub async fn serve(
    settings: &Settings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let app = App::open(settings, Clock::system()).await?;
    run(app, listener, shutdown).await;
    Ok(())
}

/// Serves until `shutdown` resolves; streams end at once, other requests within two seconds.
pub async fn run(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) {
    let closing = app.closing.clone();
    let house = tokio::spawn(keep_house(Arc::clone(&app)));
    let graceful = closing.clone();
    tokio::spawn(async move {
        shutdown.await;
        graceful.cancel();
    });
    let serving = connections::serve(listener, router(Arc::clone(&app)), &app.http, &closing);
    let late = async {
        closing.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = serving => {}
        () = late => {}
    }
    house.abort();
}

async fn keep_house(app: Arc<App>) {
    let mut housekeeping = Housekeeping::default();
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        housekeeping.look(&app).await;
    }
}

/// Every route.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(machine::routes())
        .merge(pages::routes(app.http.body_deadline()))
        .layer(middleware::from_fn(finish_what_began))
        .layer(middleware::from_fn(log_request))
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

/// One line a request, by its route: an address may hold a ticket's token.
async fn log_request(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = path.as_ref().map_or("-", MatchedPath::as_str);
    tracing::debug!(%method, route, status = response.status().as_u16(), "request");
    response
}
