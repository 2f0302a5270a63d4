//! Every screen as a real journey shows it: visits are played, and what they show is kept.
//!
//! The journeys are fixed and so is their site: where one cannot go on, the program is wrong, and it ends.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::civil::{DateTime, date};
use kiosk_flow::texts::Library;
use kiosk_flow::view::{Screen, Theme, View};
use kiosk_flow::{
    Appearance, Control, Effect, Hall, Health, HelpProgress, Input, IssueFault, Issued, Journey, MachineState, Part,
    PinCheck, PrintReport, PrinterReadiness, Role, Rooms, Setup, StaffControl, TimerId, Typed, Wait,
};
use wire::catalogue::Catalogue;
use wire::ids::{FamilyId, HelpId, Language, ServiceId, TicketId};

/// The second of four faces.
const FAIRLY_WELL: &str = r#"{ "fr": "Plutôt bien", "en": "Fairly well", "es": "Bien", "pt": "Bem", "ar": "جيد",
    "tr": "İyi", "uk": "Добре", "zh": "比较好", "fr-simple": "Bien" }"#;

/// Longer than any screen is deaf after it came.
const PAUSE: Duration = Duration::from_secs(2);

/// How a visitor has the screens.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// What fits the panel.
    pub rooms: Rooms,
    /// The language.
    pub lang: Language,
    /// Whether letters are large.
    pub large: bool,
    /// The palette.
    pub theme: Theme,
}

/// Every screen of a visitor, with its name.
pub fn all(wanted: &Wanted) -> Vec<(String, View)> {
    let mut kept = visitor(wanted);
    kept.extend(families(wanted));
    kept.extend(survey(wanted));
    if wanted.lang == Language::Fr || wanted.lang == Language::En {
        kept.extend(staff(wanted));
    }
    kept
}

fn visitor(wanted: &Wanted) -> Vec<(String, View)> {
    let mut borne = Borne::new(wanted, Role::Both, catalogue());
    borne.keep("s01");
    borne.tap(Control::Display).keep("s29");
    borne.tap(Control::Back).tap(Control::Languages).keep("s02");
    borne.tap(Control::Back).tap(Control::TakeTicket).keep_pages("s03");
    borne.tap(Control::CallPerson).keep("s22");
    borne.tell(Input::HelpOpened(call())).time_out().keep("s22-nobody");
    borne.tap(Control::Continue).tap(Control::CallPerson);
    borne.tell(Input::HelpOpened(call())).tell(Input::Help(call(), HelpProgress::Coming)).keep("s22-coming");
    borne.tap(Control::Continue).open("school").keep("s04-group");
    borne.tap(Control::Group(4)).keep_pages("s04-four");
    borne.tap(Control::OtherService).open("identity").keep_pages("s04");
    borne.tap(Control::HavePriority).keep("s05");
    borne.tap(Control::Back).tell(Input::Printer(PrinterReadiness::NotReady)).keep("s04-paperless");
    borne.tap(Control::ConfirmPaperless).issue("B 42").keep_pages("s16-paperless");
    borne.tap(Control::Noted).dress().tell(Input::Printer(PrinterReadiness::Ready));
    borne.take_ticket("B 42").keep("s14");
    borne.time_out().keep("s14-slow");
    borne.tell(Input::Print(ticket(), PrintReport::Sent)).keep_pages("s15");
    borne.time_out().keep_pages("s15-countdown");
    borne.tap(Control::NoTicket).keep_pages("s16");
    borne.time_out().keep("s23");
    borne.tap(Control::Finish).dress();
    borne.take_ticket("W9 9999").tell(Input::Print(ticket(), PrintReport::Printed)).keep_pages("s15-widest");
    borne.tap(Control::Finish).dress().tap(Control::GiveFeedback).keep("s18");
    borne.tap(Control::Answer(1)).keep("s19");
    borne.tap(Control::Answer(2)).keep("s20");
    borne.time_out().keep("s20-countdown");
    borne.tap(Control::Finish).dress().tap(Control::TakeTicket).open("civil");
    borne.tap(Control::Confirm).tell(Input::FaultTold(true)).tell(Input::Issued(Err(IssueFault::Store))).keep("s24");
    borne.time_out().dress();
    // Services that are full, and the end of the day.
    let full = ["digital", "civil"].map(service).into_iter().collect();
    borne.tell(Input::Hall(Hall { closes_at: None, full })).tap(Control::TakeTicket).keep("s03-full");
    borne.open("civil").keep("s17-service");
    while borne.view().screen.code() != "S01" {
        borne.tap(Control::Back);
    }
    borne.tell(Input::Clock(now().with().hour(18).build().expect("a time"))).keep("s17");
    borne.kept
}

