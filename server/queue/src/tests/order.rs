//! Who is called next, and why.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wire::event::{EventBody, TicketIssued};
use wire::ids::AgentRef;

use super::merge::logs;
use super::*;
use crate::policy::{CounterRules, Lane, LaneMode, Overflow, Share, Skill};
use crate::{NotHere, Rule, State, choose_by_hand, line};

/// A ticket taken so many minutes after nine.
fn take(desk: &mut Desk, minute: i64, ticket: TicketIssued) {
    desk.write(minute * 60, EventBody::TicketIssued(ticket));
}

fn with_priority(n: u32) -> TicketIssued {
    TicketIssued { priority: true, ..taken(n, "x") }
}

fn expected(n: u32, minute: i64) -> TicketIssued {
    TicketIssued { appointment: Some(min(minute)), ..taken(n, "x") }
}

#[test]
fn without_a_word_said_priority_goes_first_then_arrival() {
    let mut desk = Desk::new();
    (0..3).for_each(|n| take(&mut desk, i64::from(n), taken(n, "x")));
    take(&mut desk, 3, with_priority(10));
    let decision = choose(&desk.hall, &Policy::default(), &seat(&["x"]), min(10)).unwrap();
    assert_eq!((number(decision.ticket), decision.rule, decision.lane), (10, Rule::Lane, Lane::Priority));
    assert_eq!((decision.waited_s, decision.policy), (7 * 60, 0));
    let second = decision.runner_up.unwrap();
    assert_eq!((number(second.ticket), second.waited_s, second.ceiling_min), (0, 10 * 60, 45));
    assert_eq!(desk.serve_all(600, &Policy::default(), &seat(&["x"])), [10, 0, 1, 2]);
    assert_eq!(choose(&desk.hall, &Policy::default(), &seat(&["x"]), min(11)), None);
}

#[test]
fn over_the_ceiling_the_longest_wait_goes_first_in_turns_with_priority() {
    let mut desk = Desk::new();
    (0..3).for_each(|n| take(&mut desk, i64::from(n), taken(n, "x")));
    (10..13).for_each(|n| take(&mut desk, 20, with_priority(n)));
    take(&mut desk, 30, taken(20, "x"));
    let now = 48 * 60;
    let first = choose(&desk.hall, &Policy::default(), &seat(&["x"]), at(now)).unwrap();
    assert_eq!((number(first.ticket), first.rule), (10, Rule::Lane));
    desk.serve(now, &Policy::default(), &seat(&["x"]));
    let second = choose(&desk.hall, &Policy::default(), &seat(&["x"]), at(now)).unwrap();
    assert_eq!((number(second.ticket), second.rule), (0, Rule::Ceiling { minutes: 45 }));
    assert_eq!(desk.serve_all(now, &Policy::default(), &seat(&["x"])), [0, 11, 1, 12, 2, 20]);
}

#[test]
fn a_service_has_a_ceiling_of_its_own() {
    let mut desk = Desk::new();
    let mut policy = Policy::default();
    policy.ceiling.services = BTreeMap::from([(service("y"), 10)]);
    policy.lanes.order = vec![Lane::Return, Lane::Appointment, Lane::Ordinary, Lane::Priority];
    take(&mut desk, 0, taken(1, "x"));
    take(&mut desk, 1, taken(2, "y"));
    assert_eq!(desk.serve(11 * 60 + 61, &policy, &seat(&["x", "y"])), Some(2));
}

#[test]
fn after_so_many_people_with_priority_a_counter_calls_somebody_else() {
    let mut desk = Desk::new();
    (10..16).for_each(|n| take(&mut desk, 0, with_priority(n)));
    (0..2).for_each(|n| take(&mut desk, 1, taken(n, "x")));
    let mut policy = Policy::default();
    policy.lanes.priority_in_a_row = Some(2);
    let mut third = Desk { hall: desk.hall.clone(), log: desk.log.clone() };
    assert_eq!(desk.serve_all(300, &policy, &seat(&["x"])), [10, 11, 0, 12, 13, 1, 14, 15]);
    third.serve(300, &policy, &seat(&["x"]));
    third.serve(300, &policy, &seat(&["x"]));
    let decision = choose(&third.hall, &policy, &seat(&["x"]), at(300)).unwrap();
    assert_eq!(decision.rule, Rule::AfterPriority { in_a_row: 2 });
    // Another counter has turns of its own.
    let other = choose(&third.hall, &policy, &seat_at("2", &["x"]), at(300)).unwrap();
    assert_eq!((number(other.ticket), other.rule), (12, Rule::Lane));
}

