//! A virtual site: the real server and the real borne as processes, a virtual printer, an agent and a hall display that
//! speak to them as people's browsers do. It serves the tests across crates and the demonstration.

pub mod agent;
pub mod bench;
pub mod borne;
pub mod display;
pub mod hours;
pub mod office;
pub mod proc;
pub mod process;
pub mod senses;
pub mod server;
pub mod site;
pub mod visit;

use std::path::PathBuf;
use std::time::Duration;

/// The longest that anything of a virtual site may take; a machine under load is slow, not broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The project's folder.
#[must_use]
pub fn project() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// A port of the loopback that was free a moment ago.
pub fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Chooses the cryptography of TLS for this process, which clients ask for even without TLS.
pub fn client() -> anyhow::Result<reqwest::ClientBuilder> {
    kiosk_runtime::sync::provide_tls();
    Ok(reqwest::Client::builder().tls_certs_only([]))
}
