//! The borne's configuration: defaults, then a file, then the environment (`BORNE__SECTION__KEY`), then the command
//! line. A key that is unknown or a value that cannot be is refused with its name; nothing starts half-configured.

mod afar;
mod audio;
mod day_part;
mod devices;
mod told;

use std::fmt;
use std::path::{Path, PathBuf};

use config::{Config as Sources, Environment, File, FileFormat};
use kiosk_flow::view::Theme;
use kiosk_flow::{Appearance, Role};
use serde::{Deserialize, Deserializer};
use wire::report::SettingInForce;

use crate::machine::MachineCommands;
use afar::Settings;
pub use audio::{Audio, VoiceKind};
pub use day_part::{DayPart, DayPartError};
pub use devices::{Backlight, Card, Gpio, Scanner};

/// The annotated example that is shipped; every key stands in it with its default.
pub const EXAMPLE: &str = include_str!("../../../../config/borne.toml");

/// What the variables of the environment begin with.
const PREFIX: &str = "BORNE";

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The machine.
    pub borne: Borne,
    /// The screen.
    pub panel: Panel,
    /// The ticket printer.
    pub printer: Printer,
    /// The server.
    pub server: Server,
    /// The scanner of QR codes.
    pub scanner: Scanner,
    /// The readers of staff's cards.
    pub card: Card,
    /// Buttons, lamps and sensors.
    pub gpio: Gpio,
    /// The panel's lamp.
    pub backlight: Backlight,
    /// Loudspeaker, headset and voice.
    pub audio: Audio,
    /// The keys of the keypad.
    pub keypad: Keypad,
    /// What staff may do with the machine.
    pub machine: Machine,
    /// What technicians talk to.
    pub control: Control,
    /// Where all this was read.
    #[serde(skip)]
    origins: Origins,
}

/// Where a configuration was read, so that it can be read again with other settings from afar.
#[derive(Clone, Debug, Default)]
struct Origins {
    file: Option<PathBuf>,
    overrides: Vec<(String, String)>,
    /// What the server wants.
    wanted: Settings,
    /// The settings that are changed from afar, as they are.
    in_force: Vec<SettingInForce>,
}

/// The machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Borne {
    /// What technicians call it.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The site's catalogue.
    pub site: PathBuf,
    /// Where the store, the answers and the identity live.
    pub data: PathBuf,
    /// Where the shipped fonts are.
    pub fonts: PathBuf,
    /// The one service its survey is about, where it is bound to one.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub service: Option<wire::ids::ServiceId>,
}

/// The screen, as built in.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Pixels across.
    pub width_px: u32,
    /// Pixels down.
    pub height_px: u32,
    /// The lit area's width.
    pub width_mm: f32,
    /// The lit area's height.
    pub height_mm: f32,
    /// Its lower edge above the floor.
    pub bottom_mm: f32,
    /// How far visitors' eyes are.
    pub view_mm: f32,
    /// The colours.
    pub theme: Theme,
    /// When the colours are the night's, by the site's clock.
    #[serde(deserialize_with = "empty_is_none")]
    pub night: Option<DayPart>,
}

impl Panel {
    /// How the place wants its screens.
    #[must_use]
    pub fn appearance(&self) -> Appearance {
        Appearance { theme: self.theme, night: self.night.map(DayPart::ends) }
    }
}

/// The keys of the keypad, which is a keyboard to the machine: names such as `left`, `return`, `f1`, or one character.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keypad {
    /// The place before.
    pub previous: Vec<String>,
    /// The place after.
    pub next: Vec<String>,
    /// Activates.
    pub select: Vec<String>,
    /// Says it again; held: starts speech.
    pub repeat: Vec<String>,
    /// The next step of volume.
    pub volume: Vec<String>,
    /// What a keypad with a jack of its own sends when a headset comes in.
    pub headset_in: Vec<String>,
    /// What it sends when the headset goes out.
    pub headset_out: Vec<String>,
}

