//! Replicas, repetitions and events that come late end in one hall.

use std::collections::BTreeSet;

use jiff::Span;
use proptest::prelude::*;
use uuid::Uuid;
use wire::event::{Actor, Condition, Device, EventBody, ParkReason, PauseReason, QueuePlace, TicketIssued, Voider};
use wire::ids::{AgentRef, HelpId, TicketId};
use wire::service_day::ServiceDay;

use super::*;
use crate::{CounterState, Decision, Rank, State};

const RANKS: [Rank; 7] =
    [Rank::Waiting, Rank::Parked, Rank::Cancelled, Rank::Called, Rank::Serving, Rank::NoShow, Rank::Finished];

/// What brings a person on within a passage.
fn step() -> impl Strategy<Value = EventBody> {
    let drawn = (0u32..4, 1u32..5, 1u32..3, 0u128..3, 0u8..8, any::<bool>(), 0usize..3);
    drawn.prop_map(|(n, episode, at, call, kind, inexact, actor)| {
        let (ticket, call) = (ticket(n), Uuid::from_u128(call));
        let counter = counter(&at.to_string());
        match kind {
            0 | 1 => EventBody::Called { ticket, episode, counter, call },
            2 => EventBody::Resumed { ticket, episode, counter, call },
            3 => recalled(n, episode),
            4 => started(n, episode),
            5 => EventBody::Finished { ticket, episode, inexact },
            6 => absent(n, episode),
            _ => EventBody::Cancelled { ticket, episode, by: [Actor::Visitor, Actor::Staff, Actor::Policy][actor] },
        }
    })
}

/// What opens a passage.
fn opening() -> impl Strategy<Value = EventBody> {
    (0u32..4, 2u32..5, 1u32..3, 0usize..7, 0i64..90, 0u8..6).prop_map(|(n, episode, c, rank, minute, kind)| {
        let (ticket, counter, later) = (ticket(n), counter(&c.to_string()), Some(min(minute)));
        let (by, place) = (Actor::Staff, [QueuePlace::Front, QueuePlace::Back, QueuePlace::Own][rank % 3]);
        match kind {
            0 => EventBody::Parked { ticket, episode, counter, reason: ParkReason::Form, remind_at: later },
            1 => {
                let (service, counter) = (Some(service("y")).filter(|_| c == 1), Some(counter).filter(|_| rank > 3));
                EventBody::Transferred { ticket, episode, service, counter, place }
            }
            2 => EventBody::Redirected { ticket, episode, service: service("y") },
            3 => EventBody::Postponed { ticket, episode, by, arrival: later, not_before: later.filter(|_| c == 1) },
            4 => EventBody::Reinstated { ticket, episode, by: Actor::Policy, not_before: later.filter(|_| c == 1) },
            _ => EventBody::Undone { ticket, episode, back_to: c, rank: RANKS[rank] },
        }
    })
}

fn issue() -> impl Strategy<Value = EventBody> {
    (0u32..4, 0usize..2, -1i64..2, any::<bool>(), 0i64..60).prop_map(|(n, s, days, sure, minute)| {
        EventBody::TicketIssued(TicketIssued {
            day: ServiceDay(day().0.saturating_add(Span::new().days(days))),
            uncertain: !sure,
            priority: sure,
            group: u8::from(sure) + 1,
            appointment: Some(min(minute)).filter(|_| sure && minute > 20),
            ..taken(n, ["x", "y"][s])
        })
    })
}

fn other() -> impl Strategy<Value = EventBody> {
    (0u32..4, 0u8..10, any::<bool>()).prop_map(|(n, kind, yes)| {
        let (help, counter) = (HelpId(Uuid::from_u128(u128::from(n))), counter(&n.to_string()));
        match kind {
            0 => EventBody::TicketVoided { ticket: ticket(n), by: Voider::Staff },
            1 => EventBody::HelpRequested { help },
            2 => EventBody::HelpAnswered { help, by: yes.then_some(AgentRef(n)) },
            3 => EventBody::HelpCancelled { help },
            4 => {
                let services = if yes { BTreeSet::from([service("x")]) } else { BTreeSet::new() };
                EventBody::CounterOpened { counter, agent: Some(AgentRef(n)), services }
            }
            5 => EventBody::CounterPaused { counter, reason: PauseReason::Lunch },
            6 => EventBody::CounterClosed { counter },
            7 => EventBody::CheckedIn { ticket: ticket(n), appointment: min(i64::from(n) * 20 + i64::from(yes)) },
            8 => EventBody::Reprinted { ticket: ticket(n), token: yes.then(|| Hash32::of(&n.to_be_bytes())) },
            _ => EventBody::DeviceChanged { device: Device::Printer, condition: Condition::PaperLow },
        }
    })
}

