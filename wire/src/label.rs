//! The number people see: a label, never an identity (rule R2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A letter that is neither misheard nor misread when it is called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Prefix(char);

impl Prefix {
    /// The letters allowed, `R` (appointments) among them.
    pub const ALLOWED: &str = "ABCDEFHKLMNPRTUVW";
    /// The letter of appointments.
    pub const APPOINTMENT: Self = Self('R');

    /// The letter.
    #[must_use]
    pub const fn letter(self) -> char {
        self.0
    }
}

/// Why a label cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// A letter outside [`Prefix::ALLOWED`].
    #[error("`{0}` cannot start a ticket's number: use one of {allowed}", allowed = Prefix::ALLOWED)]
    Letter(char),
    /// A series outside 1-9.
    #[error("series {0} does not exist: use 1 to 9")]
    Series(u8),
    /// A text that is no label at all.
    #[error("`{0}` is not a ticket's number such as `B 42` or `B2 42`")]
    Text(String),
}

impl TryFrom<char> for Prefix {
    type Error = LabelError;
    fn try_from(c: char) -> Result<Self, LabelError> {
        if Self::ALLOWED.contains(c) { Ok(Self(c)) } else { Err(LabelError::Letter(c)) }
    }
}

impl From<Prefix> for char {
    fn from(p: Prefix) -> Self {
        p.0
    }
}

/// Which numbers an issuer may give on a site: series 1-6 are bornes, 7 the desk, 8-9 spares (rule R10).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Series(u8);

impl Series {
    /// The only series whose labels may be plain.
    pub const FIRST: Self = Self(1);
    /// The last series of bornes.
    pub const LAST_BORNE: Self = Self(6);
    /// The reception desk's.
    pub const DESK: Self = Self(7);

    /// Its digit.
    #[must_use]
    pub const fn digit(self) -> u8 {
        self.0
    }

    /// The series a site may allot to bornes, in order.
    pub fn bornes() -> impl Iterator<Item = Self> {
        (Self::FIRST.0..=Self::LAST_BORNE.0).map(Self)
    }
}

impl TryFrom<u8> for Series {
    type Error = LabelError;
    fn try_from(n: u8) -> Result<Self, LabelError> {
        if (1..=9).contains(&n) { Ok(Self(n)) } else { Err(LabelError::Series(n)) }
    }
}

impl From<Series> for u8 {
    fn from(s: Series) -> Self {
        s.0
    }
}

/// Whether labels show their series. It comes from the catalogue and changes at a service day only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelForm {
    /// `B 42`: one issuer serves the site. Belongs to series 1 only.
    Plain,
    /// `B2 42`.
    #[default]
    Series,
}

/// `B 42` or `B2 42`: letter, optional series, number from 1 without leading zeros; 999 goes on to 1000.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label {
    /// The service's letter.
    pub prefix: Prefix,
    /// Absent in the plain form.
    pub series: Option<Series>,
    /// From 1.
    pub number: u32,
}

impl Label {
    /// The label an issuer gives. A series other than the first always shows, whatever the form says.
    #[must_use]
    pub fn new(prefix: Prefix, series: Series, form: LabelForm, number: u32) -> Self {
        let plain = form == LabelForm::Plain && series == Series::FIRST;
        Self { prefix, series: (!plain).then_some(series), number }
    }

    /// `B 42`, with a no-break space (U+00A0), for people.
    #[must_use]
    pub fn display(&self) -> String {
        self.with_gap('\u{a0}')
    }

    /// `B2.42`, as the QR code's address ends.
    #[must_use]
    pub fn in_address(&self) -> String {
        self.with_gap('.')
    }

    fn with_gap(&self, gap: char) -> String {
        match self.series {
            Some(series) => format!("{}{}{gap}{}", self.prefix.0, series.0, self.number),
            None => format!("{}{gap}{}", self.prefix.0, self.number),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_gap(' '))
    }
}

impl FromStr for Label {
    type Err = LabelError;
    fn from_str(s: &str) -> Result<Self, LabelError> {
        let wrong = || LabelError::Text(s.to_owned());
        let (head, number) = s.split_once([' ', '\u{a0}', '.']).ok_or_else(wrong)?;
        let mut head = head.chars();
        let prefix = Prefix::try_from(head.next().ok_or_else(wrong)?)?;
        let series = match (head.next(), head.next()) {
            (None, _) => None,
            (Some(d), None) => {
                let digit = d.to_digit(10).and_then(|d| u8::try_from(d).ok()).ok_or_else(wrong)?;
                Some(Series::try_from(digit)?)
            }
            (Some(_), Some(_)) => return Err(wrong()),
        };
        let canonical = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse().ok().filter(|_| canonical).ok_or_else(wrong)?;
        Ok(Self { prefix, series, number })
    }
}

impl TryFrom<String> for Label {
    type Error = LabelError;
    fn try_from(s: String) -> Result<Self, LabelError> {
        s.parse()
    }
}

impl From<Label> for String {
    fn from(l: Label) -> Self {
        l.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(form: LabelForm, series: u8, number: u32) -> Label {
        Label::new(Prefix::try_from('B').unwrap(), Series::try_from(series).unwrap(), form, number)
    }

    #[test]
    fn plain_labels_belong_to_series_one_only() {
        assert_eq!(label(LabelForm::Plain, 1, 42).to_string(), "B 42");
        assert_eq!(label(LabelForm::Plain, 2, 42).to_string(), "B2 42");
        assert_eq!(label(LabelForm::Series, 1, 42).to_string(), "B1 42");
    }

    #[test]
    fn nothing_wraps_after_999() {
        assert_eq!(label(LabelForm::Plain, 1, 1000).to_string(), "B 1000");
    }

    #[test]
    fn misheard_letters_leading_zeros_and_noise_are_refused() {
        for bad in ["O 1", "I 1", "B 01", "B", "B 0", "B0 1", "BB 1", "B12 3", "B -1", "B +1", "b 1", ""] {
            assert!(bad.parse::<Label>().is_err(), "{bad:?} must be refused");
        }
    }

    proptest! {
        #[test]
        fn labels_are_read_back(letter in 0..Prefix::ALLOWED.len(), series in proptest::option::of(1u8..=9), number in 1u32..100_000) {
            let prefix = Prefix::try_from(Prefix::ALLOWED.as_bytes()[letter] as char).unwrap();
            let label = Label { prefix, series: series.map(|s| Series::try_from(s).unwrap()), number };
            prop_assert_eq!(label.to_string().parse::<Label>().unwrap(), label);
            prop_assert_eq!(label.display().parse::<Label>().unwrap(), label);
            prop_assert_eq!(label.in_address().parse::<Label>().unwrap(), label);
        }
    }
}
