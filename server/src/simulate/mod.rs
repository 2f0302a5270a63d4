//! A whole day of a site, played against a running server over HTTP: bornes that enrol, sign and send, agents who sign in,
//! call and receive. For demonstrations and for load.
//!
//! Who comes follows from a [`Scenario`] and its seed. Speed shortens everything but what the server counts itself: an absence
//! takes as long as the rules of calls say. A counter that somebody has is left to them. However the day ends, nothing of it
//! goes on: counters are closed, sessions and accounts end, and whoever still waits is cancelled; the tickets stay in the
//! day's figures. What a day could not end, as one that was killed, the next one ends before it begins. Its bornes stay for
//! that: [`Stage::retire`] ends them.

mod account;
pub mod agent;
mod asked;
mod borne;
mod cast;
mod counter;
mod kept;
mod known;
mod left;
mod pace;
pub mod page;
mod scenario;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use queue_engine::simulation::{Day, Visitor};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::catalogue::Catalogue;
use wire::ids::CounterId;

pub use self::asked::AskError;
use self::borne::Borne;
use self::cast::Cast;
use self::kept::Kept;
pub use self::kept::KeptError;
use self::known::Known;
use self::pace::Pace;
pub use self::scenario::{BROUGHT, Opening, Scenario, ScenarioError};
use crate::password;
use crate::refusal::chain;
use crate::store::{Store, StoreError};

