//! The way up: events to the server, in order and once; survey cells on a channel of their own.

pub mod catalogue;
mod client;
pub mod pace;
mod results;
mod tls;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use wire::outcome::Outcome;
use wire::problem::{Problem, ProblemKind};
use wire::report::{MAX_REPORT, Report};
use wire::service_day::ServiceDay;
use wire::staff::StaffList;
use wire::sync::{GZIP_FROM, MAX_BODY, MAX_EVENTS, PATH, SURVEY_PATH, SyncReply, SyncRequest, VERSION};
use wire::time::TimeNonce;
use wire::wanted::SignedWanted;

pub use catalogue::{InForce, Needs, Newest, Publications};
pub use tls::TlsError;

pub use client::{Answer, CallError, Client, ClientError, clock_offset, provide_tls, server_time};

use self::results::Results;
use crate::badges::Badges;
use crate::clock::{Clock, Trust};
use crate::config::Config;
use crate::identity::Identity;
use crate::random;
use crate::report::{Backlog, Reporter};
use crate::store::{AckError, Answers, Batch, Store, StoreError};
use crate::survey::DELAY_MIN;
use crate::wanted::{Taken, WantedKeeper};

/// Room that the request needs beside its events.
const ENVELOPE: usize = (1 << 10) + MAX_REPORT;
/// Request counters are reserved in blocks, so that a request costs no write of its own.
const NONCES: u64 = 1_000;
/// A borne looks after closed half-days this often without other reason.
const LOOK: Duration = Duration::from_secs(60);
/// Longer than this no server is waited for, whatever it asks.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// A batch of answers that is refused is tried again after this.
const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Acknowledged events are kept this long, for a server that was restored from a backup.
const KEEP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Not at every exchange: it writes to the card.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// What a technician sees of the way up.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct UplinkStatus {
    /// Whether the last request had success.
    pub up: bool,
    /// When one last had.
    pub last_success: Option<Timestamp>,
    /// Why the last one had none.
    pub fault: Option<String>,
    /// Events that the server does not hold.
    pub unsent: u64,
    /// The oldest of them.
    pub oldest_unsent: Option<Timestamp>,
    /// Survey cells that are still counting.
    pub answer_cells: usize,
    /// Batches of answers that wait.
    pub answers_waiting: u64,
    /// Server's clock minus ours, in milliseconds.
    pub clock_offset_ms: Option<i64>,
}

/// What the way up tells the journeys.
#[derive(Clone, Debug, PartialEq)]
pub enum UplinkNews {
    /// Other settings hold: the program is to start anew.
    Settings,
    /// The server answered.
    Reply(Box<SyncReply>),
    /// It did not.
    Down,
    /// Whether the server holds that the store fails.
    FaultTold(bool),
    /// The office has published something else.
    Catalogue(Box<InForce>),
}

/// Wakes the way up and shows how it is; shared with the other threads.
#[derive(Clone, Debug, Default)]
pub struct UplinkHandle {
    wake: Arc<Notify>,
    status: Arc<Mutex<UplinkStatus>>,
    results: Results,
}

impl UplinkHandle {
    /// There is something to send, or the clock was moved.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// What became of what a technician asked for.
    pub fn tell(&self, outcome: Outcome) {
        self.results.push(outcome);
        self.wake();
    }

