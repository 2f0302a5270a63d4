//! One ticket at the reception desk: how it stands, and what can be done for who holds it.

use askama::Template;
use queue_engine::{Paper, State, Ticket};
use uuid::Uuid;
use wire::ids::{Language, TicketId};

use super::view::{Printer, minutes, printers, service, state};
use crate::pages::bar::Bar;
use crate::pages::session::Person;
use crate::site::Site;
use crate::store::StoreError;
use crate::words::moment;

#[derive(Template)]
#[template(path = "reception/ticket.html")]
pub(super) struct Page {
    bar: Bar,
    message: Option<String>,
    facts: Facts,
    paper: Option<String>,
    printers: Vec<Printer>,
}

struct Facts {
    ticket: String,
    episode: u32,
    label: String,
    service: String,
    state: String,
    /// What else is known, each in a few words.
    more: Vec<String>,
    can_reprint: bool,
    can_cancel: bool,
    can_reinstate: bool,
    /// It is set aside at a counter that is no more.
    can_return: bool,
    /// When the person says that they are expected, where it is not known that they have come: empty or `10:40`.
    expected: Option<String>,
    can_postpone: bool,
}

impl Page {
    /// One a form.
    fn form_id(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// The page of a ticket of today; none where there is no such ticket.
pub(super) async fn page(person: &Person, id: TicketId, message: Option<String>) -> Result<Option<Page>, StoreError> {
    let site = &*person.site;
    let Some((facts, told)) = site.look(|hall| hall.ticket(&id).and_then(|ticket| facts(site, hall, ticket))) else {
        return Ok(None);
    };
    let printers = printers(site).await?;
    let mut asked = None;
    for printer in &printers {
        if site.is_asked_to_print(printer.id, id).await? {
            asked = Some(format!("Envoyé à {}. L’impression suit dès que la borne répond.", printer.name));
        }
    }
    let paper = asked.or(told);
    Ok(Some(Page { bar: Bar::of(person, "/accueil"), message, facts, paper, printers }))
}

fn facts(site: &Site, hall: &queue_engine::Hall, ticket: &Ticket) -> Option<(Facts, Option<String>)> {
    let issue = ticket.issue().filter(|issue| issue.day >= hall.day())?;
    let (now, plan) = (site.clock.now(), site.plan());
    let hour = |at: jiff::Timestamp| moment::hour(Language::Fr, at.to_zoned(site.zone.clone()).time());
    let known = ticket.state(hall.day());
    let waits = known == State::Waiting;
    let mut more = vec![format!("Pris à {}", hour(issue.arrival))];
    if let Some(slot) = issue.appointment {
        let here = if ticket.checked_in().is_some() { ", présent" } else { "" };
        more.push(format!("Rendez-vous à {}{here}", hour(slot)));
    }
    if issue.lang != Language::Fr {
        more.push(format!("Langue\u{a0}: {}", issue.lang.endonym()));
    }
    if issue.priority {
        more.push("Prioritaire".to_owned());
    }
    if issue.group > 1 {
        more.push(format!("{} personnes", issue.group));
    }
    let paper = ticket.paper().map(|(at, paper)| {
        let ago = minutes(at, now);
        match paper {
            Paper::Asked => format!("La borne imprime (il y a {ago})."),
            Paper::Printed => format!("Imprimé (il y a {ago})."),
            Paper::NotPrinted => {
                format!("Pas imprimé (il y a {ago}). Le numéro reste valable\u{a0}: donnez-le autrement.")
            }
            Paper::Unknown => {
                format!(
                    "L’imprimante n’a rien confirmé (il y a {ago}). Le numéro reste valable\u{a0}: regardez le papier."
                )
            }
        }
    });
    let facts = Facts {
        ticket: ticket.id.to_string(),
        episode: ticket.episode(),
        label: issue.label.display(),
        service: service(&plan, ticket),
        state: state(&plan, hall, ticket, now),
        more,
        can_reprint: matches!(known, State::Waiting | State::Parked | State::Called | State::Serving | State::NoShow),
        can_cancel: matches!(known, State::Waiting | State::Parked),
        can_return: known == State::Parked
            && ticket.parking().is_some_and(|parking| plan.catalogue.counter(&parking.counter).is_none()),
        can_reinstate: matches!(known, State::NoShow | State::Cancelled),
        expected: (waits && ticket.checked_in().is_none()).then(|| {
            let local = issue.appointment.map(|slot| slot.to_zoned(site.zone.clone()).strftime("%H:%M").to_string());
            local.unwrap_or_default()
        }),
        can_postpone: waits && issue.appointment.is_none(),
    };
    Some((facts, paper))
}
