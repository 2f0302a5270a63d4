//! The keypad: every screen is explored and used with it alone (EN 301 549, 5.5.2; design, chapter 4).

use wire::ids::Language;

use super::*;
use crate::view::StopKind;

/// A borne at each screen of visitors and staff, by the way there.
pub fn scenes(rooms: Rooms) -> Vec<(&'static str, Bench)> {
    let at = |steps: &[Control]| {
        let mut b = Bench::on(Role::Both, catalogue(), rooms);
        steps.iter().for_each(|step| drop(b.tap(step.clone())));
        b
    };
    let first = at(&[]).service(0);
    let detail = [Control::TakeTicket, Control::Service(first.clone())];
    let priority = [detail[0].clone(), detail[1].clone(), Control::HavePriority];
    let mut printing = at(&detail);
    printing.tap(Control::Confirm);
    let ticket = |report| {
        let mut b = at(&[]);
        let issued = b.take_ticket();
        b.input(Input::Print(issued.ticket, report));
        b
    };
    let group = {
        let mut catalogue = catalogue();
        catalogue.services[0].group = true;
        let mut b = Bench::on(Role::Both, catalogue, rooms);
        b.tap(Control::TakeTicket);
        b.tap(Control::Service(first.clone()));
        b
    };
    let closed_service = {
        let mut b = at(&[]);
        b.input(Input::Hall(Hall { closes_at: None, full: [first.clone()].into() }));
        b.tap(Control::TakeTicket);
        b.tap(Control::Service(first));
        b
    };
    let closed = {
        let mut b = at(&[]);
        let full = b.journey.setup.catalogue.services.iter().map(|s| s.id.clone()).collect();
        b.input(Input::Hall(Hall { closes_at: None, full }));
        b
    };
    let mut broken = at(&detail);
    broken.tap(Control::Confirm);
    broken.input(Input::Issued(Err(IssueFault::Store)));
    let mut pin = at(&[]);
    pin.input(Input::Badge);
    vec![
        ("home", at(&[])),
        ("languages", at(&[Control::Languages])),
        ("services", at(&[Control::TakeTicket])),
        ("detail", at(&detail)),
        ("group", group),
        ("priority", at(&priority)),
        ("printing", printing),
        ("ready", ticket(PrintReport::Printed)),
        ("sent", ticket(PrintReport::Sent)),
        ("unprinted", ticket(PrintReport::Failed)),
        ("closed service", closed_service),
        ("closed", closed),
        ("faces", at(&[Control::GiveFeedback])),
        ("question", at(&[Control::GiveFeedback, Control::Answer(1)])),
        ("thanks", at(&[Control::GiveFeedback, Control::Answer(1), Control::Answer(1)])),
        ("help", at(&[Control::CallPerson])),
        ("broken", broken),
        ("display", at(&[Control::Display])),
        ("pin", pin),
        ("staff", staff::desk(rooms)),
    ]
}

fn all_scenes() -> impl Iterator<Item = (&'static str, Bench)> {
    scenes(ROOMS).into_iter().chain(scenes(SMALL))
}

#[test]
fn exploring_is_not_activating_and_next_alone_reaches_every_place() {
    for (name, mut b) in all_scenes() {
        let before = b.view();
        let stops = before.stops();
        for wanted in 0..stops.len() {
            let effects = b.key(Key::Next);
            let harmless = |e: &Effect| matches!(e, Effect::Start { .. } | Effect::Speak { .. } | Effect::Hush);
            assert!(effects.iter().all(harmless), "{name}: {effects:?}");
            assert_eq!(b.focus().map(|(at, _)| at), Some(wanted), "{name}");
        }
        assert_eq!((b.view().generation, &b.view().screen), (before.generation, &before.screen), "{name}");
        assert!(b.focus().is_some());
        b.key(Key::Next);
        assert_eq!(b.focus().map(|(at, _)| at), Some(0), "{name}: after the last place the first");
    }
}

