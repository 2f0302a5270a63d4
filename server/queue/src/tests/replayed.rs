//! Days that were, played again.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use wire::event::{Actor, EventBody};

use super::simulated::town_hall;
use super::*;
use crate::policy::Lane;
use crate::simulation::{Again, Day, Presence, again, log_of, play};
use crate::{Rule, choose_by_hand};

/// What was written on the simulated day of a seed, and the site's counters.
fn written(seed: u64, policy: &Policy) -> (Vec<Received>, Vec<Seat>, ServiceDay) {
    let day = town_hall().day(seed);
    let seats = day.shifts.iter().map(|shift| Seat { agent: None, ..shift.seat.clone() }).collect();
    (log_of(&day, policy), seats, ServiceDay::of(day.opens_at, &TimeZone::UTC))
}

/// What a counter of these is, as whoever opened it said.
fn told(seats: &[Seat]) -> impl Fn(&Hall, &CounterId, Timestamp) -> Option<Seat> {
    |hall, counter, _| seats.iter().find(|seat| &seat.counter == counter).map(|seat| seat.as_told(hall))
}

fn folded(events: &[Received], on: ServiceDay) -> Hall {
    let mut hall = Hall::new(on, TimeZone::UTC);
    events.iter().for_each(|event| hall.apply(event));
    hall
}

#[test]
fn a_day_that_is_replayed_by_its_own_policy_is_that_day() {
    let (policy, scenario) = (Policy::default(), town_hall());
    for seed in 0..3 {
        let (events, seats, on) = written(seed, &policy);
        let replayed = Day::replayed(&folded(&events, on), &seats, scenario.commitment_min.clone());
        let day = scenario.day(seed);
        assert_eq!(replayed.visitors.len(), day.visitors.len());
        assert_eq!(replayed.shifts, day.shifts, "who sat where, and when");
        let (was, is) = (play(&day, &policy), play(&replayed, &policy));
        assert_eq!((is.served, is.absent, is.left_waiting, is.gave_up), (was.served, was.absent, was.left_waiting, 0));
        assert_eq!((is.all, is.overtaken, is.commitment), (was.all, was.overtaken, was.commitment));
        assert_eq!(
            (is.with_priority, is.with_appointment, is.ordinary),
            (was.with_priority, was.with_appointment, was.ordinary)
        );
        assert!(is.commitment.share().is_some_and(|share| (0.0..=1.0).contains(&share)) && is.is_conclusive());
    }
}

#[test]
fn another_policy_serves_the_same_people_otherwise() {
    let (events, seats, on) = written(3, &Policy::default());
    let day = Day::replayed(&folded(&events, on), &seats, BTreeMap::new());
    let mut last = Policy::default();
    last.lanes.order = vec![Lane::Appointment, Lane::Return, Lane::Ordinary, Lane::Priority];
    let (current, proposed) = (play(&day, &Policy::default()), play(&day, &last));
    assert_eq!(current.tickets, proposed.tickets);
    assert!(current.with_priority.median_s < proposed.with_priority.median_s);
    assert_eq!(proposed.commitment.share(), None, "nothing is promised");
}

#[test]
fn who_went_uncalled_and_counters_that_said_nothing_are_replayed_as_they_were() {
    let mut desk = Desk::new();
    for n in 0..4 {
        desk.write(i64::from(n) * 60, issued(n, "x", day()));
    }
    desk.write(400, called(0, 1, "1", 1));
    desk.write(420, started(0, 1));
    desk.write(1_000, finished(0, 1));
    desk.write(1_010, EventBody::Cancelled { ticket: ticket(2), episode: 1, by: Actor::Visitor });
    desk.write(1_100, called(1, 1, "1", 2));
    desk.write(1_220, absent(1, 1));
    let replayed = Day::replayed(&desk.hall, &[seat(&["x"]), seat_at("2", &["x"])], BTreeMap::new());
    let people: Vec<_> = replayed.visitors.iter().map(|v| (v.comes_s, v.takes_s, v.presence, v.leaves_s)).collect();
    let there = Presence::There;
    let expected = [
        (0, 580, there, None),
        (60, 580, Presence::Gone, None),
        (120, 580, there, Some(1_010)),
        (180, 580, there, None),
    ];
    assert_eq!(people, expected);
    assert_eq!(replayed.opens_at, at(0));
    let open: Vec<_> =
        replayed.shifts.iter().map(|shift| (shift.seat.counter.clone(), shift.open_min.clone())).collect();
    assert_eq!(open, [(counter("1"), vec![(6, 21)])], "from the first call to the last end; nobody sat at the other");
    let report = play(&replayed, &Policy::default());
    assert_eq!((report.tickets, report.served, report.gave_up), (4, 2, 1));
    assert_eq!(report.served + report.absent + report.gave_up + report.left_waiting, report.tickets);
}

