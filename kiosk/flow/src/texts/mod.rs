//! Texts in the visitor's language, from `assets/translations/*.po` (compiled in), and how that language writes
//! times, dates and numbers of people.

mod messages;

use std::collections::HashMap;
use std::sync::OnceLock;

use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use jiff::civil::{Date, DateTime, Time, Weekday};
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

/// The texts of every language, each read when it is first needed: the first screen does not wait for the ninth.
#[derive(Default)]
pub struct Library([OnceLock<Texts>; Language::ALL.len()]);

impl Library {
    /// The texts of a language. They are compiled in and complete, which a test proves; of a file that were not, the
    /// English keys would be shown.
    pub fn get(&self, lang: Language) -> &Texts {
        let at = Language::ALL.iter().position(|l| *l == lang).unwrap_or_default();
        self.0[at].get_or_init(|| Texts::load(lang).unwrap_or_else(|_| Texts::keys(lang)))
    }
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
        // The keys are English.
        Language::En => None,
        Language::Fr => Some(include_str!("../../../../assets/translations/fr.po")),
        Language::Es => Some(include_str!("../../../../assets/translations/es.po")),
        Language::Pt => Some(include_str!("../../../../assets/translations/pt.po")),
        Language::Ar => Some(include_str!("../../../../assets/translations/ar.po")),
        Language::Tr => Some(include_str!("../../../../assets/translations/tr.po")),
        Language::Uk => Some(include_str!("../../../../assets/translations/uk.po")),
        Language::Zh => Some(include_str!("../../../../assets/translations/zh.po")),
        Language::FrSimple => Some(include_str!("../../../../assets/translations/fr-simple.po")),
    }
}

/// The languages of staff's screens.
const fn of_staff(lang: Language) -> bool {
    matches!(lang, Language::Fr | Language::En)
}

/// The plural categories of a language in the order of its forms in a `.po` file (Unicode CLDR, cardinal numbers).
const fn categories(lang: Language) -> &'static [PluralCategory] {
    use PluralCategory::{FEW, MANY, ONE, OTHER, TWO, ZERO};
    match lang {
        Language::Fr | Language::En | Language::Es | Language::Pt | Language::Tr | Language::FrSimple => &[ONE, OTHER],
        Language::Uk => &[ONE, FEW, MANY],
        Language::Ar => &[ZERO, ONE, TWO, FEW, MANY, OTHER],
        Language::Zh => &[OTHER],
    }
}

impl Texts {
    /// The texts of a language, complete or not at all.
    pub fn load(lang: Language) -> Result<Self, TextsError> {
        let mut texts = Self::keys(lang);
        if let Some(po) = source(lang) {
            texts.singular.clear();
            texts.plural.clear();
            texts.read(po)?;
        }
        texts.check()?;
        Ok(texts)
    }

