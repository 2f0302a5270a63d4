//! Calls: a ticket is called once, a counter holds one, a call that is repeated answers the same (rule R12).

use std::collections::BTreeSet;
use std::sync::Arc;

use accueil_server::store::{Acted, Hold, Move, NewAccount, NewCall, NewEvent, Outcome, Passage, SeatOutcome, Session};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use queue_engine::policy::Lane;
use queue_engine::{Decision, Rule};
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::JoinSet;
use wire::event::{Event, EventBody, TicketIssued, content_hash};
use wire::ids::{CounterId, OriginId, SiteId, TicketId};
use wire::label::{Label, LabelForm, Series};
use wire::token::Hash32;

use super::{DESK, Opened, SITE, now, promises, ticket, uuid};
use crate::postgres::url;

promises!(
    r12_a_ticket_is_called_once_and_a_counter_holds_one,
    r12_who_was_slower_gets_the_next_candidate,
    r12_the_same_call_at_once_from_everywhere_is_one_call,
    thirty_two_candidates_of_which_thirty_one_are_gone,
    only_what_a_log_holds_is_called,
    a_move_needs_the_state_it_saw,
    a_move_is_made_whole_or_not_at_all,
    what_ended_in_a_log_that_nobody_moved_goes_on_once,
    nobody_is_called_to_a_chair_that_was_left,
    every_act_twice_is_once,
    cancel_and_call_at_once_one_wins,
    sixteen_agents_never_get_the_same_ticket,
    one_counter_called_to_from_everywhere_holds_one_ticket,
    a_counter_that_is_freed_may_call_again,
    why_is_what_was_decided_then,
    the_desk_never_gives_a_number_twice_over_two_servers,
    bodies_are_kept_as_the_encoder_writes_them,
);

fn call(on: &Opened, call: u128, tickets: &[u64], counter: &str) -> NewCall {
    let candidates = tickets.iter().map(|seq| on.candidate(*seq)).collect();
    NewCall { call: uuid(call), candidates, counter: counter.parse().unwrap(), seat: None }
}

fn at(counter: &str) -> Option<CounterId> {
    Some(counter.parse().unwrap())
}

/// A move of a ticket's first passage, told as an event of no matter.
fn step(act: u128, seq: u64, counter: Option<CounterId>, from: Option<Hold>, to: Hold) -> Move {
    let passages = vec![Passage { of: ticket(seq).0, episode: 1, from, to, counter }];
    let bodies = vec![EventBody::Recalled { ticket: ticket(seq), episode: 1 }];
    Move { act: uuid(act), free: None, passages, bodies }
}

async fn make(on: &Opened, wanted: &Move) -> Outcome {
    on.store.make(DESK, now(), wanted).await.unwrap()
}

fn is_made(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Made(events) => !events.is_empty(),
        Outcome::Before(_) | Outcome::Taken | Outcome::Busy | Outcome::Left => false,
    }
}

async fn made(on: &Opened, wanted: NewCall) -> u64 {
    match on.store.call(DESK, now(), &wanted).await.unwrap() {
        Outcome::Made(events) => {
            let [Event { body: EventBody::Called { ticket, counter, call, .. }, .. }] = &events[..] else {
                panic!("{events:?}")
            };
            assert_eq!((counter, *call), (&wanted.counter, wanted.call));
            wanted.candidates.iter().find(|candidate| candidate.ticket == *ticket).unwrap().seq
        }
        other @ (Outcome::Before(_) | Outcome::Taken | Outcome::Busy | Outcome::Left) => panic!("{other:?}"),
    }
}

fn before(seq: u64) -> Outcome {
    before_as(seq, "called")
}

fn before_as(seq: u64, kind: &str) -> Outcome {
    Outcome::Before(acted(Some(ticket(seq)), kind))
}

fn acted(ticket: Option<TicketId>, kind: &str) -> Acted {
    Acted { ticket, site: Some(SITE), kind: Some(kind.to_owned()) }
}

