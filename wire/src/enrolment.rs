//! `POST /v1/enrol`: a borne becomes a site's, by a one-time code; its key never leaves it.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{OriginId, SiteId};
use crate::label::Series;
use crate::token::{Hash32, NotA};

/// The version of the protocol.
pub const VERSION: u8 = 1;
/// Where a borne enrols.
pub const PATH: &str = "/v1/enrol";

/// A one-time code of 80 random bits, typed or pasted by a technician: `ABCD-EFGH-IJKL-MNOP`.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode([u8; 10]);

impl EnrolmentCode {
    /// A code of 80 random bits.
    #[must_use]
    pub const fn from_random(bits: [u8; 10]) -> Self {
        Self(bits)
    }

    /// What the server keeps.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Hash32::of(&self.0)
    }

    /// The code as it is handed over.
    #[must_use]
    pub fn reveal(&self) -> String {
        let text = BASE32_NOPAD.encode(&self.0);
        [&text[..4], &text[4..8], &text[8..12], &text[12..]].join("-")
    }
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentCode(…)")
    }
}

impl FromStr for EnrolmentCode {
    type Err = NotA;
    fn from_str(s: &str) -> Result<Self, NotA> {
        let plain: String = s.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
        let bytes = BASE32_NOPAD.decode(plain.as_bytes()).ok().and_then(|b| b.try_into().ok());
        bytes.map(Self).ok_or(NotA::enrolment_code())
    }
}

impl Serialize for EnrolmentCode {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.reveal())
    }
}

impl<'de> Deserialize<'de> for EnrolmentCode {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An Ed25519 public key, base64url without padding on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Sixteen hexadecimal digits in groups of four: what two people compare, one at each machine.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let hash = Hash32::of(&self.0).to_string();
        [&hash[..4], &hash[4..8], &hash[8..12], &hash[12..16]].join(" ")
    }
}

impl FromStr for PublicKey {
    type Err = NotA;
    fn from_str(s: &str) -> Result<Self, NotA> {
        let bytes = BASE64URL_NOPAD.decode(s.as_bytes()).ok().and_then(|b| b.try_into().ok());
        bytes.map(Self).ok_or(NotA::public_key())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a new borne sends. The body is signed like every request, with the key it brings and the code's hash as keyid.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// [`VERSION`].
    pub v: u8,
    /// The one-time code.
    pub code: EnrolmentCode,
    /// The key made on the device.
    pub public_key: PublicKey,
    /// What technicians call it, 1 to 40 characters.
    pub name: String,
}

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    /// Who the borne is from now on.
    pub borne: OriginId,
    /// Where.
    pub site: SiteId,
    /// Its numbers' series (rule R3).
    pub series: Series,
    /// The server's key, pinned.
    pub server_key: PublicKey,
    /// The server's clock.
    pub server_time: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_typed_in_any_case_and_spacing() {
        let code = EnrolmentCode::from_random(*b"0123456789");
        let shown = code.reveal();
        assert_eq!(shown.len(), 19);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), shown.replace('-', " ")] {
            assert_eq!(typed.parse::<EnrolmentCode>().unwrap(), code);
        }
        assert!("AAAA".parse::<EnrolmentCode>().is_err());
        assert!(!format!("{code:?}").contains(&shown));
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let key = PublicKey([7; 32]);
        let request = EnrolRequest {
            v: VERSION,
            code: EnrolmentCode::from_random(*b"0123456789"),
            public_key: key,
            name: "Borne 02".into(),
        };
        let reply = EnrolReply {
            borne: "019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap(),
            site: "019aa5f0-7c00-7000-8000-0000000000bb".parse().unwrap(),
            series: Series::try_from(2).unwrap(),
            server_key: key,
            server_time: "2026-11-21T09:42:01Z".parse().unwrap(),
        };
        let text =
            format!("{}\n{}\n", serde_json::to_string(&request).unwrap(), serde_json::to_string(&reply).unwrap());
        assert_eq!(text, include_str!("../golden/enrolment-v1.jsonl"));
    }
}