/// A site whose services stand in families.
fn families(wanted: &Wanted) -> Vec<(String, View)> {
    let mut catalogue = catalogue();
    let family = |id: &str| id.parse::<FamilyId>().expect("a family");
    for (rank, service) in catalogue.services.iter_mut().enumerate() {
        service.family = Some(family(if rank < 4 { "papers" } else { "rest" }));
    }
    catalogue.families = ["papers", "rest"]
        .into_iter()
        .zip(&catalogue.services)
        .map(|(id, service)| wire::catalogue::Family { id: family(id), name: service.name.clone() })
        .collect();
    let mut borne = Borne::new(wanted, Role::Ticket, catalogue);
    borne.tap(Control::TakeTicket).keep("s03-families");
    borne.tap(Control::Family(family("papers"))).keep("s03-family");
    borne.kept
}

/// A borne for feedback only, whose first question has four faces.
fn survey(wanted: &Wanted) -> Vec<(String, View)> {
    let mut catalogue = catalogue();
    if let Some(question) = catalogue.survey.as_mut().and_then(|survey| survey.questions.first_mut()) {
        question.answers.insert(1, serde_json::from_str(FAIRLY_WELL).expect("a text"));
    }
    let mut borne = Borne::new(wanted, Role::Survey, catalogue);
    borne.keep("s18-home");
    borne.kept
}

fn staff(wanted: &Wanted) -> Vec<(String, View)> {
    let mut borne = Borne::new(wanted, Role::Both, catalogue());
    borne.tell(Input::Badge).tap(Control::Type(Typed::Char('4'))).keep("s26");
    borne.type_pin().tell(Input::Pin(PinCheck::Wrong { left: 3 })).keep("s26-wrong");
    borne.type_pin().tell(Input::Pin(PinCheck::Locked { minutes: 5 })).keep("s26-locked");
    borne.tap(Control::Cancel).tell(Input::Badge).type_pin().tell(Input::Pin(PinCheck::Right));
    borne.tell(Input::Machine(MachineState {
        can_power_off: true,
        name: "Borne 02 · v1.4.2".to_owned(),
        parts: vec![
            (Part::Printer, Health::PaperLow),
            (Part::Scanner, Health::Good),
            (Part::Badges, Health::Good),
            (Part::Headset, Health::Unplugged),
            (Part::Sound, Health::Refuses),
            (Part::CallButton, Health::Gone),
        ],
        offline_min: Some(12),
        unsent: 37,
        oldest: Some(now()),
        uncertain: vec!["B 42".parse().expect("a label")],
        network: ["eth0: 192.168.1.20/24", "passerelle 192.168.1.1", "DNS 192.168.1.1"].map(str::to_owned).to_vec(),
        scanned: Some("QR, 90".to_owned()),
    }));
    borne.keep("s27");
    for (control, name) in [
        (StaffControl::Network, "s27-network"),
        (StaffControl::Uncertain, "s27-uncertain"),
        (StaffControl::TestReader, "s27-reader"),
        (StaffControl::Volume, "s27-volume"),
        (StaffControl::Stop, "s27-stop"),
    ] {
        borne.tap(Control::Staff(control)).keep(name);
        borne.tap(Control::Staff(StaffControl::Overview));
    }
    borne.tap(Control::Staff(StaffControl::ChangeRoll)).keep("s28-1");
    for name in ["s28-2", "s28-3", "s28-4"] {
        borne.tap(Control::Staff(StaffControl::NextStep)).keep(name);
    }
    borne.kept
}

struct Borne {
    journey: Journey,
    wanted: Wanted,
    now: Duration,
    timer: Option<(TimerId, Duration)>,
    waits: BTreeMap<ServiceId, Wait>,
    kept: Vec<(String, View)>,
}

fn texts() -> Arc<Library> {
    static TEXTS: OnceLock<Arc<Library>> = OnceLock::new();
    Arc::clone(TEXTS.get_or_init(Arc::default))
}

/// The site of the pictures.
///
/// # Panics
/// Never: it is compiled in, and a test draws it.
#[must_use]
pub fn catalogue() -> Catalogue {
    Catalogue::from_toml(include_str!("site.toml")).expect("a catalogue")
}

fn now() -> DateTime {
    date(2026, 11, 23).at(10, 42, 0, 0)
}

