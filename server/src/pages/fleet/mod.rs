//! `/parc`: the bornes of the site for whoever sees to them, what is wrong with each, and who may become one. Nothing of
//! visitors.

mod actions;
mod borne;
mod configuration;
mod enrol;
mod order;
mod rings;
mod table;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use self::order::Order;
use self::table::{Page, Table};
use super::drawn::Stale;
use super::page::{Failure, render};
use super::session::Person;
use super::stream;
use crate::app::App;
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};

/// The page's address.
pub(super) const ADDRESS: &str = "/parc";

pub(super) fn room(app: &Arc<App>) -> Room {
    let (see, change) = (Access::May(Permission::Fleet), Access::MayFreshly(Permission::Fleet));
    Room::new(app, Rate::a_second(1))
        .drawn_by(Same::SITE, page)
        .get(ADDRESS, see, page)
        .get("/parc/etat", see, state)
        .get("/parc/flux", see, stream)
        .get("/parc/enroler", see, enrol::page)
        .post("/parc/enroler", change, enrol::make)
        .post("/parc/enroler/{code}/annuler", see, enrol::cancel)
        .get(rings::ADDRESS, see, rings::page)
        .post(rings::ADDRESS, change, rings::change)
        .post("/parc/mises-a-jour/promouvoir", change, rings::promote)
        .get("/parc/{borne}", see, borne::page)
        .post("/parc/{borne}/retirer", change, borne::revoke)
        .get("/parc/{borne}/configuration", see, configuration::page)
        .post("/parc/{borne}/configuration", see, configuration::compare)
        .post("/parc/{borne}/configuration/appliquer", change, configuration::apply)
        .post("/parc/{borne}/configuration/revenir", change, configuration::again)
        .post("/parc/{borne}/demander", see, actions::ask)
        .get("/parc/{borne}/demandes", see, actions::state)
        .get("/parc/{borne}/flux", see, actions::stream)
        .get("/parc/{borne}/demandes/{id}", see, actions::file)
}

type Answer = Result<Response, Failure>;

async fn page(State(app): State<Arc<App>>, person: Person, stale: Stale, RawQuery(query): RawQuery) -> Answer {
    let (status, order) = (stale.status(), Order::read(query.as_deref().unwrap_or_default()));
    Ok(render(status, &Page::draw(&app, &person, order, stale.sentence()).await?))
}

/// What changes of the page, for scripts that put it in place.
async fn state(State(app): State<Arc<App>>, person: Person, RawQuery(query): RawQuery) -> Answer {
    let order = Order::read(query.as_deref().unwrap_or_default());
    Ok(render(StatusCode::OK, &Table::draw(&app, &person, order, None).await?))
}

async fn stream(State(app): State<Arc<App>>, person: Person) -> Response {
    let whose = person.clone();
    stream::looks(&person, Permission::Fleet, move || {
        let (app, person) = (Arc::clone(&app), whose.clone());
        async move {
            // In whatever order a page shows them, rows change where they do in this one.
            let shown = Table::draw(&app, &person, Order::default(), None).await.ok()?.render().ok()?;
            let mut hasher = DefaultHasher::new();
            shown.hash(&mut hasher);
            Some(hasher.finish())
        }
    })
}