async fn r12_a_ticket_is_called_once_and_a_counter_holds_one(on: Opened) {
    on.issue(3).await;
    assert_eq!(made(&on, call(&on, 1, &[1], "1")).await, 1);
    assert_eq!(on.store.call(DESK, now(), &call(&on, 1, &[2], "1")).await.unwrap(), before(1));
    assert_eq!(on.store.call(DESK, now(), &call(&on, 2, &[2], "1")).await.unwrap(), Outcome::Busy);
    assert_eq!(on.store.call(DESK, now(), &call(&on, 3, &[1], "2")).await.unwrap(), Outcome::Taken);
    assert_eq!(on.store.acted(uuid(1)).await.unwrap(), Some(acted(Some(ticket(1)), "called")));
    assert_eq!(on.store.acted(uuid(9)).await.unwrap(), None);
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 1);
    let log = on.store.log(DESK, 1).await.unwrap();
    assert!(matches!(log[0].event.body, EventBody::Called { .. }), "{log:?}");
}

async fn r12_who_was_slower_gets_the_next_candidate(on: Opened) {
    on.issue(3).await;
    assert_eq!(made(&on, call(&on, 1, &[1, 2], "1")).await, 1);
    assert_eq!(made(&on, call(&on, 2, &[1, 2], "2")).await, 2);
    assert_eq!(on.store.call(DESK, now(), &call(&on, 3, &[1, 2], "3")).await.unwrap(), Outcome::Taken);
    assert_eq!(on.store.call(DESK, now(), &call(&on, 3, &[], "3")).await.unwrap(), Outcome::Taken);
}

async fn r12_the_same_call_at_once_from_everywhere_is_one_call(on: Opened) {
    on.issue(8).await;
    let mut agents = JoinSet::new();
    for n in 1..=8u64 {
        let store = if n % 2 == 0 { Arc::clone(&on.store) } else { on.again().await };
        let wanted = call(&on, 1, &[n], "1");
        agents.spawn(async move { store.call(DESK, now(), &wanted).await.unwrap() });
    }
    let outcomes = agents.join_all().await;
    let called = on.store.acted(uuid(1)).await.unwrap().unwrap();
    let same = |outcome: &Outcome| match outcome {
        Outcome::Made(events) => {
            matches!(&events[0].body, EventBody::Called { ticket, .. } if Some(*ticket) == called.ticket)
        }
        Outcome::Before(acted) => *acted == called,
        Outcome::Taken | Outcome::Busy | Outcome::Left => false,
    };
    assert!(outcomes.iter().all(same), "{outcomes:?}");
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 1);
}

async fn thirty_two_candidates_of_which_thirty_one_are_gone(on: Opened) {
    on.issue(32).await;
    for seq in 1..=31 {
        assert_eq!(made(&on, call(&on, seq.into(), &[seq], &format!("c{seq}"))).await, seq);
    }
    let all: Vec<u64> = (1..=32).collect();
    assert_eq!(made(&on, call(&on, 100, &all, "1")).await, 32);
    assert_eq!(on.store.call(DESK, now(), &call(&on, 101, &all, "2")).await.unwrap(), Outcome::Taken);
}

async fn only_what_a_log_holds_is_called(on: Opened) {
    on.issue(1).await;
    let mut wanted = call(&on, 1, &[2], "1");
    assert_eq!(on.store.call(DESK, now(), &wanted).await.unwrap(), Outcome::Taken);
    wanted.candidates[0].seq = 1;
    assert_eq!(on.store.call(DESK, now(), &wanted).await.unwrap(), Outcome::Taken, "another ticket stands there");
    wanted = call(&on, 1, &[1], "1");
    wanted.candidates[0].origin = OriginId(uuid(99));
    assert_eq!(on.store.call(DESK, now(), &wanted).await.unwrap(), Outcome::Taken);
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 0);
}

