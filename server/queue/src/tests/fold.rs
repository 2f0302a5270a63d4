//! The fold of a day, and the order of arrival.

use jiff::Timestamp;
use uuid::Uuid;
use wire::event::{Event, EventBody, TicketIssued, Voider};
use wire::ids::{CounterId, HelpId};
use wire::service_day::ServiceDay;

use super::*;
use crate::policy::TooSoon;
use crate::{Decision, State};

/// Whom a counter calls by the rules that hold where nothing is said.
fn next(hall: &Hall, services: &[&str]) -> Option<Decision> {
    choose(hall, &Policy::default(), &seat(services), at(1_200))
}

#[test]
fn r11_the_longest_wait_is_called_first_then_borne_then_seq() {
    let events = [
        received(2, 1, 10, issued(1, "x", day())),
        received(1, 2, 10, issued(2, "x", day())),
        received(1, 1, 10, issued(3, "x", day())),
        received(3, 1, 5, issued(4, "x", day())),
        received(3, 2, 1, issued(5, "y", day())),
    ];
    let mut hall = hall(&events);
    let mut order = Vec::new();
    for call in 0..4 {
        let decision = next(&hall, &["x"]).unwrap();
        order.push(decision.ticket);
        hall.apply(&received(9, call + 1, 20, called_id(decision.ticket, decision.episode)));
    }
    assert_eq!(order, [ticket(4), ticket(3), ticket(2), ticket(1)]);
    assert_eq!(next(&hall, &["x"]), None);
    assert_eq!(next(&hall, &["x", "y"]).unwrap().ticket, ticket(5));
}

fn called_id(ticket: TicketId, episode: u32) -> EventBody {
    EventBody::Called { ticket, episode, counter: "1".parse().unwrap(), call: Uuid::from_u128(1) }
}

#[test]
fn r11_the_effective_arrival_is_the_corrected_time_but_never_after_receipt() {
    let mut late = received(1, 1, 0, issued(1, "x", day()));
    late.received_at = at(600);
    assert_eq!(late.effective_at(), at(0), "taken offline: true place");
    late.clock_offset_ms = Some(-30_000);
    assert_eq!(late.effective_at(), at(-30));
    late.clock_offset_ms = Some(3_600_000);
    assert_eq!(late.effective_at(), at(600), "a clock ahead gains nothing and loses nothing");
    late.clock_offset_ms = Some(i64::MIN);
    assert_eq!(late.effective_at().min(at(600)), late.effective_at(), "an absurd offset does no harm");
}

#[test]
fn r11_a_ticket_of_another_day_is_not_called() {
    let yesterday = "2026-11-20".parse().unwrap();
    let hall = hall(&[received(1, 1, 0, issued(1, "x", yesterday))]);
    assert_eq!(next(&hall, &["x"]), None);
    assert_eq!(hall.ahead(&service("x")), 0);
    assert_eq!(hall.ticket(&ticket(1)).unwrap().state(day()), State::Expired);
}

/// A ticket whose borne's clock stands at `borne_at`, received at second 600.
fn doubtful(n: u32, on: &str, borne_at: &str, offset_s: Option<i64>, uncertain: bool) -> Received {
    let EventBody::TicketIssued(mut made) = issued(n, "x", on.parse().unwrap()) else { unreachable!() };
    made.uncertain = uncertain;
    let event = Event { seq: u64::from(n), at: borne_at.parse().unwrap(), body: EventBody::TicketIssued(made) };
    let clock_offset_ms = offset_s.map(|s| s * 1000);
    Received { origin: origin(1), received_at: at(600), clock_offset_ms, event }
}

