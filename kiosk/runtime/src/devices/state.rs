//! How the devices are, in words for a technician.

use std::collections::BTreeMap;
use std::fmt;

use drivers::card::CardEvent;
use drivers::gpio::ControlEvent;
use drivers::scanner::ScannerEvent;
use serde::{Deserialize, Serialize};

use super::DeviceEvent;

/// How a device is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "detail")]
pub enum DeviceState {
    /// It works; what it is.
    Works(String),
    /// It does not, and what to do. The borne works without it.
    Unavailable(String),
}

impl fmt::Display for DeviceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Works(what) => f.write_str(what),
            Self::Unavailable(why) => write!(f, "not available: {why}"),
        }
    }
}

/// How each fitted device is, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceStates(BTreeMap<String, DeviceState>);

impl DeviceStates {
    /// Sets one. Whether that is news.
    pub fn set(&mut self, device: &str, state: DeviceState) -> bool {
        self.0.insert(device.to_owned(), state.clone()) != Some(state)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &DeviceState)> {
        self.0.iter().map(|(name, state)| (name.as_str(), state))
    }

    /// What an event says of how a device is. Whether that is news.
    pub fn take_in(&mut self, event: &DeviceEvent) -> bool {
        match event {
            DeviceEvent::Control(event) => self.control(event),
            DeviceEvent::Scanner(event) => self.scanner(event),
            DeviceEvent::Card(event) => self.card(event),
        }
    }

    fn scanner(&mut self, event: &ScannerEvent) -> bool {
        match event {
            ScannerEvent::Connected { name } => self.set("scanner", DeviceState::Works(name.clone())),
            ScannerEvent::Lost { why } => self.set("scanner", DeviceState::Unavailable(why.to_string())),
            ScannerEvent::Code { .. } | ScannerEvent::Unreadable { .. } | ScannerEvent::Calibrated(_) => false,
        }
    }

    fn card(&mut self, event: &CardEvent) -> bool {
        const READER: &str = "card reader";
        match event {
            CardEvent::Daemon(Ok(())) => {
                let none = "no reader is plugged in: check its cable".to_owned();
                self.set(READER, DeviceState::Unavailable(none))
            }
            CardEvent::Daemon(Err(fault)) => self.set(READER, DeviceState::Unavailable(fault.to_string())),
            CardEvent::Reader { name } => self.set(READER, DeviceState::Works(name.to_string())),
            CardEvent::ReaderGone { name } => {
                self.set(READER, DeviceState::Unavailable(format!("{name} was unplugged")))
            }
            CardEvent::CardInserted { .. } | CardEvent::CardUnreadable { .. } | CardEvent::CardRemoved { .. } => false,
        }
    }

    fn control(&mut self, event: &ControlEvent) -> bool {
        match event {
            ControlEvent::Available(part) => self.set(&part.to_string(), DeviceState::Works("fitted".to_owned())),
            ControlEvent::Unavailable { part, error } => {
                self.set(&part.to_string(), DeviceState::Unavailable(error.to_string()))
            }
            ControlEvent::Stuck => {
                let jammed = "held for a long time: it is jammed, or something leans on it".to_owned();
                self.set("call button", DeviceState::Unavailable(jammed))
            }
            ControlEvent::Released => self.set("call button", DeviceState::Works("fitted".to_owned())),
            ControlEvent::Pressed | ControlEvent::Present | ControlEvent::Absent => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use drivers::gpio::Part;

    use super::*;

    #[test]
    fn a_button_that_is_held_down_is_told_until_it_is_let_go() {
        let mut states = DeviceStates::default();
        let mut after = |event| {
            states.take_in(&DeviceEvent::Control(event));
            states.iter().map(|(name, state)| (name.to_owned(), matches!(state, DeviceState::Works(_)))).collect()
        };
        let button = |works| vec![("call button".to_owned(), works)];
        let begin: Vec<_> = after(ControlEvent::Available(Part::Button));
        assert_eq!(begin, button(true));
        assert_eq!(after(ControlEvent::Pressed), button(true));
        assert_eq!(after(ControlEvent::Stuck), button(false));
        assert_eq!(after(ControlEvent::Released), button(true));
    }
}
