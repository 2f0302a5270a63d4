//! From a listener to requests: who may come in, and how long they may take to say what they want.
//!
//! HTTP/1.1 in the clear; over TLS what the handshake agreed on, HTTP/2 where the browser speaks it: its many streams on one
//! connection let a person keep several pages open. Nothing guesses the version from the first bytes: a client that sends none would hold its place.
//! The library's own server hides the deadline for a request's head; without it a handful of slow clients hold every
//! connection. HTTP/2 knows no such deadline: there a connection with nothing under way ends after the same time.

mod busy;
mod line;
mod places;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::serve::Listener;
use http::{HeaderValue, Request, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::limits::{Limiter, subscriber};
use crate::settings::Http;
use busy::{Answering, Busy};
use line::{Line, Live};
use places::Held;

/// The largest head of a request, in bytes.
const HEAD_MAX: u16 = 16 << 10;
/// As many requests as one HTTP/2 connection has under way at once.
const STREAMS_MAX: u32 = 64;
/// As many bytes as the server holds of each answer that its client does not take.
const UNSENT_MAX: usize = 16 << 10;
/// How often the server asks whether the other side of an HTTP/2 connection is still there, and how long it waits for that;
/// as long a line of HTTP/1.1 may be silent under a live page, which says something every few seconds.
const ALIVE: Duration = Duration::from_secs(20);
/// How long a connection that was told to end may take to do so.
const LINGER: Duration = Duration::from_secs(5);
/// How often the log tells of an address that takes too many connections.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// The way in: several listeners share its places.
pub(crate) struct Entrance {
    settings: Http,
    all: Arc<Semaphore>,
    held: Arc<Held>,
    told: Limiter<IpAddr>,
    open: TaskTracker,
    closing: CancellationToken,
}

/// What one connection is served with.
struct Visit {
    router: Router,
    /// Whether a live page is told over it.
    live: Live,
    peer: SocketAddr,
    head_deadline: Duration,
    closing: CancellationToken,
}

impl Entrance {
    pub(crate) fn new(settings: &Http, closing: &CancellationToken) -> Self {
        Self {
            settings: settings.clone(),
            all: Arc::new(Semaphore::new(settings.connections().min(Semaphore::MAX_PERMITS))),
            held: Arc::new(Held::default()),
            told: Limiter::new(1, TELL_AGAIN),
            open: TaskTracker::new(),
            closing: closing.clone(),
        }
    }

    /// Lets clients in until the server closes.
    pub(crate) async fn serve(&self, mut listener: TcpListener, tls: Option<TlsAcceptor>, router: Router) {
        loop {
            let came = tokio::select! {
                came = self.next(&mut listener) => came,
                () = self.closing.cancelled() => break,
            };
            let (any, stream, peer) = came;
            let address = subscriber(peer.ip());
            let Some(own) = self.held.take(address, self.settings.connections_of(peer.ip())) else {
                if self.told.take(address, Timestamp::now()).is_ok() {
                    tracing::warn!(%address, "too many connections; if it is a proxy, name it in http.trusted_proxies");
                }
                continue;
            };
            let (router, closing) = (router.clone(), self.closing.clone());
            let live = Live::default();
            let stream = Line::new(stream, live.clone(), ALIVE);
            let visit = Visit { router, live, peer, head_deadline: self.settings.head_deadline(), closing };
            let tls = tls.clone();
            self.open.spawn(async move {
                match tls {
                    None => visit.http1(stream).await,
                    Some(acceptor) => visit.tls(&acceptor, stream).await,
                }
                drop((any, own));
            });
        }
    }

    /// Resolves when the last request has been answered, once every listener has ended.
    pub(crate) async fn emptied(&self) {
        self.open.close();
        self.open.wait().await;
    }

    /// The next connection once there is a place for it: until then it waits in the system's queue.
    async fn next(
        &self,
        listener: &mut TcpListener,
    ) -> (Result<OwnedSemaphorePermit, AcquireError>, TcpStream, SocketAddr) {
        let place = Arc::clone(&self.all).acquire_owned().await;
        let (stream, peer) = Listener::accept(listener).await;
        (place, stream, peer)
    }
}

impl Visit {
    async fn tls(self, acceptor: &TlsAcceptor, stream: Line) {
        let shaken = tokio::select! {
            shaken = timeout(self.head_deadline, acceptor.accept(stream)) => shaken,
            () = self.closing.cancelled() => return,
        };
        let stream = match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(e)) => return tracing::debug!(error = %e, "no TLS agreed"),
            Err(_) => return tracing::debug!("no TLS agreed in time"),
        };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream).await;
        } else {
            self.http1(stream).await;
        }
    }

    async fn http1(self, stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.head_deadline).max_header_size(HEAD_MAX.into());
        let (router, peer, live) = (self.router, self.peer, self.live);
        let service = service_fn(move |request| {
            let (answered, live) = (answer(router.clone(), peer, request), live.clone());
            async move { answered.await.inspect(|said| live.carries(is_live_page(said))) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        // Its deadline for a head ends an idle one.
        converse(connection, self.head_deadline, |_| std::future::pending(), &self.closing).await;
    }

    async fn http2(self, stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static) {
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEAD_MAX.into())
            .max_send_buf_size(UNSENT_MAX)
            .keep_alive_interval(ALIVE)
            .keep_alive_timeout(ALIVE);
        let (router, peer, busy) = (self.router, self.peer, Busy::new());
        let count = busy.clone();
        let service = service_fn(move |request| {
            let (answered, under_way) = (answer(router.clone(), peer, request), count.begin());
            async move { answered.await.map(|said| said.map(|body| Answering::new(body, under_way))) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        converse(connection, self.head_deadline, |patience| busy.idle_for(patience), &self.closing).await;
    }
}

/// Serves a connection to its end. When the server closes, or `idle` resolves, what is under way is answered and nothing
/// new is taken; a client that has nothing under way and does not go is left.
async fn converse<C, I>(connection: C, patience: Duration, idle: impl Fn(Duration) -> I, closing: &CancellationToken)
where
    C: GracefulConnection<Error = hyper::Error>,
    I: Future<Output = ()>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        ended = &mut connection => return told(ended),
        () = idle(patience) => {}
        () = closing.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = &mut connection => told(ended),
        () = idle(LINGER) => {}
    }
}

fn told(ended: hyper::Result<()>) {
    if let Err(e) = ended {
        tracing::debug!(error = %e, "connection ended early");
    }
}

fn is_live_page(said: &Response) -> bool {
    said.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream")
}

/// HTTP/2 names the host in the request's address; what looks at the header finds it there in both.
async fn answer(router: Router, peer: SocketAddr, request: Request<Incoming>) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    let named = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = named {
        request.headers_mut().insert(header::HOST, host);
    }
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
