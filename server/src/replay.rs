//! A day that was, served once more: by the rules in force and by others, over the same people, durations and open counters.
//! Nothing is activated by it, and nothing is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use queue_engine::simulation::{Again, Day, Report, again, play_taking_in};
use queue_engine::{Decision, Hall, Policy, Rule, Seat};
use wire::catalogue::Catalogue;
use wire::ids::{CounterId, ServiceId, TicketId};
use wire::service_day::ServiceDay;

use crate::desk::seat_of;
use crate::site::{Plan, Site};
use crate::store::{PublicationKind, StoreError};

/// What a replay tells.
pub(crate) struct Replay {
    /// By the rules in force.
    pub(crate) current: Report,
    /// By the others.
    pub(crate) proposed: Report,
    /// How far the choice of that day is made again.
    pub(crate) checked: Checked,
}

/// The calls of a day, made again by the rules that each was made by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// How many calls the rules chose.
    pub(crate) calls: usize,
    /// How many of them choose the same person again.
    pub(crate) same: usize,
    /// How many an agent chose by hand.
    pub(crate) by_hand: usize,
}

impl Site {
    /// Serves a day once more by the rules in force and by others.
    pub(crate) async fn replay(&self, day: ServiceDay, proposed: Policy) -> Result<Replay, StoreError> {
        let (from, to) = (day.begin(&self.zone), day.end(&self.zone));
        let mut events = self.store.events_since(self.id, self.read_from(from)).await?;
        events.retain(|received| received.received_at < to);
        let made = self.store.decisions_made(self.id, from, to).await?;
        let mut policies = BTreeMap::new();
        for version in made.iter().map(|decision| decision.policy).collect::<BTreeSet<u32>>() {
            if let Some(policy) = self.rules_of(version.into()).await? {
                policies.insert(version, policy);
            }
        }
        let catalogues = self.catalogues(from, to).await?;
        let (plan, zone) = (self.plan(), self.zone.clone());
        let work = move || {
            let mut hall = Hall::new(day, zone.clone());
            events.iter().for_each(|event| hall.apply(event));
            hall.roll(day);
            let published = catalogues.last();
            let replayed = Day::replayed(&hall, &seats(published), commitments(published));
            let plan_of = |catalogue: &Catalogue, policy| Plan { catalogue: catalogue.clone(), policy };
            let by = |policy: Policy| {
                let plan = plan_of(published, policy);
                let stranded = |hall: &Hall, counter: &CounterId| {
                    plan.catalogue.counter(counter).map(|counter| plan.stranded(hall, counter)).unwrap_or_default()
                };
                play_taking_in(&replayed, &plan.policy, &stranded)
            };
            let of_day = |policy: &Policy| {
                let plans = catalogues.map(|catalogue| plan_of(catalogue, policy.clone()));
                again(day, &zone, &events, policy, |hall, counter, at| {
                    let plan = plans.at(at);
                    plan.catalogue.counter(counter).map(|counter| seat_of(hall, plan, counter))
                })
            };
            let checked = check(&made, &policies, of_day);
            Replay { current: by(plan.policy.clone()), proposed: by(proposed), checked }
        };
        // It takes a core for some seconds where many came: streams are not to wait for it.
        tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Unavailable(e.into()))
    }

    /// The catalogues of a stretch of time.
    async fn catalogues(&self, from: Timestamp, to: Timestamp) -> Result<Held<Catalogue>, StoreError> {
        let mut heads = self.store.publications(self.id, PublicationKind::Catalogue, u32::MAX).await?;
        heads.retain(|head| head.valid_from < to);
        // The newest first: what held before the one that the stretch began with is not asked for.
        let within = heads.iter().position(|head| head.valid_from <= from).map_or(heads.len(), |first| first + 1);
        let mut held = Vec::new();
        for head in heads[..within].iter().rev() {
            if let Some(catalogue) = self.version(head.version).await? {
                held.push((head.valid_from, catalogue));
            }
        }
        Ok(Held::of(held).unwrap_or_else(|| Held { first: self.plan().catalogue.clone(), then: Vec::new() }))
    }
}

/// What held one after the other.
struct Held<T> {
    first: T,
    /// From when on, the oldest first.
    then: Vec<(Timestamp, T)>,
}

impl<T> Held<T> {
    fn of(held: Vec<(Timestamp, T)>) -> Option<Self> {
        let mut held = held.into_iter();
        held.next().map(|(_, first)| Self { first, then: held.collect() })
    }

    fn last(&self) -> &T {
        self.then.last().map_or(&self.first, |(_, last)| last)
    }

    fn at(&self, at: Timestamp) -> &T {
        self.then.iter().rev().find(|(from, _)| *from <= at).map_or(&self.first, |(_, held)| held)
    }

    fn map<U>(&self, to: impl Fn(&T) -> U) -> Held<U> {
        Held { first: to(&self.first), then: self.then.iter().map(|(from, held)| (*from, to(held))).collect() }
    }
}

fn seats(catalogue: &Catalogue) -> Vec<Seat> {
    let seat = |counter: &wire::catalogue::Counter| Seat {
        counter: counter.id.clone(),
        agent: None,
        services: counter.services.iter().cloned().collect(),
        capabilities: counter.capabilities.clone(),
        stranded: BTreeSet::new(),
    };
    catalogue.counters.iter().map(seat).collect()
}

/// The waits that a site promises, by service.
fn commitments(catalogue: &Catalogue) -> BTreeMap<ServiceId, u32> {
    let promised = |service: &wire::catalogue::Service| {
        let minutes = service.commitment_min.or(catalogue.site.commitment_min)?;
        Some((service.id.clone(), minutes))
    };
    catalogue.services.iter().filter_map(promised).collect()
}

/// Compares each call with what the rules it was made by choose at that instant.
fn check(made: &[Decision], policies: &BTreeMap<u32, Policy>, of_day: impl Fn(&Policy) -> Vec<Again>) -> Checked {
    type Call = (TicketId, CounterId, i64);
    let by_hand = made.iter().filter(|decision| decision.rule == Rule::ByHand).count();
    let mut checked = Checked { by_hand, ..Checked::default() };
    for (version, policy) in policies {
        let chosen = made.iter().filter(|decision| decision.policy == *version && decision.rule != Rule::ByHand);
        let chosen: BTreeSet<Call> = chosen.map(|d| (d.ticket, d.counter.clone(), d.at.as_millisecond())).collect();
        let calls = of_day(policy);
        // Events hold milliseconds.
        let key = |call: &Again| (call.called, call.counter.clone(), call.at.as_millisecond());
        let ours = calls.iter().filter(|call| chosen.contains(&key(call)));
        for call in ours {
            checked.calls += 1;
            checked.same += usize::from(call.is_same());
        }
    }
    checked
}
