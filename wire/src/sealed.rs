//! What a server puts its name to: an Ed25519 signature of the key that bornes pinned at enrolment.
//!
//! Each kind of text begins with a line that no other kind begins with, so that nothing signed as one is ever read as another.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::enrolment::PublicKey;
use crate::token::NotA;

/// An Ed25519 signature of a server, base64url without padding on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerSignature(pub [u8; 64]);

impl ServerSignature {
    /// The signature of a text.
    #[must_use]
    pub fn of(text: &str, key: &SigningKey) -> Self {
        Self(key.sign(text.as_bytes()).to_bytes())
    }

    /// Whether it is this key's, of this text.
    #[must_use]
    pub fn holds(&self, text: &str, key: &PublicKey) -> bool {
        let signature = Signature::from_bytes(&self.0);
        VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for ServerSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl FromStr for ServerSignature {
    type Err = NotA;
    fn from_str(s: &str) -> Result<Self, NotA> {
        let bytes = BASE64URL_NOPAD.decode(s.as_bytes()).ok().and_then(|b| b.try_into().ok());
        bytes.map(Self).ok_or(NotA::signature())
    }
}

impl Serialize for ServerSignature {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ServerSignature {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