    /// Whether the server has heard what became of all that technicians asked for.
    #[must_use]
    pub fn has_told(&self) -> bool {
        self.results.is_empty()
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> UplinkStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut UplinkStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Why an exchange had no success; each has its own next step.
#[derive(Debug, thiserror::Error)]
enum ExchangeError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Ack(#[from] AckError),
}

/// What to do after an exchange.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// At once: there is more, or the server told how to do it right.
    Again,
    /// When something happens, or at the latest after this.
    Rest(Duration),
}

/// The way up, run by one task.
pub struct Uplink {
    client: Client,
    identity: Identity,
    store: Store,
    answers: Answers,
    clock: Clock,
    zone: TimeZone,
    handle: UplinkHandle,
    badges: Option<Badges>,
    publications: Option<Publications>,
    reporter: Option<Reporter>,
    wanted: Option<(WantedKeeper, Config)>,
    news: Box<dyn Fn(UplinkNews) + Send>,
    offset: Option<SignedDuration>,
    nonces: std::ops::Range<u64>,
    failures: u32,
    /// When old events were last looked for.
    forgot: Option<Instant>,
    /// Whether the last refusal was followed already.
    followed: bool,
}

impl Uplink {
    /// Opens its own ways into the store in `folder`, and tells at once what an earlier run left there. `news` must not
    /// block.
    pub fn new(
        client: Client,
        identity: Identity,
        folder: &Path,
        clock: Clock,
        zone: TimeZone,
        handle: UplinkHandle,
        news: impl Fn(UplinkNews) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let uplink = Self {
            client,
            identity,
            store: Store::open(folder)?,
            answers: Answers::open(folder)?,
            clock,
            zone,
            handle,
            badges: None,
            publications: None,
            reporter: None,
            wanted: None,
            news: Box::new(news),
            offset: None,
            nonces: 0..0,
            failures: 0,
            forgot: None,
            followed: false,
        };
        uplink.show_queue();
        Ok(uplink)
    }

    /// Fetches the badges of the site's staff as well.
    #[must_use]
    pub fn with_badges(mut self, badges: Badges) -> Self {
        self.badges = Some(badges);
        self
    }

    /// Fetches what the office publishes as well.
    #[must_use]
    pub fn with_publications(mut self, publications: Publications) -> Self {
        self.publications = Some(publications);
        self
    }

    /// Tells the server how the borne is as well.
    #[must_use]
    pub fn with_reports(mut self, reporter: Reporter) -> Self {
        self.reporter = Some(reporter);
        self
    }

    /// Asks what the server wants of the borne as well; `own` is its configuration, which settings are checked with.
    #[must_use]
    pub fn with_wanted(mut self, wanted: WantedKeeper, own: Config) -> Self {
        self.wanted = Some((wanted, own));
        self
    }

    /// Runs until the task is dropped.
    pub async fn run(mut self) {
        let mut poll_at = Instant::now();
        loop {
            let mut next = self.look_after_answers().await;
            if next.is_none() {
                next = self.tell_results().await;
            }
            let due = Instant::now() >= poll_at;
            if next.is_none() && (due || (self.failures == 0 && self.has_news())) {
                // An exchange with a server that is away takes its time.
                self.show_queue();
                next = Some(self.exchange().await);
            }
            match next {
                Some(Next::Again) => continue,
                Some(Next::Rest(time)) => poll_at = Instant::now() + time,
                None => {}
            }
            self.show_queue();
            if let Err(error) = self.store.empty_long_log() {
                tracing::error!(%error, "the store's log grows on");
            }
            let until = poll_at.min(Instant::now() + LOOK);
            tokio::select! {
                () = sleep_until(until) => {}
                () = self.handle.wake.notified() => tokio::time::sleep(pace::COALESCE).await,
            }
        }
    }

    fn has_news(&self) -> bool {
        if self.reporter.as_ref().is_some_and(Reporter::is_urgent) {
            return true;
        }
        match (self.store.last_seq(), self.store.acked_seq()) {
            (Ok(last), Ok(acked)) => last > acked,
            // The exchange meets the same fault and tells of it.
            (Err(_), _) | (_, Err(_)) => true,
        }
    }

    fn show_queue(&self) {
        let unsent = match (self.store.last_seq(), self.store.acked_seq()) {
            (Ok(last), Ok(acked)) => last.saturating_sub(acked),
            (Err(_), _) | (_, Err(_)) => return,
        };
        let oldest = if unsent == 0 { None } else { self.store.oldest_pending().ok().flatten() };
        let waiting = self.answers.waiting().unwrap_or(0);
        let cells = self.answers.cells().map_or(0, |cells| cells.len());
        self.handle.update(|status| {
            status.unsent = unsent;
            status.oldest_unsent = oldest;
            status.answers_waiting = waiting;
            status.answer_cells = cells;
        });
    }

