//! Which card reader: a selector as a configuration writes it.

use std::fmt;
use std::str::FromStr;

/// What begins every selector of a card reader.
const KIND: &str = "pcsc:";
/// The longest name that the daemon gives, in bytes (`MAX_READERNAME` of pcsc-lite, without its end).
const LONGEST: usize = 127;

/// Which reader; what it prints as is what it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardSelector {
    /// `pcsc:`: every reader there is.
    Any,
    /// `pcsc:NAME`: the readers of that name. The daemon ends names with two numbers, as in
    /// `ACS ACR122U PICC Interface 00 00`, which may be left out: they change with the order of plugging in.
    Named(String),
}

/// Why a text selects no card reader; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardSelectorError {
    /// The kind before the colon is missing or unknown.
    #[error("\"{0}\" selects no card reader: use pcsc: for any reader, or pcsc:NAME (borne doctor lists the names)")]
    UnknownKind(String),
    /// A name that no reader can have.
    #[error(
        "\"{0}\" names no card reader: a name has 1 to {LONGEST} bytes, no control characters, and no spaces around it"
    )]
    BadName(String),
}

impl CardSelector {
    /// Whether it means the reader of this name.
    #[must_use]
    pub fn selects(&self, reader: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(name) => {
                reader.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            }
        }
    }
}

impl FromStr for CardSelector {
    type Err = CardSelectorError;

    fn from_str(text: &str) -> Result<Self, CardSelectorError> {
        let name = text.strip_prefix(KIND).ok_or_else(|| CardSelectorError::UnknownKind(text.to_owned()))?;
        if name.is_empty() {
            return Ok(Self::Any);
        }
        if name.len() > LONGEST || name.trim() != name || name.chars().any(char::is_control) {
            return Err(CardSelectorError::BadName(text.to_owned()));
        }
        Ok(Self::Named(name.to_owned()))
    }
}

impl fmt::Display for CardSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str(KIND),
            Self::Named(name) => write!(f, "{KIND}{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_selects_its_reader_with_or_without_the_daemons_numbers() {
        let reader = "ACS ACR122U PICC Interface 00 00";
        let table = [
            ("pcsc:", true),
            ("pcsc:ACS ACR122U PICC Interface 00 00", true),
            ("pcsc:ACS ACR122U PICC Interface", true),
            ("pcsc:ACS ACR122U PICC Inter", false),
            ("pcsc:ACS ACR122U PICC Interface 01 00", false),
            ("pcsc:ACS ACR122U PICC Interface 00 00 00", false),
            ("pcsc:HID Omnikey", false),
        ];
        for (selector, selected) in table {
            assert_eq!(selector.parse::<CardSelector>().unwrap().selects(reader), selected, "{selector}");
        }
    }

    #[test]
    fn wrong_selectors_are_answered_with_what_is_allowed() {
        for text in ["", "pcsc", "PCSC:", "usb:072f:2200", "card:x"] {
            let error = text.parse::<CardSelector>().unwrap_err().to_string();
            assert!(error.contains(&format!("\"{text}\"")) && error.contains("pcsc:NAME"), "{error}");
        }
        let long = format!("pcsc:{}", "x".repeat(128));
        for text in ["pcsc: ", "pcsc: x", "pcsc:x ", "pcsc:a\0b", "pcsc:a\nb", &long] {
            assert!(matches!(text.parse::<CardSelector>(), Err(CardSelectorError::BadName(_))), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_selector_prints_as_it_is_read(name in "\\PC{0,60}") {
            let text = format!("pcsc:{name}");
            if let Ok(selector) = text.parse::<CardSelector>() {
                prop_assert_eq!(selector.to_string(), text);
                prop_assert!(selector.selects(&name));
            }
        }
    }
}
