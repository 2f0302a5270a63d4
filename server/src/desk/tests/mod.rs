//! Acts decided over a hall and a model of the store: what one says the other says too, whatever is done.

mod random;
mod stories;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use queue_engine::{Hall, Policy, Rank, Received, Ticket};
use uuid::Uuid;
use wire::catalogue::{Catalogue, Counter};
use wire::event::{Event, EventBody, ParkReason, QueuePlace};
use wire::ids::{AgentRef, CounterId, Language, OriginId, TicketId};
use wire::token::TicketToken;

use super::act::{Act, NewTicket, Refusal, Seen, Wanted, Who};
use super::decide::{Drawn, Intent, View, decide};
use crate::site::Plan;
use crate::store::{Hold, Passage};

const DESK: OriginId = OriginId(Uuid::from_u128(7));
const BORNE: OriginId = OriginId(Uuid::from_u128(1));
const AGENT: Who = Who::Staff { account: Some(AgentRef(3)), supervises: false };
const SUPERVISOR: Who = Who::Staff { account: Some(AgentRef(4)), supervises: true };

/// A hall, and what the store holds beside its log.
#[derive(Clone)]
struct World {
    hall: Hall,
    plan: Plan,
    passages: BTreeMap<(Uuid, u32), (Hold, Option<CounterId>)>,
    log: Vec<Received>,
    now: Timestamp,
    drawn: u128,
    closed: bool,
}

impl World {
    fn new() -> Self {
        let toml = include_str!("../../../../config/examples/marseille/site.toml");
        let plan = Plan { catalogue: Catalogue::from_toml(toml).unwrap(), policy: Policy::default() };
        let now: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let hall = Hall::new("2026-11-21".parse().unwrap(), zone);
        Self { hall, plan, passages: BTreeMap::new(), log: Vec::new(), now, drawn: 0, closed: false }
    }

    /// With so many tickets for `titres`.
    fn with(tickets: usize) -> (Self, Vec<TicketId>) {
        let mut world = Self::new();
        let issue = |_| world.act(AGENT, 0, Act::Issue(new_ticket("titres"))).unwrap();
        let ids = (0..tickets).map(issue).map(|bodies| about(&bodies[0])).collect();
        (world, ids)
    }

    fn counter(&self, n: usize) -> Counter {
        self.plan.catalogue.counters[n % 4].clone()
    }

    fn ticket(&self, id: TicketId) -> &Ticket {
        self.hall.ticket(&id).unwrap()
    }

    fn seen(&self, id: TicketId) -> Seen {
        Seen { ticket: id, episode: self.ticket(id).episode() }
    }

    fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Decides at a counter, counted from 0, and writes.
    fn act(&mut self, who: Who, counter: usize, act: Act) -> Result<Vec<EventBody>, Refusal> {
        self.drawn += 1;
        let at = self.counter(counter);
        let counter = (who != Who::Visitor).then_some(&at);
        let view = View { hall: &self.hall, plan: &self.plan, who, counter, now: self.now, closed: self.closed };
        let ticket = TicketId(Uuid::from_u128(1_000 + self.drawn));
        let drawn = Drawn { ticket, token: TicketToken::from_random(self.drawn.to_be_bytes()) };
        let bodies = match decide(view, &Wanted { id: Uuid::from_u128(self.drawn), act }, &drawn)? {
            Intent::Call(call) => {
                self.assert_free(&call.counter, &[]);
                let first = &call.candidates[0];
                assert_eq!(first.decision.as_ref().map(|why| why.ticket), Some(first.ticket));
                let place = (first.ticket.0, first.episode);
                let known = self.passages.insert(place, (Hold::Called, Some(call.counter.clone())));
                assert_eq!(known, None, "the store would have it called already");
                vec![call.body(first)]
            }
            Intent::Make(made) => {
                if let Some(free) = &made.free {
                    self.assert_free(free, &made.passages);
                }
                made.passages.iter().for_each(|passage| self.advance(passage));
                assert!(!made.bodies.is_empty());
                made.bodies
            }
            Intent::Issue(issued) => vec![EventBody::TicketIssued(issued)],
            Intent::Nothing | Intent::Nobody => Vec::new(),
        };
        for body in &bodies {
            self.write(DESK, body.clone());
        }
        Ok(bodies)
    }

