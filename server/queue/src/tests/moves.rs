//! Undo, parking, transfers, postponing, absences: the order that follows is as stated.

use uuid::Uuid;
use wire::event::{Actor, EventBody, ParkReason, QueuePlace, Rank, TicketIssued};

use super::*;
use crate::policy::{AfterNoShow, NotUndone};
use crate::{NotPostponed, State, postpone};

fn policy() -> Policy {
    Policy::default()
}

/// Five people a minute apart, from nine o'clock.
fn five() -> Desk {
    let mut desk = Desk::new();
    (0..5).for_each(|n| desk.write(i64::from(n) * 60, issued(n, "x", day())));
    desk
}

fn state(desk: &Desk, n: u32) -> State {
    desk.hall.ticket(&ticket(n)).unwrap().state(day())
}

fn order(desk: &Desk) -> Vec<u32> {
    desk.hall.queue().iter().map(|t| number(t.id)).collect()
}

/// Takes a ticket's last action back.
fn undo(desk: &mut Desk, n: u32, second: i64) -> Result<(), NotUndone> {
    let undone = policy().undo(&desk.hall, desk.hall.ticket(&ticket(n)).unwrap(), at(second))?;
    desk.write(second, undone.event);
    Ok(())
}

#[test]
fn undoing_a_call_gives_the_exact_place_back_and_the_screen_drops_the_number() {
    let mut desk = five();
    desk.write(400, called(0, 1, "1", 1));
    assert_eq!(desk.hall.last_calls(4).len(), 1);
    assert_eq!(undo(&mut desk, 0, 411), Err(NotUndone::TooLate(10)));
    undo(&mut desk, 0, 410).unwrap();
    assert_eq!((order(&desk), state(&desk, 0)), (vec![0, 1, 2, 3, 4], State::Waiting));
    assert!(desk.hall.last_calls(4).is_empty());
    let undone = desk.hall.undone_calls(at(410));
    assert_eq!(undone.iter().map(|call| (number(call.ticket), call.at)).collect::<Vec<_>>(), [(0, at(410))]);
    assert!(desk.hall.undone_calls(at(411)).is_empty(), "the screen tells it for a while only");
    assert_eq!(desk.hall.at_counter(&counter("1")), None);
    assert_eq!(undo(&mut desk, 0, 411), Err(NotUndone::Nothing), "what is undone stays undone");
    // It can be called again, in its new passage.
    assert_eq!(desk.serve(420, &policy(), &seat(&["x"])), Some(0));
    assert!(desk.hall.undone_calls(at(400)).is_empty(), "the number that is called again was not taken back");
}

#[test]
fn what_ends_a_call_without_taking_it_back_is_no_undone_call() {
    let mut desk = five();
    desk.write(400, called(0, 1, "1", 1));
    let service = ServiceId::try_from("y".to_owned()).unwrap();
    desk.write(410, EventBody::Redirected { ticket: ticket(0), episode: 2, service });
    desk.write(420, called(1, 1, "1", 2));
    desk.write(430, started(1, 1));
    desk.write(500, finished(1, 1));
    undo(&mut desk, 1, 505).unwrap();
    assert!(desk.hall.undone_calls(at(0)).is_empty());
    assert!(desk.hall.last_calls(4).iter().all(|call| call.ticket == ticket(1)));
}

#[test]
fn undoing_an_end_goes_on_as_if_it_had_not_been() {
    let mut desk = five();
    desk.write(400, called(0, 1, "1", 1));
    desk.write(430, started(0, 1));
    desk.write(700, finished(0, 1));
    undo(&mut desk, 0, 705).unwrap();
    let going_on = desk.hall.ticket(&ticket(0)).unwrap();
    assert_eq!((going_on.state(day()), going_on.started()), (State::Serving, Some(at(430))), "its clock goes on");
    assert_eq!((going_on.rings(), going_on.call_episode()), (1, Some(1)), "the display has nothing new to ring");
    assert_eq!(desk.hall.at_counter(&counter("1")).unwrap().id, ticket(0));
    desk.write(900, finished(0, 2));
    assert_eq!(state(&desk, 0), State::Finished);
}

