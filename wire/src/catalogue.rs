//! A site's catalogue: what it offers, where, and what it asks. One file for the server and its bornes.

mod counter;
mod display;
mod fault;
mod rules;
mod service;
mod site;
mod survey;
mod text;

use serde::{Deserialize, Serialize};

use crate::ids::{CounterId, DisplayId, FamilyId, Language, ServiceId, ZoneId};
use crate::opening::Hours;

pub use counter::Counter;
pub use display::{Display, Layout, MEDIA_S_MAX, Media, Tenths};
pub use fault::{Fault, PUBLIC_URL_MAX, Part, Text};
pub use service::{Family, Service};
pub use site::{Priority, Site, Zone};
pub use survey::{Question, Scale, Survey};
pub use text::Localised;

/// The longest address a ticket's QR code can hold (version 4-M, alphanumeric), in characters.
pub const QR_LINK_MAX: usize = 90;
/// Characters that a QR code holds in its dense form.
const QR_ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:";
/// The longest service name on 80 mm paper, in characters.
pub const NAME_MAX: usize = 30;
/// The longest service name on 58 mm paper, in characters.
pub const SHORT_NAME_MAX: usize = 24;
/// The longest name of a place to wait, in characters: it stands on one line of the smallest screen.
pub const ROOM_MAX: usize = 24;
/// The longest name of a document to bring, in characters: five fit the smallest screen.
pub const DOCUMENT_MAX: usize = 60;
/// The longest sentence for a service whose places are taken, in characters.
pub const FULL_TEXT_MAX: usize = 160;
/// The longest address of a place, in characters.
pub const ADDRESS_MAX: usize = 120;

/// All of a site.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Grows with each publication.
    pub version: u64,
    /// The place.
    pub site: Site,
    /// What services are grouped by, where they are too many for one screen.
    #[serde(rename = "family", default)]
    pub families: Vec<Family>,
    /// What people come for, in the order in which it is shown.
    #[serde(rename = "service")]
    pub services: Vec<Service>,
    /// Where they are received.
    #[serde(rename = "counter")]
    pub counters: Vec<Counter>,
    /// The screens that show the numbers.
    #[serde(rename = "display", default)]
    pub displays: Vec<Display>,
    /// What they are asked on their way out.
    pub survey: Option<Survey>,
}

/// A catalogue that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Not TOML, an unknown key, a missing key or a value of the wrong type; names line and key.
    #[error("{0}")]
    Syntax(String),
    /// Values that do not fit one another, each in a sentence that names the key.
    #[error("{}", .0.join("; "))]
    Rules(Vec<String>),
}

impl Catalogue {
    /// Reads a catalogue and checks its rules.
    pub fn from_toml(text: &str) -> Result<Self, CatalogueError> {
        let syntax = |e: toml::de::Error| CatalogueError::Syntax(e.to_string().trim().to_owned());
        Self::checked(toml::from_str(text).map_err(syntax)?)
    }

    /// Reads a catalogue as it is published, and checks its rules.
    pub fn from_json(text: &str) -> Result<Self, CatalogueError> {
        Self::checked(serde_json::from_str(text).map_err(|e| CatalogueError::Syntax(e.to_string()))?)
    }

    fn checked(self) -> Result<Self, CatalogueError> {
        let wrong = self.violations();
        if wrong.is_empty() { Ok(self) } else { Err(CatalogueError::Rules(wrong)) }
    }

    /// The bytes that are published.
    ///
    /// # Panics
    /// Never: a catalogue holds nothing that JSON cannot write.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|never| unreachable!("catalogues are plain data: {never}"))
    }

    /// The same as a file for people.
    pub fn to_toml(&self) -> Result<String, CatalogueError> {
        toml::to_string_pretty(self).map_err(|e| CatalogueError::Syntax(e.to_string()))
    }

    /// What visitors are shown as the site wrote it: names, documents, questions, answers.
    pub fn texts(&self) -> impl Iterator<Item = &Localised> {
        let services = self.services.iter().flat_map(|service| {
            [&service.name]
                .into_iter()
                .chain(&service.short_name)
                .chain(&service.room)
                .chain(&service.documents)
                .chain(&service.full_text)
        });
        let questions = self.survey.iter().flat_map(|survey| &survey.questions);
        [&self.site.name]
            .into_iter()
            .chain(&self.site.priority.text)
            .chain(self.families.iter().map(|family| &family.name))
            .chain(services)
            .chain(questions.flat_map(|question| [&question.text].into_iter().chain(&question.answers)))
    }

    /// The service of that name.
    #[must_use]
    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.services.iter().find(|s| &s.id == id)
    }

    /// The family of that name.
    #[must_use]
    pub fn family(&self, id: &FamilyId) -> Option<&Family> {
        self.families.iter().find(|f| &f.id == id)
    }

    /// The languages offered, French among them.
    #[must_use]
    pub fn languages(&self) -> Vec<Language> {
        let named = &self.site.languages;
        if named.is_empty() {
            return Language::ALL.to_vec();
        }
        let french = (!named.contains(&Language::Fr)).then_some(Language::Fr);
        french.into_iter().chain(named.iter().copied()).collect()
    }

    /// When the site receives; `None`: always.
    #[must_use]
    pub fn hours(&self) -> Option<Hours<'_>> {
        self.site.hours.as_ref().map(|week| Hours::new(week, &self.site.exceptions))
    }

    /// When a service is open; `None`: always.
    #[must_use]
    pub fn service_hours<'a>(&'a self, service: &'a Service) -> Option<Hours<'a>> {
        let week = service.hours.as_ref().or(self.site.hours.as_ref());
        week.map(|week| Hours::new(week, &self.site.exceptions))
    }

    /// The counter of that name.
    #[must_use]
    pub fn counter(&self, id: &CounterId) -> Option<&Counter> {
        self.counters.iter().find(|c| &c.id == id)
    }

    /// The display of that name.
    #[must_use]
    pub fn display(&self, id: &DisplayId) -> Option<&Display> {
        self.displays.iter().find(|d| &d.id == id)
    }

    /// The hall of that name.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.site.zones.iter().find(|z| &z.id == id)
    }

    /// The wait that is promised for a service, in minutes, where one is.
    #[must_use]
    pub fn commitment_min(&self, service: &Service) -> Option<u32> {
        service.commitment_min.or(self.site.commitment_min)
    }

    /// Whether a display shows the calls of a counter. A counter of no hall is called in all of them.
    #[must_use]
    pub fn shows(&self, display: &Display, counter: &Counter) -> bool {
        if let Some(own) = display.counter.as_ref().filter(|_| display.layout == Layout::Counter) {
            return own == &counter.id;
        }
        display.zones.is_empty() || counter.zone.as_ref().is_none_or(|zone| display.zones.contains(zone))
    }

    /// The address of a ticket's page, in the capitals that make its QR code small.
    #[must_use]
    pub fn ticket_link(&self, token: &crate::token::TicketToken, label: &crate::label::Label) -> String {
        let host = self.site.public_url.to_ascii_uppercase();
        format!("{host}/T/{}/{}", token.in_address(), label.in_address())
    }
}

#[cfg(test)]
mod tests;
