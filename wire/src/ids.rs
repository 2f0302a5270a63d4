//! Identities. Each is a type of its own, so that a ticket cannot stand where a borne is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    };
}

uuid_id! {
    /// Whoever writes a log of events: a borne, a hub, or a server's reception desk.
    OriginId
}
uuid_id! {
    /// A place that receives people.
    SiteId
}
uuid_id! {
    /// A ticket, whatever number people see on it. UUIDv7 (rule R1).
    TicketId
}
uuid_id! {
    /// A call for help made at a borne.
    HelpId
}
uuid_id! {
    /// Something that a server asks of a borne: the same identity again is the same request.
    CommandId
}

/// What is wrong with a short name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a short name: use 1 to 32 lower-case letters, digits and hyphens")]
pub struct SlugError(String);

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = SlugError;
            fn try_from(s: String) -> Result<Self, SlugError> {
                let fits = (1..=32).contains(&s.len())
                    && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if fits { Ok(Self(s)) } else { Err(SlugError(s)) }
            }
        }

        impl FromStr for $name {
            type Err = SlugError;
            fn from_str(s: &str) -> Result<Self, SlugError> {
                Self::try_from(s.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug_id! {
    /// A service of a site, as its catalogue names it (`etat-civil`).
    ServiceId
}
slug_id! {
    /// A family of services, as the catalogue names it (`papiers`).
    FamilyId
}
slug_id! {
    /// A counter of a site (`4`, `accueil`).
    CounterId
}
slug_id! {
    /// Something a counter must have for somebody (`pmr`, `langue-lsf`).
    NeedId
}
slug_id! {
    /// A hall's display (`hall`).
    DisplayId
}
slug_id! {
    /// A hall of a site, or a part of one (`hall-a`).
    ZoneId
}
slug_id! {
    /// A version of a site's survey (`2026-1`); its questions never change once answered.
    SurveyId
}

/// An agent, by a number that only the server can turn into a person: `u-17`. Its form has no room for a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentRef(pub u32);

/// What is no reference to an agent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no reference to an agent: it is `u-` and a number, never a name")]
pub struct AgentRefError(String);

impl FromStr for AgentRef {
    type Err = AgentRefError;
    fn from_str(s: &str) -> Result<Self, AgentRefError> {
        let number = s.strip_prefix("u-").and_then(|digits| digits.parse().ok()).map(Self);
        // One writing each: no sign, no leading zero.
        number.filter(|agent| agent.to_string() == s).ok_or_else(|| AgentRefError(s.to_owned()))
    }
}

impl TryFrom<String> for AgentRef {
    type Error = AgentRefError;
    fn try_from(s: String) -> Result<Self, AgentRefError> {
        s.parse()
    }
}

impl From<AgentRef> for String {
    fn from(agent: AgentRef) -> Self {
        agent.to_string()
    }
}

impl fmt::Display for AgentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "u-{}", self.0)
    }
}

/// A language people can be received in. Plain French is one of its own: one idea a sentence, short words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub enum Language {
    /// French.
    #[default]
    #[serde(rename = "fr")]
    Fr,
    /// English.
    #[serde(rename = "en")]
    En,
    /// Spanish.
    #[serde(rename = "es")]
    Es,
    /// Portuguese.
    #[serde(rename = "pt")]
    Pt,
    /// Arabic.
    #[serde(rename = "ar")]
    Ar,
    /// Turkish.
    #[serde(rename = "tr")]
    Tr,
    /// Ukrainian.
    #[serde(rename = "uk")]
    Uk,
    /// Simplified Chinese.
    #[serde(rename = "zh")]
    Zh,
    /// Plain French.
    #[serde(rename = "fr-simple")]
    FrSimple,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 9] =
        [Self::Fr, Self::En, Self::Es, Self::Pt, Self::Ar, Self::Tr, Self::Uk, Self::Zh, Self::FrSimple];

    /// Its name in files and on the wire.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
            Self::Es => "es",
            Self::Pt => "pt",
            Self::Ar => "ar",
            Self::Tr => "tr",
            Self::Uk => "uk",
            Self::Zh => "zh",
            Self::FrSimple => "fr-simple",
        }
    }

    /// Its BCP 47 tag, as web pages and plural rules take it.
    #[must_use]
    pub const fn bcp47(self) -> &'static str {
        match self {
            Self::Zh => "zh-Hans",
            Self::FrSimple => "fr",
            Self::Fr | Self::En | Self::Es | Self::Pt | Self::Ar | Self::Tr | Self::Uk => self.tag(),
        }
    }

    /// Its name in itself.
    #[must_use]
    pub const fn endonym(self) -> &'static str {
        match self {
            Self::Fr => "Français",
            Self::En => "English",
            Self::Es => "Español",
            Self::Pt => "Português",
            Self::Ar => "العربية",
            Self::Tr => "Türkçe",
            Self::Uk => "Українська",
            Self::Zh => "简体中文",
            Self::FrSimple => "Français simplifié",
        }
    }

    /// Whether it is read from right to left.
    #[must_use]
    pub const fn rtl(self) -> bool {
        matches!(self, Self::Ar)
    }

    /// Whether an agent who reads French reads it.
    #[must_use]
    pub const fn is_french(self) -> bool {
        matches!(self, Self::Fr | Self::FrSimple)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_is_lower_case_letters_digits_and_hyphens() {
        for good in ["etat-civil", "4", "a", "x".repeat(32).as_str()] {
            assert_eq!(good.parse::<ServiceId>().unwrap().as_str(), good);
        }
        for bad in ["", "État civil", "a_b", "x".repeat(33).as_str(), "A"] {
            assert!(bad.parse::<ServiceId>().is_err(), "{bad:?} must be refused");
        }
    }
}
