//! A day that was, served once more: by the rules in force and by others, over the same people, durations and open counters.
//! Nothing is activated by it, and nothing is kept.

use std::collections::{BTreeMap, BTreeSet};

use queue_engine::simulation::{Again, Day, Report, again, play};
use queue_engine::{Decision, Hall, Policy, Rule, Seat};
use wire::catalogue::Catalogue;
use wire::ids::{CounterId, ServiceId, TicketId};
use wire::service_day::ServiceDay;

use crate::site::Site;
use crate::store::StoreError;

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
        let (plan, zone) = (self.plan(), self.zone.clone());
        let work = move || {
            let mut hall = Hall::new(day, zone.clone());
            events.iter().for_each(|event| hall.apply(event));
            hall.roll(day);
            let seats = seats(&plan.catalogue);
            let replayed = Day::replayed(&hall, &seats, commitments(&plan.catalogue));
            let of_day = |policy: &Policy| again(day, &zone, &events, policy, &seats);
            Replay {
                current: play(&replayed, &plan.policy),
                proposed: play(&replayed, &proposed),
                checked: check(&made, &policies, of_day),
            }
        };
        // It takes a core for some seconds where many came: streams are not to wait for it.
        tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Unavailable(e.into()))
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
