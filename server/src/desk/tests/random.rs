//! Whatever is done in whatever order.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use queue_engine::Hall;
use wire::event::{PauseReason, QueuePlace};
use wire::ids::TicketId;

use super::{AGENT, SUPERVISOR, World, about, new_ticket, park};
use crate::desk::act::{Act, Seen, Who};

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

/// The kind of a step that closes the day, or opens it again.
const CLOSING: u8 = 40;

/// What is done at random: a kind of act, which ticket, at which counter, after how many quarters of a second.
type Step = (u8, u8, u8, i64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0u8..=CLOSING, any::<u8>(), any::<u8>(), 0i64..600), 1..140)
}

/// Does all of it, comparing hall and store after each act. Answers what was done and not refused, and what was taken back.
fn play(steps: Vec<Step>) -> BTreeSet<(String, bool)> {
    let (mut world, _) = World::with(4);
    (world.plan.policy.no_show.wait_s, world.plan.policy.no_show.min_calls) = (20, 1);
    let mut done = BTreeSet::new();
    for (kind, n, counter, quarters) in steps {
        world.now += SignedDuration::from_millis(quarters * 250 / 16);
        if kind == CLOSING {
            world.closed = !world.closed;
            continue;
        }
        let known: Vec<TicketId> = world.hall.tickets().map(|ticket| ticket.id).collect();
        let here = world.hall.at_counter(&world.counter(usize::from(counter)).id).map(|ticket| ticket.id);
        // Half of the time whom the counter holds: most others refuse.
        let picked = here.filter(|_| n.is_multiple_of(2)).unwrap_or(known[usize::from(n / 2) % known.len()]);
        let act = some_act(kind, world.seen(picked), n);
        let who = match n % 7 {
            0 => SUPERVISOR,
            1 => Who::Visitor,
            2 => Who::House,
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
fn somebody_absent_whom_the_house_brings_back_is_absent_again_where_that_is_taken_back() {
    play(vec![
        (31, 9, 0, 0),
        (31, 2, 0, 0),
        (31, 2, 0, 0),
        (0, 2, 29, 0),
        (0, 2, 4, 578),
        (33, 149, 3, 427),
        (33, 95, 31, 509),
        (13, 93, 160, 217),
        (4, 28, 49, 508),
        (18, 40, 25, 337),
        (20, 2, 189, 74),
    ]);
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
