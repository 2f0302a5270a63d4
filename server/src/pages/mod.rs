//! Pages for people.

mod admin;
pub(crate) mod assets;
mod audit;
mod backups;
mod bar;
mod console;
mod display;
mod drawn;
mod entrance;
mod first;
mod fleet;
mod floor;
mod fonts;
mod french;
mod health;
mod hooks;
mod keys;
mod language;
mod page;
mod phone;
mod reception;
mod rules;
mod screens;
mod session;
mod stream;
mod touched;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, Uri, header};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::set_header::SetResponseHeaderLayer;

pub(crate) use self::backups::moment;
pub(crate) use self::display::{Lines, screen};
pub(crate) use self::drawn::Stale;
pub(crate) use self::entrance::confirm;
pub(crate) use self::page::{too_many, unread_form};
pub(crate) use self::session::{Person, identify};
use crate::api;
use crate::app::App;
use crate::room::{Access, Rate, Room};

/// As tried in browsers: nothing from elsewhere, nothing inline.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    font-src 'self'; media-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The rooms of pages. Each part of the product has its own, with its routes and who may use them.
pub(crate) fn rooms(app: &Arc<App>) -> Vec<Room> {
    vec![
        entrance::room(app),
        first::room(app),
        console::room(app),
        admin::room(app),
        floor::room(app),
        rules::room(app),
        display::room(app),
        phone::room(app),
        reception::room(app),
        audit::room(app),
        keys::room(app),
        hooks::room(app),
        backups::room(app),
        fleet::room(app),
        screens::room(app),
        Room::new(app, Rate::a_second(5))
            .get("/sante", Access::Public, health::health)
            .get("/actifs/{hash}/{*file}", Access::Public, assets::file)
            .get("/actifs/polices/{file}", Access::Public, fonts::file),
    ]
}

/// What all pages have in common: forms of this site only, nothing from elsewhere, nothing kept by browsers.
pub(crate) fn with_rules(router: Router<Arc<App>>) -> Router<Arc<App>> {
    let header = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    router
        .fallback(nowhere)
        .layer(CsrfLayer::new().with_rejection_response(|_: ProtectionError| page::foreign_form()))
        .layer(header(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not `no-referrer`: forms would then be sent with `Origin: null` and be taken for foreign ones.
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
}

/// Why a form is not done whose identity is another act's.
const OTHER_ACT: &str = "Rechargez la page, puis recommencez.";

/// Why somebody does not come back into the queue by themselves.
const DAY_CLOSED: &str = "La journée est close.";

/// Why an act is not done that others overtook each time.
const OVERTAKEN: &str = "Le serveur est occupé. Recommencez.";

/// Where nothing is: people and programs are told in their own words.
async fn nowhere(uri: Uri) -> Response {
    if api::is_programs(&uri) { api::nowhere().await.into_response() } else { page::not_found().await }
}

/// The status of a page that holds a sentence about what did not work.
const REFUSED: StatusCode = StatusCode::CONFLICT;
