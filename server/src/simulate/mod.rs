//! A whole day of a site, played against a running server over HTTP: bornes that enrol, sign and send, agents who sign in,
//! call and receive. For demonstrations and for load.
//!
//! Who comes follows from a [`Scenario`] and its seed. Speed shortens everything but what the server counts itself: an absence
//! takes as long as the rules of calls say. What was made for it, accounts and bornes, is taken away when it ends; the
//! tickets stay in the day's figures.

mod agent;
mod borne;
mod scenario;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use queue_engine::simulation::{Day, Presence, Visitor};
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;
use wire::catalogue::Catalogue;
use wire::enrolment::EnrolmentCode;
use wire::ids::{AgentRef, OriginId};
use wire::label::LabelForm;

use self::agent::{Agent, Pressed, number};
use self::borne::Borne;
pub use self::scenario::{Opening, Scenario, ScenarioError};
use crate::app::random;
use crate::password;
use crate::roles::Role;
use crate::store::{Grant, NewAccount, Store, StoreError};

/// From the call to the counter, in seconds of the day.
const WALK_S: i64 = 20;
/// How often a counter with nobody to call looks again, in seconds of the day.
const LOOK_S: i64 = 15;
/// The least pause between two looks: a server takes so many requests of one session.
const LEAST: Duration = Duration::from_millis(400);
/// How long somebody takes whom the day does not know.
const UNKNOWN_S: i64 = 120;
/// The longest that anything asked of the server may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often something that the server puts off is asked again.
const AGAIN: usize = 20;
/// How long an enrolment code lasts.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

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
    /// The server does not answer.
    #[error("the server does not answer: is it running, and is --url its address?")]
    Http(#[from] reqwest::Error),
    /// The server answers something else.
    #[error("{path} answers {status}")]
    Answer {
        /// What was asked.
        path: String,
        /// What it answered.
        status: StatusCode,
    },
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

/// A day to play.
pub struct Run {
    /// The server's address.
    pub url: String,
    /// The store that the server uses: accounts and codes are made there.
    pub store: Arc<dyn Store>,
    /// The site.
    pub catalogue: Catalogue,
    /// Who comes, and which counters are open.
    pub scenario: Scenario,
    /// How many seconds of the day pass in one.
    pub speed: f64,
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
    /// How long those waited who were called, in minutes of the day: on average, and the longest.
    pub waited_min: (f64, f64),
}

/// What is known while it is played.
#[derive(Default)]
struct Known {
    /// Who holds which number, and since when.
    people: BTreeMap<String, (Visitor, Instant)>,
    summary: Summary,
    waits: Vec<f64>,
}

/// The time of the day that is played.
#[derive(Clone, Copy)]
struct Pace {
    began: Instant,
    speed: f64,
}

impl Pace {
    fn of(self, seconds: i64) -> Duration {
        Duration::from_secs_f64((seconds.max(0) as f64 / self.speed).max(0.0))
    }

    async fn until(self, second: i64) {
        tokio::time::sleep_until(self.began + self.of(second)).await;
    }

    async fn pause(self, seconds: i64) {
        tokio::time::sleep(self.of(seconds)).await;
    }

    fn minutes(self, since: Instant) -> f64 {
        since.elapsed().as_secs_f64() * self.speed / 60.0
    }
}

/// What was made for the day.
struct Made {
    accounts: Vec<AgentRef>,
    bornes: Vec<OriginId>,
}

impl Run {
    /// Plays the day to its end, or until `stop` resolves; then takes away what was made for it. `tell` hears how it goes.
    pub async fn play(
        self,
        stop: impl Future<Output = ()>,
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Summary, SimulateError> {
        self.scenario.check(&self.catalogue)?;
        if !(0.1..=1000.0).contains(&self.speed) {
            return Err(SimulateError::Speed(self.speed));
        }
        let mut made = Made { accounts: Vec::new(), bornes: Vec::new() };
        let known = Arc::new(Mutex::new(Known::default()));
        let played = tokio::select! {
            played = self.through(&mut made, &known, tell) => played,
            () = stop => Ok(()),
        };
        let cleaned = self.take_away(&made).await;
        played?;
        cleaned?;
        let known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut summary = known.summary.clone();
        let longest = known.waits.iter().copied().fold(0.0, f64::max);
        summary.waited_min = (known.waits.iter().sum::<f64>() / known.waits.len().max(1) as f64, longest);
        Ok(summary)
    }

    async fn through(
        &self,
        made: &mut Made,
        known: &Arc<Mutex<Known>>,
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<(), SimulateError> {
        let day = self.scenario.day(Timestamp::now());
        let bornes = self.bornes(made).await?;
        let agents = self.agents(made).await?;
        tell(&format!("{}: {} people, {} counters", self.scenario.name, day.visitors.len(), agents.len()));
        let pace = Pace { began: Instant::now(), speed: self.speed };
        let mut tasks: JoinSet<Result<(), SimulateError>> = JoinSet::new();
        let share = bornes.len();
        for (n, borne) in bornes.into_iter().enumerate() {
            let visitors = day.visitors.iter().skip(n).step_by(share).cloned().collect();
            tasks.spawn(give(borne, visitors, self.catalogue.clone(), pace, Arc::clone(known)));
        }
        for (agent, opening) in agents.into_iter().zip(self.scenario.shift.clone()) {
            tasks.spawn(serve(agent, opening, pace, Arc::clone(known)));
        }
        let end = last_second(&day);
        let news = async {
            let mut minutes = 0;
            loop {
                minutes += 30;
                pace.until(minutes * 60).await;
                let text = {
                    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                    let Summary { tickets, called, served, absent, .. } = known.summary;
                    format!("{minutes:>4} min: {tickets} tickets, {called} called, {served} served, {absent} absent")
                };
                tell(&text);
                if minutes * 60 >= end {
                    std::future::pending::<()>().await;
                }
            }
        };
        let work = async {
            while let Some(done) = tasks.join_next().await {
                match done {
                    Ok(done) => done?,
                    Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
                    Err(_) => {}
                }
            }
            Ok(())
        };
        tokio::select! {
            done = work => done,
            () = news => Ok(()),
        }
    }

    async fn bornes(&self, made: &mut Made) -> Result<Vec<Borne>, SimulateError> {
        let http = client()?.build()?;
        let form = if self.scenario.bornes > 1 { LabelForm::Series } else { self.catalogue.site.label_form };
        let mut bornes = Vec::new();
        for n in 1..=self.scenario.bornes {
            let name = format!("Simulation {n}");
            let code = EnrolmentCode::from_random(random().map_err(SimulateError::Random)?);
            let expires = Timestamp::now() + CODE_LIFE;
            self.store.add_code(self.catalogue.site.id, code.hash(), Some(&name), expires).await?;
            let borne = Borne::enrol(&http, &self.url, code, &name, form).await?;
            made.bornes.push(borne.id);
            bornes.push(borne);
        }
        Ok(bornes)
    }

    async fn agents(&self, made: &mut Made) -> Result<Vec<Agent>, SimulateError> {
        let mut agents = Vec::new();
        for (n, opening) in (1..).zip(&self.scenario.shift) {
            let name = format!("Simulation {n}");
            let secret = Uuid::new_v4().simple().to_string();
            let hashed = password::hash(&secret).map_err(SimulateError::Password)?;
            let account = NewAccount { name: name.clone(), password: Some(hashed), ..NewAccount::default() };
            let id = self.store.put_account(&account).await?;
            made.accounts.push(id);
            self.store.disable(id, None).await?;
            let grant = Grant { site: Some(self.catalogue.site.id), role: Role::Agent };
            self.store.set_grants(id, &[grant]).await?;
            agents.push(Agent::sign_in(&self.url, &name, &secret, opening.counter.as_str()).await?);
        }
        Ok(agents)
    }

    async fn take_away(&self, made: &Made) -> Result<(), SimulateError> {
        for account in &made.accounts {
            self.store.close_sessions_of(*account).await?;
            self.store.set_grants(*account, &[]).await?;
            self.store.disable(*account, Some(Timestamp::now())).await?;
        }
        for borne in &made.bornes {
            self.store.revoke(*borne, Timestamp::now()).await?;
        }
        Ok(())
    }
}

/// When the last one has come and the last counter has closed.
fn last_second(day: &Day) -> i64 {
    let comes = day.visitors.iter().map(|visitor| visitor.comes_s).max().unwrap_or(0);
    let closes = day.shifts.iter().flat_map(|shift| &shift.open_min).map(|(_, to)| i64::from(*to) * 60).max();
    comes.max(closes.unwrap_or(0))
}

/// A borne's day.
async fn give(
    mut borne: Borne,
    visitors: Vec<Visitor>,
    catalogue: Catalogue,
    pace: Pace,
    known: Arc<Mutex<Known>>,
) -> Result<(), SimulateError> {
    for visitor in visitors {
        pace.until(visitor.comes_s).await;
        let expected = visitor.expected_s.map(|at| at - visitor.comes_s);
        let expected = expected.map(|s| SignedDuration::try_from(pace.of(s)).unwrap_or_default());
        let label = borne.issue(&visitor, expected, &catalogue).await?;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.summary.tickets += 1;
        known.people.insert(label.to_string().replace('\u{a0}', " "), (visitor, Instant::now()));
    }
    Ok(())
}

/// A counter's day.
async fn serve(agent: Agent, opening: Opening, pace: Pace, known: Arc<Mutex<Known>>) -> Result<(), SimulateError> {
    for (from, to) in opening.open_min {
        if from > 0 {
            agent.pause().await?;
            pace.until(i64::from(from) * 60).await;
            agent.press("/guichet/ouvrir").await?;
        }
        let closes = pace.began + pace.of(i64::from(to) * 60);
        while Instant::now() < closes {
            let page = match agent.press("/guichet/appeler").await? {
                Pressed::Done(page) | Pressed::Refused(page) => page,
                Pressed::NotOffered => agent.console().await?,
            };
            match number(&page) {
                Some(label) => receive(&agent, &label, pace, &known).await?,
                None => tokio::time::sleep(pace.of(LOOK_S).max(LEAST)).await,
            }
        }
    }
    agent.press("/guichet/fermer").await?;
    Ok(())
}

/// Receives whom the counter has called.
async fn receive(agent: &Agent, label: &str, pace: Pace, known: &Mutex<Known>) -> Result<(), SimulateError> {
    let locked = || known.lock().unwrap_or_else(PoisonError::into_inner);
    let found = {
        let mut known = locked();
        known.summary.called += 1;
        let found = known.people.get(label).cloned();
        if let Some((_, since)) = &found {
            known.waits.push(pace.minutes(*since));
        }
        found.map(|(visitor, _)| visitor)
    };
    pace.pause(WALK_S).await;
    let presence = found.as_ref().map_or(Presence::There, |visitor| visitor.presence);
    if presence != Presence::There && absent(agent).await? {
        let mut known = locked();
        known.summary.absent += 1;
        if let Some((visitor, _)) =
            known.people.get_mut(label).filter(|(visitor, _)| visitor.presence == Presence::Missed)
        {
            visitor.presence = Presence::There;
        }
        return Ok(());
    }
    agent.press("/guichet/demarrer").await?;
    pace.pause(found.map_or(UNKNOWN_S, |visitor| visitor.takes_s)).await;
    if let Pressed::Done(_) = agent.press("/guichet/terminer").await? {
        locked().summary.served += 1;
    }
    Ok(())
}

/// Calls again and notes the absence as soon as the rules allow it, in the server's own time. False where they do not in
/// two minutes: then the person has come after all.
async fn absent(agent: &Agent) -> Result<bool, SimulateError> {
    const EACH: Duration = Duration::from_secs(6);
    for _ in 0..AGAIN {
        tokio::time::sleep(EACH).await;
        agent.press("/guichet/rappeler").await?;
        if let Pressed::Done(_) = agent.press("/guichet/absent").await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Programs choose the cryptography of TLS once.
fn client() -> Result<reqwest::ClientBuilder, SimulateError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().timeout(PATIENCE))
}

/// What the server answers; what it puts off is asked again when it says, as browsers' users do.
async fn answered(asked: RequestBuilder, path: &str) -> Result<Response, SimulateError> {
    for _ in 0..AGAIN {
        let Some(again) = asked.try_clone() else { break };
        let answer = again.send().await?;
        let status = answer.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let after = answer.headers().get("retry-after").and_then(|after| after.to_str().ok()?.parse().ok());
            tokio::time::sleep(Duration::from_secs(after.unwrap_or(1)).max(LEAST)).await;
            continue;
        }
        // Consoles say « not now » with a page.
        if status.is_success() || status.is_redirection() || status == StatusCode::CONFLICT {
            return Ok(answer);
        }
        return Err(SimulateError::Answer { path: path.to_owned(), status });
    }
    Err(SimulateError::Answer { path: path.to_owned(), status: StatusCode::TOO_MANY_REQUESTS })
}
