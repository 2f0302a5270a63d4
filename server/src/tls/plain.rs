//! What is said in the clear where the server speaks TLS: the time, the root that machines need before they can trust
//! anything, and where to go.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, Method, StatusCode, header};

use crate::address;
use crate::app::App;
use crate::machine;
use crate::refusal::Refusal;

/// Where machines fetch the root.
pub(crate) const DOWNLOAD: &str = "/v1/root.pem";

/// The routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(wire::time::PATH, get(machine::time))
        .route(DOWNLOAD, get(download))
        .fallback(elsewhere)
        .with_state(app)
}

/// `GET /v1/root.pem`: whoever installs it compares its fingerprint with what `accueil-server tls root` prints.
pub(crate) async fn download(State(app): State<Arc<App>>) -> Response {
    let Some(root) = app.tls.as_ref().and_then(super::Tls::root) else {
        let detail = "this server has no authority of its own: its certificate is of one that machines know";
        return Refusal::new(wire::problem::ProblemKind::NotFound, StatusCode::NOT_FOUND, detail).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/x-pem-file"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"accueil-root.pem\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, root.pem).into_response()
}

/// To the same place over TLS: that of the site whose host was asked for. What was sent in the clear is not taken.
async fn elsewhere(
    State(app): State<Arc<App>>,
    method: Method,
    headers: HeaderMap,
    OriginalUri(asked): OriginalUri,
) -> Response {
    let urls = app.public_urls();
    let base = address::asked_for(&headers, &urls).unwrap_or("").trim_end_matches('/');
    let path = asked.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    if method.is_safe() {
        return Redirect::permanent(&format!("{base}{path}")).into_response();
    }
    Refusal::bad_request(format!("this address only leads to {base}: send it there, over TLS")).into_response()
}
