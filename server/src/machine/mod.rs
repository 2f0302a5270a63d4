//! What bornes ask: enrolment, synchronisation, anonymous answers, the time.

mod body;
mod enrol;
mod signed;
mod survey;
mod sync;
mod time;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::refusal::Refusal;

/// The routes of machines. They know no cookies.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(wire::enrolment::PATH, post(enrol::enrol))
        .route(wire::sync::PATH, post(sync::sync))
        .route(wire::sync::SURVEY_PATH, post(survey::survey))
        .route(wire::time::PATH, get(time::time))
}

/// Reads JSON, or says where it is wrong. The text of the error names keys and types; it goes to the sender only.
fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|e| Refusal::bad_request(format!("the body cannot be read: {e}")))
}
