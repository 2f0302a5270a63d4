//! What events promise.

use super::*;

fn golden() -> Vec<(&'static str, Event)> {
    let ticket: TicketId = "019aa5f0-7c00-7000-8000-000000000001".parse().unwrap();
    let help: HelpId = "019aa5f0-7c00-7000-8000-000000000002".parse().unwrap();
    let call = Uuid::parse_str("6f9619ff-8b86-4d01-b42d-00cf4fc964ff").unwrap();
    let at = "2026-11-21T09:42:00.123Z".parse().unwrap();
    let counter: CounterId = "4".parse().unwrap();
    let issued = TicketIssued {
        ticket,
        label: "B2 42".parse().unwrap(),
        day: "2026-11-21".parse().unwrap(),
        service: "etat-civil".parse().unwrap(),
        lang: Language::Fr,
        token: Hash32::of(b"token"),
        paperless: false,
        uncertain: false,
        priority: false,
        group: 1,
        appointment: None,
        needs: BTreeSet::new(),
    };
    let bodies = vec![
        ("issued", EventBody::TicketIssued(issued.clone())),
        ("issued_paperless", EventBody::TicketIssued(TicketIssued { paperless: true, ..issued.clone() })),
        ("voided", EventBody::TicketVoided { ticket, by: Voider::Staff }),
        ("printed", EventBody::TicketPrinted { ticket, outcome: PrintOutcome::NotPrinted }),
        ("reprinted", EventBody::Reprinted { ticket, token: None }),
        ("help_requested", EventBody::HelpRequested { help }),
        ("help_cancelled", EventBody::HelpCancelled { help }),
        ("help_answered", EventBody::HelpAnswered { help, by: None }),
        ("called", EventBody::Called { ticket, episode: 1, counter: counter.clone(), call }),
        ("recalled", EventBody::Recalled { ticket, episode: 1 }),
        ("started", EventBody::Started { ticket, episode: 1 }),
        ("finished", EventBody::Finished { ticket, episode: 1, inexact: false }),
        ("no_show", EventBody::NoShow { ticket, episode: 1 }),
        ("clock_uncertain", EventBody::ClockUncertain { day: "2026-11-21".parse().unwrap() }),
        ("issued_uncertain", EventBody::TicketIssued(TicketIssued { uncertain: true, ..issued.clone() })),
        ("device_changed", EventBody::DeviceChanged { device: Device::Printer, condition: Condition::PaperLow }),
        (
            "issued_in_chinese",
            EventBody::TicketIssued(TicketIssued { lang: Language::Zh, priority: true, group: 4, ..issued.clone() }),
        ),
    ];
    let command = "019aa5f0-7c00-7000-8000-000000000005".parse().unwrap();
    let later = [
        ("reprinted_with_a_new_link", EventBody::Reprinted { ticket, token: Some(Hash32::of(b"new")) }),
        ("help_answered_by", EventBody::HelpAnswered { help, by: Some(AgentRef(17)) }),
        ("checked_in", EventBody::CheckedIn { ticket, appointment: at }),
        ("command_taken", EventBody::CommandAnswered { command, answer: CommandAnswer::Taken, ticket: Some(ticket) }),
        ("command_expired", EventBody::CommandAnswered { command, answer: CommandAnswer::Expired, ticket: None }),
    ];
    let bodies = bodies.into_iter().chain(golden_hall(&issued, &counter, call)).chain(later);
    let event = |(i, (name, body))| (name, Event { seq: i as u64 + 1, at, body });
    bodies.enumerate().map(event).collect()
}

