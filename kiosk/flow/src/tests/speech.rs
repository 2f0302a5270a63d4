//! What is heard: where, when it is cut, in which voice, and what nobody else may hear.

use wire::catalogue::Localised;
use wire::ids::{HelpId, Language};

use super::*;
use crate::speech::Volume;

const STARTS: &str = "Lecture à voix haute. Flèches pour explorer.";

/// Holds the key of repetition until speech starts on the speaker.
fn aloud(mut b: Bench) -> Bench {
    b.input(Input::Key(Key::Repeat, Press::Down));
    b.wait(ms(1_000));
    b.input(Input::Key(Key::Repeat, Press::Up));
    b
}

/// As [`aloud`], to a headset.
fn in_the_ear(mut b: Bench) -> Bench {
    b.input(Input::Headset(true));
    b
}

fn sensitive() -> Catalogue {
    let mut catalogue = catalogue();
    catalogue.services.iter_mut().for_each(|service| service.sensitive = true);
    catalogue
}

#[test]
fn a_headset_starts_speech_and_its_removal_ends_it_at_once() {
    for (name, mut b) in keypad::scenes(ROOMS) {
        let heard = b.hear(|b| drop(b.input(Input::Headset(true))));
        assert_eq!(heard.len(), 1, "{name}");
        let lang = b.view().chrome.lang;
        assert!(lang != Language::Fr || heard[0].utterances[0].text == STARTS, "{name}: {heard:?}");
        assert_eq!(heard[0].output, Output::Headset);
        let before = b.effects.len();
        b.input(Input::Headset(false));
        assert_eq!(b.effects[before], Effect::Hush, "{name}");
        let spilt = b.hear(|b| {
            b.wait(ms(1_100));
            for key in [Key::Next, Key::Previous, Key::Select, Key::Volume, Key::Repeat] {
                b.key(key);
            }
            b.wait(ms(200_000));
        });
        assert_eq!(spilt, [], "{name}: never in the hall what was in the ear");
    }
}

#[test]
fn a_headset_that_is_silent_when_pulled_leaves_the_speaker_silent() {
    let mut b = in_the_ear(Bench::new(Role::Both));
    b.let_it_end();
    b.input(Input::Headset(false));
    assert_eq!(b.hear(|b| drop(b.press(&Control::TakeTicket))), []);
    // Nor does it go on in the hall where the speaker had been on before.
    let mut b = in_the_ear(aloud(Bench::new(Role::Both)));
    b.press(&Control::TakeTicket);
    b.input(Input::Headset(false));
    assert_eq!(b.hear(|b| drop(b.key(Key::Next))), []);
}

#[test]
fn with_a_headset_the_speaker_is_silent_the_whole_visit() {
    let mut b = in_the_ear(aloud(Bench::new(Role::Both)));
    let heard = b.hear(|b| {
        b.press(&Control::TakeTicket);
        b.press(&Control::Service(b.service(0)));
        b.press(&Control::Confirm);
        let issued = b.issue();
        b.input(Input::Print(issued.ticket, PrintReport::Printed));
        b.wait(ms(31_000));
    });
    assert!(heard.len() > 6 && heard.iter().all(|said| said.output == Output::Headset));
}

#[test]
fn the_key_of_repetition_starts_speech_where_it_is_held_for_a_second() {
    let hold = |times: &[u64]| {
        let mut b = Bench::new(Role::Both);
        b.hear(|b| {
            for time in times {
                b.input(Input::Key(Key::Repeat, Press::Down));
                b.wait(ms(*time));
                b.input(Input::Key(Key::Repeat, Press::Up));
            }
            b.wait(ms(5_000));
        })
    };
    assert_eq!(hold(&[999]), []);
    assert_eq!(hold(&[600, 600, 600]), [], "three short ones are no long one");
    let heard = hold(&[1_000]);
    assert_eq!((heard.len(), heard[0].output), (1, Output::Speaker));
    assert!(heard[0].words().starts_with(STARTS) && heard[0].words().contains("Bonjour"), "{heard:?}");
    // A keyboard that repeats a held key.
    let mut b = Bench::new(Role::Both);
    for _ in 0..11 {
        b.input(Input::Key(Key::Repeat, Press::Down));
        b.wait(ms(100));
    }
    assert!(said(&b.effects).iter().any(|s| s.words().starts_with(STARTS)));
}

#[test]
fn a_button_switches_speech_by_finger_and_by_key() {
    type Activate = fn(&mut Bench);
    let finger: Activate = |b| drop(b.tap(Control::ReadAloud));
    let key: Activate = |b| drop(b.press(&Control::ReadAloud));
    for activate in [finger, key] {
        let mut b = Bench::new(Role::Both);
        b.tap(Control::Display);
        let on = b.hear(activate);
        assert!(on.last().is_some_and(|s| s.words().starts_with(STARTS) && !s.cut), "{on:?}");
        let off = b.hear(activate);
        assert!(off.last().is_some_and(|s| s.words() == "La lecture à voix haute est arrêtée." && !s.cut), "{off:?}");
        assert_eq!(b.hear(|b| drop(b.tap(Control::Back))), [], "and then nothing");
    }
}

