//! `/admin`: how things stand; `/admin/brouillon`: what a draft changes, what is wrong with it, who it concerns, and putting
//! it in force; `/admin/publications`: what was in force, and going back to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wire::ids::{AgentRef, Language};

use super::diff::{Change, changes};
use super::faults::{Sentence, sentences};
use super::form::Sent;
use super::frame::Frame;
use super::hindered;
use super::words::{count, moment};
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::pages::REFUSED;
use crate::pages::page::{Failure, not_found, render};
use crate::pages::session::Person;
use crate::publish::{Draft, Published};
use crate::store::{PublicationKind, StoreError};

/// As many publications as are shown.
const SHOWN: u32 = 50;
/// The longest reason, in characters.
const REASON_MAX: usize = 200;

#[derive(Template)]
#[template(path = "admin/home.html")]
struct Home {
    frame: Frame,
    steps: Vec<Step>,
}

/// Something that a site needs.
struct Step {
    to: &'static str,
    name: &'static str,
    says: String,
    done: bool,
}

#[derive(Template)]
#[template(path = "admin/draft.html")]
struct DraftPage {
    frame: Frame,
    revision: u64,
    begun: bool,
    changes: Vec<Change>,
    faults: Vec<Sentence>,
    /// What has to be done before.
    cautions: Vec<String>,
    edited: Option<String>,
    reason: String,
    message: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/versions.html")]
struct Versions {
    frame: Frame,
    rows: Vec<Version>,
    zone: String,
}

struct Version {
    version: u64,
    at: String,
    by: String,
    reason: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "admin/version.html")]
struct VersionPage {
    frame: Frame,
    version: u64,
    about: String,
    /// What going back would change of the draft.
    changes: Vec<Change>,
    begun: bool,
    revision: u64,
    message: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    publie: Option<u64>,
    #[serde(default)]
    abandonne: Option<String>,
    #[serde(default)]
    repris: Option<u64>,
}

pub(super) async fn home(person: Person) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let c = &draft.catalogue;
    let people = person.site.store.accounts(Some(person.site.id)).await?.len();
    let step = |to, name, done, says| Step { to, name, says, done };
    let services = count(c.services.len(), "démarche", "démarches");
    let unreviewed = c.services.iter().any(|service| !service.unreviewed.is_empty());
    let hours = if c.site.hours.is_some() { "selon la semaine" } else { "toujours ouvert\u{a0}: réglez vos heures" };
    let days = count(c.site.exceptions.len(), "jour différent", "jours différents");
    let steps = vec![
        step("/admin/site", "Le site", true, c.site.name.get(Language::Fr).to_owned()),
        step(
            "/admin/services",
            "Démarches",
            !c.services.is_empty(),
            if unreviewed { format!("{services}, des traductions à relire") } else { services },
        ),
        step("/admin/guichets", "Guichets", !c.counters.is_empty(), count(c.counters.len(), "guichet", "guichets")),
        step("/admin/horaires", "Horaires", c.site.hours.is_some(), hours.to_owned()),
        step("/admin/fermetures", "Fermetures", true, days),
        step("/admin/affichages", "Écrans d’appel", !c.displays.is_empty(), count(c.displays.len(), "écran", "écrans")),
        step("/admin/comptes", "Comptes et rôles", people > 1, count(people, "personne", "personnes")),
    ];
    let frame = Frame::of(&person, "/admin", &draft).await?;
    Ok(render(StatusCode::OK, &Home { frame, steps }))
}

pub(super) async fn page(
    State(app): State<Arc<App>>,
    person: Person,
    Query(told): Query<Told>,
) -> Result<Response, Failure> {
    let done = match (told.publie, told.abandonne, told.repris) {
        (Some(version), ..) => {
            Some(format!("La version {version} est publiée\u{a0}: les pages et les bornes la suivent."))
        }
        (_, Some(_), _) => Some("Le brouillon est abandonné. Rien n’a changé pour le public.".to_owned()),
        (.., Some(version)) => Some(format!("Le brouillon reprend la version {version}. Relisez-le, puis publiez.")),
        (None, None, None) => None,
    };
    show(&app, StatusCode::OK, &person, "", None, done).await
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    reason: &str,
    message: Option<String>,
    done: Option<String>,
) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let published = person.site.published().await?;
    let frame = Frame::of(person, "/admin/brouillon", &draft).await?;
    let cautions = if draft.is_begun {
        person.site.hindrances(app, &draft.catalogue).await?.iter().map(hindered::sentence).collect()
    } else {
        Vec::new()
    };
    let page = DraftPage {
        frame,
        revision: draft.revision,
        begun: draft.is_begun,
        changes: if draft.is_begun { changes(&published, &draft.catalogue) } else { Vec::new() },
        faults: if draft.is_begun { sentences(&draft.catalogue) } else { Vec::new() },
        cautions,
        edited: edited(person, &draft).await?,
        reason: reason.to_owned(),
        message,
        done,
    };
    Ok(render(status, &page))
}

/// « Modifié par Léa le 24 décembre 2026 à 10 h 05 »
async fn edited(person: &Person, draft: &Draft) -> Result<Option<String>, StoreError> {
    let Some(at) = draft.at.filter(|_| draft.is_begun) else { return Ok(None) };
    let name = name_of(person, draft.by).await?;
    Ok(Some(format!("Dernière modification par {name}, le {}.", moment(at, &person.site.zone))))
}

