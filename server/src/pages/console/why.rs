//! « Pourquoi ? »: a decision in words, as it was made.

use jiff::Timestamp;
use queue_engine::policy::Lane;
use queue_engine::{Decision, Hall, Rule, RunnerUp};

use super::words::{hour, label, service, span};
use crate::site::{Plan, Site};

/// What a decision says, and by which rules it was made. It is read from the decision alone: rules that changed since change
/// nothing of it.
pub(super) struct Why {
    pub(super) text: String,
    pub(super) made: String,
}

impl Why {
    pub(super) fn of(site: &Site, plan: &Plan, hall: &Hall, decision: &Decision) -> Self {
        let known = |id| hall.ticket(id).map(label);
        let name = known(&decision.ticket).unwrap_or_else(|| "Ce numéro".to_owned());
        let mut text = format!("{name}\u{a0}: {}.", reason(site, decision));
        if decision.share {
            text += &format!(" C’est le tour de sa démarche ({}).", service(plan, &decision.service));
        }
        if decision.helped {
            text += &format!(
                " Ce guichet aide pour «\u{a0}{}\u{a0}», où l’attente est longue.",
                service(plan, &decision.service)
            );
        }
        if let Some(other) = &decision.runner_up {
            let other_name = known(&other.ticket).unwrap_or_else(|| "la personne suivante".to_owned());
            text += &format!(" {}", compared(site, decision, other, &other_name));
        }
        let rules = match decision.policy {
            0 => "selon les règles d’origine".to_owned(),
            edition => format!("selon les règles n°\u{a0}{edition}"),
        };
        let made = format!("Décidé à {}, {rules}.", hour(site, decision.at));
        Self { text, made }
    }
}

fn reason(site: &Site, decision: &Decision) -> String {
    let waited = span(decision.waited_s);
    match decision.rule {
        Rule::Arrival => match decision.slot {
            Some(slot) => format!("rendez-vous de {}, {}", hour(site, slot), punctual(decision.arrival, slot)),
            None => format!("attend depuis {waited}, arrivé en premier"),
        },
        Rule::Lane | Rule::Turn => match (decision.lane, decision.slot) {
            (Lane::Priority, _) => format!("prioritaire, attend depuis {waited}"),
            (Lane::Appointment, Some(slot)) => {
                format!("rendez-vous de {}, {}", hour(site, slot), punctual(decision.arrival, slot))
            }
            (Lane::Appointment, None) => "rendez-vous".to_owned(),
            (Lane::Return, _) => format!("revient après une absence, attend depuis {waited}"),
            (Lane::Ordinary, _) => format!("attend depuis {waited}, c’est le tour des personnes sans rendez-vous"),
        },
        Rule::Ceiling { minutes } => {
            format!("attend depuis {waited}, plus que le plafond de {minutes}\u{a0}min\u{a0}; passe donc en premier")
        }
        Rule::AfterPriority { in_a_row: 1 } => {
            format!("attend depuis {waited}\u{a0}; une personne prioritaire vient de passer à ce guichet")
        }
        Rule::AfterPriority { in_a_row } => {
            format!(
                "attend depuis {waited}\u{a0}; {in_a_row}\u{a0}personnes prioritaires viennent de passer à ce guichet"
            )
        }
        Rule::Early => {
            let slot = decision.slot.map_or_else(String::new, |slot| format!(" de {}", hour(site, slot)));
            format!("rendez-vous{slot}, un peu en avance\u{a0}: personne d’autre n’attend")
        }
        Rule::ByHand => format!("choisi à la main, après {waited} d’attente"),
    }
}

fn punctual(arrival: Timestamp, slot: Timestamp) -> &'static str {
    if arrival <= slot { "à l’heure" } else { "peu en retard" }
}

fn compared(site: &Site, decision: &Decision, other: &RunnerUp, name: &str) -> String {
    let waited = span(other.waited_s);
    if decision.rule == Rule::ByHand {
        return format!("Sans ce choix, {name} ({waited}) aurait été appelé.");
    }
    let kind = match (other.lane, other.slot) {
        (Lane::Priority, _) => "prioritaire, ".to_owned(),
        (_, Some(slot)) => format!("rendez-vous de {}, ", hour(site, slot)),
        (Lane::Return, None) => "de retour, ".to_owned(),
        (Lane::Appointment | Lane::Ordinary, None) => String::new(),
    };
    let ceiling = i64::from(other.ceiling_min);
    let left = ceiling - other.waited_s / 60;
    let far = match left {
        ..=0 => format!("qui a aussi dépassé le plafond de {ceiling}\u{a0}min"),
        1..=9 => format!("près du plafond de {ceiling}\u{a0}min"),
        _ => format!("loin du plafond de {ceiling}\u{a0}min"),
    };
    format!("Passe avant {name} ({kind}{waited}), {far}.")
}
