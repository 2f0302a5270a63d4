//! Acts decided over a hall and a model of the store: what one says the other says too, whatever is done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use queue_engine::policy::{NotUndone, TooSoon};
use queue_engine::{Hall, NotHere, Policy, Rank, Received, State, Ticket};
use uuid::Uuid;
use wire::catalogue::{Catalogue, Counter};
use wire::event::{Actor, Event, EventBody, ParkReason, PauseReason, QueuePlace};
use wire::ids::{AgentRef, CounterId, HelpId, Language, OriginId, TicketId};
use wire::token::TicketToken;

use super::act::{Act, NewTicket, Refusal, Seen, Standing, Wanted, Who};
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
        let toml = include_str!("../../../config/examples/marseille/site.toml");
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

/// An act of some kind on some ticket.
fn some_act(kind: u8, seen: Seen, n: u8) -> Act {
    match kind {
        0..=5 => Act::Call,
        6 => Act::CallThis(seen),
        7 => Act::Recall(seen),
        8..=10 => Act::Start(seen),
        11 | 12 => Act::Finish { seen, inexact: n.is_multiple_of(2) },
        13 => Act::NoShow(seen),
        14 => park(seen),
        15 | 16 => Act::Resume(seen),
        17 => Act::Transfer {
            seen,
            service: n.is_multiple_of(3).then(|| "ecole".parse().unwrap()),
            counter: n.is_multiple_of(5).then(|| "4".parse().unwrap()),
            place: [None, Some(QueuePlace::Front), Some(QueuePlace::Back), Some(QueuePlace::Own)][usize::from(n) % 4],
        },
        18 => Act::Redirect { seen, service: "ecole".parse().unwrap() },
        19 => Act::Postpone(seen),
        20 => Act::Reinstate(seen),
        21 => Act::Cancel(seen),
        22..=24 => Act::Undo(seen),
        25 => Act::Reprint(seen),
        26 => Act::Pause(PauseReason::Lunch),
        27 => Act::Close,
        28..=30 => Act::Open { services: [].into() },
        _ => Act::Issue(new_ticket(["titres", "retrait", "ecole"][usize::from(n) % 3])),
    }
}

/// Whether [`Act::Undo`] right after it takes this back, and not what was before.
const fn is_taken_back(act: &Act) -> bool {
    match act {
        Act::Call
        | Act::CallThis(_)
        | Act::Start(_)
        | Act::Finish { .. }
        | Act::NoShow(_)
        | Act::Park { .. }
        | Act::Resume(_)
        | Act::Transfer { .. }
        | Act::Redirect { .. }
        | Act::Postpone(_)
        | Act::Reinstate(_)
        | Act::Cancel(_) => true,
        Act::Recall(_)
        | Act::CheckIn { .. }
        | Act::Undo(_)
        | Act::Issue(_)
        | Act::Reprint(_)
        | Act::Open { .. }
        | Act::Pause(_)
        | Act::Close
        | Act::AnswerHelp(_) => false,
    }
}

/// What is done at random: a kind of act, which ticket, at which counter, after how many quarters of a second.
type Step = (u8, u8, u8, i64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0u8..40, any::<u8>(), any::<u8>(), 0i64..600), 1..140)
}

/// Does all of it, comparing hall and store after each act. Answers what was done and not refused, and what was taken back.
fn play(steps: Vec<Step>) -> BTreeSet<(String, bool)> {
    let (mut world, _) = World::with(4);
    (world.plan.policy.no_show.wait_s, world.plan.policy.no_show.min_calls) = (20, 1);
    let mut done = BTreeSet::new();
    for (kind, n, counter, quarters) in steps {
        world.now += SignedDuration::from_millis(quarters * 250 / 16);
        let known: Vec<TicketId> = world.hall.tickets().map(|ticket| ticket.id).collect();
        let here = world.hall.at_counter(&world.counter(usize::from(counter)).id).map(|ticket| ticket.id);
        // Half of the time whom the counter holds: most others refuse.
        let picked = here.filter(|_| n.is_multiple_of(2)).unwrap_or(known[usize::from(n / 2) % known.len()]);
        let act = some_act(kind, world.seen(picked), n);
        let who = match n % 7 {
            0 => SUPERVISOR,
            1 => Who::Visitor,
            _ => AGENT,
        };
        let before = world.standings();
        let told = world.act(who, usize::from(counter), act.clone());
        world.assert_agrees();
        let Some(body) = told.ok().and_then(|bodies| bodies.last().cloned()) else { continue };
        let taken_back = is_taken_back(&act);
        if taken_back {
            let mut back = world.clone();
            let undone = back.act(SUPERVISOR, usize::from(counter), Act::Undo(back.seen(about(&body))));
            assert!(undone.is_ok(), "{act:?}: {undone:?}");
            back.assert_agrees();
            assert_eq!(back.standings(), before, "{act:?}");
        }
        let name = format!("{act:?}");
        done.insert((name.split(['(', ' ']).next().unwrap_or_default().to_owned(), taken_back));
    }
    let mut folded = Hall::new(world.hall.day(), TimeZone::get("Europe/Paris").unwrap());
    world.log.iter().rev().for_each(|received| folded.apply(received));
    assert_eq!(folded, world.hall, "whoever folds the log ends with the same hall");
    done
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 64 } else { 512 }))]

    #[test]
    fn hall_and_store_agree_after_whatever_is_done_and_undo_regains_the_exact_place(steps in steps()) {
        play(steps);
    }
}

