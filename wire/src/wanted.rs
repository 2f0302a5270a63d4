//! What a server wants of a borne beside what its site publishes: where its updates come from, which one,
//! and the settings that are changed from afar.
//!
//! A document for one borne, of a version that grows. A borne says with each request which one it holds, and is handed a
//! later one with the answer. The answer may come over plain HTTP, so it proves nothing: the document is signed with the key
//! that the borne pinned at enrolment, and names the borne. An earlier one than that which is held is not taken, whoever
//! recorded it; a change that is taken back is a later document.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::enrolment::PublicKey;
use crate::ids::OriginId;
use crate::sealed::ServerSignature;
use crate::token::Hash32;

/// The longest release's name, in bytes.
pub const RELEASE_MAX: usize = 40;

/// What a server wants of a borne.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Whom it is for.
    pub borne: OriginId,
    /// Grows with each document; from 1 on.
    pub version: u64,
    /// Whose updates it gets; absent: those that its own machine names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<Ring>,
    /// Which of them.
    #[serde(default)]
    pub release: Release,
    /// Settings that go before those of its own file, by the names of [`SETTINGS`]. One that it does not know it refuses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// The settings of a borne that are changed from afar: those of a place and its people, by their names in `borne.toml`. None of
/// them cuts the borne off from its server, its devices or its visitors.
pub const SETTINGS: [&str; 7] = [
    "panel.theme",
    "panel.night",
    "backlight.percent",
    "audio.rate_wpm",
    "audio.quiet_hours",
    "printer.profile",
    "gpio.presence_hold_s",
];
/// The longest value of one, in bytes.
pub const VALUE_MAX: usize = 80;

impl Wanted {
    /// What holds while nothing was said.
    #[must_use]
    pub const fn nothing(borne: OriginId) -> Self {
        Self { borne, version: 0, ring: None, release: Release::Newest, settings: BTreeMap::new() }
    }
}

/// Who gets updates when. One that this version does not know makes a document of a later version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// First.
    Pilot,
    /// Some days later.
    Early,
    /// Last.
    Stable,
}

impl Ring {
    /// Every ring, in their order.
    pub const ALL: [Self; 3] = [Self::Pilot, Self::Early, Self::Stable];

    /// Its name, which is that of its suite in the repository.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pilot => "pilot",
            Self::Early => "early",
            Self::Stable => "stable",
        }
    }

    /// The one that gets updates next.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Pilot => Some(Self::Early),
            Self::Early => Some(Self::Stable),
            Self::Stable => None,
        }
    }
}

impl fmt::Display for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Another word than the names of rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use pilot, early or stable")]
pub struct NoRing;

impl FromStr for Ring {
    type Err = NoRing;

    fn from_str(text: &str) -> Result<Self, NoRing> {
        Self::ALL.into_iter().find(|ring| ring.as_str() == text).ok_or(NoRing)
    }
}

/// Which release a borne is to have.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// The newest of its ring.
    #[default]
    Newest,
    /// That which it has.
    Hold,
    /// This one, once its ring has it.
    Exact(ReleaseName),
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => f.write_str("newest"),
            Self::Hold => f.write_str("hold"),
            Self::Exact(name) => write!(f, "exact {name}"),
        }
    }
}

/// A release as packages name it: `0.2.0`. Programs of the system are handed it, so it holds nothing that means something to
/// one: it begins with a digit, and letters, digits and `.+~-` follow.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct ReleaseName(String);

impl ReleaseName {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that names no release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a release is named like 0.2.0: a digit first, then letters, digits and .+~-, {RELEASE_MAX} at most")]
pub struct NoRelease;

impl FromStr for ReleaseName {
    type Err = NoRelease;

    fn from_str(text: &str) -> Result<Self, NoRelease> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b".+~-".contains(&byte);
        let good = text.len() <= RELEASE_MAX
            && text.bytes().next().is_some_and(|first| first.is_ascii_digit())
            && text.bytes().all(known);
        if good { Ok(Self(text.to_owned())) } else { Err(NoRelease) }
    }
}

impl<'de> Deserialize<'de> for ReleaseName {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A document as it travels. It may be of a later version, so its form is looked at only when it is opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedWanted(serde_json::Value);

/// What a signed document of this version is.
#[derive(Deserialize)]
struct Envelope {
    /// The document as JSON, byte for byte as it was signed.
    wanted: String,
    /// Over [`signed_text`].
    signature: ServerSignature,
}

/// The text that is signed: a name that no other signature of this key begins with, the borne, and the hash of the
/// document's bytes; each on a line of its own.
#[must_use]
pub fn signed_text(borne: &OriginId, wanted: &str) -> String {
    format!("accueil-wanted-v1\n{borne}\n{}\n", Hash32::of(wanted.as_bytes()))
}

/// A document that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WantedError {
    /// A form of a later version.
    #[error("what is wanted is said in the words of a later version: update this borne")]
    Later,
    /// It was not signed with the pinned key, or for another borne.
    #[error(
        "what is wanted was not signed for this borne by the server which enrolled it: look who answers in its place"
    )]
    Signature,
    /// No later one than that which is held.
    #[error("version {found} of what is wanted is no later than version {held}, which is held")]
    Old {
        /// Which one it is.
        found: u64,
        /// And which one is held.
        held: u64,
    },
}

impl SignedWanted {
    /// Signs a document for its borne.
    ///
    /// # Panics
    /// Never: a document holds nothing that JSON cannot write.
    #[must_use]
    pub fn seal(wanted: &Wanted, key: &SigningKey) -> Self {
        let text = serde_json::to_string(wanted);
        let text = text.unwrap_or_else(|never| unreachable!("what is wanted is plain data: {never}"));
        let signature = ServerSignature::of(&signed_text(&wanted.borne, &text), key);
        Self(serde_json::json!({ "wanted": text, "signature": signature.to_string() }))
    }

