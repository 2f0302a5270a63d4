//! Whole journeys, and random ones that must never end in a dead end or a second ticket.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wire::catalogue::Catalogue;
use wire::ids::{HelpId, Language, TicketId};

use crate::view::{Screen, View};
use crate::*;

const SITE: &str = include_str!("../../../config/examples/marseille/site.toml");

/// A borne, its clock and its timers.
struct Bench {
    journey: Journey,
    now: Duration,
    timers: Vec<(Duration, TimerId)>,
    effects: Vec<Effect>,
    numbers: u32,
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

impl Bench {
    fn new(role: Role) -> Self {
        let catalogue = Arc::new(Catalogue::from_toml(SITE).unwrap());
        let journey = Journey::new(Setup { catalogue, role, choices: 6 }, Duration::ZERO).unwrap();
        let mut bench = Self { journey, now: ms(1_000), timers: vec![], effects: vec![], numbers: 0 };
        bench.input(Input::Printer(PrinterReadiness::Ready));
        bench.input(Input::Uplink(true));
        bench
    }

    fn input(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.journey.handle(input, self.now);
        for effect in &effects {
            if let Effect::Start { timer, after } = effect {
                self.timers.push((self.now + *after, *timer));
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
        assert!(view.controls().any(|c| *c == control), "{} does not offer {control:?}", view.screen.code());
        self.input(Input::Touched(control))
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.timers.sort();
            match self.timers.first() {
                Some((at, timer)) if *at <= until => {
                    let (at, timer) = (*at, *timer);
                    self.timers.remove(0);
                    self.now = at;
                    self.input(Input::Timer(timer));
                }
                _ => break,
            }
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
        assert!(matches!(&effects[0], Effect::Issue { paperless: false, .. }), "{effects:?}");
        self.issue()
    }

    fn take_printed_ticket(&mut self) -> Issued {
        let issued = self.take_ticket();
        self.input(Input::Print(issued.ticket, PrintReport::Printed));
        assert_eq!(self.code(), "S15");
        issued
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

#[test]
fn a_visitor_takes_a_ticket_and_leaves() {
    let mut b = Bench::new(Role::Both);
    assert_eq!(b.code(), "S01");
    let issued = b.take_ticket();
    assert_eq!(b.code(), "S14");
    b.input(Input::Print(issued.ticket, PrintReport::Printed));
    let Screen::Ready(ready) = b.view().screen else { panic!("S15 expected") };
    assert_eq!(ready.number, "A\u{a0}1");
    assert_eq!(ready.secondary, None, "the printer has confirmed the paper");
    b.tap(Control::Finish);
    assert_eq!(b.code(), "S01");
}

#[test]
fn a_printer_without_status_offers_no_ticket() {
    let mut b = Bench::new(Role::Both);
    let issued = b.take_ticket();
    b.input(Input::Print(issued.ticket, PrintReport::Sent));
    assert_eq!(b.code(), "S15");
    b.tap(Control::NoTicket);
    assert_eq!(b.code(), "S16");
}

#[test]
fn a_ticket_is_printed_again_once_whatever_the_printer_tells() {
    let mut b = Bench::new(Role::Both);
    let issued = b.take_ticket();
    b.input(Input::Print(issued.ticket, PrintReport::Sent));
    b.tap(Control::NoTicket);
    b.tap(Control::PrintAgain);
    b.input(Input::Print(issued.ticket, PrintReport::Sent));
    b.tap(Control::NoTicket);
    let Screen::Unprinted(view) = b.view().screen else { panic!("S16 expected") };
    assert_eq!(view.secondary, None, "once only");
}

#[test]
fn a_word_that_comes_late_corrects_the_screen() {
    let mut b = Bench::new(Role::Both);
    let issued = b.take_ticket();
    b.wait(ms(10_100));
    b.input(Input::Print(issued.ticket, PrintReport::Failed));
    let Screen::Unprinted(view) = b.view().screen else { panic!("S16 expected") };
    assert!(view.text.contains("n’a pas été imprimé"), "{}", view.text);
}

#[test]
fn a_failed_print_keeps_the_number_and_may_be_repeated_once() {
    let mut b = Bench::new(Role::Both);
    let issued = b.take_ticket();
    b.input(Input::Print(issued.ticket, PrintReport::Failed));
    let Screen::Unprinted(view) = b.view().screen else { panic!("S16 expected") };
    assert_eq!(view.number, "A\u{a0}1");
    assert!(view.text.contains("n’a pas été imprimé"), "{}", view.text);
    assert_eq!(b.tap(Control::PrintAgain)[0], Effect::Reprint(issued.ticket));
    b.input(Input::Print(issued.ticket, PrintReport::Failed));
    let Screen::Unprinted(view) = b.view().screen else { panic!("S16 expected") };
    assert_eq!(view.secondary, None, "once only");
    b.tap(Control::Noted);
    assert_eq!(b.code(), "S01");
}

#[test]
fn a_print_without_news_shows_the_number_after_ten_seconds() {
    let mut b = Bench::new(Role::Both);
    b.take_ticket();
    b.wait(ms(3_900));
    assert!(matches!(b.view().screen, Screen::Printing(p) if p.text.is_empty()));
    b.wait(ms(200));
    assert!(matches!(b.view().screen, Screen::Printing(p) if !p.text.is_empty()), "one moment");
    b.wait(ms(6_000));
    let Screen::Unprinted(view) = b.view().screen else { panic!("S16 expected") };
    assert!(view.text.contains("peut-être"), "{}", view.text);
}

#[test]
fn a_slow_printer_gets_twice_its_own_time() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    let service = b.journey.setup.catalogue.services[0].id.clone();
    b.tap(Control::Service(service));
    b.tap(Control::Confirm);
    let (ticket, label) = (TicketId(uuid(9)), "A 9".parse().unwrap());
    b.input(Input::Issued(Ok(Issued { ticket, label, link: String::new(), paper_ms: 30_000 })));
    b.wait(ms(29_000));
    assert_eq!(b.code(), "S14");
    b.wait(ms(1_100));
    assert_eq!(b.code(), "S16");
}

#[test]
fn paper_that_comes_late_is_still_announced() {
    let mut b = Bench::new(Role::Both);
    let issued = b.take_ticket();
    b.wait(ms(10_100));
    assert_eq!(b.code(), "S16");
    b.input(Input::Print(issued.ticket, PrintReport::Printed));
    assert_eq!(b.code(), "S15");
}

#[test]
fn without_paper_consent_is_asked_before_the_number() {
    let mut b = Bench::new(Role::Both);
    b.input(Input::Printer(PrinterReadiness::NotReady));
    b.tap(Control::TakeTicket);
    let service = b.journey.setup.catalogue.services[0].id.clone();
    b.tap(Control::Service(service));
    let Screen::Detail(view) = b.view().screen else { panic!("S04 expected") };
    assert!(!view.notice.is_empty());
    let effects = b.tap(Control::ConfirmPaperless);
    assert!(matches!(&effects[0], Effect::Issue { paperless: true, .. }), "{effects:?}");
    b.issue();
    let Screen::Unprinted(view) = b.view().screen else { panic!("S16 expected") };
    assert_eq!((view.title.as_str(), view.secondary), ("Votre numéro", None));
}

#[test]
fn a_store_that_cannot_write_says_where_to_go() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    let service = b.journey.setup.catalogue.services[0].id.clone();
    b.tap(Control::Service(service));
    b.tap(Control::Confirm);
    b.input(Input::Issued(Err(IssueFault::Store)));
    assert_eq!(b.code(), "S24");
    b.wait(ms(46_000));
    assert_eq!(b.code(), "S01");
}

#[test]
fn one_tap_is_one_ticket() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    let service = b.journey.setup.catalogue.services[0].id.clone();
    b.tap(Control::Service(service.clone()));
    // A finger that bounces on the button of the screen before, then on this one.
    assert!(b.input(Input::Touched(Control::Service(service))).is_empty());
    b.now += ms(400);
    let first = b.input(Input::Touched(Control::Confirm));
    assert!(matches!(first[0], Effect::Issue { .. }));
    for _ in 0..5 {
        b.now += ms(100);
        let more = b.input(Input::Touched(Control::Confirm));
        assert!(!more.iter().any(|e| matches!(e, Effect::Issue { .. })), "{more:?}");
    }
}

#[test]
fn taps_are_ignored_for_300_ms_after_a_change_and_the_same_key_for_500() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    b.now += ms(299);
    b.input(Input::Touched(Control::Back));
    assert_eq!(b.code(), "S03");
    b.now += ms(1);
    b.input(Input::Touched(Control::Back));
    assert_eq!(b.code(), "S01");
    let mut b = Bench::new(Role::Both);
    b.tap(Control::Language(Language::En));
    b.tap(Control::Language(Language::Fr));
    b.now += ms(499);
    b.input(Input::Touched(Control::Language(Language::Fr)));
    assert_eq!(b.view().chrome.lang, Language::Fr);
}

#[test]
fn a_language_holds_for_one_visit() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::Languages);
    b.tap(Control::Language(Language::En));
    b.take_printed_ticket();
    let Screen::Ready(view) = b.view().screen else { panic!() };
    assert_eq!(view.title, "Your number");
    b.tap(Control::Finish);
    assert_eq!(b.view().chrome.lang, Language::Fr);
}

