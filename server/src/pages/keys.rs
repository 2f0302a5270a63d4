//! `/admin/cles`: keys of other programs that ask and act at the site.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::REFUSED;
use super::backups::moment;
use super::bar::Bar;
use super::drawn::Stale;
use super::page::{Failure, not_found, render};
use super::session::Person;
use crate::api::{Scope, Secret};
use crate::app::{App, random};
use crate::audit::{Action, Diff};
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};
use crate::store::{ApiKey, StoreError};

/// The page's address.
pub(super) const ADDRESS: &str = "/admin/cles";

const NAME_MAX: usize = 60;
/// As many keys as a site has at most that may be used.
const MOST: usize = 50;
/// How long a key may be made for, in days; the first one is what a form offers.
const LIVES: [(i64, &str); 3] = [(365, "Un an"), (30, "Un mois"), (0, "Sans fin")];

pub(super) fn room(app: &Arc<App>) -> Room {
    const API: Access = Access::MayFreshly(Permission::Api);
    Room::new(app, Rate::a_second(1))
        .drawn_by(Same::SITE, Stale::alone)
        .get(ADDRESS, API, page)
        .post(ADDRESS, API, add)
        .post("/admin/cles/{key}/fermer", API, revoke)
}

#[derive(Template)]
#[template(path = "upkeep/keys.html")]
struct Page {
    bar: Bar,
    wrong: Option<String>,
    name: String,
    scopes: Vec<Tick>,
    lives: Vec<(i64, &'static str, bool)>,
    keys: Vec<Line>,
    /// The name and the text of the key that was just made: shown this once.
    made: Option<(String, String)>,
}

struct Tick {
    scope: &'static str,
    name: &'static str,
    on: bool,
}

struct Line {
    id: Uuid,
    name: String,
    scopes: String,
    since: String,
    used: String,
    state: String,
    open: bool,
}

/// What somebody typed.
#[derive(Default)]
struct Form {
    name: String,
    scopes: BTreeSet<String>,
    days: i64,
    wrong: Option<String>,
}

async fn page(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    show(&app, StatusCode::OK, &person, Form { days: LIVES[0].0, ..Form::default() }, None).await
}

async fn add(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Result<Response, Failure> {
    let mut form = Form { days: LIVES[0].0, ..Form::default() };
    for (name, value) in form_urlencoded::parse(&body) {
        match &*name {
            "name" => value.trim().clone_into(&mut form.name),
            "scope" => drop(form.scopes.insert(value.into_owned())),
            "days" => form.days = value.parse().unwrap_or(form.days),
            _ => {}
        }
    }
    let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| form.scopes.contains(scope.as_str())).collect();
    let now = app.clock.now();
    let keys = app.store.keys(person.site.id).await?;
    let named = (1..=NAME_MAX).contains(&form.name.chars().count()) && !form.name.chars().any(char::is_control);
    form.wrong = if !named {
        Some(format!("Donnez un nom de 1 à {NAME_MAX} caractères\u{a0}: celui du logiciel qui s’en sert."))
    } else if scopes.is_empty() {
        Some("Choisissez au moins un droit.".to_owned())
    } else if !LIVES.iter().any(|(days, _)| *days == form.days) {
        Some("Choisissez une durée.".to_owned())
    } else if keys.iter().filter(|key| is_open(key, now)).count() >= MOST {
        Some(format!("Un site a {MOST} clés au plus. Fermez-en une d’abord."))
    } else {
        None
    };
    if form.wrong.is_some() {
        return show(&app, REFUSED, &person, form, None).await;
    }
    let secret = Secret(random().map_err(|e| StoreError::Unavailable(e.into()))?);
    let key = ApiKey {
        id: Uuid::now_v7(),
        site: person.site.id,
        name: form.name,
        scopes,
        since: now,
        expires_at: (form.days > 0).then(|| now + SignedDuration::from_hours(24 * form.days)),
        revoked_at: None,
        used_at: None,
    };
    app.store.add_key(&key, secret.hash()).await?;
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let diff = Diff::none().with("nom", (), key.name.as_str()).with("droits", (), scopes.join(" "));
    app.audit(person.did(now, Action::Key, key.id.to_string()).changing(diff)).await;
    let form = Form { days: LIVES[0].0, ..Form::default() };
    show(&app, StatusCode::OK, &person, form, Some((key.name, secret.reveal()))).await
}

async fn revoke(State(app): State<Arc<App>>, person: Person, Path(key): Path<Uuid>) -> Result<Response, Failure> {
    if !app.store.revoke_key(person.site.id, key, app.clock.now()).await? {
        return Ok(not_found().await);
    }
    let diff = Diff::none().with("ouverte", true, false);
    app.audit(person.did(app.clock.now(), Action::Key, key.to_string()).changing(diff)).await;
    Ok(Redirect::to(ADDRESS).into_response())
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    form: Form,
    made: Option<(String, String)>,
) -> Result<Response, Failure> {
    let (now, zone) = (app.clock.now(), &person.site.zone);
    let keys = app.store.keys(person.site.id).await?;
    let page = Page {
        bar: Bar::of(person, ADDRESS),
        wrong: form.wrong,
        name: form.name,
        scopes: Scope::ALL
            .into_iter()
            .map(|scope| Tick { scope: scope.as_str(), name: name(scope), on: form.scopes.contains(scope.as_str()) })
            .collect(),
        lives: LIVES.into_iter().map(|(days, name)| (days, name, days == form.days)).collect(),
        keys: keys.iter().map(|key| line(key, is_open(key, now), zone)).collect(),
        made,
    };
    Ok(render(status, &page))
}

fn is_open(key: &ApiKey, now: jiff::Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now)
}

fn line(key: &ApiKey, open: bool, zone: &TimeZone) -> Line {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("Fermée le {}", moment(at, zone)),
        (None, Some(at)) if open => format!("Ouverte jusqu’au {}", moment(at, zone)),
        (None, Some(at)) => format!("Finie le {}", moment(at, zone)),
        (None, None) => "Ouverte, sans fin".to_owned(),
    };
    Line {
        id: key.id,
        name: key.name.clone(),
        scopes: key.scopes.iter().map(|scope| name(*scope)).collect::<Vec<_>>().join(", "),
        since: moment(key.since, zone),
        used: key.used_at.map_or_else(|| "jamais".to_owned(), |at| moment(at, zone)),
        state,
        open,
    }
}

const fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::HallRead => "Lire la salle",
        Scope::TicketsRead => "Lire les tickets",
        Scope::TicketsWrite => "Donner et annuler des tickets",
        Scope::CountersWrite => "Tenir un guichet et appeler",
    }
}
