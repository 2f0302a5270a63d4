//! A site's catalogue: what it offers, where, and what it asks. One file for the server and its bornes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{CounterId, DisplayId, FamilyId, Language, ServiceId, SiteId, SurveyId};
use crate::label::{LabelForm, Prefix};
use crate::opening::{Exception, Hours, Week};

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

/// A text in French and, where it is written, in other languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Language, String>", into = "BTreeMap<Language, String>")]
pub struct Localised(BTreeMap<Language, String>);

impl Localised {
    /// One text for every language.
    #[must_use]
    pub fn french(text: &str) -> Self {
        Self(BTreeMap::from([(Language::Fr, text.to_owned())]))
    }

    /// The text in a language, or in French where that language has none.
    #[must_use]
    pub fn get(&self, lang: Language) -> &str {
        self.0.get(&lang).or_else(|| self.0.get(&Language::Fr)).map_or("", String::as_str)
    }

    /// Whether there is a text in a language.
    #[must_use]
    pub fn is_in(&self, lang: Language) -> bool {
        self.0.contains_key(&lang)
    }

    /// Every text there is.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.0.iter().map(|(lang, text)| (*lang, text.as_str()))
    }
}

impl TryFrom<BTreeMap<Language, String>> for Localised {
    type Error = &'static str;
    fn try_from(texts: BTreeMap<Language, String>) -> Result<Self, Self::Error> {
        if texts.get(&Language::Fr).is_none_or(|t| t.trim().is_empty()) {
            return Err("the French text (`fr`) is missing");
        }
        Ok(Self(texts))
    }
}

impl From<Localised> for BTreeMap<Language, String> {
    fn from(l: Localised) -> Self {
        l.0
    }
}

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
    /// Whether visitors may say that they have priority; what gives it, where that differs from the usual.
    #[serde(default)]
    pub priority: Priority,
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

/// A group of services.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Identity.
    pub id: FamilyId,
    /// Its name, [`NAME_MAX`] characters at most.
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
    /// Its name, [`NAME_MAX`] characters at most.
    pub name: Localised,
    /// For narrow paper, where the name is longer than [`SHORT_NAME_MAX`].
    pub short_name: Option<Localised>,
    /// Where to wait: `Salle A, 1er étage`, [`ROOM_MAX`] characters at most.
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
    /// Whether its name tells something that others in the hall need not hear: it is spoken to a headset only.
    #[serde(default)]
    pub sensitive: bool,
}

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
}

