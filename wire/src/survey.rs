//! Anonymous answers. No record of an individual answer exists: what travels is how often a vector of answers was
//! given in a coarse period, and the keys of a cell are all there is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{ServiceId, SurveyId};
use crate::service_day::Period;

/// The version of the format.
pub const VERSION: u8 = 1;

/// The most cells one upload may hold.
pub const MAX_CELLS: usize = 1_000;

/// The answers of one passage, in the order of the questions: 1 for the first choice, 0 for no answer.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AnswerVector(pub Vec<u8>);

/// A text that is no vector of answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a vector of one to four answers such as `1.0.3`")]
pub struct VectorError(String);

impl fmt::Display for AnswerVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, answer) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            answer.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for AnswerVector {
    type Err = VectorError;
    fn from_str(s: &str) -> Result<Self, VectorError> {
        let digit = |part: &str| match part.as_bytes() {
            [d @ b'0'..=b'9'] => Some(d - b'0'),
            _ => None,
        };
        let answers: Option<Vec<u8>> = s.split('.').map(digit).collect();
        answers.filter(|a| (1..=4).contains(&a.len())).map(Self).ok_or_else(|| VectorError(s.to_owned()))
    }
}

impl TryFrom<String> for AnswerVector {
    type Error = VectorError;
    fn try_from(s: String) -> Result<Self, VectorError> {
        s.parse()
    }
}

impl From<AnswerVector> for String {
    fn from(v: AnswerVector) -> Self {
        v.to_string()
    }
}

/// How often a vector was given in a period. These keys are all that may ever be sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurveyCell {
    /// [`VERSION`].
    pub v: u8,
    /// The survey's version.
    pub survey: SurveyId,
    /// Absent unless the borne is bound to one service.
    pub service: Option<ServiceId>,
    /// The half-day, or the day or week it was rolled up to.
    pub half_day: Period,
    /// The answers.
    pub vector: AnswerVector,
    /// Given within five seconds of the answer before.
    pub suspect: bool,
    /// How often, from 1.
    pub count: u32,
    /// Random (UUIDv4, since v7 holds a time); the same in every cell of an upload, which is counted once.
    pub batch_id: Uuid,
}

impl SurveyCell {
    /// The order in which cells are sent: by content, so that the order tells nothing.
    #[must_use]
    pub fn sort_key(&self) -> (String, &SurveyId, Option<&ServiceId>, &AnswerVector, bool) {
        (self.half_day.to_string(), &self.survey, self.service.as_ref(), &self.vector, self.suspect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> SurveyCell {
        SurveyCell {
            v: VERSION,
            survey: "2026-1".parse().unwrap(),
            service: None,
            half_day: "2026-11-21.am".parse().unwrap(),
            vector: "1.4".parse().unwrap(),
            suspect: false,
            count: 6,
            batch_id: Uuid::parse_str("6f9619ff-8b86-4d01-b42d-00cf4fc964ff").unwrap(),
        }
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let text = serde_json::to_string(&vec![cell()]).unwrap() + "\n";
        assert_eq!(text, include_str!("../golden/survey-v1.json"));
    }

    #[test]
    fn a_cell_holds_the_agreed_keys_and_no_other() {
        let value = serde_json::to_value(cell()).unwrap();
        let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["batch_id", "count", "half_day", "service", "survey", "suspect", "v", "vector"]);
        let mut more = value;
        more["ticket"] = "B 42".into();
        assert!(serde_json::from_value::<SurveyCell>(more).is_err(), "a key more must be refused");
    }

    #[test]
    fn vectors_are_short_lists_of_digits() {
        for good in ["0", "1.2", "3.0.5.9"] {
            assert_eq!(good.parse::<AnswerVector>().unwrap().to_string(), good);
        }
        for bad in ["", ".", "1.", "a", "10", "1.2.3.4.5", "-1", "+1"] {
            assert!(bad.parse::<AnswerVector>().is_err(), "{bad:?} must be refused");
        }
    }
}