#[test]
fn r6_a_ticket_of_a_doubtful_clock_waits_in_the_day_of_its_receipt() {
    let behind = at(300).duration_since("2023-05-04T10:00:00Z".parse().unwrap()).as_secs();
    let ahead = "2026-11-25T10:00:00Z".parse::<Timestamp>().unwrap().duration_since(at(300)).as_secs();
    let cases = [
        // A borne years back, before and after its offset was measured: the person came five minutes before.
        (doubtful(1, "2023-05-04", "2023-05-04T10:00:00Z", None, true), at(600)),
        (doubtful(1, "2023-05-04", "2023-05-04T10:00:00Z", Some(behind), true), at(300)),
        // It restarted since, and the offset that was measured belongs to another reading of its clock.
        (doubtful(1, "2023-05-04", "2023-05-04T10:00:00Z", Some(60), true), at(600)),
        (doubtful(1, "2026-11-25", "2026-11-25T10:00:00Z", None, true), at(600)),
        // It believes itself certain, days ahead: nothing is received before its day.
        (doubtful(1, "2026-11-25", "2026-11-25T10:00:00Z", Some(-ahead), false), at(300)),
        (doubtful(1, "2026-11-25", "2026-11-25T10:00:00Z", None, false), at(600)),
        // The right day, by chance or not.
        (doubtful(1, "2026-11-21", "2026-11-21T08:05:00Z", Some(0), true), at(300)),
    ];
    for (received, arrival) in cases {
        let hall = hall(std::slice::from_ref(&received));
        assert_eq!(next(&hall, &["x"]).map(|d| d.arrival), Some(arrival), "{received:?}");
        let issue = hall.ticket(&ticket(1)).unwrap().issue().unwrap();
        assert_eq!((issue.day, issue.clock_doubtful), (day(), true), "{received:?}");
    }
}

#[test]
fn r6_a_ticket_of_a_doubtful_clock_leaves_with_the_day_of_its_receipt() {
    let mut hall = hall(&[doubtful(1, "2030-01-01", "2030-01-01T10:00:00Z", None, true)]);
    assert_eq!(hall.roll("2026-11-22".parse().unwrap()), 1);
    assert_eq!(hall.tickets().count(), 0);
}

#[test]
fn a_clock_some_minutes_ahead_at_the_cut_over_is_not_doubtful() {
    let tomorrow: ServiceDay = "2026-11-22".parse().unwrap();
    let mut early = received(1, 1, 0, issued(1, "x", tomorrow));
    (early.event.at, early.received_at) =
        ("2026-11-22T03:01:00Z".parse().unwrap(), "2026-11-22T02:57:00Z".parse().unwrap());
    let mut hall = hall(&[early]);
    assert!(!hall.ticket(&ticket(1)).unwrap().issue().unwrap().clock_doubtful);
    assert_eq!(hall.roll(tomorrow), 0);
    assert_eq!(hall.ahead(&service("x")), 1);
}

#[test]
fn people_ahead_are_those_who_wait_for_the_service() {
    let mut hall = hall(&[
        received(1, 1, 0, issued(1, "x", day())),
        received(1, 2, 1, issued(2, "x", day())),
        received(1, 3, 2, issued(3, "y", day())),
        received(1, 4, 3, issued(4, "x", day())),
        received(1, 5, 4, EventBody::TicketVoided { ticket: ticket(4), by: Voider::Visitor }),
    ]);
    assert_eq!((hall.ahead(&service("x")), hall.ahead(&service("y"))), (2, 1));
    hall.apply(&received(9, 1, 9, called(1, 1, "4", 1)));
    assert_eq!(hall.ahead(&service("x")), 1);
    let counter: CounterId = "4".parse().unwrap();
    assert_eq!(hall.at_counter(&counter).unwrap().id, ticket(1));
    hall.apply(&received(9, 2, 10, finished(1, 1)));
    assert_eq!(hall.at_counter(&counter), None);
}

