//! `/site`: where to work, for those who have a role at several sites.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wire::ids::{Language, SiteId};

use crate::app::App;
use crate::pages::REFUSED;
use crate::pages::page::{Failure, not_found, render};
use crate::pages::session::SignedIn;
use crate::store::SeatOutcome;

#[derive(Template)]
#[template(path = "entrance/sites.html")]
struct Page {
    name: String,
    sites: Vec<Choice>,
    wrong: Option<&'static str>,
}

struct Choice {
    id: SiteId,
    name: String,
    mine: bool,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    site: SiteId,
}

pub(super) async fn page(State(app): State<Arc<App>>, person: SignedIn) -> Response {
    show(&app, StatusCode::OK, &person, None)
}

pub(super) async fn choose(
    State(app): State<Arc<App>>,
    person: SignedIn,
    Form(Fields { site }): Form<Fields>,
) -> Result<Response, Failure> {
    if !person.works_at(site) || app.site(site).is_none() {
        return Ok(not_found().await);
    }
    match app.store.choose_site(person.session, site, app.clock.now()).await? {
        SeatOutcome::Taken | SeatOutcome::Held { .. } => {
            if let Some(left) = &person.site {
                left.live.touch();
            }
            Ok(Redirect::to("/").into_response())
        }
        SeatOutcome::TicketOpen => {
            let wrong = "Une personne est encore à votre guichet. Terminez d’abord avec elle.";
            Ok(show(&app, REFUSED, &person, Some(wrong)))
        }
        SeatOutcome::NoSession => Ok(Redirect::to("/connexion").into_response()),
    }
}

fn show(app: &App, status: StatusCode, person: &SignedIn, wrong: Option<&'static str>) -> Response {
    let sites = app.sites().into_iter().filter(|site| person.works_at(site.id)).map(|site| Choice {
        id: site.id,
        name: site.plan().catalogue.site.name.get(Language::Fr).to_owned(),
        mine: person.site.as_ref().is_some_and(|mine| mine.id == site.id),
    });
    render(status, &Page { name: person.name.clone(), sites: sites.collect(), wrong })
}
