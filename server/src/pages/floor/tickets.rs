//! `/salle/tickets`: ending today's tickets, and giving them again. A page of its own, so that nobody does it in passing;
//! what was decided stands in every console.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Time;
use serde::Deserialize;
use wire::ids::ServiceId;

use super::Answer;
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::intake::Places;
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::drawn::Stale;
use crate::pages::french::{hour, service};
use crate::pages::page::render;
use crate::pages::session::Person;
use crate::site::{Plan, Site};
use crate::store::Matter;

#[derive(Template)]
#[template(path = "floor/tickets.html")]
struct Page {
    bar: Bar,
    closed: Option<String>,
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

/// What consoles and the hall's page show while tickets are limited.
pub(in crate::pages) struct Stop {
    pub(in crate::pages) text: String,
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

/// What undoes most decisions.
const GIVE_AGAIN: &str = "Redonner des tickets";

pub(super) async fn page(person: Person, stale: Stale) -> Response {
    let status = stale.status();
    show(status, &person, stale.sentence().as_deref())
}

pub(super) async fn stop(
    State(app): State<Arc<App>>,
    person: Person,
    Form(StopFields { service }): Form<StopFields>,
) -> Answer {
    if service.as_ref().is_some_and(|service| person.site.plan().catalogue.service(service).is_none()) {
        return Ok(show(REFUSED, &person, Some("Cette démarche n’existe pas.")));
    }
    let about = service.as_ref().map_or_else(|| "tous les tickets".to_owned(), ToString::to_string);
    person.site.stop_tickets(service).await?;
    keep(&app, &person, about, "donnés", "arrêtés").await;
    Ok(done())
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    person: Person,
    Form(CloseFields { time }): Form<CloseFields>,
) -> Answer {
    let Some(time) = clock_time(&time) else {
        return Ok(show(REFUSED, &person, Some("Cette heure n’est pas valable. Écrivez-la comme 15:30.")));
    };
    if person.site.close_at(time).await? {
        keep(&app, &person, "fermeture avancée".to_owned(), "", &time.strftime("%H:%M").to_string()).await;
        return Ok(done());
    }
    let text = "Cette heure est passée. Choisissez une heure à venir, ou arrêtez les tickets tout de suite.";
    Ok(show(REFUSED, &person, Some(text)))
}

/// Taken back twice is taken back.
pub(super) async fn undo(
    State(app): State<Arc<App>>,
    person: Person,
    Form(UndoFields { matter, service }): Form<UndoFields>,
) -> Answer {
    let matter = match matter {
        MatterField::Closing => Matter::Closing,
        MatterField::Full => service.map_or(Matter::AllFull, Matter::Full),
    };
    let about = match &matter {
        Matter::Closing => "fermeture avancée".to_owned(),
        Matter::AllFull => "tous les tickets".to_owned(),
        Matter::Full(service) => service.to_string(),
    };
    if person.site.undecide(&matter).await? {
        keep(&app, &person, about, "arrêtés", "donnés").await;
    }
    Ok(done())
}

/// Keeps who decided about tickets.
async fn keep(app: &App, person: &Person, about: String, before: &str, after: &str) {
    let diff = Diff::none().with("tickets", before, after);
    app.audit(person.did(app.clock.now(), Action::Intake, about).changing(diff)).await;
}

/// `15:30`, or as people write it where the browser has no field for it: `15h30`, `15 h 30`.
pub(in crate::pages) fn clock_time(text: &str) -> Option<Time> {
    let mut parts = text.split([':', 'h', 'H']).map(str::trim);
    let (hour, minute) = (parts.next()?, parts.next()?);
    let minute = if minute.is_empty() { 0 } else { minute.parse().ok()? };
    Time::new(hour.parse().ok()?, minute, 0, 0).ok()
}

fn done() -> Response {
    Redirect::to("/salle/tickets").into_response()
}

fn show(status: StatusCode, person: &Person, message: Option<&str>) -> Response {
    let site = &*person.site;
    let now = site.clock.now();
    let intake = site.intake(now);
    let plan = site.plan();
    let page = Page {
        bar: Bar::of(person, "/salle"),
        closed: closed(site, now),
        all_since: intake.all_full.map(|at| hour(site, at)),
        closes: intake.closes_at.map(|at| (hour(site, at), reopening(at, now))),
        services: intake.services.iter().map(|places| row(site, &plan, places)).collect(),
        message: message.map(str::to_owned),
    };
    render(status, &page)
}

fn row(site: &Site, plan: &Plan, places: &Places) -> Row {
    let given = match (places.taken, places.quota) {
        (taken, Some(quota)) => format!("{taken} sur {quota} tickets"),
        (0, None) => "Aucun ticket".to_owned(),
        (1, None) => "1 ticket".to_owned(),
        (taken, None) => format!("{taken} tickets"),
    };
    Row {
        id: places.service.to_string(),
        name: service(plan, &places.service),
        given,
        used_up: places.used_up(),
        since: places.full_since.map(|at| hour(site, at)),
    }
}

/// What undoes a closing: until its hour tickets are still given.
fn reopening(at: Timestamp, now: Timestamp) -> &'static str {
    if at <= now { GIVE_AGAIN } else { "Annuler la fermeture avancée" }
}

/// That the day is closed, where it is.
pub(in crate::pages) fn closed(site: &Site, now: Timestamp) -> Option<String> {
    site.closed_today(now).map(|closed| format!("La journée est close depuis {}.", hour(site, closed.at)))
}

/// What every console shows of it, the widest first.
pub(in crate::pages) fn stops(site: &Site, now: Timestamp) -> Vec<Stop> {
    let intake = site.intake(now);
    let plan = site.plan();
    let full = |service| Some(Undo { name: GIVE_AGAIN, matter: "full", service });
    let all = intake.all_full.map(|at| Stop {
        text: format!("Les bornes ne donnent plus de tickets aujourd’hui (depuis {}).", hour(site, at)),
        undo: full(None),
    });
    let closing = intake.closes_at.map(|at| Stop {
        text: if at <= now {
            format!("L’accueil est fermé depuis {} : les bornes ne donnent plus de tickets.", hour(site, at))
        } else {
            format!("Les bornes ne donneront plus de tickets à partir de {}.", hour(site, at))
        },
        undo: Some(Undo { name: reopening(at, now), matter: "closing", service: None }),
    });
    let each = intake.services.iter().filter_map(|places| {
        let name = service(&plan, &places.service);
        match (places.full_since, places.quota) {
            (Some(at), _) => Some(Stop {
                text: format!("{name} : plus de tickets aujourd’hui (depuis {}).", hour(site, at)),
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