#[test]
fn weighted_lanes_have_their_turns_and_a_restart_does_not_forget_them() {
    let mut desk = Desk::new();
    (10..16).for_each(|n| take(&mut desk, 0, with_priority(n)));
    (0..6).for_each(|n| take(&mut desk, 1, taken(n, "x")));
    let mut policy = Policy::default();
    policy.lanes.mode = LaneMode::Weighted;
    policy.lanes.weights = BTreeMap::from([(Lane::Priority, 2)]);
    let seat = seat(&["x"]);
    let mut served = Vec::new();
    for second in 300..306 {
        served.extend(desk.serve(second, &policy, &seat));
        // A replica that heard everything in another order knows whose turn it is.
        let mut replica = hall(&[]);
        desk.log.iter().rev().for_each(|event| replica.apply(event));
        let next = |hall: &Hall| choose(hall, &policy, &seat, at(second));
        assert_eq!(next(&replica), next(&desk.hall));
    }
    let of_priority = served.iter().filter(|n| **n >= 10).count();
    assert_eq!(of_priority, 4, "two turns in three: {served:?}");
    let decision = choose(&desk.hall, &policy, &seat, at(310)).unwrap();
    assert_eq!(decision.rule, Rule::Turn);
}

#[test]
fn an_undone_call_has_used_up_no_turn() {
    let mut desk = Desk::new();
    (10..14).for_each(|n| take(&mut desk, 0, with_priority(n)));
    (0..2).for_each(|n| take(&mut desk, 1, taken(n, "x")));
    let mut policy = Policy::default();
    policy.lanes.priority_in_a_row = Some(1);
    desk.write(300, called(10, 1, "1", 1));
    let undone = policy.undo(&desk.hall, desk.hall.ticket(&ticket(10)).unwrap(), at(305)).unwrap();
    desk.write(305, undone.event);
    assert_eq!(desk.serve_all(310, &policy, &seat(&["x"])), [10, 0, 11, 1, 12, 13]);
}

#[test]
fn services_of_one_lane_share_a_counters_turns() {
    let mut desk = Desk::new();
    (0..6).for_each(|n| take(&mut desk, 0, taken(n, "x")));
    (10..16).for_each(|n| take(&mut desk, 1, taken(n, "y")));
    let policy = Policy {
        shares: vec![
            Share { services: [service("x")].into(), weight: 2 },
            Share { services: [service("y"), service("z")].into(), weight: 1 },
        ],
        ..Policy::default()
    };
    let served = desk.serve_all(300, &policy, &seat(&["x", "y"]));
    assert_eq!(served[..6].iter().filter(|n| **n < 10).count(), 4, "two in three: {served:?}");
    assert_eq!(served.len(), 12);
}

#[test]
fn an_appointment_is_due_at_its_slot_and_early_only_where_nobody_else_waits() {
    let mut desk = Desk::new();
    take(&mut desk, 20, expected(1, 40));
    let policy = Policy::default();
    let next = |desk: &Desk, minute| choose(&desk.hall, &policy, &seat(&["x"]), min(minute)).map(|d| d.rule);
    assert_eq!(next(&desk, 29), None, "eleven minutes early");
    assert_eq!(next(&desk, 30), Some(Rule::Early));
    take(&mut desk, 30, taken(2, "x"));
    assert_eq!(choose(&desk.hall, &policy, &seat(&["x"]), min(31)).unwrap().ticket, ticket(2));
    let due = choose(&desk.hall, &policy, &seat(&["x"]), min(40)).unwrap();
    assert_eq!((due.ticket, due.lane, due.rule, due.slot), (ticket(1), Lane::Appointment, Rule::Lane, Some(min(40))));
    assert_eq!(due.waited_s, 0, "nobody waits before their appointment");
}

#[test]
fn who_comes_too_late_for_an_appointment_waits_from_then_on() {
    let mut desk = Desk::new();
    take(&mut desk, 45, taken(2, "x"));
    take(&mut desk, 50, expected(1, 40));
    take(&mut desk, 51, expected(3, 40));
    let served = desk.serve_all(52 * 60, &Policy::default(), &seat(&["x"]));
    assert_eq!(served, [1, 2, 3], "ten minutes late is in time, eleven is not");
}