#[test]
fn an_idle_visitor_is_asked_and_may_go_on_without_limit() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    for _ in 0..12 {
        b.wait(ms(45_000));
        let Screen::StillThere(view) = b.view().screen else { panic!("S23 expected, {}", b.code()) };
        assert_eq!(view.seconds, "30");
        b.wait(ms(20_000));
        assert!(matches!(b.view().screen, Screen::StillThere(v) if v.seconds == "10"));
        b.tap(Control::Continue);
        assert_eq!(b.code(), "S03");
    }
    b.wait(ms(45_000 + 30_000));
    assert_eq!(b.code(), "S01");
}

#[test]
fn a_result_warns_before_it_goes() {
    let mut b = Bench::new(Role::Both);
    b.take_printed_ticket();
    b.wait(ms(31_000));
    let Screen::Ready(view) = b.view().screen else { panic!() };
    assert!(view.countdown.is_some());
    b.tap(Control::Stay);
    b.wait(ms(29_000));
    assert!(matches!(b.view().screen, Screen::Ready(v) if v.countdown.is_none()));
    b.wait(ms(32_000));
    assert_eq!(b.code(), "S01");
}

#[test]
fn an_answer_is_counted_once_whole_skipped_or_abandoned() {
    let whole = |b: &mut Bench| {
        b.tap(Control::GiveFeedback);
        b.tap(Control::Answer(1));
        b.tap(Control::Answer(4));
        assert_eq!(b.code(), "S20");
    };
    let mut b = Bench::new(Role::Both);
    whole(&mut b);
    b.tap(Control::Finish);
    b.wait(ms(6_000));
    b.tap(Control::GiveFeedback);
    b.tap(Control::Answer(3));
    b.tap(Control::Skip);
    b.tap(Control::Finish);
    b.wait(ms(6_000));
    b.tap(Control::GiveFeedback);
    b.tap(Control::Answer(2));
    b.wait(ms(60_000));
    assert_eq!(b.code(), "S01");
    b.tap(Control::GiveFeedback);
    b.wait(ms(80_000));
    let counted: Vec<_> = b.counted();
    let expected = [("1.4", false), ("3.0", false), ("2.0", false)].map(|(v, s)| (v.to_owned(), s));
    assert_eq!(counted, expected, "and nothing for a question left unanswered");
}

