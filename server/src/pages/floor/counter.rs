//! `/salle/guichet/{counter}`: freeing a counter. A page of its own, so that nobody does it in passing.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use http::StatusCode;
use queue_engine::{Rank, Ticket};
use serde::Deserialize;
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::event::QueuePlace;
use wire::ids::{Language, TicketId};

use super::{Answer, back, sentence, who};
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::desk::{Act, Done, Seen, Wanted};
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::french::{label, service_of, span};
use crate::pages::page::{not_found, render};
use crate::pages::session::Person;
use crate::pages::touched::{self, Stands};

#[derive(Template)]
#[template(path = "floor/counter.html")]
struct Page {
    bar: Bar,
    counter: String,
    name: String,
    agent: Option<String>,
    has: Option<Has>,
    id: Uuid,
    close: Uuid,
    message: Option<String>,
}

/// Whom the counter has.
struct Has {
    ticket: String,
    episode: u32,
    label: String,
    service: String,
    serving: bool,
    since: String,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    id: Uuid,
    /// The identity of the closing that follows.
    close: Uuid,
    #[serde(default)]
    ticket: Option<TicketId>,
    #[serde(default)]
    episode: Option<u32>,
    #[serde(default)]
    then: Option<Then>,
}

/// What becomes of whom the counter has.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Then {
    /// Back into the queue, where they stood.
    File,
    /// Served; how long it took says nothing.
    Fin,
    /// Nobody came.
    Absent,
}

pub(super) async fn page(person: Person, Path(counter): Path<String>) -> Answer {
    match find(&person, &counter) {
        Some(counter) => show(StatusCode::OK, &person, &counter, None).await,
        None => Ok(not_found().await),
    }
}

/// Ends what the counter has, closes it, and lets somebody else sit there.
pub(super) async fn free(
    State(app): State<Arc<App>>,
    person: Person,
    Path(counter): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let Some(counter) = find(&person, &counter) else { return Ok(not_found().await) };
    let Fields { id, close, ticket, episode, then } = fields;
    let site = &person.site;
    if let (Some(ticket), Some(episode), Some(then)) = (ticket, episode, then) {
        let seen = Seen { ticket, episode };
        let act = match then {
            Then::File => Act::Transfer { seen, service: None, counter: None, place: Some(QueuePlace::Own) },
            Then::Fin => Act::Finish { seen, inexact: true },
            Then::Absent => Act::NoShow(seen),
        };
        let action = match then {
            Then::File => Some(Action::Transfer),
            Then::Absent => Some(Action::NoShow),
            // Ending what was served is what agents do all day.
            Then::Fin => None,
        };
        let was = Stands::now(&person, ticket);
        let done = site.act(who(&person), Some(&counter), &Wanted { id, act }).await?;
        if let Some(action) = action {
            touched::keep(&app, &person, &done, action, was, Diff::none()).await;
        }
        if let Done::Refused(refusal) = done {
            return show(REFUSED, &person, &counter, Some(sentence_of(&refusal))).await;
        }
    }
    if let Done::Refused(refusal) =
        site.act(who(&person), Some(&counter), &Wanted { id: close, act: Act::Close }).await?
    {
        return show(REFUSED, &person, &counter, Some(sentence_of(&refusal))).await;
    }
    site.store.free_seat(site.id, &counter.id).await?;
    site.live.touch();
    Ok(back())
}

fn sentence_of(refusal: &crate::desk::Refusal) -> String {
    use queue_engine::policy::TooSoon;

    use crate::desk::Refusal;
    match refusal {
        Refusal::TooSoon(TooSoon::Calls(_)) => {
            "Ce numéro n’a pas été appelé assez souvent pour noter l’absence. Remettez-le dans la file.".into()
        }
        Refusal::TooSoon(TooSoon::Seconds(s)) => format!("Attendez encore {s}\u{a0}s avant de noter l’absence."),
        Refusal::Busy { .. } => "Ce guichet vient d’appeler une personne. Voici la situation à jour.".into(),
        Refusal::Moved(_)
        | Refusal::Away
        | Refusal::NotHere(_)
        | Refusal::NotPostponed(_)
        | Refusal::NotUndone(_)
        | Refusal::Answered { .. }
        | Refusal::Unknown(_)
        | Refusal::OtherAct
        | Refusal::DayClosed
        | Refusal::Overtaken
        | Refusal::NotYours => sentence(refusal),
    }
}

fn find(person: &Person, counter: &str) -> Option<Counter> {
    let id = counter.parse().ok()?;
    person.site.plan().catalogue.counter(&id).cloned()
}

async fn show(status: StatusCode, person: &Person, counter: &Counter, message: Option<String>) -> Answer {
    let site = &person.site;
    let (now, plan) = (site.clock.now(), site.plan());
    let seats = site.store.seats(site.id, now).await?;
    let has = |ticket: &Ticket| Has {
        ticket: ticket.id.to_string(),
        episode: ticket.episode(),
        label: label(ticket),
        service: service_of(&plan, ticket),
        serving: ticket.rank() == Rank::Serving,
        since: ticket.since().map_or_else(String::new, |since| span(now.duration_since(since))),
    };
    let page = Page {
        bar: Bar::of(person, "/salle"),
        counter: counter.id.to_string(),
        name: counter.name.get(Language::Fr).to_owned(),
        agent: seats.into_iter().find(|(id, _)| *id == counter.id).map(|(_, name)| name),
        has: site.look(|hall| hall.at_counter(&counter.id).map(has)),
        id: Uuid::new_v4(),
        close: Uuid::new_v4(),
        message,
    };
    Ok(render(status, &page))
}