async fn a_move_needs_the_state_it_saw(on: Opened) {
    on.issue(2).await;
    made(&on, call(&on, 1, &[1], "1")).await;
    let (called, serving) = (Some(Hold::Called), Some(Hold::Serving));
    let mut act = 10;
    let mut take = async |seq, counter, from, to| {
        act += 1;
        match make(&on, &step(act, seq, counter, from, to)).await {
            Outcome::Made(_) => true,
            Outcome::Taken => false,
            other @ (Outcome::Before(_) | Outcome::Busy | Outcome::Left) => panic!("{other:?}"),
        }
    };
    assert!(!take(1, at("1"), serving, Hold::Over).await, "service has not started");
    assert!(!take(1, at("2"), called, Hold::Serving).await, "another counter");
    assert!(!take(2, at("1"), called, Hold::Serving).await, "another ticket");
    assert!(!take(1, None, None, Hold::Over).await, "it was called");
    assert!(take(1, at("1"), called, Hold::Called).await);
    assert!(take(1, at("1"), called, Hold::Serving).await);
    assert!(!take(1, at("1"), called, Hold::Called).await);
    assert!(take(1, at("1"), serving, Hold::Over).await);
    assert!(!take(1, at("1"), serving, Hold::Over).await);
    assert!(take(1, None, Some(Hold::Over), Hold::Left).await);
    assert!(!take(1, None, Some(Hold::Over), Hold::Left).await, "back in the queue once");
    assert!(take(2, None, None, Hold::Over).await);
    assert!(!take(2, None, None, Hold::Over).await, "given up once");
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 6);
    let numbers: Vec<u64> = on.store.log(DESK, 1).await.unwrap().iter().map(|received| received.event.seq).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

async fn a_move_is_made_whole_or_not_at_all(on: Opened) {
    on.issue(2).await;
    made(&on, call(&on, 1, &[1], "1")).await;
    // Taken back: the passage is left, and the next one is at the counter again.
    let back = |act, to: &str| Move {
        act: uuid(act),
        free: at(to),
        passages: vec![
            Passage { of: ticket(1).0, episode: 1, from: Some(Hold::Called), to: Hold::Left, counter: None },
            Passage { of: ticket(1).0, episode: 2, from: None, to: Hold::Serving, counter: at(to) },
        ],
        bodies: vec![
            EventBody::Recalled { ticket: ticket(1), episode: 1 },
            EventBody::Started { ticket: ticket(1), episode: 2 },
        ],
    };
    made(&on, call(&on, 2, &[2], "2")).await;
    assert_eq!(make(&on, &back(3, "2")).await, Outcome::Busy);
    let mut half = back(4, "1");
    half.passages.swap(0, 1);
    half.passages[1].from = Some(Hold::Over);
    assert_eq!(make(&on, &half).await, Outcome::Taken);
    let Outcome::Made(events) = make(&on, &back(5, "1")).await else { panic!("the counter holds nobody else") };
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<u64>>(), [3, 4]);
    let log = on.store.log(DESK, 3).await.unwrap();
    assert_eq!(log.into_iter().map(|received| received.event).collect::<Vec<Event>>(), events);
    assert_eq!(on.store.call(DESK, now(), &call(&on, 6, &[2], "1")).await.unwrap(), Outcome::Busy);
}

async fn what_ended_in_a_log_that_nobody_moved_goes_on_once(on: Opened) {
    on.issue(3).await;
    let back = |act, seq| step(act, seq, None, Some(Hold::Over), Hold::Left);
    assert!(is_made(&make(&on, &back(1, 1)).await), "a borne's log alone ended it");
    assert_eq!(make(&on, &back(2, 1)).await, Outcome::Taken);
    assert_eq!(on.store.call(DESK, now(), &call(&on, 3, &[1], "1")).await.unwrap(), Outcome::Taken);
    made(&on, call(&on, 4, &[2], "1")).await;
    assert_eq!(make(&on, &back(5, 2)).await, Outcome::Taken, "somebody was faster");
    let end = step(6, 2, at("1"), Some(Hold::Called), Hold::Over);
    assert!(is_made(&make(&on, &end).await));
    assert!(is_made(&make(&on, &back(7, 2)).await));
}

