//! `/admin/ecrans`: the machines that show the site's displays. A code links another one; a machine that is taken away is
//! shown a place for a code at once.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Deserialize;
use wire::enrolment::EnrolmentCode;
use wire::ids::{DisplayId, Language};

use super::REFUSED;
use super::backups::moment;
use super::bar::Bar;
use super::drawn::Stale;
use super::page::{Failure, not_found, render};
use super::session::Person;
use crate::app::{App, random};
use crate::audit::{Action, Diff};
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};
use crate::site::Plan;
use crate::store::{DisplayCode, Screen, StoreError};

/// The page's address.
pub(super) const ADDRESS: &str = "/admin/ecrans";

/// As long as a code may be typed.
const CODE_LIFE: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn room(app: &Arc<App>) -> Room {
    const DISPLAYS: Access = Access::MayFreshly(Permission::Displays);
    Room::new(app, Rate::a_second(1))
        .drawn_by(Same::SITE, Stale::alone)
        .get(ADDRESS, DISPLAYS, page)
        .post(ADDRESS, DISPLAYS, add)
        .get("/admin/ecrans/{screen}/retirer", DISPLAYS, ask)
        .post("/admin/ecrans/{screen}/retirer", DISPLAYS, revoke)
}

#[derive(Template)]
#[template(path = "upkeep/screens.html")]
struct Page {
    bar: Bar,
    wrong: Option<&'static str>,
    displays: Vec<(DisplayId, String)>,
    screens: Vec<Line>,
    /// The code that was just made: shown this once.
    made: Option<Code>,
}

#[derive(Template)]
#[template(path = "upkeep/screen.html")]
struct AskPage {
    bar: Bar,
    line: Line,
}

struct Code {
    display: String,
    code: String,
    until: String,
    /// Where it is typed.
    address: String,
}

struct Line {
    name: String,
    display: String,
    since: String,
    seen: String,
    sound: &'static str,
    state: String,
    linked: bool,
}

#[derive(Deserialize)]
struct Fields {
    display: String,
}

async fn page(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    show(&app, StatusCode::OK, &person, None, None).await
}

/// Makes a code that links one machine.
async fn add(
    State(app): State<Arc<App>>,
    person: Person,
    Form(Fields { display }): Form<Fields>,
) -> Result<Response, Failure> {
    let (plan, now) = (person.site.plan(), app.clock.now());
    let known = display.parse().ok().and_then(|id| plan.catalogue.display(&id));
    let Some(display) = known else {
        let wrong = "Cet affichage n’est plus publié. Choisissez-en un autre.";
        return show(&app, REFUSED, &person, Some(wrong), None).await;
    };
    let code = EnrolmentCode::from_random(random().map_err(|e| StoreError::Unavailable(e.into()))?);
    let (site, expires_at) = (person.site.id, now + CODE_LIFE);
    let kept = DisplayCode { hash: code.hash(), site, display: display.id.clone(), expires_at };
    app.store.add_display_code(&kept, now).await?;
    let diff = Diff::none().with("enrôlement", (), "un écran dans les 24 h");
    app.audit(person.did(now, Action::Display, display.id.as_str()).changing(diff)).await;
    let made = Code {
        display: display.name.get(Language::Fr).to_owned(),
        code: code.reveal(),
        until: moment(expires_at, &person.site.zone),
        address: format!("{}/afficher", plan.catalogue.site.public_url.trim_end_matches('/')),
    };
    show(&app, StatusCode::OK, &person, None, Some(made)).await
}

/// Asks first: a screen that is taken away by mistake must be linked again where it hangs.
async fn ask(State(app): State<Arc<App>>, person: Person, Path(screen): Path<String>) -> Result<Response, Failure> {
    let Some(screen) = find(&app, &person, &screen).await? else { return Ok(not_found().await) };
    let line = line(&person.site.plan(), &screen, &person.site.zone);
    Ok(render(StatusCode::OK, &AskPage { bar: Bar::of(&person, ADDRESS), line }))
}

async fn revoke(State(app): State<Arc<App>>, person: Person, Path(screen): Path<String>) -> Result<Response, Failure> {
    let Some(screen) = find(&app, &person, &screen).await? else { return Ok(not_found().await) };
    let now = app.clock.now();
    if app.store.revoke_screen(person.site.id, screen.token, now).await? {
        let diff = Diff::none().with("état", "enrôlé", "retiré");
        app.audit(person.did(now, Action::Display, screen.audited()).changing(diff)).await;
        person.site.live.touch();
    }
    Ok(Redirect::to(ADDRESS).into_response())
}

/// A machine of the person's site that is linked: one of another site is as good as none.
async fn find(app: &App, person: &Person, name: &str) -> Result<Option<Screen>, StoreError> {
    let screens = app.store.screens(person.site.id).await?;
    Ok(screens.into_iter().find(|screen| screen.revoked_at.is_none() && screen.name() == name))
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    wrong: Option<&'static str>,
    made: Option<Code>,
) -> Result<Response, Failure> {
    let (plan, zone) = (person.site.plan(), &person.site.zone);
    let mut screens = app.store.screens(person.site.id).await?;
    // Those that hang somewhere first; the sort keeps the order of years among them.
    screens.sort_by_key(|screen| screen.revoked_at.is_some());
    let displays = &plan.catalogue.displays;
    let page = Page {
        bar: Bar::of(person, ADDRESS),
        wrong,
        displays: displays.iter().map(|one| (one.id.clone(), one.name.get(Language::Fr).to_owned())).collect(),
        screens: screens.iter().map(|screen| line(&plan, screen, zone)).collect(),
        made,
    };
    Ok(render(status, &page))
}

fn line(plan: &Plan, screen: &Screen, zone: &TimeZone) -> Line {
    let display = plan.catalogue.display(&screen.display);
    Line {
        name: screen.name(),
        display: display.map_or_else(
            || format!("{} (n’est plus publié)", screen.display),
            |display| display.name.get(Language::Fr).to_owned(),
        ),
        since: moment(screen.enrolled_at, zone),
        seen: screen.seen_at.map_or_else(|| "jamais".to_owned(), |at| moment(at, zone)),
        sound: match screen.sounds {
            Some(true) => "audible",
            Some(false) => "coupé",
            None => "inconnu",
        },
        state: screen.revoked_at.map_or_else(|| "Relié".to_owned(), |at| format!("Retiré le {}", moment(at, zone))),
        linked: screen.revoked_at.is_none(),
    }
}