/// An account's name; what is from a file has none.
async fn name_of(person: &Person, account: Option<AgentRef>) -> Result<String, StoreError> {
    let Some(account) = account else { return Ok("un fichier".to_owned()) };
    let names = person.site.store.account_names().await?;
    Ok(named(&names, Some(account)))
}

fn named(names: &BTreeMap<AgentRef, String>, account: Option<AgentRef>) -> String {
    let Some(account) = account else { return "un fichier".to_owned() };
    names.get(&account).cloned().unwrap_or_else(|| "un compte supprimé".to_owned())
}

pub(super) async fn publish(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let reason = sent.get("raison").trim();
    let seen: u64 = sent.get("vu").parse().unwrap_or_default();
    if reason.chars().count() > REASON_MAX {
        let text = format!("La raison a plus de {REASON_MAX} caractères. Raccourcissez-la.");
        return show(&app, REFUSED, &person, reason, Some(text), None).await;
    }
    let before = person.site.published().await?;
    let message = match person.site.publish_draft(&app, person.account, reason, seen).await? {
        Published::Done(version) => {
            let after = person.site.published().await?;
            let entry = person.signed_in().did(app.clock.now(), Action::Publication, format!("version {version}"));
            app.audit(entry.changing(Diff::between(&before, &after))).await;
            return Ok(Redirect::to(&format!("/admin/brouillon?publie={version}")).into_response());
        }
        Published::Nothing => "Il n’y a pas de brouillon à publier\u{a0}: quelqu’un l’a publié ou abandonné.",
        Published::Faulty => "Ce brouillon ne peut pas être publié. Corrigez d’abord ce qui suit.",
        Published::Hindered => "Ce brouillon ne peut pas être publié maintenant. Voyez ci-dessous ce qui l’empêche.",
        Published::Changed => "Le brouillon a changé pendant que vous le lisiez. Relisez-le, puis publiez.",
    };
    show(&app, REFUSED, &person, reason, Some(message.to_owned()), None).await
}

pub(super) async fn discard(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let seen: u64 = sent.get("vu").parse().unwrap_or_default();
    if person.site.discard(person.account, seen).await? {
        note(&app, &person, "brouillon abandonné").await;
        return Ok(Redirect::to("/admin/brouillon?abandonne=1").into_response());
    }
    let text = "Le brouillon a changé pendant que vous le lisiez\u{a0}: il n’est pas abandonné.".to_owned();
    show(&app, REFUSED, &person, "", Some(text), None).await
}

pub(super) async fn versions(person: Person) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let heads = person.site.store.publications(person.site.id, PublicationKind::Catalogue, SHOWN).await?;
    let names = person.site.store.account_names().await?;
    let mut rows = Vec::with_capacity(heads.len());
    for (index, head) in heads.into_iter().enumerate() {
        rows.push(Version {
            version: head.version,
            at: moment(head.at, &person.site.zone),
            by: named(&names, head.by),
            reason: head.reason,
            current: index == 0,
        });
    }
    let frame = Frame::of(&person, "/admin/publications", &draft).await?;
    Ok(render(StatusCode::OK, &Versions { frame, rows, zone: draft.catalogue.site.time_zone }))
}

pub(super) async fn version(person: Person, Path(version): Path<u64>) -> Result<Response, Failure> {
    show_version(StatusCode::OK, &person, version, None).await
}

async fn show_version(
    status: StatusCode,
    person: &Person,
    version: u64,
    message: Option<String>,
) -> Result<Response, Failure> {
    let found = person.site.store.publication(person.site.id, PublicationKind::Catalogue, version).await?;
    let (Some(found), Some(catalogue)) = (found, person.site.version(version).await?) else {
        return Ok(not_found().await);
    };
    let draft = person.site.draft().await?;
    let published = person.site.published().await?;
    let name = name_of(person, found.head.by).await?;
    let page = VersionPage {
        frame: Frame::of(person, "/admin/publications", &draft).await?,
        version,
        about: format!("Publiée le {} par {name}.", moment(found.head.at, &person.site.zone)),
        changes: changes(&published, &catalogue),
        begun: draft.is_begun,
        revision: draft.revision,
        message,
    };
    Ok(render(status, &page))
}

/// A version of before becomes the draft: it is read again, and published as a version of its own.
pub(super) async fn go_back(
    State(app): State<Arc<App>>,
    person: Person,
    Path(version): Path<u64>,
    body: Bytes,
) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let Some(old) = person.site.version(version).await? else { return Ok(not_found().await) };
    let seen: u64 = sent.get("vu").parse().unwrap_or_default();
    if !person.site.replace_draft(person.account, seen, old).await? {
        let text = "Le brouillon a changé pendant que vous lisiez cette page. Relisez, puis recommencez.".to_owned();
        return show_version(REFUSED, &person, version, Some(text)).await;
    }
    note(&app, &person, &format!("brouillon\u{a0}: version {version} reprise")).await;
    Ok(Redirect::to(&format!("/admin/brouillon?repris={version}")).into_response())
}

/// Keeps what became of the draft as a whole.
pub(super) async fn note(app: &App, person: &Person, object: &str) {
    app.audit(person.did(app.clock.now(), Action::Publication, object)).await;
}
