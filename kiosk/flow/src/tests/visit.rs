//! Tickets: taken, printed, not printed; what is asked before and shown after.

use std::collections::BTreeMap;
use std::sync::Arc;

use wire::ids::{Language, TicketId};

use super::*;

#[test]
fn a_visitor_takes_a_ticket_and_leaves() {
    let mut b = Bench::new(Role::Both);
    assert_eq!(b.code(), "S01");
    let issued = b.take_ticket();
    assert_eq!(b.code(), "S14");
    b.input(Input::Print(issued.ticket, PrintReport::Printed));
    let Screen::Ticket(ready) = b.view().screen else { panic!("S15 expected") };
    assert_eq!(ready.number, "A\u{a0}1");
    assert!(ready.secondary.is_some_and(|b| b.control == Control::Listen), "the printer has confirmed the paper");
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
    let Screen::Ticket(view) = b.view().screen else { panic!("S16 expected") };
    assert_eq!(view.secondary, None, "once only");
}

#[test]
fn a_word_that_comes_late_corrects_the_screen() {
    let mut b = Bench::new(Role::Both);
    let issued = b.take_ticket();
    b.wait(ms(10_100));
    b.input(Input::Print(issued.ticket, PrintReport::Failed));
    let Screen::Ticket(view) = b.view().screen else { panic!("S16 expected") };
    assert!(view.text.contains("n’a pas été imprimé"), "{}", view.text);
}

#[test]
fn a_failed_print_keeps_the_number_and_may_be_repeated_once() {
    let mut b = Bench::new(Role::Both);
    let issued = b.take_ticket();
    b.input(Input::Print(issued.ticket, PrintReport::Failed));
    let Screen::Ticket(view) = b.view().screen else { panic!("S16 expected") };
    assert_eq!(view.number, "A\u{a0}1");
    assert!(view.text.contains("n’a pas été imprimé"), "{}", view.text);
    assert_eq!(b.tap(Control::PrintAgain)[0], Effect::Reprint(issued.ticket));
    b.input(Input::Print(issued.ticket, PrintReport::Failed));
    let Screen::Ticket(view) = b.view().screen else { panic!("S16 expected") };
    assert_eq!(view.secondary, None, "once only");
    b.tap(Control::Noted);
    assert_eq!(b.code(), "S01");
}

#[test]
fn a_print_without_news_shows_the_number_after_ten_seconds() {
    let mut b = Bench::new(Role::Both);
    b.take_ticket();
    b.wait(ms(3_900));
    assert!(matches!(b.view().screen, Screen::Message(p) if p.text.is_empty()));
    b.wait(ms(200));
    assert!(matches!(b.view().screen, Screen::Message(p) if !p.text.is_empty()), "one moment");
    b.wait(ms(6_000));
    let Screen::Ticket(view) = b.view().screen else { panic!("S16 expected") };
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
    assert_eq!(view.notices, ["Plus de papier\u{a0}: votre numéro s’affichera ici."]);
    let effects = b.tap(Control::ConfirmPaperless);
    assert!(matches!(&effects[0], Effect::Issue(Order { paperless: true, .. })), "{effects:?}");
    b.issue();
    let Screen::Ticket(view) = b.view().screen else { panic!("S16 expected") };
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
    assert_eq!(b.message().text, "Allez au guichet d’accueil.", "nobody has been told yet");
    b.input(Input::FaultTold(true));
    b.input(Input::Uplink(false));
    assert!(b.message().text.ends_with("Nous sommes prévenus."), "told, whatever the line does now");
    b.input(Input::FaultTold(false));
    assert_eq!(b.message().text, "Allez au guichet d’accueil.");
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
    assert!(matches!(first[0], Effect::Issue(_)));
    for _ in 0..5 {
        b.now += ms(100);
        let more = b.input(Input::Touched(Control::Confirm));
        assert!(!more.iter().any(|e| matches!(e, Effect::Issue(_))), "{more:?}");
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
    let Screen::Ticket(view) = b.view().screen else { panic!() };
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
        let Screen::Message(view) = b.view().screen else { panic!("S23 expected, {}", b.code()) };
        assert_eq!(view.seconds, "30");
        b.wait(ms(20_000));
        assert!(matches!(b.view().screen, Screen::Message(v) if v.seconds == "10"));
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
    let Screen::Ticket(view) = b.view().screen else { panic!() };
    assert!(view.countdown.is_some());
    b.tap(Control::Stay);
    b.wait(ms(29_000));
    assert!(matches!(b.view().screen, Screen::Ticket(v) if v.countdown.is_none()));
    b.wait(ms(32_000));
    assert_eq!(b.code(), "S01");
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
    assert_eq!(ahead(&b), ("Nous ne connaissons pas l’attente.".into(), "7\u{a0}personnes avant vous".into()));
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
    assert!(!view.secondary.iter().any(|b| b.control == Control::OtherService));
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
        let cards: Vec<_> = view.controls().collect();
        assert!(matches!(&view.screen, Screen::Choices(s) if s.cards.len() <= 7));
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
