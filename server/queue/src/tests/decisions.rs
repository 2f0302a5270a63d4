//! Decisions are kept as JSON, and are read again when the rules have changed since.

use super::*;
use crate::policy::Lane;
use crate::{Decision, Rule, RunnerUp};

fn golden() -> Vec<Decision> {
    let plain = Decision {
        ticket: ticket(1),
        episode: 1,
        counter: counter("4"),
        at: min(30),
        policy: 12,
        service: service("titres"),
        arrival: min(0),
        slot: None,
        waited_s: 1_800,
        lane: Lane::Ordinary,
        rule: Rule::Arrival,
        share: false,
        helped: false,
        runner_up: None,
    };
    let slot = Some(min(40));
    let second = RunnerUp {
        ticket: ticket(2),
        service: service("retrait"),
        lane: Lane::Return,
        slot: None,
        waited_s: 1_080,
        ceiling_min: 45,
    };
    let expected = RunnerUp { slot, lane: Lane::Appointment, ..second.clone() };
    vec![
        plain.clone(),
        Decision { slot, lane: Lane::Appointment, rule: Rule::Lane, runner_up: Some(second.clone()), ..plain.clone() },
        Decision { rule: Rule::Turn, share: true, runner_up: Some(expected), ..plain.clone() },
        Decision { rule: Rule::Ceiling { minutes: 45 }, helped: true, ..plain.clone() },
        Decision { rule: Rule::AfterPriority { in_a_row: 2 }, runner_up: Some(second), ..plain.clone() },
        Decision { slot, lane: Lane::Priority, rule: Rule::Early, ..plain.clone() },
        Decision { episode: 3, rule: Rule::ByHand, ..plain },
    ]
}

#[test]
fn the_bytes_of_a_decision_are_frozen() {
    let text: String = golden().iter().map(|d| serde_json::to_string(d).unwrap() + "\n").collect();
    assert_eq!(text, include_str!("../../golden/decisions-v1.jsonl"), "decisions of other days must still be read");
}

#[test]
fn a_decision_is_read_back_also_one_of_a_later_version() {
    for decision in golden() {
        let mut json = serde_json::to_value(&decision).unwrap();
        assert_eq!(serde_json::from_value::<Decision>(json.clone()).unwrap(), decision);
        json["later"] = true.into();
        assert_eq!(serde_json::from_value::<Decision>(json).unwrap(), decision);
    }
}
