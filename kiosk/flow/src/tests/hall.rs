//! Hours, closures, full services, the bus, and the panel that rests.

use jiff::civil::{Date, date};
use wire::ids::Language;
use wire::opening::{Stretch, Week};

use super::*;

const MONDAY: Date = date(2026, 11, 23);

/// 8 h 30 to 12 h and 13 h 30 to 17 h, Monday to Wednesday.
fn week() -> Week {
    let day = || ["08:30-12:00", "13:30-17:00"].map(|s| s.parse::<Stretch>().unwrap()).to_vec();
    Week { mon: day(), tue: day(), wed: day(), ..Week::default() }
}

fn site() -> Catalogue {
    let mut catalogue = catalogue();
    catalogue.site.hours = Some(week());
    catalogue.site.online = Some("https://mairie.example/horaires".into());
    catalogue
}

fn clock(b: &mut Bench, day: Date, hour: i8, minute: i8) -> Vec<Effect> {
    b.input(Input::Clock(day.at(hour, minute, 0, 0)))
}

fn at(catalogue: Catalogue, hour: i8, minute: i8) -> Bench {
    let mut b = Bench::with(Role::Both, catalogue);
    clock(&mut b, MONDAY, hour, minute);
    b
}

fn all(b: &Bench) -> Hall {
    Hall { closes_at: None, full: b.journey.setup.catalogue.services.iter().map(|s| s.id.clone()).collect() }
}

fn issues(b: &Bench) -> usize {
    b.effects.iter().filter(|e| matches!(e, Effect::Issue(_))).count()
}

#[test]
fn the_first_screen_follows_the_hours() {
    let mut b = at(site(), 8, 29);
    let closed = b.message();
    assert_eq!((closed.code, closed.title.as_str()), ("S17", "L’accueil est fermé"));
    assert_eq!(closed.text, "Prochaine ouverture\u{a0}: aujourd’hui, 8\u{a0}h\u{a0}30.");
    assert_eq!(closed.qr.map(|qr| qr.link), Some("https://mairie.example/horaires".into()));
    assert!(!b.view().controls().any(|c| c == Control::TakeTicket));
    for (hour, minute, code) in [(8, 30, "S01"), (12, 0, "S17"), (13, 30, "S01"), (16, 59, "S01"), (17, 0, "S17")] {
        clock(&mut b, MONDAY, hour, minute);
        assert_eq!(b.code(), code, "{hour}:{minute}");
    }
}

#[test]
fn the_next_opening_is_told_in_words_of_each_language() {
    let expected = [
        (MONDAY, "aujourd’hui, 13\u{a0}h\u{a0}30", "today, 1:30 pm", 12),
        (MONDAY, "demain, 8\u{a0}h\u{a0}30", "tomorrow, 8:30 am", 17),
        (date(2026, 11, 28), "lundi 30 novembre, 8\u{a0}h\u{a0}30", "Monday 30 November, 8:30 am", 10),
        (date(2026, 11, 25), "lundi 30 novembre, 8\u{a0}h\u{a0}30", "Monday 30 November, 8:30 am", 18),
    ];
    for (day, french, english, hour) in expected {
        let mut b = Bench::with(Role::Both, site());
        clock(&mut b, day, hour, 0);
        assert!(b.message().text.contains(french), "{}", b.message().text);
        b.tap(Control::Languages);
        b.tap(Control::Language(Language::En));
        assert_eq!(b.message().text, format!("Next opening: {english}."));
        for lang in Language::ALL {
            b.tap(Control::Languages);
            b.tap(Control::Language(lang));
            let text = b.message().text;
            let minutes = if hour == 12 { ["13", "1"] } else { ["8", "08"] };
            assert!(text.contains("30") && minutes.iter().any(|m| text.contains(m)) && !text.contains('{'), "{text}");
        }
    }
}

