//! A policy as fields and as sentences.

use std::collections::{BTreeMap, BTreeSet};

use queue_engine::Policy;
use queue_engine::policy::{Ceiling, CounterRules, Lane, LaneMode, Overflow, Share, Skill};
use wire::event::QueuePlace;
use wire::ids::{AgentRef, ServiceId};

use super::fields::sections;
use super::form::Typed;
use super::{Names, sentences};

fn service(id: &str) -> ServiceId {
    id.parse().unwrap()
}

fn services(ids: &[&str]) -> BTreeSet<ServiceId> {
    ids.iter().map(|id| service(id)).collect()
}

fn names() -> Names {
    Names {
        services: vec![(service("titres"), "Carte d’identité".into()), (service("ecole"), "École".into())],
        counters: vec![("1".parse().unwrap(), "Guichet 1".into()), ("2".parse().unwrap(), "Guichet 2".into())],
        agents: vec![(AgentRef(7), "Léa".into())],
    }
}

/// A policy that says something of everything.
fn full() -> Policy {
    let mut policy = Policy::default();
    policy.lanes.mode = LaneMode::Weighted;
    policy.lanes.order.swap(0, 1);
    policy.lanes.weights = BTreeMap::from([(Lane::Priority, 3), (Lane::Ordinary, 2)]);
    policy.lanes.priority_in_a_row = Some(4);
    policy.shares = vec![Share { services: services(&["titres"]), weight: 2 }];
    policy.ceiling = Ceiling { default_min: 40, services: BTreeMap::from([(service("ecole"), 20)]) };
    policy.appointment.late_min = 15;
    policy.no_show.returns = 2;
    policy.undo.staff_s = 12;
    policy.transfer.place = QueuePlace::Back;
    policy.postpone.times = 0;
    policy.parking.remind_min = 20;
    policy.counters = vec![CounterRules {
        id: "2".parse().unwrap(),
        services: Some(services(&["ecole"])),
        capabilities: ["pmr".parse().unwrap()].into(),
        overflow: Some(Overflow {
            services: services(&["titres"]),
            when_wait_over_min: Some(30),
            when_longer_than: Some(8),
        }),
    }];
    policy.skills = vec![Skill { agent: AgentRef(7), services: services(&["titres"]) }];
    policy
}

#[test]
fn a_form_says_what_its_policy_says() {
    for policy in [Policy::default(), full()] {
        assert_eq!(Typed::from_policy(&policy).policy(&names()), Ok(policy));
    }
}

#[test]
fn every_field_of_a_form_is_drawn_with_what_was_typed() {
    let typed = Typed::from_policy(&full());
    let drawn: BTreeSet<String> =
        sections(&typed, &names()).into_iter().flat_map(|section| section.fields).map(|field| field.name).collect();
    let said = format!("{typed:?}");
    for part in said.split('"').skip(1).step_by(2).filter(|part| part.contains('.') || *part == "mode") {
        assert!(drawn.contains(part), "{part} is said and not drawn");
    }
}

#[test]
fn what_cannot_be_read_is_named_by_its_field() {
    let mut pairs: Vec<(String, String)> = vec![("ceiling".into(), "quarante".into()), ("early".into(), "-3".into())];
    pairs.push(("counter.1.has".into(), "P M R!".into()));
    let wrong = Typed::of(pairs).policy(&names()).unwrap_err();
    let of = |field: &str| wrong.iter().find(|wrong| wrong.field == field).map(|wrong| wrong.text.as_str());
    assert_eq!(of("ceiling"), Some("«\u{a0}quarante\u{a0}» n’est pas un nombre entier. Écrivez-le en chiffres."));
    assert!(of("early").is_some() && of("counter.1.has").is_some());
    assert_eq!(of("late"), Some("Écrivez un nombre."));
    assert_eq!(of("in_a_row"), None, "it may stay empty");
}

#[test]
fn a_policy_is_told_in_sentences() {
    let said = |policy: &Policy| -> String {
        let all = sentences::of(policy, &names());
        let lines = all.into_iter().map(|chapter| format!("{}: {}", chapter.title, chapter.sentences.join(" ")));
        lines.collect::<Vec<_>>().join("\n").replace('\u{a0}', " ")
    };
    let usual = said(&Policy::default());
    assert!(usual.contains("Dans l’ordre : personnes prioritaires, puis rendez-vous"), "{usual}");
    assert!(usual.contains("Qui attend plus de 45 min passe d’abord"), "{usual}");
    let full = said(&full());
    for sentence in [
        "À tour de rôle : 1 pour rendez-vous, 3 pour personnes prioritaires, 1 pour personnes de retour après une absence, 2 pour autres personnes.",
        "Après 4 personnes prioritaires de suite, un guichet appelle quelqu’un d’autre.",
        "Carte d’identité : 2 tours.",
        "École : 20 min.",
        "Guichet 2 reçoit pour : École. Guichet 2 est équipé pour : pmr. Guichet 2 vient en renfort pour Carte d’identité quand quelqu’un attend plus de 30 min ou que plus de 8 personnes attendent.",
        "Léa : Carte d’identité.",
        "Personne ne peut laisser passer d’autres personnes.",
    ] {
        assert!(full.contains(sentence), "{sentence}\nis missing in\n{full}");
    }
}
