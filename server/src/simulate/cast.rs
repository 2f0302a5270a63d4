//! Who plays the day: bornes that stay from one day to the next, agents who are made for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use queue_engine::Hall;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::enrolment::EnrolmentCode;
use wire::ids::{AgentRef, OriginId, SiteId, TicketId};
use wire::label::{LabelForm, Prefix};
use wire::service_day::ServiceDay;

use super::agent::{Agent, Pressed};
use super::asked::client;
use super::borne::{self, Borne};
use super::kept::{Kept, public};
use super::{Opening, Run, SimulateError};
use crate::app::random;
use crate::password;
use crate::roles::Role;
use crate::store::{self, Grant, NewAccount, Store, StoreError};

/// How long an enrolment code lasts.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Who plays the day.
#[derive(Default)]
pub(super) struct Cast {
    pub(super) bornes: Vec<Arc<Mutex<Borne>>>,
    pub(super) agents: Vec<(Agent, Opening)>,
    accounts: Vec<AgentRef>,
}

/// What bornes have given today, as the store has it.
struct Given {
    numbers: BTreeMap<OriginId, BTreeMap<Prefix, u32>>,
    waiting: Vec<(OriginId, TicketId)>,
}

impl Run {
    /// Brings bornes and agents together, after whoever a day before left waiting is cancelled.
    pub(super) async fn gather(
        &self,
        kept: &Kept,
        cast: &mut Cast,
        over: &CancellationToken,
        tell: &impl Fn(&str),
    ) -> Result<(), SimulateError> {
        self.alone(kept).await?;
        self.bornes(kept, cast, tell).await?;
        self.cancel_who_waits(cast).await?;
        self.agents(cast, over, tell).await
    }

    /// Looks whether nobody but its own bornes gives tickets: who plays a day must not call people who came for a service.
    async fn alone(&self, kept: &Kept) -> Result<(), SimulateError> {
        let own: Vec<_> = kept.keys()?.iter().map(|(_, key)| public(key)).collect();
        let others = self.store.bornes(self.catalogue.site.id).await?;
        let others = others.into_iter().filter(|borne| borne.revoked_at.is_none() && !own.contains(&borne.public_key));
        let names: Vec<String> = others.map(|borne| borne.name).collect();
        if names.is_empty() || self.among_people { Ok(()) } else { Err(SimulateError::AmongPeople(names.join(", "))) }
    }

    async fn bornes(&self, kept: &Kept, cast: &mut Cast, tell: &impl Fn(&str)) -> Result<(), SimulateError> {
        let http = client().build()?;
        let form = if self.scenario.bornes > 1 { LabelForm::Series } else { self.catalogue.site.label_form };
        let mut given = self.given().await?;
        for n in 1..=self.scenario.bornes {
            let key = kept.key(n)?;
            let mut borne = enrolled(&*self.store, self.catalogue.site.id, &key).await?;
            if borne.is_none() {
                let name = format!("Simulation {n}");
                let code = EnrolmentCode::from_random(random().map_err(SimulateError::Random)?);
                let expires = Timestamp::now() + CODE_LIFE;
                self.store.add_code(self.catalogue.site.id, code.hash(), Some(&name), expires).await?;
                match borne::enrol(&http, &self.url, code, &name, &key).await {
                    Ok(id) => borne = self.store.borne(id).await?,
                    Err(SimulateError::NotEnrolled(why)) if !cast.bornes.is_empty() => {
                        let (there, wanted) = (cast.bornes.len(), self.scenario.bornes);
                        tell(&format!("all tickets are given by {there} of {wanted} bornes: {why}"));
                        break;
                    }
                    Err(e) => return Err(e),
                }
            }
            let borne = borne.ok_or(SimulateError::Changed("the borne"))?;
            let numbers = given.numbers.remove(&borne.id).unwrap_or_default();
            let borne = Borne::meet(&http, &self.url, &borne, key, form, numbers).await?;
            cast.bornes.push(Arc::new(Mutex::new(borne)));
        }
        Ok(())
    }

