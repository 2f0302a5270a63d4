//! Staff at the borne: badge and PIN, maintenance, the paper roll.

use jiff::civil::date;

use super::*;

/// A PIN of a length that the site's staff may have.
const PIN: &str = "482715";

/// Types a PIN.
fn type_pin(b: &mut Bench, pin: &str) -> Vec<Effect> {
    for c in pin.chars() {
        b.tap(Control::Type(Typed::Char(c)));
    }
    b.tap(Control::Type(Typed::Validate))
}

/// A borne whose staff look at S27.
pub fn desk(rooms: Rooms) -> Bench {
    let mut b = Bench::on(Role::Both, catalogue(), rooms);
    b.input(Input::Badge);
    type_pin(&mut b, PIN);
    b.input(Input::Pin(PinCheck::Right));
    assert_eq!(b.code(), "S27");
    b
}

fn tap(b: &mut Bench, control: StaffControl) -> Vec<Effect> {
    b.tap(Control::Staff(control))
}

fn watched(b: &Bench) -> Vec<bool> {
    b.effects.iter().filter_map(|e| if let Effect::Watch(on) = e { Some(*on) } else { None }).collect()
}

#[test]
fn one_tap_of_a_badge_at_home_two_during_a_visit() {
    for role in [Role::Ticket, Role::Survey, Role::Both] {
        let mut b = Bench::new(role);
        b.input(Input::Badge);
        assert_eq!(b.code(), "S26", "{role:?}");
    }
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    b.input(Input::Badge);
    assert_eq!(b.code(), "S03", "it may be a mistake");
    b.wait(ms(10_100));
    b.input(Input::Badge);
    assert_eq!(b.code(), "S03", "too late to be the second of two");
    b.wait(ms(9_900));
    b.input(Input::Badge);
    assert_eq!(b.code(), "S26");
    b.tap(Control::Cancel);
    assert_eq!(b.code(), "S03", "the visitor goes on");
}

#[test]
fn too_few_digits_are_told_and_kept() {
    let mut b = Bench::new(Role::Both);
    b.input(Input::Badge);
    let text = |b: &Bench| if let Screen::Entry(entry) = b.view().screen { entry.text } else { panic!("S26 expected") };
    let effects = type_pin(&mut b, "4827");
    assert!(!effects.iter().any(|e| matches!(e, Effect::CheckPin(_))));
    assert_eq!(text(&b), "Il manque 2\u{a0}chiffres.");
    b.tap(Control::Type(Typed::Char('1')));
    assert_eq!(text(&b), "Tapez votre code.", "whoever goes on has understood");
    b.tap(Control::Type(Typed::Validate));
    assert_eq!(text(&b), "Il manque 1\u{a0}chiffre.");
    let effects = type_pin(&mut b, "5");
    assert!(effects.iter().any(|e| matches!(e, Effect::CheckPin(_))));
}

#[test]
fn a_badge_never_opens_anything_while_a_ticket_prints() {
    let badges = |b: &mut Bench| {
        for _ in 0..3 {
            b.input(Input::Badge);
            b.wait(ms(500));
        }
    };
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    b.tap(Control::Service(b.service(0)));
    b.tap(Control::Confirm);
    badges(&mut b);
    assert_eq!(b.code(), "S14", "not issued yet");
    let issued = b.issue();
    badges(&mut b);
    assert_eq!(b.code(), "S14");
    b.input(Input::CallButton);
    badges(&mut b);
    assert_eq!(b.code(), "S22", "nor where another screen lies over it");
    b.input(Input::Print(issued.ticket, PrintReport::Printed));
    b.tap(Control::Continue);
    assert_eq!(b.code(), "S15");
}

