//! S26, S27, S28: in French, or in English where the screen was English.

use wire::ids::Language;
use wire::staff::PIN_DIGITS;

use super::button;
use crate::input::{Control, Health, Part, StaffControl, Typed};
use crate::journey::Journey;
use crate::keyboard::{self, Keyboard};
use crate::state::{Desk, PinNote, RollStep};
use crate::texts::{Counted, Msg};
use crate::view::{Button, Entry, Fact, Icon, Level, Maintenance, Message, Screen, Tone};

impl Journey {
    fn staff_button(&self, msg: Msg, icon: Icon, control: StaffControl) -> Button {
        self.button(msg, icon, Control::Staff(control))
    }

    /// S26.
    pub(super) fn pin_view(&self, typed: usize, note: PinNote) -> Entry {
        let text = match note {
            PinNote::None => self.t(Msg::StaffPinText),
            PinNote::Short { missing } => self.texts().count(Counted::DigitsMissing, missing.into()),
            PinNote::Checking => self.t(Msg::OneMoment),
            PinNote::Wrong { left } => {
                let left = self.texts().count(Counted::TriesLeft, left.into());
                format!("{} {left}", self.t(Msg::PinWrong))
            }
        };
        let place = |at| if at < typed { "•".to_owned() } else { String::new() };
        Entry {
            code: "S26",
            title: self.t(Msg::StaffPin),
            text,
            places: (0..typed.max(*PIN_DIGITS.start())).map(place).collect(),
            keys: self.keys(Keyboard::Digits),
            columns: 3,
            buttons: vec![self.button(Msg::CancelKey, Icon::None, Control::Cancel)],
        }
    }

    /// The keys of a keyboard as they stand, in the order of its rows.
    pub(crate) fn keys(&self, keyboard: Keyboard) -> Vec<Button> {
        let key = |typed| match typed {
            Typed::Char(c) => button(c.to_string(), Icon::None, Control::Type(typed)),
            Typed::Erase => self.button(Msg::DeleteKey, Icon::Delete, Control::Type(typed)),
            Typed::Validate => self.button(Msg::ConfirmKey, Icon::Check, Control::Type(typed)),
        };
        keyboard::keys(keyboard, self.shown_lang()).into_iter().flatten().map(key).collect()
    }

    pub(super) fn pin_locked_view(&self, minutes: u8) -> Message {
        let title = self.texts().count(Counted::Locked, minutes.into());
        Message {
            buttons: vec![self.button(Msg::CancelKey, Icon::None, Control::Cancel)],
            ..self.message("S26", Icon::Lock, Tone::Warning, title, self.t(Msg::PinLockedText))
        }
    }

    /// S27 and what it leads to.
    pub(super) fn desk_screen(&self, desk: Desk) -> Screen {
        let overview = || self.staff_button(Msg::Back, Icon::Back, StaffControl::Overview);
        let plain = |text: String| Fact { level: Level::Plain, text };
        let page = |title: Msg, text: String, facts: Vec<Fact>, buttons: Vec<Button>| {
            Screen::Maintenance(Maintenance { title: self.t(title), text, facts, buttons })
        };
        match desk {
            Desk::Overview => page(Msg::Maintenance, self.machine_line(), self.facts(), self.overview_buttons()),
            Desk::Network => {
                let lines = self.machine.network.iter().cloned().map(plain);
                let facts = [self.network_fact()].into_iter().chain(lines).collect();
                page(Msg::Network, String::new(), facts, vec![overview()])
            }
            Desk::Uncertain => {
                let numbers = self.machine.uncertain.iter().map(|label| plain(label.display())).collect();
                page(Msg::UncertainTitle, self.t(Msg::UncertainText), numbers, vec![overview()])
            }
            Desk::Reader => {
                let read = self.machine.scanned.clone();
                let fact =
                    read.map(|what| Fact { level: Level::Good, text: self.fill(Msg::ReaderRead, &[("what", what)]) });
                page(Msg::TestReader, self.t(Msg::TestReaderText), fact.into_iter().collect(), vec![overview()])
            }
            Desk::Volume => {
                let buttons = vec![self.staff_button(Msg::Listen, Icon::Speaker, StaffControl::Volume), overview()];
                page(Msg::Volume, self.t(Msg::TryVolume), vec![plain(self.volume_words())], buttons)
            }
            Desk::Stop => {
                let power_off = self
                    .machine
                    .can_power_off
                    .then(|| self.staff_button(Msg::PowerOff, Icon::None, StaffControl::PowerOff));
                let restart = self.staff_button(Msg::Restart, Icon::None, StaffControl::Restart);
                let cancel = self.staff_button(Msg::CancelKey, Icon::Back, StaffControl::Overview);
                let buttons = [restart].into_iter().chain(power_off).chain([cancel]).collect();
                let text =
                    self.texts().count(Counted::StaysSaved, u32::try_from(self.machine.unsent).unwrap_or(u32::MAX));
                page(Msg::StopTitle, text, Vec::new(), buttons)
            }
            Desk::Roll(step) => Screen::Message(self.roll_view(step)),
        }
    }

