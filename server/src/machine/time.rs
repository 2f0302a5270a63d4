//! `GET /v1/time`: what time it is, signed, for a borne whose clock is too far off for TLS (rule R7).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header;
use wire::sealed::ServerSignature;
use wire::time::{TimeNonce, TimeReply, VERSION, signed_text};

use crate::address;
use crate::app::App;
use crate::limits::subscriber;
use crate::refusal::Refusal;

pub(crate) async fn time(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let now = app.clock.now();
    let from = address::client(request.extensions(), request.headers(), &app.http.trusted_proxies);
    app.limits.times.take(subscriber(from), now).map_err(Refusal::too_many)?;
    let asked = TimeNonce::from_query(request.uri().query().unwrap_or(""));
    let nonce = asked.map_err(|wrong| Refusal::bad_request(format!("the query is {wrong}")))?;
    let signature = ServerSignature::of(&signed_text(&nonce, now), &app.key);
    let reply = TimeReply { v: VERSION, nonce, server_time: now, signature };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(reply)).into_response())
}
