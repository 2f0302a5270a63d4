//! The devices beside the printer: opened where the configuration names them, watched, and none of them needed. What
//! happens at them goes to the loop; how they are goes to `borne status`.

mod condition;
mod seen;
mod state;

use std::sync::mpsc::Sender;

use drivers::backlight::Backlight;
use drivers::card::{CardEvent, CardOptions, CardReader};
use drivers::gpio::{ControlEvent, ControlOptions, Controls, Light, Sound};
use drivers::scanner::{Scanner, ScannerEvent};

pub use condition::{Conditions, of_printer};
pub use seen::{Seen, Tested};
pub use state::{DeviceState, DeviceStates};

use crate::config::Config;
use crate::core::Message;

/// What happened at a device.
#[derive(Debug)]
pub enum DeviceEvent {
    /// The call button, the presence sensor, the ring of LEDs, the buzzer.
    Control(ControlEvent),
    /// The scanner.
    Scanner(ScannerEvent),
    /// The card readers.
    Card(CardEvent),
}

/// The devices that are fitted. Dropping it switches off what shines or sounds, and lets all of them go.
#[derive(Debug, Default)]
pub struct Devices {
    controls: Option<Controls>,
    /// Held: dropping it ends its thread, as of the next.
    _scanner: Option<Scanner>,
    _cards: Option<CardReader>,
    /// As it was before once this is dropped.
    backlight: Option<Backlight>,
}

impl Devices {
    /// Opens what the configuration names. A device that is not there is told in the states and waited for, where it
    /// may come.
    pub fn open(config: &Config, events: &Sender<Message>) -> (Self, DeviceStates) {
        let mut states = DeviceStates::default();
        let controls = open_controls(config.gpio.options(), events, &mut states);
        let scanner = open_scanner(config, events, &mut states);
        let cards = open_cards(config, events, &mut states);
        let backlight = open_backlight(config, &mut states);
        (Self { controls, _scanner: scanner, _cards: cards, backlight }, states)
    }

    /// What the ring of LEDs shows from now on.
    pub fn show(&self, light: Light) {
        if let Some(controls) = &self.controls {
            controls.show(light);
        }
    }

    /// The panel's lamp, where the configuration leaves it to the borne.
    pub fn light(&mut self, on: bool) {
        if let Some(backlight) = &mut self.backlight
            && let Err(error) = if on { backlight.on() } else { backlight.off() }
        {
            tracing::warn!(%error, "the panel's lamp stays as it is");
        }
    }

    /// One sound of the buzzer.
    pub fn sound(&self, sound: Sound) {
        if let Some(controls) = &self.controls {
            controls.sound(sound);
        }
    }
}

fn open_controls(options: ControlOptions, events: &Sender<Message>, states: &mut DeviceStates) -> Option<Controls> {
    if options == ControlOptions::default() {
        return None;
    }
    let events = events.clone();
    let tell = move |event| {
        // The loop has ended: nobody is left to hear.
        let _ = events.send(Message::Device(DeviceEvent::Control(event)));
    };
    kept(Controls::open(options, tell).map_err(|error| error.to_string()), "gpio", states)
}

fn open_scanner(config: &Config, events: &Sender<Message>, states: &mut DeviceStates) -> Option<Scanner> {
    let selector = config.scanner.device.clone()?;
    let events = events.clone();
    let tell = move |event| {
        // The loop has ended: nobody is left to hear.
        let _ = events.send(Message::Device(DeviceEvent::Scanner(event)));
    };
    let options = config.scanner.options().map_err(|error| error.to_string());
    let opened = options.and_then(|options| Scanner::open(selector, options, tell).map_err(|e| e.to_string()));
    kept(opened, "scanner", states)
}

fn open_cards(config: &Config, events: &Sender<Message>, states: &mut DeviceStates) -> Option<CardReader> {
    let selector = config.card.device.clone()?;
    let events = events.clone();
    let tell = move |event| {
        // The loop has ended: nobody is left to hear.
        let _ = events.send(Message::Device(DeviceEvent::Card(event)));
    };
    let opened = CardReader::open(selector, CardOptions::default(), tell).map_err(|error| error.to_string());
    kept(opened, "card reader", states)
}

/// A device whose thread could not start is told of, and done without.
fn kept<T>(opened: Result<T, String>, device: &str, states: &mut DeviceStates) -> Option<T> {
    match opened {
        Ok(opened) => Some(opened),
        Err(error) => {
            states.set(device, DeviceState::Unavailable(error));
            None
        }
    }
}

fn open_backlight(config: &Config, states: &mut DeviceStates) -> Option<Backlight> {
    let selector = config.backlight.device.as_ref()?;
    let opened = Backlight::open(selector).and_then(|mut backlight| {
        backlight.set_percent(config.backlight.percent)?;
        Ok(backlight)
    });
    match opened {
        Ok(backlight) => {
            states.set("backlight", DeviceState::Works(format!("{selector} · {} %", config.backlight.percent)));
            Some(backlight)
        }
        Err(error) => {
            states.set("backlight", DeviceState::Unavailable(error.to_string()));
            None
        }
    }
}
