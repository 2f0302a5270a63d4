//! The sections of devices: an empty selector says that the device is not fitted.

use std::time::Duration;

use drivers::backlight::BacklightSelector;
use drivers::card::CardSelector;
use drivers::gpio::{ControlOptions, InputLine, InputOptions, LineSelector, OutputLine, OutputOptions, Pull};
use drivers::scanner::{Ending, Framing, Layout, LayoutError, ScannerOptions, ScannerSelector};
use serde::Deserialize;

use super::{Config, ConfigError, Origin, empty_is_none, parsed};

impl Config {
    /// Devices that a program built without virtual ones cannot open are refused before anything is opened.
    pub(super) fn check_build(&self, has_virtual: bool, origin: &Origin<'_>) -> Result<(), ConfigError> {
        let printer = self.printer.device.as_ref().map_or(Ok(()), |device| device.check(has_virtual));
        printer.map_err(|e| origin.error("printer.device", e.to_string()))?;
        let Gpio { button, presence, ring, buzzer, .. } = &self.gpio;
        let lines = [("button", button), ("presence", presence), ("ring", ring), ("buzzer", buzzer)];
        let line = |key: &str, line: &LineSelector| {
            line.check(has_virtual).map_err(|e| origin.error(&format!("gpio.{key}"), e.to_string()))
        };
        lines
            .into_iter()
            .filter_map(|(key, chosen)| Some((key, chosen.as_ref()?)))
            .try_for_each(|(k, chosen)| line(k, chosen))
    }
}

/// The scanner of QR codes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// Which.
    #[serde(deserialize_with = "empty_is_none")]
    pub device: Option<ScannerSelector>,
    /// The layout of one that poses as a keyboard: a shipped one's name, or a path that ends in `.toml`.
    pub layout: String,
    /// What it sends before a code.
    pub prefix: String,
    /// What ends a code.
    #[serde(deserialize_with = "parsed")]
    pub ending: Ending,
    /// How long a silence ends a code, in milliseconds.
    pub pause_ms: u16,
}

impl Scanner {
    /// As the driver takes it.
    pub fn options(&self) -> Result<ScannerOptions, LayoutError> {
        let pause = Duration::from_millis(self.pause_ms.into());
        let framing = Framing { prefix: self.prefix.as_bytes().to_vec(), ending: self.ending.clone(), pause };
        Ok(ScannerOptions { framing, layout: Layout::load(&self.layout)?, ..ScannerOptions::default() })
    }
}

/// The readers of staff's cards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Which.
    #[serde(deserialize_with = "empty_is_none")]
    pub device: Option<CardSelector>,
}

/// Buttons, lamps and sensors on general-purpose lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpio {
    /// The button that calls a person.
    #[serde(deserialize_with = "empty_is_none")]
    pub button: Option<LineSelector>,
    /// What holds its line.
    pub button_pull: Pull,
    /// Whether it connects its line to ground.
    pub button_active_low: bool,
    /// How long it must stay down to count, in milliseconds.
    pub button_debounce_ms: u16,
    /// The sensor of people in front of the borne.
    #[serde(deserialize_with = "empty_is_none")]
    pub presence: Option<LineSelector>,
    /// Whether low says that somebody is there.
    pub presence_active_low: bool,
    /// How long it sees nobody before they are taken as gone, in seconds.
    pub presence_hold_s: u16,
    /// The ring of LEDs.
    #[serde(deserialize_with = "empty_is_none")]
    pub ring: Option<LineSelector>,
    /// Whether low lights it.
    pub ring_active_low: bool,
    /// The buzzer.
    #[serde(deserialize_with = "empty_is_none")]
    pub buzzer: Option<LineSelector>,
    /// Whether low sounds it.
    pub buzzer_active_low: bool,
}

impl Gpio {
    /// As the driver takes it.
    #[must_use]
    pub fn options(&self) -> ControlOptions {
        let debounce = Duration::from_millis(self.button_debounce_ms.into());
        let input = |line: &Option<LineSelector>, active_low, pull| {
            let options = InputOptions { active_low, pull, debounce };
            line.clone().map(|line| InputLine { line, options })
        };
        let output = |line: &Option<LineSelector>, active_low| {
            line.clone().map(|line| OutputLine { line, options: OutputOptions { active_low } })
        };
        let fitted = ControlOptions {
            button: input(&self.button, self.button_active_low, self.button_pull),
            presence: input(&self.presence, self.presence_active_low, Pull::None),
            presence_hold: Duration::ZERO,
            ring: output(&self.ring, self.ring_active_low),
            buzzer: output(&self.buzzer, self.buzzer_active_low),
        };
        let hold = Duration::from_secs(self.presence_hold_s.into());
        ControlOptions { presence_hold: if fitted.presence.is_some() { hold } else { Duration::ZERO }, ..fitted }
    }
}

/// The panel's lamp.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backlight {
    /// Which.
    #[serde(deserialize_with = "empty_is_none")]
    pub device: Option<BacklightSelector>,
    /// How bright, 0 to 100.
    pub percent: u8,
}
