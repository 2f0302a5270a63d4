//! What the keys of a scanner mean, as data: one TOML file a layout.
//!
//! A scanner that poses as a keyboard sends positions, not characters: it has a layout of its own, set with a code of
//! its manual, and the layout of the machine it is plugged into does not matter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The layouts shipped with the crate, by the name a configuration gives them.
const SHIPPED: [(&str, &str); 2] =
    [("us", include_str!("../../layouts/us.toml")), ("fr", include_str!("../../layouts/fr.toml"))];

/// What a key gives at one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cap {
    /// A character.
    Plain(char),
    /// An accent that waits for the letter it stands on.
    Dead(char),
}

/// Which of a key's characters is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Alone,
    Shift,
    AltGr,
}

/// The characters of a scanner's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    name: String,
    keys: BTreeMap<u16, Vec<Cap>>,
}

/// Why a layout cannot be used; the text says where and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// No shipped layout has this name.
    #[error(
        "no scanner layout is named \"{name}\": use {allowed}, or the path of a .toml file", allowed = shipped_names()
    )]
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// The file could not be read.
    #[error("cannot read the scanner layout {file}: check that it exists and is readable", file = file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The text is not a layout.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file, or the name of the shipped layout.
        file: String,
        /// Line, key and what is allowed.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutFile {
    name: String,
    keys: BTreeMap<String, Vec<String>>,
}

impl Layout {
    /// The shipped layout of that name, or the layout in that file where the name ends in `.toml`.
    pub fn load(name_or_path: &str) -> Result<Self, LayoutError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let path = Path::new(name_or_path);
        if path.extension().is_none_or(|extension| extension != "toml") {
            return Err(LayoutError::UnknownName { name: name_or_path.to_owned() });
        }
        let text = std::fs::read_to_string(path)
            .map_err(|source| LayoutError::Unreadable { file: path.to_owned(), source })?;
        Self::parse(name_or_path, &text)
    }

    /// The names of the shipped layouts.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Reads a layout; `file` is only for the errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, LayoutError> {
        let malformed = |problem: String| LayoutError::Malformed { file: file.to_owned(), problem };
        let read: LayoutFile =
            toml::from_str(text).map_err(|error| malformed(error.to_string().trim_end().to_owned()))?;
        let mut keys = BTreeMap::new();
        for (key, caps) in read.keys {
            let code = key
                .parse::<u16>()
                .map_err(|_| malformed(format!("keys.{key} is no key: use the number of a Linux input key")))?;
            let parsed: Option<Vec<Cap>> = caps.iter().map(|cap| parse_cap(cap)).collect();
            let parsed = parsed.filter(|caps| (1..=3).contains(&caps.len())).ok_or_else(|| {
                malformed(format!("keys.{key}: use one to three characters, an accent that waits as \"dead ^\""))
            })?;
            keys.insert(code, parsed);
        }
        Ok(Self { name: read.name, keys })
    }

    /// The name that a configuration gives it.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn cap(&self, key: u16, level: Level) -> Option<Cap> {
        let caps = self.keys.get(&key)?;
        caps.get(match level {
            Level::Alone => 0,
            Level::Shift => 1,
            Level::AltGr => 2,
        })
        .copied()
    }
}

impl Default for Layout {
    /// The layout scanners leave the factory with.
    fn default() -> Self {
        Self::load("us").unwrap_or(Self { name: "us".to_owned(), keys: BTreeMap::new() })
    }
}

/// The letter with that accent, where there is one.
pub(super) fn composed(accent: char, letter: char) -> Option<char> {
    let (plain, accented) = match accent {
        '^' => ("aeiouAEIOU", "âêîôûÂÊÎÔÛ"),
        '¨' => ("aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"),
        '`' => ("aeiouAEIOU", "àèìòùÀÈÌÒÙ"),
        '~' => ("anoANO", "ãñõÃÑÕ"),
        _ => return None,
    };
    plain.chars().zip(accented.chars()).find_map(|(from, to)| (from == letter).then_some(to))
}

fn parse_cap(text: &str) -> Option<Cap> {
    let (dead, text) = match text.strip_prefix("dead ") {
        Some(accent) => (true, accent),
        None => (false, text),
    };
    let mut characters = text.chars();
    let character = characters.next().filter(|c| !c.is_control())?;
    if characters.next().is_some() {
        return None;
    }
    Some(if dead { Cap::Dead(character) } else { Cap::Plain(character) })
}

fn shipped_names() -> String {
    Layout::shipped().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_layouts_are_read() {
        for name in Layout::shipped() {
            assert_eq!(Layout::load(name).unwrap().name(), name);
        }
        assert_eq!(Layout::default(), Layout::load("us").unwrap());
    }

    #[test]
    fn every_printable_character_of_ascii_has_a_key() {
        for name in Layout::shipped() {
            let layout = Layout::load(name).unwrap();
            let caps: Vec<char> = layout
                .keys
                .values()
                .flatten()
                .map(|cap| match cap {
                    Cap::Plain(c) | Cap::Dead(c) => *c,
                })
                .collect();
            let missing: String = (' '..='~').filter(|c| !caps.contains(c)).collect();
            assert_eq!(missing, "", "{name}");
        }
    }

    #[test]
    fn a_wrong_layout_says_what_is_wrong() {
        let problem = |text: &str| Layout::parse("own.toml", text).unwrap_err().to_string();
        assert!(problem("name = \"x\"\n[keys]\nA = [\"a\"]").contains("keys.A is no key"));
        assert!(problem("name = \"x\"\n[keys]\n2 = [\"ab\"]").contains("keys.2: use one to three characters"));
        assert!(problem("name = \"x\"\n[keys]\n2 = []").contains("keys.2"));
        assert!(problem("name = \"x\"\n[keys]\n2 = [\"\\u001d\"]").contains("keys.2"));
        assert!(problem("name = \"x\"\ncaps = 1\n[keys]").contains("caps"));
        assert!(Layout::load("de").unwrap_err().to_string().contains("use us, fr"));
        assert!(Layout::load("/nowhere/x.toml").unwrap_err().to_string().contains("/nowhere/x.toml"));
    }

    #[test]
    fn accents_stand_on_their_letters_only() {
        assert_eq!(composed('^', 'e'), Some('ê'));
        assert_eq!(composed('¨', 'Y'), None);
        assert_eq!(composed('~', 'n'), Some('ñ'));
    }
}