#[test]
fn previous_mirrors_next() {
    for (name, mut b) in all_scenes() {
        let count = b.view().stops().len();
        b.key(Key::Next);
        let back: Vec<usize> = (0..count)
            .map(|_| {
                b.key(Key::Previous);
                b.focus().unwrap().0
            })
            .collect();
        assert_eq!(back, (0..count).rev().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_screen_is_read_title_texts_content_then_the_footer() {
    let order = [Control::Back, Control::Languages, Control::Display, Control::CallPerson];
    for (name, b) in all_scenes() {
        let view = b.view();
        let stops = view.stops();
        let titles = stops.iter().filter(|s| s.kind == StopKind::Title).count();
        assert!(titles == 1 && stops[0].kind == StopKind::Title, "{name}");
        let footer: Vec<usize> =
            view.chrome.footer.iter().map(|button| order.iter().position(|c| *c == button.control).unwrap()).collect();
        assert!(footer.is_sorted(), "{name}: {footer:?}");
        let last: Vec<bool> = view
            .chrome
            .footer
            .iter()
            .rev()
            .zip(stops.iter().rev())
            .map(|(button, stop)| stop.activates(&button.control))
            .collect();
        assert!(last.iter().all(|same| *same), "{name}: the footer is read last");
    }
    let labels = |b: &Bench| b.view().stops().into_iter().map(|s| s.label).collect::<Vec<_>>();
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    b.tap(Control::Service(b.service(1)));
    assert_eq!(
        labels(&b),
        [
            "Retrait d’un titre",
            "Nous ne connaissons pas l’attente.",
            "Avez-vous ces documents\u{a0}?",
            "Le message reçu sur votre téléphone",
            "Votre ancien titre",
            "Prendre un ticket",
            "J’ai une priorité",
            "Autre service",
            "Retour",
            "Langue",
            "Affichage, son",
            "Appeler une personne",
        ]
    );
    let mut b = Bench::new(Role::Both);
    b.take_printed_ticket();
    let ready = labels(&b);
    assert_eq!(ready[..3], ["Votre numéro", "A\u{a0}1", "Prenez votre ticket"]);
    assert_eq!(ready[ready.len() - 5..], ["Terminer", "Écouter", "Langue", "Affichage, son", "Appeler une personne"]);
}

#[test]
fn help_is_on_every_screen_of_visitors_but_while_a_ticket_prints() {
    for online in [true, false] {
        for (name, mut b) in all_scenes() {
            b.input(Input::Uplink(online));
            let code = b.code();
            let excepted = matches!(code, "S14" | "S22" | "S24" | "S26" | "S27" | "S28");
            assert!(excepted || b.view().controls().any(|c| c == Control::CallPerson), "{name}");
            if code == "S24" {
                assert!(b.message().text.contains("guichet d’accueil"), "or where to go");
            }
        }
        let mut b = Bench::new(Role::Both);
        b.input(Input::Uplink(online));
        b.tap(Control::TakeTicket);
        b.wait(ms(45_000));
        assert_eq!(b.code(), "S23");
        assert!(b.view().controls().any(|c| c == Control::CallPerson));
    }
}

#[test]
fn the_keypad_starts_at_the_title_which_does_nothing() {
    for (name, mut b) in all_scenes() {
        assert_eq!(b.focus(), None, "{name}: nothing is marked where the keypad is not used");
        b.wait(ms(1_100));
        let before = b.view().screen;
        b.key(Key::Select);
        assert_eq!(b.focus().map(|(at, _)| at), Some(0), "{name}");
        b.wait(ms(1_100));
        b.key(Key::Select);
        assert_eq!((b.view().screen, b.focus().map(|(at, _)| at)), (before, Some(0)), "{name}");
    }
    let mut b = Bench::new(Role::Both);
    b.press(&Control::TakeTicket);
    assert_eq!((b.code(), b.focus().map(|(at, _)| at)), ("S03", Some(0)), "and again at the next screen");
}

#[test]
fn a_finger_takes_the_focus_away() {
    let mut b = Bench::new(Role::Both);
    b.key(Key::Next);
    b.tap(Control::TakeTicket);
    assert_eq!(b.focus(), None);
}

#[test]
fn the_focus_stays_when_the_screen_changes_by_itself() {
    let mut b = Bench::new(Role::Both);
    b.take_printed_ticket();
    b.wait(ms(1_000));
    b.reach(&Control::Listen);
    let (_, label) = b.focus().unwrap();
    b.wait(ms(30_100));
    let Screen::Ticket(view) = b.view().screen else { panic!("S15 expected") };
    assert!(view.countdown.is_some(), "a text and a button more");
    for _ in 0..5 {
        b.wait(ms(1_000));
        assert_eq!(b.focus().map(|(_, l)| l), Some(label.clone()));
        assert!(b.view().stops()[b.focus().unwrap().0].activates(&Control::Listen));
    }
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    let second = Control::Service(b.service(1));
    b.reach(&second);
    let wait = Wait { ahead: 3, minutes: Some((10, 20)) };
    b.input(Input::Waits([(b.service(1), wait)].into()));
    b.input(Input::Clock(jiff::civil::date(2026, 11, 23).at(9, 1, 0, 0)));
    let (at, label) = b.focus().unwrap();
    assert!(b.view().stops()[at].activates(&second));
    assert!(label.contains("10 à 20\u{a0}minutes"), "{label}");
}

#[test]
fn select_acts_once() {
    let detail = || {
        let mut b = Bench::new(Role::Both);
        b.press(&Control::TakeTicket);
        b.press(&Control::Service(b.service(0)));
        b.wait(ms(1_000));
        b.reach(&Control::Confirm);
        b
    };
    let mut b = detail();
    let mut orders = 0;
    for _ in 0..8 {
        let effects = b.key(Key::Select);
        orders += effects.iter().filter(|e| matches!(e, Effect::Issue(_))).count();
    }
    assert_eq!(orders, 1);
    // A switch: the second press within 500 ms is one of an unsteady finger.
    let mut b = Bench::new(Role::Both);
    b.press(&Control::Display);
    b.wait(ms(1_000));
    b.reach(&Control::LargeText);
    let press = |b: &mut Bench, after| {
        b.now += ms(after);
        b.input(Input::Key(Key::Select, Press::Down));
        b.view().chrome.look.large_text
    };
    assert_eq!([0, 200, 299, 1].map(|after| press(&mut b, after)), [true, true, true, false]);
    // Within 300 ms of a new screen nothing is activated.
    let mut b = Bench::new(Role::Both);
    b.input(Input::Headset(true));
    b.press(&Control::TakeTicket);
    let shown = b.now;
    b.input(Input::Key(Key::Next, Press::Down));
    assert!(b.focus().unwrap().1.contains("Carte d’identité"));
    b.now = shown + ms(299);
    b.input(Input::Key(Key::Select, Press::Down));
    assert_eq!(b.code(), "S03");
    b.now = shown + ms(300);
    b.input(Input::Key(Key::Select, Press::Down));
    assert_eq!(b.code(), "S04");
}

#[test]
fn any_key_says_that_somebody_is_there() {
    for key in [Key::Previous, Key::Next, Key::Select, Key::Repeat, Key::Volume] {
        let mut b = Bench::new(Role::Both);
        b.tap(Control::TakeTicket);
        for _ in 0..3 {
            b.wait(ms(45_100));
            assert_eq!(b.code(), "S23");
            b.key(key);
            assert_eq!(b.code(), "S03", "{key:?} continues, and nothing more");
        }
        let mut b = Bench::new(Role::Both);
        b.take_printed_ticket();
        b.wait(ms(31_000));
        assert!(matches!(b.view().screen, Screen::Ticket(v) if v.countdown.is_some()));
        b.key(key);
        assert!(matches!(b.view().screen, Screen::Ticket(v) if v.countdown.is_none()), "{key:?}");
        b.wait(ms(29_000));
        assert!(matches!(b.view().screen, Screen::Ticket(v) if v.countdown.is_none()), "the whole time again");
    }
}

#[test]
fn a_ticket_an_answer_and_a_language_with_the_keypad_alone() {
    let mut b = Bench::on(Role::Both, catalogue(), SMALL);
    b.press(&Control::Languages);
    b.press(&Control::Language(Language::En));
    b.press(&Control::TakeTicket);
    b.press(&Control::Service(b.service(1)));
    b.press(&Control::Confirm);
    let issued = b.issue();
    b.input(Input::Print(issued.ticket, PrintReport::Printed));
    let Screen::Ticket(ready) = b.view().screen else { panic!("S15 expected, {}", b.code()) };
    assert_eq!(ready.title, "Your number");
    b.press(&Control::Finish);
    b.press(&Control::GiveFeedback);
    b.press(&Control::Answer(2));
    b.press(&Control::Answer(1));
    assert_eq!(b.counted(), [("2.1".to_owned(), false)]);
}
