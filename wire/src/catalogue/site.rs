//! The place, and its halls.

use serde::{Deserialize, Serialize};

use super::Localised;
use crate::ids::{Language, SiteId, ZoneId};
use crate::label::LabelForm;
use crate::opening::{Exception, Week};

/// The place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Identity.
    pub id: SiteId,
    /// `Mairie de Bonneveine`.
    pub name: Localised,
    /// IANA name, `Europe/Paris`.
    pub time_zone: String,
    /// Whether numbers show their series.
    #[serde(default)]
    pub label_form: LabelForm,
    /// Where visitors' phones reach the server: `https://accueil.example.fr`, without a path.
    pub public_url: String,
    /// The languages offered, in this order; French is always among them. None named: all.
    #[serde(default)]
    pub languages: Vec<Language>,
    /// When people are received; none: always.
    pub hours: Option<Week>,
    /// Days that differ: closures, shorter days, added ones.
    #[serde(rename = "exception", default)]
    pub exceptions: Vec<Exception>,
    /// Where hours and procedures stand: a QR code while the hall is closed.
    pub online: Option<String>,
    /// Whether the place drives away when it closes: a town-hall bus.
    #[serde(default)]
    pub mobile: bool,
    /// The halls, and parts of halls, that calls are heard in; none: the whole site is one.
    #[serde(rename = "zone", default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Zone>,
    /// Where the place is, as a letter would say it: on the page of a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The wait that is promised for every service that promises none of its own, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment_min: Option<u32>,
    /// The sites that visitors are told of when this one is full, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nearby: Vec<SiteId>,
    /// Whether visitors may say that they have priority; what gives it, where that differs from the usual.
    #[serde(default)]
    pub priority: Priority,
}

/// A hall, or a part of one: a call is shown and spoken where the person waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Identity.
    pub id: ZoneId,
    /// `Hall A, rez-de-chaussée`.
    pub name: Localised,
}

/// Whether visitors may say that they have priority.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Priority {
    /// Whether it is asked.
    pub offered: bool,
    /// Who has it, in a sentence or two.
    pub text: Option<Localised>,
}

impl Default for Priority {
    fn default() -> Self {
        Self { offered: true, text: None }
    }
}
