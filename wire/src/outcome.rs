//! `POST /v1/results`: what became of a [command](crate::command) that asked a borne for something else than a ticket's
//! paper. It is taken only for a command that is open for its sender; a borne that cannot send it in time says nothing, and
//! the command ends by itself.

use std::fmt;

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::CommandId;

/// Where results are sent.
pub const PATH: &str = "/v1/results";
/// The version of the form.
pub const VERSION: u8 = 1;
/// The largest picture, in bytes of its PNG file.
pub const MAX_PICTURE: usize = 1 << 20;
/// The most lines of a log.
pub const MAX_LINES: usize = 500;
/// The longest log, in bytes.
pub const MAX_LOGS: usize = 256 << 10;
/// The largest body, in bytes as sent: a picture in base64, and what is around it.
pub const MAX_BODY: usize = MAX_PICTURE / 3 * 4 + (4 << 10);

/// What became of a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// [`VERSION`].
    pub v: u8,
    /// Which command.
    pub command: CommandId,
    /// What became of it.
    #[serde(flatten)]
    pub result: Ended,
}

/// What became of a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Ended {
    /// It is done: the program is there again, the slip is printed.
    Done,
    /// It is not done.
    Failed {
        /// Why.
        why: Why,
    },
    /// What the screen shows while nobody is there.
    Picture {
        /// As a PNG file.
        png: Bytes,
    },
    /// The program's last lines, oldest first, without anything of visitors.
    Logs {
        /// The lines.
        text: String,
    },
}

/// Why something was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Somebody is at the borne.
    Occupied,
    /// The printer prints nothing.
    Printer,
    /// The printer took it, and does not tell whether it printed.
    Unconfirmed,
    /// The screen gives no picture.
    Screen,
    /// The result is too large to be sent.
    TooLarge,
    /// The borne's disk does not keep what it must.
    Store,
    /// A reason of a later version.
    #[serde(other)]
    Other,
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 7] =
        [Self::Occupied, Self::Printer, Self::Unconfirmed, Self::Screen, Self::TooLarge, Self::Store, Self::Other];

    /// Its name, here and where it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Occupied => "occupied",
            Self::Printer => "printer",
            Self::Unconfirmed => "unconfirmed",
            Self::Screen => "screen",
            Self::TooLarge => "too_large",
            Self::Store => "store",
            Self::Other => "other",
        }
    }
}

/// Bytes of a file, as base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        BASE64.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A result that no borne of this version sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutcomeError {
    /// Another form.
    #[error("version {0} is not spoken here: use version {VERSION}")]
    Version(u8),
    /// Too much.
    #[error("it is larger than {MAX_PICTURE} bytes of a picture or {MAX_LOGS} of a log")]
    Large,
    /// Another file.
    #[error("the picture is no PNG file")]
    NoPng,
}

/// How a PNG file begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Outcome {
    /// What this version says of a command.
    #[must_use]
    pub const fn of(command: CommandId, result: Ended) -> Self {
        Self { v: VERSION, command, result }
    }

    /// Whether it keeps to the form and its limits.
    pub fn check(&self) -> Result<(), OutcomeError> {
        if self.v != VERSION {
            return Err(OutcomeError::Version(self.v));
        }
        match &self.result {
            Ended::Picture { png } if png.0.len() > MAX_PICTURE => Err(OutcomeError::Large),
            Ended::Picture { png } if !png.0.starts_with(PNG) => Err(OutcomeError::NoPng),
            Ended::Logs { text } if text.len() > MAX_LOGS => Err(OutcomeError::Large),
            Ended::Picture { .. } | Ended::Logs { .. } | Ended::Done | Ended::Failed { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(result: Ended) -> Outcome {
        Outcome::of("019aa5f0-7c00-7000-8000-000000000005".parse().unwrap(), result)
    }

    fn picture(bytes: usize) -> Outcome {
        let mut png = PNG.to_vec();
        png.resize(bytes, 0);
        outcome(Ended::Picture { png: Bytes(png) })
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let failed = Why::ALL.into_iter().map(|why| outcome(Ended::Failed { why }));
        let logs = outcome(Ended::Logs { text: "l’imprimante répond\n".to_owned() });
        let all = [outcome(Ended::Done)].into_iter().chain(failed).chain([picture(10), logs]);
        let text: String = all.map(|outcome| serde_json::to_string(&outcome).unwrap() + "\n").collect();
        assert_eq!(text, include_str!("../golden/results-v1.jsonl"));
        for why in Why::ALL {
            assert!(text.contains(&format!("\"why\":\"{}\"", why.as_str())));
        }
        for line in text.lines() {
            let read: Outcome = serde_json::from_str(line).unwrap();
            assert_eq!((serde_json::to_string(&read).unwrap().as_str(), read.check()), (line, Ok(())));
        }
    }

    #[test]
    fn a_result_has_its_limits() {
        assert_eq!(picture(MAX_PICTURE).check(), Ok(()));
        assert!(serde_json::to_string(&picture(MAX_PICTURE)).unwrap().len() <= MAX_BODY);
        assert_eq!(picture(MAX_PICTURE + 1).check(), Err(OutcomeError::Large));
        let other = outcome(Ended::Picture { png: Bytes(b"<svg>".to_vec()) });
        assert_eq!(other.check(), Err(OutcomeError::NoPng));
        assert_eq!(outcome(Ended::Logs { text: "x".repeat(MAX_LOGS) }).check(), Ok(()));
        assert_eq!(outcome(Ended::Logs { text: "x".repeat(MAX_LOGS + 1) }).check(), Err(OutcomeError::Large));
        assert_eq!(Outcome { v: 2, ..outcome(Ended::Done) }.check(), Err(OutcomeError::Version(2)));
    }

    #[test]
    fn a_reason_of_a_later_version_is_read_and_a_picture_is_not_written_into_a_log() {
        let later = r#"{"v":1,"command":"019aa5f0-7c00-7000-8000-000000000005","result":"failed","why":"mood"}"#;
        let read: Outcome = serde_json::from_str(later).unwrap();
        assert_eq!(read.result, Ended::Failed { why: Why::Other });
        assert!(format!("{:?}", picture(10)).contains("Bytes(10)"));
    }
}
