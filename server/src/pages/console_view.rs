//! What the console shows.

use askama::Template;
use jiff::{SignedDuration, Timestamp};
use queue_engine::{Hall, Issue, Rank, Ticket, line};
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::event::{Condition, Device};
use wire::ids::{Language, OriginId};

use super::intake::{Stop, stops};
use crate::app::App;
use crate::desk;
use crate::store::{Seated, StoreError};

/// As many of the queue as a screen holds.
const QUEUE_MAX: usize = 30;
/// A ticket that came this much later than it was taken was taken offline.
const LATE: SignedDuration = SignedDuration::from_mins(2);

#[derive(Template)]
#[template(path = "console.html")]
pub(super) struct Console {
    site: String,
    counter: String,
    agent: String,
    helps: Vec<Help>,
    ailing: Vec<Ailing>,
    stops: Vec<Stop>,
    current: Option<Current>,
    queue: Vec<Waiting>,
    more: usize,
    call_id: Uuid,
    message: Option<String>,
}

struct Help {
    id: String,
    borne: String,
    since: String,
}

/// A printer that somebody should go to.
struct Ailing {
    borne: String,
    what: &'static str,
    since: String,
}

struct Current {
    ticket: String,
    episode: u32,
    label: String,
    service: String,
    lang: Option<&'static str>,
    priority: bool,
    people: Option<String>,
    waited: String,
    since: String,
    rings: usize,
    serving: bool,
}

struct Waiting {
    ticket: String,
    label: String,
    service: String,
    lang: Option<&'static str>,
    priority: bool,
    people: Option<String>,
    waited: String,
    /// « Pris hors ligne à 10 h 12, reçu à 10 h 31 »
    late: Option<String>,
    /// The borne that gave it does not know the date.
    clock_doubtful: bool,
}

pub(super) async fn view(
    app: &App,
    agent: &Seated,
    counter: &Counter,
    message: Option<String>,
) -> Result<Console, StoreError> {
    let now = app.clock.now();
    let bornes = app.store.bornes().await?;
    let name = |id: Option<OriginId>| {
        let borne = bornes.iter().find(|borne| Some(borne.id) == id);
        borne.map_or_else(|| "Une borne".to_owned(), |borne| borne.name.clone())
    };
    let (helps, ailing, current, queue, more) = app.live.read(now, |hall| {
        let open = hall.help().into_iter().filter(|call| call.is_open());
        let helps = open.map(|call| Help {
            id: call.id.to_string(),
            borne: name(call.origin()),
            since: call.since().map_or_else(String::new, |since| minutes(since, now)),
        });
        let (queue, more) = queue(app, hall, counter, now);
        let ailing = hall.ailing().filter(|(_, device, _, _)| *device == Device::Printer);
        let ailing = ailing.filter_map(|(origin, _, condition, since)| {
            let (borne, since) = (name(Some(origin)), minutes(since, now));
            ailment(condition).map(|what| Ailing { borne, what, since })
        });
        (
            helps.collect(),
            ailing.collect(),
            hall.at_counter(&counter.id).map(|ticket| current(app, ticket, now)),
            queue,
            more,
        )
    });
    Ok(Console {
        site: app.catalogue.site.name.get(Language::Fr).to_owned(),
        counter: counter.name.get(Language::Fr).to_owned(),
        agent: agent.account.clone(),
        helps,
        ailing,
        stops: stops(app, now),
        current,
        queue,
        more,
        call_id: Uuid::new_v4(),
        message,
    })
}

/// What to do at a printer.
const fn ailment(condition: Condition) -> Option<&'static str> {
    match condition {
        Condition::PaperLow => Some("le rouleau de papier est bientôt fini"),
        Condition::PaperOut => Some("plus de papier"),
        Condition::CoverOpen => Some("le capot de l’imprimante est ouvert"),
        Condition::CutterJammed => Some("le massicot est bloqué"),
        Condition::Offline | Condition::Gone => Some("l’imprimante ne répond plus"),
        Condition::Works | Condition::Other => None,
    }
}

/// The tickets this counter may call, in the order in which it will.
fn queue(app: &App, hall: &Hall, counter: &Counter, now: Timestamp) -> (Vec<Waiting>, usize) {
    let (line, more) = line(hall, &app.policy, &desk::seat(hall, counter), now, QUEUE_MAX);
    let row = |(ticket, issue): (&Ticket, &Issue)| Waiting {
        ticket: ticket.id.to_string(),
        label: issue.label.display(),
        service: service(app, ticket),
        lang: foreign(issue.lang),
        priority: issue.priority,
        people: people(issue.group),
        waited: minutes(issue.arrival, now),
        late: (issue.received_at.duration_since(issue.arrival) > LATE).then(|| {
            format!("Pris hors ligne à {}, reçu à {}", hour(app, issue.arrival), hour(app, issue.received_at))
        }),
        clock_doubtful: issue.clock_doubtful,
    };
    let known = line.iter().filter_map(|next| hall.ticket(&next.ticket));
    (known.filter_map(|ticket| ticket.issue().map(|issue| row((ticket, issue)))).collect(), more)
}

fn current(app: &App, ticket: &Ticket, now: Timestamp) -> Current {
    let called = ticket.call().map_or(now, |call| call.at);
    let serving = ticket.rank() == Rank::Serving;
    let since = if serving { ticket.started().unwrap_or(called) } else { called };
    let issue = ticket.issue();
    Current {
        ticket: ticket.id.to_string(),
        episode: ticket.episode(),
        label: issue.map_or_else(|| "?".to_owned(), |issue| issue.label.display()),
        service: service(app, ticket),
        lang: issue.and_then(|issue| foreign(issue.lang)),
        priority: issue.is_some_and(|issue| issue.priority),
        people: issue.and_then(|issue| people(issue.group)),
        waited: issue.map_or_else(String::new, |issue| minutes(issue.arrival, called)),
        since: minutes(since, now),
        rings: ticket.rings(),
        serving,
    }
}

/// What for: a transfer may have changed it since the ticket was taken.
fn service(app: &App, ticket: &Ticket) -> String {
    let Some(place) = ticket.place() else { return String::new() };
    let found = app.catalogue.service(&place.service);
    found.map_or_else(|| place.service.to_string(), |service| service.name.get(Language::Fr).to_owned())
}

/// Said only where it is not the language of the house.
const fn foreign(lang: Language) -> Option<&'static str> {
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
fn people(group: u8) -> Option<String> {
    (group > 1).then(|| format!("{group} personnes"))
}

fn minutes(from: Timestamp, to: Timestamp) -> String {
    match to.duration_since(from).as_mins().max(0) {
        0 => "moins de 1 min".to_owned(),
        n @ 1..60 => format!("{n} min"),
        n => format!("{} h {:02}", n / 60, n % 60),
    }
}

/// « 15 h 30 »
pub(super) fn hour(app: &App, at: Timestamp) -> String {
    let local = at.to_zoned(app.zone.clone());
    format!("{} h {:02}", local.hour(), local.minute())
}