impl Borne {
    fn new(wanted: &Wanted, role: Role, catalogue: Catalogue) -> Self {
        let waits: BTreeMap<_, _> = catalogue
            .services
            .iter()
            .zip([Some((20, 30)), Some((0, 10)), None, Some((110, 155))].into_iter().cycle())
            .map(|(service, minutes)| (service.id.clone(), Wait { ahead: 7, minutes }))
            .collect();
        let appearance = Appearance { theme: wanted.theme, night: None };
        let setup = Setup { catalogue: Arc::new(catalogue), role, rooms: wanted.rooms, appearance };
        let journey = Journey::new(setup, texts(), Duration::ZERO);
        let mut borne = Self { journey, wanted: *wanted, now: PAUSE, timer: None, waits, kept: Vec::new() };
        borne.tell(Input::Printer(PrinterReadiness::Ready)).tell(Input::Uplink(true));
        borne.tell(Input::Clock(now())).dress();
        borne
    }

    fn view(&self) -> View {
        self.journey.view(self.now)
    }

    fn keep(&mut self, name: &str) {
        self.kept.push((format!("{name}-{}", self.wanted.lang.tag()), self.view()));
    }

    /// This page and those that "more" leads to.
    fn keep_pages(&mut self, name: &str) -> &mut Self {
        self.keep(name);
        let mut seen = vec![self.words()];
        for page in 2.. {
            if !self.view().controls().any(|control| control == Control::More) {
                break;
            }
            self.tap(Control::More);
            if seen.contains(&self.words()) {
                break;
            }
            seen.push(self.words());
            self.keep(&format!("{name}-{page}"));
        }
        self
    }

    /// What tells one page from another: a countdown, which a touch ends, does not.
    fn words(&self) -> Vec<String> {
        let mut screen = self.view().screen;
        if let Screen::Ticket(ticket) = &mut screen {
            ticket.countdown = None;
        }
        let view = View { screen, ..self.view() };
        view.stops().into_iter().map(|stop| stop.label).collect()
    }

    fn tell(&mut self, input: Input) -> &mut Self {
        for effect in self.journey.handle(input, self.now) {
            if let Effect::Start { timer, after } = effect {
                self.timer = Some((timer, after));
            } else if let Effect::Rejected { screen, input } = effect {
                panic!("{screen} rejected {input}");
            }
        }
        self
    }

    fn tap(&mut self, control: Control) -> &mut Self {
        self.now += PAUSE;
        self.tell(Input::Touched(control))
    }

    fn type_pin(&mut self) -> &mut Self {
        for digit in "482713".chars() {
            self.tap(Control::Type(Typed::Char(digit)));
        }
        self.tap(Control::Type(Typed::Validate))
    }

    fn time_out(&mut self) -> &mut Self {
        let (timer, after) = self.timer.take().expect("a screen that does not stay for ever");
        self.now += after;
        self.tell(Input::Timer(timer))
    }

    /// The screens as this visitor has them, with waits that are no older than they.
    fn dress(&mut self) -> &mut Self {
        self.tell(Input::Waits(self.waits.clone()));
        let offers = |borne: &Self, wanted: &Control| borne.view().controls().any(|control| control == *wanted);
        let lang = Control::Language(self.wanted.lang);
        if !offers(self, &lang) {
            self.tap(Control::Languages);
        }
        self.tap(lang);
        if self.wanted.large {
            self.tap(Control::Display).tap(Control::LargeText).tap(Control::Back);
        }
        self
    }

    /// Looks for a service on every page.
    fn open(&mut self, id: &str) -> &mut Self {
        let wanted = Control::Service(service(id));
        for _ in 0..20 {
            if self.view().controls().any(|control| control == wanted) {
                return self.tap(wanted);
            }
            self.tap(Control::More);
        }
        panic!("no page has {id}");
    }

    fn take_ticket(&mut self, label: &str) -> &mut Self {
        self.tap(Control::TakeTicket).open("identity").tap(Control::Confirm).issue(label)
    }

    fn issue(&mut self, label: &str) -> &mut Self {
        // As long as a link may be: 90 characters.
        let link = format!("HTTPS://{}.EXAMPLE.FR/T/{}/W9.9999", "ACCUEIL-".repeat(4), "7".repeat(26));
        let label = label.parse().expect("a label");
        self.tell(Input::Issued(Ok(Issued { ticket: ticket(), label, link, paper_ms: 0 })))
    }
}

fn service(id: &str) -> ServiceId {
    id.parse().expect("a service")
}

fn ticket() -> TicketId {
    "01900000-0000-7000-8000-000000000042".parse().expect("a ticket")
}

fn call() -> HelpId {
    "01900000-0000-7000-8000-000000000043".parse().expect("a call")
}
