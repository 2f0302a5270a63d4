//! Where the program writes what happens: standard error, for the machine's journal; and memory, for a technician elsewhere,
//! who sees nothing of visitors.

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use kiosk_runtime::recent::Recent;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Context;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, fmt as lines};

/// Whose lines are kept for technicians elsewhere: those of programs that are not ours may quote what they are given.
const OURS: [&str; 4] = ["borne", "drivers", "kiosk_flow", "kiosk_runtime"];

/// Begins to write, and answers what is kept in memory.
pub(super) fn start() -> Recent {
    let filter = EnvFilter::try_from_env("BORNE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let journal = lines::layer().with_writer(std::io::stderr).with_target(false).with_filter(filter);
    let recent = Recent::default();
    tracing_subscriber::registry().with(journal).with(kept(recent.clone())).init();
    recent
}

/// Keeps our lines from [`Level::INFO`] on, whatever is written elsewhere.
fn kept<S: Subscriber + for<'span> LookupSpan<'span>>(recent: Recent) -> impl Layer<S> {
    Keeping(recent).with_filter(Targets::new().with_targets(OURS.map(|target| (target, Level::INFO))))
}

struct Keeping(Recent);

impl<S: Subscriber> Layer<S> for Keeping {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        let mut line = Line(format!("{now} {}", event.metadata().level()));
        event.record(&mut line);
        self.0.push(&line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            // A number in the hall is somebody's.
            name if name.starts_with("ticket.") => Ok(()),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technician_elsewhere_reads_our_lines_without_what_is_of_visitors() {
        let recent = Recent::default();
        let subscriber = tracing_subscriber::registry().with(kept(recent.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "kiosk_runtime::core", { ticket.label = "A 142", ticket.seq = 9 }, "ticket issued");
            tracing::warn!(target: "drivers::printer", { device = %"usb:04b8" }, "it is away");
            tracing::debug!(target: "kiosk_runtime::core", "too much");
            tracing::warn!(target: "elsewhere", "what it was given");
        });
        let text = recent.text();
        let said: Vec<&str> = text.lines().map(|line| &line["2026-11-21T09:42:00Z ".len()..]).collect();
        assert_eq!(said, ["INFO ticket issued", "WARN it is away device=usb:04b8"]);
    }
}