    /// The keys for texts.
    fn keys(lang: Language) -> Self {
        let forms = |c: &Counted| (c.ids().0.to_owned(), vec![c.ids().0.to_owned(), c.ids().1.to_owned()]);
        let all = Msg::VISITORS.iter().chain(Msg::STAFF);
        let tag: Option<LanguageIdentifier> = lang.bcp47().parse().ok();
        Self {
            lang,
            singular: all.map(|m| (m.id().to_owned(), m.english().to_owned())).collect(),
            plural: Counted::ALL.iter().map(forms).collect(),
            rules: tag.and_then(|tag| {
                let language = LanguageIdentifier::from_parts(tag.language, None, None, &[]);
                PluralRules::create(language, PluralRuleType::CARDINAL).ok()
            }),
        }
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

    fn check(&self) -> Result<(), TextsError> {
        let missing = |id| TextsError::Missing(self.lang.tag(), id);
        let staff = if of_staff(self.lang) { Msg::STAFF } else { &[] };
        for msg in Msg::VISITORS.iter().chain(staff) {
            self.singular.get(msg.id()).filter(|t| !t.is_empty()).ok_or_else(|| missing(msg.id()))?;
        }
        for counted in Counted::ALL.iter().filter(|c| of_staff(self.lang) || !c.is_for_staff()) {
            let id = counted.ids().0;
            let forms = self.plural.get(id).ok_or_else(|| missing(id))?;
            if forms.len() != categories(self.lang).len() || forms.iter().any(String::is_empty) {
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
        let place = categories(self.lang).iter().position(|c| Some(c) == category.as_ref());
        // A category that the file has no form for is one of fractions: the last form is the general one.
        let form = place.and_then(|at| forms.get(at)).or_else(|| forms.last());
        replace(form.cloned().unwrap_or_default(), &[("n", &n.to_string())])
    }

    /// `10 h 42`, `10:42 am`, `10:42`: with its minutes also on the hour.
    #[must_use]
    pub fn clock(&self, time: Time) -> String {
        self.time_as(Msg::TimeOfDay, time)
    }

    /// As a person says it: `14 h`, `2 pm`, `10 h 30`.
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        self.time_as(if time.minute() == 0 { Msg::TimeOnTheHour } else { Msg::TimeOfDay }, time)
    }

    fn time_as(&self, msg: Msg, time: Time) -> String {
        let (hour, minute) = (time.hour(), format!("{:02}", time.minute()));
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 }.to_string();
        let am_pm = if hour < 12 { "am" } else { "pm" };
        let values = [("hour", hour.to_string()), ("hour12", hour12), ("minute", minute), ("am_pm", am_pm.to_owned())];
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.fill(msg, &values)
    }

    /// A moment to come, as a person says it today: `demain, 8 h 30`, `lundi 23 novembre, 8 h 30`.
    #[must_use]
    pub fn moment(&self, at: DateTime, today: Date) -> String {
        let time = self.time(at.time());
        let tomorrow = today.tomorrow().ok();
        if at.date() == today {
            return self.fill(Msg::Today, &[("time", &time)]);
        }
        if Some(at.date()) == tomorrow {
            return self.fill(Msg::Tomorrow, &[("time", &time)]);
        }
        let (weekday, month) = (self.get(weekday(at.date().weekday())), self.get(month(at.date().month())));
        let day = self.day(at.date());
        self.fill(Msg::LaterDay, &[("weekday", &weekday), ("day", &day), ("month", &month), ("time", &time)])
    }

    /// The day of a month: French counts its first one.
    fn day(&self, date: Date) -> String {
        if date.day() == 1 && self.lang.is_french() { "1er".to_owned() } else { date.day().to_string() }
    }

    /// `Sam. 21 nov. 2026`, or without its year.
    #[must_use]
    pub fn date(&self, date: Date, with_year: bool) -> String {
        let msg = if with_year { Msg::TicketDate } else { Msg::TicketShortDate };
        let (weekday, month) = (self.get(short_weekday(date.weekday())), self.get(short_month(date.month())));
        let (day, year) = (self.day(date), date.year().to_string());
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

const fn short_weekday(day: Weekday) -> Msg {
    match day {
        Weekday::Monday => Msg::ShortMonday,
        Weekday::Tuesday => Msg::ShortTuesday,
        Weekday::Wednesday => Msg::ShortWednesday,
        Weekday::Thursday => Msg::ShortThursday,
        Weekday::Friday => Msg::ShortFriday,
        Weekday::Saturday => Msg::ShortSaturday,
        Weekday::Sunday => Msg::ShortSunday,
    }
}

const fn short_month(month: i8) -> Msg {
    match month {
        1 => Msg::ShortJanuary,
        2 => Msg::ShortFebruary,
        3 => Msg::ShortMarch,
        4 => Msg::ShortApril,
        5 => Msg::ShortMay,
        6 => Msg::ShortJune,
        7 => Msg::ShortJuly,
        8 => Msg::ShortAugust,
        9 => Msg::ShortSeptember,
        10 => Msg::ShortOctober,
        11 => Msg::ShortNovember,
        _ => Msg::ShortDecember,
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
        let free = [Msg::TimeOfDay, Msg::TimeOnTheHour];
        for lang in Language::ALL {
            let texts = Texts::load(lang).unwrap();
            let staff = if of_staff(lang) { Msg::STAFF } else { &[] };
            for msg in Msg::VISITORS.iter().chain(staff).filter(|m| !free.contains(m)) {
                let text = texts.get(*msg);
                assert_eq!(names(&text), names(msg.id()), "{lang:?}: {text}");
            }
            for counted in Counted::ALL {
                let forms = texts.plural.get(counted.ids().0).map_or(&[][..], Vec::as_slice);
                assert!(forms.iter().all(|form| names(form).iter().all(|name| name == "n")), "{lang:?}: {forms:?}");
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
        let texts = |lang| Texts::load(lang).unwrap();
        let (fr, en) = (texts(Language::Fr), texts(Language::En));
        let time = jiff::civil::time(10, 42, 0, 0);
        assert_eq!(fr.time(time), "10\u{a0}h\u{a0}42");
        assert_eq!(en.time(time), "10:42 am");
        assert_eq!(en.time(jiff::civil::time(0, 5, 0, 0)), "12:05 am");
        let two = jiff::civil::time(14, 0, 0, 0);
        assert_eq!((fr.time(two), en.time(two)), ("14\u{a0}h".to_owned(), "2 pm".to_owned()));
        assert_eq!((fr.clock(two), en.clock(two)), ("14\u{a0}h\u{a0}00".to_owned(), "2:00 pm".to_owned()));
        for lang in [Language::Es, Language::Pt, Language::Ar, Language::Tr, Language::Uk, Language::Zh] {
            let clock = texts(lang).clock(time);
            assert!(clock.contains("10") && clock.contains("42") && !clock.contains('{'), "{lang:?}: {clock}");
        }
        let date = jiff::civil::date(2026, 11, 21);
        assert_eq!(fr.date(date, true), "Sam. 21 nov. 2026");
        assert_eq!(en.date(date, false), "Sat 21 Nov");
        let monday = jiff::civil::date(2026, 11, 23).at(8, 30, 0, 0);
        assert_eq!(fr.moment(monday, date), "lundi 23 novembre, 8\u{a0}h\u{a0}30");
        assert_eq!(en.moment(monday, date), "Monday 23 November, 8:30 am");
        assert_eq!(fr.moment(monday, date.tomorrow().unwrap()), "demain, 8\u{a0}h\u{a0}30");
    }

    #[test]
    fn each_language_counts_with_its_own_plurals() {
        let ahead = |lang, n| Texts::load(lang).unwrap().count(Counted::PeopleAhead, n);
        assert_eq!(ahead(Language::Fr, 1), "1\u{a0}personne avant vous");
        assert_eq!(ahead(Language::Fr, 7), "7\u{a0}personnes avant vous");
        assert_eq!(ahead(Language::En, 7), "7 people before you");
        let distinct = |lang, numbers: &[u32]| {
            let forms: std::collections::BTreeSet<String> =
                numbers.iter().map(|n| ahead(lang, *n).replace(&n.to_string(), "")).collect();
            forms.len()
        };
        // One, few, many in Ukrainian; one, two, few, many, other in Arabic; one form for all in Chinese.
        assert_eq!(distinct(Language::Uk, &[1, 2, 5]), 3);
        assert_eq!(distinct(Language::Uk, &[1, 21, 101]), 1);
        assert!(distinct(Language::Ar, &[1, 2, 3, 11, 100]) >= 4);
        assert_eq!(distinct(Language::Zh, &[1, 2, 5, 11]), 1);
    }

    #[test]
    fn french_punctuation_is_never_torn_off() {
        let both = [Language::Fr, Language::FrSimple].map(|lang| Texts::load(lang).unwrap());
        let texts = both.iter().flat_map(|texts| Msg::VISITORS.iter().map(|msg| texts.get(*msg)));
        for text in texts.chain(Msg::STAFF.iter().map(|msg| both[0].get(*msg))) {
            for (i, mark) in text.char_indices().filter(|(_, c)| matches!(c, ':' | ';' | '?' | '!' | '»')) {
                assert_eq!(text[..i].chars().next_back(), Some('\u{a0}'), "{mark} in {text:?} needs U+00A0 before it");
            }
            assert!(!text.contains(['\u{202f}', '\'']), "{text:?}: U+00A0 and U+2019 instead");
        }
    }
}