#[test]
fn what_is_done_at_random_is_everything() {
    let mut runner = TestRunner::deterministic();
    let mut done = BTreeSet::new();
    for _ in 0..48 {
        done.append(&mut play(steps().new_tree(&mut runner).unwrap().current()));
    }
    let (back, for_good): (Vec<_>, Vec<_>) = done.into_iter().partition(|(_, taken_back)| *taken_back);
    let names = |acts: Vec<(String, bool)>| acts.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(back),
        "Call CallThis Cancel Finish NoShow Park Postpone Redirect Reinstate Resume Start Transfer",
        "taken back"
    );
    assert_eq!(names(for_good), "Close Issue Open Pause Recall Reprint Undo");
}

#[test]
fn who_is_absent_comes_back_after_the_policys_minutes_and_then_not_by_themselves() {
    let (mut world, ids) = World::with(1);
    let id = ids[0];
    for returns in [true, false] {
        world.act(AGENT, 0, Act::Call).unwrap();
        assert_eq!(world.act(AGENT, 0, Act::NoShow(world.seen(id))), Err(Refusal::TooSoon(TooSoon::Calls(1))));
        assert_eq!(world.act(AGENT, 0, Act::Recall(world.seen(id))), Err(Refusal::TooSoon(TooSoon::Seconds(5))));
        world.wait(6);
        world.act(AGENT, 0, Act::Recall(world.seen(id))).unwrap();
        assert_eq!(world.act(AGENT, 0, Act::NoShow(world.seen(id))), Err(Refusal::TooSoon(TooSoon::Seconds(84))));
        world.wait(84);
        let bodies = world.act(AGENT, 0, Act::NoShow(world.seen(id))).unwrap();
        assert_eq!(bodies.len(), 1 + usize::from(returns), "{bodies:?}");
        assert_eq!(world.act(AGENT, 0, Act::Call), Ok(Vec::new()), "not before its minutes");
        world.wait(5 * 60);
    }
    assert_eq!(world.ticket(id).state(world.hall.day()), State::NoShow);
    world.act(AGENT, 0, Act::Reinstate(world.seen(id))).unwrap();
    world.act(AGENT, 0, Act::Call).unwrap();
    world.assert_agrees();
}

#[test]
fn what_moved_on_says_where_to() {
    let (mut world, ids) = World::with(2);
    world.act(AGENT, 1, Act::Open { services: [].into() }).unwrap();
    let seen = world.seen(ids[0]);
    world.act(AGENT, 1, Act::Call).unwrap();
    let Err(Refusal::Moved(Standing { state, counter, agent, .. })) = world.act(AGENT, 0, Act::CallThis(seen)) else {
        panic!("somebody was faster");
    };
    assert_eq!((state, counter, agent), (State::Called, Some("2".parse().unwrap()), Some(AgentRef(3))));
    assert!(matches!(world.act(AGENT, 0, Act::Start(seen)), Err(Refusal::Moved(_))), "another counter's");
    assert_eq!(world.act(AGENT, 1, Act::Call), Err(Refusal::Busy { ticket: Some(ids[0]) }));
    assert_eq!(world.act(AGENT, 1, Act::Close), Err(Refusal::Busy { ticket: Some(ids[0]) }));
    assert!(matches!(world.act(AGENT, 1, finish(seen)), Err(Refusal::Moved(_))), "nobody has come");
    world.act(AGENT, 1, Act::Start(seen)).unwrap();
    world.act(AGENT, 1, finish(seen)).unwrap();
    world.act(AGENT, 1, Act::Pause(PauseReason::Lunch)).unwrap();
    assert_eq!(world.act(AGENT, 1, Act::Pause(PauseReason::Lunch)), Ok(Vec::new()), "it is so already");
    assert_eq!(world.act(AGENT, 1, Act::Call), Err(Refusal::Away));
    let school = Act::CallThis(world.seen(ids[1]));
    assert!(matches!(world.act(AGENT, 2, school), Err(Refusal::NotHere(NotHere::Service(_)))));
}

