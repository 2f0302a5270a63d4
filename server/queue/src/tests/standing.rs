//! What stands before somebody who waits.

use wire::event::{CommandAnswer, EventBody, PrintOutcome};
use wire::ids::CommandId;

use super::*;
use crate::{Before, Paper, Policy, State, Ticket, Unknown, estimate, estimate_before};

fn before(desk: &Desk, seats: &[Seat], n: u32, now: Timestamp) -> Option<Before> {
    estimate_before(&desk.hall, &Policy::default(), seats, desk.hall.ticket(&ticket(n)).unwrap(), now, now)
}

#[test]
fn people_of_the_same_service_are_counted_in_the_order_of_calls() {
    let mut desk = Desk::new();
    (0..3).for_each(|n| desk.write(i64::from(n), issued(n, "x", day())));
    desk.write(3, issued(3, "y", day()));
    desk.write(4, EventBody::TicketIssued(TicketIssued { priority: true, ..taken(4, "x") }));
    let seats = [seat(&["x", "y"])];
    let people = |desk: &Desk, n| before(desk, &seats, n, at(60)).map(|before| before.people);
    assert_eq!([0, 1, 2, 3, 4].map(|n| people(&desk, n)), [Some(1), Some(2), Some(3), Some(0), Some(0)]);
    desk.write(61, EventBody::CounterOpened { counter: counter("1"), agent: None, services: [].into() });
    let services = std::iter::from_fn(|| desk.serve(62, &Policy::default(), &seats[0])).take(2).count();
    assert_eq!(services, 2);
    assert_eq!([0, 4].map(|n| people(&desk, n)), [None, None], "who was called waits for nobody");
    assert_eq!([1, 2].map(|n| people(&desk, n)), [Some(0), Some(1)]);
}

#[test]
fn who_came_last_waits_like_a_newcomer_less_one_and_who_is_next_the_least() {
    let mut desk = Desk::new();
    let seats = [seat(&["x"])];
    desk.write(0, issued(50, "x", day()));
    assert_eq!(before(&desk, &seats, 50, at(1)).unwrap().wait, Err(Unknown::NoCounter));
    desk.write(1, EventBody::CounterOpened { counter: counter("1"), agent: None, services: [].into() });
    assert_eq!(before(&desk, &seats, 50, at(1)).unwrap().wait, Err(Unknown::TooFewServed(0)));
    desk.write(2, called(50, 1, "1", 500));
    desk.write(3, finished(50, 1));
    for n in 0..5 {
        desk.write(i64::from(n) * 600 + 10, issued(n, "x", day()));
        desk.write(i64::from(n) * 600 + 300, called(n, 1, "1", u128::from(n)));
        desk.write(i64::from(n) * 600 + 600, finished(n, 1));
    }
    (10..18).for_each(|n| desk.write(3_600 + i64::from(n), issued(n, "x", day())));
    desk.write(3_700, called(10, 1, "1", 99));
    let waits: Vec<_> = (11..18).map(|n| before(&desk, &seats, n, at(3_700)).unwrap().wait.unwrap()).collect();
    assert!(waits.is_sorted_by(|a, b| a.wait < b.wait), "{waits:?}");
    let newcomer = estimate(&desk.hall, &Policy::default(), &seats, &service("x"), at(3_700), at(3_700)).unwrap();
    assert!(waits.iter().all(|told| told.wait < newcomer.wait), "{waits:?} {newcomer:?}");
    // A counter that is busy with one, and nobody between: an eighth of what a newcomer has before them.
    assert_eq!(waits[0].wait.as_secs(), (newcomer.wait.as_secs_f64() / 8.0).round() as i64);
    assert_eq!((waits[0].low_min, waits[0].high_min % 5), (0, 0));
}

#[test]
fn the_last_word_on_a_tickets_paper_counts_and_moves_nobody() {
    let id = ticket(0);
    let answered =
        |answer| EventBody::CommandAnswered { command: CommandId(Uuid::from_u128(1)), answer, ticket: Some(id) };
    let log = [
        received(1, 1, 0, issued(0, "x", day())),
        received(1, 2, 5, answered(CommandAnswer::Taken)),
        received(1, 3, 9, EventBody::TicketPrinted { ticket: id, outcome: PrintOutcome::NotPrinted }),
    ];
    let paper = |events: &[Received]| hall(events).ticket(&id).and_then(Ticket::paper);
    assert_eq!(paper(&log[..1]), None);
    assert_eq!(paper(&log[..2]), Some((at(5), Paper::Asked)));
    let [first, second, third] = log.clone();
    for order in [[first.clone(), second.clone(), third.clone()], [third.clone(), second.clone(), first.clone()]] {
        assert_eq!(paper(&order), Some((at(9), Paper::NotPrinted)));
        assert_eq!(hall(&order).ticket(&id).unwrap().state(day()), State::Waiting, "rule R4");
    }
    assert_eq!(paper(&[first, received(1, 2, 5, answered(CommandAnswer::Refused))]), Some((at(5), Paper::NotPrinted)));
}
