//! What the page of a ticket says on a phone.

mod texts;

use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use unic_langid::LanguageIdentifier;
use wire::ids::Language;

use super::fill;

pub(crate) use texts::words;

/// The sentences of the page, in one language.
pub(crate) struct Words {
    pub(crate) skip: &'static str,
    pub(crate) number: &'static str,
    pub(crate) your_number: &'static str,
    /// Of every token that leads nowhere, for whatever reason.
    pub(crate) keep: &'static str,
    pub(crate) too_often: &'static str,
    pub(crate) language: &'static str,
    updated: &'static str,
    pub(crate) refresh: &'static str,
    nobody: &'static str,
    before: Forms,
    appointment: &'static str,
    /// Where to: the counter's name follows.
    pub(crate) go: &'static str,
    /// The same once the person is there.
    pub(crate) serving: &'static str,
    /// Set aside: the counter's name follows.
    pub(crate) parked: &'static str,
    pub(crate) done: &'static str,
    pub(crate) absent: &'static str,
    /// Absent, and called once more.
    pub(crate) returned: &'static str,
    pub(crate) given_up: &'static str,
    pub(crate) cancelled: &'static str,
    take_back_until: &'static str,
    pub(crate) take_back: &'static str,
    pub(crate) give_up: &'static str,
    pub(crate) give_up_title: &'static str,
    give_up_text: &'static str,
    pub(crate) give_up_yes: &'static str,
    pub(crate) more: &'static str,
    pub(crate) more_title: &'static str,
    pub(crate) more_text: &'static str,
    more_left: &'static str,
    pub(crate) more_yes: &'static str,
    /// An appointment keeps its slot.
    pub(crate) more_slot: &'static str,
    pub(crate) more_often: &'static str,
    pub(crate) more_nobody: &'static str,
    /// What was asked cannot be done any more.
    pub(crate) too_late: &'static str,
    pub(crate) back: &'static str,
    pub(crate) documents: &'static str,
    pub(crate) address: &'static str,
    pub(crate) help: &'static str,
    pub(crate) alert: &'static str,
    pub(crate) alert_text: &'static str,
    pub(crate) alert_on: &'static str,
    pub(crate) offline: &'static str,
}

/// A sentence with a number of people in it, `{n}`, in the forms a language has; where it has fewer, several are the same.
struct Forms {
    one: &'static str,
    two: &'static str,
    few: &'static str,
    many: &'static str,
    other: &'static str,
}

impl Words {
    /// « 4 personnes avant vous »
    pub(crate) fn before(&self, lang: Language, people: usize) -> String {
        if people == 0 {
            return self.nobody.to_owned();
        }
        let Forms { one, two, few, many, other } = self.before;
        let form = match category(lang, people) {
            PluralCategory::ONE => one,
            PluralCategory::TWO => two,
            PluralCategory::FEW => few,
            PluralCategory::MANY => many,
            PluralCategory::ZERO | PluralCategory::OTHER => other,
        };
        fill(form, &[("n", &people.to_string())])
    }

    /// « Mis à jour à 9 h 42 »
    pub(crate) fn updated(&self, time: &str) -> String {
        fill(self.updated, &[("time", time)])
    }

    /// « Rendez-vous à 10 h 40 »
    pub(crate) fn appointment(&self, time: &str) -> String {
        fill(self.appointment, &[("time", time)])
    }

    /// Until when a place that was given up can be had again.
    pub(crate) fn take_back_until(&self, time: &str) -> String {
        fill(self.take_back_until, &[("time", time)])
    }

    /// What giving up means, and how long it can be taken back.
    pub(crate) fn give_up_text(&self, minutes: u32) -> String {
        fill(self.give_up_text, &[("minutes", &minutes.to_string())])
    }

    /// How often somebody may still let others go first.
    pub(crate) fn more_left(&self, times: u32) -> String {
        fill(self.more_left, &[("n", &times.to_string())])
    }
}