/// Logs of a few origins: each (origin, seq) stands for one event, as rule R1 has it.
pub(super) fn logs() -> impl Strategy<Value = Vec<Received>> {
    let body = prop_oneof![3 => issue(), 6 => step(), 4 => opening(), 2 => other()];
    proptest::collection::vec((0u8..3, 0i64..60, body), 0..60).prop_map(|drafts| {
        let numbered = drafts.into_iter().enumerate();
        numbered.map(|(i, (from, second, body))| received(from, i as u64 + 1, second, body)).collect()
    })
}

/// The same log received again, later.
fn again(log: &[Received]) -> Vec<Received> {
    log.iter().map(|event| Received { received_at: at(7_200), ..event.clone() }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn r13_any_order_with_repetitions_ends_in_the_same_hall(
        (log, shuffled) in logs().prop_flat_map(|log| {
            let thrice: Vec<Received> = log.iter().chain(&log).cloned().chain(again(&log)).collect();
            (Just(log), Just(thrice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(hall(&log), hall(&shuffled));
    }

    #[test]
    fn r13_two_replicas_that_were_apart_end_in_the_same_hall(
        (log, split, order) in logs().prop_flat_map(|log| {
            let split = proptest::collection::vec(0u8..3, log.len());
            (Just(log.clone()), split, Just(log).prop_shuffle())
        })
    ) {
        // 0: the first alone has it, 1: the second alone, 2: both.
        let part = |which: u8| -> Vec<Received> {
            log.iter().zip(&split).filter(|(_, to)| **to == which || **to == 2).map(|(e, _)| e.clone()).collect()
        };
        let (mut first, mut second) = (hall(&part(0)), hall(&part(1)));
        // Then each hears the other's whole log, one in order and one in disorder.
        part(1).iter().for_each(|event| first.apply(event));
        order.iter().for_each(|event| second.apply(event));
        prop_assert_eq!(&first, &second);
        let policy = Policy::default();
        let choice = |hall: &Hall| choose(hall, &policy, &seat(&["x", "y"]), min(80));
        prop_assert_eq!(choice(&first), choice(&second));
        // A server far away, which hears of all this two hours later, names the same winners.
        let afar = hall(&again(&log));
        let winners = |hall: &Hall| -> Vec<_> {
            let call = |t: &crate::Ticket| t.call().map(|call| (call.call, call.counter.clone()));
            hall.tickets().map(|t| (t.id, t.episode(), t.rank(), call(t), t.lost_calls().count())).collect()
        };
        prop_assert_eq!(winners(&afar), winners(&first));
        for counter in ["0", "1", "2", "3"].map(counter) {
            let state = |hall: &Hall| hall.counter(&counter).map(|(_, state)| state.clone());
            prop_assert_eq!(state(&afar), state(&first));
        }
    }

    #[test]
    fn what_is_kept_beside_the_tickets_is_what_the_tickets_say(log in logs()) {
        let mut hall = hall(&log);
        for next_day in [false, true] {
            if next_day {
                hall.roll("2026-11-22".parse().unwrap());
            }
            let today = hall.day();
            let in_state = |state: State| -> BTreeSet<TicketId> {
                hall.tickets().filter(|t| t.state(today) == state).map(|t| t.id).collect()
            };
            prop_assert_eq!(in_state(State::Waiting), hall.waiting().map(|t| t.id).collect());
            prop_assert_eq!(in_state(State::Parked), hall.parked().iter().map(|t| t.id).collect());
            let held: BTreeSet<TicketId> = ["1", "2"]
                .iter()
                .flat_map(|c| hall.all_at_counter(&counter(c)))
                .map(|t| t.id)
                .collect();
            let expected = hall.tickets().filter(|t| t.is_held() && t.call().is_some()).map(|t| t.id).collect();
            prop_assert_eq!(held, expected);
            let ahead = hall.ahead(&service("x")) + hall.ahead(&service("y"));
            prop_assert_eq!(ahead as usize, hall.queue().len());
        }
    }

    #[test]
    fn a_decision_is_made_again_from_what_was_kept(log in logs(), version in 0u32..9) {
        let hall = hall(&log);
        let policy = Policy { version, ..Policy::default() };
        let (seat, now) = (seat(&["x", "y"]), min(50));
        let made = choose(&hall, &policy, &seat, now);
        let kept = serde_json::to_string(&(crate::Snapshot::of(&hall, &policy, &seat, now), &policy, &seat, now));
        let (snapshot, policy, seat, now): (crate::Snapshot, Policy, Seat, Timestamp) =
            serde_json::from_str(&kept.unwrap()).unwrap();
        let again = crate::decide(&snapshot, &policy, &seat, now);
        prop_assert_eq!(&again, &made);
        if let Some(made) = made {
            let text = serde_json::to_string(&made).unwrap();
            prop_assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), made);
        }
    }
}

/// One ticket called by two desks that do not know of each other.
fn called_twice() -> [Received; 3] {
    [
        received(1, 1, 0, issued(1, "x", day())),
        received(8, 1, 60, called(1, 1, "3", 33)),
        received(9, 1, 61, called(1, 1, "4", 44)),
    ]
}

#[test]
fn r13_of_two_calls_for_one_ticket_the_first_holds_and_the_other_counter_is_told() {
    let mut events = called_twice();
    for _ in 0..2 {
        events.reverse();
        let hall = hall(&events);
        assert_eq!(hall.at_counter(&counter("3")).unwrap().id, ticket(1));
        assert_eq!(hall.at_counter(&counter("4")), None, "free again");
        let lost = hall.lost_calls(&counter("4"));
        assert_eq!(lost.len(), 1);
        assert_eq!((lost[0].ticket.id, &lost[0].winner.counter), (ticket(1), &counter("3")));
        assert!(hall.lost_calls(&counter("3")).is_empty());
        let call = |id| hall.called_by(Uuid::from_u128(id)).map(|(t, holds)| (t.id, holds));
        assert_eq!((call(33), call(44), call(55)), (Some((ticket(1), true)), Some((ticket(1), false)), None));
    }
}

#[test]
fn r13_who_received_the_person_wins_over_who_only_called_them() {
    let mut events = called_twice().to_vec();
    events.push(received(9, 2, 90, started(1, 1)));
    // The other counter waits in vain and notes an absence: that does not take the person from where they are.
    events.push(received(8, 2, 200, absent(1, 1)));
    let with_them = hall(&events);
    let state = |hall: &Hall| hall.ticket(&ticket(1)).unwrap().state(day());
    assert_eq!(with_them.at_counter(&counter("4")).unwrap().id, ticket(1));
    assert_eq!(state(&with_them), State::Serving);
    assert_eq!(with_them.lost_calls(&counter("3")).len(), 1);
    events.push(received(9, 3, 400, finished(1, 1)));
    assert_eq!(state(&hall(&events)), State::Finished);
}

#[test]
fn r13_a_later_episode_beats_any_rank_of_an_earlier_one() {
    let hall = hall(&[
        received(1, 1, 0, issued(1, "x", day())),
        received(9, 2, 10, called(1, 2, "2", 2)),
        received(9, 1, 20, finished(1, 1)),
    ]);
    let found = hall.ticket(&ticket(1)).unwrap();
    assert_eq!((found.episode(), found.rank(), found.state(day())), (2, Rank::Called, State::Called));
}

#[test]
fn a_counter_is_as_its_log_said_last_and_closed_the_next_day() {
    let open = |agent| EventBody::CounterOpened {
        counter: counter("4"),
        agent: Some(AgentRef(agent)),
        services: BTreeSet::new(),
    };
    let paused = EventBody::CounterPaused { counter: counter("4"), reason: PauseReason::Lunch };
    let mut events = [
        received(9, 1, 0, open(17)),
        received(9, 2, 60, paused.clone()),
        // Its clock went back: its log's order counts.
        received(9, 3, 50, open(18)),
    ];
    for _ in 0..2 {
        events.reverse();
        let mut hall = hall(&events);
        let (_, state) = hall.counter(&counter("4")).unwrap();
        assert_eq!(*state, CounterState::Open { agent: Some(AgentRef(18)), services: BTreeSet::new() });
        assert_eq!(hall.counter_changes(&counter("4")).len(), 3);
        assert_eq!(hall.counter(&counter("5")), None);
        hall.apply(&received(9, 4, 70, paused.clone()));
        assert!(!hall.counter(&counter("4")).unwrap().1.is_open());
        hall.roll("2026-11-22".parse().unwrap());
        assert_eq!(hall.counter(&counter("4")), None);
    }
}
