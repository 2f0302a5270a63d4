//! `GET /v1/time?nonce=…`: what time it is, signed, over plain HTTP (rule R7).
//!
//! To a borne whose clock is stale the server's certificate "is not yet valid": it cannot ask over TLS what time it is.
//! It asks here. The answer holds the borne's nonce, so it was made for this question, and the signature of the key that
//! the borne pinned at enrolment, so nobody on the way wrote it. Whoever stands on the way can still hold it back: an
//! answer is worth its round trip, and one that took over [`ROUND_TRIP_MAX`] is dropped. A server behind a proxy must be
//! reached at this path over plain HTTP too, without a redirection.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::enrolment::PublicKey;
use crate::sealed::ServerSignature;
use crate::token::NotA;

/// The version of the protocol.
pub const VERSION: u8 = 1;
/// Where a borne asks; the nonce stands in the query.
pub const PATH: &str = "/v1/time";
/// The longest round trip after which an answer still tells the time.
pub const ROUND_TRIP_MAX: Duration = Duration::from_secs(5);

/// 128 random bits, new for each question: 26 characters of RFC 4648 base 32, capitals, no padding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeNonce([u8; 16]);

impl TimeNonce {
    /// A nonce of 128 random bits.
    #[must_use]
    pub const fn from_random(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// The path and query of the question.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        format!("{PATH}?nonce={self}")
    }

    /// Reads the query of a question, `nonce=…` and nothing else.
    pub fn from_query(query: &str) -> Result<Self, NotA> {
        query.strip_prefix("nonce=").ok_or(NotA::nonce())?.parse()
    }
}

impl fmt::Display for TimeNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0))
    }
}

impl FromStr for TimeNonce {
    type Err = NotA;
    fn from_str(s: &str) -> Result<Self, NotA> {
        let bytes = BASE32_NOPAD.decode(s.as_bytes()).ok().and_then(|b| b.try_into().ok());
        bytes.map(Self).ok_or(NotA::nonce())
    }
}

impl Serialize for TimeNonce {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeNonce {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeReply {
    /// [`VERSION`].
    pub v: u8,
    /// The question's.
    pub nonce: TimeNonce,
    /// The server's clock, milliseconds at the finest.
    pub server_time: Timestamp,
    /// The server's, over [`signed_text`].
    pub signature: ServerSignature,
}

/// The text that is signed: a name that no other signature of this key begins with, the nonce, and the time as the reply
/// writes it; each on a line of its own.
#[must_use]
pub fn signed_text(nonce: &TimeNonce, server_time: Timestamp) -> String {
    format!("accueil-time-v1\n{nonce}\n{server_time}\n")
}

/// An answer that does not tell the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// A version this program does not speak.
    #[error("the answer has version {0}: use version 1")]
    Version(u8),
    /// It answers another question, perhaps one of long ago.
    #[error("the answer holds another nonce: ask again, and look who answers in the server's place")]
    Nonce,
    /// It was not signed with the pinned key.
    #[error("the answer is not signed by the server that enrolled this borne: look who answers in its place")]
    Signature,
}

/// The server's time, if the answer is to this question and of the server whose key was pinned.
pub fn verify(reply: &TimeReply, nonce: &TimeNonce, key: &PublicKey) -> Result<Timestamp, TimeError> {
    if reply.v != VERSION {
        return Err(TimeError::Version(reply.v));
    }
    if reply.nonce != *nonce {
        return Err(TimeError::Nonce);
    }
    let holds = reply.signature.holds(&signed_text(nonce, reply.server_time), key);
    if holds { Ok(reply.server_time) } else { Err(TimeError::Signature) }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{SigningKey, VerifyingKey};

    use super::*;

    const NONCE: TimeNonce = TimeNonce::from_random(*b"0123456789abcdef");

    fn server(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn pinned(byte: u8) -> PublicKey {
        PublicKey(server(byte).verifying_key().to_bytes())
    }

    fn reply(key: &SigningKey, nonce: TimeNonce, server_time: &str) -> TimeReply {
        let server_time = server_time.parse().unwrap();
        let signature = ServerSignature::of(&signed_text(&nonce, server_time), key);
        TimeReply { v: VERSION, nonce, server_time, signature }
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let reply = reply(&server(7), NONCE, "2026-11-21T09:42:01.123Z");
        let text = serde_json::to_string(&reply).unwrap() + "\n" + &signed_text(&NONCE, reply.server_time);
        assert_eq!(text, include_str!("../golden/time-v1.txt"));
        assert_eq!(NONCE.path_and_query(), "/v1/time?nonce=GAYTEMZUGU3DOOBZMFRGGZDFMY");
    }

    #[test]
    fn r7_the_pinned_servers_answer_to_this_question_tells_the_time() {
        for time in ["2026-11-21T09:42:01.123Z", "2026-11-21T09:42:01Z", "1970-01-01T00:00:00Z"] {
            let sent = serde_json::to_string(&reply(&server(7), NONCE, time)).unwrap();
            let read: TimeReply = serde_json::from_str(&sent).unwrap();
            assert_eq!(verify(&read, &NONCE, &pinned(7)), Ok(time.parse().unwrap()));
        }
    }

    #[test]
    fn r7_any_other_answer_tells_nothing() {
        let good = reply(&server(7), NONCE, "2026-11-21T09:42:01.123Z");
        let other = TimeNonce::from_random([0; 16]);
        assert_eq!(verify(&good, &other, &pinned(7)), Err(TimeError::Nonce), "an answer kept from another day");
        let relabelled = TimeReply { nonce: other, ..good.clone() };
        assert_eq!(verify(&relabelled, &other, &pinned(7)), Err(TimeError::Signature));
        assert_eq!(verify(&good, &NONCE, &pinned(8)), Err(TimeError::Signature), "another server");
        let later = TimeReply { server_time: "2026-11-21T09:42:01.1230001Z".parse().unwrap(), ..good.clone() };
        assert_eq!(verify(&later, &NONCE, &pinned(7)), Err(TimeError::Signature), "another time, however close");
        let mut flipped = good.clone();
        flipped.signature.0[63] ^= 1;
        assert_eq!(verify(&flipped, &NONCE, &pinned(7)), Err(TimeError::Signature));
        assert_eq!(verify(&TimeReply { v: 2, ..good.clone() }, &NONCE, &pinned(7)), Err(TimeError::Version(2)));
        let no_point = (0..=u8::MAX).map(|n| PublicKey([n; 32])).find(|key| VerifyingKey::from_bytes(&key.0).is_err());
        assert_eq!(verify(&good, &NONCE, &no_point.unwrap()), Err(TimeError::Signature), "a pinned key that is none");
    }

    #[test]
    fn a_question_has_one_writing() {
        assert_eq!(TimeNonce::from_query("nonce=GAYTEMZUGU3DOOBZMFRGGZDFMY"), Ok(NONCE));
        for bad in [
            "",
            "nonce=",
            "nonce=AAAA",
            "nonce=gaytemzugu3doobzmfrggzdfmy",
            "nonce=GAYTEMZUGU3DOOBZMFRGGZDFMY&x=1",
            "x=1&nonce=GAYTEMZUGU3DOOBZMFRGGZDFMY",
            "GAYTEMZUGU3DOOBZMFRGGZDFMY",
        ] {
            assert!(TimeNonce::from_query(bad).is_err(), "{bad}");
        }
    }
}
