//! When technicians are told of a borne.

use std::num::NonZeroU32;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// When technicians are told of a borne.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fleet {
    /// A borne that is silent for so many minutes is to be watched.
    pub watch_after_min: NonZeroU32,
    /// And for so many it is offline. That is an alarm while the site is open: at night bornes are switched off.
    pub offline_after_min: NonZeroU32,
    /// Events that wait for so many minutes are an alarm.
    pub unsent_after_min: NonZeroU32,
    /// A borne that does not serve what was published so many minutes ago is an alarm.
    pub catalogue_after_min: NonZeroU32,
    /// Less free space than so many hundredths of the borne's data partition is an alarm.
    pub disk_free_percent: u8,
    /// The version that bornes are to have; without one none is asked for.
    pub version: Option<String>,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            watch_after_min: super::at_least_one(3),
            offline_after_min: super::at_least_one(10),
            unsent_after_min: super::at_least_one(15),
            catalogue_after_min: super::at_least_one(15),
            disk_free_percent: 10,
            version: None,
        }
    }
}

/// So many minutes.
pub(crate) fn minutes(n: NonZeroU32) -> SignedDuration {
    SignedDuration::from_mins(n.get().into())
}
