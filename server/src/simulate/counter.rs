//! A counter's day.

use std::time::Duration;

use queue_engine::simulation::Presence;
use tokio::time::Instant;
use wire::ids::CounterId;

use super::agent::{Agent, Pressed};
use super::asked::{AskError, LEAST};
use super::known::Known;
use super::pace::Pace;
use super::page::{number, refusal};
use super::{Opening, SimulateError};

/// From the call to the counter, in seconds of the day.
const WALK_S: i64 = 20;
/// How often a counter with nobody to call looks again, in seconds of the day.
const LOOK_S: i64 = 15;
/// How long somebody takes whom the day does not know.
const UNKNOWN_S: i64 = 120;
/// How often an absence is tried, and how long after each other.
const TRIES: usize = 20;
const BETWEEN: Duration = Duration::from_secs(6);

/// Calls and receives as its opening says, for as long as the day lasts; then the counter is closed and left.
pub(super) async fn serve(agent: Agent, opening: Opening, pace: Pace, known: &Known) -> Result<(), SimulateError> {
    let counter = &opening.counter;
    let played = open(&agent, &opening, &pace, known).await;
    // However that ended: nobody stays at the counter, and the counter stays open to nobody.
    let left = leave(&agent, counter).await;
    if left.as_ref().is_ok_and(|served| *served) {
        known.served();
    }
    played.map_err(|source| SimulateError::Agent { counter: counter.clone(), source }).and(left.map(drop))
}

async fn open(agent: &Agent, opening: &Opening, pace: &Pace, known: &Known) -> Result<(), AskError> {
    for (from, to) in &opening.open_min {
        if *from > 0 {
            agent.pause().await?;
            if !pace.until(i64::from(*from) * 60).await {
                break;
            }
            agent.press("/guichet/ouvrir").await?;
        }
        let closes = pace.began + pace.of(i64::from(*to) * 60);
        while Instant::now() < closes && !pace.over.is_cancelled() {
            let page = match agent.press("/guichet/appeler").await? {
                Pressed::Done(page) | Pressed::Refused(page) => page,
                Pressed::NotOffered => agent.console().await?,
            };
            match number(&page) {
                Some(label) => receive(agent, label, pace, known).await?,
                None => drop(pace.rest(pace.of(LOOK_S).max(LEAST)).await),
            }
        }
    }
    Ok(())
}

/// Receives whom the counter has called. Where the day is over before, they are still there.
async fn receive(agent: &Agent, label: &str, pace: &Pace, known: &Known) -> Result<(), AskError> {
    let visitor = known.called(label, pace);
    if !pace.pause(WALK_S).await {
        return Ok(());
    }
    let presence = visitor.as_ref().map_or(Presence::There, |visitor| visitor.presence);
    if presence != Presence::There && absent(agent, pace).await? {
        known.absent(label);
        return Ok(());
    }
    agent.press("/guichet/demarrer").await?;
    if !pace.pause(visitor.map_or(UNKNOWN_S, |visitor| visitor.takes_s)).await {
        return Ok(());
    }
    if let Pressed::Done(_) = agent.press("/guichet/terminer").await? {
        known.served();
    }
    Ok(())
}

/// Calls again and notes the absence as soon as the rules allow it, in the server's own time. False where they do not in
/// two minutes: then the person has come after all.
async fn absent(agent: &Agent, pace: &Pace) -> Result<bool, AskError> {
    for _ in 0..TRIES {
        if !pace.rest(BETWEEN).await {
            break;
        }
        agent.press("/guichet/rappeler").await?;
        if let Pressed::Done(_) = agent.press("/guichet/absent").await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whoever is still there has been served; the counter is closed and the agent signs out. Answers whether anybody was.
pub(super) async fn leave(agent: &Agent, counter: &CounterId) -> Result<bool, SimulateError> {
    let failed = |source| SimulateError::Agent { counter: counter.clone(), source };
    let served = agent.let_go().await.map_err(failed)?;
    let why = match agent.leave().await.map_err(failed)? {
        Pressed::Done(_) => {
            agent.sign_out().await.map_err(failed)?;
            return Ok(served);
        }
        Pressed::Refused(page) => refusal(&page).unwrap_or_default(),
        Pressed::NotOffered => "its page offers no way to leave it.".to_owned(),
    };
    Err(SimulateError::StillOpen { counter: counter.clone(), why })
}
