//! What people come for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Localised;
use crate::ids::{FamilyId, Language, ServiceId};
use crate::label::Prefix;
use crate::opening::Week;

/// A group of services.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Identity.
    pub id: FamilyId,
    /// Its name, [`NAME_MAX`](super::NAME_MAX) characters at most.
    pub name: Localised,
}

/// What people come for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Identity.
    pub id: ServiceId,
    /// The letter of its numbers; services may share one.
    pub letter: Prefix,
    /// Its name, [`NAME_MAX`](super::NAME_MAX) characters at most.
    pub name: Localised,
    /// For narrow paper, where the name is longer than [`SHORT_NAME_MAX`](super::SHORT_NAME_MAX).
    pub short_name: Option<Localised>,
    /// Where to wait: `Salle A, 1er étage`, [`ROOM_MAX`](super::ROOM_MAX) characters at most.
    pub room: Option<Localised>,
    /// What to bring, five at most.
    #[serde(default)]
    pub documents: Vec<Localised>,
    /// Where the same can be done without coming.
    pub online: Option<String>,
    /// The family it is found under, where there are families.
    pub family: Option<FamilyId>,
    /// When it is open, where that is not the site's week. The site's exceptions hold for it too.
    pub hours: Option<Week>,
    /// How many tickets a day, where they are limited.
    pub quota: Option<u32>,
    /// Whether several people may come with one ticket, and are asked how many they are.
    #[serde(default)]
    pub group: bool,
    /// Whether its name tells something that others in the hall need not know: it is spoken to a headset only, and no
    /// display ever names it.
    #[serde(default)]
    pub sensitive: bool,
    /// The wait that is promised, in minutes: the figure that results are measured by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment_min: Option<u32>,
    /// What is said once all places of the day are taken, where that is not the usual; [`FULL_TEXT_MAX`](super::FULL_TEXT_MAX) characters at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_text: Option<Localised>,
    /// The languages whose texts nobody has read again since the French ones changed: « à relire ».
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unreviewed: BTreeSet<Language>,
}
