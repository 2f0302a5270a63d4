//! Copies of the store.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// Copies of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// Where copies are kept, made where it is missing. Without one none are made.
    pub folder: Option<PathBuf>,
    /// When, each day, in the time zone of the first site.
    pub at: Time,
    /// How many days a copy is kept. What the store forgets lives on in them for as long.
    pub keep_days: NonZeroU16,
}

impl Default for Backup {
    fn default() -> Self {
        const WEEK: NonZeroU16 = match NonZeroU16::new(7) {
            Some(days) => days,
            None => NonZeroU16::MIN,
        };
        Self { folder: None, at: Time::constant(2, 30, 0, 0), keep_days: WEEK }
    }
}

impl Backup {
    /// The same, where a relative path begins in a folder.
    pub(super) fn within(mut self, folder: &Path) -> Self {
        self.folder = self.folder.map(|path| folder.join(path));
        self
    }
}
