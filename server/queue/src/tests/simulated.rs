//! Days played in advance, and how well waits are foretold in them.

use std::collections::BTreeMap;

use wire::ids::AgentRef;

use super::*;
use crate::policy::{Lane, LaneMode, Share};
use crate::simulation::reference::{COVERED_LEAST, Foretold, GATES, Gate, foretold, shifts, traffic};
use crate::simulation::{Day, PIECE_MIN, Presence, Report, Scenario, Visitor, play, reference};
use crate::{Unknown, estimate};

fn seats(n: impl Iterator<Item = u32>, services: impl Fn(u32) -> &'static [&'static str]) -> Vec<Seat> {
    n.map(|n| Seat { agent: Some(AgentRef(n)), ..seat_at(&n.to_string(), services(n)) }).collect()
}

/// Three services, priority, appointments, groups; six counters.
pub(super) fn town_hall() -> Scenario {
    let mut traffic = vec![
        traffic(service("x"), 90.0, 480.0),
        traffic(service("y"), 60.0, 720.0),
        traffic(service("z"), 60.0, 300.0),
    ];
    for one in &mut traffic {
        (one.priority, one.appointment, one.group) = (0.1, 0.1, 0.2);
    }
    let shifts = shifts(seats(1..=6, |n| if n < 4 { &["x", "y"] } else { &["y", "z"] }));
    let commitment_min = BTreeMap::from([(service("x"), 20)]);
    Scenario { opens_at: "2026-11-23T07:30:00Z".parse().unwrap(), traffic, shifts, commitment_min }
}

/// The gate of the facts: mean waits of about 32, 21 and 19.5 minutes at 2, 5 and 20 counters.
#[test]
fn waits_are_foretold_as_well_as_was_measured() {
    for Gate { desks, people, days, error_most } in GATES {
        let hall = reference::hall(service("x"), seats(1..=desks, |_| &["x"]), people);
        let Foretold { error, covered, mean_wait_s } = foretold(&hall, days);
        let mean_wait_min = mean_wait_s / 60;
        println!("{desks} counters: off by {error:.3} of a mean wait of {mean_wait_min} min, {covered:.3} covered");
        assert!((15..40).contains(&mean_wait_min), "{desks} counters: a mean wait of {mean_wait_min} min");
        assert!(error <= error_most, "{desks} counters: off by {error:.3} of the mean wait");
        assert!(covered >= COVERED_LEAST, "{desks} counters: {covered:.3} covered");
    }
}

#[test]
fn the_same_seed_is_the_same_day_and_another_is_another() {
    let scenario = town_hall();
    assert_eq!(scenario.day(7), scenario.day(7));
    assert_ne!(scenario.day(7).visitors, scenario.day(8).visitors);
    let policy = Policy::default();
    assert_eq!(play(&scenario.day(7), &policy), play(&scenario.day(7), &policy));
}

#[test]
fn a_day_is_drawn_as_its_scenario_says() {
    let scenario = town_hall();
    let visitors: Vec<_> = (0..40).flat_map(|seed| scenario.day(seed).visitors).collect();
    let all = visitors.len() as f64;
    assert!((all / 40.0 - 210.0).abs() < 10.0, "{all}");
    let part =
        |counts: &dyn Fn(&Visitor) -> bool| visitors.iter().filter(|visitor| counts(visitor)).count() as f64 / all;
    assert!((part(&|v| v.priority) - 0.1).abs() < 0.02);
    assert!((part(&|v| v.group > 1) - 0.2).abs() < 0.02);
    assert!((part(&|v| v.presence != Presence::There) - 0.05).abs() < 0.02);
    let alone = |v: &&Visitor| v.group == 1 && v.service == service("y");
    let taken: Vec<i64> = visitors.iter().filter(alone).map(|v| v.takes_s).collect();
    let mean = taken.iter().sum::<i64>() as f64 / taken.len() as f64;
    assert!((mean - 720.0).abs() < 30.0, "{mean}");
    let piece = |n: i64| visitors.iter().filter(|v| v.comes_s / i64::from(PIECE_MIN * 60) == n).count();
    assert!(piece(2) > 2 * piece(7), "a peak in the morning, a trough at noon");
}

#[test]
fn everybody_who_comes_is_accounted_for() {
    let day = town_hall().day(3);
    let report = play(&day, &Policy::default());
    assert_eq!(report.tickets, day.visitors.len());
    let went = report.gave_up + report.not_received;
    assert_eq!(report.served + report.absent + went + report.left_waiting, report.tickets);
    assert!(report.is_conclusive());
    let of_services: usize = report.by_service.values().map(|waits| waits.people).sum();
    let of_kinds = report.with_priority.people + report.with_appointment.people + report.ordinary.people;
    assert_eq!((of_services, of_kinds, report.all.people), (report.tickets, report.tickets, report.tickets));
    assert_eq!(report.counters.values().map(|load| load.served).sum::<usize>(), report.served);
    for (counter, load) in &report.counters {
        assert!(load.busy_s <= load.open_s && load.busy_s > load.open_s / 3, "{counter}: {load:?}");
        assert!(load.open_s >= (600 - 45) * 60, "{counter} was open all day but for lunch: {load:?}");
    }
    let waits = report.all;
    assert!(waits.median_s <= waits.p90_s && waits.p90_s <= waits.p95_s && waits.p95_s <= waits.longest_s);
}

