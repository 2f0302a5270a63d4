//! The badges of a site's staff: the list that a server gives its bornes, which works without the server.
//!
//! A badge opens with its card *and* its PIN. The list holds neither: cards stand there as keyed hashes, PINs as Argon2id
//! hashes. What that is worth: a list alone tells nothing of the cards, and a card's number alone opens nothing. A thief
//! of a whole borne holds the list *and* the key, and can try the numbers of cards and the PINs at leisure: then the
//! site's key and its PINs are to be changed.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::token::{Hash32, NotA};

/// The most badges of a site.
pub const MAX_BADGES: usize = 500;
/// The longest label, in characters.
pub const LABEL_MAX: usize = 40;
/// The lengths of a PIN, in digits. Four would be tried out within days by somebody who copied a card.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 6..=12;

/// What a borne says that holds no list yet.
pub const NO_LIST: &str = "";

/// The key of a site's badges: 32 random bytes, base64url without padding on the wire, wiped when dropped. Its `Debug`
/// says nothing.
#[derive(Clone)]
pub struct BadgeKey(Zeroizing<[u8; 32]>);

impl BadgeKey {
    /// A key from 32 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn mac(&self, uid: &[u8]) -> Hmac<Sha256> {
        // The key is a block's half: no length of key is refused, and one of 32 bytes is used as it is.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(self.0.as_slice());
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(uid);
        mac
    }

    /// The keyed hash of a card's number: HMAC-SHA-256.
    #[must_use]
    pub fn hash(&self, uid: &[u8]) -> BadgeHash {
        BadgeHash(Hash32(self.mac(uid).finalize().into_bytes().into()))
    }
}

impl PartialEq for BadgeKey {
    fn eq(&self, other: &Self) -> bool {
        // By way of a hash: how long it takes tells nothing of the keys.
        Hash32::of(self.0.as_slice()) == Hash32::of(other.0.as_slice())
    }
}

impl Eq for BadgeKey {}

impl fmt::Debug for BadgeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BadgeKey(…)")
    }
}

impl Serialize for BadgeKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice())))
    }
}

impl<'de> Deserialize<'de> for BadgeKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(d)?);
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map(Zeroizing::new).ok();
        let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        key.map(Self::from_random).ok_or_else(|| serde::de::Error::custom(NotA::badge_key()))
    }
}

/// The keyed hash of a card's number, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BadgeHash(pub Hash32);

impl fmt::Display for BadgeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for BadgeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BadgeHash({:.8}…)", self.0.to_string())
    }
}

impl FromStr for BadgeHash {
    type Err = NotA;
    fn from_str(s: &str) -> Result<Self, NotA> {
        s.trim().parse().map(Self).map_err(|_| NotA::badge_hash())
    }
}

/// A PIN: digits, wiped when dropped. Its `Debug` says nothing.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

/// Digits that cannot be a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Too few, too many, or not digits.
    #[error("a PIN has {} to {} digits and nothing else", PIN_DIGITS.start(), PIN_DIGITS.end())]
    Form,
    /// Among those that are tried first.
    #[error("a PIN is neither one digit again and again nor a row such as 123456")]
    Obvious,
}

impl Pin {
    /// What somebody typed, obvious or not.
    pub fn typed(digits: &str) -> Result<Self, PinError> {
        if !PIN_DIGITS.contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PinError::Form);
        }
        Ok(Self(Zeroizing::new(digits.to_owned())))
    }

    /// A PIN for a new badge.
    pub fn chosen(digits: &str) -> Result<Self, PinError> {
        let pin = Self::typed(digits)?;
        let step = |pair: &[u8]| pair[1].wrapping_sub(pair[0]);
        let mut steps = digits.as_bytes().windows(2).map(step);
        let first = steps.next();
        let in_a_row = first.is_some_and(|first| matches!(first, 0 | 1 | u8::MAX) && steps.all(|step| step == first));
        if in_a_row { Err(PinError::Obvious) } else { Ok(pin) }
    }

    /// The digits, for whoever hashes them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// An Argon2id hash as a PHC string. Its `Debug` says nothing: digits are few enough to be tried out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinHash(pub String);

impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash(…)")
    }
}

/// What a badge opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// The desk's own tasks: paper, volume, closing.
    Staff,
    /// These, and what a technician needs.
    Technician,
    /// A role of a later version: it opens nothing here.
    #[serde(other)]
    Unknown,
}

/// A badge of a site's staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffBadge {
    /// Which card.
    pub badge: BadgeHash,
    /// Its PIN.
    pub pin: PinHash,
    /// What it opens.
    pub role: StaffRole,
    /// What people call it, without anybody's name: `Badge 12`.
    pub label: String,
    /// From when on it opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// Every badge of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffList {
    /// What tells this list from another. The server makes it, bornes only repeat it: they may not know every field.
    pub version: String,
    /// What the hashes are keyed with.
    pub key: BadgeKey,
    /// The badges, by hash.
    pub badges: Vec<StaffBadge>,
}

impl StaffList {
    /// A list, with its version.
    #[must_use]
    pub fn new(key: BadgeKey, mut badges: Vec<StaffBadge>) -> Self {
        badges.sort_by_key(|badge| badge.badge);
        let mut mac = key.mac(b"staff list");
        for badge in &badges {
            // Serialising a struct of texts cannot fail.
            mac.update(&serde_json::to_vec(badge).unwrap_or_default());
            mac.update(b"\n");
        }
        let version = Hash32(mac.finalize().into_bytes().into()).to_string();
        Self { version, key, badges }
    }

