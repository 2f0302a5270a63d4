//! A policy as sentences that supervisors read.

use std::collections::BTreeSet;

use queue_engine::Policy;
use queue_engine::policy::{Lane, LaneMode, Overflow};
use wire::event::QueuePlace;
use wire::ids::ServiceId;

use super::Names;

/// Sentences about one matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chapter {
    /// What about.
    pub(crate) title: &'static str,
    /// What is so.
    pub(crate) sentences: Vec<String>,
}

/// A lane in a sentence.
pub(crate) const fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Priority => "personnes prioritaires",
        Lane::Appointment => "rendez-vous",
        Lane::Return => "personnes de retour après une absence",
        Lane::Ordinary => "autres personnes",
    }
}

/// What a policy says.
pub(crate) fn of(policy: &Policy, names: &Names) -> Vec<Chapter> {
    let chapter = |title, sentences| Chapter { title, sentences };
    let mut all = vec![
        chapter("Qui passe avant qui", order(policy)),
        chapter("Attente maximale", ceiling(policy, names)),
        chapter("Rendez-vous", appointments(policy)),
        chapter("Appel et absence", calls(policy)),
        chapter("Ensuite", afterwards(policy)),
    ];
    if !policy.shares.is_empty() {
        all.insert(1, chapter("Parts des démarches", shares(policy, names)));
    }
    if !policy.counters.is_empty() {
        all.push(chapter("Guichets", counters(policy, names)));
    }
    if !policy.skills.is_empty() {
        all.push(chapter("Compétences", skills(policy, names)));
    }
    all
}

fn order(policy: &Policy) -> Vec<String> {
    let lanes = &policy.lanes;
    let mut sentences = vec![match lanes.mode {
        LaneMode::Strict => {
            let order: Vec<&str> = lanes.order.iter().map(|each| lane(*each)).collect();
            format!("Dans l’ordre\u{a0}: {}. Une file attend que celles d’avant soient vides.", order.join(", puis "))
        }
        LaneMode::Weighted => {
            let turns = |each: &Lane| lanes.weights.get(each).copied().unwrap_or(1);
            let order: Vec<String> =
                lanes.order.iter().map(|each| format!("{} pour {}", turns(each), lane(*each))).collect();
            format!("À tour de rôle\u{a0}: {}.", order.join(", "))
        }
    }];
    if let Some(most) = lanes.priority_in_a_row {
        sentences.push(format!(
            "Après {most}\u{a0}{} de suite, un guichet appelle quelqu’un d’autre.",
            plural(most, "personne prioritaire", "personnes prioritaires")
        ));
    }
    sentences.push("Dans une file, l’ordre d’arrivée.".to_owned());
    sentences
}

fn shares(policy: &Policy, names: &Names) -> Vec<String> {
    let share = |share: &queue_engine::policy::Share| {
        format!(
            "{}\u{a0}: {}\u{a0}{}.",
            list(&share.services, names),
            share.weight,
            plural(share.weight, "tour", "tours")
        )
    };
    let mut sentences: Vec<String> = policy.shares.iter().map(share).collect();
    sentences.push("Toutes les autres démarches ensemble\u{a0}: 1\u{a0}tour.".to_owned());
    sentences
}

fn ceiling(policy: &Policy, names: &Names) -> Vec<String> {
    let mut sentences = vec![format!(
        "Qui attend plus de {}\u{a0}min passe d’abord, en alternance avec les personnes prioritaires.",
        policy.ceiling.default_min
    )];
    let own = policy.ceiling.services.iter();
    sentences.extend(own.map(|(id, minutes)| format!("{}\u{a0}: {minutes}\u{a0}min.", names.service(id))));
    sentences
}

fn appointments(policy: &Policy) -> Vec<String> {
    let window = policy.appointment;
    vec![
        format!(
            "Un rendez-vous est tenu jusqu’à {}\u{a0}min de retard\u{a0}; ensuite, la personne attend comme les autres.",
            window.late_min
        ),
        format!("Si personne d’autre n’attend, il est appelé jusqu’à {}\u{a0}min en avance.", window.early_min),
    ]
}