#[test]
fn who_is_checked_in_is_expected_at_their_slot_and_the_last_word_counts() {
    let mut desk = Desk::new();
    let checked_in = |n, minute| EventBody::CheckedIn { ticket: ticket(n), appointment: min(minute) };
    take(&mut desk, 20, taken(1, "x"));
    take(&mut desk, 25, taken(2, "x"));
    let next = |desk: &Desk, minute| choose(&desk.hall, &Policy::default(), &seat(&["x"]), min(minute)).unwrap();
    assert_eq!(next(&desk, 41).ticket, ticket(1), "both wait like everybody");
    desk.write(26 * 60, checked_in(2, 50));
    desk.write(27 * 60, checked_in(2, 40));
    let called = next(&desk, 41);
    assert_eq!((called.ticket, called.lane, called.slot), (ticket(2), Lane::Appointment, Some(min(40))));
    let known = desk.hall.ticket(&ticket(2)).unwrap();
    assert_eq!((known.checked_in(), known.issue().unwrap().appointment), (Some(min(27)), Some(min(40))));
    // Whoever took the ticket late is late, whenever they were checked in.
    take(&mut desk, 55, taken(3, "x"));
    desk.write(56 * 60, checked_in(3, 40));
    let late = choose_by_hand(&desk.hall, &Policy::default(), &seat(&["x"]), &ticket(3), min(57)).unwrap();
    assert_eq!((late.lane, late.slot), (Lane::Ordinary, None));
}

#[test]
fn an_agent_calls_what_they_can_do_and_a_counter_whom_it_can_receive() {
    let mut desk = Desk::new();
    take(&mut desk, 0, taken(1, "y"));
    let needs = BTreeSet::from(["pmr".parse().unwrap()]);
    take(&mut desk, 1, TicketIssued { needs, ..taken(2, "x") });
    take(&mut desk, 2, taken(3, "x"));
    let policy = Policy {
        skills: vec![Skill { agent: AgentRef(17), services: [service("x")].into() }],
        counters: vec![CounterRules {
            id: counter("1"),
            services: None,
            capabilities: ["pmr".parse().unwrap()].into(),
            overflow: None,
        }],
        ..Policy::default()
    };
    let next = |seat: &Seat| choose(&desk.hall, &policy, seat, at(300)).map(|d| number(d.ticket));
    assert_eq!(next(&seat(&["x", "y"])), Some(1), "nobody in particular can do everything");
    assert_eq!(next(&Seat { agent: Some(AgentRef(17)), ..seat(&["x", "y"]) }), Some(2));
    assert_eq!(next(&Seat { agent: Some(AgentRef(17)), ..seat_at("2", &["x", "y"]) }), Some(3));
    let by_hand = |seat: &Seat, n| choose_by_hand(&desk.hall, &policy, seat, &ticket(n), at(300));
    assert_eq!(by_hand(&seat_at("2", &["x"]), 2), Err(NotHere::Need("pmr".parse().unwrap())));
    let equipped = Seat { capabilities: ["pmr".parse().unwrap()].into(), ..seat_at("2", &["x"]) };
    assert_eq!(next(&equipped), Some(2), "what the catalogue says counts as what the policy says");
    assert_eq!(by_hand(&seat_at("2", &["x"]), 1), Err(NotHere::Service(service("y"))));
    assert_eq!(by_hand(&seat_at("2", &["x"]), 9), Err(NotHere::NotWaiting));
    let chosen = by_hand(&seat(&["x", "y"]), 3).unwrap();
    assert_eq!((chosen.rule, chosen.runner_up.map(|r| number(r.ticket))), (Rule::ByHand, Some(1)));
}

#[test]
fn a_counter_helps_out_while_too_many_wait_or_one_waits_too_long() {
    let helps = |when_wait_over_min, when_longer_than| Policy {
        counters: vec![CounterRules {
            id: counter("1"),
            services: Some([service("x")].into()),
            capabilities: BTreeSet::new(),
            overflow: Some(Overflow { services: [service("y")].into(), when_wait_over_min, when_longer_than }),
        }],
        ..Policy::default()
    };
    let mut desk = Desk::new();
    (0..3).for_each(|n| take(&mut desk, i64::from(n), taken(n, "y")));
    let next = |desk: &Desk, policy: &Policy, minute| {
        choose(&desk.hall, policy, &seat(&["x"]), min(minute)).map(|d| (number(d.ticket), d.helped))
    };
    assert_eq!(next(&desk, &helps(Some(20), None), 20), None);
    assert_eq!(next(&desk, &helps(Some(20), None), 21), Some((0, true)));
    assert_eq!(next(&desk, &helps(None, Some(3)), 21), None);
    take(&mut desk, 3, taken(3, "y"));
    assert_eq!(next(&desk, &helps(None, Some(3)), 21), Some((0, true)));
}

