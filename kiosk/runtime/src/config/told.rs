//! Settings in words, for those who are not at the machine: no remarks of whoever wrote them, and nothing that lets anybody in.

use std::path::Path;

use wire::redaction::redact;
use wire::report::SettingInForce;

use super::afar::{self, Settings};
use super::{Config, ConfigError, EXAMPLE, Origin, merge};

/// Stands for what is told to nobody.
const UNTOLD: &str = "…";

impl Config {
    /// Every setting that a file and `overrides` make and where it comes from, also where no borne can run with them. Of a key
    /// that is no setting only the name is told, and of a command line only the program.
    pub fn told(file: Option<&Path>, overrides: &[(&str, String)]) -> Result<Vec<SettingInForce>, ConfigError> {
        let origin = Origin { file, overrides, wanted: &Settings::new() };
        let merged = merge(&origin)?;
        let known: toml::Table = toml::from_str(EXAMPLE).unwrap_or_default();
        let is_known = |key: &str| {
            let (section, name) = key.split_once('.').unwrap_or((key, ""));
            known.get(section).and_then(|section| section.get(name)).is_some()
        };
        let keys = keys_of(&merged);
        let mut all = afar::settings(keys.iter().map(String::as_str), &merged, &origin);
        for setting in &mut all {
            setting.value = match setting.key.as_str() {
                key if !is_known(key) => UNTOLD.to_owned(),
                "machine.restart" | "machine.power_off" => program_of(&setting.value),
                _ => redact(&setting.value),
            };
        }
        Ok(all)
    }
}

/// The names of all that was read.
fn keys_of(merged: &serde_json::Value) -> Vec<String> {
    let sections = merged.as_object().into_iter().flatten();
    let keys = sections.flat_map(|(section, content)| match content.as_object() {
        Some(content) => content.keys().map(|name| format!("{section}.{name}")).collect(),
        None => vec![section.clone()],
    });
    keys.collect()
}

fn program_of(command: &str) -> String {
    match command.split_once(char::is_whitespace) {
        Some((program, _)) => format!("{} {UNTOLD}", redact(program)),
        None => redact(command),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_without_remarks_unknown_values_and_ways_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("borne.toml");
        let text = "[borne]\nname = \"Hall\" # the safe is 4711-s3cret\n[server]\nurl = \"https://u:s3cret@host\"\n\
                    password = \"s3cret\"\n[machine]\nrestart = \"ipmitool -P s3cret power cycle\"\n[wifi]\nkey = \"s3cret\"\n";
        std::fs::write(&path, text).unwrap();
        assert!(Config::load(Some(&path), &[]).is_err());
        let told = Config::told(Some(&path), &[("borne.role", "ticket".to_owned())]).unwrap();
        let of = |key: &str| told.iter().find(|setting| setting.key == key).map(|setting| setting.value.as_str());
        assert_eq!((of("borne.name"), of("borne.role")), (Some("Hall"), Some("ticket")));
        assert_eq!((of("server.password"), of("wifi.key")), (Some("…"), Some("…")));
        assert_eq!((of("machine.restart"), of("server.url")), (Some("ipmitool …"), Some("https://u:***@host")));
        assert_eq!(of("audio.rate_wpm"), Some("150"));
        assert!(told.iter().all(|setting| !setting.value.contains("s3cret")));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_of_by_its_line_and_not_by_what_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("borne.toml");
        std::fs::write(&path, "[borne]\nname = \"Hall\"\npassword = s3cret!\n").unwrap();
        let error = Config::told(Some(&path), &[]).unwrap_err().to_string();
        assert!(error.contains("line 3") && !error.contains("s3cret"), "{error}");
    }
}
