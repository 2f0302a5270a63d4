//! What does not fit one screen: families, pages of cards, S04 and the ticket in parts; and what an order holds.

use std::collections::BTreeMap;

use wire::catalogue::{Family, Localised, Service};
use wire::ids::{FamilyId, Language};

use super::*;
use crate::view::{Button, Detail};

/// A panel with so many cards a page, for either size of letters.
const fn room(cards: usize) -> Rooms {
    let normal = Room {
        cards,
        documents: 5,
        split_detail: false,
        split_ticket: false,
        split_lines: false,
        language_tiles: true,
    };
    Rooms { normal, large: Room { split_detail: true, ..normal } }
}

fn services(count: usize) -> Vec<Service> {
    let example = catalogue().services.remove(0);
    let service = |n: usize| Service {
        id: format!("service-{n}").parse().unwrap(),
        name: Localised::french(&format!("Service {n}")),
        ..example.clone()
    };
    (0..count).map(service).collect()
}

fn listed(count: usize) -> Catalogue {
    Catalogue { services: services(count), ..catalogue() }
}

/// Families of one, four and seven services.
pub fn in_families() -> Catalogue {
    let mut catalogue = listed(12);
    let id = |n: usize| format!("family-{n}").parse::<FamilyId>().unwrap();
    catalogue.families =
        (0..3).map(|n| Family { id: id(n), name: Localised::french(&format!("Famille {n}")) }).collect();
    for (n, service) in catalogue.services.iter_mut().enumerate() {
        service.family = Some(id([0, 1, 1, 1, 1].get(n).copied().unwrap_or(2)));
    }
    catalogue
}

fn open(catalogue: Catalogue, cards: usize, large: bool) -> Bench {
    let mut b = Bench::on(Role::Both, catalogue, room(cards));
    if large {
        b.tap(Control::Display);
        b.tap(Control::LargeText);
        b.tap(Control::Back);
    }
    b.tap(Control::TakeTicket);
    b
}

fn cards(b: &Bench) -> Vec<Button> {
    let Screen::Choices(view) = b.view().screen else { panic!("S03 expected, {}", b.code()) };
    view.cards
}

/// Every page of a list once, ending at the first again.
fn pages(b: &mut Bench) -> Vec<Vec<Button>> {
    let mut pages = vec![cards(b)];
    while pages[0].iter().any(|card| card.control == Control::More) {
        b.tap(Control::More);
        let page = cards(b);
        if page == pages[0] {
            break;
        }
        pages.push(page);
        assert!(pages.len() < 50, "the pages never come round");
    }
    pages
}

fn wanted<'a>(pages: &'a [Vec<Button>], choice: impl Fn(&Control) -> bool + 'a) -> Vec<&'a Control> {
    pages.iter().flatten().map(|card| &card.control).filter(|control| choice(control)).collect()
}

#[test]
fn every_service_is_on_a_page_once_and_so_is_whoever_does_not_know() {
    for cards in 2..=8 {
        for large in [false, true] {
            for count in [2, 3, 6, 7, 12] {
                let what = format!("{count} services, {cards} cards, large text {large}");
                let mut b = open(listed(count), cards, large);
                let pages = pages(&mut b);
                assert!(pages.iter().all(|page| page.len() <= cards), "{what}: {pages:?}");
                let found = wanted(&pages, |c| matches!(c, Control::Service(_)));
                let all: Vec<Control> = (0..count).map(|n| Control::Service(b.service(n))).collect();
                assert_eq!(found, all.iter().collect::<Vec<_>>(), "{what}");
                assert!(!wanted(&pages, |c| *c == Control::DontKnow).is_empty(), "{what}");
                let several = pages.len() > 1;
                let ways_on = wanted(&pages, |c| *c == Control::More).len();
                assert_eq!(ways_on, if several { pages.len() } else { 0 }, "{what}");
            }
        }
    }
}