#[test]
fn the_line_is_the_order_in_which_a_counter_calls() {
    let mut desk = Desk::new();
    (0..6).for_each(|n| take(&mut desk, 0, taken(n, "x")));
    (10..16).for_each(|n| take(&mut desk, 1, with_priority(n)));
    let mut policy = Policy::default();
    policy.lanes.priority_in_a_row = Some(2);
    let (shown, more) = line(&desk.hall, &policy, &seat(&["x"]), at(300), 10);
    let shown: Vec<u32> = shown.iter().map(|decision| number(decision.ticket)).collect();
    assert_eq!(more, 2);
    assert_eq!(shown, desk.serve_all(300, &policy, &seat(&["x"]))[..10]);
}

/// A policy of every kind.
pub(super) fn policies() -> impl Strategy<Value = Policy> {
    let order = Just(Lane::ALL.to_vec()).prop_shuffle();
    let weights = proptest::collection::btree_map(proptest::sample::select(&Lane::ALL[..]), 1u32..5, 0..4);
    let lanes = (order, weights, any::<bool>(), proptest::option::of(1u32..4));
    let rules = (5u32..60, 5u32..60, 0u32..20, 0u32..20, 0u32..4, any::<bool>(), any::<bool>());
    (lanes, rules).prop_map(|((order, weights, weighted, in_a_row), rules)| {
        let (ceiling, other, early, late, share, skilled, helps) = rules;
        let mut policy = Policy::default();
        policy.lanes.mode = if weighted { LaneMode::Weighted } else { LaneMode::Strict };
        (policy.lanes.order, policy.lanes.weights, policy.lanes.priority_in_a_row) = (order, weights, in_a_row);
        policy.ceiling.default_min = ceiling;
        policy.ceiling.services = BTreeMap::from([(service("y"), other)]);
        (policy.appointment.early_min, policy.appointment.late_min) = (early, late);
        if share > 0 {
            policy.shares = vec![Share { services: [service("x")].into(), weight: share }];
        }
        if skilled {
            policy.skills = vec![Skill { agent: AgentRef(1), services: [service("x")].into() }];
        }
        let overflow =
            Overflow { services: [service("y")].into(), when_wait_over_min: Some(early), when_longer_than: Some(2) };
        policy.counters = vec![CounterRules {
            id: counter("1"),
            services: None,
            capabilities: BTreeSet::new(),
            overflow: helps.then_some(overflow),
        }];
        policy
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_counter_calls_a_ticket_that_it_may_not_serve(
        log in logs(), policy in policies(), agent in proptest::option::of(0u32..2), both in any::<bool>()
    ) {
        let hall = hall(&log);
        let names: &[&str] = if both { &["x", "y"] } else { &["x"] };
        let agent = agent.map(AgentRef);
        let seat = Seat { agent, ..seat(names) };
        let now = min(40);
        let can = |service: &ServiceId| agent != Some(AgentRef(1)) || policy.skills.is_empty() || service.as_str() == "x";
        for decision in line(&hall, &policy, &seat, now, 99).0 {
            let ticket = hall.ticket(&decision.ticket).unwrap();
            let place = ticket.place().unwrap();
            prop_assert_eq!(ticket.state(day()), State::Waiting);
            prop_assert!(place.not_before.is_none_or(|at| at <= now));
            let handed = place.counter == Some(seat.counter.clone());
            let helps = policy.counters[0].overflow.is_some() && place.service.as_str() == "y";
            prop_assert!(handed || (can(&place.service) && (seat.services.contains(&place.service) || helps)));
            prop_assert_eq!(decision.helped, !handed && !seat.services.contains(&place.service));
            if let Some(slot) = decision.slot {
                let early = SignedDuration::from_mins(i64::from(policy.appointment.early_min));
                prop_assert!(slot.duration_since(now) <= early);
            }
        }
    }

    #[test]
    fn whoever_may_be_called_stands_in_the_line_once(log in logs(), policy in policies()) {
        let hall = hall(&log);
        let seat = seat(&["x", "y"]);
        let (shown, more) = line(&hall, &policy, &seat, min(40), 99);
        let once: BTreeSet<_> = shown.iter().map(|decision| decision.ticket).collect();
        prop_assert_eq!(once.len(), shown.len());
        let first = choose(&hall, &policy, &seat, min(40));
        let receives = hall.receives(&seat.counter);
        prop_assert_eq!(first.as_ref().map(|d| d.ticket), shown.first().filter(|_| receives).map(|d| d.ticket));
        // Nobody is left out but those who are to be called later, and those handed to a counter with somebody at it.
        let later = |t: &&crate::Ticket| !receives || t.place().is_some_and(|place| place.counter.is_some())
            || choose_by_hand(&hall, &policy, &seat, &t.id, min(40)).is_ok();
        prop_assert!(hall.waiting().all(|t| later(&t)));
        prop_assert!(hall.waiting().count() >= shown.len() + more);
    }
}
