//! Refusals to machines: 4xx explain, 5xx hide and are logged once.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use wire::problem::{MEDIA_TYPE, Problem, ProblemKind};
use wire::signature::WINDOW_S;

use crate::body::ReadError;
use crate::store::StoreError;

/// Why a machine's request is refused.
#[derive(Debug)]
pub struct Refusal {
    problem: Problem,
    retry_after_s: Option<u32>,
}

impl Refusal {
    /// A refusal with its status and what to do.
    pub fn new(kind: ProblemKind, status: StatusCode, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind,
            title: title(kind).to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            expected_seq: None,
            server_time: None,
        };
        Self { problem, retry_after_s: None }
    }

    /// What is refused.
    pub const fn kind(&self) -> ProblemKind {
        self.problem.kind
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What it means and what the sender can do.
    pub fn detail(&self) -> &str {
        &self.problem.detail
    }

    /// The body is not what the address takes.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::BadRequest, StatusCode::BAD_REQUEST, detail)
    }

    /// No signature, or one that does not hold.
    pub fn signature(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Signature, StatusCode::UNAUTHORIZED, detail)
    }

    /// More than the limits allow.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::TooLarge, StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The signature's time, seconds since 1970, is too far from the server's.
    pub fn clock(created: i64, server_time: Timestamp) -> Self {
        let off = created.abs_diff(server_time.as_second());
        let side = if created < server_time.as_second() { "behind" } else { "ahead of" };
        let detail = format!(
            "the signature is {off} s {side} the server's time, {WINDOW_S} s at most: set the clock and sign anew"
        );
        let mut refusal = Self::new(ProblemKind::Clock, StatusCode::UNAUTHORIZED, detail);
        refusal.problem.server_time = Some(server_time);
        refusal
    }

    /// The request's counter did not grow. 401, as for any signature that proves nothing (409 speaks of the log): the
    /// remedy is the same, to sign anew.
    pub fn replay() -> Self {
        Self::new(
            ProblemKind::Replay,
            StatusCode::UNAUTHORIZED,
            "a request with this counter or a higher one was answered before: sign anew with a higher one",
        )
    }

    /// The borne is not enrolled here, or no longer.
    pub fn revoked() -> Self {
        Self::new(
            ProblemKind::Revoked,
            StatusCode::FORBIDDEN,
            "this borne is not enrolled here, or no longer: ask for a code and enrol it",
        )
    }

    /// The events do not follow the high-water mark.
    pub fn sequence(expected: u64) -> Self {
        let detail = format!("send the events from number {expected} on");
        let mut refusal = Self::new(ProblemKind::Sequence, StatusCode::CONFLICT, detail);
        refusal.problem.expected_seq = Some(expected);
        refusal
    }

    /// Another event stands under the same number.
    pub fn cloned(seq: u64) -> Self {
        let detail =
            format!("another event stands under number {seq}, or did before: revoke this borne and enrol it anew");
        Self::new(ProblemKind::Cloned, StatusCode::CONFLICT, detail)
    }

    /// No key, or none that opens anything.
    pub fn key(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Key, StatusCode::UNAUTHORIZED, detail)
    }

    /// Nothing is there.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemKind::NotFound, StatusCode::NOT_FOUND, format!("there is no such {what} at the key's site"))
    }

    /// It cannot be done as things are.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Conflict, StatusCode::CONFLICT, detail)
    }

    /// What a body that did not come whole means.
    pub fn unread(wrong: ReadError, most: usize) -> Self {
        match wrong {
            ReadError::TooLarge => Self::too_large(format!("a request has {most} bytes at most here")),
            ReadError::TooSlow => {
                Self::new(ProblemKind::BadRequest, StatusCode::REQUEST_TIMEOUT, "the body took too long to come")
            }
            ReadError::Broken => Self::bad_request("the body did not come whole"),
        }
    }

    /// Too many requests.
    pub fn too_many(retry_after_s: u32) -> Self {
        let detail = format!("come back in {retry_after_s} s");
        let refusal = Self::new(ProblemKind::TooManyRequests, StatusCode::TOO_MANY_REQUESTS, detail);
        Self { retry_after_s: Some(retry_after_s), ..refusal }
    }

    /// A version this server does not speak.
    pub fn version(sent: u8) -> Self {
        let detail = format!("version {sent} is not spoken here: use version 1");
        Self::new(ProblemKind::Version, StatusCode::BAD_REQUEST, detail)
    }

    /// The server's fault; the cause is logged, not told.
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %chain(cause), "request failed");
        Self::new(ProblemKind::Internal, StatusCode::INTERNAL_SERVER_ERROR, "nothing was kept; try again later")
    }
}

/// An error with its causes, in one line.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

const fn title(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::BadRequest => "the request cannot be understood",
        ProblemKind::TooLarge => "the request is too large",
        ProblemKind::TooManyRequests => "too many requests",
        ProblemKind::Signature => "the signature does not hold",
        ProblemKind::Clock => "the clock is wrong",
        ProblemKind::Replay => "the request was answered before",
        ProblemKind::Revoked => "the borne is not enrolled",
        ProblemKind::Sequence => "the events do not follow",
        ProblemKind::Cloned => "two devices write one log",
        ProblemKind::EnrolmentCode => "the code is not valid",
        ProblemKind::NoSeriesLeft => "the site has as many bornes as it can",
        ProblemKind::Version => "the version is not spoken",
        ProblemKind::Key => "the key opens nothing here",
        ProblemKind::Scope => "the key is not for this",
        ProblemKind::Conflict => "it cannot be done now",
        ProblemKind::Idempotency => "the idempotency key is taken",
        ProblemKind::NotFound => "nothing is there",
        ProblemKind::Internal => "the server failed",
        ProblemKind::Other => "refused",
    }
}

impl From<StoreError> for Refusal {
    fn from(e: StoreError) -> Self {
        Self::internal(&e)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_client_error() {
            // Without the detail: it may quote what was sent.
            tracing::info!(kind = ?self.problem.kind, status = status.as_u16(), "request refused");
        }
        let mut response = (status, axum::Json(self.problem)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
