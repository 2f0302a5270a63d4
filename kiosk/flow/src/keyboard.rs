//! The keyboards on the screen, and what is typed with them.

use std::fmt;

use wire::ids::Language;

use crate::input::Typed;

/// What was typed: shown to nobody, not even to a log; its bytes are overwritten when it goes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(zeroize::Zeroizing<String>);

impl Secret {
    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many characters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a key in; more than `longest` characters are not taken.
    pub fn take(&mut self, typed: Typed, longest: usize) {
        match typed {
            Typed::Char(c) if self.len() < longest => self.0.push(c),
            Typed::Erase => drop(self.0.pop()),
            Typed::Char(_) | Typed::Validate => {}
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A keyboard on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keyboard {
    /// Ten digits, three in a row as on a telephone.
    Digits,
    /// A row of digits, then letters as the language's keyboards have them.
    Letters,
}

/// A keyboard's keys, row by row from the left. It is never mirrored.
#[must_use]
pub fn keys(keyboard: Keyboard, lang: Language) -> Vec<Vec<Typed>> {
    let row = |text: &str| text.chars().map(Typed::Char).collect::<Vec<_>>();
    match keyboard {
        Keyboard::Digits => {
            let mut last = vec![Typed::Erase];
            last.extend(row("0"));
            last.push(Typed::Validate);
            vec![row("123"), row("456"), row("789"), last]
        }
        Keyboard::Letters => {
            let [first, second, third] = letters(lang);
            let mut last = row(third);
            last.extend([Typed::Erase, Typed::Validate]);
            vec![row("1234567890"), row(first), row(second), last]
        }
    }
}

/// The three rows of letters of a language's keyboards, as far as references need them: A to Z.
const fn letters(lang: Language) -> [&'static str; 3] {
    match lang {
        Language::Fr | Language::FrSimple => ["AZERTYUIOP", "QSDFGHJKLM", "WXCVBN"],
        // Arabic, Ukrainian and Chinese keyboards carry the Latin letters in this order too.
        Language::En | Language::Es | Language::Pt | Language::Ar | Language::Tr | Language::Uk | Language::Zh => {
            ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_keyboard_types_what_references_are_made_of_once() {
        for lang in Language::ALL {
            for (keyboard, wanted) in [
                (Keyboard::Digits, ('0'..='9').collect::<BTreeSet<_>>()),
                (Keyboard::Letters, ('0'..='9').chain('A'..='Z').collect()),
            ] {
                let rows = keys(keyboard, lang);
                let typed: Vec<Typed> = rows.iter().flatten().copied().collect();
                let characters: Vec<char> =
                    typed.iter().filter_map(|t| if let Typed::Char(c) = t { Some(*c) } else { None }).collect();
                assert_eq!(characters.len(), wanted.len(), "{lang:?} {keyboard:?}");
                assert_eq!(characters.into_iter().collect::<BTreeSet<_>>(), wanted);
                assert!(typed.contains(&Typed::Erase) && typed.contains(&Typed::Validate));
                // 10 keys of 20 mm are 227 mm with their gaps (design, S07).
                assert!(rows.iter().all(|row| row.len() <= 10), "{lang:?}");
            }
        }
    }

    #[test]
    fn what_is_typed_is_taken_back_one_by_one_and_never_shown() {
        let mut secret = Secret::default();
        for c in "48271".chars() {
            secret.take(Typed::Char(c), 4);
        }
        assert_eq!((secret.as_str(), secret.len()), ("4827", 4));
        secret.take(Typed::Erase, 4);
        assert_eq!(secret.as_str(), "482");
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