impl Default for Keypad {
    /// An ordinary keyboard.
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            previous: names(&["left", "up", "backtab"]),
            next: names(&["right", "down", "tab"]),
            select: names(&["return", "space"]),
            repeat: names(&["f1", "r"]),
            volume: names(&["f2", "v"]),
            headset_in: Vec::new(),
            headset_out: Vec::new(),
        }
    }
}

/// What staff may do with the machine: a command line each, split at blanks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Starts it anew.
    pub restart: String,
    /// Shuts it down.
    pub power_off: String,
}

impl Machine {
    /// As the runtime takes it.
    #[must_use]
    pub fn commands(&self) -> MachineCommands {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let command = |line| Some(words(line)).filter(|words| !words.is_empty());
        MachineCommands { restart: command(&self.restart), power_off: command(&self.power_off) }
    }
}

/// The ticket printer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printer {
    /// Which one; none at a borne that only asks what people think.
    #[serde(deserialize_with = "empty_is_none")]
    pub device: Option<drivers::printer::PrinterSelector>,
    /// A shipped profile's name, or a path that ends in `.toml`.
    pub profile: String,
}

/// The server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its address, `https://accueil.example.fr`.
    pub url: String,
    /// A PEM file of an authority of the town hall's own, beside the machine's.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub authority: Option<PathBuf>,
    /// Where it tells the time over plain HTTP, where that is not the same host's port 80.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub time_url: Option<String>,
}

impl Server {
    /// A server with an ordinary certificate, or none.
    #[must_use]
    pub const fn at(url: String) -> Self {
        Self { url, authority: None, time_url: None }
    }
}

/// What technicians talk to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The socket of `borne status`, `borne tap` and the others.
    pub socket: PathBuf,
}

fn empty_is_none<'de, D: Deserializer<'de>, T>(d: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
{
    let text = Option::<String>::deserialize(d)?.unwrap_or_default();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(serde::de::Error::custom) }
}

fn parsed<'de, D: Deserializer<'de>, T>(d: D) -> Result<T, D::Error>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
{
    String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or not readable.
    #[error("the configuration {path} cannot be read: {source}; copy config/borne.toml there and adapt it")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML.
    #[error("{path}: {what}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Line and problem.
        what: String,
    },
    /// A key or its value.
    #[error("{path}: `{key}`: {what}")]
    Value {
        /// Where it stands: a file, or the environment.
        path: String,
        /// Which key.
        key: String,
        /// What is wrong and what is allowed.
        what: String,
    },
}

impl Config {
    /// Reads the configuration: `file` over the shipped defaults, `overrides` (`("printer.device", "tcp:…")`) over all.
    pub fn load(file: Option<&Path>, overrides: &[(&str, String)]) -> Result<Self, ConfigError> {
        Self::read(file, &Settings::new(), overrides)
    }

    /// The same with settings that the server wants, which go before those of the file.
    fn read(file: Option<&Path>, wanted: &Settings, overrides: &[(&str, String)]) -> Result<Self, ConfigError> {
        afar::check(wanted)?;
        let origin = Origin { file, overrides, wanted };
        let merged = merge(&origin)?;
        let in_force = afar::in_force(&merged, &origin);
        let mut config: Self = serde_path_to_error::deserialize(merged)
            .map_err(|e| origin.error(&e.path().to_string(), e.inner().to_string()))?;
        config.check(&origin)?;
        config.origins = Origins {
            file: file.map(Path::to_owned),
            overrides: overrides.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
            wanted: wanted.clone(),
            in_force,
        };
        Ok(config)
    }

