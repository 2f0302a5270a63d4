//! Settings that the server may want of this borne: a few, which cut it off from nothing.

use std::collections::BTreeMap;

use drivers::printer::Profile;
use wire::report::{SettingFrom, SettingInForce};
use wire::wanted::{SETTINGS, VALUE_MAX};

use super::{Config, ConfigError, Origin, variable};

/// Names as in the file, and values as they would be written there.
pub(super) type Settings = BTreeMap<String, String>;

/// Where a setting stands that the server wants.
pub(super) const PLACE: &str = "what the server wants";

impl Config {
    /// The same, read again with these settings of the server between the file and the environment.
    pub fn wanting(&self, settings: &Settings) -> Result<Self, ConfigError> {
        if *settings == self.origins.wanted {
            return Ok(self.clone());
        }
        let overrides: Vec<(&str, String)> =
            self.origins.overrides.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        Self::read(self.origins.file.as_deref(), settings, &overrides)
    }

    /// The settings that are changed from afar, and where each comes from.
    #[must_use]
    pub fn in_force(&self) -> &[SettingInForce] {
        &self.origins.in_force
    }
}

/// Beside what a file may say: only what is changed from afar, and nothing that nobody could see or read any more.
pub(super) fn check(settings: &Settings) -> Result<(), ConfigError> {
    for (key, value) in settings {
        let wrong =
            |what: &str| Err(ConfigError::Value { path: PLACE.to_owned(), key: key.clone(), what: what.to_owned() });
        let number = || value.parse::<u32>().ok();
        if !SETTINGS.contains(&key.as_str()) {
            return wrong("this version takes no such setting from the server: change it in borne.toml");
        }
        if value.len() > VALUE_MAX || value.chars().any(char::is_control) {
            return wrong("the value is too long, or holds signs that cannot be written");
        }
        match key.as_str() {
            "backlight.percent" if !number().is_some_and(|percent| (20..=100).contains(&percent)) => {
                return wrong("use 20 to 100: nobody could read a darker screen");
            }
            "gpio.presence_hold_s" if !number().is_some_and(|seconds| (1..=600).contains(&seconds)) => {
                return wrong("use 1 to 600 seconds");
            }
            "printer.profile" if value == "virtual" || !Profile::shipped().any(|name| name == value) => {
                return wrong(
                    "name a profile that is shipped: `borne doctor` lists them; one of your own stands in borne.toml",
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// The settings that are changed from afar, as they are in all that was read.
pub(super) fn in_force(merged: &serde_json::Value, origin: &Origin<'_>) -> Vec<SettingInForce> {
    settings(SETTINGS, merged, origin)
}

/// Settings as they are in all that was read, and where each comes from.
pub(super) fn settings<'k>(
    keys: impl IntoIterator<Item = &'k str>,
    merged: &serde_json::Value,
    origin: &Origin<'_>,
) -> Vec<SettingInForce> {
    let file = origin.file.and_then(|path| std::fs::read_to_string(path).ok());
    let file: Option<toml::Table> = file.and_then(|text| toml::from_str(&text).ok());
    let in_file = |key: &str| {
        let (section, name) = key.split_once('.').unwrap_or((key, ""));
        file.as_ref().and_then(|file| file.get(section)?.get(name)).is_some()
    };
    let found = keys.into_iter().filter_map(|key| {
        let value = merged.pointer(&format!("/{}", key.replace('.', "/")))?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let from =
            if origin.overrides.iter().any(|(named, _)| *named == key) || std::env::var_os(variable(key)).is_some() {
                SettingFrom::Start
            } else if origin.wanted.contains_key(key) {
                SettingFrom::Server
            } else if in_file(key) {
                SettingFrom::File
            } else {
                SettingFrom::Default
            };
        Some(SettingInForce { key: key.to_owned(), value, from })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: &[(&str, &str)]) -> Settings {
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_server_goes_before_the_file_and_whoever_starts_the_program_before_both() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("borne.toml");
        std::fs::write(&path, "[audio]\nrate_wpm = 140\n[panel]\ntheme = \"night\"\n").unwrap();
        let own = Config::load(Some(&path), &[("backlight.percent", "70".to_owned())]).unwrap();
        let wanted =
            settings(&[("audio.rate_wpm", "120"), ("backlight.percent", "50"), ("panel.night", "17:30-08:00")]);
        let config = own.wanting(&wanted).unwrap();
        assert_eq!((config.audio.rate_wpm, config.backlight.percent), (120, 70));
        assert!(config.panel.night.is_some());
        let of = |config: &Config, key: &str| {
            config.in_force().iter().find(|setting| setting.key == key).map(|s| (s.value.clone(), s.from)).unwrap()
        };
        assert_eq!(of(&config, "audio.rate_wpm"), ("120".to_owned(), SettingFrom::Server));
        assert_eq!(of(&config, "backlight.percent"), ("70".to_owned(), SettingFrom::Start));
        assert_eq!(of(&config, "panel.theme"), ("night".to_owned(), SettingFrom::File));
        assert_eq!(of(&config, "audio.quiet_hours"), (String::new(), SettingFrom::Default));
        assert_eq!(config.in_force().len(), SETTINGS.len());
        // What is taken back is as if it had never been.
        let back = config.wanting(&Settings::new()).unwrap();
        assert_eq!(back.in_force(), own.in_force());
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_can() {
        let own = Config::load(None, &[]).unwrap();
        for (key, value, word) in [
            ("server.url", "http://elsewhere", "change it in borne.toml"),
            ("printer.device", "tcp:1.2.3.4", "change it in borne.toml"),
            ("backlight.percent", "0", "20 to 100"),
            ("backlight.percent", "bright", "20 to 100"),
            ("audio.rate_wpm", "20", "80 to 300"),
            ("audio.quiet_hours", "night", "20:00-08:00"),
            ("panel.theme", "pink", "high_contrast"),
            ("printer.profile", "virtual", "shipped"),
            ("printer.profile", "/tmp/mine.toml", "shipped"),
            ("gpio.presence_hold_s", "0", "1 to 600"),
            ("panel.theme", "night\"\n[server]\nurl=\"x", "cannot be written"),
        ] {
            let said = own.wanting(&settings(&[(key, value)])).unwrap_err().to_string();
            assert!(said.contains(word) && said.contains(key), "{key}: {said}");
        }
    }

    #[test]
    fn every_setting_from_afar_is_one_of_the_file() {
        let own = Config::load(None, &[]).unwrap();
        assert_eq!(own.in_force().iter().map(|setting| setting.key.as_str()).collect::<Vec<_>>(), SETTINGS);
    }
}