fn calls(policy: &Policy) -> Vec<String> {
    let rules = policy.no_show;
    let returns = match rules.returns {
        0 => "Une absence met fin au ticket\u{a0}; l’accueil peut le rétablir.".to_owned(),
        n => format!(
            "Une personne absente revient dans la file après {}\u{a0}min, {n}\u{a0}fois au plus.",
            rules.return_after_min
        ),
    };
    vec![
        format!(
            "Absent\u{a0}: après {}\u{a0}{} et {}\u{a0}s au moins.",
            rules.min_calls,
            plural(rules.min_calls, "appel", "appels"),
            rules.wait_s
        ),
        format!("Entre deux appels d’un même numéro\u{a0}: {}\u{a0}s.", rules.recall_gap_s),
        returns,
    ]
}

fn afterwards(policy: &Policy) -> Vec<String> {
    let place = match policy.transfer.place {
        QueuePlace::Front => "au début de la file",
        QueuePlace::Back => "à la fin de la file",
        QueuePlace::Own => "à la place de son arrivée",
    };
    let postpone = match policy.postpone.times {
        0 => "Personne ne peut laisser passer d’autres personnes.".to_owned(),
        n => format!(
            "Qui demande plus de temps laisse passer {}\u{a0}{}, {n}\u{a0}fois au plus.",
            policy.postpone.places,
            plural(policy.postpone.places, "personne", "personnes")
        ),
    };
    vec![
        format!("Une personne transférée se place {place}, si l’agent ne dit rien d’autre."),
        format!(
            "L’agent a {}\u{a0}s pour annuler une action, le visiteur {}\u{a0}s.",
            policy.undo.staff_s, policy.undo.visitor_s
        ),
        postpone,
        format!("Une personne mise en attente est rappelée à l’agent après {}\u{a0}min.", policy.parking.remind_min),
    ]
}

fn counters(policy: &Policy, names: &Names) -> Vec<String> {
    let mut sentences = Vec::new();
    for rules in &policy.counters {
        let name = names.counter(&rules.id);
        if let Some(services) = &rules.services {
            sentences.push(format!("{name} reçoit pour\u{a0}: {}.", list(services, names)));
        }
        if !rules.capabilities.is_empty() {
            let capabilities: Vec<&str> = rules.capabilities.iter().map(|need| need.as_str()).collect();
            sentences.push(format!("{name} est équipé pour\u{a0}: {}.", capabilities.join(", ")));
        }
        if let Some(Overflow { services, when_wait_over_min, when_longer_than }) = &rules.overflow {
            let wait = when_wait_over_min.map(|min| format!("quelqu’un attend plus de {min}\u{a0}min"));
            let length = when_longer_than.map(|n| format!("plus de {n}\u{a0}personnes attendent"));
            let when: Vec<String> = wait.into_iter().chain(length).collect();
            sentences.push(format!(
                "{name} vient en renfort pour {} quand {}.",
                list(services, names),
                when.join(" ou que ")
            ));
        }
    }
    sentences
}

fn skills(policy: &Policy, names: &Names) -> Vec<String> {
    let skill = |skill: &queue_engine::policy::Skill| {
        format!("{}\u{a0}: {}.", names.agent(skill.agent), list(&skill.services, names))
    };
    policy.skills.iter().map(skill).collect()
}

fn list(services: &BTreeSet<ServiceId>, names: &Names) -> String {
    let named: Vec<String> = services.iter().map(|id| names.service(id)).collect();
    if named.is_empty() { "aucune démarche".to_owned() } else { named.join("\u{a0}; ") }
}

const fn plural<'a>(n: u32, one: &'a str, several: &'a str) -> &'a str {
    if n < 2 { one } else { several }
}