#[test]
fn any_action_cuts_what_is_said_before_it_says_anything() {
    let actions = [
        Input::Key(Key::Next, Press::Down),
        Input::Key(Key::Previous, Press::Down),
        Input::Key(Key::Select, Press::Down),
        Input::Key(Key::Repeat, Press::Down),
        Input::Key(Key::Volume, Press::Down),
        Input::Touched(Control::TakeTicket),
        Input::Touched(Control::Language(Language::Tr)),
        Input::Touched(Control::CallPerson),
        Input::CallButton,
        Input::Headset(true),
        Input::Badge,
    ];
    for action in actions {
        let mut b = aloud(Bench::new(Role::Both));
        b.now += ms(1_000);
        let effects = b.input(action.clone());
        let hush = effects.iter().position(|e| *e == Effect::Hush);
        let speak = effects.iter().position(|e| matches!(e, Effect::Speak { .. }));
        assert!(hush.is_some() && speak.is_some() && hush < speak, "{action:?}: {effects:?}");
    }
}

#[test]
fn repetition_says_the_same_again() {
    let mut b = aloud(Bench::new(Role::Both));
    let screen = b.hear(|b| drop(b.press(&Control::TakeTicket))).pop().unwrap();
    let again = b.hear(|b| drop(b.key(Key::Repeat)));
    assert_eq!((again.len(), &again[0].utterances), (1, &screen.utterances));
    b.let_it_end();
    let place = b.hear(|b| drop(b.key(Key::Next))).pop().unwrap();
    b.let_it_end();
    for _ in 0..2 {
        assert_eq!(b.hear(|b| drop(b.key(Key::Repeat)))[0].utterances, place.utterances);
    }
}

#[test]
fn a_screen_tells_its_title_its_choices_and_each_place_its_rank() {
    let mut b = aloud(Bench::new(Role::Both));
    let heard = b.hear(|b| drop(b.press(&Control::TakeTicket))).pop().unwrap();
    assert_eq!(heard.words(), "Choisissez un service | 7\u{a0}choix");
    assert_eq!(b.hear(|b| drop(b.key(Key::Next)))[0].words(), "Carte d’identité, passeport | bouton, 1 sur 7");
    let stops = b.view().stops().len();
    let round = b.hear(|b| (1..stops).for_each(|_| drop(b.key(Key::Next)))).pop().unwrap();
    assert_eq!(round.words(), "Début de l’écran | Choisissez un service");
    assert_eq!(b.hear(|b| drop(b.key(Key::Previous)))[0].words(), "Appeler une personne | bouton, 4 sur 4");
    b.input(Input::Hall(Hall { closes_at: None, full: [b.service(0)].into() }));
    b.reach(&Control::Service(b.service(0)));
    let heard = said(&b.effects).pop().unwrap().words();
    assert!(heard.contains("Plus de place aujourd’hui") && heard.contains("indisponible"), "{heard}");
}

#[test]
fn what_the_site_wrote_in_french_alone_is_said_by_the_french_voice() {
    let mut catalogue = catalogue();
    catalogue.services[1].name = Localised::french("Retrait de titres");
    let mut b = aloud(Bench::with(Role::Both, catalogue));
    b.press(&Control::Language(Language::Ar));
    b.press(&Control::TakeTicket);
    b.reach(&Control::Service(b.service(1)));
    let card = said(&b.effects).pop().unwrap();
    assert_eq!((card.utterances[0].text.as_str(), card.utterances[0].lang), ("Retrait de titres", Language::Fr));
    assert!(card.utterances[1..].iter().all(|u| u.lang == Language::Ar), "{card:?}");
    let heard = b.hear(|b| drop(b.press(&Control::Service(b.service(1))))).pop().unwrap();
    let name = heard.utterances.iter().find(|u| u.text == "Retrait de titres").unwrap();
    assert_eq!(name.lang, Language::Fr);
    assert!(heard.utterances.iter().filter(|u| u.text != name.text).all(|u| u.lang == Language::Ar), "{heard:?}");
}

