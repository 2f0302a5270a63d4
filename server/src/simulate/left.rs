//! What days leave: tickets that wait, counters that are open, accounts, bornes.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use queue_engine::{CounterState, Hall};
use wire::ids::{AgentRef, CounterId, OriginId, TicketId};
use wire::label::Prefix;
use wire::service_day::ServiceDay;

use super::account::{self, Account};
use super::agent::{Agent, Pressed};
use super::asked::client;
use super::borne::Borne;
use super::kept::{Kept, KeptError, public};
use super::{SimulateError, Stage, counter};
use crate::refusal::chain;
use crate::store::{self, StoreError};

/// The last number of each letter that bornes have given.
pub(super) type Numbers = BTreeMap<Prefix, u32>;

impl Stage {
    /// The hall as the store has it.
    pub(super) async fn hall(&self) -> Result<Hall, StoreError> {
        let site = &self.catalogue.site;
        let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
        let day = ServiceDay::of(Timestamp::now(), &zone);
        let events = self.store.events_since(site.id, day.begin(&zone)).await?;
        let mut hall = Hall::new(day, zone);
        events.iter().for_each(|event| hall.apply(event));
        Ok(hall)
    }

    /// Ends whatever goes on of days that were played with these keys, and goes on where something cannot be ended. Answers
    /// how many waited.
    pub(super) async fn clear(&self, kept: &Kept) -> Result<usize, SimulateError> {
        let hall = self.hall().await?;
        let (mut cancelled, mut wrong) = (0, BTreeSet::new());
        for (_, key) in kept.bornes()? {
            match self.cancel_who_waits(&hall, key).await {
                Ok(own) => cancelled += own,
                Err(e) => drop(wrong.insert(chain(&e))),
            }
        }
        for agent in kept.agents()? {
            if let Err(e) = self.end(&hall, &agent).await {
                wrong.insert(chain(&e));
            }
        }
        if wrong.is_empty() { Ok(cancelled) } else { Err(SimulateError::Left(wrong.into_iter().collect())) }
    }

    /// Ends the bornes that the site's days were played with, after whatever they left, and keeps their keys no longer.
    /// Answers what those were called that had rights.
    pub async fn retire(&self) -> Result<Vec<String>, SimulateError> {
        let kept = Kept::existing(&self.state, self.catalogue.site.id)?;
        self.clear(&kept).await?;
        let keys = kept.bornes()?;
        if keys.is_empty() {
            return Err(KeptError::None(kept.folder().to_owned()).into());
        }
        let mut names = Vec::new();
        for (n, key) in keys {
            if let Some(borne) = self.enrolled(&key).await? {
                self.store.revoke(borne.id, Timestamp::now()).await?;
                names.push(borne.name);
            }
            kept.forget_borne(n)?;
        }
        Ok(names)
    }

    /// The borne of a key, where it may send.
    pub(super) async fn enrolled(&self, key: &SigningKey) -> Result<Option<store::Borne>, StoreError> {
        let own = |borne: &store::Borne| {
            borne.public_key == public(key) && borne.revoked_at.is_none() && borne.quarantined_at.is_none()
        };
        Ok(self.store.bornes(self.catalogue.site.id).await?.into_iter().find(own))
    }

    /// Nobody waits any more whom a key's borne gave a ticket. Answers how many did.
    async fn cancel_who_waits(&self, hall: &Hall, key: SigningKey) -> Result<usize, SimulateError> {
        let bornes = self.store.bornes(self.catalogue.site.id).await?;
        let origins = bornes.iter().filter(|borne| borne.public_key == public(&key)).map(|borne| borne.id);
        let waiting = waiting(hall, &origins.collect());
        if waiting.is_empty() {
            return Ok(0);
        }
        let borne = self.enrolled(&key).await?.ok_or(SimulateError::StillWait(waiting.len()))?;
        let numbers = Numbers::new();
        let form = self.catalogue.site.label_form;
        let mut borne = Borne::meet(&client().build()?, &self.url, &borne, key, form, numbers).await?;
        borne.cancel(&waiting).await?;
        Ok(waiting.len())
    }

    /// Nobody is at a counter any more where an account of the simulation's own sat, and nobody signs in with it.
    async fn end(&self, hall: &Hall, agent: &Account) -> Result<(), SimulateError> {
        let Some(known) = self.store.account(&agent.name).await? else { return Ok(()) };
        let open = left_open(hall, &agent.counter, known.id);
        if known.disabled_at.is_some() && !open {
            return Ok(());
        }
        if agent.check(&known).is_err() {
            // Somebody else's by now: only what was played with it can be told of.
            let why = "its account has a password by now that no day gave it.".to_owned();
            let counter = agent.counter.clone();
            return if open { Err(SimulateError::StillOpen { counter, why }) } else { Ok(()) };
        }
        let closed = if open { self.close(agent).await } else { Ok(()) };
        account::end(&*self.store, known.id).await?;
        closed
    }

    /// Sits down once more where a day was played, serves whoever is there and closes the counter.
    async fn close(&self, agent: &Account) -> Result<(), SimulateError> {
        agent.begin(&*self.store, self.catalogue.site.id).await?;
        let browser = Agent::sign_in(client(), &self.url, &agent.name, &agent.password).await?;
        match browser.sit(agent.counter.as_str()).await? {
            Pressed::Done(_) => counter::leave(&browser, &agent.counter).await.map(drop),
            // Somebody else's by now, or not of the site any more.
            Pressed::Refused(_) | Pressed::NotOffered => Ok(browser.sign_out().await?),
        }
    }
}

/// The numbers that each borne has given today.
pub(super) fn given(hall: &Hall) -> BTreeMap<OriginId, Numbers> {
    let mut given: BTreeMap<OriginId, Numbers> = BTreeMap::new();
    for issue in hall.tickets().filter_map(|ticket| ticket.issue()).filter(|issue| issue.day == hall.day()) {
        let last = given.entry(issue.origin).or_default().entry(issue.label.prefix).or_default();
        *last = issue.label.number.max(*last);
    }
    given
}

/// The tickets of some bornes that nobody has called.
fn waiting(hall: &Hall, origins: &BTreeSet<OriginId>) -> Vec<TicketId> {
    let waiting = hall.queue().into_iter().chain(hall.parked());
    let own = waiting.filter(|ticket| ticket.issue().is_some_and(|issue| origins.contains(&issue.origin)));
    own.map(|ticket| ticket.id).collect()
}

/// Whether whoever opened a counter last is this account, and it is not closed.
fn left_open(hall: &Hall, counter: &CounterId, account: AgentRef) -> bool {
    let mut open = false;
    for (_, state) in hall.counter_changes(counter) {
        open = match state {
            CounterState::Open { agent, .. } => *agent == Some(account),
            CounterState::Paused { .. } => open,
            CounterState::Closed => false,
        };
    }
    open
}