#[test]
fn staff_end_the_day_early_and_the_next_one_begins_as_ever() {
    let mut b = at(site(), 10, 0);
    let eleven = Hall { closes_at: Some(MONDAY.at(11, 0, 0, 0)), ..Hall::default() };
    b.input(Input::Hall(eleven));
    assert_eq!(b.code(), "S01");
    clock(&mut b, MONDAY, 11, 0);
    assert_eq!((b.code(), b.message().text.as_str()), ("S17", "Prochaine ouverture\u{a0}: demain, 8\u{a0}h\u{a0}30."));
    clock(&mut b, MONDAY, 14, 0);
    assert_eq!(b.code(), "S17", "the afternoon too");
    let tuesday = MONDAY.tomorrow().unwrap();
    clock(&mut b, tuesday, 9, 0);
    assert_eq!(b.code(), "S01", "also where the server was not heard since");
    let mut b = at(site(), 10, 0);
    b.input(Input::Hall(Hall { closes_at: Some(MONDAY.at(9, 0, 0, 0)), ..Hall::default() }));
    assert_eq!(b.code(), "S17");
    b.input(Input::Hall(Hall::default()));
    assert_eq!(b.code(), "S01", "they changed their mind");
}

#[test]
fn a_hall_without_places_is_full_and_says_when_to_come_again() {
    let mut b = at(site(), 10, 0);
    let full = all(&b);
    b.input(Input::Hall(full));
    let view = b.message();
    assert_eq!((view.code, view.title.as_str()), ("S17", "Plus de ticket aujourd’hui"));
    assert!(view.text.contains("Vous avez un ticket\u{a0}? Votre place est gardée."), "{}", view.text);
    assert!(view.text.contains("demain, 8\u{a0}h\u{a0}30"), "{}", view.text);
    clock(&mut b, MONDAY.tomorrow().unwrap(), 8, 30);
    assert_eq!(b.code(), "S01", "another day has its own places");
}

#[test]
fn a_closed_service_says_why_on_its_card_and_explains_when_touched() {
    let mut catalogue = site();
    let hours = |text: &str| vec![text.parse::<Stretch>().unwrap()];
    catalogue.services[0].hours = Some(Week { mon: hours("14:00-17:00"), ..Week::default() });
    catalogue.services[1].hours = Some(Week { thu: hours("09:00-12:00"), ..Week::default() });
    let mut b = at(catalogue, 10, 0);
    b.input(Input::Hall(Hall { closes_at: None, full: [b.service(2)].into() }));
    let expected = [
        ("Ouvre à 14\u{a0}h", "Ce service est fermé", "aujourd’hui, 14\u{a0}h."),
        ("Fermé aujourd’hui", "Ce service est fermé", "jeudi 26 novembre, 9\u{a0}h."),
        ("Plus de place aujourd’hui", "Plus de place aujourd’hui", "Votre place est gardée."),
    ];
    for (at, (note, title, text)) in expected.into_iter().enumerate() {
        b.tap(Control::TakeTicket);
        let Screen::Choices(view) = b.view().screen else { panic!("S03 expected, {}", b.code()) };
        let card = &view.cards[at];
        assert!(!card.enabled && card.note == note, "{card:?}");
        b.tap(Control::Service(b.service(at)));
        assert_eq!(b.message().title, title);
        assert!(b.message().text.contains(text), "{}", b.message().text);
        b.tap(Control::OtherService);
        assert_eq!(b.code(), "S03");
        b.tap(Control::Back);
    }
    b.tap(Control::TakeTicket);
    let Screen::Choices(view) = b.view().screen else { panic!("S03 expected") };
    assert!(view.cards[3].enabled);
}

