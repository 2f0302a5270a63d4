//! `/salle/cloture`: closing the day. It shows who still waits and what they will read, and does it at one press; a day
//! closed by mistake is opened again.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use queue_engine::Ticket;
use serde::Deserialize;
use wire::ids::Language;

use super::Answer;
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::drawn::Stale;
use crate::pages::french::{count, counter, hour, label, service_of, span};
use crate::pages::page::render;
use crate::pages::session::Person;
use crate::store::ClosingMessage;
use crate::words::closing::text;

#[derive(Template)]
#[template(path = "floor/closing.html")]
struct Page {
    bar: Bar,
    message: Option<String>,
    closed: Option<Closed>,
    waiting: Vec<Waiting>,
    parked: Vec<Waiting>,
    held: Vec<Waiting>,
    messages: Vec<Message>,
    press: String,
}

struct Closed {
    at: String,
    by: Option<String>,
    expired: String,
    says: &'static str,
    /// The same as forms send it.
    message: &'static str,
}

struct Waiting {
    label: String,
    service: String,
    /// Where, or since when.
    what: String,
}

struct Message {
    value: &'static str,
    text: &'static str,
    chosen: bool,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    message: String,
}

pub(super) async fn page(person: Person, stale: Stale) -> Answer {
    let status = stale.status();
    show(status, &person, stale.sentence()).await
}

/// Pressed twice, it ends what has come since.
pub(super) async fn close(
    State(app): State<Arc<App>>,
    person: Person,
    Form(Fields { message }): Form<Fields>,
) -> Answer {
    let Ok(message) = message.parse() else {
        return show(REFUSED, &person, Some("Choisissez ce que les personnes liront.".into())).await;
    };
    let ended = person.site.close_day(person.account, message).await?;
    keep(&app, &person, "ouverte", "close", ended).await;
    Ok(done())
}

pub(super) async fn reopen(State(app): State<Arc<App>>, person: Person) -> Answer {
    let back = person.site.reopen_day().await?;
    keep(&app, &person, "close", "ouverte", back).await;
    Ok(done())
}

/// Keeps who closed or opened the day, and for how many people.
async fn keep(app: &App, person: &Person, before: &str, after: &str, people: usize) {
    let now = app.clock.now();
    let day = person.site.live.read(now, queue_engine::Hall::day);
    let diff = Diff::none().with("journée", before, after).with("personnes", "", people.to_string());
    app.audit(person.did(now, Action::DayEnd, day.to_string()).changing(diff)).await;
}

fn done() -> Response {
    Redirect::to("/salle/cloture").into_response()
}

async fn show(status: StatusCode, person: &Person, message: Option<String>) -> Answer {
    let site = &*person.site;
    let (now, plan) = (site.clock.now(), site.plan());
    let closed = match site.closed_today(now) {
        None => None,
        Some(closed) => {
            let accounts = if closed.by.is_some() { site.store.accounts(Some(site.id)).await? } else { Vec::new() };
            let by = accounts.into_iter().find(|account| Some(account.id) == closed.by).map(|account| account.name);
            Some(Closed {
                at: hour(site, closed.at),
                by,
                expired: match closed.expired {
                    0 => "Personne n’attendait plus.".to_owned(),
                    1 => "Une personne attendait encore.".to_owned(),
                    n => format!("{n}\u{a0}personnes attendaient encore."),
                },
                says: text(closed.message, Language::Fr),
                message: closed.message.as_str(),
            })
        }
    };
    let drawn =
        |ticket: &Ticket, what: String| Waiting { label: label(ticket), service: service_of(&plan, ticket), what };
    let ago = |at: Option<jiff::Timestamp>| at.map_or_else(String::new, |at| span(now.duration_since(at)));
    let (waiting, parked, held) = site.live.read(now, |hall| {
        let waiting = hall.queue().into_iter().map(|t| drawn(t, ago(t.issue().map(|issue| issue.arrival))));
        let at = |t: &Ticket| t.parking().map(|parking| counter(&plan, &parking.counter)).unwrap_or_default();
        let parked = hall.parked().into_iter().map(|t| drawn(t, at(t)));
        let at = |t: &Ticket| t.call().map(|call| counter(&plan, &call.counter)).unwrap_or_default();
        let held = hall.held().map(|t| drawn(t, at(t)));
        (waiting.collect::<Vec<_>>(), parked.collect::<Vec<_>>(), held.collect::<Vec<_>>())
    });
    let left = waiting.len() + parked.len();
    let press = match left {
        0 => "Clore la journée".to_owned(),
        n => format!("Clore la journée pour {}", count(n, "personne", "personnes")),
    };
    let messages = ClosingMessage::ALL.into_iter().map(|message| Message {
        value: message.as_str(),
        text: text(message, Language::Fr),
        chosen: message == ClosingMessage::default(),
    });
    let page = Page {
        bar: Bar::of(person, "/salle"),
        message,
        closed,
        waiting,
        parked,
        held,
        messages: messages.collect(),
        press,
    };
    Ok(render(status, &page))
}
