//! Staff at the borne: badge and PIN, how the machine is, what they ask of it.

use drivers::card::{CardEvent, Uid};
use drivers::printer::{Condition as PrinterCondition, Paper, PrinterStatus};
use drivers::scanner::ScannerEvent;
use kiosk_flow::keyboard::Secret;
use kiosk_flow::{Health, Input, MachineState, Part, PinCheck};
use wire::service_day::ServiceDay;
use wire::staff::Pin;

use super::{Core, Message};
use crate::badges::{Badges, Begun, Verdict};
use crate::clock::Clock;
use crate::devices::{DeviceState, Seen};
use crate::machine;

/// What staff are at.
#[derive(Debug, Default)]
pub(super) struct AtStaff {
    /// The badge that was shown last, until its PIN was typed.
    badge: Option<Uid>,
    /// Whether the machine's state is wanted.
    watching: bool,
    /// Whether what the scanner reads is shown.
    testing_reader: bool,
    /// What the scanner read last, by kind and length.
    scanned: Option<String>,
    /// What was told last.
    told: Option<MachineState>,
}

impl Core {
    /// A card that is no badge says nothing: a visitor's travel pass shall not open a keypad.
    pub(super) fn at_card(&mut self, event: &CardEvent) {
        if let CardEvent::CardInserted { uid, .. } = event
            && matches!(self.parts.badges.begin(uid, self.parts.clock.now()), Begun::Known | Begun::Locked(_))
        {
            self.at_staff.badge = Some(uid.clone());
            self.input(Input::Badge);
        }
    }

    /// What the scanner read, for staff who test it: its kind and length, never what it says.
    pub(super) fn at_reader_test(&mut self, event: &ScannerEvent) {
        if !self.at_staff.testing_reader {
            return;
        }
        if let Some(Seen::Code { what, bytes }) = Seen::by_scanner(event, &self.parts.catalogue.site.public_url) {
            self.at_staff.scanned = Some(format!("{what} · {bytes}"));
        }
    }

    pub(super) fn test_reader(&mut self, on: bool) {
        self.at_staff.testing_reader = on;
        self.at_staff.scanned = None;
    }

    /// Takes tens of milliseconds on purpose: on a thread of its own.
    pub(super) fn check_pin(&mut self, secret: &Secret) {
        let answer = self.messages.clone();
        let checked = match (self.at_staff.badge.clone(), Pin::typed(secret.as_str())) {
            (Some(uid), Ok(pin)) => {
                let (badges, clock) = (self.parts.badges.clone(), self.parts.clock.clone());
                std::thread::Builder::new().name("pin".to_owned()).spawn(move || {
                    // The loop has ended: nobody waits for the answer.
                    let _ = answer.send(Message::Input(Input::Pin(check(&badges, &clock, &uid, &pin))));
                })
            }
            (_, _) => {
                self.input(Input::Pin(PinCheck::Wrong { left: 0 }));
                return;
            }
        };
        if let Err(error) = checked {
            tracing::error!(%error, "a PIN cannot be checked");
            self.input(Input::Pin(PinCheck::Wrong { left: 0 }));
        }
    }

    pub(super) fn watch(&mut self, on: bool) {
        self.at_staff.watching = on;
        self.at_staff.told = None;
        self.at_staff.scanned = None;
        self.at_staff.testing_reader &= on;
    }

    /// Tells how the machine is, where staff look at it and it changed.
    pub(super) fn tell_machine(&mut self) {
        if !self.at_staff.watching {
            return;
        }
        let state = self.machine_state();
        if self.at_staff.told.as_ref() != Some(&state) {
            self.at_staff.told = Some(state.clone());
            self.input(Input::Machine(state));
        }
    }

