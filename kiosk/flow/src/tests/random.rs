//! Whatever visitors, staff, keys, time, devices and servers do: 100,000 events from fixed seeds.

use std::time::Duration;

use jiff::civil::{DateTime, date};
use wire::ids::{HelpId, Language, TicketId};
use wire::opening::{Opening, Week};

use super::*;
use crate::speech::Volume;
use crate::view::{Stop, StopKind, Theme};

const SEEDS: u64 = 100;
const EVENTS: usize = 1_000;

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }
}

fn catalogues() -> [Catalogue; 4] {
    let mut one = catalogue();
    one.services.truncate(1);
    one.services[0].group = true;
    let mut hours = catalogue();
    let day = || ["08:30-12:00", "13:30-17:00"].map(|s| s.parse().unwrap()).to_vec();
    hours.site.hours = Some(Week { mon: day(), tue: day(), thu: day(), ..Week::default() });
    hours.services[1].sensitive = true;
    hours.services[2].hours = Some(Week { tue: day(), ..Week::default() });
    hours.site.mobile = true;
    [catalogue(), pages::in_families(), one, hours]
}

/// What the world knows, apart from the journey.
struct World {
    b: Bench,
    dice: Dice,
    headset: bool,
    clock: Option<DateTime>,
    hall: Hall,
    waiting: bool,
    last_ticket: TicketId,
    last_said: u64,
    seen: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let role = dice.pick(&[Role::Both, Role::Both, Role::Ticket, Role::Survey]);
        let rooms = dice.pick(&[ROOMS, SMALL]);
        let b = Bench::on(role, dice.pick(&catalogues()), rooms);
        let last_ticket = TicketId(uuid(0));
        Self {
            b,
            dice,
            headset: false,
            clock: None,
            hall: Hall::default(),
            waiting: false,
            last_ticket,
            last_said: 0,
            seen: 0,
        }
    }

    /// Whether a ticket may be issued for a service, told from the catalogue alone.
    fn received(&self, id: &ServiceId) -> bool {
        let catalogue = &self.b.journey.setup.catalogue;
        let service = catalogue.service(id).unwrap();
        let in_hours = |now| catalogue.service_hours(service).is_none_or(|h| matches!(h.at(now), Opening::Open { .. }));
        let ended = |now: DateTime| self.hall.closes_at.is_some_and(|end| end.date() == now.date() && end <= now);
        self.clock.is_none_or(|now| in_hours(now) && !ended(now)) && !self.hall.full.contains(id)
    }

    fn step(&mut self) {
        let time = match self.dice.below(40) {
            0 => 60_000,
            1..5 => 6_000,
            _ => 700,
        };
        let time = ms(self.dice.below(time));
        self.b.wait(time);
        self.check("time");
        let (name, input) = self.event();
        if let Some(input) = input {
            self.b.input(input);
        }
        self.check(name);
    }

    fn touch(&mut self) -> Input {
        let view = self.b.view();
        let offered: Vec<Control> = view.anywhere().cloned().into_iter().chain(view.controls()).collect();
        if offered.is_empty() || self.dice.below(8) == 0 {
            let service = self.b.service(0);
            return Input::Touched(self.dice.pick(&[
                Control::Confirm,
                Control::ConfirmPaperless,
                Control::Priority(true),
                Control::Group(200),
                Control::Service(service),
                Control::Service("no-such-service".parse().unwrap()),
                Control::PrintAgain,
                Control::More,
                Control::Back,
                Control::Answer(9),
                Control::Staff(StaffControl::PowerOff),
                Control::Staff(StaffControl::Leave),
                Control::Type(Typed::Char('1')),
                Control::Finish,
            ]));
        }
        // Screens that are left by one button of many would keep chance for ever.
        match view.screen.code() {
            "S29" if self.dice.coin() => return Input::Touched(Control::Back),
            "S26" if self.dice.below(4) > 0 => {
                let others = [Control::Type(Typed::Validate), Control::Type(Typed::Validate), Control::Cancel];
                let digit = Control::Type(Typed::Char('1'));
                return Input::Touched(if self.dice.below(8) > 0 { digit } else { self.dice.pick(&others) });
            }
            _ => {}
        }
        // The footer stands on every screen: what the screen itself asks is touched more often.
        let content = offered.len().saturating_sub(view.chrome.footer.len());
        let near = if content > 0 && self.dice.below(5) > 0 { &offered[..content] } else { &offered[..] };
        let rare = |control: &Control| matches!(control, Control::Language(_) | Control::DontKnow | Control::Stay);
        let first = self.dice.pick(near);
        Input::Touched(if rare(&first) { self.dice.pick(near) } else { first })
    }

    fn event(&mut self) -> (&'static str, Option<Input>) {
        let kind = self.dice.below(100);
        let input = match kind {
            0..35 => return ("touch", Some(self.touch())),
            35..55 => {
                let key = self.dice.pick(&[Key::Next, Key::Next, Key::Previous, Key::Select, Key::Repeat, Key::Volume]);
                return ("key", Some(Input::Key(key, if self.dice.below(3) > 0 { Press::Down } else { Press::Up })));
            }
            55..58 => {
                self.headset = self.dice.coin();
                Input::Headset(self.headset)
            }
            58..61 => Input::Presence(self.dice.coin()),
            61..63 => Input::Badge,
            63..69 => Input::Pin(self.dice.pick(&[
                PinCheck::Right,
                PinCheck::Right,
                PinCheck::Wrong { left: 2 },
                PinCheck::Locked { minutes: 5 },
            ])),
            69..72 => self.tick(),
            72..74 => self.decide(),
            74..76 => {
                let minutes = self.dice.coin().then_some((5, 15));
                Input::Waits([(self.b.service(0), Wait { ahead: 3, minutes })].into())
            }
            76..82 => return ("issued", self.answer()),
            82..87 => {
                let report =
                    self.dice.pick(&[PrintReport::Printed, PrintReport::Sent, PrintReport::Failed, PrintReport::Lost]);
                let ticket = self.dice.pick(&[self.last_ticket, self.last_ticket, TicketId(uuid(999))]);
                Input::Print(ticket, report)
            }
            87..89 => Input::Printer(self.dice.pick(&[PrinterReadiness::Ready, PrinterReadiness::NotReady])),
            89..92 => self.help(),
            92 => match self.dice.below(4) {
                0 => Input::Uplink(true),
                1 => Input::Uplink(false),
                2 => Input::FaultTold(true),
                _ => Input::FaultTold(false),
            },
            93..95 => {
                let (cover_open, paper, sensors) = (self.dice.coin(), self.dice.coin(), self.dice.below(4) > 0);
                Input::Roll(Roll { cover_open, paper, sensors })
            }
            95 => Input::Machine(MachineState { uncertain: vec!["B 7".parse().unwrap()], ..MachineState::default() }),
            96 => Input::Timer(TimerId(self.dice.below(2_000) / 2)),
            _ => Input::SpeechEnded(self.spoken()),
        };
        ("news", Some(input))
    }

    fn tick(&mut self) -> Input {
        let minutes = i64::try_from(self.dice.below(3 * 24 * 60)).unwrap();
        let start = self.clock.filter(|_| self.dice.below(20) > 0).unwrap_or(date(2026, 11, 23).at(8, 0, 0, 0));
        let now = start.saturating_add(jiff::Span::new().minutes(minutes / 20));
        if self.clock.is_some_and(|before| before.date() < now.date()) {
            self.hall.full.clear();
        }
        self.clock = Some(now);
        Input::Clock(now)
    }

    fn decide(&mut self) -> Input {
        let services: Vec<ServiceId> = self.b.journey.setup.catalogue.services.iter().map(|s| s.id.clone()).collect();
        let closes_at = self.clock.filter(|_| self.dice.below(10) == 0);
        let all = self.dice.below(20) == 0;
        let full = services.into_iter().filter(|_| all || self.dice.below(8) == 0).collect();
        self.hall = Hall { closes_at, full };
        Input::Hall(self.hall.clone())
    }

    fn help(&mut self) -> Input {
        let help = HelpId(uuid(u128::from(self.dice.below(3))));
        match self.dice.below(5) {
            0..2 => Input::HelpOpened(help),
            2 => Input::HelpFailed,
            _ => Input::Help(help, self.dice.pick(&[HelpProgress::Told, HelpProgress::Coming, HelpProgress::Nobody])),
        }
    }

    /// The store answers, or something that nobody asked for comes.
    fn answer(&mut self) -> Option<Input> {
        if self.waiting {
            self.waiting = false;
            if self.dice.below(8) == 0 {
                return Some(Input::Issued(Err(IssueFault::Store)));
            }
            self.last_ticket = self.b.issue().ticket;
            return None;
        }
        (self.dice.below(10) == 0).then_some(Input::Issued(Err(IssueFault::Store)))
    }

    /// The right utterance, or one of long ago.
    fn spoken(&mut self) -> u64 {
        let last = self.last_said;
        if self.dice.coin() { last } else { self.dice.below(last + 1) }
    }

    fn check(&mut self, event: &str) {
        for effect in &self.b.effects[self.seen..] {
            if let Effect::Issue(order) = effect {
                assert!(!self.waiting, "{event}: a second ticket before the first was there");
                assert!(self.received(&order.service), "{event}: a ticket for {:?}, closed or full", order.service);
                assert!((1..=9).contains(&order.group), "{event}: {order:?}");
                self.waiting = true;
            } else if let Effect::Speak { id, output, .. } = effect {
                self.last_said = *id;
                let ear = *output == Output::Headset;
                assert_eq!(ear, self.headset, "{event}: spoken to the wrong ears");
            }
        }
        self.seen = self.b.effects.len();
        let view = self.b.view();
        let code = view.screen.code();
        let stops = view.stops();
        let way_on = stops.iter().any(Stop::is_button);
        assert!(way_on || matches!(code, "S14" | "S24") && !self.b.timers.is_empty(), "{event}: {code} is a dead end");
        let titles = stops.iter().filter(|s| s.kind == StopKind::Title).count();
        assert!(titles == 1 && stops[0].kind == StopKind::Title, "{event}: {code}");
        assert!(!stops[0].label.is_empty(), "{event}: {code} has no name");
        if let Some(focus) = &view.chrome.focus {
            let same = stops.iter().filter(|s| s.label == focus.label && s.is_button() == focus.button);
            assert!(same.count() > focus.nth, "{event}: {code}: the focus is nowhere");
        }
    }

    /// Everybody leaves; the store answers in the end.
    fn silence(&mut self) {
        if self.waiting {
            self.waiting = false;
            self.b.issue();
        }
        self.b.wait(Duration::from_secs(3_600));
        self.check("silence");
        let b = &self.b;
        assert!(b.journey.is_home(), "stuck at {}", b.code());
        let view = b.view();
        assert_eq!((view.chrome.lang, view.chrome.focus), (Language::Fr, None));
        assert_eq!((view.chrome.look.theme, view.chrome.look.large_text), (Theme::Standard, false));
        let last = |wanted: fn(&Effect) -> bool| b.effects.iter().rev().find(|e| wanted(e));
        let volume = last(|e| matches!(e, Effect::Volume(_)));
        assert!(volume.is_none_or(|e| *e == Effect::Volume(Volume::default())), "{volume:?}");
        let watch = last(|e| matches!(e, Effect::Watch(_)));
        assert!(watch.is_none_or(|e| *e == Effect::Watch(false)), "the machine is watched for nobody");
        let reader = last(|e| matches!(e, Effect::TestReader(_)));
        assert!(reader.is_none_or(|e| *e == Effect::TestReader(false)), "the scanner is tested for nobody");
    }
}

#[test]
fn a_hundred_thousand_events_never_end_in_a_dead_end_or_a_second_ticket() {
    let mut tickets = 0;
    let mut screens = BTreeSet::new();
    for seed in 0..SEEDS {
        let run = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            let mut codes = BTreeSet::new();
            for _ in 0..EVENTS {
                world.step();
                codes.insert(world.b.code());
            }
            world.silence();
            (world.b.effects.iter().filter(|e| matches!(e, Effect::Issue(_))).count(), codes)
        });
        let (issued, codes) = run.unwrap_or_else(|_| panic!("seed {seed}"));
        tickets += issued;
        screens.extend(codes);
    }
    // Chance has been everywhere.
    let all = "S01 S02 S03 S04 S04G S05 S14 S15 S16 S17 S18 S19 S20 S22 S23 S24 S26 S27 S28 S29";
    assert_eq!(screens.into_iter().collect::<Vec<_>>().join(" "), all);
    assert!(tickets > 300, "{tickets} tickets");
}