#[test]
fn an_empty_day_and_a_day_without_counters_are_told_as_they_are() {
    let day = town_hall().day(3);
    let nobody = Day { visitors: Vec::new(), ..day.clone() };
    let report = play(&nobody, &Policy::default());
    assert_eq!((report.tickets, report.all.people, report.is_conclusive()), (0, 0, false));
    let closed = play(&Day { shifts: Vec::new(), ..day }, &Policy::default());
    assert_eq!((closed.served, closed.left_waiting), (0, closed.tickets));
}

#[test]
fn what_a_policy_changes_shows_in_the_report() {
    let days: Vec<Day> = (0..5).map(|seed| town_hall().day(seed)).collect();
    let played = |policy: &Policy| days.iter().map(|day| play(day, policy)).collect::<Vec<_>>();
    let mean =
        |reports: &[Report], of: &dyn Fn(&Report) -> i64| reports.iter().map(of).sum::<i64>() / reports.len() as i64;
    let strict = played(&Policy::default());
    let mut last = Policy::default();
    last.lanes.order = vec![Lane::Appointment, Lane::Return, Lane::Ordinary, Lane::Priority];
    let last = played(&last);
    let priority = |r: &Report| r.with_priority.mean_s;
    assert!(mean(&strict, &priority) * 2 < mean(&last, &priority), "priority goes first, or last");
    let ordinary = |r: &Report| r.ordinary.mean_s;
    assert!(mean(&strict, &ordinary) >= mean(&last, &ordinary));
    let mut weighted = Policy::default();
    weighted.lanes.mode = LaneMode::Weighted;
    weighted.lanes.weights = BTreeMap::from([(Lane::Ordinary, 4)]);
    weighted.shares = vec![Share { services: [service("y")].into(), weight: 1 }];
    let weighted = played(&weighted);
    assert!(mean(&weighted, &priority) >= mean(&strict, &priority));
    // The same people come whatever the policy.
    assert!(strict.iter().zip(&weighted).all(|(a, b)| a.tickets == b.tickets));
}

#[test]
fn nothing_is_foretold_of_what_is_not_known() {
    let mut desk = Desk::new();
    let (policy, seats) = (Policy::default(), [seat(&["x"])]);
    let ask = |desk: &Desk, as_of, now| estimate(&desk.hall, &policy, &seats, &service("x"), as_of, now);
    assert_eq!(ask(&desk, at(0), at(0)), Err(Unknown::NoCounter));
    desk.write(0, EventBody::CounterOpened { counter: counter("1"), agent: None, services: [].into() });
    for n in 0..6 {
        assert_eq!(ask(&desk, at(0), at(0)).err(), (n < 5).then_some(Unknown::TooFewServed(n as usize)), "{n} served");
        desk.write(i64::from(n) * 600, issued(n, "x", day()));
        desk.write(i64::from(n) * 600, called(n, 1, "1", u128::from(n)));
        desk.write(i64::from(n) * 600 + 30, started(n, 1));
        desk.write(i64::from(n) * 600 + 600, finished(n, 1));
    }
    let now = at(3_600);
    assert_eq!(ask(&desk, now - SignedDuration::from_secs(301), now), Err(Unknown::Stale));
    let free = ask(&desk, now, now).unwrap();
    assert_eq!((free.low_min, free.high_min), (0, 5), "a free counter and nobody in front of it");
    // One at the counter, two in the queue, ten minutes each; nobody has waited yet: half of thirty.
    (10..13).for_each(|n| desk.write(3_600, issued(n, "x", day())));
    desk.write(3_600, called(10, 1, "1", 99));
    let three = ask(&desk, now, now).unwrap();
    assert_eq!((three.wait.as_mins(), three.low_min, three.high_min), (15, 15, 25));
    desk.write(3_600, EventBody::CounterClosed { counter: counter("1") });
    assert_eq!(ask(&desk, now, now), Err(Unknown::NoCounter));
}

#[test]
fn a_group_waits_and_makes_wait_as_a_longer_service() {
    let mut desk = Desk::new();
    let (policy, seats) = (Policy::default(), [seat(&["x"])]);
    desk.write(0, EventBody::CounterOpened { counter: counter("1"), agent: None, services: [].into() });
    for n in 0..5 {
        desk.write(i64::from(n) * 600, issued(n, "x", day()));
        desk.write(i64::from(n) * 600, called(n, 1, "1", u128::from(n)));
        desk.write(i64::from(n) * 600 + 600, finished(n, 1));
    }
    desk.write(3_600, issued(10, "x", day()));
    desk.write(3_600, called(10, 1, "1", 99));
    let ask = |desk: &Desk| estimate(&desk.hall, &policy, &seats, &service("x"), at(3_600), at(3_600)).unwrap().wait;
    let mut alone = Desk { hall: desk.hall.clone(), log: desk.log.clone() };
    alone.write(3_600, issued(11, "x", day()));
    desk.write(3_600, EventBody::TicketIssued(TicketIssued { group: 3, ..taken(11, "x") }));
    assert_eq!((ask(&alone).as_mins(), ask(&desk).as_mins()), (10, 15), "three people take twice as long as one");
}