#[test]
fn whom_the_closing_of_the_day_ended_is_told_apart_from_who_gave_up() {
    let mut desk = Desk::new();
    for n in 0..5 {
        desk.write(i64::from(n) * 60, issued(n, "x", day()));
    }
    desk.write(400, called(0, 1, "1", 1));
    desk.write(420, started(0, 1));
    desk.write(500, EventBody::Cancelled { ticket: ticket(1), episode: 1, by: Actor::Visitor });
    // Closed while one is received: the others are told one after the other, and nobody is called any more.
    desk.write(900, EventBody::Cancelled { ticket: ticket(2), episode: 1, by: Actor::Policy });
    desk.write(901, EventBody::Cancelled { ticket: ticket(3), episode: 1, by: Actor::Policy });
    desk.write(1_000, finished(0, 1));
    // A supervisor brought the last one back, who was received all the same.
    desk.write(901, EventBody::Cancelled { ticket: ticket(4), episode: 1, by: Actor::Policy });
    desk.write(1_010, EventBody::Reinstated { ticket: ticket(4), episode: 2, by: Actor::Staff, not_before: None });
    desk.write(1_020, called(4, 2, "1", 2));
    desk.write(1_200, finished(4, 2));
    let replayed = Day::replayed(&desk.hall, &[seat(&["x"])], BTreeMap::new());
    assert_eq!(replayed.closed_s, [900, 901]);
    let leaves: Vec<_> = replayed.visitors.iter().map(|visitor| visitor.leaves_s).collect();
    assert_eq!(leaves, [None, Some(500), None, None, None]);
    let report = play(&replayed, &Policy::default());
    assert_eq!((report.tickets, report.served, report.gave_up, report.not_received), (5, 1, 1, 3));
    // They waited until then, and no longer.
    assert_eq!(report.all.longest_s, 900 - 120);
}

#[test]
fn a_day_that_was_closed_early_is_that_day_again_and_whoever_waits_then_is_not_received() {
    let (policy, scenario) = (Policy::default(), town_hall());
    let day = Day { closed_s: vec![4 * 3_600], ..scenario.day(3) };
    let events = log_of(&day, &policy);
    let seats: Vec<Seat> = day.shifts.iter().map(|shift| Seat { agent: None, ..shift.seat.clone() }).collect();
    let on = ServiceDay::of(day.opens_at, &TimeZone::UTC);
    let replayed = Day::replayed(&folded(&events, on), &seats, scenario.commitment_min);
    let (was, is) = (play(&day, &policy), play(&replayed, &policy));
    assert!(was.not_received > 0, "{was:?}");
    assert_eq!((is.served, is.absent, is.gave_up), (was.served, was.absent, was.gave_up));
    assert_eq!((is.not_received, is.left_waiting, is.all), (was.not_received, was.left_waiting, was.all));
    let total = is.served + is.absent + is.gave_up + is.not_received + is.left_waiting;
    assert_eq!(total, is.tickets);
    // Other rules receive others, and no more in all than there is time for.
    let mut last = Policy::default();
    last.lanes.order = vec![Lane::Appointment, Lane::Return, Lane::Ordinary, Lane::Priority];
    assert!(play(&replayed, &last).not_received > 0);
}

#[test]
fn at_yesterdays_call_instants_the_policy_calls_yesterdays_tickets_again() {
    let policy = Policy::default();
    for seed in 0..3 {
        let (mut events, seats, on) = written(seed, &policy);
        let calls = again(on, &TimeZone::UTC, &events, &policy, told(&seats));
        assert!(calls.len() > 100, "{} calls", calls.len());
        assert!(calls.iter().all(Again::is_same), "{:?}", calls.iter().find(|call| !call.is_same()));
        // What came twice, as after a lost answer, is one call.
        events.extend_from_within(..);
        assert_eq!(again(on, &TimeZone::UTC, &events, &policy, told(&seats)), calls);
        let mut other = Policy::default();
        other.lanes.order = vec![Lane::Ordinary, Lane::Appointment, Lane::Return, Lane::Priority];
        let changed = again(on, &TimeZone::UTC, &events, &other, told(&seats));
        assert!(changed.iter().any(|call| !call.is_same()), "another policy would have called others");
    }
}

#[test]
fn a_call_by_hand_is_told_apart_and_those_after_it_are_the_policys_again() {
    let (policy, seat) = (Policy::default(), seat(&["x"]));
    let mut desk = Desk::new();
    (0..6).for_each(|n| desk.write(i64::from(n) * 10, issued(n, "x", day())));
    desk.serve(100, &policy, &seat);
    let chosen = choose_by_hand(&desk.hall, &policy, &seat, &ticket(4), at(200)).unwrap();
    assert_eq!(chosen.rule, Rule::ByHand);
    desk.write(200, called(4, 1, "1", 77));
    desk.write(210, finished(4, 1));
    desk.serve_all(300, &policy, &seat);
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let calls = again(day(), &zone, &desk.log, &policy, told(std::slice::from_ref(&seat)));
    let other: Vec<_> = calls.iter().filter(|call| !call.is_same()).map(|call| call.call).collect();
    assert_eq!((calls.len(), other), (6, vec![Uuid::from_u128(77)]));
}