    fn nonce(&mut self) -> Result<u64, StoreError> {
        if self.nonces.is_empty() {
            let first = self.store.reserve_nonces(NONCES)?;
            self.nonces = first..first + NONCES;
        }
        let nonce = self.nonces.start;
        self.nonces.start += 1;
        Ok(nonce)
    }

    async fn post(&mut self, path: &str, body: Vec<u8>, gzip: bool) -> Result<Answer, ExchangeError> {
        let nonce = self.nonce()?;
        let created = server_time(&self.clock, self.offset);
        Ok(self.client.post(path, body, gzip, &self.identity, created, nonce).await?)
    }

    async fn exchange(&mut self) -> Next {
        match self.try_exchange().await {
            Ok(reply) => {
                (self.failures, self.followed) = (0, false);
                let now = self.clock.now();
                let offset = self.offset.map(|o| i64::try_from(o.as_millis()).unwrap_or(0));
                self.handle.update(|status| {
                    *status = UplinkStatus {
                        up: true,
                        last_success: Some(now),
                        fault: None,
                        clock_offset_ms: offset,
                        ..status.clone()
                    };
                });
                let poll = Duration::from_secs(u64::from(reply.next_poll_s.clamp(1, 3_600)));
                self.look_at_publications((reply.config_version, reply.config_hash)).await;
                (self.news)(UplinkNews::Reply(Box::new(reply)));
                if self.has_news() { Next::Again } else { Next::Rest(poll) }
            }
            Err(error) => {
                if matches!(error, ExchangeError::Call(CallError::Unreachable(_))) && self.is_told_the_time().await {
                    return Next::Again;
                }
                self.after(error)
            }
        }
    }

    /// To a clock that nobody vouches for the server's certificate may be one of the future: the time is asked for
    /// without TLS (rule R7).
    async fn is_told_the_time(&mut self) -> bool {
        if self.clock.moment().trust != Trust::Uncertain {
            return false;
        }
        let nonce = TimeNonce::from_random(random::bytes());
        match self.client.ask_time(nonce, &self.identity.server_key).await {
            Ok((time, round_trip)) => self.take_time(time, round_trip).is_ok_and(|taken| taken),
            Err(error) => {
                tracing::debug!(%error, "the server does not tell the time either");
                false
            }
        }
    }

    async fn try_exchange(&mut self) -> Result<SyncReply, ExchangeError> {
        let pending = self.store.pending(MAX_EVENTS, MAX_BODY - ENVELOPE)?;
        let gzip = pending.raw.len() >= GZIP_FROM;
        let report = self.report(pending.from_seq + pending.raw.len() as u64)?;
        let raw = |text: String| RawValue::from_string(text).map_err(|e| CallError::Foreign(e.to_string()));
        let told = report.as_ref().map(serde_json::value::to_raw_value).transpose();
        let told = told.map_err(|e| CallError::Foreign(e.to_string()))?;
        let events = pending.raw.into_iter().map(raw).collect::<Result<_, _>>()?;
        let request = SyncRequest {
            v: VERSION,
            borne: self.identity.borne,
            from_seq: pending.from_seq,
            events,
            clock_offset_ms: self.offset.map(|o| i64::try_from(o.as_millis()).unwrap_or(0)),
            staff: self.badges.as_ref().map(Badges::version),
            report: told,
            wanted: self.wanted.as_ref().map(|(keeper, _)| keeper.version()),
        };
        let body = serde_json::to_vec(&request).map_err(|e| CallError::Foreign(e.to_string()))?;
        let answer = self.post(PATH, body, gzip).await?;
        let mut reply: SyncReply =
            serde_json::from_slice(&answer.body).map_err(|e| CallError::Foreign(e.to_string()))?;
        if let (Some(reporter), Some(report)) = (&mut self.reporter, report) {
            let fails = report.store_fails;
            reporter.taken(report);
            (self.news)(UplinkNews::FaultTold(fails));
        }
        self.take_badges(reply.staff.take());
        self.take_wanted(reply.wanted.take());
        self.take_time(reply.server_time, answer.round_trip)?;
        self.store.acknowledge(reply.hwm)?;
        if self.forgot.is_none_or(|last| last.elapsed() >= FORGET_EVERY) {
            self.forgot = Some(Instant::now());
            self.store.forget_before(self.clock.now() - KEEP)?;
        }
        Ok(reply)
    }