#[test]
fn undoing_is_refused_while_the_counter_has_somebody_else() {
    let mut desk = five();
    desk.write(400, called(0, 1, "1", 1));
    desk.write(430, started(0, 1));
    desk.write(700, finished(0, 1));
    desk.write(701, called(1, 1, "1", 2));
    assert_eq!(undo(&mut desk, 0, 705), Err(NotUndone::CounterBusy(counter("1"))));
    // The call that followed is the last action there.
    undo(&mut desk, 1, 706).unwrap();
    undo(&mut desk, 0, 707).unwrap();
    assert_eq!(desk.hall.at_counter(&counter("1")).unwrap().id, ticket(0));
}

#[test]
fn an_absence_is_undone_together_with_the_return_it_brought() {
    let mut desk = five();
    desk.write(400, called(0, 1, "1", 1));
    desk.write(410, recalled(0, 1));
    let missing = desk.hall.ticket(&ticket(0)).unwrap();
    let AfterNoShow::Back { not_before } = policy().after_no_show(missing, at(500)) else { panic!("the first time") };
    assert_eq!(not_before, at(800));
    desk.write(500, absent(0, 1));
    let (by, not_before) = (Actor::Policy, Some(not_before));
    desk.write(500, EventBody::Reinstated { ticket: ticket(0), episode: 2, by, not_before });
    assert_eq!(desk.hall.ticket(&ticket(0)).unwrap().no_shows(), 1);
    undo(&mut desk, 0, 505).unwrap();
    let back = desk.hall.ticket(&ticket(0)).unwrap();
    assert_eq!((back.state(day()), back.no_shows(), back.rings()), (State::Called, 0, 2));
    desk.write(506, started(0, 3));
    assert_eq!(state(&desk, 0), State::Serving);
}

#[test]
fn the_absent_come_back_once_by_themselves_then_reception_reinstates_them() {
    let mut desk = five();
    let policy = policy();
    desk.write(400, called(0, 1, "1", 1));
    desk.write(500, absent(0, 1));
    desk.write(
        500,
        EventBody::Reinstated { ticket: ticket(0), episode: 2, by: Actor::Policy, not_before: Some(at(800)) },
    );
    assert_eq!(desk.serve(799, &policy, &seat(&["x"])), Some(1), "not called before its time");
    assert_eq!(desk.serve(800, &policy, &seat(&["x"])), Some(0), "those who come back go before ordinary tickets");
    let mut desk = five();
    for (episode, second) in [(1, 400), (2, 900)] {
        desk.write(second, called(0, episode, "1", u128::from(episode)));
        let after = policy.after_no_show(desk.hall.ticket(&ticket(0)).unwrap(), at(second + 90));
        assert_eq!(matches!(after, AfterNoShow::Back { .. }), episode == 1);
        desk.write(second + 90, absent(0, episode));
        if episode == 1 {
            desk.write(
                490,
                EventBody::Reinstated { ticket: ticket(0), episode: 2, by: Actor::Policy, not_before: None },
            );
        }
    }
    assert_eq!(state(&desk, 0), State::NoShow);
    desk.write(1_200, EventBody::Reinstated { ticket: ticket(0), episode: 3, by: Actor::Staff, not_before: None });
    assert_eq!(state(&desk, 0), State::Waiting);
    undo(&mut desk, 0, 1_205).unwrap();
    assert_eq!(state(&desk, 0), State::NoShow);
}

#[test]
fn parking_is_tied_to_the_counter_and_nobody_calls_it() {
    let mut desk = five();
    desk.write(400, called(0, 1, "1", 1));
    desk.write(430, started(0, 1));
    let (reason, remind_at) = (ParkReason::Photocopy, Some(at(1_500)));
    let parked = EventBody::Parked { ticket: ticket(0), episode: 2, counter: counter("1"), reason, remind_at };
    desk.write(600, parked);
    assert_eq!(desk.hall.at_counter(&counter("1")), None, "the counter can call");
    let aside = desk.hall.parked()[0].parking().unwrap();
    assert_eq!((&aside.counter, aside.since, aside.remind_at), (&counter("1"), at(600), remind_at));
    assert_eq!(desk.serve_all(700, &policy(), &seat(&["x"])), [1, 2, 3, 4]);
    let resumed = EventBody::Resumed { ticket: ticket(0), episode: 2, counter: counter("1"), call: Uuid::from_u128(7) };
    desk.write(900, resumed);
    assert_eq!(state(&desk, 0), State::Serving);
    assert!(desk.hall.parked().is_empty());
    assert_eq!(desk.hall.ticket(&ticket(0)).unwrap().rings(), 0, "nothing rings");
    undo(&mut desk, 0, 905).unwrap();
    assert_eq!(state(&desk, 0), State::Parked, "undone, it is aside again");
    assert_eq!(desk.hall.parked()[0].parking().unwrap().since, at(600));
}