    fn check(&self, origin: &Origin<'_>) -> Result<(), ConfigError> {
        let wrong = |key: &str, what: &str| Err(origin.error(key, what.to_owned()));
        let name = self.borne.name.chars().count();
        if !(1..=40).contains(&name) {
            return wrong("borne.name", "give it 1 to 40 characters");
        }
        if !names_host(&self.server.url, &["https://", "http://"]) {
            return wrong("server.url", "write https://HOST or http://HOST:PORT, without a path");
        }
        if self.server.time_url.as_ref().is_some_and(|url| !names_host(url, &["http://"])) {
            return wrong("server.time_url", "write http://HOST or http://HOST:PORT, without a path");
        }
        self.check_build(drivers::HAS_VIRTUAL, origin)?;
        if self.printer.device.is_none() && self.borne.role != Role::Survey {
            let what = "name the printer, such as usb: or tcp:HOST; only a borne whose role is \"survey\" has none";
            return wrong("printer.device", what);
        }
        if let Err(error) = drivers::printer::Profile::load(&self.printer.profile) {
            return wrong("printer.profile", &error.to_string());
        }
        if let Err(error) = self.scanner.options() {
            return wrong("scanner.layout", &error.to_string());
        }
        if !(20..=2_000).contains(&self.scanner.pause_ms) {
            return wrong("scanner.pause_ms", "use 20 to 2000 milliseconds");
        }
        if self.backlight.percent > 100 {
            return wrong("backlight.percent", "use 0 to 100");
        }
        if !(1..=1_000).contains(&self.gpio.button_debounce_ms) {
            return wrong("gpio.button_debounce_ms", "use 1 to 1000 milliseconds");
        }
        if !(80..=300).contains(&self.audio.rate_wpm) {
            return wrong("audio.rate_wpm", "use 80 to 300 words a minute");
        }
        Ok(())
    }
}

/// All that is read, the later over the earlier; nothing is judged yet.
fn merge(origin: &Origin<'_>) -> Result<serde_json::Value, ConfigError> {
    let mut sources = Sources::builder().add_source(File::from_str(EXAMPLE, FileFormat::Toml));
    if let Some(path) = origin.file {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        toml::from_str::<toml::Table>(&text)
            .map_err(|e| ConfigError::Syntax { path: path.to_owned(), what: at_line(&text, &e) })?;
        sources = sources.add_source(File::from_str(&text, FileFormat::Toml));
    }
    for (key, value) in origin.wanted {
        sources = sources.add_source(File::from_str(&assignment(key, value), FileFormat::Toml));
    }
    let environment = Environment::with_prefix(PREFIX).prefix_separator("__").separator("__").try_parsing(true);
    sources = sources.add_source(environment);
    for (key, value) in origin.overrides {
        sources = sources.add_source(File::from_str(&assignment(key, value), FileFormat::Toml));
    }
    // JSON's reader says what is allowed where another value stands.
    let merged = sources.build().and_then(config::Config::try_deserialize::<serde_json::Value>);
    merged.map_err(|e| origin.error(".", e.to_string()))
}

/// What is wrong with a text and in which line, without what stands there: it goes into the journal.
fn at_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

fn names_host(url: &str, schemes: &[&str]) -> bool {
    let host = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@']))
}

fn assignment(key: &str, value: &str) -> String {
    format!("{key} = {}", toml_value(value))
}

/// A value of the command line: a number or a truth value where it reads as one, a text otherwise.
fn toml_value(text: &str) -> String {
    let plain = matches!(
        toml::from_str::<toml::Table>(&format!("v = {text}")).ok().and_then(|mut t| t.remove("v")),
        Some(toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_))
    );
    if plain { text.to_owned() } else { toml::Value::String(text.to_owned()).to_string() }
}

/// Where values may come from, to name the one at fault.
struct Origin<'a> {
    file: Option<&'a Path>,
    overrides: &'a [(&'a str, String)],
    wanted: &'a Settings,
}

fn variable(key: &str) -> String {
    format!("{PREFIX}__{}", key.replace('.', "__").to_uppercase())
}

impl Origin<'_> {
    fn error(&self, key: &str, what: String) -> ConfigError {
        let variable = variable(key);
        let path = if self.overrides.iter().any(|(k, _)| *k == key) {
            "the command line".to_owned()
        } else if std::env::var_os(&variable).is_some() {
            format!("the environment ({variable})")
        } else if self.wanted.contains_key(key) {
            afar::PLACE.to_owned()
        } else {
            self.file.map_or_else(|| "the shipped defaults".to_owned(), |path| path.display().to_string())
        };
        ConfigError::Value { path, key: key.to_owned(), what }
    }
}

#[cfg(test)]
mod tests;
