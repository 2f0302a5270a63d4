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
use crate::store::StoreError;

pub(super) async fn health(State(app): State<Arc<App>>) -> Response {
    let store = app.store.ping().await;
    if let Err(e) = &store {
        tracing::error!(error = %chain(e), "the store is not well");
    }
    let status = if store.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let store = match store {
        Ok(()) => "ok",
        Err(StoreError::ReadOnly) => "read_only",
        Err(_) => "unavailable",
    };
    let body = json!({
        "version": crate::version::installed(),
        "store": store,
        "started_at": app.started_at,
        "strangers_refused": app.strangers.load(Ordering::Relaxed),
    });
    (status, Json(body)).into_response()
}