#[test]
fn undoing_parking_goes_on_at_the_counter() {
    let mut desk = five();
    desk.write(400, called(0, 1, "1", 1));
    desk.write(430, started(0, 1));
    let (reason, remind_at) = (ParkReason::Form, None);
    desk.write(600, EventBody::Parked { ticket: ticket(0), episode: 2, counter: counter("1"), reason, remind_at });
    undo(&mut desk, 0, 605).unwrap();
    let going_on = desk.hall.ticket(&ticket(0)).unwrap();
    assert_eq!((going_on.state(day()), going_on.started()), (State::Serving, Some(at(430))));
}

fn transferred(n: u32, place: QueuePlace) -> EventBody {
    EventBody::Transferred { ticket: ticket(n), episode: 2, service: Some(service("y")), counter: None, place }
}

#[test]
fn a_transfer_stands_first_last_or_where_its_arrival_puts_it() {
    for (place, expected) in
        [(QueuePlace::Front, [1, 10, 11, 12]), (QueuePlace::Own, [10, 1, 11, 12]), (QueuePlace::Back, [10, 11, 12, 1])]
    {
        let mut desk = Desk::new();
        desk.write(0, issued(10, "y", day()));
        desk.write(60, issued(1, "x", day()));
        desk.write(120, issued(11, "y", day()));
        desk.write(180, issued(12, "y", day()));
        desk.write(200, called(1, 1, "2", 1));
        desk.write(210, started(1, 1));
        desk.write(400, transferred(1, place));
        assert_eq!(desk.hall.ticket(&ticket(1)).unwrap().place().unwrap().service, service("y"));
        assert_eq!(desk.hall.ahead(&service("y")), 4);
        let mut undone = Desk { hall: desk.hall.clone(), log: desk.log.clone() };
        assert_eq!(desk.serve_all(500, &policy(), &seat(&["y"])), expected, "{place:?}");
        undo(&mut undone, 1, 405).unwrap();
        assert_eq!(undone.hall.at_counter(&counter("2")).unwrap().id, ticket(1));
        assert_eq!(undone.hall.ahead(&service("y")), 3);
    }
}

#[test]
fn a_ticket_handed_to_a_counter_is_called_there_and_by_others_only_once_nobody_sits_there() {
    let mut desk = five();
    let open = EventBody::CounterOpened { counter: counter("2"), agent: None, services: [].into() };
    desk.write(300, open);
    desk.write(
        310,
        EventBody::Transferred {
            ticket: ticket(0),
            episode: 2,
            service: None,
            counter: Some(counter("2")),
            place: QueuePlace::Own,
        },
    );
    let chosen = |desk: &Desk, seat: &Seat| choose(&desk.hall, &policy(), seat, at(400)).map(|d| number(d.ticket));
    assert_eq!(chosen(&desk, &seat(&["x"])), Some(1));
    assert_eq!(chosen(&desk, &seat_at("2", &["y"])), Some(0), "whatever that counter receives for otherwise");
    desk.write(320, EventBody::CounterClosed { counter: counter("2") });
    assert_eq!(chosen(&desk, &seat(&["x"])), Some(0), "nobody is left behind");
}

#[test]
fn a_redirection_keeps_the_number_and_the_place() {
    let mut desk = five();
    desk.write(30, issued(9, "y", day()));
    desk.write(90, issued(8, "y", day()));
    desk.write(400, called(1, 1, "1", 1));
    desk.write(410, EventBody::Redirected { ticket: ticket(1), episode: 2, service: service("y") });
    assert_eq!(desk.serve_all(500, &policy(), &seat(&["y"])), [9, 1, 8]);
}

