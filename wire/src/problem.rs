//! Why a request was refused, for people and programs (RFC 9457, `application/problem+json`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The media type.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, for programs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ProblemKind {
    /// The body is not what this address takes.
    #[serde(rename = "urn:accueil:problem:bad-request")]
    BadRequest,
    /// More than the limits allow.
    #[serde(rename = "urn:accueil:problem:too-large")]
    TooLarge,
    /// Too many requests; `Retry-After` says when.
    #[serde(rename = "urn:accueil:problem:too-many-requests")]
    TooManyRequests,
    /// No signature, or one that does not hold.
    #[serde(rename = "urn:accueil:problem:signature")]
    Signature,
    /// The signature's time is too far from the server's; `server_time` says what it is.
    #[serde(rename = "urn:accueil:problem:clock")]
    Clock,
    /// The same request again.
    #[serde(rename = "urn:accueil:problem:replay")]
    Replay,
    /// The borne is not enrolled here, or no longer.
    #[serde(rename = "urn:accueil:problem:revoked")]
    Revoked,
    /// The events do not follow the high-water mark; `expected_seq` says where to go on.
    #[serde(rename = "urn:accueil:problem:sequence")]
    Sequence,
    /// Another event stands under the same number (rule R9).
    #[serde(rename = "urn:accueil:problem:cloned")]
    Cloned,
    /// The enrolment code is wrong, spent or too old.
    #[serde(rename = "urn:accueil:problem:enrolment-code")]
    EnrolmentCode,
    /// The site has as many bornes as there are series (rule R10).
    #[serde(rename = "urn:accueil:problem:no-series-left")]
    NoSeriesLeft,
    /// A version this server does not speak.
    #[serde(rename = "urn:accueil:problem:version")]
    Version,
    /// No key, or one that opens nothing here.
    #[serde(rename = "urn:accueil:problem:key")]
    Key,
    /// The key is not for this.
    #[serde(rename = "urn:accueil:problem:scope")]
    Scope,
    /// Things are not such that this could be done; nothing was changed.
    #[serde(rename = "urn:accueil:problem:conflict")]
    Conflict,
    /// Another request was given the same `Idempotency-Key`, or the same one is being answered.
    #[serde(rename = "urn:accueil:problem:idempotency")]
    Idempotency,
    /// Nothing is there.
    #[serde(rename = "urn:accueil:problem:not-found")]
    NotFound,
    /// The server's fault; nothing was kept.
    #[serde(rename = "urn:accueil:problem:internal")]
    Internal,
    /// A kind of a later version.
    #[serde(other, rename = "about:blank")]
    Other,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What went wrong, for programs.
    #[serde(rename = "type")]
    pub kind: ProblemKind,
    /// What went wrong, for people, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What it means and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// With [`ProblemKind::Sequence`]: the number the server expects next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seq: Option<u64>,
    /// With [`ProblemKind::Clock`]: the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_a_later_version_is_read() {
        let problem: Problem =
            serde_json::from_str(r#"{"type":"urn:accueil:problem:tea","title":"Teapot","status":418}"#).unwrap();
        assert_eq!(problem.kind, ProblemKind::Other);
    }

    #[test]
    fn a_gap_says_where_to_go_on() {
        let problem = Problem {
            kind: ProblemKind::Sequence,
            title: "gap".into(),
            status: 409,
            detail: String::new(),
            expected_seq: Some(8),
            server_time: None,
        };
        let text = serde_json::to_string(&problem).unwrap();
        assert_eq!(text, r#"{"type":"urn:accueil:problem:sequence","title":"gap","status":409,"expected_seq":8}"#);
    }
}
