//! What people are asked on their way out.

use serde::{Deserialize, Serialize};

use super::Localised;
use crate::ids::SurveyId;

/// What people are asked on their way out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// The version; its questions never change once answered.
    pub id: SurveyId,
    /// One to four questions; the first is the one of the faces.
    #[serde(rename = "question")]
    pub questions: Vec<Question>,
    /// Where to complain, shown as a QR code at the end.
    pub complaint_url: Option<String>,
}

/// How answers are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Three or four labelled faces, best first.
    Faces,
    /// Two to five rows of text, best first.
    Rows,
}

impl Scale {
    /// The fewest and the most answers that are shown.
    #[must_use]
    pub const fn answers(self) -> (usize, usize) {
        match self {
            Self::Faces => (3, 4),
            Self::Rows => (2, 5),
        }
    }
}

/// A question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub text: Localised,
    /// How answers are drawn.
    pub scale: Scale,
    /// The choices, best first.
    pub answers: Vec<Localised>,
}