    /// `Borne 02 · v1.4.2 · 10 h 42`.
    fn machine_line(&self) -> String {
        let clock = self.hall.now.map(|now| self.texts().clock(now.time()));
        [self.machine.name.clone()].into_iter().chain(clock).collect::<Vec<_>>().join(" · ")
    }

    fn overview_buttons(&self) -> Vec<Button> {
        let uncertain = self.machine.uncertain.len();
        let view = self.fill(Msg::UncertainTickets, &[("n", uncertain.to_string())]);
        let view = button(view, Icon::Warning, Control::Staff(StaffControl::Uncertain));
        let shut = self.hall.shut.is_some() && self.hall.shut == self.hall.now.map(jiff::civil::DateTime::date);
        let reception = if shut { Msg::OpenReception } else { Msg::CloseReception };
        let buttons = [
            (Msg::ChangeRoll, StaffControl::ChangeRoll),
            (Msg::TestTicketButton, StaffControl::TestTicket),
            (Msg::TestReader, StaffControl::TestReader),
            (Msg::Volume, StaffControl::Volume),
            (Msg::Network, StaffControl::Network),
            (reception, StaffControl::CloseReception),
            (Msg::Stop, StaffControl::Stop),
            (Msg::Exit, StaffControl::Leave),
        ];
        let rest = buttons.map(|(msg, control)| self.staff_button(msg, Icon::None, control));
        (uncertain > 0).then_some(view).into_iter().chain(rest).collect()
    }

    fn facts(&self) -> Vec<Fact> {
        let parts = self.machine.parts.iter().map(|(part, health)| self.part_fact(*part, *health));
        parts.chain([self.network_fact(), self.unsent_fact()]).collect()
    }

    fn part_fact(&self, part: Part, health: Health) -> Fact {
        let part = match part {
            Part::Printer => Msg::PartPrinter,
            Part::Scanner => Msg::PartScanner,
            Part::Badges => Msg::PartBadges,
            Part::Headset => Msg::PartHeadset,
            Part::Sound => Msg::PartSound,
            Part::CallButton => Msg::PartCallButton,
        };
        let (level, health) = match health {
            Health::Good => (Level::Good, Msg::HealthGood),
            Health::PaperLow => (Level::Warning, Msg::HealthPaperLow),
            Health::PaperOut => (Level::Fault, Msg::HealthPaperOut),
            Health::CoverOpen => (Level::Fault, Msg::HealthCoverOpen),
            Health::Refuses => (Level::Fault, Msg::HealthRefuses),
            Health::Gone => (Level::Fault, Msg::HealthGone),
            Health::Unplugged => (Level::Plain, Msg::HealthUnplugged),
        };
        Fact { level, text: self.fill(Msg::PartIs, &[("part", self.t(part)), ("health", self.t(health))]) }
    }

    fn network_fact(&self) -> Fact {
        match self.machine.offline_min {
            None => Fact { level: Level::Good, text: self.t(Msg::NetworkUp) },
            Some(minutes) => {
                let text = self.fill(Msg::NetworkDown, &[("minutes", minutes.to_string())]);
                Fact { level: Level::Fault, text }
            }
        }
    }

    fn unsent_fact(&self) -> Fact {
        let unsent = self.machine.unsent;
        let n = ("n", unsent.to_string());
        match (unsent, self.machine.oldest) {
            (0, _) => Fact { level: Level::Good, text: self.t(Msg::NothingToSend) },
            (_, Some(oldest)) => {
                let when = self.texts().time(oldest.time());
                Fact { level: Level::Plain, text: self.fill(Msg::ToSend, &[n, ("when", when)]) }
            }
            (_, None) => Fact { level: Level::Plain, text: self.fill(Msg::ToSendNow, &[n]) },
        }
    }

    /// S28.
    pub(super) fn roll_view(&self, step: RollStep) -> Message {
        let (title, icon) = match step {
            RollStep::Open => (Msg::RollOpen, Icon::RollOpen),
            RollStep::Place => (Msg::RollPlace, Icon::RollPlace),
            RollStep::Pull => (Msg::RollPull, Icon::RollPull),
            RollStep::Check => (Msg::RollCheck, Icon::RollSlip),
        };
        let cancel = self.staff_button(Msg::CancelKey, Icon::None, StaffControl::Overview);
        let next = self.staff_button(Msg::NextStep, Icon::None, StaffControl::NextStep);
        let buttons = match (step, self.roll.sensors) {
            (RollStep::Check, _) => vec![
                self.staff_button(Msg::Yes, Icon::None, StaffControl::Readable(true)),
                self.staff_button(Msg::No, Icon::None, StaffControl::Readable(false)),
            ],
            (_, true) => vec![cancel],
            (_, false) => vec![next, cancel],
        };
        let equal = step == RollStep::Check;
        Message { buttons, equal, ..self.message("S28", icon, Tone::Plain, self.t(title), String::new()) }
    }

    /// The language of a screen of staff.
    pub(crate) const fn staff_lang(lang: Language) -> Language {
        if matches!(lang, Language::En) { Language::En } else { Language::Fr }
    }
}
