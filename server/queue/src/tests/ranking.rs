//! Whom a counter calls where others are faster, and that nobody is called to an empty chair.

use proptest::prelude::*;
use wire::event::{EventBody, PauseReason};

use super::merge::logs;
use super::order::policies;
use super::*;
use crate::{NotHere, choose_by_hand, line, ranking};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn each_of_the_ranking_is_chosen_once_those_before_it_are_called_elsewhere(
        log in logs(), policy in policies(), both in any::<bool>()
    ) {
        let mut hall = hall(&log);
        let names: &[&str] = if both { &["x", "y"] } else { &["x"] };
        let (seat, now) = (seat(names), min(40));
        let ranking = ranking(&hall, &policy, &seat, now, 99);
        for (n, ranked) in ranking.iter().enumerate() {
            prop_assert_eq!(choose(&hall, &policy, &seat, now), Some(ranked.clone()), "the {}th", n);
            let (ticket, episode) = (ranked.ticket, ranked.episode);
            let call = EventBody::Called { ticket, episode, counter: counter("7"), call: Uuid::from_u128(n as u128) };
            hall.apply(&received(DESK, n as u64 + 1, 2_400, call));
        }
        prop_assert_eq!(choose(&hall, &policy, &seat, now), None);
    }

    #[test]
    fn a_ranking_is_no_longer_than_wanted_and_begins_alike(log in logs(), policy in policies(), most in 0usize..6) {
        let hall = hall(&log);
        let of = |most| ranking(&hall, &policy, &seat(&["x", "y"]), min(40), most);
        let all = of(99);
        prop_assert_eq!(&of(most)[..], &all[..most.min(all.len())]);
    }
}

#[test]
fn what_others_call_uses_up_no_turn_of_this_counter() {
    let mut desk = Desk::new();
    (10..14).for_each(|n| desk.write(0, EventBody::TicketIssued(TicketIssued { priority: true, ..taken(n, "x") })));
    (0..2).for_each(|n| desk.write(60, issued(n, "x", day())));
    let mut policy = Policy::default();
    policy.lanes.priority_in_a_row = Some(1);
    let ranked = ranking(&desk.hall, &policy, &seat(&["x"]), at(300), 3);
    assert_eq!(ranked.iter().map(|d| number(d.ticket)).collect::<Vec<_>>(), [10, 11, 12]);
    let (shown, _) = line(&desk.hall, &policy, &seat(&["x"]), at(300), 3);
    assert_eq!(shown.iter().map(|d| number(d.ticket)).collect::<Vec<_>>(), [10, 0, 11], "its own calls do");
}

#[test]
fn a_counter_that_is_paused_or_closed_calls_nobody() {
    let mut desk = Desk::new();
    let (policy, seat) = (Policy::default(), seat(&["x"]));
    desk.write(0, issued(1, "x", day()));
    let calls = |desk: &Desk| {
        let chosen = choose(&desk.hall, &policy, &seat, at(300)).is_some();
        assert_eq!(ranking(&desk.hall, &policy, &seat, at(300), 9).len(), usize::from(chosen));
        let by_hand = choose_by_hand(&desk.hall, &policy, &seat, &ticket(1), at(300));
        assert_eq!(by_hand.err(), (!chosen).then_some(NotHere::Away));
        // Whoever comes back from a pause sees who waits.
        assert_eq!(line(&desk.hall, &policy, &seat, at(300), 9).0.len(), 1);
        chosen
    };
    assert!(calls(&desk), "a counter that never said anything is open");
    let open = || EventBody::CounterOpened { counter: counter("1"), agent: None, services: BTreeSet::new() };
    for (body, may) in [
        (EventBody::CounterPaused { counter: counter("1"), reason: PauseReason::Lunch }, false),
        (open(), true),
        (EventBody::CounterClosed { counter: counter("1") }, false),
        (open(), true),
    ] {
        desk.write(10, body.clone());
        assert_eq!(calls(&desk), may, "{body:?}");
    }
    let other = EventBody::CounterClosed { counter: counter("2") };
    desk.write(20, other);
    assert!(calls(&desk), "another counter's word does not bind it");
}