async fn nobody_is_called_to_a_chair_that_was_left(on: Opened) {
    on.issue(2).await;
    let account = NewAccount { name: "Léa".into(), ..NewAccount::default() };
    let account = on.store.put_account(&account).await.unwrap();
    let (hash, tomorrow) = (Hash32::of(b"session"), now() + SignedDuration::from_hours(10));
    let session = Session { hash, account, site: None, fresh_until: now(), expires_at: tomorrow };
    on.store.open_session(&session, now()).await.unwrap();
    let from = |act, seq, counter| NewCall { seat: Some(hash), ..call(&on, act, &[seq], counter) };
    let call = async |wanted: NewCall| on.store.call(DESK, now(), &wanted).await.unwrap();
    assert_eq!(call(from(1, 1, "1")).await, Outcome::Left);
    on.store.take_seat(hash, SITE, &"1".parse().unwrap(), now()).await.unwrap();
    assert_eq!(call(from(2, 1, "2")).await, Outcome::Left, "another counter is not theirs");
    assert!(is_made(&call(from(3, 1, "1")).await));
    assert_eq!(on.store.leave_seat(hash, now()).await.unwrap(), SeatOutcome::TicketOpen);
    assert!(is_made(&make(&on, &step(4, 1, at("1"), Some(Hold::Called), Hold::Over)).await));
    assert_eq!(on.store.leave_seat(hash, now()).await.unwrap(), SeatOutcome::Taken);
    assert_eq!(call(from(5, 2, "1")).await, Outcome::Left);
    assert_eq!(call(from(3, 1, "1")).await, before(1), "what was done stays done");
    // Whoever is faster, nobody is at a counter that nobody holds.
    for round in 0..10 {
        on.store.take_seat(hash, SITE, &"1".parse().unwrap(), now()).await.unwrap();
        let other = on.again().await;
        let wanted = from(10 + round, 2, "1");
        let (called, left) = tokio::join!(on.store.call(DESK, now(), &wanted), other.leave_seat(hash, now()));
        match (called.unwrap(), left.unwrap()) {
            (Outcome::Made(_), SeatOutcome::TicketOpen) => break,
            (Outcome::Left, SeatOutcome::Taken) => {}
            both => panic!("{both:?}"),
        }
    }
}

async fn every_act_twice_is_once(on: Opened) {
    on.issue(1).await;
    made(&on, call(&on, 1, &[1], "1")).await;
    let start = step(2, 1, at("1"), Some(Hold::Called), Hold::Serving);
    assert!(is_made(&make(&on, &start).await));
    assert_eq!(make(&on, &start).await, before_as(1, "recalled"));
    let closed = EventBody::CounterClosed { counter: "3".parse().unwrap() };
    let close = Move { act: uuid(3), free: at("3"), passages: Vec::new(), bodies: vec![closed] };
    assert!(is_made(&make(&on, &close).await));
    assert_eq!(make(&on, &close).await, Outcome::Before(acted(None, "counter_closed")));
    // Also where the first is still under way, at another server.
    let other = on.again().await;
    let finish = step(4, 1, at("1"), Some(Hold::Serving), Hold::Over);
    let at_once = tokio::join!(on.store.make(DESK, now(), &finish), other.make(DESK, now(), &finish));
    let both = [at_once.0.unwrap(), at_once.1.unwrap()];
    assert!(both.iter().any(is_made) && both.contains(&before_as(1, "recalled")), "{both:?}");
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 4);
}

