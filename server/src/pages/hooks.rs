//! `/admin/webhooks`: addresses of other programs that are told what happens to tickets.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::HEXLOWER;
use http::StatusCode;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::REFUSED;
use super::backups::moment;
use super::bar::Bar;
use super::drawn::Stale;
use super::page::{Failure, not_found, render};
use super::session::Person;
use crate::api::EventKind;
use crate::app::{App, random};
use crate::audit::{Action, Diff};
use crate::hooks::{HookError, Sent, known_kinds, trial};
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};
use crate::store::{Delivery, DeliveryState, Hook, StoreError};

/// The page's address.
pub(super) const ADDRESS: &str = "/admin/webhooks";

/// As many addresses as a site has at most.
const MOST: usize = 20;
const URL_MAX: usize = 500;
/// As many deliveries as are shown.
const SHOWN: u32 = 50;

pub(super) fn room(app: &Arc<App>) -> Room {
    const API: Access = Access::MayFreshly(Permission::Api);
    Room::new(app, Rate::a_second(1))
        .drawn_by(Same::SITE, Stale::alone)
        .get(ADDRESS, API, page)
        .post(ADDRESS, API, add)
        .get("/admin/webhooks/{hook}", API, one)
        .post("/admin/webhooks/{hook}/essayer", API, attempt)
        .post("/admin/webhooks/{hook}/suspendre", API, suspend)
        .post("/admin/webhooks/{hook}/reprendre", API, resume)
        .post("/admin/webhooks/{hook}/supprimer", API, remove)
}

#[derive(Template)]
#[template(path = "upkeep/hooks.html")]
struct Page {
    bar: Bar,
    wrong: Option<String>,
    url: String,
    kinds: Vec<Tick>,
    hooks: Vec<Line>,
    /// The secret of the address that was just added: shown this once.
    made: Option<(String, String)>,
    full: bool,
}

#[derive(Template)]
#[template(path = "upkeep/hook.html")]
struct OnePage {
    bar: Bar,
    message: Option<Message>,
    id: Uuid,
    url: String,
    kinds: String,
    suspended: Option<String>,
    deliveries: Vec<Sending>,
}

/// What became of what somebody asked for, and what a program said of it.
struct Message {
    good: bool,
    text: &'static str,
    detail: String,
}

struct Tick {
    kind: &'static str,
    name: &'static str,
    on: bool,
}

struct Line {
    id: Uuid,
    url: String,
    kinds: String,
    state: String,
    good: bool,
}

struct Sending {
    at: String,
    kind: &'static str,
    event: String,
    state: String,
    good: Option<bool>,
    attempts: u32,
    detail: String,
}

async fn page(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    show(&app, StatusCode::OK, &person, Form::default(), None).await
}

/// What somebody typed.
#[derive(Default)]
struct Form {
    url: String,
    kinds: BTreeSet<String>,
    wrong: Option<String>,
}

