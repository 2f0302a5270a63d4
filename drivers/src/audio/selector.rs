//! Which sound device: a selector as a configuration writes it.

use std::fmt;
use std::str::FromStr;

/// The longest name of an ALSA device that is taken, in bytes.
const NAME_MAX: usize = 200;

/// Where sound goes; what it prints as is what it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundSelector {
    /// `alsa:NAME`: a device as ALSA names it, such as `default` or `plughw:CARD=Headphones`.
    Alsa(String),
    /// `none`: nowhere.
    None,
}

/// Why a text selects no sound device; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoundSelectorError {
    /// The kind is missing or unknown.
    #[error("\"{0}\" selects no sound device: use alsa:default, alsa:plughw:CARD=ID or none")]
    UnknownKind(String),
    /// No name, or one that ALSA cannot have.
    #[error("\"{0}\" names no sound device: write alsa: and a name such as default or plughw:CARD=ID")]
    BadName(String),
}

impl FromStr for SoundSelector {
    type Err = SoundSelectorError;

    fn from_str(text: &str) -> Result<Self, SoundSelectorError> {
        match text.split_once(':') {
            None if text == "none" => Ok(Self::None),
            Some(("alsa", name)) if (1..=NAME_MAX).contains(&name.len()) && !name.contains(char::is_control) => {
                Ok(Self::Alsa(name.to_owned()))
            }
            Some(("alsa", _)) => Err(SoundSelectorError::BadName(text.to_owned())),
            Some(_) | None => Err(SoundSelectorError::UnknownKind(text.to_owned())),
        }
    }
}

impl fmt::Display for SoundSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alsa(name) => write!(f, "alsa:{name}"),
            Self::None => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_prints_as_it_was_written() {
        for text in ["none", "alsa:default", "alsa:plughw:CARD=Headphones", "alsa:plughw:CARD=PCH,DEV=0"] {
            assert_eq!(text.parse::<SoundSelector>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_selects_nothing_is_refused_with_what_to_write() {
        let long = format!("alsa:{}", "x".repeat(NAME_MAX + 1));
        let cases = [
            ("", "alsa:default"),
            ("default", "alsa:default"),
            ("none:", "alsa:default"),
            ("pulse:x", "alsa:default"),
            ("alsa:", "such as default"),
            ("alsa:a\nb", "such as default"),
            ("alsa:a\0b", "such as default"),
            (&long, "such as default"),
        ];
        for (text, advice) in cases {
            let error = text.parse::<SoundSelector>().unwrap_err().to_string();
            assert!(error.contains(advice), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_the_same(text in "(alsa|none):?.{0,40}") {
            if let Ok(selector) = text.parse::<SoundSelector>() {
                prop_assert_eq!(selector.to_string(), text);
            }
        }
    }
}
