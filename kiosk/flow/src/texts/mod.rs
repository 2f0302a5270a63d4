//! Texts in the visitor's language, from `assets/translations/*.po` (compiled in), and how that language writes
//! times, dates and numbers of people.

mod messages;

use std::collections::HashMap;

use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use jiff::civil::{Date, Time, Weekday};
use unic_langid::LanguageIdentifier;
use wire::ids::Language;

pub use messages::{Counted, Msg};

/// The texts of one language.
pub struct Texts {
    lang: Language,
    singular: HashMap<String, String>,
    plural: HashMap<String, Vec<String>>,
    rules: Option<PluralRules>,
}

/// A translation that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    /// The file is no `.po` file.
    #[error("assets/translations/{0}.po: {1}")]
    Syntax(&'static str, String),
    /// A text is missing.
    #[error("assets/translations/{0}.po: no translation of `{1}`")]
    Missing(&'static str, &'static str),
}

const fn source(lang: Language) -> Option<&'static str> {
    match lang {
        Language::Fr => Some(include_str!("../../../../assets/translations/fr.po")),
        // The keys are English.
        Language::En => None,
    }
}

impl Texts {
    /// The texts of a language, complete or not at all.
    pub fn load(lang: Language) -> Result<Self, TextsError> {
        let mut texts = Self {
            lang,
            singular: HashMap::new(),
            plural: HashMap::new(),
            rules: lang
                .tag()
                .parse()
                .ok()
                .and_then(|tag: LanguageIdentifier| PluralRules::create(tag, PluralRuleType::CARDINAL).ok()),
        };
        match source(lang) {
            Some(po) => texts.read(po)?,
            None => texts.take_keys(),
        }
        texts.check()?;
        Ok(texts)
    }

    fn read(&mut self, po: &str) -> Result<(), TextsError> {
        let catalog = polib::po_file::parse_from_reader(po.as_bytes())
            .map_err(|e| TextsError::Syntax(self.lang.tag(), e.to_string()))?;
        for message in catalog.messages() {
            if message.is_plural() {
                let forms = message.msgstr_plural().map(|f| f.to_vec()).unwrap_or_default();
                self.plural.insert(message.msgid().to_owned(), forms);
            } else {
                let text = message.msgstr().unwrap_or_default().to_owned();
                self.singular.insert(message.msgid().to_owned(), text);
            }
        }
        Ok(())
    }

    fn take_keys(&mut self) {
        self.singular = Msg::ALL.iter().map(|m| (m.id().to_owned(), m.id().to_owned())).collect();
        let forms = |c: &Counted| (c.ids().0.to_owned(), vec![c.ids().0.to_owned(), c.ids().1.to_owned()]);
        self.plural = Counted::ALL.iter().map(forms).collect();
    }

    fn check(&self) -> Result<(), TextsError> {
        let missing = |id| TextsError::Missing(self.lang.tag(), id);
        for msg in Msg::ALL {
            self.singular.get(msg.id()).filter(|t| !t.is_empty()).ok_or_else(|| missing(msg.id()))?;
        }
        for counted in Counted::ALL {
            let id = counted.ids().0;
            let forms = self.plural.get(id).ok_or_else(|| missing(id))?;
            if forms.len() < 2 || forms.iter().any(String::is_empty) {
                return Err(missing(id));
            }
        }
        Ok(())
    }

    /// The language.
    #[must_use]
    pub const fn lang(&self) -> Language {
        self.lang
    }

    /// A text.
    #[must_use]
    pub fn get(&self, msg: Msg) -> String {
        self.singular.get(msg.id()).cloned().unwrap_or_default()
    }

    /// A text with its `{names}` replaced.
    #[must_use]
    pub fn fill(&self, msg: Msg, values: &[(&str, &str)]) -> String {
        replace(self.get(msg), values)
    }

    /// A text that counts.
    #[must_use]
    pub fn count(&self, counted: Counted, n: u32) -> String {
        let category = self.rules.as_ref().and_then(|r| r.select(n).ok());
        let forms = self.plural.get(counted.ids().0).map_or(&[][..], Vec::as_slice);
        // Both languages of this version have two forms, in CLDR's order.
        let form = if category == Some(PluralCategory::ONE) { forms.first() } else { forms.last() };
        replace(form.cloned().unwrap_or_default(), &[("n", &n.to_string())])
    }