/// A screen that shows the numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// Identity, in its address.
    pub id: DisplayId,
    /// `Hall, 1er étage`.
    pub name: Localised,
}

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
        let catalogue: Self =
            toml::from_str(text).map_err(|e| CatalogueError::Syntax(e.to_string().trim().to_owned()))?;
        let wrong = catalogue.violations();
        if wrong.is_empty() { Ok(catalogue) } else { Err(CatalogueError::Rules(wrong)) }
    }

    /// What visitors are shown as the site wrote it: names, documents, questions, answers.
    pub fn texts(&self) -> impl Iterator<Item = &Localised> {
        let services = self.services.iter().flat_map(|service| {
            [&service.name].into_iter().chain(&service.short_name).chain(&service.room).chain(&service.documents)
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

    /// The address of a ticket's page, in the capitals that make its QR code small.
    #[must_use]
    pub fn ticket_link(&self, token: &crate::token::TicketToken, label: &crate::label::Label) -> String {
        let host = self.site.public_url.to_ascii_uppercase();
        format!("{host}/T/{}/{}", token.in_address(), label.in_address())
    }

    /// What breaks a rule, each in a sentence.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        self.site_rules(&mut wrong);
        self.family_rules(&mut wrong);
        self.service_rules(&mut wrong);
        self.counter_rules(&mut wrong);
        self.survey_rules(&mut wrong);
        wrong
    }

    fn site_rules(&self, wrong: &mut Vec<String>) {
        let zone = &self.site.time_zone;
        if jiff::tz::TimeZone::get(zone).is_err() {
            wrong.push(format!("site.time_zone: `{zone}` is no IANA time zone such as `Europe/Paris`"));
        }
        let url = &self.site.public_url;
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if host.is_none_or(|h| h.is_empty() || h.contains(['/', '?', '#', '@'])) {
            wrong.push(format!("site.public_url: `{url}` must be `https://HOST` without a path"));
        }
        // "/T/", 26 characters, "/", and the longest label "W9.9999".
        let longest = url.len() + 3 + 26 + 1 + 7;
        if longest > QR_LINK_MAX || !url.to_ascii_uppercase().chars().all(|c| QR_ALPHANUMERIC.contains(c)) {
            wrong.push(format!(
                "site.public_url: `{url}` does not fit a ticket's QR code: {} characters of A-Z 0-9 - . : / at most",
                QR_LINK_MAX - 37
            ));
        }
    }

    fn family_rules(&self, wrong: &mut Vec<String>) {
        repeated("family.id", self.families.iter().map(|f| f.id.as_str()), wrong);
        repeated("site.languages", self.site.languages.iter().map(|l| l.tag()), wrong);
        for family in &self.families {
            for (lang, name) in family.name.iter().filter(|(_, name)| name.chars().count() > NAME_MAX) {
                let length = name.chars().count();
                wrong.push(format!(
                    "family `{}`: name.{} has {length} characters, the screen shows {NAME_MAX}",
                    family.id,
                    lang.tag()
                ));
            }
            if !self.services.iter().any(|s| s.family.as_ref() == Some(&family.id)) {
                wrong.push(format!("family `{}`: no service belongs to it", family.id));
            }
        }
        for service in &self.services {
            match &service.family {
                Some(family) if self.family(family).is_none() => {
                    wrong.push(format!("service `{}`: there is no family `{family}`", service.id));
                }
                None if !self.families.is_empty() => {
                    wrong.push(format!("service `{}`: name its family, the site has families", service.id));
                }
                Some(_) | None => {}
            }
            if service.quota == Some(0) {
                wrong.push(format!(
                    "service `{}`: a quota of 0 gives no ticket ever; remove the service, or its quota",
                    service.id
                ));
            }
        }
        for week in self.site.hours.iter().chain(self.services.iter().filter_map(|s| s.hours.as_ref())) {
            wrong.extend(week.violations());
        }
        wrong.extend(self.site.exceptions.iter().flat_map(Exception::violations));
    }

    fn service_rules(&self, wrong: &mut Vec<String>) {
        if self.services.is_empty() {
            wrong.push("service: a site offers one service or more".to_owned());
        }
        repeated("service.id", self.services.iter().map(|s| s.id.as_str()), wrong);
        for service in &self.services {
            let key = format!("service `{}`", service.id);
            if service.letter == Prefix::APPOINTMENT {
                wrong.push(format!("{key}: the letter R is for appointments; use another of {}", Prefix::ALLOWED));
            }
            for (lang, name) in service.name.iter() {
                let length = name.chars().count();
                if length > NAME_MAX {
                    wrong.push(format!("{key}: name.{} has {length} characters, {NAME_MAX} fit a ticket", lang.tag()));
                }
            }
            for lang in Language::ALL {
                let short = service.short_name.as_ref().unwrap_or(&service.name).get(lang);
                if short.chars().count() > SHORT_NAME_MAX {
                    let tag = lang.tag();
                    wrong.push(format!(
                        "{key}: narrow paper needs short_name.{tag} of {SHORT_NAME_MAX} characters at most"
                    ));
                }
            }
            for (lang, room) in service.room.iter().flat_map(Localised::iter) {
                let length = room.chars().count();
                if length > ROOM_MAX {
                    wrong.push(format!(
                        "{key}: room.{} has {length} characters, the screen shows {ROOM_MAX}",
                        lang.tag()
                    ));
                }
            }
            for document in &service.documents {
                for (lang, text) in document.iter().filter(|(_, text)| text.chars().count() > DOCUMENT_MAX) {
                    let (length, tag) = (text.chars().count(), lang.tag());
                    wrong.push(format!(
                        "{key}: a document ({tag}) of {length} characters, the screen shows {DOCUMENT_MAX}"
                    ));
                }
            }
            if service.documents.len() > 5 {
                wrong.push(format!("{key}: {} documents, the screen shows 5", service.documents.len()));
            }
        }
    }

    fn counter_rules(&self, wrong: &mut Vec<String>) {
        repeated("counter.id", self.counters.iter().map(|c| c.id.as_str()), wrong);
        repeated("display.id", self.displays.iter().map(|d| d.id.as_str()), wrong);
        for counter in &self.counters {
            for service in &counter.services {
                if self.service(service).is_none() {
                    wrong.push(format!("counter `{}`: there is no service `{service}`", counter.id));
                }
            }
        }
        for service in &self.services {
            if !self.counters.iter().any(|c| c.services.contains(&service.id)) {
                wrong
                    .push(format!("service `{}`: no counter receives for it, nobody would ever be called", service.id));
            }
        }
    }

    fn survey_rules(&self, wrong: &mut Vec<String>) {
        let Some(survey) = &self.survey else { return };
        if !(1..=4).contains(&survey.questions.len()) {
            wrong.push(format!("survey: {} questions, 1 to 4 are asked", survey.questions.len()));
        }
        if survey.questions.first().is_some_and(|q| q.scale != Scale::Faces) {
            wrong.push("survey: the first question is answered by faces (scale = \"faces\")".to_owned());
        }
        for (i, question) in survey.questions.iter().enumerate() {
            let allowed = match question.scale {
                Scale::Faces => 3..=4,
                Scale::Rows => 2..=5,
            };
            let count = question.answers.len();
            if !allowed.contains(&count) {
                let (low, high) = allowed.into_inner();
                wrong.push(format!("survey.question {}: {count} answers, {low} to {high} are shown", i + 1));
            }
        }
    }
}

fn repeated<'a>(key: &str, values: impl Iterator<Item = &'a str>, wrong: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value) {
            wrong.push(format!("{key}: `{value}` stands twice"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../config/examples/marseille/site.toml");

    #[test]
    fn the_shipped_example_is_valid() {
        let catalogue = Catalogue::from_toml(GOOD).unwrap();
        assert!(catalogue.services.len() >= 5);
    }

    #[test]
    fn a_ticket_link_fits_its_qr_code() {
        let catalogue = Catalogue::from_toml(GOOD).unwrap();
        let token = crate::token::TicketToken::from_random([255; 16]);
        let link = catalogue.ticket_link(&token, &"W9 9999".parse().unwrap());
        assert!(link.len() <= QR_LINK_MAX && link.chars().all(|c| QR_ALPHANUMERIC.contains(c)), "{link}");
        assert!(link.ends_with("/W9.9999"), "{link}");
    }

    fn refused(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "the example no longer holds {from:?}");
        Catalogue::from_toml(&GOOD.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_used_names_key_and_remedy() {
        let unknown = refused("time_zone", "timezone");
        assert!(unknown.contains("unknown field `timezone`") && unknown.contains("`time_zone`"), "{unknown}");
        assert!(unknown.contains("line "), "{unknown}");
        assert!(refused("Europe/Paris", "Europe/Marseille").contains("site.time_zone"));
        assert!(refused("letter = \"A\"", "letter = \"R\"").contains("appointments"));
        assert!(refused("letter = \"A\"", "letter = \"O\"").contains(Prefix::ALLOWED));
        assert!(refused("scale = \"faces\"", "scale = \"rows\"").contains("survey"));
        assert!(refused("public_url = \"http", "public_url = \"ftp").contains("public_url"));
        assert!(
            refused("letter = \"A\"", "family = \"papiers\"\nletter = \"A\"").contains("there is no family `papiers`")
        );
        assert!(refused("letter = \"A\"", "quota = 0\nletter = \"A\"").contains("quota"));
        assert!(refused("mon = [\"08:15-16:15\"]", "mon = [\"12:00-08:30\"]").contains("12:00-08:30"));
    }
}
