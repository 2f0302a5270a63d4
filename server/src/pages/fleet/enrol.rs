//! `/parc/enroler`: a code that makes a machine a borne of the site, once.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use wire::enrolment::EnrolmentCode;
use wire::token::Hash32;

use super::Answer;
use crate::app::{App, random};
use crate::audit::{Action, Diff};
use crate::pages::REFUSED;
use crate::pages::backups::moment;
use crate::pages::bar::Bar;
use crate::pages::page::{not_found, render};
use crate::pages::session::Person;
use crate::store::StoreError;

/// How long a code may be used.
const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// As long as the command line and bornes allow a name to be.
const NAME_MAX: usize = 40;
/// As many open codes as a site has at most.
const MOST: usize = 20;

#[derive(Template)]
#[template(path = "fleet/enrol.html")]
struct Page {
    bar: Bar,
    wrong: Option<String>,
    name: String,
    /// The code that was just made: shown this once.
    made: Option<Made>,
    codes: Vec<Open>,
    url: String,
    fingerprint: String,
}

/// A code that nobody has spent.
struct Open {
    hash: Hash32,
    name: String,
    until: String,
}

struct Made {
    code: String,
    until: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    name: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, person: Person) -> Answer {
    show(&app, StatusCode::OK, &person, Asked::default(), None, None).await
}

pub(super) async fn make(State(app): State<Arc<App>>, person: Person, Form(asked): Form<Asked>) -> Answer {
    let (now, site) = (app.clock.now(), person.site.id);
    let name = asked.name.trim();
    let open = app.store.open_codes(site, now).await?.len();
    let wrong = if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        Some(format!("Un nom a {NAME_MAX} caractères au plus."))
    } else if open >= MOST {
        Some(format!("{MOST} codes attendent déjà. Servez-vous de l’un d’eux, ou attendez qu’ils expirent."))
    } else {
        None
    };
    if wrong.is_some() {
        return show(&app, REFUSED, &person, asked, wrong, None).await;
    }
    let code = EnrolmentCode::from_random(random().map_err(|e| StoreError::Unavailable(e.into()))?);
    let expires_at = now + LIFE;
    app.store.add_code(site, code.hash(), Some(name).filter(|name| !name.is_empty()), expires_at).await?;
    let given = Diff::none().with("enrôlement", (), "une borne dans les 24 h");
    let object = if name.is_empty() { "-" } else { name };
    app.audit(person.did(now, Action::Borne, object).changing(given)).await;
    let made = Made { code: code.reveal(), until: moment(expires_at, &person.site.zone) };
    show(&app, StatusCode::OK, &person, Asked::default(), None, Some(made)).await
}

/// Takes back a code that nobody has spent.
pub(super) async fn cancel(State(app): State<Arc<App>>, person: Person, Path(hash): Path<String>) -> Answer {
    let (now, site) = (app.clock.now(), person.site.id);
    let open = app.store.open_codes(site, now).await?;
    let Some(code) = open.into_iter().find(|code| code.hash.to_string() == hash) else {
        return Ok(not_found().await);
    };
    if app.store.cancel_code(site, code.hash, now).await? {
        let object = code.name.unwrap_or_else(|| "-".to_owned());
        let taken = Diff::none().with("enrôlement", "une borne dans les 24 h", "annulé");
        app.audit(person.did(now, Action::Borne, object).changing(taken)).await;
    }
    Ok(Redirect::to("/parc/enroler").into_response())
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    asked: Asked,
    wrong: Option<String>,
    made: Option<Made>,
) -> Answer {
    let codes = app.store.open_codes(person.site.id, app.clock.now()).await?;
    let page = Page {
        bar: Bar::of(person, super::ADDRESS),
        wrong,
        name: asked.name,
        made,
        codes: codes
            .into_iter()
            .map(|code| {
                let name = code.name.unwrap_or_else(|| "Sans nom\u{a0}: la borne donne le sien".to_owned());
                Open { hash: code.hash, name, until: moment(code.expires_at, &person.site.zone) }
            })
            .collect(),
        url: person.site.plan().catalogue.site.public_url.clone(),
        fingerprint: app.public_key().fingerprint(),
    };
    Ok(render(status, &page))
}
