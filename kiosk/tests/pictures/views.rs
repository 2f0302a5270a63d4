//! Every screen as a real journey shows it, in every language.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use borne::display::Panel;
use jiff::civil::time;
use kiosk_flow::view::View;
use kiosk_flow::{
    Control, Effect, HelpProgress, Input, IssueFault, Issued, Journey, PrintReport, PrinterReadiness, Role, Setup,
    TimerId, Wait,
};
use wire::catalogue::Catalogue;
use wire::ids::{HelpId, Language, ServiceId, TicketId};

/// Longer than any screen is deaf after it came.
const PAUSE: Duration = Duration::from_secs(2);

/// Every screen with the name of its picture.
pub fn all(panel: &Panel) -> Vec<(String, View)> {
    Language::ALL.into_iter().flat_map(|lang| visit(panel, lang)).collect()
}

fn visit(panel: &Panel, lang: Language) -> Vec<(String, View)> {
    let mut both = Borne::new(panel, Role::Both, lang);
    both.keep("s01");
    both.tap(Control::Languages).keep("s02");
    both.tap(Control::Back).tap(Control::TakeTicket).keep("s03");
    both.tap(Control::More).keep("s03-more");
    both.tap(Control::More).tap(Control::DontKnow).keep("s22");
    both.tell(Input::HelpOpened(call())).tell(Input::Help(call(), HelpProgress::Coming));
    both.keep("s22-coming");
    both.tell(Input::Help(call(), HelpProgress::Nobody)).keep("s22-nobody");
    both.tap(Control::Continue).tap(Control::Service(service("identity"))).keep("s04");
    both.tell(Input::Printer(PrinterReadiness::NotReady)).keep("s04-paperless");
    both.tap(Control::ConfirmPaperless).issue("B 42").keep("s16-paperless");
    both.tap(Control::Noted).speak(lang).tell(Input::Printer(PrinterReadiness::Ready));
    both.take_ticket("B 42").keep("s14");
    both.time_out().keep("s14-slow");
    both.tell(Input::Print(ticket(), PrintReport::Sent)).keep("s15");
    both.time_out().keep("s15-countdown");
    both.tap(Control::NoTicket).keep("s16");
    both.time_out().keep("s23");
    both.tap(Control::Finish).speak(lang);
    both.take_ticket("W9 9999").tell(Input::Print(ticket(), PrintReport::Printed)).keep("s15-widest");
    both.tap(Control::Finish).speak(lang).tap(Control::GiveFeedback).keep("s18");
    both.tap(Control::Answer(1)).keep("s19");
    both.tap(Control::Answer(2)).keep("s20");
    both.time_out().keep("s20-countdown");
    both.tap(Control::Finish).speak(lang).tap(Control::TakeTicket).tap(Control::Service(service("civil")));
    both.tap(Control::Confirm).tell(Input::Issued(Err(IssueFault::Store))).keep("s24");

    let mut survey = Borne::new(panel, Role::Survey, lang);
    survey.keep("s18-home");

    both.kept.into_iter().chain(survey.kept).map(|(name, view)| (format!("{name}-{}", lang.tag()), view)).collect()
}

struct Borne {
    journey: Journey,
    now: Duration,
    timer: Option<(TimerId, Duration)>,
    kept: Vec<(String, View)>,
}

impl Borne {
    fn new(panel: &Panel, role: Role, lang: Language) -> Self {
        let catalogue = Catalogue::from_toml(include_str!("site.toml")).expect("a catalogue");
        let waits: BTreeMap<_, _> = catalogue
            .services
            .iter()
            .zip([Some((20, 30)), Some((0, 10)), None, Some((110, 120))].into_iter().cycle())
            .map(|(service, minutes)| (service.id.clone(), Wait { ahead: 7, minutes }))
            .collect();
        let setup = Setup { catalogue: Arc::new(catalogue), role, choices: panel.choices() };
        let journey = Journey::new(setup, Duration::ZERO).expect("texts");
        let mut borne = Self { journey, now: PAUSE, timer: None, kept: Vec::new() };
        borne.tell(Input::Printer(PrinterReadiness::Ready)).tell(Input::Uplink(true)).tell(Input::Waits(waits));
        borne.tell(Input::Clock(time(10, 42, 0, 0))).speak(lang);
        borne
    }

    fn keep(&mut self, name: &str) {
        self.kept.push((name.to_owned(), self.journey.view(self.now)));
    }

    fn tell(&mut self, input: Input) -> &mut Self {
        for effect in self.journey.handle(input, self.now) {
            match effect {
                Effect::Start { timer, after } => self.timer = Some((timer, after)),
                Effect::Rejected { screen, input } => panic!("{screen} rejected {input}"),
                Effect::Issue { .. }
                | Effect::Reprint(_)
                | Effect::RequestHelp
                | Effect::CancelHelp(_)
                | Effect::Count { .. } => {}
            }
        }
        self
    }

    fn tap(&mut self, control: Control) -> &mut Self {
        self.now += PAUSE;
        self.tell(Input::Touched(control))
    }

    fn time_out(&mut self) -> &mut Self {
        let (timer, after) = self.timer.take().expect("a screen that does not stay for ever");
        self.now += after;
        self.tell(Input::Timer(timer))
    }

    fn speak(&mut self, lang: Language) -> &mut Self {
        self.tap(Control::Language(lang))
    }

    fn take_ticket(&mut self, label: &str) -> &mut Self {
        self.tap(Control::TakeTicket).tap(Control::Service(service("identity"))).tap(Control::Confirm).issue(label)
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
