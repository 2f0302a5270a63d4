//! Calls for a person.

use std::time::Duration;

use wire::ids::HelpId;

use super::*;

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
    assert!(matches!(b.view().screen, Screen::Message(v) if v.text == "Allez au guichet d’accueil."));
    let effects = b.input(Input::HelpOpened(HelpId(uuid(7))));
    assert_eq!(effects, [Effect::CancelHelp(HelpId(uuid(7)))], "it rings nowhere hours later");
}

#[test]
fn a_server_lost_while_somebody_waits_sends_to_the_desk_at_once() {
    for news in [Input::Uplink(false), Input::HelpFailed] {
        let mut b = Bench::new(Role::Both);
        b.tap(Control::CallPerson);
        b.input(news);
        assert!(matches!(b.view().screen, Screen::Message(v) if v.text == "Allez au guichet d’accueil."));
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
fn help_is_told_answered_or_sent_to_the_desk() {
    let help = HelpId(uuid(7));
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    assert_eq!(b.tap(Control::CallPerson)[0], Effect::RequestHelp);
    b.input(Input::HelpOpened(help));
    let title = |b: &Bench| {
        let Screen::Message(view) = b.view().screen else { panic!("S22 expected, {}", b.code()) };
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
fn a_call_goes_on_while_the_visitor_does_something_else() {
    let help = HelpId(uuid(7));
    for way in [Control::Languages, Control::Display, Control::Continue] {
        let mut b = Bench::new(Role::Both);
        b.tap(Control::CallPerson);
        b.tap(way.clone());
        assert!(b.input(Input::HelpOpened(help)).is_empty(), "{way:?}: its number comes late, nobody took it back");
        b.tap(Control::CallPerson);
        assert_eq!(b.effects.iter().filter(|e| **e == Effect::RequestHelp).count(), 1, "{way:?}: one call");
        b.tap(Control::CancelHelp);
        assert!(b.effects.contains(&Effect::CancelHelp(help)), "{way:?}");
    }
    let mut b = Bench::new(Role::Both);
    b.tap(Control::CallPerson);
    b.tap(Control::CancelHelp);
    assert_eq!(b.input(Input::HelpOpened(help)), [Effect::CancelHelp(help)], "taken back before its number came");
}

#[test]
fn news_of_a_call_reach_the_screen_under_another() {
    let help = HelpId(uuid(7));
    let mut b = Bench::new(Role::Both);
    b.tap(Control::CallPerson);
    b.input(Input::HelpOpened(help));
    b.tap(Control::Languages);
    b.input(Input::Help(help, HelpProgress::Coming));
    assert_eq!(b.code(), "S02", "what the visitor does is not taken away");
    b.tap(Control::Back);
    assert_eq!(b.message().title, "Une personne arrive");
    b.wait(Duration::from_secs(600));
    assert!(!b.effects.contains(&Effect::CancelHelp(help)), "whoever is on the way comes");
}

#[test]
fn whoever_leaves_is_asked_soon_and_whoever_comes_back_is_not() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::TakeTicket);
    b.input(Input::Presence(false));
    b.wait(ms(5_000));
    b.input(Input::Presence(true));
    b.wait(ms(44_000));
    assert_eq!(b.code(), "S03");
    b.input(Input::Presence(false));
    b.wait(ms(10_100));
    assert_eq!(b.code(), "S23", "with its warning of 30 s");
}
