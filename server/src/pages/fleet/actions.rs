//! What is asked of one borne: the buttons, where each request stands, and what the borne sent for it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use uuid::Uuid;
use wire::ids::{CommandId, OriginId};

use super::Answer;
use super::table::Level;
use crate::app::App;
use crate::audit::Action;
use crate::fleet::actions::{KINDS, REMEMBERED, Stage, named};
use crate::pages::REFUSED;
use crate::pages::backups::moment;
use crate::pages::drawn::At;
use crate::pages::page::{not_found, render};
use crate::pages::session::Person;
use crate::pages::stream;
use crate::roles::Permission;
use crate::store::{Borne, StoreError};

/// The part of a borne's page.
#[derive(Template)]
#[template(path = "fleet/actions.html")]
pub(super) struct Asking {
    at: At,
    borne: OriginId,
    buttons: Vec<Button>,
    asked: Vec<Asked>,
}

struct Button {
    name: &'static str,
    text: &'static str,
    about: &'static str,
    /// The identity of what it asks: the same form asks once.
    id: Uuid,
    /// One is on its way.
    busy: bool,
}

/// Where one stands.
#[derive(Hash)]
struct Asked {
    what: String,
    by: String,
    when: String,
    level: Level,
    state: &'static str,
    sentence: &'static str,
    /// What the borne sent, and what that is called.
    file: Option<(Uuid, &'static str)>,
}

/// What a form asks for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    id: Uuid,
    action: String,
}

impl Asking {
    pub(super) async fn draw(app: &App, person: &Person, borne: OriginId) -> Result<Self, StoreError> {
        let now = app.clock.now();
        let all = app.store.actions(borne, now - REMEMBERED).await?;
        let busy = |name: &str| all.iter().any(|asked| asked.kind == name && Stage::of(asked, now).is_open());
        let buttons = KINDS.iter().map(|kind| Button {
            name: kind.name,
            text: kind.button,
            about: kind.about,
            id: Uuid::now_v7(),
            busy: busy(kind.name),
        });
        let asked = all.iter().map(|asked| {
            let (stage, kind) = (Stage::of(asked, now), named(&asked.kind));
            Asked {
                what: kind.map_or_else(|| asked.kind.clone(), |kind| kind.button.to_owned()),
                by: asked.asked_by.clone(),
                when: moment(asked.asked_at, &person.site.zone),
                level: level(stage),
                state: stage.in_french(),
                sentence: about(stage),
                file: asked.media.as_ref().and(kind).and_then(|kind| Some((asked.id.0, kind.result?))),
            }
        });
        Ok(Self { at: At::of(person), borne, buttons: buttons.collect(), asked: asked.collect() })
    }

    /// What is shown, without what is new each time.
    fn seen(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.asked.hash(&mut hasher);
        hasher.finish()
    }
}

const fn level(stage: Stage) -> Level {
    match stage {
        Stage::Waiting | Stage::Taken => Level::Plain,
        Stage::Done => Level::Good,
        Stage::Failed(_) | Stage::Expired | Stage::Untold => Level::Watch,
    }
}

const fn about(stage: Stage) -> &'static str {
    match stage {
        Stage::Waiting => "Une borne en ligne la lit en moins d’une minute.",
        Stage::Taken | Stage::Done => "",
        Stage::Failed(sentence) => sentence,
        Stage::Expired => {
            "La borne n’a pas répondu en 10\u{a0}minutes. Elle est éteinte, hors ligne, ou son programme est trop ancien."
        }
        Stage::Untold => {
            "La borne l’a reçue, et n’a pas dit ce qu’elle est devenue. Regardez sur place avant de redemander."
        }
    }
}

/// The borne, where it is of the site.
async fn own(app: &App, person: &Person, borne: Uuid) -> Result<Option<Borne>, StoreError> {
    Ok(app.store.borne(OriginId(borne)).await?.filter(|borne| borne.site == person.site.id))
}

/// What changes of the page, for scripts that put it in place.
pub(super) async fn state(State(app): State<Arc<App>>, person: Person, Path(borne): Path<Uuid>) -> Answer {
    match own(&app, &person, borne).await? {
        Some(borne) => Ok(render(StatusCode::OK, &Asking::draw(&app, &person, borne.id).await?)),
        None => Ok(not_found().await),
    }
}

pub(super) async fn stream(State(app): State<Arc<App>>, person: Person, Path(borne): Path<Uuid>) -> Answer {
    let Some(borne) = own(&app, &person, borne).await? else { return Ok(not_found().await) };
    let whose = person.clone();
    Ok(stream::looks(&person, Permission::Fleet, move || {
        let (app, person) = (Arc::clone(&app), whose.clone());
        async move { Some(Asking::draw(&app, &person, borne.id).await.ok()?.seen()) }
    }))
}

/// Asks the borne for something.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    person: Person,
    Path(borne): Path<Uuid>,
    Form(Wanted { id, action }): Form<Wanted>,
) -> Answer {
    let Some(borne) = own(&app, &person, borne).await? else { return Ok(not_found().await) };
    let Some(kind) = named(&action) else { return Ok(not_found().await) };
    if borne.revoked_at.is_some() {
        // The page says that it was retired.
        return super::borne::show(&app, REFUSED, &person, borne.id, None).await;
    }
    let by = person.did(app.clock.now(), Action::Borne, borne.id.to_string());
    app.ask_of_borne(&borne, kind, CommandId(id), by).await?;
    Ok(Redirect::to(&format!("{}/{}#demandes", super::ADDRESS, borne.id)).into_response())
}

/// What the borne sent.
pub(super) async fn file(State(app): State<Arc<App>>, person: Person, Path((borne, id)): Path<(Uuid, Uuid)>) -> Answer {
    let Some(borne) = own(&app, &person, borne).await? else { return Ok(not_found().await) };
    let since = app.clock.now() - REMEMBERED;
    let Some(file) = app.store.action_file(borne.id, CommandId(id), since).await? else {
        return Ok(not_found().await);
    };
    let mut response = Response::new(file.bytes.into());
    let media = HeaderValue::from_str(&file.media).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(CONTENT_TYPE, media);
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    Ok(response)
}