#[test]
fn a_visitor_goes_on_when_the_hall_closes_but_gets_no_ticket() {
    type Close = fn(&mut Bench);
    let hours: Close = |b| drop(clock(b, MONDAY, 12, 0));
    let early: Close =
        |b| drop(b.input(Input::Hall(Hall { closes_at: Some(MONDAY.at(9, 0, 0, 0)), ..Hall::default() })));
    let full: Close = |b| drop(b.input(Input::Hall(all(b))));
    for close in [hours, early, full] {
        for priority in [false, true] {
            let mut b = at(site(), 11, 59);
            b.tap(Control::TakeTicket);
            b.tap(Control::Service(b.service(0)));
            if priority {
                b.tap(Control::HavePriority);
            }
            let before = b.view();
            close(&mut b);
            assert_eq!((b.view().generation, b.code()), (before.generation, before.screen.code()), "the screen stays");
            b.tap(if priority { Control::Priority(true) } else { Control::Confirm });
            assert_eq!((b.code(), issues(&b)), ("S17", 0));
            b.tap(Control::OtherService);
            let Screen::Choices(view) = b.view().screen else { panic!("S03 expected, {}", b.code()) };
            let services = view.cards.iter().filter(|c| matches!(c.control, Control::Service(_)));
            assert!(services.into_iter().all(|card| !card.enabled && !card.note.is_empty()));
            b.wait(ms(80_000));
            assert!(b.code() == "S17" && b.journey.is_home());
        }
    }
}

#[test]
fn a_screen_over_the_first_one_finds_it_closed() {
    for cover in [Control::Languages, Control::Display, Control::CallPerson] {
        let mut b = at(site(), 11, 59);
        b.tap(cover.clone());
        clock(&mut b, MONDAY, 12, 0);
        assert_ne!(b.code(), "S17", "{cover:?}");
        b.tap(if cover == Control::CallPerson { Control::Continue } else { Control::Back });
        assert_eq!(b.code(), "S17", "{cover:?}");
    }
    let mut b = at(site(), 11, 59);
    b.take_printed_ticket();
    clock(&mut b, MONDAY, 12, 0);
    assert_eq!(b.code(), "S15", "whoever has a ticket reads it");
    b.tap(Control::Finish);
    assert_eq!(b.code(), "S17");
}

#[test]
fn a_bus_says_when_it_leaves_and_when_it_comes_again() {
    let mut catalogue = site();
    let day = |text: &str| vec![text.parse::<Stretch>().unwrap()];
    catalogue.site.mobile = true;
    catalogue.site.hours = Some(Week { mon: day("09:00-16:00"), thu: day("09:00-12:00"), ..Week::default() });
    let mut b = at(catalogue, 15, 0);
    b.input(Input::Hall(Hall { closes_at: Some(MONDAY.at(15, 30, 0, 0)), ..Hall::default() }));
    clock(&mut b, MONDAY, 15, 30);
    let text = b.message().text;
    assert_eq!(text, "Le bus repart à 16\u{a0}h. Prochain passage\u{a0}: jeudi 26 novembre, 9\u{a0}h.");
    clock(&mut b, MONDAY, 16, 0);
    assert_eq!(b.message().text, "Prochain passage\u{a0}: jeudi 26 novembre, 9\u{a0}h.");
}

#[test]
fn the_panel_rests_while_nobody_is_received_and_the_first_touch_only_lights_it() {
    let lamp = |effects: &[Effect]| -> Vec<bool> {
        effects.iter().filter_map(|e| if let Effect::Backlight(on) = e { Some(*on) } else { None }).collect()
    };
    let touch = Input::Touched(Control::GiveFeedback);
    let key = Input::Key(Key::Select, Press::Down);
    let somebody = Input::Presence(true);
    for first in [touch, key, somebody] {
        let mut b = at(site(), 18, 0);
        b.tap(Control::Languages);
        b.tap(Control::Language(Language::Fr));
        b.wait(ms(300_000));
        assert_eq!((b.code(), lamp(&b.effects)), ("S17", vec![false]), "once");
        let view = b.view();
        assert_eq!(lamp(&b.input(first.clone())), [true], "{first:?}");
        assert_eq!(b.view().screen, view.screen, "it does nothing else");
        b.wait(ms(1_100));
        b.tap(Control::GiveFeedback);
        assert_eq!(b.code(), "S18");
        b.wait(ms(300_000));
        assert_eq!(lamp(&b.effects), [false, true, false], "and it rests again");
        let tuesday = MONDAY.tomorrow().unwrap();
        assert_eq!(lamp(&clock(&mut b, tuesday, 8, 30)), [true], "opening lights it");
        assert_eq!(b.code(), "S01");
        b.wait(ms(600_000));
        assert_eq!(lamp(&b.effects).last(), Some(&true), "an open hall is lit");
    }
    let mut b = at(site(), 18, 0);
    b.wait(ms(300_000));
    let effects = b.input(Input::CallButton);
    assert_eq!((lamp(&effects), b.code()), (vec![true], "S22"), "a call for help is no touch of the screen");
}

