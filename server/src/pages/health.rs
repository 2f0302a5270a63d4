//! `/sante`, for supervision.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::app::App;
use crate::refusal::chain;

pub(super) async fn health(State(app): State<Arc<App>>) -> Response {
    let store = app.store.ping().await;
    if let Err(e) = &store {
        tracing::error!(error = %chain(e), "store does not answer");
    }
    let status = if store.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let store = if store.is_ok() { "ok" } else { "unavailable" };
    let body = json!({
        "version": crate::version::installed(),
        "store": store,
        "started_at": app.started_at,
        "strangers_refused": app.strangers.load(Ordering::Relaxed),
    });
    (status, Json(body)).into_response()
}
