//! The screens that show the numbers.

use serde::{Deserialize, Serialize};

use super::Localised;
use crate::ids::{CounterId, DisplayId, ZoneId};

/// The longest time a picture stands, in seconds.
pub const MEDIA_S_MAX: u16 = 600;

/// A screen that shows the numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// Identity, in its address.
    pub id: DisplayId,
    /// `Hall, 1er étage`.
    pub name: Localised,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Layout::is_list")]
    pub layout: Layout,
    /// The halls whose calls it shows; none: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneId>,
    /// The counter it hangs over, with [`Layout::Counter`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<CounterId>,
    /// Its diagonal, in inches: what the size of letters is worked out from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagonal_in: Option<Tenths>,
    /// How far away the farthest reader stands, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<Tenths>,
    /// What stands beside the list, one after the other, with [`Layout::Shared`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
}

/// What a display shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Layout {
    /// The last calls.
    #[default]
    #[serde(rename = "liste")]
    List,
    /// The last calls beside pictures.
    #[serde(rename = "partage")]
    Shared,
    /// One counter's call, over the counter.
    #[serde(rename = "guichet")]
    Counter,
    /// Every hall with its calls, for those who have just come in.
    #[serde(rename = "orientation")]
    Directions,
}

impl Layout {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_list(&self) -> bool {
        *self == Self::List
    }
}

/// A picture beside the list. Pictures stand in the server's folder of media.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Its file name, without a folder.
    pub file: String,
    /// What it tells those who cannot see it; none: it only decorates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Localised>,
    /// How long it stands, in seconds.
    #[serde(default = "usual_s")]
    pub seconds: u16,
}

const fn usual_s() -> u16 {
    15
}

impl Media {
    /// Whether its file is a name and nothing that leads elsewhere.
    #[must_use]
    pub fn is_named_well(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        (1..=80).contains(&self.file.len()) && self.file.chars().all(plain) && !self.file.starts_with('.')
    }
}

/// A measure with one decimal: `2.5`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tenths(u16);

impl Tenths {
    /// The measure.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl TryFrom<f64> for Tenths {
    type Error = &'static str;
    fn try_from(measure: f64) -> Result<Self, Self::Error> {
        let tenths = (measure * 10.0).round();
        let fits = (1.0..=2_000.0).contains(&tenths) && (measure * 10.0 - tenths).abs() < 1e-6;
        if fits { Ok(Self(tenths as u16)) } else { Err("a measure from 0.1 to 200 with one decimal at most") }
    }
}

impl From<Tenths> for f64 {
    fn from(tenths: Tenths) -> Self {
        tenths.get()
    }
}
