//! Where the program writes what happens: standard error, for the machine's journal; and memory, for a technician elsewhere,
//! who sees nothing of visitors.

use std::fmt::{self, Write as _};
use std::io::IsTerminal as _;

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
    // Whose line it is stands in it: what is sent elsewhere leaves those out that are not ours.
    let colours = std::io::stderr().is_terminal();
    let journal = lines::layer().with_writer(std::io::stderr).with_ansi(colours).with_filter(filter);
    let recent = Recent::default();
    tracing_subscriber::registry().with(journal).with(kept(recent.clone())).init();
    recent
}

/// Keeps our lines from [`Level::INFO`] on, whatever is written elsewhere.
fn kept<S: Subscriber + for<'span> LookupSpan<'span>>(recent: Recent) -> impl Layer<S> {
    Keeping(recent).with_filter(Targets::new().with_targets(OURS.map(|target| (target, Level::INFO))))
}

/// A number in the hall is somebody's.
fn is_of_visitors(field: &str) -> bool {
    field.starts_with("ticket.")
}

/// A line of standard error as [`Recent`] would have kept it; none where it is not ours, or no such line at all.
pub(super) fn kept_of(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let at: Timestamp = words.next()?.parse().ok()?;
    let level: Level = words.next()?.parse().ok()?;
    let target = words.next()?.strip_suffix(':')?;
    let ours =
        OURS.iter().any(|ours| target.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")));
    if !ours || level > Level::INFO {
        return None;
    }
    let (_, said) = line.split_once(&format!(" {target}: "))?;
    let mut kept = format!("{} {level}", at.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let mut of_visitors = false;
    // A value may hold blanks: it goes on until the next field.
    for word in said.split(' ') {
        if let Some((field, _)) = word.split_once('=').filter(|(field, _)| is_field(field)) {
            of_visitors = is_of_visitors(field);
        }
        if !of_visitors {
            kept.push(' ');
            kept.push_str(word);
        }
    }
    Some(kept)
}

fn is_field(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte))
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
            name if is_of_visitors(name) => Ok(()),
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

    #[test]
    fn the_journal_is_told_elsewhere_as_the_lines_in_memory_are() {
        #[derive(Clone, Default)]
        struct Journal(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
        impl std::io::Write for Journal {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (recent, journal) = (Recent::default(), Journal::default());
        let writer = journal.clone();
        let layer = lines::layer().with_ansi(false).with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer).with(kept(recent.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "kiosk_runtime::core", { ticket.label = %"A 142", print = 3, ticket.seq = 9 }, "ticket issued");
            tracing::warn!(target: "drivers::printer", { device = %"usb:04b8" }, "it is away: why");
            tracing::debug!(target: "kiosk_runtime::core", "too much");
            tracing::warn!(target: "elsewhere::borne", "what it was given");
        });
        let written = String::from_utf8(journal.0.lock().unwrap().clone()).unwrap();
        assert!(written.contains("A 142") && written.lines().count() == 4, "{written}");
        let told: String = written.lines().filter_map(kept_of).flat_map(|line| [line, "\n".to_owned()]).collect();
        assert_eq!(told, recent.text());
        assert_eq!(kept_of("thread 'core' panicked at src/x.rs:1:2:"), None);
    }
}