#[test]
fn each_language_is_spoken_in_its_own_voice() {
    for lang in Language::ALL {
        let mut b = aloud(Bench::new(Role::Both));
        b.press(&Control::Languages);
        b.reach(&Control::Language(lang));
        let tile = said(&b.effects).pop().unwrap();
        assert_eq!((tile.utterances[0].text.as_str(), tile.utterances[0].lang), (lang.endonym(), lang));
        let heard = b.hear(|b| {
            b.wait(ms(500));
            b.key(Key::Select);
            b.press(&Control::TakeTicket);
            b.press(&Control::Service(b.service(1)));
            b.press(&Control::HavePriority);
        });
        assert!(heard.iter().flat_map(|s| &s.utterances).all(|u| u.lang == lang), "{lang:?}: {heard:?}");
        b.press(&Control::Languages);
        b.press(&Control::Language(Language::En));
        let heard = said(&b.effects).pop().unwrap();
        assert!(heard.words().starts_with("Do you have priority?") && heard.utterances[0].lang == Language::En);
    }
    let mut b = aloud(Bench::new(Role::Both));
    let heard = b.hear(|b| drop(b.tap(Control::Language(Language::En)))).pop().unwrap();
    assert!(heard.words().starts_with("Hello."), "the tiles of the first screen: {heard:?}");
}

/// What is heard of a ticket.
fn ticket(mut b: Bench, report: PrintReport) -> String {
    let wait = Wait { ahead: 4, minutes: Some((20, 30)) };
    b.input(Input::Waits([(b.service(0), wait)].into()));
    let issued = b.take_ticket();
    let heard = b.hear(|b| drop(b.input(Input::Print(issued.ticket, report)))).pop().unwrap();
    heard.words()
}

#[test]
fn what_is_printed_is_also_said() {
    let all = "Votre numéro | A\u{a0}1 | Carte d’identité, passeport | Attente\u{a0}: environ 20 à 30\u{a0}minutes | Salle A, 1er étage | Le ticket est sous l’écran.";
    let kept = all.replace("Carte d’identité, passeport | ", "");
    let report = PrintReport::Printed;
    assert_eq!(ticket(aloud(Bench::new(Role::Both)), report), all);
    assert_eq!(ticket(in_the_ear(Bench::with(Role::Both, sensitive())), report), all);
    assert_eq!(ticket(aloud(Bench::with(Role::Both, sensitive())), report), kept, "others in the hall do not hear it");
}

#[test]
fn a_number_without_paper_is_said_twice_and_no_ticket_is_looked_for() {
    for report in [PrintReport::Failed, PrintReport::Lost] {
        let heard = ticket(aloud(Bench::new(Role::Both)), report);
        assert!(heard.starts_with("Votre place est gardée | A\u{a0}1 | "), "{heard}");
        assert_eq!(heard.matches("A\u{a0}1").count(), 2, "{heard}");
        assert!(!heard.contains("sous l’écran"), "{heard}");
    }
}

#[test]
fn whoever_wants_to_hear_the_ticket_once_presses_a_button() {
    let mut b = Bench::with(Role::Both, sensitive());
    b.take_printed_ticket();
    let heard = b.hear(|b| drop(b.tap(Control::Listen)));
    assert_eq!((heard.len(), heard[0].output), (1, Output::Speaker));
    assert!(heard[0].words().contains("A\u{a0}1") && !heard[0].words().contains("Carte d’identité"), "{heard:?}");
}

#[test]
fn every_change_of_a_call_for_help_is_said() {
    let help = HelpId(uuid(7));
    let mut b = aloud(Bench::new(Role::Both));
    let starts = |heard: Vec<Said>| heard.last().unwrap().utterances[0].text.clone();
    assert_eq!(starts(b.hear(|b| drop(b.input(Input::CallButton)))), "Une personne est prévenue");
    b.input(Input::HelpOpened(help));
    assert_eq!(starts(b.hear(|b| b.wait(ms(91_000)))), "Personne n’est libre.");
    let coming = Input::Help(help, HelpProgress::Coming);
    assert_eq!(starts(b.hear(|b| drop(b.input(coming)))), "Une personne arrive");
}

#[test]
fn the_question_whether_somebody_is_there_is_spoken_at_30_and_at_10() {
    let mut b = aloud(Bench::new(Role::Both));
    b.press(&Control::TakeTicket);
    b.let_it_end();
    let heard = b.hear(|b| {
        b.wait(ms(45_100));
        b.let_it_end();
        b.wait(ms(25_000));
    });
    let words: Vec<String> = heard.iter().map(Said::words).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(words[0].contains("toujours là") && words[0].contains("dans 30\u{a0}secondes"), "{words:?}");
    assert!(words[1].contains("dans 10\u{a0}secondes"), "{words:?}");
}