    /// What to tell of the borne with events up to `next`, if anything.
    fn report(&self, next: u64) -> Result<Option<Report>, StoreError> {
        let Some(reporter) = &self.reporter else { return Ok(None) };
        let unsent = (self.store.last_seq()? + 1).saturating_sub(next);
        let oldest = if unsent == 0 { None } else { self.store.happened_at(next)? };
        Ok(reporter.due(Backlog { unsent, oldest }))
    }

    /// Fetches what is published where it is new. Tickets do not wait for it: what fails is tried at the next exchange.
    async fn look_at_publications(&mut self, newest: Newest) {
        if !self.publications.as_ref().is_some_and(|publications| publications.wants(newest)) {
            return;
        }
        let fetched = match self.get(wire::publication::PATH).await {
            Ok(answer) => serde_json::from_slice(&answer.body).map_err(|e| CallError::Foreign(e.to_string()).into()),
            Err(error) => Err(error),
        };
        let signed = match fetched {
            Ok(signed) => signed,
            Err(error) => {
                tracing::warn!(fault = %without_detail(&error), version = newest.0, "the new catalogue cannot be fetched");
                return;
            }
        };
        let today = ServiceDay::of(self.clock.now(), &self.zone);
        let Some(publications) = &mut self.publications else { return };
        match publications.take(signed, newest, today) {
            Ok(new) => {
                tracing::info!(version = new.version(), "the office has published a catalogue");
                (self.news)(UplinkNews::Catalogue(Box::new(new)));
            }
            Err(error) => tracing::error!(%error, version = newest.0, "the published catalogue is not taken"),
        }
    }

    async fn get(&mut self, path: &str) -> Result<Answer, ExchangeError> {
        let nonce = self.nonce()?;
        let created = server_time(&self.clock, self.offset);
        Ok(self.client.get(path, &self.identity, created, nonce).await?)
    }

    /// A list that cannot be kept is asked for again: the sync of tickets does not wait for it.
    fn take_badges(&self, list: Option<StaffList>) {
        let (Some(badges), Some(list)) = (&self.badges, list) else { return };
        match badges.replace(list) {
            Ok(()) => tracing::info!(count = badges.count(), "the staff's badges are new"),
            Err(error) => tracing::error!(%error, "the staff's badges stay as they were"),
        }
    }

    /// What cannot be kept is handed over again: the sync of tickets does not wait for it.
    fn take_wanted(&self, signed: Option<SignedWanted>) {
        let (Some((keeper, own)), Some(signed)) = (&self.wanted, signed) else { return };
        match keeper.take(&signed, own) {
            Ok(Taken { version, changes_settings, refused }) => {
                tracing::info!(version, "the server wants something else of this borne");
                if let Some(refused) = refused {
                    tracing::error!(refused, "the settings that the server wants are left alone");
                }
                if changes_settings {
                    (self.news)(UplinkNews::Settings);
                }
            }
            Err(error) => tracing::error!(%error, "what the server wants is not taken"),
        }
    }

    /// The server's time: for signatures, for the numbers' service day, and as the floor of the next start.
    /// Nothing is taken from a line that is too slow to tell.
    fn take_time(&mut self, server: Timestamp, round_trip: Duration) -> Result<bool, StoreError> {
        let Some(offset) = clock_offset(server, self.clock.now(), round_trip) else { return Ok(false) };
        self.clock.confirm_by_server(server.checked_add(round_trip / 2).unwrap_or(server));
        self.store.confirm_time(server)?;
        // Where the clock was set by that word, nothing is left between the two.
        self.offset = clock_offset(server, self.clock.now(), round_trip).or(Some(offset));
        Ok(true)
    }

