//! The secret of a ticket's page on a phone: 128 random bits, shown as 26 letters and digits.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 hash, in lower-case hexadecimal on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no hash or token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {0}")]
pub struct NotA(&'static str);

impl NotA {
    pub(crate) const fn enrolment_code() -> Self {
        Self("an enrolment code: sixteen letters and digits such as ABCD-EFGH-IJKL-MNOP")
    }

    pub(crate) const fn public_key() -> Self {
        Self("an Ed25519 public key in base64url")
    }

    pub(crate) const fn nonce() -> Self {
        Self("a question for the time: `nonce=` and 26 capitals and digits of base 32")
    }

    pub(crate) const fn badge_key() -> Self {
        Self("a key of badges: 32 bytes in base64url")
    }

    pub(crate) const fn badge_hash() -> Self {
        Self("a badge: the 64 hexadecimal digits that `borne card-test` shows")
    }

    pub(crate) const fn signature() -> Self {
        Self("an Ed25519 signature in base64url")
    }
}

impl FromStr for Hash32 {
    type Err = NotA;
    fn from_str(s: &str) -> Result<Self, NotA> {
        let wrong = NotA("a SHA-256 hash in lower-case hexadecimal");
        let bytes = data_encoding::HEXLOWER.decode(s.as_bytes()).map_err(|_| wrong)?;
        bytes.try_into().map(Self).map_err(|_| wrong)
    }
}

impl Serialize for Hash32 {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The secret itself. It is printed, never logged: its `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TicketToken([u8; 16]);

impl TicketToken {
    /// A token of 128 random bits.
    #[must_use]
    pub const fn from_random(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// The 26 characters of the address (RFC 4648 base 32, capitals, no padding).
    #[must_use]
    pub fn in_address(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// What the server keeps.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Hash32::of(&self.0)
    }

    /// The 128 bits, for the issuer's own store.
    #[must_use]
    pub const fn bits(&self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Debug for TicketToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketToken(…)")
    }
}

impl FromStr for TicketToken {
    type Err = NotA;
    /// Either case is read.
    fn from_str(s: &str) -> Result<Self, NotA> {
        let wrong = NotA("a ticket's token");
        let bytes = BASE32_NOPAD.decode(s.to_ascii_uppercase().as_bytes()).map_err(|_| wrong)?;
        bytes.try_into().map(Self).map_err(|_| wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_26_characters_in_either_case_and_stays_secret() {
        let token = TicketToken::from_random(*b"0123456789abcdef");
        let text = token.in_address();
        assert_eq!(text.len(), 26);
        assert_eq!(text.parse::<TicketToken>().unwrap(), token);
        assert_eq!(text.to_lowercase().parse::<TicketToken>().unwrap(), token);
        assert!(!format!("{token:?}").contains(&text));
        assert!("".parse::<TicketToken>().is_err());
        assert!("AAAA".parse::<TicketToken>().is_err());
    }

    #[test]
    fn a_hash_is_read_back() {
        let hash = Hash32::of(b"accueil");
        assert_eq!(hash.to_string().parse::<Hash32>().unwrap(), hash);
        assert!("zz".parse::<Hash32>().is_err());
    }
}
