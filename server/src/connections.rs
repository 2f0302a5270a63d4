//! From a listener to requests: who may come in, and how long they may take to say what they want.
//!
//! HTTP/1.1 only: browsers speak HTTP/2 over TLS, which a proxy in front ends. The library's own server hides the deadline
//! for a request's head; without it a handful of slow clients hold every connection.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::serve::Listener;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::limits::{Limiter, subscriber};
use crate::settings::Http;

/// The largest head of a request, in bytes.
const HEAD_MAX: usize = 16 << 10;
/// How often the log tells of an address that takes too many connections.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// How many connections each address holds.
#[derive(Debug, Default)]
struct Held(Mutex<HashMap<IpAddr, usize>>);

/// One connection's place among those of its address; given back when it ends.
struct Place {
    held: Arc<Held>,
    address: IpAddr,
}

impl Held {
    fn take(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Place> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { held: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

/// Serves until `closing`, then until the last request has been answered.
pub(crate) async fn serve(mut listener: TcpListener, router: Router, settings: &Http, closing: &CancellationToken) {
    let all = Arc::new(Semaphore::new(settings.connections().min(Semaphore::MAX_PERMITS)));
    let held = Arc::new(Held::default());
    let told = Limiter::new(1, TELL_AGAIN);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(settings.head_deadline()).max_header_size(HEAD_MAX);
    let graceful = GracefulShutdown::new();
    loop {
        let came = tokio::select! {
            came = next(&all, &mut listener) => came,
            () = closing.cancelled() => break,
        };
        let (any, stream, peer) = came;
        let address = subscriber(peer.ip());
        let Some(own) = held.take(address, settings.connections_of(peer.ip())) else {
            if told.take(address, Timestamp::now()).is_ok() {
                tracing::warn!(%address, "too many connections; if it is a proxy, name it in http.trusted_proxies");
            }
            continue;
        };
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::debug!(error = %e, "connection ended early");
            }
            drop((any, own));
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection once there is a place for it: until then it waits in the system's queue.
async fn next(
    all: &Arc<Semaphore>,
    listener: &mut TcpListener,
) -> (Result<OwnedSemaphorePermit, AcquireError>, TcpStream, SocketAddr) {
    let place = Arc::clone(all).acquire_owned().await;
    let (stream, peer) = Listener::accept(listener).await;
    (place, stream, peer)
}

async fn answer(router: Router, peer: SocketAddr, request: Request<Incoming>) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
