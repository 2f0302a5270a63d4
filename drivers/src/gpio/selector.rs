//! Which line: a selector as a configuration writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::lines::LineError;

/// The longest name a kernel gives to a line, in bytes (`GPIO_MAX_NAME_SIZE` of linux/gpio.h, less its end).
const NAME_MAX: usize = 31;

/// Where a line is; what it prints as is what it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineSelector {
    /// `pi:17`: a line of a Raspberry Pi's header, by its BCM number, 0 to 27.
    Pi {
        /// The number that pinout tables call GPIO or BCM, not the position on the header.
        bcm: u8,
    },
    /// `line:NAME`: a line of any chip, by the name that the board's description gives it.
    Named {
        /// 1 to 31 bytes.
        name: String,
    },
    /// `chip:/dev/gpiochip0:17`: a line of one chip, by its offset.
    Chip {
        /// The chip's character device.
        chip: PathBuf,
        /// From 0.
        offset: u32,
    },
    /// `fake:FILE:NAME`: a line of a scripted board (feature `virtual`).
    Fake {
        /// The script.
        script: PathBuf,
        /// A line that the script declares.
        name: String,
    },
}

/// Why a text selects no line; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The kind before the colon is missing or unknown.
    #[error(
        "\"{0}\" selects no line: use pi:BCM_NUMBER on a Raspberry Pi, line:NAME, chip:/dev/gpiochipN:OFFSET or fake:FILE:NAME"
    )]
    UnknownKind(String),
    /// Not a number of the header.
    #[error("\"{0}\" has no usable number: write pi: and the BCM number of the header, 0 to 27")]
    BadNumber(String),
    /// No name, or one that no kernel gives.
    #[error("\"{0}\" has no usable name: a line's name has 1 to 31 bytes and no control character")]
    BadName(String),
    /// The chip's device or the offset is missing.
    #[error("\"{0}\" has no usable chip and offset: write chip:/dev/gpiochip0:17")]
    BadChip(String),
    /// The script or its line is missing.
    #[error("\"{0}\" has no usable script and line: write fake:FILE:NAME")]
    BadFake(String),
}

impl LineSelector {
    /// Refuses what a program without virtual devices cannot open.
    pub fn check(&self, has_virtual: bool) -> Result<(), LineError> {
        match self {
            Self::Fake { .. } if !has_virtual => Err(LineError::NoFakes { line: self.clone() }),
            Self::Fake { .. } | Self::Pi { .. } | Self::Named { .. } | Self::Chip { .. } => Ok(()),
        }
    }
}

impl FromStr for LineSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        match text.split_once(':') {
            Some(("pi", number)) => pi(text, number),
            Some(("line", name)) if usable(name) => Ok(Self::Named { name: name.to_owned() }),
            Some(("line", _)) => Err(SelectorError::BadName(text.to_owned())),
            Some(("chip", rest)) => chip(text, rest),
            Some(("fake", rest)) => match rest.rsplit_once(':') {
                Some((script, name)) if !script.is_empty() && usable(name) => {
                    Ok(Self::Fake { script: PathBuf::from(script), name: name.to_owned() })
                }
                Some(_) | None => Err(SelectorError::BadFake(text.to_owned())),
            },
            Some(_) | None => Err(SelectorError::UnknownKind(text.to_owned())),
        }
    }
}

fn pi(text: &str, number: &str) -> Result<LineSelector, SelectorError> {
    match decimal(number).and_then(|bcm| u8::try_from(bcm).ok()) {
        Some(bcm @ 0..=27) => Ok(LineSelector::Pi { bcm }),
        Some(_) | None => Err(SelectorError::BadNumber(text.to_owned())),
    }
}

fn chip(text: &str, rest: &str) -> Result<LineSelector, SelectorError> {
    match rest.rsplit_once(':').map(|(chip, offset)| (chip, decimal(offset))) {
        Some((chip, Some(offset))) if chip.starts_with('/') && !chip.contains(char::is_control) => {
            Ok(LineSelector::Chip { chip: PathBuf::from(chip), offset })
        }
        Some(_) | None => Err(SelectorError::BadChip(text.to_owned())),
    }
}

/// A number as it prints itself: without sign and leading zeros, so that a selector has one spelling.
fn decimal(text: &str) -> Option<u32> {
    text.parse::<u32>().ok().filter(|number| number.to_string() == text)
}

fn usable(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && !name.contains(char::is_control)
}

impl fmt::Display for LineSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pi { bcm } => write!(f, "pi:{bcm}"),
            Self::Named { name } => write!(f, "line:{name}"),
            Self::Chip { chip, offset } => write!(f, "chip:{}:{offset}", chip.display()),
            Self::Fake { script, name } => write!(f, "fake:{}:{name}", script.display()),
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
            "pi:0",
            "pi:27",
            "line:GPIO17",
            "line:call button",
            "line:a:b",
            "chip:/dev/gpiochip0:17",
            "fake:/tmp/a:b:BELL",
        ] {
            assert_eq!(text.parse::<LineSelector>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_selects_nothing_is_refused_with_what_to_write() {
        let cases = [
            ("", "pi:BCM_NUMBER"),
            ("17", "pi:BCM_NUMBER"),
            ("gpio:17", "pi:BCM_NUMBER"),
            ("pi:", "0 to 27"),
            ("pi:28", "0 to 27"),
            ("pi:+4", "0 to 27"),
            ("pi:04", "0 to 27"),
            ("pi:-1", "0 to 27"),
            ("line:", "1 to 31 bytes"),
            ("line:abcdefghijklmnopqrstuvwxyz012345", "1 to 31 bytes"),
            ("line:a\nb", "1 to 31 bytes"),
            ("chip:/dev/gpiochip0", "chip:/dev/gpiochip0:17"),
            ("chip:gpiochip0:1", "chip:/dev/gpiochip0:17"),
            ("chip:/dev/gpiochip0:x", "chip:/dev/gpiochip0:17"),
            ("chip::1", "chip:/dev/gpiochip0:17"),
            ("fake:BELL", "fake:FILE:NAME"),
            ("fake::BELL", "fake:FILE:NAME"),
            ("fake:/tmp/a:", "fake:FILE:NAME"),
        ];
        for (text, advice) in cases {
            let error = text.parse::<LineSelector>().unwrap_err().to_string();
            assert!(error.contains(advice), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_the_same(text in "(pi|line|chip|fake):.{0,40}|chip:/dev/[a-z0-9]{1,9}:[0-9]{1,6}") {
            if let Ok(selector) = text.parse::<LineSelector>() {
                prop_assert_eq!(selector.to_string(), text.clone());
                prop_assert_eq!(text.parse::<LineSelector>(), Ok(selector));
            }
        }
    }
}
