//! How the console says things beside what all pages of staff say alike: reasons, languages, clocks. Agents read French.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use queue_engine::Ticket;
use wire::event::{ParkReason, PauseReason};
use wire::ids::{CounterId, Language, TicketId};

use crate::pages::french;
pub(super) use crate::pages::french::{counter, hour, label, service, service_of};
use crate::site::Plan;

/// Why people are set aside: in events, on a button, of somebody who is.
pub(super) const PARKED: [(ParkReason, &str, &str); 6] = [
    (ParkReason::Photocopy, "photocopy", "Photocopie"),
    (ParkReason::Form, "form", "Formulaire à remplir"),
    (ParkReason::Document, "document", "Document à aller chercher"),
    (ParkReason::Payment, "payment", "Paiement"),
    (ParkReason::Colleague, "colleague", "Avis d’un collègue"),
    (ParkReason::Other, "other", "Autre raison"),
];

/// Why counters pause.
pub(super) const PAUSED: [(PauseReason, &str, &str); 5] = [
    (PauseReason::Break, "break", "Pause"),
    (PauseReason::Lunch, "lunch", "Repas"),
    (PauseReason::BackOffice, "back_office", "Traitement de dossiers"),
    (PauseReason::Meeting, "meeting", "Réunion ou formation"),
    (PauseReason::Other, "other", "Autre raison"),
];

/// Why an agent calls somebody before their turn: in the form, and in words.
pub(super) const CHOSEN: [(&str, &str); 5] = [
    ("fragile", "Personne fragile ou urgence"),
    ("suite", "Suite d’un dossier commencé"),
    ("erreur", "Erreur d’orientation ou d’appel"),
    ("rendez-vous", "Rendez-vous"),
    ("autre", "Autre raison"),
];

pub(in crate::pages) fn parked(reason: ParkReason) -> &'static str {
    PARKED.iter().find(|(known, _, _)| *known == reason).map_or("Autre raison", |(_, _, text)| text)
}

pub(in crate::pages) fn paused(reason: PauseReason) -> &'static str {
    PAUSED.iter().find(|(known, _, _)| *known == reason).map_or("Autre raison", |(_, _, text)| text)
}

/// « au guichet 3 », « à « Bureau d’angle » »
pub(super) fn at_counter(plan: &Plan, id: &CounterId) -> String {
    let name = counter(plan, id);
    match name.strip_prefix("Guichet ") {
        Some(rest) => format!("au guichet\u{a0}{rest}"),
        None => format!("à «\u{a0}{name}\u{a0}»"),
    }
}

/// Said only where it is not the language of the house.
pub(super) const fn foreign(lang: Language) -> Option<&'static str> {
    match lang {
        Language::Fr => None,
        Language::En => Some("anglais"),
        Language::Es => Some("espagnol"),
        Language::Pt => Some("portugais"),
        Language::Ar => Some("arabe"),
        Language::Tr => Some("turc"),
        Language::Uk => Some("ukrainien"),
        Language::Zh => Some("chinois"),
        Language::FrSimple => Some("français simplifié"),
    }
}

/// Said only where they are several.
pub(super) fn people(group: u8) -> Option<String> {
    (group > 1).then(|| format!("{group}\u{a0}personnes"))
}

/// « 14 min »
pub(super) fn minutes(from: Timestamp, to: Timestamp) -> String {
    french::span(to.duration_since(from))
}

/// The same of seconds.
pub(super) fn span(seconds: i64) -> String {
    french::span(SignedDuration::from_secs(seconds))
}

/// « 2:05 », « 1:02:05 »
pub(super) fn clock(seconds: i64) -> String {
    let s = seconds.max(0);
    if s < 3600 {
        format!("{}:{:02}", s / 60, s % 60)
    } else {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

/// Which passage of which ticket a form was drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Drawn {
    pub(super) ticket: TicketId,
    pub(super) episode: u32,
}

impl Drawn {
    pub(super) const fn of(ticket: &Ticket) -> Self {
        Self { ticket: ticket.id, episode: ticket.episode() }
    }
}

/// As a query: what panels are asked with.
impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ticket={}&episode={}", self.ticket, self.episode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_at_a_glance() {
        for (seconds, text) in [(-3, "0:00"), (5, "0:05"), (754, "12:34"), (3_725, "1:02:05")] {
            assert_eq!(clock(seconds), text);
        }
    }

    #[test]
    fn every_reason_of_a_form_is_that_of_an_event() {
        for (reason, field, _) in PARKED {
            assert_eq!(serde_json::to_value(reason).unwrap(), field);
        }
        for (reason, field, _) in PAUSED {
            assert_eq!(serde_json::to_value(reason).unwrap(), field);
        }
    }
}