    fn machine_state(&self) -> MachineState {
        let zone = &self.parts.zone;
        let now = self.parts.clock.now();
        let store = &self.parts.store;
        // A store that cannot be read is told by the log and by the screen S24; here it has nothing to say.
        let sent = store.last_seq().and_then(|last| Ok(last.saturating_sub(store.acked_seq()?)));
        let oldest = store.oldest_pending().ok().flatten();
        MachineState {
            name: format!("{} · v{}", self.parts.name, crate::version::installed()),
            parts: self.part_states(),
            offline_min: self.offline_since.map(|since| self.now().saturating_sub(since).as_secs() / 60),
            unsent: sent.unwrap_or_default(),
            oldest: oldest.map(|at| at.to_zoned(zone.clone()).datetime()),
            uncertain: store.uncertain_on(ServiceDay::of(now, zone)).unwrap_or_default(),
            network: machine::network(&self.parts.server),
            scanned: self.at_staff.scanned.clone(),
            can_power_off: self.parts.commands.power_off.is_some(),
        }
    }

    fn part_states(&self) -> Vec<(Part, Health)> {
        let printer = self.parts.printer.as_ref().map(|printer| (Part::Printer, printer_health(&printer.status())));
        let mut parts: Vec<_> = printer.into_iter().collect();
        let fitted = [
            ("scanner", Part::Scanner),
            ("card reader", Part::Badges),
            ("sound", Part::Sound),
            ("call button", Part::CallButton),
        ];
        for (name, part) in fitted {
            let state = self.parts.device_states.iter().find(|(device, _)| *device == name);
            let health = state.map(|(_, state)| match state {
                DeviceState::Works(_) => Health::Good,
                DeviceState::Unavailable(_) => Health::Gone,
            });
            parts.extend(health.map(|health| (part, health)));
        }
        parts.extend(
            self.headset.map(|plugged| (Part::Headset, if plugged { Health::Good } else { Health::Unplugged })),
        );
        parts
    }

    /// Where the machine has no command of its own, the end of the program is its new start.
    pub(super) fn restart(&mut self) {
        self.run_command(self.parts.commands.restart.clone());
    }

    pub(super) fn power_off(&mut self) {
        self.run_command(self.parts.commands.power_off.clone());
    }

    fn run_command(&self, command: Option<Vec<String>>) {
        tracing::warn!("staff stop the borne");
        let begun = command.map(|command| machine::run(&command));
        if let Some(Err(error)) = &begun {
            tracing::error!(%error, "the program ends instead");
        }
        if !matches!(begun, Some(Ok(()))) {
            self.parts.screen.quit();
        }
    }
}

fn check(badges: &Badges, clock: &Clock, uid: &Uid, pin: &Pin) -> PinCheck {
    let locked = |left: jiff::SignedDuration| {
        let minutes = (left.as_secs().max(0) + 59) / 60;
        PinCheck::Locked { minutes: u8::try_from(minutes).unwrap_or(u8::MAX) }
    };
    match badges.verify(uid, pin, clock.now()) {
        Verdict::Opened { .. } => PinCheck::Right,
        Verdict::Wrong => PinCheck::Wrong { left: badges.tries_left(uid) },
        Verdict::Locked(left) => locked(left),
    }
}

fn printer_health(status: &PrinterStatus) -> Health {
    match status.condition() {
        PrinterCondition::Gone => Health::Gone,
        PrinterCondition::CoverOpen => Health::CoverOpen,
        PrinterCondition::PaperOut => Health::PaperOut,
        PrinterCondition::CutterJammed | PrinterCondition::Broken | PrinterCondition::Offline => Health::Refuses,
        PrinterCondition::PaperNearEnd => Health::PaperLow,
        PrinterCondition::Good | PrinterCondition::Untold => Health::Good,
    }
}

/// What a person who changes the roll does, as the printer's sensors see it.
pub(super) fn roll(status: &PrinterStatus) -> kiosk_flow::Roll {
    kiosk_flow::Roll {
        cover_open: status.cover_open,
        paper: matches!(status.paper, Paper::Ok | Paper::NearEnd),
        sensors: status.connected && status.told && status.paper != Paper::Unknown,
    }
}
