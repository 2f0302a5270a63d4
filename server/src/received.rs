//! Who can be received where, as catalogue and rules say together; and who takes in those whom neither provides for.

use std::collections::{BTreeMap, BTreeSet};

use queue_engine::{Hall, Ticket};
use wire::catalogue::Counter;
use wire::ids::{AgentRef, Language, NeedId, ServiceId, TicketId};

use crate::site::Plan;

/// People whom a plan would leave to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// What the service is called that they wait for.
    pub(crate) service: String,
    /// How many they are.
    pub(crate) people: usize,
    /// What is wanting.
    pub(crate) wanting: Wanting,
}

/// Why nobody would receive somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanting {
    /// No counter receives for the service.
    Counter,
    /// Those that do lack what the person needs.
    Need(BTreeSet<NeedId>),
    /// No agent can do it.
    Agent,
}

impl Plan {
    /// Whether some counter receives for a service, or helps out for it, and has what the person needs: otherwise nobody
    /// could call them.
    pub(crate) fn is_received<'a>(
        &self,
        service: &ServiceId,
        needs: impl IntoIterator<Item = &'a NeedId> + Clone,
    ) -> bool {
        let mut counters = self.catalogue.counters.iter().filter(|counter| self.receives(counter, service));
        counters.any(|counter| self.is_fit(counter, needs.clone()))
    }

    /// Whether a counter has what somebody needs.
    pub(crate) fn is_fit<'a>(&self, counter: &Counter, needs: impl IntoIterator<Item = &'a NeedId>) -> bool {
        let rules = self.policy.counter(&counter.id);
        let added = |need: &NeedId| rules.is_some_and(|rules| rules.capabilities.contains(need));
        needs.into_iter().all(|need| counter.capabilities.contains(need) || added(need))
    }

    /// Whether a counter receives for a service, or helps out for it.
    fn receives(&self, counter: &Counter, service: &ServiceId) -> bool {
        let overflow = self.policy.counter(&counter.id).and_then(|rules| rules.overflow.as_ref());
        self.is_its_own(counter, service) || overflow.is_some_and(|overflow| overflow.services.contains(service))
    }

    /// Whether a counter receives for a service sooner or later, however few people wait.
    fn receives_surely(&self, counter: &Counter, service: &ServiceId) -> bool {
        let overflow = self.policy.counter(&counter.id).and_then(|rules| rules.overflow.as_ref());
        let in_time = overflow.filter(|overflow| overflow.when_wait_over_min.is_some());
        self.is_its_own(counter, service) || in_time.is_some_and(|overflow| overflow.services.contains(service))
    }

    fn is_its_own(&self, counter: &Counter, service: &ServiceId) -> bool {
        let named = self.policy.counter(&counter.id).and_then(|rules| rules.services.as_ref());
        named.map_or_else(|| counter.services.contains(service), |named| named.contains(service))
    }

    /// The counter that somebody was handed to, where there still is one.
    fn handed_to(&self, ticket: &Ticket) -> Option<&Counter> {
        ticket.place()?.counter.as_ref().and_then(|counter| self.catalogue.counter(counter))
    }

    /// Whether some counter calls somebody, as catalogue and rules say. Who was handed to one is received there, whatever it
    /// receives for.
    fn provides_for(&self, ticket: &Ticket) -> bool {
        let Some(place) = ticket.place() else { return true };
        if let Some(counter) = self.handed_to(ticket) {
            return self.is_fit(counter, needs(ticket));
        }
        let mut counters = self.catalogue.counters.iter().filter(|one| self.receives_surely(one, &place.service));
        counters.any(|counter| self.is_fit(counter, needs(ticket)))
    }

    /// Those who wait, whom no counter would call, and whom this one takes in: late tickets of a borne may be for what is
    /// published no more. The counters that come nearest to what they wait for take them.
    pub(crate) fn stranded(&self, hall: &Hall, counter: &Counter) -> BTreeSet<TicketId> {
        let is_stranded = |ticket: &Ticket| {
            let handed = ticket.place().is_some_and(|place| place.counter.is_some());
            !self.provides_for(ticket) || (handed && self.handed_to(ticket).is_none())
        };
        // It is asked at each call, and most people wait for the same: nobody but they makes a difference.
        let (mut known, mut taken) = (BTreeMap::new(), BTreeSet::new());
        for ticket in hall.waiting() {
            let Some((place, issue)) = ticket.place().zip(ticket.issue()) else { continue };
            let taken_in = || is_stranded(ticket) && self.takes_in(counter, ticket);
            if *known.entry((&place.service, &place.counter, &issue.needs)).or_insert_with(taken_in) {
                taken.insert(ticket.id);
            }
        }
        taken
    }

    /// Whether a counter is one of those that come nearest.
    fn takes_in(&self, counter: &Counter, ticket: &Ticket) -> bool {
        let Some(place) = ticket.place() else { return false };
        let nearness = |counter: &Counter| {
            let fit = self.is_fit(counter, needs(ticket));
            match (self.receives(counter, &place.service), fit) {
                (true, true) => 3,
                (true, false) => 2,
                (false, true) => 1,
                (false, false) => 0,
            }
        };
        let nearest = self.catalogue.counters.iter().map(nearness).max();
        nearest.is_some_and(|nearest| self.catalogue.counter(&counter.id).is_some_and(|one| nearness(one) == nearest))
    }

    /// Whether some agent can do a service; where nobody is named, everybody can.
    fn is_known(&self, service: &ServiceId, agents: &[AgentRef]) -> bool {
        agents.is_empty() || agents.iter().any(|agent| self.policy.can(Some(*agent), service))
    }

    /// What is wanting for somebody to be called, where something is.
    fn wanting(&self, ticket: &Ticket, agents: &[AgentRef]) -> Option<Wanting> {
        let place = ticket.place()?;
        if self.provides_for(ticket) {
            let handed = self.handed_to(ticket).is_some();
            return (!handed && !self.is_known(&place.service, agents)).then_some(Wanting::Agent);
        }
        let mut counters = self.catalogue.counters.iter();
        let handed = self.handed_to(ticket).is_some();
        Some(if handed || counters.any(|counter| self.receives_surely(counter, &place.service)) {
            Wanting::Need(needs(ticket).cloned().collect())
        } else {
            Wanting::Counter
        })
    }

    /// Those who wait or are set aside here, whom some counter calls now and none would call after another plan.
    pub(crate) fn left_by(&self, after: &Self, hall: &Hall, agents: &[AgentRef]) -> Vec<Left> {
        let mut left: BTreeMap<(ServiceId, Wanting), usize> = BTreeMap::new();
        let parked = hall.parked();
        for ticket in hall.waiting().chain(parked.iter().copied()) {
            let Some(place) = ticket.place().filter(|_| self.wanting(ticket, agents).is_none()) else { continue };
            if let Some(wanting) = after.wanting(ticket, agents) {
                *left.entry((place.service.clone(), wanting)).or_default() += 1;
            }
        }
        let name = |id: &ServiceId| {
            let known = self.catalogue.service(id);
            known.map_or_else(|| id.to_string(), |service| service.name.get(Language::Fr).to_owned())
        };
        left.into_iter().map(|((service, wanting), people)| Left { service: name(&service), people, wanting }).collect()
    }
}

fn needs(ticket: &Ticket) -> impl Iterator<Item = &NeedId> + Clone {
    ticket.issue().into_iter().flat_map(|issue| &issue.needs)
}