#[test]
fn an_answer_taken_back_is_not_counted_twice() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::GiveFeedback);
    b.tap(Control::Answer(3));
    b.tap(Control::Back);
    assert_eq!(b.code(), "S18");
    b.tap(Control::Answer(1));
    b.tap(Control::Answer(1));
    assert_eq!(b.counted(), [("1.1".to_owned(), false)]);
}

#[test]
fn a_hasty_repetition_is_thanked_and_marked() {
    let mut b = Bench::new(Role::Survey);
    assert_eq!(b.code(), "S18");
    b.tap(Control::Answer(1));
    b.tap(Control::Answer(1));
    b.tap(Control::Finish);
    b.tap(Control::Answer(3));
    b.tap(Control::Answer(1));
    assert_eq!(b.code(), "S20");
    assert_eq!(b.counted(), [("1.1".to_owned(), false), ("3.1".to_owned(), true)]);
}

#[test]
fn help_is_told_answered_or_sent_to_the_desk() {
    let help = HelpId(uuid(7));
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    assert_eq!(b.tap(Control::CallPerson)[0], Effect::RequestHelp);
    b.input(Input::HelpOpened(help));
    let title = |b: &Bench| {
        let Screen::Help(view) = b.view().screen else { panic!("S22 expected, {}", b.code()) };
        view.title
    };
    assert_eq!(title(&b), "Une personne est prévenue");
    b.wait(ms(91_000));
    assert_eq!(title(&b), "Personne n’est libre.");
    b.input(Input::Help(help, HelpProgress::Coming));
    assert_eq!(title(&b), "Une personne arrive");
    b.tap(Control::Continue);
    assert_eq!(b.code(), "S03", "back where the visitor was");
}

