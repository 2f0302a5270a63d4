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

/// The libraries of which a filter asks for more than is written; `*` where it asks so of all at once.
pub fn held_back(log: &Log) -> Vec<String> {
    let asked = log.filter.split(',').map(|directive| directive.trim().rsplit_once('=').unwrap_or(("", directive)));
    let finer =
        asked.filter(|(_, level)| level.trim().parse::<LevelFilter>().is_ok_and(|level| level > LevelFilter::INFO));
    let targets = finer.map(|(target, _)| target.split(['[', ':']).next().unwrap_or_default().trim());
    let others = targets.filter(|target| !OWN.contains(target));
    others.map(|target| if target.is_empty() { "*" } else { target }.to_owned()).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_a_librarys_finer_lines_is_told_that_they_are_held_back() {
        let held = |filter: &str| held_back(&Log { filter: filter.to_owned(), ..Log::default() });
        assert!(held("info").is_empty());
        assert!(held("accueil_server=trace, queue_engine::fold=debug,warn").is_empty());
        assert_eq!(held("info,tower_http=debug,sqlx::query = trace,hyper=warn"), ["tower_http", "sqlx"]);
        assert_eq!(held("debug"), ["*"]);
    }
}
