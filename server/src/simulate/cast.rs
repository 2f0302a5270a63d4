//! Who plays the day: bornes and accounts that stay from one day to the next, and agents who sign in with these.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use queue_engine::{Hall, State};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use wire::enrolment::EnrolmentCode;
use wire::ids::OriginId;
use wire::label::LabelForm;

use super::agent::{Agent, Pressed};
use super::asked::client;
use super::borne::{self, Borne};
use super::kept::{Kept, public};
use super::left::given;
use super::{Opening, Run, SimulateError};
use crate::app::random;

/// How long an enrolment code lasts.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Who plays the day.
#[derive(Default)]
pub(super) struct Cast {
    pub(super) bornes: Vec<Arc<Mutex<Borne>>>,
    pub(super) agents: Vec<(Agent, Opening)>,
}

impl Run {
    /// Brings bornes and agents together, after whatever a day before left is ended.
    pub(super) async fn gather(
        &self,
        kept: &Kept,
        cast: &mut Cast,
        over: &CancellationToken,
        tell: &impl Fn(&str),
    ) -> Result<(), SimulateError> {
        self.alone(kept).await?;
        self.stage.clear(kept).await?;
        self.bornes(kept, cast, tell).await?;
        self.agents(kept, cast, over, tell).await
    }

    /// Looks whether people come to the site: who plays a day must not call anybody who came for a service.
    async fn alone(&self, kept: &Kept) -> Result<(), SimulateError> {
        if self.among_people {
            return Ok(());
        }
        let (store, site) = (&self.stage.store, self.stage.catalogue.site.id);
        let keys: Vec<_> = kept.bornes()?.iter().map(|(_, key)| public(key)).collect();
        let (own, others): (Vec<_>, Vec<_>) =
            store.bornes(site).await?.into_iter().partition(|borne| keys.contains(&borne.public_key));
        let (gone, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|borne| borne.revoked_at.is_some());
        let mut people: Vec<String> = others.into_iter().map(|borne| format!("borne {}", borne.name)).collect();
        let names: BTreeSet<String> = kept.agents()?.into_iter().map(|agent| agent.name).collect();
        let seats = store.seats(site, Timestamp::now()).await?;
        let seats = seats.into_iter().filter(|(_, name)| !names.contains(name));
        people.extend(seats.map(|(counter, name)| format!("{name} at counter {counter}")));
        let ids = |bornes: &[crate::store::Borne]| bornes.iter().map(|borne| borne.id).collect();
        match others_tickets(&self.stage.hall().await?, &ids(&own), &ids(&gone)) {
            0 => {}
            n => people.push(format!("{n} of today's tickets")),
        }
        if people.is_empty() { Ok(()) } else { Err(SimulateError::AmongPeople(people.join(", "))) }
    }

    async fn bornes(&self, kept: &Kept, cast: &mut Cast, tell: &impl Fn(&str)) -> Result<(), SimulateError> {
        let http = client().build()?;
        let form = if self.scenario.bornes > 1 { LabelForm::Series } else { self.stage.catalogue.site.label_form };
        let mut given = given(&self.stage.hall().await?);
        for n in 1..=self.scenario.bornes {
            let key = kept.borne(n)?;
            let mut borne = self.stage.enrolled(&key).await?;
            if borne.is_none() {
                let name = format!("Simulation {n}");
                let code = EnrolmentCode::from_random(random().map_err(SimulateError::Random)?);
                let expires = Timestamp::now() + CODE_LIFE;
                self.stage.store.add_code(self.stage.catalogue.site.id, code.hash(), Some(&name), expires).await?;
                match borne::enrol(&http, &self.stage.url, code, &name, &key).await {
                    Ok(id) => borne = self.stage.store.borne(id).await?,
                    Err(SimulateError::NotEnrolled(why)) if !cast.bornes.is_empty() => {
                        let (there, wanted) = (cast.bornes.len(), self.scenario.bornes);
                        tell(&format!("all tickets are given by {there} of {wanted} bornes: {why}"));
                        break;
                    }
                    Err(e) => return Err(e),
                }
            }
            let borne = borne.ok_or(SimulateError::Changed("the borne"))?;
            let numbers = given.remove(&borne.id).unwrap_or_default();
            let borne = Borne::meet(&http, &self.stage.url, &borne, key, form, numbers).await?;
            cast.bornes.push(Arc::new(Mutex::new(borne)));
        }
        Ok(())
    }

    async fn agents(
        &self,
        kept: &Kept,
        cast: &mut Cast,
        over: &CancellationToken,
        tell: &impl Fn(&str),
    ) -> Result<(), SimulateError> {
        let mut taken = Vec::new();
        for opening in &self.scenario.shift {
            if over.is_cancelled() {
                return Ok(());
            }
            let counter = &opening.counter;
            let account = kept.agent(counter)?;
            account.begin(&*self.stage.store, self.stage.catalogue.site.id).await?;
            let agent = Agent::sign_in(client(), &self.stage.url, &account.name, &account.password).await?;
            match agent.sit(counter.as_str()).await? {
                Pressed::Done(_) => cast.agents.push((agent, opening.clone())),
                Pressed::Refused(_) | Pressed::NotOffered => {
                    agent.sign_out().await?;
                    let seats = self.stage.store.seats(self.stage.catalogue.site.id, Timestamp::now()).await?;
                    let holder = seats.into_iter().find(|(held, _)| held == counter).map(|(_, name)| name);
                    let by = holder.unwrap_or_else(|| "somebody".to_owned());
                    tell(&format!("counter {counter} is taken by {by}: it is left to them"));
                    taken.push(format!("{counter} is taken by {by}"));
                }
            }
        }
        if cast.agents.is_empty() { Err(SimulateError::NoCounter(taken.join(", "))) } else { Ok(()) }
    }
}

/// How many of today's tickets tell of people: those of the desk, and what still goes on of those that bornes gave which have
/// no rights any more. What else these gave is over, as that of bornes that days were played with before.
fn others_tickets(hall: &Hall, own: &BTreeSet<OriginId>, gone: &BTreeSet<OriginId>) -> usize {
    let open = |state| matches!(state, State::Waiting | State::Parked | State::Called | State::Serving);
    let others = hall.tickets().filter(|ticket| {
        let issue = ticket.issue().filter(|issue| issue.day == hall.day() && !own.contains(&issue.origin));
        issue.is_some_and(|issue| !gone.contains(&issue.origin) || open(ticket.state(hall.day())))
    });
    others.count()
}
