//! Whole journeys, and random ones that must never end in a dead end or a second ticket.

mod hall;
mod help;
mod keypad;
mod pages;
mod random;
mod speech;
mod staff;
mod survey;
mod visit;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wire::catalogue::Catalogue;
use wire::ids::{ServiceId, TicketId};

use crate::speech::{Output, Utterance};
use crate::texts::Library;
use crate::view::{Message, Screen, View};
use crate::*;

const SITE: &str = include_str!("../../../../config/examples/marseille/site.toml");

/// What fits a 21.5 inch panel in portrait.
const ROOMS: Rooms = {
    let normal = Room {
        cards: 7,
        documents: 5,
        split_detail: false,
        split_ticket: false,
        split_lines: false,
        language_tiles: true,
    };
    Rooms { normal, large: Room { cards: 5, split_detail: true, ..normal } }
};

/// What fits a 7 inch panel.
const SMALL: Rooms = {
    let normal = Room {
        cards: 4,
        documents: 3,
        split_detail: true,
        split_ticket: true,
        split_lines: false,
        language_tiles: false,
    };
    Rooms { normal, large: Room { cards: 2, documents: 2, ..normal } }
};

/// The example's services, received at any time, none of them in groups or limited.
pub fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::from_toml(SITE).unwrap();
    catalogue.site.hours = None;
    for service in &mut catalogue.services {
        (service.hours, service.quota, service.group, service.sensitive) = (None, None, false, false);
    }
    catalogue
}

/// The texts, read once for all tests.
fn texts() -> Arc<Library> {
    static TEXTS: OnceLock<Arc<Library>> = OnceLock::new();
    Arc::clone(TEXTS.get_or_init(Arc::default))
}

/// What was said at one go.
#[derive(Clone, PartialEq, Debug)]
struct Said {
    id: u64,
    output: Output,
    utterances: Vec<Utterance>,
    /// Silence was asked for before it was replaced.
    cut: bool,
}

impl Said {
    fn words(&self) -> String {
        self.utterances.iter().map(|u| u.text.as_str()).collect::<Vec<_>>().join(" | ")
    }
}

/// What effects let hear, in their order.
fn said(effects: &[Effect]) -> Vec<Said> {
    let mut log: Vec<Said> = Vec::new();
    for effect in effects {
        if let Effect::Speak { id, utterances, output } = effect {
            log.push(Said { id: *id, output: *output, utterances: utterances.clone(), cut: false });
        } else if *effect == Effect::Hush
            && let Some(last) = log.last_mut()
        {
            last.cut = true;
        }
    }
    log
}

/// A borne, its clock and its timers.
struct Bench {
    journey: Journey,
    now: Duration,
    timers: BTreeSet<(Duration, TimerId)>,
    effects: Vec<Effect>,
    numbers: u32,
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

impl Bench {
    fn new(role: Role) -> Self {
        Self::with(role, catalogue())
    }

    fn with(role: Role, catalogue: Catalogue) -> Self {
        Self::on(role, catalogue, ROOMS)
    }

    fn on(role: Role, catalogue: Catalogue, rooms: Rooms) -> Self {
        let setup = Setup { catalogue: Arc::new(catalogue), role, rooms, appearance: Appearance::default() };
        let journey = Journey::new(setup, texts(), Duration::ZERO);
        let mut bench = Self { journey, now: ms(1_000), timers: BTreeSet::new(), effects: vec![], numbers: 0 };
        bench.input(Input::Printer(PrinterReadiness::Ready));
        bench.input(Input::Uplink(true));
        bench
    }

    fn input(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.journey.handle(input, self.now);
        for effect in &effects {
            if let Effect::Start { timer, after } = effect {
                self.timers.insert((self.now + *after, *timer));
            }
        }
        self.effects.extend(effects.iter().cloned());
        effects
    }

    fn view(&self) -> View {
        self.journey.view(self.now)
    }

    fn code(&self) -> &'static str {
        self.view().screen.code()
    }