/// Why a day cannot be played, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The scenario cannot be played.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The speed is no speed.
    #[error("the speed is {0}: choose a number from 0.1 to 1000")]
    Speed(f64),
    /// The address is none.
    #[error("`{0}` is no address of a server such as http://127.0.0.1:8080")]
    Url(String),
    /// The server does not answer, or something else.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The bornes' keys cannot be had.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// The server takes no more bornes.
    #[error("no borne can be enrolled: {0}")]
    NotEnrolled(String),
    /// People come to the site.
    #[error(
        "people come to the site ({0}), and the day's agents would call whoever takes a ticket there, as if they received \
         them: play it on a server of its own, or say --among-people"
    )]
    AmongPeople(String),
    /// Somebody has each counter.
    #[error("no counter is free ({0}): wait until somebody leaves theirs, or name others in the scenario")]
    NoCounter(String),
    /// A counter could not be closed.
    #[error("counter {counter} is still open: {why} Close it at /salle")]
    StillOpen {
        /// Which one.
        counter: CounterId,
        /// What the server says.
        why: String,
    },
    /// An agent cannot work on.
    #[error("the agent of counter {counter} cannot go on")]
    Agent {
        /// Where.
        counter: CounterId,
        /// Why.
        #[source]
        source: AskError,
    },
    /// An account has a name of the simulation's, and another password.
    #[error(
        "the account `{0}` has a password that no day gave it, and is left alone: choose another folder with --state"
    )]
    NotOurs(String),
    /// A borne may not end the tickets that it gave.
    #[error("tickets of a borne that has no rights any more still wait ({0}): end them at /salle")]
    StillWait(usize),
    /// Not everything could be ended that a day left.
    #[error("not everything has ended that was played: {}", .0.join("; "))]
    Left(Vec<String>),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be made.
    #[error("no password could be made")]
    Password(#[source] password::PasswordError),
    /// The operating system gave no random bits.
    #[error("the system gives no random bits")]
    Random(#[source] getrandom::Error),
    /// An event could not be written.
    #[error("an event could not be written")]
    Event(#[from] serde_json::Error),
    /// Something is not as it was when the day began.
    #[error("{0} has changed while the day was played")]
    Changed(&'static str),
}

impl From<reqwest::Error> for SimulateError {
    fn from(e: reqwest::Error) -> Self {
        Self::Ask(e.into())
    }
}

/// Where days are played.
pub struct Stage {
    /// The server's address.
    pub url: String,
    /// The store that the server uses: accounts and codes are made there.
    pub store: Arc<dyn Store>,
    /// Where the keys of its bornes and agents are kept.
    pub state: PathBuf,
    /// The site.
    pub catalogue: Catalogue,
}

/// A day to play.
pub struct Run {
    /// Where.
    pub stage: Stage,
    /// Who comes, and which counters are open.
    pub scenario: Scenario,
    /// How many seconds of the day pass in one.
    pub speed: f64,
    /// Whether it may be played where people come too: its agents call whoever is next.
    pub among_people: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many tickets bornes gave.
    pub tickets: usize,
    /// How many people were called.
    pub called: usize,
    /// How many were served.
    pub served: usize,
    /// How many were noted absent.
    pub absent: usize,
    /// How many still waited at the end, and were cancelled.
    pub cancelled: usize,
    /// How long those waited who were called, in minutes of the day: on average, and the longest.
    pub waited_min: (f64, f64),
}

impl Run {
    /// Plays the day to its end, or until `stop` resolves; then ends what goes on of it. `tell` hears how it goes.
    pub async fn play(
        self,
        stop: impl Future<Output = ()>,
        tell: impl Fn(&str) + Send + Sync,
    ) -> Result<Summary, SimulateError> {
        self.scenario.check(&self.stage.catalogue)?;
        if !(0.1..=1000.0).contains(&self.speed) {
            return Err(SimulateError::Speed(self.speed));
        }
        let kept = Kept::open(&self.stage.state, self.stage.catalogue.site.id)?;
        let mut cast = Cast::default();
        let known = Arc::new(Known::default());
        let over = CancellationToken::new();
        let stopping = async {
            stop.await;
            tell("stopping: who is at a counter is served, counters are closed");
            over.cancel();
            std::future::pending().await
        };
        let played = tokio::select! {
            played = self.through(&kept, &mut cast, &known, &over, &tell) => played,
            () = stopping => Ok(()),
        };
        match (played, self.stage.clear(&kept).await) {
            (Ok(()), cleared) => Ok(Summary { cancelled: cleared?, ..known.summary() }),
            (Err(e), cleared) => {
                if let Err(left) = cleared {
                    tell(&chain(&left));
                }
                Err(e)
            }
        }
    }

    /// From the first to the last minute. Whatever happens, whoever sat down at a counter has left it then.
    async fn through(
        &self,
        kept: &Kept,
        cast: &mut Cast,
        known: &Arc<Known>,
        over: &CancellationToken,
        tell: &(impl Fn(&str) + Sync),
    ) -> Result<(), SimulateError> {
        let day = self.scenario.day(Timestamp::now());
        let mut result = self.gather(kept, cast, over, tell).await;
        if result.is_err() {
            over.cancel();
        } else {
            let counters: Vec<&str> = cast.agents.iter().map(|(_, opening)| opening.counter.as_str()).collect();
            let (people, counters) = (day.visitors.len(), counters.join(", "));
            tell(&format!("{}: {people} people; open: {counters}", self.scenario.name));
        }
        let pace = Pace { began: Instant::now(), speed: self.speed, over: over.clone() };
        let mut tasks: JoinSet<Result<(), SimulateError>> = JoinSet::new();
        for (n, borne) in cast.bornes.iter().enumerate() {
            let visitors = day.visitors.iter().skip(n).step_by(cast.bornes.len()).cloned().collect();
            let (borne, known, pace) = (Arc::clone(borne), Arc::clone(known), pace.clone());
            tasks.spawn(give(borne, visitors, self.stage.catalogue.clone(), pace, known));
        }
        for (agent, opening) in cast.agents.drain(..) {
            let (known, pace) = (Arc::clone(known), pace.clone());
            tasks.spawn(async move { counter::serve(agent, opening, pace, &known).await });
        }
        let work = async {
            while let Some(done) = tasks.join_next().await {
                let done = match done {
                    Ok(done) => done,
                    Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
                    Err(_) => Ok(()),
                };
                if done.is_err() {
                    over.cancel();
                }
                result = std::mem::replace(&mut result, Ok(())).and(done);
            }
        };
        tokio::select! {
            () = work => {}
            () = news(&pace, &day, known, tell) => {}
        }
        result
    }
}

/// A borne's day.
async fn give(
    borne: Arc<Mutex<Borne>>,
    visitors: Vec<Visitor>,
    catalogue: Catalogue,
    pace: Pace,
    known: Arc<Known>,
) -> Result<(), SimulateError> {
    let mut borne = borne.lock().await;
    for visitor in visitors {
        if !pace.until(visitor.comes_s).await {
            break;
        }
        let expected = visitor.expected_s.map(|at| at - visitor.comes_s);
        let expected = expected.map(|s| SignedDuration::try_from(pace.of(s)).unwrap_or_default());
        let label = borne.issue(&visitor, expected, &catalogue).await?;
        known.came(label.display(), visitor);
    }
    Ok(())
}

/// How it goes, each half-hour of the day.
async fn news(pace: &Pace, day: &Day, known: &Known, tell: &impl Fn(&str)) {
    for minutes in (1..).map(|half_hours| half_hours * 30).take_while(|minutes| minutes * 60 < last_second(day) + 1_800)
    {
        if !pace.until(minutes * 60).await {
            break;
        }
        let Summary { tickets, called, served, absent, .. } = known.summary();
        tell(&format!("{minutes:>4} min: {tickets} tickets, {called} called, {served} served, {absent} absent"));
    }
    std::future::pending().await
}

/// When the last one has come and the last counter has closed.
fn last_second(day: &Day) -> i64 {
    let comes = day.visitors.iter().map(|visitor| visitor.comes_s).max().unwrap_or(0);
    let closes = day.shifts.iter().flat_map(|shift| &shift.open_min).map(|(_, to)| i64::from(*to) * 60).max();
    comes.max(closes.unwrap_or(0))
}
