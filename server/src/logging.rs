//! What the server says of itself, and to whom: lines on the standard error.

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Registry};

use crate::settings::{Log, LogFormat};

/// The crates whose finest lines may be read by whoever asks for them.
const OWN: [&str; 3] = ["accueil_server", "queue_engine", "wire"];

/// Who writes the lines that the settings ask for. Libraries say no more than [`LevelFilter::INFO`], whatever is asked for:
/// in their finer lines requests stand as they came, with a ticket's secret in the address and a session's in the cookie.
pub fn subscriber<W>(log: &Log, colours: bool, writer: W) -> Result<Box<dyn Subscriber + Send + Sync>, ParseError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let own = OWN.map(|name| (name, LevelFilter::TRACE));
    let held = Targets::new().with_default(LevelFilter::INFO).with_targets(own);
    let said = Registry::default().with(EnvFilter::builder().parse(&log.filter)?).with(held);
    let lines = layer().with_ansi(colours).with_writer(writer);
    Ok(match log.format {
        LogFormat::Text => Box::new(said.with(lines)),
        LogFormat::Json => Box::new(said.with(lines.json())),
    })
}