#[test]
fn parked_comes_back_to_its_counter_only_unless_a_supervisor_takes_it() {
    let (mut world, ids) = World::with(2);
    world.act(AGENT, 0, Act::Call).unwrap();
    world.act(AGENT, 0, park(world.seen(ids[0]))).unwrap();
    let seen = world.seen(ids[0]);
    let own = Err(Refusal::NotHere(NotHere::OtherCounter("1".parse().unwrap())));
    assert_eq!(world.act(AGENT, 1, Act::Resume(seen)), own);
    assert_eq!(world.act(AGENT, 1, transfer(seen, QueuePlace::Own)), own);
    let mut other = world.clone();
    other.act(SUPERVISOR, 1, Act::Resume(seen)).unwrap();
    other.assert_agrees();
    world.act(AGENT, 0, Act::Call).unwrap();
    assert_eq!(world.act(AGENT, 0, Act::Resume(seen)), Err(Refusal::Busy { ticket: Some(ids[1]) }));
    world.act(AGENT, 0, park(world.seen(ids[1]))).unwrap();
    world.act(AGENT, 0, Act::Resume(seen)).unwrap();
    assert_eq!(world.ticket(ids[0]).rank(), Rank::Serving);
    world.assert_agrees();
}

#[test]
fn each_place_of_a_transfer_is_where_it_says() {
    for (place, expected) in
        [(QueuePlace::Front, [1, 2, 3]), (QueuePlace::Own, [1, 2, 3]), (QueuePlace::Back, [2, 3, 1])]
    {
        let (mut world, ids) = World::with(4);
        let called = world.act(AGENT, 0, Act::Call).unwrap();
        assert_eq!(about(&called[0]), ids[0]);
        world.act(AGENT, 1, Act::Call).unwrap();
        world.wait(60);
        world.act(AGENT, 1, transfer(world.seen(ids[1]), place)).unwrap();
        world.act(AGENT, 0, Act::Start(world.seen(ids[0]))).unwrap();
        world.act(AGENT, 0, finish(world.seen(ids[0]))).unwrap();
        let mut order = Vec::new();
        while let Some(next) = world.act(AGENT, 3, Act::Call).unwrap().first().map(about) {
            order.push(ids.iter().position(|id| *id == next).unwrap());
            world.act(AGENT, 3, Act::Start(world.seen(next))).unwrap();
            world.act(AGENT, 3, finish(world.seen(next))).unwrap();
        }
        assert_eq!(order, expected, "{place:?}");
    }
}

#[test]
fn an_undo_has_its_seconds_and_its_counter_and_visitors_undo_what_they_did() {
    let (mut world, ids) = World::with(2);
    world.act(AGENT, 0, Act::Call).unwrap();
    let undo = Act::Undo(world.seen(ids[0]));
    assert_eq!(world.act(AGENT, 1, undo.clone()), Err(Refusal::NotYours));
    assert_eq!(world.act(Who::Visitor, 0, undo.clone()), Err(Refusal::NotUndone(NotUndone::Nothing)));
    world.wait(11);
    assert_eq!(world.act(AGENT, 0, undo), Err(Refusal::NotUndone(NotUndone::TooLate(10))));
    world.act(AGENT, 0, Act::Start(world.seen(ids[0]))).unwrap();
    world.act(AGENT, 0, finish(world.seen(ids[0]))).unwrap();
    world.act(AGENT, 0, Act::Call).unwrap();
    let undo = Act::Undo(world.seen(ids[0]));
    let busy = NotUndone::CounterBusy("1".parse().unwrap());
    assert_eq!(world.act(AGENT, 0, undo), Err(Refusal::NotUndone(busy)));
    world.act(AGENT, 0, park(world.seen(ids[1]))).unwrap();
    world.act(Who::Visitor, 0, Act::Cancel(world.seen(ids[1]))).unwrap();
    world.wait(90);
    world.act(Who::Visitor, 0, Act::Undo(world.seen(ids[1]))).unwrap();
    assert_eq!(world.ticket(ids[1]).rank(), Rank::Parked);
    assert_eq!(world.act(Who::Visitor, 0, Act::Reinstate(world.seen(ids[1]))), Err(Refusal::NotYours));
    world.assert_agrees();
}