    /// `10 h 42`, `10:42 am`.
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        let (hour, minute) = (time.hour(), format!("{:02}", time.minute()));
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 }.to_string();
        let am_pm = if hour < 12 { "am" } else { "pm" };
        let values = [("hour", hour.to_string()), ("hour12", hour12), ("minute", minute), ("am_pm", am_pm.to_owned())];
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.fill(Msg::TimeOfDay, &values)
    }

    /// `Sam. 21 nov. 2026`, or without its year.
    #[must_use]
    pub fn date(&self, date: Date, with_year: bool) -> String {
        let msg = if with_year { Msg::TicketDate } else { Msg::TicketShortDate };
        let (weekday, month) = (self.get(weekday(date.weekday())), self.get(month(date.month())));
        let (day, year) = (date.day().to_string(), date.year().to_string());
        self.fill(msg, &[("weekday", &weekday), ("day", &day), ("month", &month), ("year", &year)])
    }
}

fn replace(mut text: String, values: &[(&str, &str)]) -> String {
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

const fn weekday(day: Weekday) -> Msg {
    match day {
        Weekday::Monday => Msg::Monday,
        Weekday::Tuesday => Msg::Tuesday,
        Weekday::Wednesday => Msg::Wednesday,
        Weekday::Thursday => Msg::Thursday,
        Weekday::Friday => Msg::Friday,
        Weekday::Saturday => Msg::Saturday,
        Weekday::Sunday => Msg::Sunday,
    }
}

const fn month(month: i8) -> Msg {
    match month {
        1 => Msg::January,
        2 => Msg::February,
        3 => Msg::March,
        4 => Msg::April,
        5 => Msg::May,
        6 => Msg::June,
        7 => Msg::July,
        8 => Msg::August,
        9 => Msg::September,
        10 => Msg::October,
        11 => Msg::November,
        _ => Msg::December,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_language_lacks_a_text() {
        for lang in Language::ALL {
            Texts::load(lang).unwrap();
        }
    }

    #[test]
    fn every_placeholder_survives_translation() {
        let names = |text: &str| -> Vec<String> {
            let mut names: Vec<_> =
                text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(n, _)| n.to_owned()).collect();
            names.sort();
            names
        };
        // A time of day is written with other parts in each language.
        for msg in Msg::ALL.iter().filter(|m| **m != Msg::TimeOfDay) {
            for lang in Language::ALL {
                let text = Texts::load(lang).unwrap().get(*msg);
                assert_eq!(names(&text), names(msg.id()), "{lang:?}: {text}");
            }
        }
    }

    #[test]
    fn a_missing_text_is_told_by_its_key() {
        let mut texts = Texts::load(Language::Fr).unwrap();
        texts.singular.insert(Msg::Back.id().to_owned(), String::new());
        assert_eq!(texts.check().unwrap_err().to_string(), "assets/translations/fr.po: no translation of `Back`");
    }

    #[test]
    fn each_language_writes_times_dates_and_numbers_its_own_way() {
        let (fr, en) = (Texts::load(Language::Fr).unwrap(), Texts::load(Language::En).unwrap());
        let time = jiff::civil::time(10, 42, 0, 0);
        assert_eq!(fr.time(time), "10\u{a0}h\u{a0}42");
        assert_eq!(en.time(time), "10:42 am");
        assert_eq!(en.time(jiff::civil::time(0, 5, 0, 0)), "12:05 am");
        assert_eq!(en.time(jiff::civil::time(13, 5, 0, 0)), "1:05 pm");
        let date = jiff::civil::date(2026, 11, 21);
        assert_eq!(fr.date(date, true), "Sam. 21 nov. 2026");
        assert_eq!(en.date(date, false), "Sat 21 Nov");
        assert_eq!(fr.count(Counted::PeopleAhead, 1), "1 personne avant vous");
        assert_eq!(fr.count(Counted::PeopleAhead, 7), "7 personnes avant vous");
        assert_eq!(en.count(Counted::PeopleAhead, 7), "7 people before you");
    }

    #[test]
    fn french_punctuation_is_never_torn_off() {
        for msg in Msg::ALL {
            let text = Texts::load(Language::Fr).unwrap().get(*msg);
            for (i, mark) in text.char_indices().filter(|(_, c)| matches!(c, ':' | ';' | '?' | '!' | '»')) {
                assert_eq!(text[..i].chars().next_back(), Some('\u{a0}'), "{mark} in {text:?} needs U+00A0 before it");
            }
            assert!(!text.contains(['\u{202f}', '\'']), "{text:?}: U+00A0 and U+2019 instead");
        }
    }
}