async fn add(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Result<Response, Failure> {
    let mut form = Form::default();
    for (name, value) in form_urlencoded::parse(&body) {
        match &*name {
            "url" => value.trim().clone_into(&mut form.url),
            "kind" => drop(form.kinds.insert(value.into_owned())),
            _ => {}
        }
    }
    let known = programs(&app, &person).await?.len();
    let kinds = known_kinds(&form.kinds);
    let checked = app.sender.reach().check(&form.url);
    form.wrong = if known >= MOST {
        Some(format!("Un site a {MOST} adresses au plus. Supprimez-en une d’abord."))
    } else if form.url.len() > URL_MAX {
        Some("Cette adresse est trop longue.".to_owned())
    } else if kinds.is_empty() && !form.kinds.is_empty() {
        Some("Choisissez parmi les événements proposés, ou n’en cochez aucun.".to_owned())
    } else {
        checked.as_ref().err().map(refused)
    };
    let (Ok(url), None) = (checked, &form.wrong) else {
        return show(&app, REFUSED, &person, form, None).await;
    };
    let hook = Hook {
        id: Uuid::now_v7(),
        site: person.site.id,
        url: url.into(),
        secret: random().map_err(|e| StoreError::Unavailable(e.into()))?,
        kinds,
        since: app.clock.now(),
        disabled_at: None,
    };
    app.store.add_hook(&hook).await?;
    let diff = Diff::none().with("adresse", (), hook.url.as_str()).with("prévenue de", (), hook.kinds.join(" "));
    app.audit(person.did(hook.since, Action::Webhook, hook.id.to_string()).changing(diff)).await;
    let secret = HEXLOWER.encode(&hook.secret);
    show(&app, StatusCode::OK, &person, Form::default(), Some((hook.url, secret))).await
}

async fn one(State(app): State<Arc<App>>, person: Person, Path(hook): Path<Uuid>) -> Result<Response, Failure> {
    match find(&app, &person, hook).await? {
        Some(hook) => show_one(&app, StatusCode::OK, &person, &hook, None).await,
        None => Ok(not_found().await),
    }
}

async fn attempt(State(app): State<Arc<App>>, person: Person, Path(hook): Path<Uuid>) -> Result<Response, Failure> {
    let Some(hook) = find(&app, &person, hook).await? else {
        return Ok(not_found().await);
    };
    let now = app.clock.now();
    let (good, text, detail) = match app.sender.send(&hook, &trial(&hook, now), now).await {
        Sent::Taken(status) => (true, "L’essai est arrivé.", format!("HTTP {}", status.as_u16())),
        Sent::Refused(said) => (false, "L’adresse a refusé l’essai.", said),
        Sent::Away(said) => (false, "L’essai n’est pas arrivé.", said),
    };
    let status = if good { StatusCode::OK } else { REFUSED };
    show_one(&app, status, &person, &hook, Some(Message { good, text, detail })).await
}

async fn suspend(State(app): State<Arc<App>>, person: Person, Path(hook): Path<Uuid>) -> Result<Response, Failure> {
    let done = find(&app, &person, hook).await?.is_some()
        && app.store.disable_hook(person.site.id, hook, Some(app.clock.now())).await?;
    changed(&app, &person, hook, done.then_some(("suspendue", true)), &format!("{ADDRESS}/{hook}")).await
}

async fn resume(State(app): State<Arc<App>>, person: Person, Path(hook): Path<Uuid>) -> Result<Response, Failure> {
    let done = find(&app, &person, hook).await?.is_some() && app.store.disable_hook(person.site.id, hook, None).await?;
    changed(&app, &person, hook, done.then_some(("suspendue", false)), &format!("{ADDRESS}/{hook}")).await
}

async fn remove(State(app): State<Arc<App>>, person: Person, Path(hook): Path<Uuid>) -> Result<Response, Failure> {
    let done = find(&app, &person, hook).await?.is_some() && app.store.remove_hook(person.site.id, hook).await?;
    changed(&app, &person, hook, done.then_some(("supprimée", true)), ADDRESS).await
}

/// Keeps who changed an address of their site, and how; there was none where nothing was changed.
async fn changed(
    app: &App,
    person: &Person,
    hook: Uuid,
    what: Option<(&str, bool)>,
    to: &str,
) -> Result<Response, Failure> {
    let Some((field, is)) = what else {
        return Ok(not_found().await);
    };
    let entry = person.did(app.clock.now(), Action::Webhook, hook.to_string());
    app.audit(entry.changing(Diff::none().with(field, !is, is))).await;
    Ok(Redirect::to(to).into_response())
}

/// The addresses of programs: who is written to stands in the settings.
async fn programs(app: &App, person: &Person) -> Result<Vec<Hook>, StoreError> {
    let hooks = app.store.hooks(Some(person.site.id)).await?;
    Ok(hooks.into_iter().filter(|hook| hook.addressee().is_none()).collect())
}

/// An address of the person's site: one of another is as good as none.
async fn find(app: &App, person: &Person, id: Uuid) -> Result<Option<Hook>, StoreError> {
    Ok(programs(app, person).await?.into_iter().find(|hook| hook.id == id))
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    form: Form,
    made: Option<(String, String)>,
) -> Result<Response, Failure> {
    let hooks = programs(app, person).await?;
    let mut lines = Vec::new();
    for hook in &hooks {
        lines.push(line(hook, &app.store.deliveries(hook.id, SHOWN).await?, &person.site.zone));
    }
    let kinds = EventKind::ALL.into_iter().map(|kind| Tick {
        kind: kind.as_str(),
        name: name(kind),
        on: form.kinds.contains(kind.as_str()),
    });
    let page = Page {
        bar: Bar::of(person, ADDRESS),
        wrong: form.wrong,
        url: form.url,
        kinds: kinds.collect(),
        full: hooks.len() >= MOST,
        hooks: lines,
        made,
    };
    Ok(render(status, &page))
}

async fn show_one(
    app: &App,
    status: StatusCode,
    person: &Person,
    hook: &Hook,
    message: Option<Message>,
) -> Result<Response, Failure> {
    let zone = &person.site.zone;
    let deliveries = app.store.deliveries(hook.id, SHOWN).await?;
    let page = OnePage {
        bar: Bar::of(person, ADDRESS),
        message,
        id: hook.id,
        url: hook.url.clone(),
        kinds: kinds(hook),
        suspended: hook.disabled_at.map(|at| moment(at, zone)),
        deliveries: deliveries.iter().map(|delivery| sending(delivery, zone)).collect(),
    };
    Ok(render(status, &page))
}

fn line(hook: &Hook, last: &[Delivery], zone: &TimeZone) -> Line {
    let given_up = last.iter().any(|delivery| delivery.state == DeliveryState::GivenUp);
    let again = |delivery: &Delivery| matches!(delivery.state, DeliveryState::Waiting(_)) && delivery.attempts > 0;
    let (state, good) = match hook.disabled_at {
        Some(at) => (format!("Suspendue depuis le {}", moment(at, zone)), false),
        None if last.is_empty() => ("Rien à envoyer pour l’instant".to_owned(), true),
        None if last.iter().any(again) => ("Ne répond pas, nouvel essai bientôt".to_owned(), false),
        None if given_up => ("N’a pas tout reçu".to_owned(), false),
        None => ("À jour".to_owned(), true),
    };
    Line { id: hook.id, url: hook.url.clone(), kinds: kinds(hook), state, good }
}

fn sending(delivery: &Delivery, zone: &TimeZone) -> Sending {
    let (state, good) = match delivery.state {
        DeliveryState::Delivered => ("Arrivé".to_owned(), Some(true)),
        DeliveryState::Waiting(_) if delivery.attempts == 0 => ("En attente".to_owned(), None),
        DeliveryState::Waiting(next) => (format!("Nouvel essai le {}", moment(next, zone)), None),
        DeliveryState::GivenUp => ("Abandonné après trois jours".to_owned(), Some(false)),
    };
    Sending {
        at: moment(delivery.what.at, zone),
        kind: EventKind::ALL.into_iter().find(|kind| kind.as_str() == delivery.what.kind).map_or("–", name),
        event: delivery.what.event.clone(),
        state,
        good,
        attempts: delivery.attempts,
        detail: delivery.detail.clone(),
    }
}

fn kinds(hook: &Hook) -> String {
    if hook.kinds.is_empty() {
        return "Tout".to_owned();
    }
    let known = EventKind::ALL.into_iter().filter(|kind| hook.kinds.iter().any(|wanted| wanted == kind.as_str()));
    known.map(name).collect::<Vec<_>>().join(", ")
}

fn refused(why: &HookError) -> String {
    match why {
        HookError::Url => "Ce n’est pas une adresse. Écrivez-la comme dans un navigateur\u{a0}: https://…".to_owned(),
        HookError::Password => {
            "N’écrivez pas de mot de passe dans l’adresse\u{a0}: chaque envoi est signé, c’est la signature qui se vérifie."
                .to_owned()
        }
        HookError::Plain => {
            "Écrivez https://\u{a0}: sans chiffrement, on n’envoie qu’aux réseaux de la maison que nomment les réglages du \
             serveur («\u{a0}allowed_networks\u{a0}» sous «\u{a0}[hooks]\u{a0}»)."
                .to_owned()
        }
        HookError::Private(_) | HookError::Nowhere(_) => {
            "Cette adresse n’est pas sur l’internet public. Pour une machine de la maison, nommez son réseau dans les \
             réglages du serveur («\u{a0}allowed_networks\u{a0}» sous «\u{a0}[hooks]\u{a0}»)."
                .to_owned()
        }
    }
}

/// What an event is called in French.
const fn name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::TicketIssued => "Ticket pris",
        EventKind::TicketVoided => "Ticket annulé à la borne",
        EventKind::TicketCheckedIn => "Rendez-vous arrivé",
        EventKind::TicketReprinted => "Duplicata",
        EventKind::TicketCalled => "Appel",
        EventKind::TicketRecalled => "Rappel",
        EventKind::TicketStarted => "Début",
        EventKind::TicketFinished => "Fin",
        EventKind::TicketNoShow => "Absence",
        EventKind::TicketParked => "Mise en attente",
        EventKind::TicketResumed => "Reprise",
        EventKind::TicketTransferred => "Transfert",
        EventKind::TicketRedirected => "Changement de service",
        EventKind::TicketPostponed => "Place cédée",
        EventKind::TicketReinstated => "Retour dans la file",
        EventKind::TicketCancelled => "Renoncement",
        EventKind::TicketUndone => "Action annulée",
        EventKind::CounterOpened => "Guichet ouvert",
        EventKind::CounterPaused => "Guichet en pause",
        EventKind::CounterClosed => "Guichet fermé",
        EventKind::HelpRequested => "Demande d’aide",
        EventKind::HelpCancelled => "Demande d’aide retirée",
        EventKind::HelpAnswered => "Aide en route",
        EventKind::AlarmBegan => "Alarme d’une borne",
        EventKind::AlarmEnded => "Fin d’une alarme",
    }
}
