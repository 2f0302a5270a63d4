//! `/admin/transfert`: a catalogue as a file, out and in. What comes in becomes the draft.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use wire::catalogue::Catalogue;

use super::draft::note;
use super::form::Sent;
use super::frame::Frame;
use super::words::slug;
use crate::app::App;
use crate::audit::Action;
use crate::pages::REFUSED;
use crate::pages::page::{Failure, render};
use crate::pages::session::Person;

#[derive(Template)]
#[template(path = "admin/transfer.html")]
struct Page {
    frame: Frame,
    text: String,
    revision: u64,
    /// Whether there is a draft that an import replaces.
    begun: bool,
    message: Option<String>,
    /// What the reader of files says, in its own words: it names line and key.
    detail: String,
}

pub(super) async fn page(person: Person) -> Result<Response, Failure> {
    show(StatusCode::OK, &person, "", None, "").await
}

async fn show(
    status: StatusCode,
    person: &Person,
    text: &str,
    message: Option<&str>,
    detail: &str,
) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let frame = Frame::of(person, "/admin/transfert", &draft).await?;
    let (text, message, detail) = (text.to_owned(), message.map(str::to_owned), detail.to_owned());
    let (revision, begun) = (draft.revision, draft.is_begun);
    Ok(render(status, &Page { frame, text, revision, begun, message, detail }))
}

/// What is published, as a file.
pub(super) async fn export(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    let catalogue = person.site.published().await?;
    let name = slug(catalogue.site.name.get(wire::ids::Language::Fr), |_| false);
    let file = format!("attachment; filename=\"{name}-v{}.toml\"", catalogue.version);
    let Ok(text) = catalogue.to_toml() else {
        return show(REFUSED, &person, "", Some("Ce catalogue ne s’écrit pas en fichier."), "").await;
    };
    app.audit(person.signed_in().did(app.clock.now(), Action::Export, &file)).await;
    let headers =
        [(header::CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, text).into_response())
}

pub(super) async fn import(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let text = sent.get("fichier");
    if text.trim().is_empty() {
        return show(REFUSED, &person, text, Some("Collez d’abord le contenu d’un fichier."), "").await;
    }
    let read: Result<Catalogue, String> = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|e| e.to_string())
    } else {
        toml::from_str(text).map_err(|e| e.to_string())
    };
    let imported = match read {
        Ok(imported) => imported,
        Err(e) => {
            let told = "Ce fichier ne peut pas être lu. Ce que vous avez collé est gardé ci-dessous.";
            return show(REFUSED, &person, text, Some(told), e.trim()).await;
        }
    };
    if imported.site.time_zone != person.site.plan().catalogue.site.time_zone {
        let told =
            "Ce fichier est d’un autre fuseau horaire. Celui d’un site ne change pas\u{a0}: créez un autre site.";
        return show(REFUSED, &person, text, Some(told), "").await;
    }
    let seen: u64 = sent.get("vu").parse().unwrap_or_default();
    if !person.site.replace_draft(person.account, seen, imported).await? {
        let told = "Le brouillon a changé depuis que vous avez ouvert cette page. L’importer maintenant remplacerait ce \
                    que quelqu’un vient d’y faire\u{a0}: voyez le brouillon, puis recommencez.";
        return show(REFUSED, &person, text, Some(told), "").await;
    }
    note(&app, &person, "brouillon importé d’un fichier").await;
    Ok(Redirect::to("/admin/brouillon").into_response())
}