#[test]
fn a_pin_has_six_to_twelve_digits_which_are_never_shown() {
    let places = |b: &Bench| {
        let Screen::Entry(entry) = b.view().screen else { panic!("S26 expected, {}", b.code()) };
        entry.places
    };
    let typed = ["48271", "482715", "482715390264", "4827153902641"];
    let taken = [None, Some(typed[1]), Some(typed[2]), Some(typed[2])];
    for (pin, sent) in typed.into_iter().zip(taken) {
        let mut b = Bench::new(Role::Both);
        b.input(Input::Badge);
        let effects = type_pin(&mut b, pin);
        let checked =
            effects.iter().find_map(|e| if let Effect::CheckPin(pin) = e { Some(pin.as_str()) } else { None });
        assert_eq!(checked, sent);
        assert!(!format!("{effects:?}").contains("48"), "{effects:?}");
        assert!(places(&b).iter().all(|p| p.is_empty() || p == "•"));
    }
    let mut b = Bench::new(Role::Both);
    b.input(Input::Badge);
    for c in "48".chars() {
        b.tap(Control::Type(Typed::Char(c)));
    }
    b.tap(Control::Type(Typed::Erase));
    assert_eq!(places(&b).iter().filter(|p| !p.is_empty()).count(), 1);
}

#[test]
fn a_pin_counts_only_where_it_was_asked_for() {
    let mut b = Bench::new(Role::Both);
    b.input(Input::Pin(PinCheck::Right));
    assert_eq!(b.code(), "S01");
    b.input(Input::Badge);
    b.input(Input::Pin(PinCheck::Right));
    assert_eq!(b.code(), "S26", "nothing was typed");
    assert!(watched(&b).is_empty());
}

#[test]
fn a_wrong_pin_tells_how_many_tries_are_left_and_then_locks() {
    let mut b = Bench::new(Role::Both);
    b.input(Input::Badge);
    type_pin(&mut b, "111222");
    b.input(Input::Pin(PinCheck::Wrong { left: 3 }));
    let Screen::Entry(entry) = b.view().screen else { panic!("S26 expected") };
    assert_eq!(entry.text, "Badge ou code non reconnu. Il reste 3\u{a0}essais.");
    assert!(entry.places.iter().all(String::is_empty), "typed anew");
    type_pin(&mut b, "333444");
    b.input(Input::Pin(PinCheck::Locked { minutes: 5 }));
    assert_eq!(b.message().title, "Bloqué 5\u{a0}minutes");
    b.wait(ms(20_100));
    assert_eq!(b.code(), "S01");
    assert!(watched(&b).is_empty());
}

#[test]
fn a_pin_that_nobody_types_leaves_without_a_warning() {
    let mut b = Bench::new(Role::Both);
    b.input(Input::Badge);
    b.wait(ms(18_500));
    b.tap(Control::Type(Typed::Char('4')));
    b.wait(ms(18_500));
    assert_eq!(b.code(), "S26", "each key gives its whole time");
    b.wait(ms(2_000));
    assert_eq!(b.code(), "S01");
}

#[test]
fn the_machine_is_watched_while_staff_are_there_and_no_longer() {
    let exit: fn(&mut Bench) = |b| drop(tap(b, StaffControl::Leave));
    let time_out: fn(&mut Bench) = |b| b.wait(ms(120_100));
    for leave in [exit, time_out] {
        for page in [StaffControl::Overview, StaffControl::Network, StaffControl::Stop, StaffControl::ChangeRoll] {
            let mut b = desk(ROOMS);
            assert_eq!(watched(&b), [true]);
            if page != StaffControl::Overview {
                tap(&mut b, page);
                b.wait(ms(118_500));
                assert!(matches!(b.code(), "S27" | "S28"), "{page:?}");
                tap(&mut b, StaffControl::Overview);
            }
            leave(&mut b);
            assert_eq!(b.code(), "S01", "{page:?}");
            assert_eq!(watched(&b), [true, false], "{page:?}");
        }
    }
    for page in [StaffControl::Network, StaffControl::TestReader, StaffControl::Volume, StaffControl::Stop] {
        let mut b = desk(ROOMS);
        tap(&mut b, page);
        b.wait(ms(120_100));
        assert_eq!((b.code(), watched(&b)), ("S01", vec![true, false]), "{page:?}");
        let reader: Vec<&Effect> = b.effects.iter().filter(|e| matches!(e, Effect::TestReader(_))).collect();
        assert!(reader.last().is_none_or(|e| **e == Effect::TestReader(false)), "the scanner serves visitors again");
    }
}