fn category(lang: Language, n: usize) -> PluralCategory {
    let tag = if lang.is_french() { "fr" } else { lang.tag() };
    let rules = tag.parse::<LanguageIdentifier>().ok().map(|tag| PluralRules::create(tag, PluralRuleType::CARDINAL));
    rules.and_then(Result::ok).and_then(|rules| rules.select(n).ok()).unwrap_or(PluralCategory::OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lang: Language) -> Vec<&'static str> {
        let Words { skip, number, your_number, keep, too_often, language, updated, refresh, nobody, before, .. } =
            words(lang);
        let Words { appointment, go, serving, parked, done, absent, returned, given_up, cancelled, .. } = words(lang);
        let Words { take_back_until, take_back, give_up, give_up_title, give_up_text, give_up_yes, .. } = words(lang);
        let Words { more, more_title, more_text, more_left, more_yes, more_slot, more_often, .. } = words(lang);
        let Words { more_nobody, too_late, back, documents, address, help, alert, alert_text, .. } = words(lang);
        let Words { alert_on, offline, .. } = words(lang);
        let Forms { one, two, few, many, other } = before;
        [
            skip,
            number,
            your_number,
            keep,
            too_often,
            language,
            updated,
            refresh,
            nobody,
            appointment,
            go,
            serving,
            parked,
            done,
            absent,
            returned,
            given_up,
            cancelled,
            take_back_until,
            take_back,
            give_up,
            give_up_title,
            give_up_text,
            give_up_yes,
            more,
            more_title,
            more_text,
            more_left,
            more_yes,
            more_slot,
            more_often,
            more_nobody,
            too_late,
            back,
            documents,
            address,
            help,
            alert,
            alert_text,
            alert_on,
            offline,
            one,
            two,
            few,
            many,
            other,
        ]
        .map(|text| *text)
        .to_vec()
    }

    #[test]
    fn every_text_stands_in_every_language_with_the_same_places_to_fill() {
        let places = |text: &str| -> Vec<String> {
            let named = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
            named.map(|(name, _)| name.to_owned()).filter(|name| name != "n").collect()
        };
        let french = all(Language::Fr);
        for lang in Language::ALL {
            for (text, in_french) in all(lang).iter().zip(&french) {
                assert!(!text.trim().is_empty(), "{}: {in_french}", lang.tag());
                assert_eq!(places(text), places(in_french), "{}: {text}", lang.tag());
                assert!(lang.is_french() || text != in_french, "{}: {text} was not translated", lang.tag());
            }
            assert!(words(lang).more_left.contains("{n}") && words(lang).before.other.contains("{n}"));
        }
    }

    #[test]
    fn plain_french_is_not_longer_than_french() {
        let length = |lang| all(lang).iter().map(|text| text.chars().count()).sum::<usize>();
        assert!(length(Language::FrSimple) < length(Language::Fr));
        let longest = |lang| all(lang).iter().flat_map(|text| text.split(['.', '?', ':'])).map(str::len).max();
        assert!(longest(Language::FrSimple) < longest(Language::Fr), "one idea a sentence");
    }

    #[test]
    fn people_are_counted_as_each_language_counts() {
        let said = |lang, n| words(lang).before(lang, n);
        assert_eq!(
            [0, 1, 2].map(|n| said(Language::Fr, n)),
            ["Personne avant vous", "1 personne avant vous", "2 personnes avant vous"]
        );
        let arabic = [0, 1, 2, 3, 11, 100].map(|n| said(Language::Ar, n));
        assert_eq!(
            arabic,
            ["لا أحد قبلك", "شخص واحد قبلك", "شخصان قبلك", "3 أشخاص قبلك", "11 شخصًا قبلك", "100 شخص قبلك"]
        );
        let ukrainian = [1, 3, 5, 21].map(|n| said(Language::Uk, n));
        assert_eq!(
            ukrainian,
            ["Перед Вами 1 людина", "Перед Вами 3 людини", "Перед Вами 5 людей", "Перед Вами 21 людина"]
        );
        assert_eq!(said(Language::Zh, 4), "您前面有4人");
        assert_eq!(said(Language::FrSimple, 1), "1 personne avant vous");
    }
}
