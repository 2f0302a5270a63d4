//! `/regles`: the rules of calls in sentences, their draft, their versions, and what another draft would have made of a day
//! that was.

mod draft;
mod simulate;
mod view;

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use self::view::{Overview, VersionPage};
use super::REFUSED;
use super::admin::hindered::left_to_nobody;
use super::drawn::Stale;
use super::page::{Failure, not_found, render};
use super::session::Person;
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};
use crate::rules::publish::{From, Published};

/// A form of rules has some hundred fields.
const FORM_MAX: usize = 64 << 10;

/// The rules of calls.
pub(super) fn room(app: &Arc<App>) -> Room {
    const RULES: Access = Access::MayFreshly(Permission::Rules);
    Room::new(app, Rate::a_second(1))
        .drawn_by(Same::SITE, page)
        .get("/regles", RULES, page)
        .get("/regles/{version}", RULES, version)
        .post("/regles/{version}/reprendre", RULES, take_up)
        .get("/regles/brouillon", RULES, draft::page)
        .post("/regles/brouillon/abandonner", RULES, draft::give_up)
        .get("/regles/simuler", RULES, simulate::page)
        .post("/regles/simuler", RULES, simulate::run)
        // The page says from which day on rules would hold.
        .drawn_by(Same::DAY, page)
        .post("/regles/publier", RULES, publish)
        .drawn_by(Same::SITE, page)
        .with_forms_of(FORM_MAX)
        .post("/regles/brouillon", RULES, draft::save)
}

type Answer = Result<Response, Failure>;

#[derive(Deserialize)]
struct PublishFields {
    /// The draft that the page showed.
    revision: u64,
    from: FromField,
    #[serde(default)]
    reason: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FromField {
    Demain,
    Maintenant,
}

const CHANGED: &str = "Le brouillon a changé entre-temps. Le voici à jour\u{a0}: relisez-le avant de le publier.";

async fn page(person: Person, stale: Stale) -> Answer {
    let status = stale.status();
    show(status, &person, stale.sentence()).await
}

async fn version(person: Person, Path(version): Path<String>) -> Answer {
    let Ok(version) = version.parse() else { return Ok(not_found().await) };
    match VersionPage::draw(&person, version).await? {
        Some(page) => Ok(render(StatusCode::OK, &page)),
        None => Ok(not_found().await),
    }
}

/// Makes a draft of an earlier version: to publish it again is a decision of its own.
async fn take_up(State(app): State<Arc<App>>, person: Person, Path(version): Path<String>) -> Answer {
    let site = &person.site;
    let Ok(version) = version.parse() else { return Ok(not_found().await) };
    let Some(policy) = site.rules_of(version).await? else { return Ok(not_found().await) };
    if site.drafted().await?.is_some() {
        let text = "Il y a déjà un brouillon. Publiez-le ou abandonnez-le avant de reprendre une version.";
        return show(REFUSED, &person, Some(text.into())).await;
    }
    let revision = site.store.draft(site.id, crate::store::PublicationKind::Policy).await?.revision;
    if !site.draft_rules(person.account, revision, Some(&policy)).await? {
        return show(REFUSED, &person, Some(CHANGED.into())).await;
    }
    note(&app, &person, &format!("brouillon\u{a0}: version {version} reprise")).await;
    Ok(Redirect::to("/regles").into_response())
}

/// Keeps what became of the draft as a whole.
async fn note(app: &App, person: &Person, object: &str) {
    app.audit(person.did(app.clock.now(), Action::Rules, object)).await;
}

async fn publish(State(app): State<Arc<App>>, person: Person, Form(fields): Form<PublishFields>) -> Answer {
    let from = match fields.from {
        FromField::Demain => From::NextDay,
        FromField::Maintenant => From::Now,
    };
    let before = person.site.plan().policy.clone();
    let drafted = person.site.drafted().await?.map(|drafted| drafted.policy);
    let wrong = match person.site.publish_rules(&app, person.account, fields.revision, from, &fields.reason).await? {
        Published::Done(version) => {
            let diff = drafted.map_or_else(Diff::none, |after| Diff::between(&before, &after));
            let entry = person.did(app.clock.now(), Action::Rules, format!("version {version}")).changing(diff);
            app.audit(entry).await;
            return Ok(Redirect::to("/regles").into_response());
        }
        Published::NoReason => {
            "Pour appliquer les règles tout de suite, écrivez pourquoi\u{a0}: les collègues le liront.".to_owned()
        }
        Published::Changed => CHANGED.to_owned(),
        Published::Hindered(left) => {
            let left: Vec<String> = left.iter().map(left_to_nobody).collect();
            format!(
                "Ces règles ne peuvent pas être appliquées tout de suite. {} Sinon, publiez ces règles pour le prochain jour de service.",
                left.join(" ")
            )
        }
        Published::Faults(faults) => format!("Ces règles ne peuvent pas être publiées. {}", faults.join(" ")),
    };
    show(REFUSED, &person, Some(wrong)).await
}

async fn show(status: StatusCode, person: &Person, message: Option<String>) -> Answer {
    Ok(render(status, &Overview::draw(person, message).await?))
}