#[test]
fn a_survey_borne_takes_answers_after_hours_and_rests_between_them() {
    let lamp = |b: &Bench| -> Vec<bool> {
        b.effects.iter().filter_map(|e| if let Effect::Backlight(on) = e { Some(*on) } else { None }).collect()
    };
    let mut b = Bench::with(Role::Survey, site());
    clock(&mut b, MONDAY, 16, 59);
    b.wait(ms(300_000));
    assert!(lamp(&b).is_empty(), "an open hall is lit");
    clock(&mut b, MONDAY, 17, 0);
    b.tap(Control::Answer(1));
    assert_eq!((b.code(), lamp(&b).len()), ("S19", 0), "the last visitors leave after the hours");
    b.wait(ms(300_000));
    assert_eq!((b.code(), lamp(&b)), ("S18", vec![false]));
    b.tap(Control::Answer(1));
    assert_eq!((b.code(), lamp(&b)), ("S18", vec![false, true]), "the first touch lights it");
    b.wait(ms(1_100));
    b.tap(Control::Answer(1));
    assert_eq!(b.code(), "S19");
    b.wait(ms(300_000));
    clock(&mut b, MONDAY.tomorrow().unwrap(), 8, 30);
    assert_eq!(lamp(&b), [false, true, false, true], "opening lights it");
}

#[test]
fn a_survey_borne_forgets_its_last_visitor_while_the_clock_goes_on() {
    let mut b = Bench::with(Role::Survey, site());
    clock(&mut b, MONDAY, 17, 0);
    for control in [Control::Language(Language::Ar), Control::Display, Control::LargeText, Control::Back] {
        b.press(&control);
    }
    assert_eq!((b.code(), b.view().chrome.lang, b.view().chrome.look.large_text), ("S18", Language::Ar, true));
    for minute in 1..=5 {
        b.wait(ms(60_000));
        clock(&mut b, MONDAY, 17, minute);
    }
    assert_eq!((b.code(), b.view().chrome.lang, b.view().chrome.look.large_text), ("S18", Language::Fr, false));
    assert_eq!(b.effects.iter().filter(|e| matches!(e, Effect::Backlight(false))).count(), 1);
}

#[test]
fn a_clock_that_is_unknown_never_closes() {
    let mut b = Bench::with(Role::Both, site());
    b.input(Input::Hall(Hall { closes_at: Some(MONDAY.at(9, 0, 0, 0)), ..Hall::default() }));
    b.wait(ms(100_000));
    assert_eq!(b.code(), "S01");
    b.take_printed_ticket();
    assert_eq!(issues(&b), 1);
    assert_eq!(b.view().chrome.clock, "");
}

#[test]
fn whoever_may_not_be_seen_before_the_end_is_told() {
    let mut b = at(site(), 11, 40);
    b.input(Input::Waits([(b.service(0), Wait { ahead: 4, minutes: Some((15, 25)) })].into()));
    b.tap(Control::TakeTicket);
    b.tap(Control::Service(b.service(0)));
    let Screen::Detail(view) = b.view().screen else { panic!("S04 expected") };
    assert_eq!(view.notices, ["Nous ne sommes pas sûrs de vous recevoir avant 12\u{a0}h."]);
}

#[test]
fn a_borne_for_feedback_is_there_at_any_hour() {
    let mut b = Bench::with(Role::Survey, site());
    clock(&mut b, MONDAY, 22, 0);
    assert_eq!(b.code(), "S18");
}
