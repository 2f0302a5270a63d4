//! `/guichet/tickets`: ending today's tickets, and giving them again. A page of its own, so that nobody does it in
//! passing; what was decided stands in every console, with its undoing.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Time;
use serde::Deserialize;
use wire::ids::{Language, ServiceId};

use super::REFUSED;
use super::console_view::hour;
use super::page::{Failure, render};
use super::session::AtCounter;
use crate::app::App;
use crate::intake::Places;
use crate::store::{Matter, Seated};

#[derive(Template)]
#[template(path = "intake.html")]
struct Page<'a> {
    site: &'a str,
    agent: &'a str,
    all_since: Option<String>,
    /// When, and what undoes it.
    closes: Option<(String, &'static str)>,
    services: Vec<Row>,
    message: Option<String>,
}

struct Row {
    id: String,
    name: String,
    /// « 12 tickets sur 30 »
    given: String,
    used_up: bool,
    since: Option<String>,
}

/// What consoles show while tickets are limited.
pub(super) struct Stop {
    pub(super) text: String,
    pub(super) undo: Option<Undo>,
}

/// The form that takes a decision back.
pub(super) struct Undo {
    pub(super) name: &'static str,
    pub(super) matter: &'static str,
    pub(super) service: Option<String>,
}

/// Which decision a form is about: `service` where it is about one.
#[derive(Deserialize)]
pub(super) struct UndoFields {
    matter: MatterField,
    #[serde(default)]
    service: Option<ServiceId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum MatterField {
    Full,
    Closing,
}

#[derive(Deserialize)]
pub(super) struct StopFields {
    #[serde(default)]
    service: Option<ServiceId>,
}

#[derive(Deserialize)]
pub(super) struct CloseFields {
    time: String,
}

/// As many services as are named in the hall: beside three lines of text four called numbers still fit.
const NAMED_MAX: usize = 3;

/// What undoes most decisions.
const GIVE_AGAIN: &str = "Redonner des tickets";

type Answer = Result<Response, Failure>;

pub(super) async fn page(State(app): State<Arc<App>>, AtCounter { agent, counter: _ }: AtCounter) -> Response {
    show(&app, StatusCode::OK, &agent, None)
}

pub(super) async fn stop(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter: _ }: AtCounter,
    Form(StopFields { service }): Form<StopFields>,
) -> Answer {
    if service.as_ref().is_some_and(|service| app.catalogue.service(service).is_none()) {
        return Ok(show(&app, REFUSED, &agent, Some("Cette démarche n’existe pas.")));
    }
    app.stop_tickets(service).await?;
    Ok(done())
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter: _ }: AtCounter,
    Form(CloseFields { time }): Form<CloseFields>,
) -> Answer {
    let Some(time) = clock_time(&time) else {
        return Ok(show(&app, REFUSED, &agent, Some("Cette heure n’est pas valable. Écrivez-la comme 15:30.")));
    };
    if app.close_at(time).await? {
        return Ok(done());
    }
    let text = "Cette heure est passée. Choisissez une heure à venir, ou arrêtez les tickets tout de suite.";
    Ok(show(&app, REFUSED, &agent, Some(text)))
}

/// Taken back twice is taken back.
pub(super) async fn undo(
    State(app): State<Arc<App>>,
    AtCounter { .. }: AtCounter,
    Form(UndoFields { matter, service }): Form<UndoFields>,
) -> Answer {
    let matter = match matter {
        MatterField::Closing => Matter::Closing,
        MatterField::Full => service.map_or(Matter::AllFull, Matter::Full),
    };
    app.undecide(&matter).await?;
    Ok(done())
}

/// `15:30`, or as people write it where the browser has no field for it: `15h30`, `15 h 30`.
fn clock_time(text: &str) -> Option<Time> {
    let mut parts = text.split([':', 'h', 'H']).map(str::trim);
    let (hour, minute) = (parts.next()?, parts.next()?);
    let minute = if minute.is_empty() { 0 } else { minute.parse().ok()? };
    Time::new(hour.parse().ok()?, minute, 0, 0).ok()
}

fn done() -> Response {
    Redirect::to("/guichet").into_response()
}

