//! One whole visit, from the touch to the counter and out past the survey, each step seen where its user sees it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::PATIENCE;
use crate::agent::Agent;
use crate::borne::{Borne, number_on};
use crate::display::Display;
use crate::process::until;
use crate::server::Server;

/// Answers of this many visitors leave the borne with their half-day; fewer wait for the day or the week.
const VISITORS: u32 = kiosk_runtime::survey::FEW;

/// What a visit left behind.
#[derive(Debug)]
pub struct Visit {
    /// The number, as on the screen.
    pub number: String,
    /// The picture of the paper.
    pub ticket: PathBuf,
}

/// Who plays the agent.
pub struct Staff<'a> {
    /// The name to sign in with.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// Where to sit.
    pub counter: &'a str,
    /// The hall's display.
    pub display: &'a str,
}

/// Plays it. `tell` hears each step once it was seen, with the time it took.
pub async fn play(
    server: &Server,
    borne: &Borne,
    staff: &Staff<'_>,
    mut tell: impl FnMut(&str, Duration),
) -> anyhow::Result<Visit> {
    let mut clock = Instant::now();
    let mut seen = |text: &str| {
        tell(text, clock.elapsed());
        clock = Instant::now();
    };
    let url = server.url();
    let mut display =
        Display::follow(&url, staff.display, &server.display_code(staff.display)?).await.context("the display")?;
    let agent = Agent::sign_in(&url, staff.name, staff.password, staff.counter).await.context("the agent")?;
    seen("agent signed in at the console, display open");

    let printed_before = borne.tickets().map_or(0, |t| t.len());
    borne.reaches("a printer that is ready", |s| s.core.printer_ready).await?;
    borne.tap("Prendre un ticket", &["S03"]).await?;
    let services = borne.screen().await?;
    let service = services.elements.iter().find(|e| e.role == "button").context("no service on S03")?;
    borne.tap(&service.label, &["S04"]).await?;
    borne.tap("Prendre un ticket", &["S14", "S15"]).await?;
    let ready = borne.becomes(|code| code == "S15", PATIENCE).await.context("the ticket's screen")?;
    let number = number_on(&ready).context("no number on S15")?;
    seen(&format!("visitor touched « {} » and got number {number}", service.label));

    let tickets = borne.tickets()?;
    ensure!(tickets.len() == printed_before + 1, "one ticket was printed, {} came out", tickets.len() - printed_before);
    let ticket = tickets.last().cloned().context("no ticket")?;
    seen(&format!("ticket printed: {}", ticket.display()));

    until("the ticket at the console", PATIENCE, || async {
        Ok(agent.console().await?.contains(&number).then_some(()))
    })
    .await?;
    seen("ticket arrived at the server and waits at the console");

    let page = agent.call_next().await?;
    ensure!(page.contains(&number), "the console called somebody else than {number}");
    let shown = display.shows(&number, PATIENCE).await?;
    seen(&format!("agent called {number}; the hall's display shows it at {}", shown.counter));

    agent.start().await?;
    agent.finish().await?;
    seen("agent received the visitor and finished");

    borne.tap("Terminer", &["S01"]).await?;
    answer_the_survey(borne).await?;
    let cells =
        borne.reaches("the answers in the borne's cells", |s| s.uplink.answer_cells > 0).await?.uplink.answer_cells;
    seen(&format!("{VISITORS} visitors answered; the borne holds {cells} cell(s), and no single answer"));

    close_half_day(borne).await?;
    let held = until("the answers at the server", PATIENCE, || async {
        let answers = server.answers()?;
        let total: u32 = answers.iter().map(|(_, _, n)| n).sum();
        Ok((total >= VISITORS).then_some(answers))
    })
    .await?;
    let total: u32 = held.iter().map(|(_, _, n)| n).sum();
    let (period, vector, _) = held.first().context("no cell at the server")?;
    ensure!(total == VISITORS, "the server counts {held:?}");
    let cells = held.len();
    seen(&format!(
        "half-day closed by the moved clock; the server counts {total} answers {vector} of {period} in {cells} cell(s)"
    ));
    Ok(Visit { number, ticket })
}

async fn answer_the_survey(borne: &Borne) -> anyhow::Result<()> {
    // Five answers of one half-day: where it is about to end, the next one begins first.
    let status = borne.status().await?;
    let left = status.half_day_ends.duration_since(status.time).as_secs();
    if left < 600 {
        borne.advance_clock(u32::try_from(left + 1).unwrap_or(0)).await?;
    }
    for visitor in 1..=VISITORS {
        borne.tap("Donner mon avis", &["S18"]).await.with_context(|| format!("visitor {visitor}"))?;
        borne.tap("Très bien", &["S19"]).await?;
        borne.tap("Très claires", &["S20"]).await?;
        borne.tap("Terminer", &["S01"]).await?;
    }
    Ok(())
}

/// Moves the borne's clock to the end of its half-day, then past the random delay of its batch.
async fn close_half_day(borne: &Borne) -> anyhow::Result<()> {
    let status = borne.status().await?;
    let left = status.half_day_ends.duration_since(status.time).as_secs() + 1;
    let Ok(left) = u32::try_from(left) else { bail!("the half-day ends before it began") };
    borne.advance_clock(left).await?;
    borne.reaches("the closed half-day", |s| s.uplink.answer_cells == 0 && s.uplink.answers_waiting > 0).await?;
    borne.advance_clock(*kiosk_runtime::survey::DELAY_MIN.end() * 60 + 1).await
}