#[test]
fn a_screen_waits_from_the_end_of_what_is_said() {
    for (large, seconds) in [(false, 45_000), (true, 90_000)] {
        let mut b = aloud(Bench::new(Role::Both));
        if large {
            b.press(&Control::Display);
            b.press(&Control::LargeText);
            b.press(&Control::Back);
        }
        b.press(&Control::TakeTicket);
        for key in [None, Some(Key::Next), Some(Key::Repeat), Some(Key::Volume)] {
            key.map(|key| b.key(key));
            b.wait(ms(55_000));
            assert_eq!(b.code(), "S03", "it is still being read, {key:?}");
            b.let_it_end();
            b.wait(ms(seconds - 1_000));
            assert_eq!(b.code(), "S03", "{key:?}");
        }
        b.wait(ms(1_100));
        assert_eq!(b.code(), "S23");
    }
    // A voice that never tells its end keeps nobody's screen.
    let mut b = aloud(Bench::new(Role::Both));
    b.press(&Control::TakeTicket);
    b.wait(ms(300_000));
    assert_eq!(b.code(), "S01");
}

#[test]
fn volume_steps_over_18_decibels_are_said_and_gone_with_the_visit() {
    let volumes = |effects: &[Effect]| -> Vec<i8> {
        effects.iter().filter_map(|e| if let Effect::Volume(v) = e { Some(v.decibels()) } else { None }).collect()
    };
    let mut b = aloud(Bench::new(Role::Both));
    b.press(&Control::TakeTicket);
    let heard = b.hear(|b| (0..4).for_each(|_| drop(b.key(Key::Volume))));
    assert_eq!(volumes(&b.effects), [6, 12, -6, 0]);
    let levels: Vec<String> = heard.iter().map(Said::words).collect();
    assert_eq!(levels, ["Son 3 sur 4", "Son 4 sur 4", "Son 1 sur 4", "Son 2 sur 4"]);
    b.press(&Control::Display);
    for (control, level) in [(Control::Louder, "Son 3 sur 4"), (Control::Quieter, "Son 2 sur 4")] {
        let heard = b.hear(|b| drop(b.tap(control.clone())));
        assert!(heard.last().is_some_and(|s| s.words().contains(level)), "{heard:?}");
    }
    b.tap(Control::Louder);
    b.wait(ms(300_000));
    assert_eq!(b.code(), "S01");
    assert_eq!(volumes(&b.effects).last(), Some(&Volume::default().decibels()));
    let mut b = Bench::new(Role::Both);
    b.key(Key::Volume);
    b.wait(ms(46_000));
    assert_eq!(volumes(&b.effects), [6, 0], "also where nobody began a visit");
    assert_eq!(b.hear(|b| drop(b.key(Key::Next))), [], "and speech is off for the next visitor");
}

#[test]
fn the_digits_of_a_pin_are_heard_nowhere() {
    for listen in [aloud as fn(Bench) -> Bench, in_the_ear] {
        let mut b = listen(Bench::new(Role::Both));
        let heard = b.hear(|b| {
            b.input(Input::Badge);
            for digit in ['4', '8', '2', '7'] {
                b.press(&Control::Type(Typed::Char(digit)));
                b.key(Key::Repeat);
            }
            b.reach(&Control::Cancel);
        });
        let digit = |text: &str| text.chars().count() == 1 && text.contains(|c: char| c.is_ascii_digit());
        assert!(heard.iter().flat_map(|s| &s.utterances).all(|u| !digit(&u.text)), "{heard:?}");
        assert!(heard.last().is_some_and(|s| s.words().contains("Annuler")));
    }
}

#[test]
fn the_hall_never_hears_which_sensitive_service_was_chosen() {
    let journey = |mut b: Bench, rooms: &str| {
        b.press(&Control::TakeTicket);
        let name = b.journey.setup.catalogue.services[0].name.get(Language::Fr).to_owned();
        b.reach(&Control::Service(b.service(0)));
        let explore = |b: &mut Bench| (0..=b.view().stops().len()).for_each(|_| drop(b.key(Key::Next)));
        let heard = b.hear(|b| {
            b.wait(ms(500));
            b.key(Key::Select);
            assert_eq!(b.code(), "S04", "{rooms}");
            explore(b);
            b.key(Key::Repeat);
            b.press(&Control::HavePriority);
            explore(b);
            b.press(&Control::Back);
            b.press(&Control::CallPerson);
            b.press(&Control::Continue);
            b.press(&Control::Confirm);
            let issued = b.issue();
            b.input(Input::Print(issued.ticket, PrintReport::Sent));
            explore(b);
            b.press(&Control::NoTicket);
            explore(b);
            b.key(Key::Repeat);
            b.press(&Control::Noted);
        });
        heard.iter().flat_map(|s| &s.utterances).filter(|u| u.text.contains(&name)).count()
    };
    for (rooms, name) in [(ROOMS, "usual"), (SMALL, "small")] {
        let bench = || Bench::on(Role::Both, sensitive(), rooms);
        assert_eq!(journey(aloud(bench()), name), 0);
        assert!(journey(in_the_ear(bench()), name) > 2, "a headset tells it to the visitor alone");
    }
}