#[test]
fn a_visit_that_staff_take_over_is_over_and_its_answers_count() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::Languages);
    b.tap(Control::Language(wire::ids::Language::En));
    b.tap(Control::GiveFeedback);
    b.tap(Control::Answer(2));
    b.input(Input::Badge);
    b.input(Input::Badge);
    type_pin(&mut b, PIN);
    b.input(Input::Pin(PinCheck::Right));
    assert_eq!(b.counted(), [("2.0".to_owned(), false)]);
    assert_eq!(watched(&b), [true]);
    tap(&mut b, StaffControl::Leave);
    assert_eq!((b.code(), b.view().chrome.lang), ("S01", wire::ids::Language::Fr));
}

#[test]
fn every_staff_screen_has_a_way_out() {
    let mut uncertain = MachineState { network: vec!["eth0 10.0.0.7/24".into()], ..MachineState::default() };
    uncertain.uncertain = vec!["A 12".parse().unwrap()];
    let pages = [
        StaffControl::Network,
        StaffControl::Uncertain,
        StaffControl::TestReader,
        StaffControl::Volume,
        StaffControl::Stop,
        StaffControl::ChangeRoll,
    ];
    for page in pages {
        let mut b = desk(SMALL);
        b.input(Input::Machine(uncertain.clone()));
        tap(&mut b, page);
        tap(&mut b, StaffControl::Overview);
        assert_eq!(b.code(), "S27", "{page:?}");
        tap(&mut b, StaffControl::Leave);
        assert_eq!(b.code(), "S01", "{page:?}");
    }
    let locked = {
        let mut b = Bench::new(Role::Both);
        b.input(Input::Badge);
        type_pin(&mut b, PIN);
        b.input(Input::Pin(PinCheck::Locked { minutes: 5 }));
        b
    };
    let mut b = locked;
    b.tap(Control::Cancel);
    assert_eq!(b.code(), "S01");
}

fn roll(b: &mut Bench, cover_open: bool, paper: bool) -> Vec<Effect> {
    b.input(Input::Roll(Roll { cover_open, paper, sensors: true }))
}

#[test]
fn the_roll_wizard_goes_on_with_what_the_sensors_see() {
    let mut b = desk(ROOMS);
    roll(&mut b, false, false);
    tap(&mut b, StaffControl::ChangeRoll);
    let step = |b: &Bench| b.message().title.chars().next();
    assert_eq!((b.code(), step(&b)), ("S28", Some('1')));
    assert!(!b.view().controls().any(|c| c == Control::Staff(StaffControl::NextStep)), "the sensors say it");
    roll(&mut b, true, false);
    assert_eq!(step(&b), Some('2'));
    roll(&mut b, true, true);
    assert_eq!(step(&b), Some('3'));
    assert!(!b.effects.contains(&Effect::TestTicket));
    let closed = roll(&mut b, false, true);
    assert!(closed.contains(&Effect::TestTicket), "{closed:?}");
    assert_eq!(step(&b), Some('4'));
    tap(&mut b, StaffControl::Readable(false));
    assert_eq!(step(&b), Some('2'), "it lies the wrong way round");
    roll(&mut b, true, true);
    roll(&mut b, false, true);
    assert_eq!(step(&b), Some('4'));
    assert_eq!(b.effects.iter().filter(|e| **e == Effect::TestTicket).count(), 2);
    tap(&mut b, StaffControl::Readable(true));
    assert_eq!(b.code(), "S27");
}

#[test]
fn a_cover_that_is_open_already_need_not_be_opened() {
    let mut b = desk(ROOMS);
    roll(&mut b, true, false);
    tap(&mut b, StaffControl::ChangeRoll);
    assert!(b.message().title.starts_with('2'), "{}", b.message().title);
    // A printer that sees its paper under a closed cover only.
    let closed = roll(&mut b, false, true);
    assert!(closed.contains(&Effect::TestTicket) && b.message().title.starts_with('4'));
}