#[test]
fn places_are_taken_by_todays_tickets_until_they_are_given_up() {
    let void = |n| EventBody::TicketVoided { ticket: ticket(n), by: Voider::Visitor };
    let mut hall = hall(&[
        received(1, 1, 0, issued(1, "x", day())),
        received(2, 1, 1, issued(2, "x", day())),
        received(1, 2, 2, issued(3, "y", day())),
        received(1, 3, 3, issued(4, "x", "2026-11-20".parse().unwrap())),
        received(1, 4, 4, issued(5, "x", day())),
        received(1, 5, 5, void(5)),
    ]);
    assert_eq!((hall.taken(&service("x")), hall.taken(&service("y"))), (2, 1));
    hall.apply(&received(9, 1, 9, called(1, 1, "4", 1)));
    hall.apply(&received(9, 2, 10, finished(1, 1)));
    hall.apply(&received(1, 6, 11, void(1)));
    assert_eq!(hall.taken(&service("x")), 2, "whoever was received has used the place");
    hall.roll("2026-11-22".parse().unwrap());
    assert_eq!(hall.taken(&service("x")), 0);
}

#[test]
fn priority_and_group_are_kept() {
    for (said, kept) in [(0, 1), (1, 1), (4, 4), (9, 9), (200, 9)] {
        let asks = EventBody::TicketIssued(TicketIssued { priority: true, group: said, ..taken(2, "x") });
        let hall = hall(&[received(1, 1, 1, asks)]);
        let issue = hall.ticket(&ticket(2)).unwrap().issue().unwrap();
        assert_eq!((issue.priority, issue.group), (true, kept), "{said}");
    }
}

#[test]
fn a_display_shows_the_last_rings_newest_first() {
    let hall = hall(&[
        received(1, 1, 0, issued(1, "x", day())),
        received(1, 2, 0, issued(2, "x", day())),
        received(9, 1, 10, called(1, 1, "1", 1)),
        received(9, 2, 20, called(2, 1, "2", 2)),
        received(9, 3, 30, recalled(1, 1)),
    ]);
    let shown: Vec<_> = hall.last_calls(6).into_iter().map(|c| (c.ticket, c.rings)).collect();
    assert_eq!(shown, [(ticket(1), 2), (ticket(2), 1)]);
    assert_eq!(hall.last_calls(1).len(), 1);
}

#[test]
fn a_new_day_keeps_only_what_a_counter_holds() {
    let mut hall = hall(&[
        received(1, 1, 0, issued(1, "x", day())),
        received(1, 2, 0, issued(2, "x", day())),
        received(1, 3, 0, EventBody::HelpRequested { help: HelpId(Uuid::from_u128(1)) }),
        received(9, 1, 10, called(1, 1, "1", 1)),
    ]);
    assert_eq!(hall.roll("2026-11-22".parse().unwrap()), 1, "one person was never called");
    assert_eq!(hall.tickets().map(|t| t.id).collect::<Vec<_>>(), [ticket(1)]);
    assert!(hall.help().is_empty());
}

#[test]
fn what_a_counter_never_let_go_of_is_forgotten_in_the_end() {
    let mut hall = hall(&[
        received(1, 1, 0, issued(1, "x", day())),
        received(1, 2, 0, issued(2, "x", day())),
        received(9, 1, 10, called(1, 1, "1", 1)),
        received(9, 2, 20, called(2, 1, "2", 2)),
    ]);
    assert_eq!(hall.forget(at(10)), 0);
    assert_eq!(hall.forget(at(11)), 1);
    assert_eq!(hall.tickets().map(|t| t.id).collect::<Vec<_>>(), [ticket(2)]);
}

#[test]
fn absence_needs_two_calls_and_ninety_seconds() {
    let policy = Policy::default();
    let mut hall = hall(&[received(1, 1, 0, issued(1, "x", day())), received(9, 1, 10, called(1, 1, "1", 1))]);
    let check = |hall: &Hall, s| policy.may_be_absent(hall.ticket(&ticket(1)).unwrap(), at(s));
    assert_eq!(check(&hall, 500), Err(TooSoon::Calls(1)));
    assert_eq!(policy.may_ring(hall.ticket(&ticket(1)).unwrap(), at(12)), Err(TooSoon::Seconds(3)));
    hall.apply(&received(9, 2, 20, recalled(1, 1)));
    assert_eq!(check(&hall, 99), Err(TooSoon::Seconds(1)));
    assert_eq!(check(&hall, 100), Ok(()));
}
