//! The floor at a glance.

use wire::event::{EventBody, ParkReason, PauseReason};

use super::*;
use crate::{CounterState, Floor, State, shortages};

#[test]
fn the_floor_tells_what_counters_do_and_who_waits() {
    let mut desk = Desk::new();
    (0..4).for_each(|n| desk.write(i64::from(n) * 60, issued(n, "x", day())));
    let late = TicketIssued { appointment: Some(min(20)), ..taken(5, "y") };
    desk.write(300, EventBody::TicketIssued(late));
    let open = |at: &str| EventBody::CounterOpened { counter: counter(at), agent: None, services: BTreeSet::new() };
    desk.write(310, open("1"));
    desk.write(320, open("2"));
    desk.write(330, EventBody::CounterPaused { counter: counter("2"), reason: PauseReason::Break });
    desk.write(600, called(0, 1, "1", 1));
    desk.write(620, started(0, 1));
    desk.write(700, called(1, 1, "4", 2));
    let (reason, remind_at) = (ParkReason::Form, None);
    desk.write(800, EventBody::Parked { ticket: ticket(1), episode: 2, counter: counter("4"), reason, remind_at });
    let counters = ["1", "2", "3", "4"].map(counter);
    let services = ["x", "y", "z"].map(service);
    let mut policy = Policy::default();
    policy.ceiling.default_min = 47;
    let floor = Floor::of(&desk.hall, &policy, &counters, &services, min(50));
    let [first, second, third, fourth] = &floor.counters[..] else { panic!("{floor:?}") };
    assert!(matches!(first.state, Some(CounterState::Open { .. })) && first.since == Some(at(310)), "{first:?}");
    let has = first.has.as_ref().unwrap();
    assert_eq!((has.ticket, has.state, has.since, has.episode), (ticket(0), State::Serving, Some(at(620)), 1));
    assert_eq!((has.label, has.service.clone()), ("A 1".parse().ok(), Some(service("x"))));
    assert!(matches!(second.state, Some(CounterState::Paused { .. })) && second.has.is_none(), "{second:?}");
    assert_eq!((&third.state, third.is_open(), third.parked), (&None, false, 0));
    assert_eq!((fourth.is_busy(), fourth.parked), (false, 1));
    assert_eq!((floor.open(), floor.busy()), (1, 1));
    let figures: Vec<_> = floor
        .services
        .iter()
        .map(|s| (s.waiting, s.oldest.map(|d| d.as_mins()), s.over, s.ceiling.as_mins()))
        .collect();
    assert_eq!(figures, [(2, Some(48), 1, 47), (1, Some(30), 0, 47), (0, None, 0, 47)]);
    let waits: Vec<Vec<i64>> = floor.services.iter().map(|s| s.waits.iter().map(|w| w.as_mins()).collect()).collect();
    assert_eq!(waits, [vec![48, 47], vec![30], vec![]], "the longest first");
}

#[test]
fn a_counter_is_wanted_where_somebody_waits_too_long_or_would() {
    let mut desk = Desk::new();
    (0..3).for_each(|n| desk.write(0, issued(n, "x", day())));
    let open = |at: &str| EventBody::CounterOpened { counter: counter(at), agent: None, services: BTreeSet::new() };
    desk.write(0, open("1"));
    let seat = |at: &str, of: &str| seat_at(at, &[of]);
    let seats = [seat("1", "x"), seat("2", "y"), seat("3", "x")];
    let services = ["x", "y"].map(service);
    let mut policy = Policy::default();
    policy.ceiling.default_min = 30;
    let short = |desk: &Desk, minute| shortages(&desk.hall, &policy, &seats, &services, min(minute));
    assert_eq!(short(&desk, 30), []);
    let [one] = &short(&desk, 31)[..] else { panic!("{:?}", short(&desk, 31)) };
    assert_eq!((&one.service, &one.counters[..]), (&service("x"), &[counter("3")][..]), "open ones cannot open");
    assert_eq!((one.oldest.map(|d| d.as_mins()), one.foretold), (Some(31), None), "nobody was served yet");
    // Five served in ten minutes each, and six behind them: whoever comes waits longer than any of them has.
    let mut desk = Desk::new();
    desk.write(0, open("1"));
    (0..11).for_each(|n| desk.write(if n < 5 { 0 } else { 600 }, issued(n, "x", day())));
    for n in 0..5u32 {
        let begins = i64::from(n) * 600;
        desk.write(begins + 1, called(n, 1, "1", n.into()));
        desk.write(begins + 2, started(n, 1));
        desk.write(begins + 600, EventBody::Finished { ticket: ticket(n), episode: 1, inexact: false });
    }
    policy.ceiling.default_min = 45;
    let foretold = shortages(&desk.hall, &policy, &seats, &services, min(50));
    assert!(foretold.len() == 1 && foretold[0].oldest < foretold[0].foretold, "{foretold:?}");
}
