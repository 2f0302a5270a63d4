//! The control socket: HTTP over a Unix socket for `borne status`, `borne tap` and the others, with a live view of the
//! screen for a technician behind `ssh -L`. A demonstration serves it on the loopback as well.

mod live_view;
mod routes;
mod senses;
mod status;

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;

pub use routes::{ClockMove, ClockReport, SLIP_PATIENCE, ScreenReport, Tap, TapRefused};
pub use senses::{HeadsetReport, KeyPress, Spoken, Stroke};
pub use status::Status;

use crate::clock::Clock;
use crate::core::CoreHandle;
use crate::identity::Identity;
use crate::recent::Recent;
use crate::screen::Screen;
use crate::sync::UplinkHandle;

/// What the control socket speaks of.
#[derive(Clone)]
pub struct Desk {
    /// What technicians call the borne.
    pub name: String,
    /// Who it is.
    pub identity: Identity,
    /// Its site's time zone.
    pub zone: TimeZone,
    /// The loop.
    pub core: CoreHandle,
    /// The way up.
    pub uplink: UplinkHandle,
    /// The screen.
    pub screen: Arc<dyn Screen>,
    /// The wall clock.
    pub clock: Clock,
    /// The program's last lines.
    pub recent: Recent,
    /// Whether the clock may be moved: in a demonstration only.
    pub movable_clock: bool,
}

/// The control socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another borne listens there.
    #[error("a borne already runs with the control socket {0}; stop it first, or set control.socket")]
    Taken(PathBuf),
    /// The folder or the socket.
    #[error("the control socket {path} cannot be opened: {source}; check control.socket and who may write there")]
    Socket {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The loopback port.
    #[error("the live view cannot be served on {address}: {source}; choose another port")]
    LiveView {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Where the control server listens.
pub struct Doors {
    socket: std::os::unix::net::UnixListener,
    loopback: Option<std::net::TcpListener>,
}

impl Doors {
    /// Opens the socket, for the borne's user and group only; takes the place of a socket that nobody listens on.
    pub fn open(socket: &Path, live_view: Option<SocketAddr>) -> Result<Self, ControlError> {
        let fault = |source| ControlError::Socket { path: socket.to_owned(), source };
        if let Some(folder) = socket.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        if std::os::unix::net::UnixStream::connect(socket).is_ok() {
            return Err(ControlError::Taken(socket.to_owned()));
        }
        match std::fs::symlink_metadata(socket) {
            Ok(there) if there.file_type().is_socket() => std::fs::remove_file(socket).map_err(fault)?,
            Ok(_) => return Err(fault(io::Error::other("something that is no socket stands there"))),
            Err(_) => {}
        }
        let listener = std::os::unix::net::UnixListener::bind(socket).map_err(fault)?;
        std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o660)).map_err(fault)?;
        listener.set_nonblocking(true).map_err(fault)?;
        let loopback = live_view.map(|address| {
            let fault = |source| ControlError::LiveView { address, source };
            let listener = std::net::TcpListener::bind(address).map_err(fault)?;
            listener.set_nonblocking(true).map_err(fault)?;
            Ok(listener)
        });
        Ok(Self { socket: listener, loopback: loopback.transpose()? })
    }

    /// Where the live view is served.
    #[must_use]
    pub fn live_view(&self) -> Option<SocketAddr> {
        self.loopback.as_ref().and_then(|l| l.local_addr().ok())
    }
}

/// Serves until it is told to stop.
pub async fn serve(doors: Doors, desk: Desk, stop: CancellationToken) {
    let app = routes::router(desk);
    let on_socket = async {
        match UnixListener::from_std(doors.socket) {
            Ok(listener) => serve_on(listener, app.clone(), &stop).await,
            Err(error) => tracing::error!(%error, "the control socket does not listen"),
        }
    };
    let on_loopback = async {
        match doors.loopback.map(TcpListener::from_std) {
            Some(Ok(listener)) => serve_on(listener, app.clone(), &stop).await,
            Some(Err(error)) => tracing::error!(%error, "the live view does not listen"),
            None => {}
        }
    };
    tokio::join!(on_socket, on_loopback);
}

async fn serve_on<L: axum::serve::Listener>(listener: L, app: axum::Router, stop: &CancellationToken)
where
    L::Addr: std::fmt::Debug,
{
    let stop = stop.clone();
    let served = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await }).await;
    if let Err(error) = served {
        tracing::error!(%error, "the control server ended");
    }
}
