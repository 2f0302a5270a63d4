//! What pages share: rendering, errors, the plain page with a sentence.

use askama::Template;
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::body::ReadError;
use crate::refusal::chain;
use crate::store::StoreError;

/// A page with a title, a sentence and a way on.
#[derive(Template)]
#[template(path = "sentence.html")]
struct Sentence<'a> {
    title: &'a str,
    sentence: &'a str,
    link: &'a str,
    link_text: &'a str,
}

/// A page, or the page that says the server failed.
pub(super) fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(e) => {
            tracing::error!(error = %e, "page not rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn sentence(status: StatusCode, title: &str, sentence: &str) -> Response {
    render(status, &Sentence { title, sentence, link: "/", link_text: "Aller à l’accueil" })
}

pub(super) async fn not_found() -> Response {
    sentence(StatusCode::NOT_FOUND, "Page introuvable", "Cette page n’existe pas. Vérifiez l’adresse.")
}

/// A form that was drawn for something else than what its sender sees now.
pub(super) fn outdated(status: StatusCode, why: &str) -> Response {
    sentence(status, "Page dépassée", why)
}

/// Somebody is signed in and may not do this here.
pub(super) fn not_allowed() -> Response {
    let text =
        "Votre compte ne permet pas d’ouvrir cette page sur ce site. Un administrateur peut vous en donner le droit.";
    sentence(StatusCode::FORBIDDEN, "Page réservée", text)
}

/// A form that another site sent.
pub(super) fn foreign_form() -> Response<Body> {
    let text = "Ce formulaire ne vient pas de ce site. Revenez à la page et recommencez.";
    sentence(StatusCode::FORBIDDEN, "Action refusée", text)
}

/// A form that did not come whole.
pub(crate) fn unread_form(wrong: ReadError) -> Response {
    let (status, title, text) = match wrong {
        ReadError::TooSlow => (
            StatusCode::REQUEST_TIMEOUT,
            "Envoi trop lent",
            "L’envoi a pris trop de temps. Rien n’a changé. Revenez à la page et recommencez.",
        ),
        ReadError::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "Envoi trop grand",
            "Ce formulaire est trop grand. Rien n’a changé. Revenez à la page et recommencez.",
        ),
        ReadError::Broken => (
            StatusCode::BAD_REQUEST,
            "Envoi interrompu",
            "L’envoi s’est interrompu. Rien n’a changé. Revenez à la page et recommencez.",
        ),
    };
    sentence(status, title, text)
}

/// Too many requests.
pub(crate) fn too_many(seconds: u32) -> Response {
    let text = format!("Trop de demandes. Attendez {seconds} s, puis recommencez.");
    let mut page = sentence(StatusCode::TOO_MANY_REQUESTS, "Trop de demandes", &text);
    page.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    page
}

/// The server's fault, logged once and not explained.
pub(super) struct Failure(StoreError);

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Self(e)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        tracing::error!(error = %chain(&self.0), "page failed");
        let text = "Le serveur ne répond pas correctement. Rien n’a changé. Réessayez dans un instant.";
        sentence(StatusCode::INTERNAL_SERVER_ERROR, "Le serveur a un problème", text)
    }
}
