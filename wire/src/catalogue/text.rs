//! Texts as a site wrote them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::Language;

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
