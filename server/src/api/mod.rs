//! `/api/v1`: what other programs may ask and do, each with a key of its own, at the key's site.
//!
//! | part | what it does |
//! |---|---|
//! | `key` | who asks, before anything else is looked at |
//! | `hall`, `tickets`, `events` | what there is to see |
//! | `acts` | what can be done: through the same desk as pages, so that displays and consoles see it |
//! | `once` | the same request again gets the same answer |
//! | `page` | pages that follow each other without holes while tickets come |
//! | `document` | all of it, for programs and their writers |

mod acts;
mod document;
mod events;
mod hall;
mod key;
mod once;
mod page;
mod scope;
mod tickets;
mod told;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http::{HeaderValue, StatusCode, Uri, header};
use tower_http::set_header::SetResponseHeaderLayer;
use wire::problem::ProblemKind;

pub use self::document::openapi;
pub(crate) use self::key::{Secret, identify};
pub(crate) use self::once::ForgettingAnswers;
pub use self::scope::Scope;
pub use self::told::EventKind;
pub(crate) use self::told::Told;
pub(crate) use self::told::told;
use crate::app::App;
use crate::refusal::Refusal;
use crate::room::{Access, Rate, Room};

/// How much one key may ask.
const RATE: Rate = Rate { burst: 60, each: Duration::from_millis(50) };

/// The routes of programs. They know no cookies.
pub(crate) fn room(app: &Arc<App>) -> Room {
    let (hall, tickets) = (Access::Key(Scope::HallRead), Access::Key(Scope::TicketsRead));
    let (give, call) = (Access::Key(Scope::TicketsWrite), Access::Key(Scope::CountersWrite));
    Room::new(app, RATE)
        .get("/api/v1/openapi.json", Access::Public, document::document)
        .get("/api/v1/sites", hall, hall::sites)
        .get("/api/v1/services", hall, hall::services)
        .get("/api/v1/waits", hall, hall::waits)
        .get("/api/v1/counters", hall, hall::counters)
        .get("/api/v1/displays", hall, hall::displays)
        .get("/api/v1/tickets", tickets, tickets::tickets)
        .get("/api/v1/tickets/{ticket}", tickets, tickets::ticket)
        .get("/api/v1/calls", tickets, tickets::calls)
        .get("/api/v1/events", tickets, events::events)
        .post("/api/v1/tickets", give, acts::issue)
        .post("/api/v1/tickets/{ticket}/cancel", give, acts::cancel)
        .post("/api/v1/tickets/{ticket}/reinstate", give, acts::reinstate)
        .post("/api/v1/tickets/{ticket}/check-in", give, acts::check_in)
        .post("/api/v1/counters/{counter}/open", call, acts::open)
        .post("/api/v1/counters/{counter}/pause", call, acts::pause)
        .post("/api/v1/counters/{counter}/close", call, acts::close)
        .post("/api/v1/counters/{counter}/call", call, acts::call)
        .post("/api/v1/counters/{counter}/recall", call, acts::recall)
        .post("/api/v1/counters/{counter}/start", call, acts::start)
        .post("/api/v1/counters/{counter}/finish", call, acts::finish)
        .post("/api/v1/counters/{counter}/no-show", call, acts::no_show)
}

/// What all answers have in common: kept by nobody, taken for nothing else.
pub(crate) fn with_rules(router: Router<Arc<App>>) -> Router<Arc<App>> {
    let header = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    router
        .method_not_allowed_fallback(nowhere)
        .layer(header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
}

/// Whether an address is one of programs, or looks like one.
pub(crate) fn is_programs(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}

/// What a program gets where nothing is, or nothing that takes its method.
pub(crate) async fn nowhere() -> Refusal {
    let detail = "nothing takes this request here: /api/v1/openapi.json says what there is";
    Refusal::new(ProblemKind::NotFound, StatusCode::NOT_FOUND, detail)
}