#[test]
fn families_are_two_levels_and_every_service_is_in_one() {
    for cards_a_page in 2..=8 {
        for large in [false, true] {
            let mut b = open(in_families(), cards_a_page, large);
            assert_eq!(b.view().screen.title(), "Choisissez un sujet");
            let families = pages(&mut b);
            let notes: Vec<&str> =
                families.iter().flatten().map(|c| c.note.as_str()).filter(|n| !n.is_empty()).collect();
            assert_eq!(notes, ["1\u{a0}service", "4\u{a0}services", "7\u{a0}services"]);
            let mut found = Vec::new();
            for family in wanted(&families, |c| matches!(c, Control::Family(_))) {
                while !cards(&b).iter().any(|card| card.control == *family) {
                    b.tap(Control::More);
                }
                let page = b.view().screen;
                b.tap(family.clone());
                assert_eq!(b.view().screen.title(), "Choisissez un service");
                let services = pages(&mut b);
                found.extend(wanted(&services, |c| matches!(c, Control::Service(_))).into_iter().cloned());
                b.wait(ms(1_000));
                while b.view().screen.title() != "Choisissez un sujet" {
                    b.tap(Control::Back);
                }
                assert_eq!(b.view().screen, page, "back where the family was found");
            }
            let all: Vec<Control> = (0..12).map(|n| Control::Service(b.service(n))).collect();
            assert_eq!(found, all, "{cards_a_page} cards");
        }
    }
}

#[test]
fn back_leads_to_the_page_one_came_from() {
    let mut b = open(listed(12), 4, false);
    b.tap(Control::More);
    let page = b.view().screen;
    b.tap(Control::Service(b.service(4)));
    assert_eq!(b.code(), "S04");
    b.tap(Control::Back);
    assert_eq!(b.view().screen, page);
}

fn detail(b: &Bench) -> Detail {
    let Screen::Detail(view) = b.view().screen else { panic!("S04 expected, {}", b.code()) };
    view
}

#[test]
fn a_detail_in_parts_loses_nothing() {
    let mut catalogue = catalogue();
    let documents: Vec<Localised> = (1..=5).map(|n| Localised::french(&format!("Document {n}"))).collect();
    catalogue.services[0].documents.clone_from(&documents);
    for documents_a_page in 1..=5 {
        for paper in [PrinterReadiness::Ready, PrinterReadiness::NotReady] {
            let normal = Room { documents: documents_a_page, ..SMALL.normal };
            let mut b = Bench::on(Role::Both, catalogue.clone(), Rooms { normal, ..SMALL });
            b.input(Input::Printer(paper));
            let wait = Wait { ahead: 7, minutes: Some((20, 30)) };
            b.input(Input::Waits(BTreeMap::from([(b.service(0), wait)])));
            b.tap(Control::TakeTicket);
            b.tap(Control::Service(b.service(0)));
            let mut pages = vec![detail(&b)];
            loop {
                b.tap(Control::More);
                let page = detail(&b);
                if page == pages[0] {
                    break;
                }
                pages.push(page);
            }
            let shown: Vec<&String> = pages.iter().flat_map(|page| &page.documents).collect();
            assert_eq!(shown, documents.iter().map(|d| d.get(Language::Fr)).collect::<Vec<_>>());
            assert_eq!(pages.iter().filter(|page| page.online.is_some()).count(), 1);
            let once = |text: fn(&Detail) -> &str| pages.iter().filter(|page| !text(page).is_empty()).count();
            assert_eq!((once(|p| &p.wait), once(|p| &p.ahead)), (1, 1));
            let ready = paper == PrinterReadiness::Ready;
            let primary = if ready { Control::Confirm } else { Control::ConfirmPaperless };
            assert!(pages.iter().all(|page| page.primary.control == primary), "a ticket is one touch away on each");
            assert_eq!(pages.iter().filter(|page| !page.notices.is_empty()).count(), usize::from(!ready));
            assert!(pages.iter().all(|page| page.documents.len() <= documents_a_page));
        }
    }
}