#[test]
fn postponing_goes_behind_as_many_people_as_the_rules_say_and_not_for_ever() {
    let mut desk = five();
    let mut policy = policy();
    for (episode, expected) in [(2, [1, 0, 2, 3, 4]), (3, [1, 2, 0, 3, 4])] {
        let arrival = postpone(&desk.hall, &policy, desk.hall.ticket(&ticket(0)).unwrap(), at(400)).unwrap();
        let (by, arrival) = (Actor::Visitor, Some(arrival));
        desk.write(400, EventBody::Postponed { ticket: ticket(0), episode, by, arrival, not_before: None });
        assert_eq!(order(&desk), expected);
    }
    let ask =
        |desk: &Desk, policy: &Policy, n| postpone(&desk.hall, policy, desk.hall.ticket(&ticket(n)).unwrap(), at(400));
    assert_eq!(ask(&desk, &policy, 0), Err(NotPostponed::TooOften(2)));
    assert_eq!(ask(&desk, &policy, 4), Err(NotPostponed::NobodyBehind));
    policy.postpone.places = 50;
    let last = ask(&desk, &policy, 1).unwrap();
    assert_eq!(last, at(240) + SignedDuration::from_millis(1), "behind the last one where they are fewer");
    undo(&mut desk, 0, 500).unwrap();
    assert_eq!(order(&desk), [1, 0, 2, 3, 4], "a visitor has two minutes to think again");
    assert_eq!(desk.hall.ticket(&ticket(0)).unwrap().postponed(), 1);
}

#[test]
fn an_appointment_is_not_postponed() {
    let mut desk = Desk::new();
    let slot = Some(min(30));
    desk.write(0, EventBody::TicketIssued(TicketIssued { appointment: slot, ..taken(1, "x") }));
    desk.write(0, issued(2, "x", day()));
    let refused = postpone(&desk.hall, &policy(), desk.hall.ticket(&ticket(1)).unwrap(), at(60));
    assert_eq!(refused, Err(NotPostponed::Appointment));
}

#[test]
fn postponing_by_minutes_waits_so_long_and_keeps_the_place() {
    let mut desk = five();
    let not_before = Some(at(900));
    let postponed = EventBody::Postponed { ticket: ticket(0), episode: 2, by: Actor::Staff, arrival: None, not_before };
    desk.write(300, postponed);
    assert_eq!(desk.serve(899, &policy(), &seat(&["x"])), Some(1));
    assert_eq!(desk.serve(900, &policy(), &seat(&["x"])), Some(0));
}

#[test]
fn a_cancelled_ticket_leaves_the_queue_and_comes_back_when_that_is_undone() {
    let mut desk = five();
    desk.write(400, EventBody::Cancelled { ticket: ticket(0), episode: 1, by: Actor::Visitor });
    assert_eq!((state(&desk, 0), order(&desk)), (State::Cancelled, vec![1, 2, 3, 4]));
    assert_eq!(undo(&mut desk, 0, 521), Err(NotUndone::TooLate(120)));
    undo(&mut desk, 0, 520).unwrap();
    assert_eq!(order(&desk), [0, 1, 2, 3, 4]);
    // Somebody who was called in the meantime is received: giving up counts only while nobody has called.
    desk.write(530, called(0, 2, "1", 1));
    desk.write(531, EventBody::Cancelled { ticket: ticket(0), episode: 2, by: Actor::Visitor });
    assert_eq!(state(&desk, 0), State::Called);
}

#[test]
fn what_is_taken_back_before_its_passage_is_known_counts_as_soon_as_it_is() {
    let desk = {
        let mut desk = five();
        desk.write(400, called(0, 1, "1", 1));
        desk.write(430, started(0, 1));
        desk.write(700, finished(0, 1));
        undo(&mut desk, 0, 705).unwrap();
        desk
    };
    let undone = desk.log.last().unwrap().clone();
    let mut late = hall(&[received(DESK, 1, 0, issued(0, "x", day())), undone]);
    assert_eq!(late.ticket(&ticket(0)).unwrap().state(day()), State::Waiting, "nobody is hidden meanwhile");
    desk.log.iter().for_each(|event| late.apply(event));
    assert_eq!(late, desk.hall);
    assert_eq!(late.ticket(&ticket(0)).unwrap().rank(), Rank::Serving);
}
