//! `/poste`: choosing a counter. Sitting down opens the counter and calls nobody.

use askama::Template;
use axum::Form;
use axum::response::{IntoResponse, Redirect};
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::ids::{CounterId, Language};

use super::here::Answer;
use super::words::{self, service};
use crate::desk::{Act, Wanted, Who};
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::drawn::Stale;
use crate::pages::page::render;
use crate::pages::session::Person;
use crate::roles::Permission;
use crate::site::Plan;
use crate::store::{SeatOutcome, StoreError};

#[derive(Template)]
#[template(path = "console/seat.html")]
struct Page {
    bar: Bar,
    counters: Vec<Choice>,
    wrong: Option<String>,
}

struct Choice {
    id: String,
    name: String,
    services: String,
    held_by: Option<String>,
    mine: bool,
    /// How many wait for what it receives.
    waiting: usize,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    counter: CounterId,
}

const STILL_THERE: &str = "Une personne est encore à votre guichet. Terminez d’abord avec elle.";

pub(super) async fn form(person: Person, stale: Stale) -> Answer {
    let status = stale.status();
    page(status, &person, stale.sentence()).await
}

pub(super) async fn take(person: Person, Form(Fields { counter }): Form<Fields>) -> Answer {
    let (site, plan) = (&person.site, person.site.plan());
    let Some(known) = plan.catalogue.counter(&counter) else {
        return page(StatusCode::NOT_FOUND, &person, Some("Ce guichet n’existe pas.".into())).await;
    };
    let wrong = match site.store.take_seat(person.session, site.id, &counter, site.clock.now()).await? {
        SeatOutcome::Taken => {
            if let Some(left) = person.counter.as_ref().filter(|left| **left != counter) {
                // Not where it is gone from the catalogue: nobody sits at it any more.
                if let Some(left) = plan.catalogue.counter(left) {
                    act(&person, left, Act::Close).await?;
                }
            }
            act(&person, known, Act::Open { services: [].into() }).await?;
            site.live.touch();
            return Ok(Redirect::to("/guichet").into_response());
        }
        SeatOutcome::Held { by } => {
            format!("{} est occupé par {by}. Choisissez un autre guichet.", known.name.get(Language::Fr))
        }
        SeatOutcome::TicketOpen => STILL_THERE.to_owned(),
        SeatOutcome::NoSession => return Ok(Redirect::to("/connexion").into_response()),
    };
    page(REFUSED, &person, Some(wrong)).await
}

async fn act(person: &Person, counter: &Counter, act: Act) -> Result<(), StoreError> {
    let who = Who::Staff { account: Some(person.account), supervises: person.may(Permission::Floor) };
    person.site.act(who, Some(counter), &Wanted { id: Uuid::new_v4(), act }).await?;
    Ok(())
}

async fn page(status: StatusCode, person: &Person, wrong: Option<String>) -> Answer {
    let site = &*person.site;
    let plan = site.plan();
    let seats = site.store.seats(site.id, site.clock.now()).await?;
    let counters = site.look(|hall| {
        let choice = |counter: &Counter| {
            let holder = seats.iter().find(|(held, _)| *held == counter.id).map(|(_, name)| name.clone());
            Choice {
                id: counter.id.to_string(),
                name: words::counter(&plan, &counter.id),
                services: services(&plan, counter),
                held_by: holder.filter(|by| *by != person.name),
                mine: person.counter.as_ref() == Some(&counter.id),
                waiting: counter.services.iter().map(|service| hall.ahead(service) as usize).sum(),
            }
        };
        plan.catalogue.counters.iter().map(choice).collect()
    });
    Ok(render(status, &Page { bar: Bar::of(person, "/poste"), counters, wrong }))
}

fn services(plan: &Plan, counter: &Counter) -> String {
    counter.services.iter().map(|id| service(plan, id)).collect::<Vec<_>>().join(" · ")
}