    /// A tap of a person who has seen the screen.
    fn tap(&mut self, control: Control) -> Vec<Effect> {
        self.wait(ms(1_100));
        let view = self.view();
        assert!(view.controls().any(|c| c == control), "{} does not offer {control:?}", view.screen.code());
        self.input(Input::Touched(control))
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, timer)) = self.timers.first().copied().filter(|(at, _)| *at <= until) {
            self.timers.pop_first();
            self.now = at;
            self.input(Input::Timer(timer));
        }
        self.now = until;
    }

    fn issue(&mut self) -> Issued {
        self.numbers += 1;
        let ticket = TicketId(uuid(u128::from(self.numbers)));
        let label = format!("A {}", self.numbers).parse().unwrap();
        let issued = Issued { ticket, label, link: "HTTPS://X/T/Y".into(), paper_ms: 2_000 };
        self.input(Input::Issued(Ok(issued.clone())));
        issued
    }

    fn take_ticket(&mut self) -> Issued {
        self.tap(Control::TakeTicket);
        let service = self.journey.setup.catalogue.services[0].id.clone();
        self.tap(Control::Service(service));
        let effects = self.tap(Control::Confirm);
        let ordered = |e: &Effect| matches!(e, Effect::Issue(Order { paperless: false, .. }));
        assert!(effects.iter().any(ordered), "{effects:?}");
        self.issue()
    }

    fn take_printed_ticket(&mut self) -> Issued {
        let issued = self.take_ticket();
        self.input(Input::Print(issued.ticket, PrintReport::Printed));
        assert_eq!(self.code(), "S15");
        issued
    }

    /// A key of the keypad, down and up.
    fn key(&mut self, key: Key) -> Vec<Effect> {
        self.wait(ms(100));
        let mut effects = self.input(Input::Key(key, Press::Down));
        effects.extend(self.input(Input::Key(key, Press::Up)));
        effects
    }

    /// The place where the keypad is: its label, and its rank in reading order.
    fn focus(&self) -> Option<(usize, String)> {
        let view = self.view();
        let focus = view.chrome.focus.clone()?;
        let stops = view.stops();
        let mut same =
            stops.iter().enumerate().filter(|(_, s)| s.label == focus.label && s.is_button() == focus.button);
        Some((same.nth(focus.nth)?.0, focus.label))
    }

    /// Goes to a control with the keypad alone.
    fn reach(&mut self, control: &Control) {
        let stops = self.view().stops();
        let wanted = stops.iter().position(|s| s.activates(control));
        let Some(wanted) = wanted else { panic!("{} does not offer {control:?}", self.code()) };
        for _ in 0..=stops.len() {
            self.key(Key::Next);
            if self.focus().is_some_and(|(at, _)| at == wanted) {
                return;
            }
        }
        panic!("{}: {control:?} is not reached", self.code());
    }

    /// Activates a control with the keypad alone, as a person who has listened to the screen.
    fn press(&mut self, control: &Control) -> Vec<Effect> {
        self.wait(ms(1_100));
        self.reach(control);
        self.key(Key::Select)
    }

    /// What is heard while something happens.
    fn hear(&mut self, what: impl FnOnce(&mut Self)) -> Vec<Said> {
        let before = self.effects.len();
        what(self);
        said(&self.effects[before..])
    }

    /// What is spoken now ends.
    fn let_it_end(&mut self) {
        if let Some(last) = said(&self.effects).last().filter(|s| !s.cut) {
            self.input(Input::SpeechEnded(last.id));
        }
    }

    fn message(&self) -> Message {
        let Screen::Message(message) = self.view().screen else { panic!("a message expected, {}", self.code()) };
        message
    }

    fn service(&self, at: usize) -> ServiceId {
        self.journey.setup.catalogue.services[at].id.clone()
    }

    fn counted(&self) -> Vec<(String, bool)> {
        let counts = self.effects.iter().filter_map(|e| {
            if let Effect::Count { vector, suspect } = e { Some((vector.to_string(), *suspect)) } else { None }
        });
        counts.collect()
    }
}

fn uuid(n: u128) -> ::uuid::Uuid {
    ::uuid::Uuid::from_u128(n)
}
