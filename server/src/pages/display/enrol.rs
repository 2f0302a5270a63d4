//! `/afficher`: a machine becomes a screen of the hall by a code that an administrator made.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Extensions, HeaderMap, StatusCode, header};
use serde::Deserialize;
use wire::enrolment::EnrolmentCode;
use wire::token::Hash32;

use super::token::cookie;
use crate::address;
use crate::app::{App, random};
use crate::audit::{Action, Diff, Entry};
use crate::limits::subscriber;
use crate::pages::page::{Failure, render};

#[derive(Template)]
#[template(path = "display/code.html")]
struct Page {
    message: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    code: String,
}

fn page(status: StatusCode, message: Option<&str>) -> Response {
    render(status, &Page { message: message.map(str::to_owned) })
}

pub(super) async fn form() -> Response {
    page(StatusCode::OK, None)
}

pub(super) async fn enrol(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(Fields { code }): Form<Fields>,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let from = subscriber(address::client(&extensions, &headers, &app.http.trusted_proxies));
    if let Err(seconds) = app.limits.enrolments.take(from, now) {
        let wrong = format!("Trop d’essais. Attendez {seconds} s, puis recommencez.");
        let mut page = page(StatusCode::TOO_MANY_REQUESTS, Some(&wrong));
        page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(page);
    }
    let Ok(code) = code.parse::<EnrolmentCode>() else {
        let wrong = "Ce code n’est pas complet. Il a 16 lettres et chiffres, comme ABCD-EFGH-IJKL-MNOP.";
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, Some(wrong)));
    };
    let Ok(bits) = random::<32>() else {
        return Ok(page(StatusCode::SERVICE_UNAVAILABLE, Some("Le serveur a un problème. Réessayez.")));
    };
    let Some(screen) = app.store.enrol_screen(code.hash(), Hash32::of(&bits), now).await? else {
        let wrong = "Ce code n’est plus valable. Il sert une fois, pendant 24 heures. Demandez-en un autre.";
        return Ok(page(StatusCode::UNAUTHORIZED, Some(wrong)));
    };
    tracing::info!(site = %screen.site, display = %screen.display, "a screen enrols");
    let entry = Entry::new(now, "écran", Action::Display, screen.audited());
    let diff = Diff::none().with("état", (), "enrôlé");
    app.audit(Entry { site: Some(screen.site), ..entry }.changing(diff)).await;
    let to = format!("/a/{}", screen.display);
    Ok(([(header::SET_COOKIE, cookie(app.is_secure(), &bits))], Redirect::to(&to)).into_response())
}