#[test]
fn a_ticket_in_parts_keeps_its_number_on_both_and_has_its_code_on_one() {
    for report in [PrintReport::Printed, PrintReport::Failed] {
        let mut b = Bench::on(Role::Both, catalogue(), SMALL);
        let issued = b.take_ticket();
        b.input(Input::Print(issued.ticket, report));
        let ticket = |b: &Bench| {
            let Screen::Ticket(view) = b.view().screen else { panic!("a number expected, {}", b.code()) };
            view
        };
        let first = ticket(&b);
        b.tap(Control::More);
        let second = ticket(&b);
        assert_eq!((first.qr.is_none(), second.qr.map(|qr| qr.link)), (true, Some(issued.link)));
        assert_eq!((&first.number, &first.title), (&second.number, &second.title));
        assert!(!first.lines.is_empty() && second.lines.is_empty());
        b.tap(Control::More);
        assert_eq!(ticket(&b), first);
    }
    let mut b = Bench::new(Role::Both);
    b.take_printed_ticket();
    assert!(
        matches!(b.view().screen, Screen::Ticket(v) if v.qr.is_some() && v.more.is_none()),
        "one page where it fits"
    );
}

/// What was ordered last.
fn order(effects: &[Effect]) -> Option<Order> {
    effects.iter().find_map(|e| if let Effect::Issue(order) = e { Some(order.clone()) } else { None })
}

#[test]
fn the_size_of_a_group_reaches_the_order() {
    let mut catalogue = catalogue();
    catalogue.services[0].group = true;
    for group in 1..=9 {
        let mut b = Bench::with(Role::Both, catalogue.clone());
        b.tap(Control::TakeTicket);
        b.tap(Control::Service(b.service(0)));
        let Screen::Entry(entry) = b.view().screen else { panic!("the size of the group is asked, {}", b.code()) };
        assert_eq!(entry.keys.len(), 9);
        b.tap(Control::Group(group));
        assert_eq!(detail(&b).group.is_empty(), group == 1, "{}", detail(&b).group);
        let order = order(&b.tap(Control::Confirm)).unwrap();
        assert_eq!((order.group, order.priority, order.service), (group, false, b.service(0)));
        let issued = b.issue();
        b.input(Input::Print(issued.ticket, PrintReport::Printed));
        let Screen::Ticket(view) = b.view().screen else { panic!("S15 expected") };
        assert_eq!(view.lines.iter().any(|line| line.contains(&format!("{group}\u{a0}personnes"))), group > 1);
    }
    let mut b = Bench::with(Role::Both, catalogue);
    b.tap(Control::TakeTicket);
    b.tap(Control::Service(b.service(1)));
    assert_eq!(order(&b.tap(Control::Confirm)).unwrap().group, 1, "elsewhere nobody is asked");
}

#[test]
fn priority_is_one_bit_of_the_order() {
    for priority in [true, false] {
        let mut b = open(catalogue(), 7, false);
        b.tap(Control::Service(b.service(0)));
        b.tap(Control::HavePriority);
        assert!(b.message().equal, "both answers weigh the same");
        let order = order(&b.tap(Control::Priority(priority))).unwrap();
        assert_eq!((order.priority, order.paperless, order.group), (priority, false, 1));
        assert_eq!(b.code(), "S14");
    }
    let mut catalogue = catalogue();
    catalogue.site.priority.offered = false;
    let mut b = open(catalogue, 7, false);
    b.tap(Control::Service(b.service(0)));
    assert!(!b.view().controls().any(|c| c == Control::HavePriority));
}

#[test]
fn priority_without_paper_still_asks_for_consent() {
    for priority in [true, false] {
        let mut b = open(catalogue(), 7, false);
        b.input(Input::Printer(PrinterReadiness::NotReady));
        b.tap(Control::Service(b.service(0)));
        b.tap(Control::HavePriority);
        assert_eq!(order(&b.tap(Control::Priority(priority))), None);
        assert_eq!(detail(&b).notices, ["Plus de papier\u{a0}: votre numéro s’affichera ici."]);
        let order = order(&b.tap(Control::ConfirmPaperless)).unwrap();
        assert_eq!((order.priority, order.paperless), (priority, true));
    }
}

#[test]
fn covers_lie_over_a_visit_once_however_often_they_are_opened() {
    let mut b = open(catalogue(), 7, false);
    for _ in 0..20 {
        b.tap(Control::Languages);
        b.tap(Control::Display);
        b.tap(Control::CallPerson);
    }
    let mut ways = 0;
    while b.code() != "S03" {
        b.tap(if b.code() == "S22" { Control::Continue } else { Control::Back });
        ways += 1;
    }
    assert!(ways <= 3, "{ways} screens lay over it");
}
