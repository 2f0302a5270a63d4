//! The server with a clock that is moved from outside, for tests of pages that change with time.
//!
//! ```text
//! movable_clock SETTINGS AHEAD_MS
//! ```
//!
//! It serves as `accueil-server serve` does, `AHEAD_MS` milliseconds ahead of the machine. Each line of its standard input
//! is another such number; it answers with a line that holds the time from then on.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use accueil_server::{App, Clock, Settings, run};
use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [settings, ahead] = arguments.as_slice() else {
        anyhow::bail!("say with which settings, and how many milliseconds ahead: movable_clock SETTINGS AHEAD_MS");
    };
    let settings = Settings::load(Some(Path::new(settings)), None)?;
    let ahead = Arc::new(AtomicI64::new(milliseconds(ahead)?));
    let app = App::open(&settings, clock(&ahead)).await?;
    let listener = TcpListener::bind(settings.http.listen).await.context("the port is in use")?;
    let mut terminate = signal(SignalKind::terminate())?;
    // A thread of its own: reading the standard input cannot be interrupted.
    std::thread::spawn(move || follow(&ahead));
    run(app, listener, async move {
        terminate.recv().await;
    })
    .await;
    Ok(())
}

fn clock(ahead: &Arc<AtomicI64>) -> Clock {
    let ahead = Arc::clone(ahead);
    Clock::new(move || Timestamp::now() + SignedDuration::from_millis(ahead.load(Ordering::SeqCst)))
}

fn milliseconds(text: &str) -> anyhow::Result<i64> {
    text.trim().parse().with_context(|| format!("`{text}` is no number of milliseconds"))
}

/// Ends with its input: whoever moved the clock is gone, and the server with them.
fn follow(ahead: &Arc<AtomicI64>) {
    let clock = clock(ahead);
    for line in io::stdin().lock().lines() {
        let Some(moved) = line.ok().and_then(|line| milliseconds(&line).ok()) else { break };
        ahead.store(moved, Ordering::SeqCst);
        let _ = writeln!(io::stdout(), "{}", clock.now());
    }
    std::process::exit(0);
}
