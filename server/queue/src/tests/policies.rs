//! Policies as supervisors write them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wire::ids::ServiceId;

use super::order::policies;
use super::*;
use crate::policy::{Caution, Fault, Lane, LaneMode};

const WRITTEN: &str = r#"
version = 12

[lanes]
mode = "weighted"
order = ["priority", "appointment", "return", "ordinary"]
weights = { appointment = 3, priority = 3, return = 1, ordinary = 2 }

[[share]]
services = ["cni", "passeport"]
weight = 3

[ceiling]
default_min = 45
services = { passeport = 60 }

[appointment]
early_min = 10
late_min = 10

[no_show]
min_calls = 2
wait_s = 90
return_after_min = 5
returns = 1

[transfer]
place = "back"

[[counter]]
id = "4"
services = ["cni", "passeport"]
capabilities = ["pmr"]
overflow = { services = ["etat-civil"], when_wait_over_min = 30 }

[[skill]]
agent = "u-17"
services = ["cni"]
"#;

fn services() -> BTreeSet<ServiceId> {
    ["cni", "passeport", "etat-civil"].iter().map(|name| service(name)).collect()
}

fn faults(text: &str) -> Vec<Fault> {
    let policy: Policy = toml::from_str(text).unwrap();
    policy.faults(&services(), &[counter("4")].into())
}

#[test]
fn a_policy_is_read_as_it_is_written_and_has_no_fault() {
    let policy: Policy = toml::from_str(WRITTEN).unwrap();
    assert_eq!(policy.lanes.mode, LaneMode::Weighted);
    assert_eq!((policy.ceiling.of(&service("passeport")), policy.ceiling.of(&service("cni"))), (60, 45));
    assert_eq!(policy.faults(&services(), &[counter("4")].into()), []);
    assert_eq!(policy.cautions(), [Caution::LegalPriority], "weights may break the law's priority");
    let default = Policy::default();
    assert_eq!((default.faults(&services(), &BTreeSet::new()), default.cautions()), (vec![], vec![]));
    assert_eq!(toml::from_str::<Policy>("").unwrap(), default);
}

#[test]
fn an_unknown_word_is_refused() {
    for text in ["versoin = 1", "[lanes]\nmode = \"fast\"", "[no_show]\nrecalls = 2", "[ceiling]\nmax = 3"] {
        assert!(toml::from_str::<Policy>(text).is_err(), "{text}");
    }
}

#[test]
fn what_cannot_be_is_said_with_what_to_change() {
    let cases: [(&str, Fault); 15] = [
        ("[lanes]\norder = [\"priority\", \"appointment\", \"return\"]", Fault::Order(Lane::Ordinary)),
        (
            "[lanes]\norder = [\"priority\", \"appointment\", \"return\", \"ordinary\", \"return\"]",
            Fault::Order(Lane::Return),
        ),
        ("[lanes]\nweights = { return = 0 }", Fault::LaneWeight(Lane::Return, 0)),
        ("[lanes]\npriority_in_a_row = 0", Fault::Ratio),
        ("[[share]]\nservices = [\"cni\"]\nweight = 21", Fault::ShareWeight(service("cni"), 21)),
        ("[[share]]\nservices = []\nweight = 1", Fault::EmptyShare(1)),
        ("[ceiling]\ndefault_min = 0", Fault::Ceiling { service: None, minutes: 0 }),
        ("[ceiling]\nservices = { cni = 9999 }", Fault::Ceiling { service: Some(service("cni")), minutes: 9_999 }),
        ("[appointment]\nlate_min = 9999", Fault::Tolerance(9_999)),
        ("[no_show]\nmin_calls = 0", Fault::Calls),
        ("[ceiling]\nservices = { cuisine = 20 }", Fault::UnknownService(service("cuisine"))),
        ("[[counter]]\nid = \"5\"", Fault::UnknownCounter(counter("5"))),
        ("[[counter]]\nid = \"4\"\n[[counter]]\nid = \"4\"", Fault::CounterTwice(counter("4"))),
        ("[[counter]]\nid = \"4\"\noverflow = { services = [\"cni\"] }", Fault::OverflowNever(counter("4"))),
        (
            "[[counter]]\nid = \"4\"\noverflow = { services = [], when_longer_than = 3 }",
            Fault::OverflowNothing(counter("4")),
        ),
    ];
    for (text, fault) in cases {
        assert_eq!(faults(text), std::slice::from_ref(&fault), "{text}");
        for sentence in [fault.to_string(), fault.in_french()] {
            assert!(sentence.len() > 20 && !sentence.contains("Some("), "{sentence}");
        }
    }
    let twice = "[[share]]\nservices = [\"cni\"]\nweight = 1\n[[share]]\nservices = [\"cni\"]\nweight = 1";
    assert_eq!(faults(twice), [Fault::SharedTwice(service("cni"))]);
    let skills = "[[skill]]\nagent = \"u-1\"\nservices = []\n[[skill]]\nagent = \"u-1\"\nservices = []";
    assert_eq!(faults(skills).len(), 1);
}

#[test]
fn a_limit_of_priority_is_possible_with_a_word_about_the_law() {
    let policy: Policy = toml::from_str("[lanes]\npriority_in_a_row = 3\n[no_show]\nreturns = 9").unwrap();
    assert_eq!(policy.cautions(), [Caution::LegalPriority, Caution::EndlessReturns]);
    assert!(Caution::LegalPriority.in_french().contains("L241-3"));
}

proptest! {
    #[test]
    fn a_policy_is_read_back_from_both_its_forms(policy in policies()) {
        let json = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Policy>(&json).unwrap(), &policy);
        let toml = toml::to_string(&policy).unwrap();
        prop_assert_eq!(&toml::from_str::<Policy>(&toml).unwrap(), &policy);
    }
}
