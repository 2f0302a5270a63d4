//! `/poste`: choosing a counter.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wire::ids::{CounterId, Language, ServiceId};

use super::REFUSED;
use super::page::{Failure, render};
use super::session::Agent;
use crate::app::App;
use crate::store::{SeatOutcome, Seated};

#[derive(Template)]
#[template(path = "seat.html")]
struct Page<'a> {
    site: &'a str,
    agent: &'a str,
    counters: Vec<Choice<'a>>,
    wrong: Option<String>,
}

struct Choice<'a> {
    id: &'a str,
    name: &'a str,
    services: String,
    held_by: Option<String>,
    mine: bool,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    counter: CounterId,
}

pub(super) async fn form(State(app): State<Arc<App>>, Agent(agent): Agent) -> Result<Response, Failure> {
    page(&app, StatusCode::OK, &agent, None).await
}

pub(super) async fn take(
    State(app): State<Arc<App>>,
    Agent(agent): Agent,
    Form(Fields { counter }): Form<Fields>,
) -> Result<Response, Failure> {
    let Some(known) = app.catalogue.counter(&counter) else {
        return page(&app, StatusCode::NOT_FOUND, &agent, Some("Ce guichet n’existe pas.".into())).await;
    };
    let name = known.name.get(Language::Fr);
    let wrong = match app.store.take_seat(agent.session, &counter, app.clock.now()).await? {
        SeatOutcome::Taken => {
            app.live.touch();
            return Ok(Redirect::to("/guichet").into_response());
        }
        SeatOutcome::Held { by } => {
            format!("{name} est occupé par {by}. Choisissez un autre guichet.")
        }
        SeatOutcome::TicketOpen => "Une personne est encore à votre guichet. Terminez d’abord avec elle.".to_owned(),
        SeatOutcome::NoSession => return Ok(Redirect::to("/connexion").into_response()),
    };
    page(&app, REFUSED, &agent, Some(wrong)).await
}

async fn page(app: &App, status: StatusCode, agent: &Seated, wrong: Option<String>) -> Result<Response, Failure> {
    let seats = app.store.seats(app.clock.now()).await?;
    let holder = |id: &CounterId| seats.iter().find(|(counter, _)| counter == id).map(|(_, name)| name.clone());
    let service = |id: &ServiceId| app.catalogue.service(id).map(|service| service.name.get(Language::Fr));
    let choice = |counter: &wire::catalogue::Counter| {
        let services: Vec<&str> = counter.services.iter().filter_map(&service).collect();
        (holder(&counter.id), agent.counter.as_ref() == Some(&counter.id), services.join(" · "))
    };
    let counters = app.catalogue.counters.iter().map(|counter| {
        let (held_by, mine, services) = choice(counter);
        let held_by = held_by.filter(|by| *by != agent.account);
        Choice { id: counter.id.as_str(), name: counter.name.get(Language::Fr), services, held_by, mine }
    });
    let site = app.catalogue.site.name.get(Language::Fr);
    Ok(render(status, &Page { site, agent: &agent.account, counters: counters.collect(), wrong }))
}