fn show(app: &App, status: StatusCode, agent: &Seated, message: Option<&str>) -> Response {
    let now = app.clock.now();
    let intake = app.intake(now);
    let page = Page {
        site: app.catalogue.site.name.get(Language::Fr),
        agent: &agent.account,
        all_since: intake.all_full.map(|at| hour(app, at)),
        closes: intake.closes_at.map(|at| (hour(app, at), reopening(at, now))),
        services: intake.services.iter().map(|places| row(app, places)).collect(),
        message: message.map(str::to_owned),
    };
    render(status, &page)
}

fn row(app: &App, places: &Places) -> Row {
    let given = match (places.taken, places.quota) {
        (taken, Some(quota)) => format!("{taken} sur {quota} tickets"),
        (0, None) => "Aucun ticket".to_owned(),
        (1, None) => "1 ticket".to_owned(),
        (taken, None) => format!("{taken} tickets"),
    };
    Row {
        id: places.service.to_string(),
        name: service_name(app, &places.service),
        given,
        used_up: places.used_up(),
        since: places.full_since.map(|at| hour(app, at)),
    }
}

/// What undoes a closing: until its hour tickets are still given.
fn reopening(at: Timestamp, now: Timestamp) -> &'static str {
    if at <= now { GIVE_AGAIN } else { "Annuler la fermeture avancée" }
}

/// What every console shows of it, the widest first.
pub(super) fn stops(app: &App, now: Timestamp) -> Vec<Stop> {
    let intake = app.intake(now);
    let full = |service| Some(Undo { name: GIVE_AGAIN, matter: "full", service });
    let all = intake.all_full.map(|at| Stop {
        text: format!("Les bornes ne donnent plus de tickets aujourd’hui (depuis {}).", hour(app, at)),
        undo: full(None),
    });
    let closing = intake.closes_at.map(|at| Stop {
        text: if at <= now {
            format!("L’accueil est fermé depuis {} : les bornes ne donnent plus de tickets.", hour(app, at))
        } else {
            format!("Les bornes ne donneront plus de tickets à partir de {}.", hour(app, at))
        },
        undo: Some(Undo { name: reopening(at, now), matter: "closing", service: None }),
    });
    let each = intake.services.iter().filter_map(|places| {
        let name = service_name(app, &places.service);
        match (places.full_since, places.quota) {
            (Some(at), _) => Some(Stop {
                text: format!("{name} : plus de tickets aujourd’hui (depuis {}).", hour(app, at)),
                undo: full(Some(places.service.to_string())),
            }),
            (None, Some(quota)) if places.used_up() => {
                Some(Stop { text: format!("{name} : les {quota} tickets du jour sont donnés."), undo: None })
            }
            (None, _) => None,
        }
    });
    all.into_iter().chain(closing).chain(each).collect()
}

/// What the hall reads of it; none while tickets are given as usual.
pub(super) fn hall_notice(app: &App, now: Timestamp) -> Option<String> {
    const KEPT: &str = "Vous avez un ticket\u{a0}? Votre place est gardée.";
    let intake = app.intake(now);
    if intake.has_ended(now) {
        return Some(format!("Plus de ticket aujourd’hui. {KEPT}"));
    }
    let full: Vec<&str> = intake
        .services
        .iter()
        .filter(|places| places.is_full())
        .filter_map(|places| app.catalogue.service(&places.service))
        .map(|service| service.short_name.as_ref().unwrap_or(&service.name).get(Language::Fr))
        .collect();
    let named = match full.len() {
        0 => None,
        1..=NAMED_MAX => Some(format!("\u{a0}: {}", full.join("\u{a0}; "))),
        _ => Some(" plusieurs démarches".to_owned()),
    };
    let full = named.map(|named| format!("Plus de ticket aujourd’hui pour{named}. {KEPT}"));
    let closing = intake.closes_at.map(|at| format!("Aujourd’hui, les tickets s’arrêtent à {}.", hour(app, at)));
    let parts: Vec<String> = closing.into_iter().chain(full).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn service_name(app: &App, id: &ServiceId) -> String {
    app.catalogue.service(id).map_or_else(|| id.to_string(), |service| service.name.get(Language::Fr).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_browsers_and_people_write_it() {
        for text in ["15:30", "15h30", "15 h 30", " 15 H 30 ", "15:30:00"] {
            assert_eq!(clock_time(text), Time::new(15, 30, 0, 0).ok(), "{text}");
        }
        assert_eq!(clock_time("9h"), Time::new(9, 0, 0, 0).ok());
        for text in ["", "15", "24:00", "12:60", "midi", "h", "-1:30", "9:é0"] {
            assert_eq!(clock_time(text), None, "{text}");
        }
    }
}
