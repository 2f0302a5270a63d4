//! What is said of a call: French first, then the ticket's language.

use std::fmt;
use std::str::FromStr;

use wire::catalogue::Localised;
use wire::ids::Language;
use wire::label::Label;
use wire::token::Hash32;

use crate::words::spoken;

/// Grows when the same words come to sound differently, so that nobody keeps the old sound.
const MAKE: u8 = 1;
/// Hexadecimal digits of a sound's name.
const DIGITS: usize = 32;

/// The name of a sound: a hash of what it says, so that the same words have the same address on every server.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ClipName(String);

impl fmt::Display for ClipName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ClipName {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let is = s.len() == DIGITS && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is.then(|| Self(s.to_owned())).ok_or(())
    }
}

/// Something to say in one language, behind a chime or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Phrase {
    lang: Language,
    text: String,
    chime: bool,
}

impl Phrase {
    /// What a call says: chime and French, then by itself the ticket's language where that is another.
    pub(crate) fn of_call(label: Label, counter: &Localised, lang: Language) -> Vec<Self> {
        let said = |lang: Language, chime| Self { lang, text: spoken::called(lang, label, counter.get(lang)), chime };
        let own = (!lang.is_french()).then(|| said(lang, false));
        [said(Language::Fr, true)].into_iter().chain(own).collect()
    }

    pub(crate) const fn lang(&self) -> Language {
        self.lang
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) const fn chimes(&self) -> bool {
        self.chime
    }

    /// Where its sound is found.
    pub(crate) fn clip(&self) -> ClipName {
        let all = format!("{MAKE}\n{}\n{}\n{}", self.lang.tag(), self.chime, self.text);
        ClipName(Hash32::of(all.as_bytes()).to_string().chars().take(DIGITS).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lang: Language) -> Vec<(Language, bool, String)> {
        let counter: Localised = [(Language::Fr, "Guichet 4".to_owned()), (Language::Uk, "Віконце 4".to_owned())]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
            .try_into()
            .unwrap();
        let phrases = Phrase::of_call("A 42".parse().unwrap(), &counter, lang);
        phrases.iter().map(|p| (p.lang(), p.chimes(), p.text().to_owned())).collect()
    }

    #[test]
    fn french_comes_first_and_the_tickets_language_is_a_second_sound() {
        let french = (Language::Fr, true, "Numéro A, 42, Guichet 4.".to_owned());
        assert_eq!(said(Language::Fr), std::slice::from_ref(&french));
        assert_eq!(said(Language::FrSimple), std::slice::from_ref(&french), "plain French is heard as French");
        assert_eq!(said(Language::Uk), [french.clone(), (Language::Uk, false, "Номер A, 42, Віконце 4.".to_owned())]);
        assert_eq!(said(Language::En)[1].2, "Number A, 42, Guichet 4.", "a counter that has no English name");
    }

    #[test]
    fn a_sounds_name_is_what_it_says() {
        let counter = Localised::french("Guichet 4");
        let names = |label: &str, lang| -> Vec<String> {
            let phrases = Phrase::of_call(label.parse().unwrap(), &counter, lang);
            phrases.iter().map(|phrase| phrase.clip().to_string()).collect()
        };
        assert_eq!(names("A 42", Language::Fr), names("A 42", Language::Fr));
        assert_eq!(names("A 42", Language::En)[0], names("A 42", Language::Ar)[0]);
        assert_ne!(names("A 42", Language::En)[1], names("A 42", Language::Ar)[1]);
        assert_ne!(names("A 42", Language::Fr), names("A 43", Language::Fr));
        let name = &names("A 42", Language::Fr)[0];
        assert_eq!(name.parse::<ClipName>().unwrap().to_string(), *name);
        for bad in ["", "../../etc/passwd", &name.to_uppercase(), &name[1..]] {
            assert!(bad.parse::<ClipName>().is_err() || bad.bytes().all(|b| b.is_ascii_digit()), "{bad:?}");
        }
    }
}
