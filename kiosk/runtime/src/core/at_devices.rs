//! What happens at the devices beside the printer, and what they show of the journeys.

use drivers::gpio::{ControlEvent, Light, Sound};
use kiosk_flow::view::Screen;
use kiosk_flow::{HelpProgress, Input};

use super::Core;
use crate::devices::DeviceEvent;

impl Core {
    pub(super) fn device(&mut self, event: DeviceEvent) {
        let mut states = self.parts.device_states.clone();
        if states.take_in(&event) {
            self.parts.device_states = states.clone();
            self.update_status(|status| status.devices = states);
        }
        match event {
            DeviceEvent::Control(event) => self.at_controls(event),
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
            ControlEvent::Released | ControlEvent::Present | ControlEvent::Absent => {}
        }
    }
}

/// What the ring shows of a screen: a call that waits, a person who comes.
pub(super) const fn ring_for(screen: &Screen) -> Light {
    let Screen::Help(help) = screen else { return Light::Off };
    match help.progress {
        HelpProgress::Told => Light::Blinking,
        HelpProgress::Coming => Light::Steady,
        HelpProgress::Nobody => Light::Off,
    }
}