    /// The document, if the pinned server signed it for this borne and it is later than the version `held`, 0 where none is.
    pub fn open(&self, borne: &OriginId, pinned: &PublicKey, held: u64) -> Result<Wanted, WantedError> {
        let Envelope { wanted, signature } = Envelope::deserialize(&self.0).map_err(|_| WantedError::Later)?;
        if !signature.holds(&signed_text(borne, &wanted), pinned) {
            return Err(WantedError::Signature);
        }
        let wanted: Wanted = serde_json::from_str(&wanted).map_err(|_| WantedError::Later)?;
        if wanted.borne != *borne {
            return Err(WantedError::Signature);
        }
        if wanted.version <= held {
            return Err(WantedError::Old { found: wanted.version, held });
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn pinned(byte: u8) -> PublicKey {
        PublicKey(server(byte).verifying_key().to_bytes())
    }

    fn borne() -> OriginId {
        "019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap()
    }

    fn wanted(version: u64, release: Release) -> Wanted {
        Wanted { version, ring: Some(Ring::Early), release, ..Wanted::nothing(borne()) }
    }

    fn exact() -> Release {
        Release::Exact("0.2.0+1".parse().unwrap())
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let line = |wanted: &Wanted| {
            let sealed = SignedWanted::seal(wanted, &server(7));
            serde_json::to_string(wanted).unwrap() + "\n" + &serde_json::to_string(&sealed).unwrap() + "\n"
        };
        let nothing = Wanted { version: 1, ..Wanted::nothing(borne()) };
        let settings = [("panel.theme", "night"), ("audio.rate_wpm", "140")];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let set = Wanted { settings, ..wanted(4, Release::Newest) };
        let text = line(&nothing) + &line(&wanted(2, Release::Hold)) + &line(&wanted(3, exact())) + &line(&set);
        assert_eq!(text + &signed_text(&borne(), "{}"), include_str!("../golden/wanted-v1.txt"));
    }

    #[test]
    fn a_document_is_taken_by_the_borne_it_is_for_from_the_server_that_it_knows() {
        let sent = serde_json::to_string(&SignedWanted::seal(&wanted(5, exact()), &server(7))).unwrap();
        let read: SignedWanted = serde_json::from_str(&sent).unwrap();
        assert_eq!(read.open(&borne(), &pinned(7), 4), Ok(wanted(5, exact())));
        assert_eq!(read.open(&borne(), &pinned(7), 5), Err(WantedError::Old { found: 5, held: 5 }));
        assert_eq!(read.open(&borne(), &pinned(8), 4), Err(WantedError::Signature), "another server");
        let other: OriginId = "019aa5f0-7c00-7000-8000-0000000000ab".parse().unwrap();
        assert_eq!(read.open(&other, &pinned(7), 4), Err(WantedError::Signature), "another borne's");
        let changed: SignedWanted = serde_json::from_str(&sent.replace("0.2.0", "0.3.0")).unwrap();
        assert_eq!(changed.open(&borne(), &pinned(7), 4), Err(WantedError::Signature));
    }

    #[test]
    fn documents_of_a_later_version_are_left_alone() {
        let open = |sealed: &SignedWanted| sealed.open(&borne(), &pinned(7), 0);
        for text in ["7", r#"{"sealed":"otherwise"}"#, r#"{"wanted":7,"signature":""}"#] {
            assert_eq!(open(&serde_json::from_str(text).unwrap()), Err(WantedError::Later), "{text}");
        }
        let signed = |wanted: &str| {
            let signature = ServerSignature::of(&signed_text(&borne(), wanted), &server(7));
            SignedWanted(serde_json::json!({ "wanted": wanted, "signature": signature.to_string() }))
        };
        let of = |more: &str| signed(&format!(r#"{{"borne":"{}","version":1,{more}}}"#, borne()));
        assert_eq!(open(&of(r#""ring":"nightly""#)), Err(WantedError::Later));
        assert_eq!(open(&of(r#""release":{"exact":"0.2.0; reboot"}"#)), Err(WantedError::Later));
        assert_eq!(open(&of(r#""mood":"good""#)).map(|read| read.release), Ok(Release::Newest));
    }

    #[test]
    fn a_release_is_named_as_packages_are_and_says_nothing_to_a_shell() {
        for good in ["0", "0.2.0", "1.0~rc1+2-3"] {
            assert_eq!(good.parse::<ReleaseName>().map(|name| name.to_string()), Ok(good.to_owned()));
        }
        let long = "1".repeat(RELEASE_MAX + 1);
        for wrong in ["", "v1", "-1", "1 2", "1;2", "1/../2", "1\n", "1$(x)", "é", &long] {
            assert_eq!(wrong.parse::<ReleaseName>(), Err(NoRelease), "{wrong}");
        }
        assert_eq!("testing".parse::<Ring>(), Err(NoRing));
        assert!(Ring::ALL.iter().all(|ring| ring.as_str().parse() == Ok(*ring)));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_whatever_order_the_latest_is_held(versions in prop::collection::vec(1_u64..20, 1..40)) {
            let mut held: Option<Wanted> = None;
            for (at, version) in versions.iter().enumerate() {
                let sealed = SignedWanted::seal(&wanted(*version, exact()), &server(7));
                let before = held.as_ref().map_or(0, |held| held.version);
                if let Ok(taken) = sealed.open(&borne(), &pinned(7), before) {
                    prop_assert!(taken.version > before);
                    held = Some(taken);
                }
                let latest = versions[..=at].iter().max();
                prop_assert_eq!(held.as_ref().map(|held| &held.version), latest);
            }
        }
    }
}
