//! What happens at the devices beside the printer, and what they show of the journeys.

use drivers::card::CardEvent;
use drivers::gpio::{ControlEvent, Light, Part, Sound};
use drivers::scanner::ScannerEvent;
use kiosk_flow::{HelpProgress, Input};

use wire::event::{Condition, Device, EventBody};

use super::Core;
use crate::devices::{DeviceEvent, Seen};

impl Core {
    /// What the server is to know of the devices by now.
    pub(super) fn tell_conditions(&mut self) {
        for (device, condition) in self.conditions.due(self.now()) {
            if device == Device::Printer {
                self.update_status(|status| status.printer_condition = Some(condition));
            }
            self.append(EventBody::DeviceChanged { device, condition });
        }
    }

    pub(super) fn device(&mut self, event: DeviceEvent) {
        let mut states = self.parts.device_states.clone();
        if states.take_in(&event) {
            self.parts.device_states = states.clone();
            self.update_status(|status| status.devices = states);
        }
        if let Some((device, condition)) = condition_of(&event) {
            let now = self.now();
            self.conditions.note(device, condition, now);
        }
        match event {
            DeviceEvent::Control(event) => self.at_controls(event),
            DeviceEvent::Scanner(event) => {
                self.at_reader_test(&event);
                let seen = Seen::by_scanner(&event, &self.parts.catalogue.site.public_url);
                self.show_to_test(seen);
            }
            DeviceEvent::Card(event) => {
                self.at_card(&event);
                let seen = Seen::by_card(&event, &self.parts.badges, self.parts.clock.now());
                self.show_to_test(seen);
            }
        }
    }

    /// For a technician's test that waits, if one does; otherwise it is forgotten.
    fn show_to_test(&self, seen: Option<Seen>) {
        if let Some(seen) = seen {
            let _nobody_waits = self.seen.send(seen);
        }
    }

    fn at_controls(&mut self, event: ControlEvent) {
        match event {
            ControlEvent::Pressed => {
                self.parts.devices.sound(Sound::TAKEN);
                self.input(Input::CallButton);
            }
            ControlEvent::Unavailable { part, error } => {
                tracing::warn!(device = %part, %error, "the borne works without it");
            }
            ControlEvent::Available(part) => tracing::info!(device = %part, "it works"),
            ControlEvent::Stuck => tracing::warn!("the call button is held down"),
            ControlEvent::Present => self.input(Input::Presence(true)),
            ControlEvent::Absent => self.input(Input::Presence(false)),
            ControlEvent::Released => {}
        }
    }
}

/// What the ring shows of a call for help: that it waits, that a person comes.
pub(super) const fn ring_for(call: Option<HelpProgress>) -> Light {
    match call {
        Some(HelpProgress::Told) => Light::Blinking,
        Some(HelpProgress::Coming) => Light::Steady,
        Some(HelpProgress::Nobody) | None => Light::Off,
    }
}

const fn condition_of(event: &DeviceEvent) -> Option<(Device, Condition)> {
    match event {
        DeviceEvent::Scanner(ScannerEvent::Connected { .. }) => Some((Device::Scanner, Condition::Works)),
        DeviceEvent::Scanner(ScannerEvent::Lost { .. }) => Some((Device::Scanner, Condition::Gone)),
        DeviceEvent::Card(CardEvent::Reader { .. }) => Some((Device::CardReader, Condition::Works)),
        DeviceEvent::Card(CardEvent::ReaderGone { .. } | CardEvent::Daemon(Err(_))) => {
            Some((Device::CardReader, Condition::Gone))
        }
        DeviceEvent::Control(ControlEvent::Available(Part::Button) | ControlEvent::Released) => {
            Some((Device::CallButton, Condition::Works))
        }
        DeviceEvent::Control(ControlEvent::Unavailable { part: Part::Button, .. } | ControlEvent::Stuck) => {
            Some((Device::CallButton, Condition::Offline))
        }
        DeviceEvent::Scanner(_) | DeviceEvent::Card(_) | DeviceEvent::Control(_) => None,
    }
}