    fn write(&mut self, origin: OriginId, body: EventBody) {
        let event = Event { seq: self.log.len() as u64 + 1, at: self.now, body };
        let received = Received { origin, received_at: self.now, clock_offset_ms: None, event };
        self.hall.apply(&received);
        self.log.push(received);
    }

    fn assert_free(&self, counter: &CounterId, but: &[Passage]) {
        let held = |(of, _): &(Uuid, u32)| but.iter().all(|passage| passage.of != *of);
        let here = self.passages.iter().filter(|(_, (hold, at))| *hold < Hold::Over && at.as_ref() == Some(counter));
        assert!(!here.into_iter().any(|(place, _)| held(place)), "the store would say that {counter} is busy");
    }

    fn advance(&mut self, passage: &Passage) {
        let place = (passage.of, passage.episode);
        let known = self.passages.get(&place).cloned();
        assert_eq!(known.as_ref().map(|(hold, _)| *hold), passage.from, "the store would say that it was slower");
        let counter = match known {
            Some((_, at)) => {
                assert!(passage.counter.is_none() || passage.counter == at, "another counter holds it");
                at
            }
            None => passage.counter.clone(),
        };
        self.passages.insert(place, (passage.to, counter));
    }

    /// The store holds of each passage what the hall shows, and of each counter whom.
    fn assert_agrees(&self) {
        let mut held = BTreeMap::new();
        for ticket in self.hall.tickets() {
            for episode in 1..ticket.episode() {
                let left = self.passages.get(&(ticket.id.0, episode)).map(|(hold, _)| *hold);
                assert_eq!(left, Some(Hold::Left), "passage {episode} of {}", ticket.id);
            }
            let expected = match ticket.rank() {
                Rank::Waiting | Rank::Parked => None,
                Rank::Called => Some(Hold::Called),
                Rank::Serving => Some(Hold::Serving),
                Rank::Cancelled | Rank::NoShow | Rank::Finished => Some(Hold::Over),
            };
            let known = self.passages.get(&(ticket.id.0, ticket.episode()));
            assert_eq!(known.map(|(hold, _)| *hold), expected, "{ticket:?}");
            if let Some((Hold::Called | Hold::Serving, counter)) = known {
                assert_eq!(ticket.call().map(|call| &call.counter), counter.as_ref());
                assert!(held.insert(counter.clone(), ticket.id).is_none(), "a counter holds one");
            }
        }
        for counter in &self.plan.catalogue.counters {
            assert_eq!(self.hall.at_counter(&counter.id).map(|t| t.id), held.get(&Some(counter.id.clone())).copied());
        }
    }

    /// How everybody stands, for the comparison with how they stand after something was taken back.
    fn standings(&self) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
        let of = |t: &Ticket| {
            let call = t.call().filter(|_| t.is_held()).map(|call| (call.counter.clone(), t.rings(), t.started()));
            let parked = t.parking().map(|parking| (parking.counter.clone(), parking.since));
            (t.id, t.rank(), t.place().cloned(), call, parked, t.no_shows(), t.postponed())
        };
        self.hall.tickets().map(of).collect()
    }
}

fn new_ticket(service: &str) -> NewTicket {
    NewTicket {
        service: service.parse().unwrap(),
        lang: Language::Fr,
        priority: false,
        group: 1,
        appointment: None,
        needs: [].into(),
        paperless: true,
    }
}

fn about(body: &EventBody) -> TicketId {
    crate::store::ticket_of(body).unwrap()
}

fn finish(seen: Seen) -> Act {
    Act::Finish { seen, inexact: false }
}

fn park(seen: Seen) -> Act {
    Act::Park { seen, reason: ParkReason::Photocopy }
}

fn transfer(seen: Seen, place: QueuePlace) -> Act {
    Act::Transfer { seen, service: None, counter: None, place: Some(place) }
}