    /// The next step after a failure; a refusal that tells how to do it right is followed at once, but once in a row.
    fn after(&mut self, error: ExchangeError) -> Next {
        let mut asked = None;
        if let ExchangeError::Call(CallError::Refused { problem, retry_after }) = &error {
            asked = *retry_after;
            if !self.followed && self.follow(problem) {
                self.followed = true;
                return Next::Again;
            }
        }
        self.failures += 1;
        let wait = pace::after_failure(self.failures, random::below(u64::MAX));
        let text = error.to_string();
        if self.handle.status().fault.as_deref() != Some(text.as_str()) {
            tracing::warn!(fault = %without_detail(&error), "events stay here until the server takes them");
        }
        self.handle.update(|status| {
            status.up = false;
            status.fault = Some(text);
        });
        (self.news)(UplinkNews::Down);
        Next::Rest(asked.map_or(wait, |asked| asked.max(wait)).min(LONGEST_WAIT))
    }

    /// Does what a refusal asks for. Nothing is lost: marks move only within what this log holds.
    fn follow(&mut self, problem: &Problem) -> bool {
        match (problem.kind, problem.expected_seq, problem.server_time) {
            (ProblemKind::Sequence, Some(expected), _) => {
                let marked = self.store.acknowledge(expected.saturating_sub(1));
                if let Err(error) = &marked {
                    tracing::error!(%error, "the server's mark does not fit this borne's log");
                }
                marked.is_ok()
            }
            (ProblemKind::Clock, _, Some(server)) => {
                self.offset = Some(server.duration_since(self.clock.now()));
                true
            }
            (ProblemKind::Replay, _, _) => {
                self.nonces = 0..0;
                true
            }
            _ => false,
        }
    }

    /// Closes half-days and sends what is due; answers what to do next where that failed.
    async fn look_after_answers(&mut self) -> Option<Next> {
        let now = self.clock.now();
        let (low, high) = (u64::from(*DELAY_MIN.start()) * 60, u64::from(*DELAY_MIN.end()) * 60);
        let delay = || SignedDuration::from_secs(i64::try_from(low + random::below(high - low + 1)).unwrap_or(0));
        if let Err(error) = self.answers.close(now, &self.zone, delay, random::uuid_v4) {
            tracing::error!(%error, "closed half-days stay as they are");
        }
        // While the server is away, the events try whether it is back.
        while let (0, Ok(Some(batch))) = (self.failures, self.answers.due(now)) {
            if let Err(error) = self.send_answers(batch).await {
                return Some(self.after(error));
            }
        }
        None
    }

    async fn send_answers(&mut self, batch: Batch) -> Result<(), ExchangeError> {
        let gzip = batch.payload.len() > 1_000;
        match self.post(SURVEY_PATH, batch.payload.into_bytes(), gzip).await {
            Ok(_) => {
                self.followed = false;
                Ok(self.answers.sent(batch.id)?)
            }
            Err(ExchangeError::Call(CallError::Refused { problem, .. })) if is_about_the_body(&problem) => {
                tracing::warn!(status = problem.status, "the server refuses a batch of answers; it is kept");
                Ok(self.answers.postpone(batch.id, self.clock.now() + REFUSED_FOR)?)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether another body would be taken.
fn is_about_the_body(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::BadRequest | ProblemKind::TooLarge | ProblemKind::Version)
}

/// For the log, which keeps no words that may quote what was sent.
fn without_detail(error: &ExchangeError) -> String {
    if let ExchangeError::Call(CallError::Refused { problem, .. }) = error {
        return format!("the server refuses: {} ({})", problem.title, problem.status);
    }
    error.to_string()
}

#[cfg(test)]
mod tests;
