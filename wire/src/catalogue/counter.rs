//! Where people are received.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Localised;
use crate::ids::{CounterId, NeedId, ServiceId, ZoneId};

/// Where people are received.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Identity.
    pub id: CounterId,
    /// `Guichet 4`.
    pub name: Localised,
    /// What it can do.
    pub services: Vec<ServiceId>,
    /// The hall its calls are heard in; absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneId>,
    /// What it has for those who need it: `pmr`, `langue-lsf`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<NeedId>,
}
