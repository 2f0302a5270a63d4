//! How pages of staff say times, counts and names. Staff read French.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use queue_engine::Ticket;
use wire::ids::{CounterId, Language, NeedId, ServiceId};

use super::admin::words::{day_and_month, weekday};
use crate::site::{Plan, Site};

/// What counters may have for those who need it.
pub(super) const NEEDS: [(&str, &str); 4] = [
    ("pmr", "Accessible en fauteuil roulant"),
    ("langue-lsf", "Langue des signes (LSF)"),
    ("boucle-magnetique", "Boucle magnétique"),
    ("falc", "Accueil en langage simplifié"),
];

/// « Langue des signes (LSF) »; one that a site has made up stands as it is.
pub(super) fn need(id: &NeedId) -> String {
    NEEDS.iter().find(|(known, _)| *known == id.as_str()).map_or(id.as_str(), |(_, name)| name).to_owned()
}

/// « 15 h 30 »
pub(super) fn hour(site: &Site, at: Timestamp) -> String {
    let local = at.to_zoned(site.zone.clone());
    format!("{}\u{a0}h\u{a0}{:02}", local.hour(), local.minute())
}

/// « 14 min », « 1 h 05 »
pub(super) fn span(wait: SignedDuration) -> String {
    match wait.as_mins().max(0) {
        0 => "moins de 1\u{a0}min".to_owned(),
        n @ 1..60 => format!("{n}\u{a0}min"),
        n => format!("{}\u{a0}h\u{a0}{:02}", n / 60, n % 60),
    }
}

/// « 1 personne », « 3 personnes », « 0 personne »
pub(super) fn count(n: usize, one: &str, several: &str) -> String {
    format!("{n}\u{a0}{}", if n < 2 { one } else { several })
}

/// « samedi 21 novembre »
pub(super) fn date(date: Date) -> String {
    format!("{} {}", weekday(date.weekday()), day_and_month(date))
}

/// « samedi 21 novembre à 15 h 30 »
pub(super) fn moment(site: &Site, at: Timestamp) -> String {
    format!("{} à {}", date(at.to_zoned(site.zone.clone()).date()), hour(site, at))
}

/// A service's name.
pub(super) fn service(plan: &Plan, id: &ServiceId) -> String {
    let known = plan.catalogue.service(id);
    known.map_or_else(|| id.to_string(), |service| service.name.get(Language::Fr).to_owned())
}

/// What a ticket is for: a transfer may have changed it since it was taken.
pub(super) fn service_of(plan: &Plan, ticket: &Ticket) -> String {
    ticket.place().map_or_else(String::new, |place| service(plan, &place.service))
}

/// A counter's name.
pub(super) fn counter(plan: &Plan, id: &CounterId) -> String {
    let known = plan.catalogue.counter(id);
    known.map_or_else(|| format!("Guichet {id}"), |counter| counter.name.get(Language::Fr).to_owned())
}

/// The number people see.
pub(super) fn label(ticket: &Ticket) -> String {
    ticket.issue().map_or_else(|| "?".to_owned(), |issue| issue.label.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_are_read_at_a_glance() {
        for (minutes, text) in
            [(-1, "moins de 1\u{a0}min"), (0, "moins de 1\u{a0}min"), (1, "1\u{a0}min"), (65, "1\u{a0}h\u{a0}05")]
        {
            assert_eq!(span(SignedDuration::from_mins(minutes)), text);
        }
        assert_eq!(count(0, "personne", "personnes"), "0\u{a0}personne");
        assert_eq!(count(2, "personne", "personnes"), "2\u{a0}personnes");
        assert_eq!(date("2026-11-21".parse().unwrap()), "samedi 21\u{a0}novembre");
        assert_eq!(date("2026-12-01".parse().unwrap()), "mardi 1er\u{a0}décembre");
    }
}
