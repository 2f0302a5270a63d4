//! What tells of the headset: a selector as a configuration writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::gpio::{LineSelector, SelectorError};

/// The longest id of a card in the kernel, in bytes (`snd_card.id`, less its end), and the longest name of a jack.
const ID_MAX: usize = 15;
const NAME_MAX: usize = 200;

/// What tells of the headset; what it prints as is what it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JackSelector {
    /// `jack:auto`: any jack that tells of headphones.
    Auto,
    /// `jack:/dev/input/event5`: the switch of that node.
    Node(PathBuf),
    /// `jack:name:NAME`: the switch of that name, such as `HDA Intel PCH Headphone`; numbers of nodes change.
    Named(String),
    /// `card:ID`: a USB headset, by the id of its sound card.
    Card(String),
    /// A line that the jack's switch is wired to.
    Line(LineSelector),
}

/// Why a text selects no jack; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JackSelectorError {
    /// No kind of ours.
    #[error(
        "\"{0}\" selects no jack: use jack:auto, jack:/dev/input/eventN, jack:name:NAME, card:ID, or a line such as pi:17"
    )]
    UnknownKind(String),
    /// `card:` without a usable id.
    #[error("\"{0}\" names no card: write card: and an id of /proc/asound/cards, 1 to 15 letters, digits, - and _")]
    BadCard(String),
    /// A line that is none.
    #[error(transparent)]
    Line(#[from] SelectorError),
}

impl FromStr for JackSelector {
    type Err = JackSelectorError;

    fn from_str(text: &str) -> Result<Self, JackSelectorError> {
        let unknown = || JackSelectorError::UnknownKind(text.to_owned());
        match text.split_once(':') {
            Some(("jack", "auto")) => Ok(Self::Auto),
            Some(("jack", rest)) if rest.contains(char::is_control) => Err(unknown()),
            Some(("jack", rest)) if rest.starts_with('/') => Ok(Self::Node(PathBuf::from(rest))),
            Some(("jack", rest)) => match rest.strip_prefix("name:") {
                Some(name) if (1..=NAME_MAX).contains(&name.len()) => Ok(Self::Named(name.to_owned())),
                Some(_) | None => Err(unknown()),
            },
            Some(("card", id)) => {
                let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                let fits = (1..=ID_MAX).contains(&id.len()) && id.chars().all(usable);
                fits.then(|| Self::Card(id.to_owned())).ok_or_else(|| JackSelectorError::BadCard(text.to_owned()))
            }
            Some(("pi" | "line" | "chip" | "fake", _)) => Ok(Self::Line(text.parse()?)),
            Some(_) | None => Err(unknown()),
        }
    }
}

impl fmt::Display for JackSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("jack:auto"),
            Self::Node(node) => write!(f, "jack:{}", node.display()),
            Self::Named(name) => write!(f, "jack:name:{name}"),
            Self::Card(id) => write!(f, "card:{id}"),
            Self::Line(line) => line.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_prints_as_it_was_written() {
        for text in [
            "jack:auto",
            "jack:/dev/input/event5",
            "jack:name:HDA Intel PCH Headphone",
            "card:Headset",
            "pi:17",
            "line:HEADSET",
            "chip:/dev/gpiochip0:4",
        ] {
            assert_eq!(text.parse::<JackSelector>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_selects_nothing_is_refused_with_what_to_write() {
        let cases = [
            ("", "jack:auto"),
            ("auto", "jack:auto"),
            ("jack:", "jack:auto"),
            ("jack:name:", "jack:auto"),
            ("jack:event5", "jack:auto"),
            ("jack:/dev/a\nb", "jack:auto"),
            ("card:", "/proc/asound/cards"),
            ("card:a/../b", "/proc/asound/cards"),
            ("card:abcdefghijklmnop", "/proc/asound/cards"),
            ("pi:99", "0 to 27"),
        ];
        for (text, advice) in cases {
            let error = text.parse::<JackSelector>().unwrap_err().to_string();
            assert!(error.contains(advice), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_the_same(text in "(jack|card|pi|line|jack:name):?.{0,30}") {
            if let Ok(selector) = text.parse::<JackSelector>() {
                prop_assert_eq!(selector.to_string(), text);
            }
        }
    }
}
