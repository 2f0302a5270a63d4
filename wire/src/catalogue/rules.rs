//! What must hold in a catalogue.

use std::collections::BTreeSet;

use super::fault::{Fault, PUBLIC_URL_MAX, Part, Text};
use super::{ADDRESS_MAX, Catalogue, Layout, Localised, MEDIA_S_MAX, QR_ALPHANUMERIC, SHORT_NAME_MAX, Scale, Service};
use crate::ids::Language;
use crate::label::Prefix;
use crate::opening::Week;

impl Catalogue {
    /// What breaks a rule, each in a sentence that names the key and the remedy.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.faults().iter().map(Fault::to_string).collect()
    }

    /// What breaks a rule.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut wrong = Vec::new();
        self.site_rules(&mut wrong);
        self.promise_rules(&mut wrong);
        self.family_rules(&mut wrong);
        self.hours_rules(&mut wrong);
        self.service_rules(&mut wrong);
        self.counter_rules(&mut wrong);
        self.display_rules(&mut wrong);
        self.survey_rules(&mut wrong);
        wrong
    }

    fn site_rules(&self, wrong: &mut Vec<Fault>) {
        let zone = &self.site.time_zone;
        if jiff::tz::TimeZone::get(zone).is_err() {
            wrong.push(Fault::TimeZone(zone.clone()));
        }
        let url = &self.site.public_url;
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if host.is_none_or(|h| h.is_empty() || h.contains(['/', '?', '#', '@'])) {
            wrong.push(Fault::PublicUrl(url.clone()));
        }
        // Behind it stand "/T/", 26 characters, "/", and the longest label "W9.9999".
        if url.len() > PUBLIC_URL_MAX || !url.to_ascii_uppercase().chars().all(|c| QR_ALPHANUMERIC.contains(c)) {
            wrong.push(Fault::LongPublicUrl(url.clone()));
        }
    }

    fn promise_rules(&self, wrong: &mut Vec<Fault>) {
        let own = self.services.iter().map(|s| (Part::Service(s.id.clone()), s.commitment_min));
        for (part, minutes) in [(Part::Site, self.site.commitment_min)].into_iter().chain(own) {
            if minutes == Some(0) {
                wrong.push(Fault::NoWait(part));
            }
        }
        if self.site.address.as_ref().is_some_and(|address| !(1..=ADDRESS_MAX).contains(&address.chars().count())) {
            wrong.push(Fault::Address);
        }
        if self.site.nearby.contains(&self.site.id) {
            wrong.push(Fault::NearItself);
        }
    }

    fn family_rules(&self, wrong: &mut Vec<Fault>) {
        repeated("family.id", self.families.iter().map(|f| f.id.as_str()), wrong);
        repeated("site.languages", self.site.languages.iter().map(|l| l.tag()), wrong);
        for family in &self.families {
            too_long(&Part::Family(family.id.clone()), Text::Name, &family.name, wrong);
            if !self.services.iter().any(|s| s.family.as_ref() == Some(&family.id)) {
                wrong.push(Fault::EmptyFamily(family.id.clone()));
            }
        }
        for service in &self.services {
            let id = || service.id.clone();
            match &service.family {
                Some(family) if self.family(family).is_none() => {
                    wrong.push(Fault::UnknownFamily(id(), family.clone()));
                }
                None if !self.families.is_empty() => wrong.push(Fault::NoFamily(id())),
                Some(_) | None => {}
            }
            if service.quota == Some(0) {
                wrong.push(Fault::NoQuota(id()));
            }
        }
    }

    fn hours_rules(&self, wrong: &mut Vec<Fault>) {
        let own = |service: &'_ Service| (Part::Service(service.id.clone()), service.hours.clone());
        let weeks = [(Part::Site, self.site.hours.clone())].into_iter().chain(self.services.iter().map(own));
        for (part, week) in weeks {
            for (day, late, early) in week.iter().flat_map(Week::torn) {
                let part = part.clone();
                wrong.push(Fault::Torn { part, weekday: Some(day), exception: None, late, early });
            }
        }
        for exception in &self.site.exceptions {
            if exception.to.is_some_and(|to| to < exception.from) {
                wrong.push(Fault::Backwards(exception.from));
            }
            if let Some((late, early)) = exception.torn() {
                let exception = Some(exception.from);
                wrong.push(Fault::Torn { part: Part::Site, weekday: None, exception, late, early });
            }
        }
    }

    fn service_rules(&self, wrong: &mut Vec<Fault>) {
        if self.services.is_empty() {
            wrong.push(Fault::NoService);
        }
        repeated("service.id", self.services.iter().map(|s| s.id.as_str()), wrong);
        for service in &self.services {
            let part = Part::Service(service.id.clone());
            if service.letter == Prefix::APPOINTMENT {
                wrong.push(Fault::AppointmentLetter(service.id.clone()));
            }
            too_long(&part, Text::Name, &service.name, wrong);
            for lang in Language::ALL {
                let short = service.short_name.as_ref().unwrap_or(&service.name).get(lang);
                let length = short.chars().count();
                if length > SHORT_NAME_MAX {
                    wrong.push(Fault::Long { part: part.clone(), text: Text::ShortName, lang, length });
                }
            }
            service.room.iter().for_each(|room| too_long(&part, Text::Room, room, wrong));
            service.documents.iter().for_each(|document| too_long(&part, Text::Document, document, wrong));
            service.full_text.iter().for_each(|text| too_long(&part, Text::Full, text, wrong));
            if service.documents.len() > 5 {
                wrong.push(Fault::Documents(service.id.clone(), service.documents.len()));
            }
        }
    }

    fn counter_rules(&self, wrong: &mut Vec<Fault>) {
        repeated("counter.id", self.counters.iter().map(|c| c.id.as_str()), wrong);
        for counter in &self.counters {
            for service in counter.services.iter().filter(|service| self.service(service).is_none()) {
                wrong.push(Fault::UnknownService(counter.id.clone(), service.clone()));
            }
        }
        for service in &self.services {
            if !self.counters.iter().any(|c| c.services.contains(&service.id)) {
                wrong.push(Fault::NoCounter(service.id.clone()));
            }
        }
    }

    fn display_rules(&self, wrong: &mut Vec<Fault>) {
        repeated("site.zone.id", self.site.zones.iter().map(|z| z.id.as_str()), wrong);
        repeated("display.id", self.displays.iter().map(|d| d.id.as_str()), wrong);
        let counters =
            self.counters.iter().flat_map(|c| c.zone.iter().map(move |zone| (Part::Counter(c.id.clone()), zone)));
        let displays =
            self.displays.iter().flat_map(|d| d.zones.iter().map(move |zone| (Part::Display(d.id.clone()), zone)));
        for (part, zone) in counters.chain(displays).filter(|(_, zone)| self.zone(zone).is_none()) {
            wrong.push(Fault::UnknownZone(part, zone.clone()));
        }
        for display in &self.displays {
            let id = || display.id.clone();
            match (&display.counter, display.layout) {
                (None, Layout::Counter) => wrong.push(Fault::DisplayWithoutCounter(id())),
                (Some(counter), Layout::Counter) if self.counter(counter).is_none() => {
                    wrong.push(Fault::DisplayOverUnknown(id(), counter.clone()));
                }
                (Some(_), Layout::List | Layout::Shared | Layout::Directions) => {
                    wrong.push(Fault::DisplayOverNone(id()));
                }
                (Some(_), Layout::Counter) | (None, Layout::List | Layout::Shared | Layout::Directions) => {}
            }
            if !display.media.is_empty() && display.layout != Layout::Shared {
                wrong.push(Fault::MediaUnused(id()));
            }
            for media in &display.media {
                if !media.is_named_well() {
                    wrong.push(Fault::MediaName(id(), media.file.clone()));
                }
                if !(1..=MEDIA_S_MAX).contains(&media.seconds) {
                    wrong.push(Fault::MediaSeconds(id(), media.file.clone(), media.seconds));
                }
            }
        }
    }

    fn survey_rules(&self, wrong: &mut Vec<Fault>) {
        let Some(survey) = &self.survey else { return };
        if !(1..=4).contains(&survey.questions.len()) {
            wrong.push(Fault::Questions(survey.questions.len()));
        }
        if survey.questions.first().is_some_and(|q| q.scale != Scale::Faces) {
            wrong.push(Fault::FirstQuestion);
        }
        for (i, question) in survey.questions.iter().enumerate() {
            let (least, most) = question.scale.answers();
            let count = question.answers.len();
            if !(least..=most).contains(&count) {
                wrong.push(Fault::Answers { question: i + 1, count, least, most });
            }
        }
    }
}

fn too_long(part: &Part, text: Text, texts: &Localised, wrong: &mut Vec<Fault>) {
    for (lang, written) in texts.iter() {
        let length = written.chars().count();
        if length > text.most() {
            wrong.push(Fault::Long { part: part.clone(), text, lang, length });
        }
    }
}

fn repeated<'a>(key: &'static str, values: impl Iterator<Item = &'a str>, wrong: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value) {
            wrong.push(Fault::Twice { key, value: value.to_owned() });
        }
    }
}