async fn cancel_and_call_at_once_one_wins(on: Opened) {
    on.issue(12).await;
    let other = on.again().await;
    for seq in 1..=12 {
        let (wanted, cancel) =
            (call(&on, seq.into(), &[seq], &format!("c{seq}")), step((100 + seq).into(), seq, None, None, Hold::Over));
        let at_once = tokio::join!(on.store.call(DESK, now(), &wanted), other.make(DESK, now(), &cancel));
        let both = [at_once.0.unwrap(), at_once.1.unwrap()];
        assert_eq!(both.iter().filter(|outcome| is_made(outcome)).count(), 1, "{both:?}");
        assert!(both.contains(&Outcome::Taken), "{both:?}");
    }
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 12);
}

async fn sixteen_agents_never_get_the_same_ticket(on: Opened) {
    const TICKETS: u64 = 120;
    on.issue(TICKETS).await;
    let other = on.again().await;
    let mut agents = JoinSet::new();
    for agent in 0..16u64 {
        let store = Arc::clone(if agent % 2 == 0 { &on.store } else { &other });
        let counter = format!("c{agent}");
        // Everybody tries every ticket, in the same order: the worst race there is.
        let wanted: Vec<NewCall> = (1..=TICKETS)
            .map(|seq| call(&on, (agent * 1_000 + seq).into(), &[seq, (seq + 1).min(TICKETS)], &counter))
            .collect();
        agents.spawn(async move {
            let mut mine = Vec::new();
            for wanted in wanted {
                match store.call(DESK, now(), &wanted).await.unwrap() {
                    Outcome::Made(events) => {
                        let EventBody::Called { ticket, .. } = events[0].body else { panic!("{events:?}") };
                        let seq = wanted.candidates.iter().find(|c| c.ticket == ticket).unwrap().seq;
                        mine.push(seq);
                        let (held, id) = (at(&counter), wanted.call.as_u128());
                        let start = step(id << 64, seq, held.clone(), Some(Hold::Called), Hold::Serving);
                        let finish = step(id << 64 | 1, seq, held, Some(Hold::Serving), Hold::Over);
                        for wanted in [start, finish] {
                            assert!(is_made(&store.make(DESK, now(), &wanted).await.unwrap()));
                        }
                    }
                    Outcome::Taken => {}
                    other @ (Outcome::Before(_) | Outcome::Busy | Outcome::Left) => panic!("{other:?}"),
                }
            }
            mine
        });
    }
    let all: Vec<u64> = agents.join_all().await.concat();
    assert_eq!(all.len() as u64, TICKETS);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len() as u64, TICKETS);
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 3 * TICKETS);
}

async fn one_counter_called_to_from_everywhere_holds_one_ticket(on: Opened) {
    on.issue(8).await;
    let mut agents = JoinSet::new();
    for n in 1..=8u64 {
        let store = if n % 2 == 0 { Arc::clone(&on.store) } else { on.again().await };
        let wanted = call(&on, n.into(), &[n], "1");
        agents.spawn(async move { store.call(DESK, now(), &wanted).await.unwrap() });
    }
    let outcomes = agents.join_all().await;
    assert_eq!(outcomes.iter().filter(|o| is_made(o)).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| matches!(o, Outcome::Busy)).count(), 7, "{outcomes:?}");
    assert_eq!(on.store.count_events(DESK).await.unwrap(), 1);
}