#[test]
fn the_call_button_beside_the_screen_calls_from_anywhere_and_once() {
    let help = HelpId(uuid(7));
    let mut b = Bench::new(Role::Both);
    assert_eq!(b.input(Input::CallButton)[0], Effect::RequestHelp);
    b.input(Input::HelpOpened(help));
    assert_eq!(b.code(), "S22");
    assert!(b.input(Input::CallButton).is_empty(), "somebody has been told");
    b.input(Input::Help(help, HelpProgress::Coming));
    assert!(b.input(Input::CallButton).is_empty(), "somebody comes");
}

#[test]
fn help_may_be_cancelled() {
    let help = HelpId(uuid(7));
    let mut b = Bench::new(Role::Both);
    b.tap(Control::CallPerson);
    b.input(Input::HelpOpened(help));
    assert_eq!(b.tap(Control::CancelHelp)[0], Effect::CancelHelp(help));
    assert_eq!(b.code(), "S01");
}

#[test]
fn without_a_server_help_is_at_the_desk_at_once() {
    let mut b = Bench::new(Role::Both);
    b.input(Input::Uplink(false));
    b.tap(Control::CallPerson);
    assert!(matches!(b.view().screen, Screen::Help(v) if v.text == "Allez au guichet d’accueil."));
    let effects = b.input(Input::HelpOpened(HelpId(uuid(7))));
    assert_eq!(effects, [Effect::CancelHelp(HelpId(uuid(7)))], "it rings nowhere hours later");
}

#[test]
fn a_server_lost_while_somebody_waits_sends_to_the_desk_at_once() {
    for news in [Input::Uplink(false), Input::HelpFailed] {
        let mut b = Bench::new(Role::Both);
        b.tap(Control::CallPerson);
        b.input(news);
        assert!(matches!(b.view().screen, Screen::Help(v) if v.text == "Allez au guichet d’accueil."));
    }
}

#[test]
fn a_call_for_help_ends_with_its_visit() {
    let help = HelpId(uuid(7));
    let mut b = Bench::new(Role::Both);
    b.tap(Control::CallPerson);
    b.input(Input::HelpOpened(help));
    b.wait(Duration::from_secs(600));
    assert_eq!(b.code(), "S01");
    assert!(b.effects.contains(&Effect::CancelHelp(help)));
}

#[test]
fn old_news_of_the_wait_is_no_news() {
    let mut b = Bench::new(Role::Both);
    let service = b.journey.setup.catalogue.services[0].id.clone();
    b.input(Input::Waits(BTreeMap::from([(service.clone(), Wait { ahead: 7, minutes: None })])));
    b.tap(Control::TakeTicket);
    b.tap(Control::Service(service));
    let ahead = |b: &Bench| {
        let Screen::Detail(view) = b.view().screen else { panic!("S04 expected, {}", b.code()) };
        (view.wait, view.ahead)
    };
    assert_eq!(ahead(&b), ("Nous ne connaissons pas l’attente.".into(), "7 personnes avant vous".into()));
    b.now += ms(301_000);
    assert_eq!(ahead(&b).1, "");
}

#[test]
fn a_single_service_is_offered_at_once_and_no_other() {
    let mut catalogue = Catalogue::from_toml(SITE).unwrap();
    catalogue.services.truncate(1);
    let mut b = Bench::new(Role::Both);
    b.journey.setup.catalogue = Arc::new(catalogue);
    b.tap(Control::TakeTicket);
    let Screen::Detail(view) = b.view().screen else { panic!("S04 expected, {}", b.code()) };
    assert_eq!(view.secondary, None);
    b.tap(Control::Back);
    assert_eq!(b.code(), "S01");
}