#[test]
fn in_a_closed_day_nobody_comes_into_the_queue_but_by_staff_and_the_house_ends_nobody_on_an_open_one() {
    let (mut world, ids) = World::with(5);
    assert_eq!(world.act(Who::House, 0, Act::Cancel(world.seen(ids[4]))), Err(Refusal::NotYours), "the day is open");
    world.act(Who::Visitor, 0, Act::Cancel(world.seen(ids[0]))).unwrap();
    world.act(AGENT, 0, Act::Call).unwrap();
    world.closed = true;
    for act in [Act::Undo(world.seen(ids[0])), Act::Postpone(world.seen(ids[2]))] {
        assert_eq!(world.act(Who::Visitor, 0, act), Err(Refusal::DayClosed));
    }
    for id in [ids[2], ids[3], ids[4]] {
        let by = world.act(Who::House, 0, Act::Cancel(world.seen(id))).unwrap();
        assert!(matches!(by[0], EventBody::Cancelled { by: Actor::Policy, .. }));
    }
    // Absent, for the first time: on any other day they would be back.
    world.wait(60);
    world.act(AGENT, 0, Act::Recall(world.seen(ids[1]))).unwrap();
    world.wait(60);
    assert_eq!(world.act(AGENT, 0, Act::NoShow(world.seen(ids[1]))).unwrap().len(), 1);
    world.act(SUPERVISOR, 0, Act::Reinstate(world.seen(ids[2]))).unwrap();
    assert_eq!(world.ticket(ids[2]).put_there_by(), Some(Actor::Staff));
    // Whatever the time, the house takes back what it did, and a reinstatement that is taken back is an end again.
    world.act(SUPERVISOR, 0, Act::Undo(world.seen(ids[2]))).unwrap();
    assert_eq!(world.ticket(ids[2]).cancelled_by(), Some(Actor::Policy));
    world.wait(3_600);
    world.act(Who::House, 0, Act::Undo(world.seen(ids[3]))).unwrap();
    assert_eq!((world.ticket(ids[3]).rank(), world.ticket(ids[3]).cancelled_by()), (Rank::Waiting, None));
    world.assert_agrees();
}

#[test]
fn help_is_answered_once_and_only_where_it_was_asked() {
    let (mut world, _) = World::with(0);
    let help = HelpId(Uuid::from_u128(77));
    assert_eq!(world.act(AGENT, 0, Act::AnswerHelp(help)), Err(Refusal::Unknown("the call for help")));
    world.write(BORNE, EventBody::HelpRequested { help });
    let told = world.act(AGENT, 0, Act::AnswerHelp(help)).unwrap();
    assert_eq!(told, [EventBody::HelpAnswered { help, by: Some(AgentRef(3)) }]);
    assert!(matches!(world.act(AGENT, 1, Act::AnswerHelp(help)), Err(Refusal::Answered { by: Some(AgentRef(3)) })));
}

#[test]
fn a_ticket_of_the_desk_has_its_series_and_what_is_not_published_is_unknown() {
    let (mut world, ids) = World::with(1);
    let issue = world.ticket(ids[0]).issue().unwrap();
    assert_eq!((issue.label.series.map(|series| series.digit()), issue.day), (Some(7), world.hall.day()));
    let gone = world.act(AGENT, 0, Act::Issue(new_ticket("tramway")));
    assert_eq!(gone, Err(Refusal::Unknown("the service")));
    let seen = world.seen(ids[0]);
    let gone = world.act(AGENT, 0, Act::Redirect { seen, service: "tramway".parse().unwrap() });
    assert_eq!(gone, Err(Refusal::Unknown("the service")));
    let appointment = world.now + SignedDuration::from_mins(10);
    world.act(AGENT, 0, Act::CheckIn { seen, appointment }).unwrap();
    world.act(AGENT, 0, Act::Cancel(seen)).unwrap();
    assert!(matches!(world.act(AGENT, 0, Act::Reprint(seen)), Err(Refusal::Moved(_))));
}