async fn a_counter_that_is_freed_may_call_again(on: Opened) {
    on.issue(2).await;
    made(&on, call(&on, 1, &[1], "1")).await;
    let counter = "1".parse().unwrap();
    on.store.free_counter(SITE, &counter, now()).await.unwrap();
    assert_eq!(on.store.call(DESK, now(), &call(&on, 2, &[2], "1")).await.unwrap(), Outcome::Busy, "called since");
    on.store.free_counter(SITE, &counter, now() + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(made(&on, call(&on, 3, &[1, 2], "1")).await, 2, "the first one was called");
}

async fn why_is_what_was_decided_then(on: Opened) {
    on.issue(2).await;
    let why = |seq| Decision {
        ticket: ticket(seq),
        episode: 1,
        counter: "1".parse().unwrap(),
        at: now(),
        policy: 12,
        service: "titres".parse().unwrap(),
        arrival: now(),
        slot: None,
        waited_s: 840,
        lane: Lane::Priority,
        rule: Rule::Ceiling { minutes: 45 },
        share: false,
        helped: true,
        runner_up: None,
    };
    let mut wanted = call(&on, 1, &[1, 2], "1");
    for candidate in &mut wanted.candidates {
        candidate.decision = Some(why(candidate.seq));
    }
    made(&on, wanted.clone()).await;
    (wanted.call, wanted.counter) = (uuid(2), "2".parse().unwrap());
    assert_eq!(made(&on, wanted).await, 2);
    for seq in [1, 2] {
        assert_eq!(on.store.why(SITE, ticket(seq), 1).await.unwrap(), Some(why(seq)));
    }
    assert_eq!(on.store.why(SITE, ticket(1), 2).await.unwrap(), None);
    let elsewhere = SiteId(uuid(999));
    assert_eq!(on.store.why(elsewhere, ticket(1), 1).await.unwrap(), None, "another site's is nobody's business");
}

fn issued(n: u64, letter: char, day: &str) -> TicketIssued {
    let label = Label::new(letter.try_into().unwrap(), Series::DESK, LabelForm::Plain, 1);
    TicketIssued {
        ticket: ticket(n),
        label,
        day: day.parse().unwrap(),
        service: "titres".parse().unwrap(),
        lang: wire::ids::Language::Ar,
        token: Hash32::of(&n.to_le_bytes()),
        paperless: true,
        uncertain: false,
        priority: false,
        group: 1,
        appointment: None,
        needs: ["pmr".parse().unwrap()].into(),
    }
}

async fn the_desk_never_gives_a_number_twice_over_two_servers(on: Opened) {
    let other = on.again().await;
    let mut desks = JoinSet::new();
    for n in 0..20u64 {
        let store = Arc::clone(if n % 2 == 0 { &on.store } else { &other });
        desks.spawn(async move {
            // Every ticket is asked for twice.
            let ticket = issued(n, 'A', "2026-11-21");
            let first = store.issue(DESK, now(), uuid(n.into()), &ticket).await.unwrap();
            let again = store.issue(DESK, now(), uuid(n.into()), &ticket).await.unwrap();
            assert_eq!(again, before_as(n, "ticket_issued"));
            match first {
                Outcome::Made(events) => events[0].clone(),
                other @ (Outcome::Before(_) | Outcome::Taken | Outcome::Busy | Outcome::Left) => panic!("{other:?}"),
            }
        });
    }
    let mut events = desks.join_all().await;
    events.sort_by_key(|event| event.seq);
    let label = |event: &Event| {
        let EventBody::TicketIssued(issued) = &event.body else { panic!("{event:?}") };
        issued.label.to_string()
    };
    let numbers: BTreeSet<String> = events.iter().map(label).collect();
    assert_eq!(numbers, (1..=20).map(|n| format!("A7 {n}")).collect());
    let log = on.store.log(DESK, 1).await.unwrap();
    assert_eq!(log.into_iter().map(|received| received.event).collect::<Vec<Event>>(), events);
    for (n, letter, day, expected) in
        [(30, 'A', "2026-11-22", "A7 1"), (31, 'B', "2026-11-21", "B7 1"), (32, 'A', "2026-11-21", "A7 21")]
    {
        let Outcome::Made(events) = on.store.issue(DESK, now(), uuid(n.into()), &issued(n, letter, day)).await.unwrap()
        else {
            panic!("{n} was not asked for before")
        };
        assert_eq!(label(&events[0]), expected);
    }
}

/// Bodies of every form that texts and numbers can take.
fn bodies() -> impl Strategy<Value = EventBody> {
    let id = any::<u128>().prop_map(|n| TicketId(uuid(n)));
    let slug = "[a-z0-9-]{1,32}".prop_map(|text| text.parse::<CounterId>().unwrap());
    prop_oneof![
        (id.clone(), any::<u32>(), slug.clone(), any::<u128>()).prop_map(|(ticket, episode, counter, call)| {
            EventBody::Called { ticket, episode, counter, call: uuid(call) }
        }),
        (id.clone(), any::<u32>(), any::<bool>()).prop_map(|(ticket, episode, inexact)| EventBody::Finished {
            ticket,
            episode,
            inexact
        }),
        (id, any::<u32>(), slug.clone()).prop_map(|(ticket, episode, counter)| EventBody::Parked {
            ticket,
            episode,
            counter,
            reason: wire::event::ParkReason::Other,
            remind_at: Some(now()),
        }),
        slug.prop_map(|counter| EventBody::CounterClosed { counter }),
    ]
}

/// What the database puts together is what the encoder writes, byte for byte, under the hash of those bytes.
async fn bodies_are_kept_as_the_encoder_writes_them(on: Opened) {
    let mut runner = TestRunner::new(Config { cases: 1, ..Config::default() });
    let mut all = Vec::new();
    for act in 0..30u128 {
        let told = prop::collection::vec(bodies(), 1..4).new_tree(&mut runner).unwrap().current();
        let wanted = Move { act: uuid(act), free: None, passages: Vec::new(), bodies: told };
        match make(&on, &wanted).await {
            Outcome::Made(events) => all.extend(events),
            other @ (Outcome::Before(_) | Outcome::Taken | Outcome::Busy | Outcome::Left) => panic!("{other:?}"),
        }
    }
    let Outcome::Made(events) = on.store.issue(DESK, now(), uuid(99), &issued(1, 'A', "2026-11-21")).await.unwrap()
    else {
        panic!("it was not asked for before")
    };
    all.extend(events);
    let kept = on.raw(DESK).await;
    assert_eq!(kept.len(), all.len());
    for ((raw, hash, kind, about), event) in kept.into_iter().zip(all) {
        assert_eq!(raw, event.encode());
        let read = NewEvent::read(raw).unwrap().kept;
        assert_eq!((hash, &kind, about), (content_hash(&read.raw).0.to_vec(), &read.kind, read.ticket.map(|t| t.0)));
    }
}

/// The desk's row is locked before anything is looked at: whoever waits sees what the one before took.
#[tokio::test]
async fn r12_a_call_waits_for_the_one_before_and_sees_what_it_took() {
    let on = Opened::postgres().await;
    on.issue(3).await;
    let mut other = PgConnection::connect(&url(&on.address)).await.unwrap();
    other.execute("BEGIN; SELECT FROM origins WHERE public_key IS NULL FOR NO KEY UPDATE").await.unwrap();
    let site =
        format!("INSERT INTO calls (ticket, episode, site, counter, at) VALUES ('{}', 1, '{SITE}', '9', 0)", ticket(1));
    other.execute(sqlx::AssertSqlSafe(site)).await.unwrap();
    let (store, wanted) = (Arc::clone(&on.store), call(&on, 1, &[1, 2], "1"));
    let waiting = tokio::spawn(async move { store.call(DESK, now(), &wanted).await.unwrap() });
    let mut observer = PgConnection::connect(&url(&on.address)).await.unwrap();
    crate::store::changes::until_somebody_waits(&mut observer).await;
    other.execute("COMMIT").await.unwrap();
    let outcome = waiting.await.unwrap();
    let Outcome::Made(events) = &outcome else { panic!("{outcome:?}") };
    assert!(matches!(events[0].body, EventBody::Called { ticket: called, .. } if called == ticket(2)), "{events:?}");
}