#[test]
fn services_that_do_not_fit_are_paged_and_each_is_reached() {
    let mut catalogue = Catalogue::from_toml(SITE).unwrap();
    let mut more = catalogue.services.clone();
    for (i, service) in more.iter_mut().enumerate() {
        service.id = format!("more-{i}").parse().unwrap();
    }
    catalogue.services.extend(more);
    let all: Vec<_> = catalogue.services.iter().map(|s| s.id.clone()).collect();
    let mut b = Bench::new(Role::Both);
    b.journey.setup.catalogue = Arc::new(catalogue);
    b.tap(Control::TakeTicket);
    let mut seen = vec![];
    loop {
        let view = b.view();
        let cards: Vec<_> = view.controls().cloned().collect();
        assert!(matches!(&view.screen, Screen::Services(s) if s.cards.len() <= 7));
        let page: Vec<_> =
            cards.into_iter().filter_map(|c| if let Control::Service(id) = c { Some(id) } else { None }).collect();
        if seen.contains(&page[0]) {
            break;
        }
        seen.extend(page);
        b.tap(Control::More);
    }
    assert_eq!(seen, all);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever visitors, time and devices do: no panic, no second ticket for one confirmation, every screen has a way
    /// home, and the borne is at its home screen again after minutes of silence.
    #[test]
    fn no_dead_end_and_no_second_ticket(role in 0..3u8, steps in proptest::collection::vec((0..14u8, any::<u16>()), 1..120)) {
        let role = [Role::Ticket, Role::Survey, Role::Both][usize::from(role)];
        let mut b = Bench::new(role);
        let mut waiting_for_issue = 0;
        let mut last_ticket = TicketId(uuid(0));
        for (kind, n) in steps {
            let confirms_before = b.effects.iter().filter(|e| matches!(e, Effect::Issue { .. })).count();
            match kind {
                0..=6 => {
                    let controls: Vec<_> = b.view().controls().cloned().collect();
                    if !controls.is_empty() {
                        b.now += ms(u64::from(n % 700));
                        b.input(Input::Touched(controls[usize::from(n) % controls.len()].clone()));
                    }
                }
                7 => b.wait(ms(u64::from(n) * 3)),
                8 if waiting_for_issue > 0 => {
                    waiting_for_issue -= 1;
                    last_ticket = b.issue().ticket;
                }
                8 => {}
                9 => {
                    let report = [PrintReport::Printed, PrintReport::Sent, PrintReport::Failed, PrintReport::Lost];
                    b.input(Input::Print(last_ticket, report[usize::from(n % 4)]));
                }
                10 => {
                    let readiness = [PrinterReadiness::Ready, PrinterReadiness::NotReady][usize::from(n % 2)];
                    b.input(Input::Printer(readiness));
                }
                11 => { b.input(Input::Uplink(n % 2 == 0)); }
                12 => { b.input(Input::HelpOpened(HelpId(uuid(u128::from(n % 3))))); }
                _ => {
                    let news = [HelpProgress::Coming, HelpProgress::Nobody, HelpProgress::Told][usize::from(n % 3)];
                    b.input(Input::Help(HelpId(uuid(u128::from(n % 3))), news));
                }
            }
            let confirms = b.effects.iter().filter(|e| matches!(e, Effect::Issue { .. })).count();
            prop_assert!(confirms - confirms_before <= 1);
            waiting_for_issue += confirms - confirms_before;
            prop_assert!(waiting_for_issue <= 1, "a second ticket was asked for before the first was there");
            let code = b.code();
            prop_assert!(code == "S14" || code == "S24" || b.view().controls().next().is_some(), "{code} is a dead end");
        }
        // The store answers in the end, and silence leads home.
        if waiting_for_issue > 0 {
            b.issue();
        }
        b.wait(Duration::from_secs(3_600));
        prop_assert!(b.journey.is_home(), "stuck at {}", b.code());
        prop_assert_eq!(b.view().chrome.lang, Language::Fr);
    }
}
