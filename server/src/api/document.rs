//! The description of all of it, as OpenAPI. The committed `server/api/openapi.json` is its text; a test compares them.

use std::sync::OnceLock;

use axum::response::{IntoResponse, Response};
use http::header;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi as Document};
use utoipa::{IntoParams, Modify, OpenApi, ToResponse, ToSchema};

use super::{acts, events, hall, tickets};

#[derive(OpenApi)]
#[openapi(
    paths(
        hall::sites, hall::services, hall::waits, hall::counters, hall::displays,
        tickets::tickets, tickets::ticket, tickets::calls, events::events,
        acts::issue, acts::cancel, acts::reinstate, acts::check_in,
        acts::open, acts::pause, acts::close, acts::call, acts::recall, acts::start, acts::finish, acts::no_show,
    ),
    components(schemas(Problem), responses(Refused)),
    tags(
        (name = "hall", description = "What there is at the site, and how long people wait."),
        (name = "tickets", description = "Tickets of the service day, and what happened to them."),
        (name = "acts", description = "The same acts as those of staff, through the same desk: each sends an \
            `Idempotency-Key`, and the same request under the same key is done once and answered alike for a day."),
    ),
    modifiers(&Common),
)]
struct Api;

/// Why a request was refused (RFC 9457). Further fields may come.
#[derive(Serialize, ToSchema)]
struct Problem {
    /// What went wrong, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:accueil:problem:scope")]
    kind: String,
    /// What went wrong, for people, in a few words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What it means and what to do.
    detail: Option<String>,
    /// The server's clock, where it matters.
    server_time: Option<Timestamp>,
}

/// A refusal: 400 the request is wrong, 401 the key opens nothing, 403 it is not for this, 404 nothing is there, 409 it cannot
/// be done as things are, 413 too large, 429 too often (`Retry-After` says when), 500 the server failed and nothing was kept.
#[derive(ToResponse)]
#[response(content_type = "application/problem+json")]
#[expect(dead_code, reason = "it describes every refusal")]
pub(super) struct Refused(Problem);

/// How a program names what it asks.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes what `once` reads")]
pub(super) struct Name {
    /// Another one for each request, of 1 to 200 characters; the same one when the same request is sent again.
    #[param(rename = "Idempotency-Key", required, min_length = 1, max_length = 200)]
    idempotency_key: String,
}

struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        let license = LicenseBuilder::new().name("GPL-3.0-only").identifier(Some("GPL-3.0-only")).build();
        document.info = InfoBuilder::new()
            .title("Accueil")
            .version("1")
            .description(Some(
                "What other programs may ask and do at a reception site. A key, made on the page « Clés d’accès », opens \
                 one site for what its scopes say; send it as `Authorization: Bearer acc_…`. Times are UTC. Fields may be \
                 added; ignore those that you do not know.",
            ))
            .license(Some(license))
            .build();
        let key = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("acc_…").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(key));
    }
}

/// The document, as it is committed: one value a line.
#[must_use]
pub fn openapi() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| Api::openapi().to_pretty_json().map(|text| text + "\n").unwrap_or_default())
}

pub(super) async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}