    async fn agents(
        &self,
        cast: &mut Cast,
        over: &CancellationToken,
        tell: &impl Fn(&str),
    ) -> Result<(), SimulateError> {
        let mut taken = Vec::new();
        for (n, opening) in (1..).zip(&self.scenario.shift) {
            if over.is_cancelled() {
                return Ok(());
            }
            let name = format!("Simulation {n}");
            let secret = Uuid::new_v4().simple().to_string();
            let hashed = password::hash(&secret).map_err(SimulateError::Password)?;
            let account = NewAccount { name: name.clone(), password: Some(hashed), ..NewAccount::default() };
            let id = self.store.put_account(&account).await?;
            cast.accounts.push(id);
            self.store.disable(id, None).await?;
            let grant = Grant { site: Some(self.catalogue.site.id), role: Role::Agent };
            self.store.set_grants(id, &[grant]).await?;
            let agent = Agent::sign_in(client(), &self.url, &name, &secret).await?;
            let counter = &opening.counter;
            match agent.sit(counter.as_str()).await? {
                Pressed::Done(_) => cast.agents.push((agent, opening.clone())),
                Pressed::Refused(_) | Pressed::NotOffered => {
                    agent.sign_out().await?;
                    let seats = self.store.seats(self.catalogue.site.id, Timestamp::now()).await?;
                    let holder = seats.into_iter().find(|(held, _)| held == counter).map(|(_, name)| name);
                    let by = holder.unwrap_or_else(|| "somebody".to_owned());
                    tell(&format!("counter {counter} is taken by {by}: it is left to them"));
                    taken.push(format!("{counter} is taken by {by}"));
                }
            }
        }
        if cast.agents.is_empty() { Err(SimulateError::NoCounter(taken.join(", "))) } else { Ok(()) }
    }

    /// What bornes have given today.
    async fn given(&self) -> Result<Given, StoreError> {
        let site = &self.catalogue.site;
        let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
        let day = ServiceDay::of(Timestamp::now(), &zone);
        let events = self.store.events_since(site.id, day.begin(&zone)).await?;
        let mut hall = Hall::new(day, zone);
        events.iter().for_each(|event| hall.apply(event));
        let mut given = Given { numbers: BTreeMap::new(), waiting: Vec::new() };
        for issue in hall.tickets().filter_map(|ticket| ticket.issue()).filter(|issue| issue.day == day) {
            let last = given.numbers.entry(issue.origin).or_default().entry(issue.label.prefix).or_default();
            *last = issue.label.number.max(*last);
        }
        let waiting = hall.queue().into_iter().chain(hall.parked());
        given.waiting = waiting.filter_map(|ticket| Some((ticket.issue()?.origin, ticket.id))).collect();
        Ok(given)
    }

    /// Nobody waits any more whom these bornes gave a ticket. Answers how many did.
    pub(super) async fn cancel_who_waits(&self, cast: &Cast) -> Result<usize, SimulateError> {
        let mut cancelled = 0;
        let given = self.given().await?;
        for borne in &cast.bornes {
            let mut borne = borne.lock().await;
            let own = given.waiting.iter().filter(|(origin, _)| *origin == borne.id).map(|(_, ticket)| *ticket);
            let own: Vec<TicketId> = own.collect();
            borne.cancel(&own).await?;
            cancelled += own.len();
        }
        Ok(cancelled)
    }

    /// Nobody signs in any more who was made for the day.
    pub(super) async fn end_accounts(&self, cast: &Cast) -> Result<(), SimulateError> {
        for account in &cast.accounts {
            self.store.close_sessions_of(*account).await?;
            self.store.set_grants(*account, &[]).await?;
            self.store.disable(*account, Some(Timestamp::now())).await?;
        }
        Ok(())
    }
}

/// Ends the bornes that a site's days were played with, and keeps their keys no longer. Answers what they were called.
pub async fn retire(store: &dyn Store, site: SiteId, state: &Path) -> Result<Vec<String>, SimulateError> {
    let kept = Kept::open(state, site)?;
    let mut names = Vec::new();
    for (n, key) in kept.keys()? {
        if let Some(borne) = enrolled(store, site, &key).await? {
            store.revoke(borne.id, Timestamp::now()).await?;
            names.push(borne.name);
        }
        kept.forget(n)?;
    }
    Ok(names)
}

/// The borne of a key, where it may send.
async fn enrolled(store: &dyn Store, site: SiteId, key: &SigningKey) -> Result<Option<store::Borne>, StoreError> {
    let own = |borne: &store::Borne| {
        borne.public_key == public(key) && borne.revoked_at.is_none() && borne.quarantined_at.is_none()
    };
    Ok(store.bornes(site).await?.into_iter().find(own))
}