#[test]
fn without_sensors_staff_say_what_is_done() {
    let mut b = desk(ROOMS);
    tap(&mut b, StaffControl::ChangeRoll);
    for step in ['1', '2', '3'] {
        assert!(b.message().title.starts_with(step));
        b.input(Input::Roll(Roll { cover_open: true, paper: true, sensors: false }));
        assert!(b.message().title.starts_with(step), "a printer that tells nothing tells nothing");
        let effects = tap(&mut b, StaffControl::NextStep);
        assert_eq!(effects.contains(&Effect::TestTicket), step == '3');
    }
    assert!(b.message().title.starts_with('4'));
    tap(&mut b, StaffControl::Readable(true));
    assert_eq!(b.code(), "S27");
}

#[test]
fn reception_closes_at_this_borne_until_the_next_day() {
    let monday = date(2026, 11, 23);
    let mut b = desk(ROOMS);
    b.input(Input::Clock(monday.at(10, 0, 0, 0)));
    let kept = |effects: &[Effect]| -> Vec<_> {
        effects.iter().filter_map(|e| if let Effect::KeepShut(day) = e { Some(*day) } else { None }).collect()
    };
    assert_eq!(kept(&tap(&mut b, StaffControl::CloseReception)), [Some(monday)]);
    assert_eq!(kept(&tap(&mut b, StaffControl::CloseReception)), [None]);
    assert_eq!(kept(&tap(&mut b, StaffControl::CloseReception)), [Some(monday)]);
    assert_eq!(b.code(), "S27", "staff stay");
    tap(&mut b, StaffControl::Leave);
    assert_eq!(b.code(), "S17");
    b.input(Input::Clock(monday.at(23, 59, 0, 0)));
    assert_eq!(b.code(), "S17");
    b.input(Input::Clock(monday.tomorrow().unwrap().at(0, 0, 0, 0)));
    assert_eq!(b.code(), "S01");
}

#[test]
fn a_borne_that_staff_closed_is_closed_after_a_new_start_too() {
    let monday = date(2026, 11, 23);
    for clock_first in [true, false] {
        let mut b = Bench::new(Role::Both);
        let mut told = [Input::Clock(monday.at(10, 0, 0, 0)), Input::Shut(monday)];
        if !clock_first {
            told.reverse();
        }
        for input in told {
            b.input(input);
        }
        assert_eq!(b.code(), "S17", "{clock_first}");
        b.input(Input::Clock(monday.tomorrow().unwrap().at(0, 0, 0, 0)));
        assert_eq!(b.code(), "S01");
    }
    let mut b = Bench::new(Role::Both);
    b.input(Input::Shut(monday));
    b.input(Input::Clock(monday.tomorrow().unwrap().at(10, 0, 0, 0)));
    assert_eq!(b.code(), "S01", "the plug was pulled overnight");
}

#[test]
fn stopping_the_machine_asks_first() {
    let mut b = desk(ROOMS);
    b.input(Input::Machine(MachineState { unsent: 37, can_power_off: true, ..MachineState::default() }));
    let none = |effects: &[Effect]| !effects.iter().any(|e| matches!(e, Effect::Restart | Effect::PowerOff));
    assert!(none(&tap(&mut b, StaffControl::Stop)));
    let Screen::Maintenance(view) = b.view().screen else { panic!("S27 expected, {}", b.code()) };
    assert_eq!(view.title, "Arrêter la borne\u{a0}?");
    assert!(view.text.contains("37"), "{}", view.text);
    assert!(none(&tap(&mut b, StaffControl::Overview)));
    tap(&mut b, StaffControl::Stop);
    assert!(tap(&mut b, StaffControl::Restart).contains(&Effect::Restart));
    tap(&mut b, StaffControl::Stop);
    assert!(tap(&mut b, StaffControl::PowerOff).contains(&Effect::PowerOff));
    b.input(Input::Machine(MachineState { can_power_off: false, ..MachineState::default() }));
    tap(&mut b, StaffControl::Stop);
    assert!(!b.view().controls().any(|c| c == Control::Staff(StaffControl::PowerOff)), "not where it cannot be");
}
