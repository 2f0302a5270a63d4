//! What the reception desk shows.

use askama::Template;
use jiff::Timestamp;
use queue_engine::{Hall, State, Ticket};
use uuid::Uuid;
use wire::event::{Condition, Device};
use wire::ids::{CounterId, Language, OriginId, TicketId};

use crate::pages::bar::Bar;
use crate::pages::session::Person;
use crate::site::{Plan, Site};
use crate::store::StoreError;

/// As many tickets of the desk as are shown without searching.
const RECENT: usize = 12;

#[derive(Template)]
#[template(path = "reception/page.html")]
pub(super) struct Desk {
    bar: Bar,
    message: Option<String>,
    helps: Vec<Help>,
    /// What was searched for, or the tickets that the desk gave last.
    pub(super) tickets: Vec<Row>,
    searched: bool,
    services: Vec<Service>,
    languages: Vec<(&'static str, &'static str)>,
    printers: Vec<Printer>,
}

struct Help {
    id: String,
    borne: String,
    since: String,
}

/// A ticket in a list.
pub(super) struct Row {
    id: String,
    label: String,
    service: String,
    state: String,
}

struct Service {
    id: String,
    name: String,
    /// It gives no tickets today.
    full: bool,
}

/// A borne that can print.
pub(super) struct Printer {
    pub(super) id: OriginId,
    pub(super) name: String,
    /// What is wrong with it.
    pub(super) ailment: Option<&'static str>,
}

impl Desk {
    /// One a form.
    fn form_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    /// Shows the tickets that were found instead of the last ones.
    pub(super) fn find(&mut self, person: &Person, found: &[TicketId]) {
        let plan = person.site.plan();
        let now = person.site.clock.now();
        self.searched = true;
        self.tickets = person.site.look(|hall| {
            let known = found.iter().filter_map(|id| hall.ticket(id));
            known.filter_map(|ticket| row(&plan, hall, ticket, now)).collect()
        });
    }
}

pub(super) async fn desk(person: &Person, message: Option<String>) -> Result<Desk, StoreError> {
    let site = &*person.site;
    let (now, plan) = (site.clock.now(), site.plan());
    let bornes = site.store.bornes(site.id).await?;
    let name = |id: Option<OriginId>| {
        let borne = bornes.iter().find(|borne| Some(borne.id) == id);
        borne.map_or_else(|| "Une borne".to_owned(), |borne| borne.name.clone())
    };
    let (helps, tickets) = site.live.read(now, |hall| {
        let open = hall.help().into_iter().filter(|call| call.is_open());
        let helps = open.map(|call| Help {
            id: call.id.to_string(),
            borne: name(call.origin()),
            since: call.since().map_or_else(String::new, |since| minutes(since, now)),
        });
        (helps.collect(), recent(site, &plan, hall, now))
    });
    let intake = site.intake(now);
    let received = plan.catalogue.services.iter().filter(|service| plan.is_received(&service.id, []));
    let services = received.map(|service| Service {
        id: service.id.to_string(),
        name: service.name.get(Language::Fr).to_owned(),
        full: intake.is_full(&service.id),
    });
    Ok(Desk {
        bar: Bar::of(person, "/accueil"),
        message,
        helps,
        tickets,
        searched: false,
        services: services.collect(),
        languages: plan.catalogue.languages().into_iter().map(|lang| (lang.tag(), lang.endonym())).collect(),
        printers: printers(site).await?,
    })
}

/// The tickets that this desk gave last.
fn recent(site: &Site, plan: &Plan, hall: &Hall, now: Timestamp) -> Vec<Row> {
    let of_desk = |ticket: &&Ticket| ticket.issue().is_some_and(|it| it.origin == site.desk && it.day >= hall.day());
    let mut given: Vec<&Ticket> = hall.tickets().filter(of_desk).collect();
    given.sort_by_key(|ticket| std::cmp::Reverse(ticket.issue().map(|issue| issue.seq)));
    given.into_iter().take(RECENT).filter_map(|ticket| row(plan, hall, ticket, now)).collect()
}

fn row(plan: &Plan, hall: &Hall, ticket: &Ticket, now: Timestamp) -> Option<Row> {
    Some(Row {
        id: ticket.id.to_string(),
        label: ticket.issue()?.label.display(),
        service: service(plan, ticket),
        state: state(plan, hall, ticket, now),
    })
}

/// Every borne of the site that may print, and whether somebody should look at its printer first.
pub(super) async fn printers(site: &Site) -> Result<Vec<Printer>, StoreError> {
    let bornes = site.store.bornes(site.id).await?;
    let works = bornes.into_iter().filter(|borne| borne.revoked_at.is_none() && borne.quarantined_at.is_none());
    Ok(site.look(|hall| {
        let ailment = |id: OriginId| {
            let told = hall.ailing().find(|(origin, device, _, _)| *origin == id && *device == Device::Printer);
            told.and_then(|(_, _, condition, _)| ailment(condition))
        };
        works.map(|borne| Printer { id: borne.id, ailment: ailment(borne.id), name: borne.name }).collect()
    }))
}

const fn ailment(condition: Condition) -> Option<&'static str> {
    match condition {
        Condition::PaperOut => Some("plus de papier"),
        Condition::CoverOpen => Some("capot ouvert"),
        Condition::CutterJammed => Some("massicot bloqué"),
        Condition::Offline | Condition::Gone => Some("imprimante muette"),
        Condition::PaperLow | Condition::Works | Condition::Other => None,
    }
}

/// How a ticket stands, in a few words.
pub(super) fn state(plan: &Plan, hall: &Hall, ticket: &Ticket, now: Timestamp) -> String {
    let name = |id: Option<&CounterId>| {
        let known = id.and_then(|id| plan.catalogue.counter(id));
        known.map_or_else(|| "un guichet".to_owned(), |counter| counter.name.get(Language::Fr).to_owned())
    };
    let at = || name(ticket.call().map(|call| &call.counter));
    match ticket.state(hall.day()) {
        State::Waiting => {
            let since = ticket.issue().map_or_else(String::new, |issue| minutes(issue.arrival, now));
            format!("Attend depuis {since}")
        }
        State::Parked => format!("Mis en attente\u{a0}: {}", name(ticket.parking().map(|it| &it.counter))),
        State::Called => format!("Appelé\u{a0}: {}", at()),
        State::Serving => format!("Reçu\u{a0}: {}", at()),
        State::NoShow => "Absent".to_owned(),
        State::Finished => "Terminé".to_owned(),
        State::Cancelled => "Annulé".to_owned(),
        State::Expired => "D’un autre jour".to_owned(),
        State::Unissued => "Inconnu".to_owned(),
    }
}

/// What for: a transfer may have changed it since the ticket was taken.
pub(super) fn service(plan: &Plan, ticket: &Ticket) -> String {
    let Some(place) = ticket.place() else { return String::new() };
    let found = plan.catalogue.service(&place.service);
    found.map_or_else(|| place.service.to_string(), |service| service.name.get(Language::Fr).to_owned())
}

pub(super) fn minutes(from: Timestamp, to: Timestamp) -> String {
    match to.duration_since(from).as_mins().max(0) {
        0 => "moins de 1\u{a0}min".to_owned(),
        n @ 1..60 => format!("{n}\u{a0}min"),
        n => format!("{}\u{a0}h\u{a0}{:02}", n / 60, n % 60),
    }
}
