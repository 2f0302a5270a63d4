//! The same request again gets the same answer, for a day: a program that never heard the first one asks again under the same
//! `Idempotency-Key`, and nothing is done twice.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use wire::problem::ProblemKind;
use wire::token::Hash32;

use super::key::Caller;
use crate::app::App;
use crate::body;
use crate::housekeeping::Job;
use crate::refusal::Refusal;
use crate::store::{Claim, Claimed, StoreError};

/// How long an answer is kept.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How often answers are forgotten that are kept no longer.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// After this long a request is no longer being answered: its server has died.
const STALLED: SignedDuration = SignedDuration::from_secs(60);

/// The header by which a program names its request.
const NAME: HeaderName = HeaderName::from_static("idempotency-key");
const NAME_MAX: usize = 200;

/// The header that says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What an answer holds that is told once only.
const ONCE: &str = "link";

/// Something that a program wants done.
pub(super) struct Asked {
    pub(super) caller: Caller,
    name: String,
    hash: Hash32,
    body: Vec<u8>,
}

impl FromRequest<Arc<App>> for Asked {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller = caller.ok_or_else(|| Refusal::key("this address takes no key"))?;
        let name = parts.headers.get(&NAME).and_then(|name| name.to_str().ok()).map(str::trim).unwrap_or_default();
        if name.is_empty() || name.len() > NAME_MAX {
            let detail =
                format!("send a header `Idempotency-Key` of 1 to {NAME_MAX} characters, another one each time");
            return Err(Refusal::bad_request(detail));
        }
        // The room has read it, and let it through.
        let body = body::read(body, usize::MAX, app.http.body_deadline()).await;
        let body = body.map_err(|wrong| Refusal::unread(wrong, 0))?;
        let mut hash = Sha256::new();
        hash.update(format!("{} {}\n", parts.method, parts.uri.path()));
        hash.update(&body);
        Ok(Self { caller, name: name.to_owned(), hash: Hash32(hash.finalize().into()), body })
    }
}

impl Asked {
    /// What the body says; an empty one says nothing.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let text = if self.body.is_empty() { b"{}" } else { self.body.as_slice() };
        serde_json::from_slice(text).map_err(|e| Refusal::bad_request(format!("the body cannot be read: {e}")))
    }

    /// Does it, unless it has been done. Each request has an identity of its own at the desk, so that it is done once even
    /// where a server died before it could remember its answer. What is refused is free to be asked again, as the same
    /// request; where a server failed nobody knows what was done, and the name is its own until it counts as stalled.
    pub(super) async fn once<T: Serialize>(
        &self,
        app: &App,
        act: impl AsyncFnOnce(Uuid) -> Result<(StatusCode, T), Refusal>,
    ) -> Result<Response, Refusal> {
        let (key, now) = (self.caller.key, app.clock.now());
        let claim =
            Claim { key, name: &self.name, asked: self.hash, now, kept_from: now - KEPT, stalled: now - STALLED };
        let taken = |detail| Refusal::new(ProblemKind::Idempotency, StatusCode::CONFLICT, detail);
        let since = match app.store.claim_answer(&claim).await? {
            Claimed::New { since } => since,
            Claimed::Busy => return Err(taken("this very request is being answered: ask again in a moment")),
            Claimed::Other => return Err(taken("another request was given this `Idempotency-Key`: use a new one")),
            Claimed::Before { status, body } => {
                let mut response = answer(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body);
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                return Ok(response);
            }
        };
        match act(self.identity(since)).await {
            Ok((status, told)) => {
                let mut told = serde_json::to_value(told).map_err(|e| Refusal::internal(&e))?;
                let body = told.to_string();
                if let Some(once) = told.get_mut(ONCE) {
                    *once = Value::Null;
                }
                app.store.keep_answer(key, &self.name, status.as_u16(), &told.to_string()).await?;
                Ok(answer(status, body))
            }
            Err(refusal) => {
                if refusal.status().is_client_error() {
                    app.store.drop_answer(key, &self.name).await?;
                }
                Err(refusal)
            }
        }
    }

    fn identity(&self, since: Timestamp) -> Uuid {
        let mut hash = Sha256::new();
        hash.update(self.caller.key.as_bytes());
        hash.update(since.as_millisecond().to_be_bytes());
        hash.update(self.name.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let [half, _] = hash.as_chunks::<16>().0 else {
            unreachable!("32 bytes are twice 16");
        };
        uuid::Builder::from_custom_bytes(*half).into_uuid()
    }
}

fn answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Forgets answers that are kept no longer.
#[derive(Debug, Default)]
pub(crate) struct ForgettingAnswers {
    done: Option<Timestamp>,
}

#[async_trait]
impl Job for ForgettingAnswers {
    fn name(&self) -> &'static str {
        "answers"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        if self.done.is_none_or(|done| now.duration_since(done).abs() >= AGAIN) {
            app.store.forget_answers(now - KEPT).await?;
            self.done = Some(now);
        }
        Ok(())
    }
}