/// What moves tickets and counters, after the first seventeen.
fn golden_hall(issued: &TicketIssued, counter: &CounterId, call: Uuid) -> Vec<(&'static str, EventBody)> {
    let (ticket, counter) = (issued.ticket, counter.clone());
    let at = Some("2026-11-21T09:57:00Z".parse().unwrap());
    let passport: ServiceId = "passeport".parse().unwrap();
    let needs = ["langue-lsf", "pmr"].map(|need| need.parse().unwrap()).into();
    let (agent, services) = (Some(AgentRef(17)), BTreeSet::from([passport.clone()]));
    let reason = ParkReason::Photocopy;
    let (to_service, to_counter) = (Some(passport.clone()), Some("2".parse().unwrap()));
    vec![
        ("issued_appointment", EventBody::TicketIssued(TicketIssued { appointment: at, needs, ..issued.clone() })),
        ("finished_inexact", EventBody::Finished { ticket, episode: 1, inexact: true }),
        ("parked", EventBody::Parked { ticket, episode: 2, counter: counter.clone(), reason, remind_at: at }),
        ("resumed", EventBody::Resumed { ticket, episode: 2, counter: counter.clone(), call }),
        (
            "transferred_to_service",
            EventBody::Transferred { ticket, episode: 3, service: to_service, counter: None, place: QueuePlace::Own },
        ),
        (
            "transferred_to_counter",
            EventBody::Transferred { ticket, episode: 3, service: None, counter: to_counter, place: QueuePlace::Front },
        ),
        ("redirected", EventBody::Redirected { ticket, episode: 4, service: passport }),
        (
            "postponed_by_places",
            EventBody::Postponed { ticket, episode: 5, by: Actor::Visitor, arrival: at, not_before: None },
        ),
        (
            "postponed_by_minutes",
            EventBody::Postponed { ticket, episode: 5, by: Actor::Staff, arrival: None, not_before: at },
        ),
        ("reinstated", EventBody::Reinstated { ticket, episode: 6, by: Actor::Policy, not_before: at }),
        ("cancelled", EventBody::Cancelled { ticket, episode: 6, by: Actor::Visitor }),
        ("undone", EventBody::Undone { ticket, episode: 7, back_to: 6, rank: Rank::Waiting }),
        ("counter_opened", EventBody::CounterOpened { counter: counter.clone(), agent, services }),
        (
            "counter_opened_by_nobody_known",
            EventBody::CounterOpened { counter: counter.clone(), agent: None, services: BTreeSet::new() },
        ),
        ("counter_paused", EventBody::CounterPaused { counter: counter.clone(), reason: PauseReason::Lunch }),
        ("counter_closed", EventBody::CounterClosed { counter }),
    ]
}

#[test]
fn the_bytes_of_version_1_are_frozen() {
    let text: String = golden().iter().map(|(_, event)| event.encode() + "\n").collect();
    assert_eq!(
        text,
        include_str!("../../golden/events-v1.jsonl"),
        "the wire's bytes changed; a new version needs a new file"
    );
}

#[test]
fn every_event_is_read_back() {
    for (name, event) in golden() {
        assert_eq!(Event::decode(&event.encode()).unwrap(), event, "{name}");
    }
}

#[test]
fn a_type_of_a_later_version_is_kept() {
    let event = Event::decode(r#"{"seq":7,"at":"2026-11-21T09:42:00Z","type":"teleported","to":"Mars"}"#).unwrap();
    assert_eq!((event.seq, event.body), (7, EventBody::Unknown));
}

#[test]
fn a_known_type_with_a_wrong_body_is_refused() {
    assert!(Event::decode(r#"{"seq":7,"at":"2026-11-21T09:42:00Z","type":"reprinted"}"#).is_err());
    assert!(Event::decode(r#"{"at":"2026-11-21T09:42:00Z","type":"reprinted"}"#).is_err());
}

#[test]
fn one_changed_byte_is_another_event() {
    assert_ne!(content_hash("{}"), content_hash("{} "));
}

#[test]
fn a_reason_of_a_later_version_is_some_other_reason() {
    let later = r#"{"seq":7,"at":"2026-11-21T09:42:00Z","type":"counter_paused","counter":"4","reason":"siesta"}"#;
    let counter = "4".parse().unwrap();
    let other = EventBody::CounterPaused { counter, reason: PauseReason::Other };
    assert_eq!(Event::decode(later).unwrap().body, other);
}

#[test]
fn an_agent_is_never_a_name() {
    let text = |agent: &str| {
        format!(r#"{{"seq":7,"at":"2026-11-21T09:42:00Z","type":"counter_opened","counter":"4","agent":"{agent}"}}"#)
    };
    assert!(Event::decode(&text("u-17")).is_ok());
    for name in ["Léa M.", "lea", "u-lea", "17", "u-", "u-017", "u-+1", ""] {
        assert!(Event::decode(&text(name)).is_err(), "{name}");
    }
}