    /// The badge of a card. Every badge is compared, each in constant time: how long it takes does not tell whether the
    /// card is known, nor which it is.
    #[must_use]
    pub fn find(&self, uid: &[u8]) -> Option<&StaffBadge> {
        let mac = self.key.mac(uid);
        let is_it = |badge: &&StaffBadge| mac.clone().verify_slice(&badge.badge.0.0).is_ok();
        self.badges.iter().fold(None, |found, badge| if is_it(&badge) { Some(badge) } else { found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: [u8; 4] = [0x04, 0xA2, 0x2B, 0xC1];

    fn badge(key: &BadgeKey, uid: &[u8], label: &str) -> StaffBadge {
        StaffBadge {
            badge: key.hash(uid),
            pin: PinHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA".into()),
            role: StaffRole::Staff,
            label: label.into(),
            expires: None,
        }
    }

    #[test]
    fn the_keyed_hash_is_hmac_sha_256() {
        // RFC 4231, test case 1, whose key is 20 bytes long: zeros at its end change nothing (RFC 2104, 2).
        let mut key = [0; 32];
        key[..20].fill(0x0B);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(BadgeKey::from_random(key).hash(b"Hi There").to_string(), expected);
        assert_eq!(expected.parse::<BadgeHash>().unwrap().to_string(), expected);
        assert!("04A22BC1".parse::<BadgeHash>().is_err());
    }

    #[test]
    fn a_card_is_found_under_its_sites_key_only() {
        let key = BadgeKey::from_random([7; 32]);
        let badges = vec![badge(&key, &UID, "Badge 12"), badge(&key, &[1, 2, 3, 4], "Badge 13")];
        let list = StaffList::new(key, badges.clone());
        assert_eq!(list.find(&UID).unwrap().label, "Badge 12");
        assert_eq!(list.find(&[1, 2, 3, 4]).unwrap().label, "Badge 13");
        assert!(list.find(&[4, 3, 2, 1]).is_none());
        assert!(StaffList::new(BadgeKey::from_random([8; 32]), badges).find(&UID).is_none());
    }

    #[test]
    fn a_list_has_one_version_whatever_its_order_and_another_for_every_change() {
        let key = BadgeKey::from_random([7; 32]);
        let (a, b) = (badge(&key, &UID, "Badge 12"), badge(&key, &[1, 2, 3, 4], "Badge 13"));
        let list = StaffList::new(key.clone(), vec![a.clone(), b.clone()]);
        assert_eq!(list, StaffList::new(key.clone(), vec![b.clone(), a.clone()]));
        assert_ne!(list.version, NO_LIST);
        let mut versions = vec![
            list.version,
            StaffList::new(key.clone(), vec![a.clone()]).version,
            StaffList::new(key.clone(), vec![]).version,
            StaffList::new(BadgeKey::from_random([8; 32]), vec![]).version,
        ];
        for change in [
            StaffBadge { label: "Badge 14".into(), ..a.clone() },
            StaffBadge { role: StaffRole::Technician, ..a.clone() },
            StaffBadge { pin: PinHash("$other".into()), ..a.clone() },
            StaffBadge { expires: Some(Timestamp::UNIX_EPOCH), ..a.clone() },
        ] {
            versions.push(StaffList::new(key.clone(), vec![change, b.clone()]).version);
        }
        let count = versions.len();
        versions.sort();
        versions.dedup();
        assert_eq!(versions.len(), count);
    }

    #[test]
    fn what_is_printed_for_programmers_holds_no_secret() {
        let key = BadgeKey::from_random([7; 32]);
        let list = StaffList::new(key.clone(), vec![badge(&key, &UID, "Badge 12")]);
        let shown = format!("{list:?} {:?}", Pin::typed("271828").unwrap());
        for secret in ["argon2", "271828", "BwcH", "7, 7", &key.hash(&UID).to_string()] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(shown.contains("Badge 12"));
    }

    #[test]
    fn a_pin_has_six_digits_or_more_and_is_not_the_first_that_is_tried() {
        for (typed, chosen) in [
            ("271828", Ok(())),
            ("123457", Ok(())),
            ("271828182845", Ok(())),
            ("12345", Err(PinError::Form)),
            ("2718281828459", Err(PinError::Form)),
            ("27182a", Err(PinError::Form)),
            ("27 828", Err(PinError::Form)),
            ("", Err(PinError::Form)),
            ("000000", Err(PinError::Obvious)),
            ("123456", Err(PinError::Obvious)),
            ("98765432", Err(PinError::Obvious)),
        ] {
            assert_eq!(Pin::chosen(typed).map(|_| ()), chosen, "{typed}");
            assert_eq!(Pin::typed(typed).is_ok(), chosen != Err(PinError::Form), "{typed}");
        }
        assert!(PinError::Form.to_string().contains("6 to 12"));
    }

    #[test]
    fn a_role_of_a_later_version_opens_nothing() {
        let key = BadgeKey::from_random([7; 32]);
        let text = serde_json::to_string(&badge(&key, &UID, "Badge 12")).unwrap();
        let later = text.replace("\"staff\"", "\"minister\"").replace("\"label\"", "\"colour\":\"red\",\"label\"");
        assert_eq!(serde_json::from_str::<StaffBadge>(&later).unwrap().role, StaffRole::Unknown);
        assert!(serde_json::from_str::<StaffBadge>(&text.replace(&key.hash(&UID).to_string(), "zz")).is_err());
    }
}
