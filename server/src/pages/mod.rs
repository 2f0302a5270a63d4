//! Pages for people.

pub(crate) mod assets;
mod console;
mod console_view;
mod display;
mod health;
mod intake;
mod language;
mod page;
mod seat;
mod session;
mod sign_in;
mod stream;
mod ticket;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::body;

/// As tried in browsers: nothing from elsewhere, nothing inline.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A form of the console is some dozens of bytes.
const FORM_MAX: usize = 4 << 10;

/// The pages; a form takes no longer than `deadline` to come.
pub(crate) fn routes(deadline: Duration) -> Router<Arc<App>> {
    let header = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    Router::new()
        .route("/", get(|| async { Redirect::to("/poste") }))
        .route("/connexion", get(sign_in::form).post(sign_in::sign_in))
        .route("/deconnexion", post(sign_in::sign_out))
        .route("/poste", get(seat::form).post(seat::take))
        .route("/guichet", get(console::page))
        .route("/guichet/flux", get(console::stream))
        .route("/guichet/appeler", post(console::call))
        .route("/guichet/rappeler", post(console::recall))
        .route("/guichet/demarrer", post(console::start))
        .route("/guichet/terminer", post(console::finish))
        .route("/guichet/absent", post(console::no_show))
        .route("/guichet/aide", post(console::help))
        .route("/guichet/tickets", get(intake::page))
        .route("/guichet/tickets/arreter", post(intake::stop))
        .route("/guichet/tickets/fermer", post(intake::close))
        .route("/guichet/tickets/redonner", post(intake::undo))
        .route("/a/{display}", get(display::page))
        .route("/a/{display}/flux", get(display::stream))
        .route("/t/{token}", get(ticket::page))
        .route("/T/{token}", get(ticket::page))
        .route("/t/{token}/{label}", get(ticket::page_with_label))
        .route("/T/{token}/{label}", get(ticket::page_with_label))
        .route("/sante", get(health::health))
        .route("/actifs/{hash}/{file}", get(assets::file))
        .fallback(page::not_found)
        .layer(middleware::from_fn(move |request, next| read_form(deadline, request, next)))
        .layer(CsrfLayer::new().with_rejection_response(|_: ProtectionError| page::foreign_form()))
        .layer(header(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not `no-referrer`: forms would then be sent with `Origin: null` and be taken for foreign ones.
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
}

/// Reads a form before anything is done with it.
async fn read_form(deadline: Duration, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (parts, sent) = request.into_parts();
    match body::read(sent, FORM_MAX, deadline).await {
        Ok(form) => next.run(Request::from_parts(parts, Body::from(form))).await,
        Err(wrong) => page::unread_form(wrong),
    }
}

/// The status of a page that holds a sentence about what did not work.
const REFUSED: StatusCode = StatusCode::CONFLICT;
