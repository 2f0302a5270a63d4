//! What may be done when, and what is said where it may not.

use jiff::SignedDuration;
use queue_engine::policy::{NotUndone, TooSoon};
use queue_engine::{NotHere, Rank, State};
use uuid::Uuid;
use wire::event::{Actor, EventBody, PauseReason, QueuePlace};
use wire::ids::{AgentRef, HelpId};

use super::{AGENT, BORNE, SUPERVISOR, World, about, finish, new_ticket, park, transfer};
use crate::desk::act::{Act, Refusal, Standing, Who};

#[test]
fn who_is_absent_comes_back_after_the_policys_minutes_and_then_not_by_themselves() {
    let (mut world, ids) = World::with(1);
    let id = ids[0];
    for returns in [true, false] {
        world.act(AGENT, 0, Act::Call).unwrap();
        assert_eq!(world.act(AGENT, 0, Act::NoShow(world.seen(id))), Err(Refusal::TooSoon(TooSoon::Calls(1))));
        assert_eq!(world.act(AGENT, 0, Act::Recall(world.seen(id))), Err(Refusal::TooSoon(TooSoon::Seconds(5))));
        world.wait(6);
        world.act(AGENT, 0, Act::Recall(world.seen(id))).unwrap();
        assert_eq!(world.act(AGENT, 0, Act::NoShow(world.seen(id))), Err(Refusal::TooSoon(TooSoon::Seconds(84))));
        world.wait(84);
        let bodies = world.act(AGENT, 0, Act::NoShow(world.seen(id))).unwrap();
        assert_eq!(bodies.len(), 1 + usize::from(returns), "{bodies:?}");
        assert_eq!(world.act(AGENT, 0, Act::Call), Ok(Vec::new()), "not before its minutes");
        world.wait(5 * 60);
    }
    assert_eq!(world.ticket(id).state(world.hall.day()), State::NoShow);
    world.act(AGENT, 0, Act::Reinstate(world.seen(id))).unwrap();
    world.act(AGENT, 0, Act::Call).unwrap();
    world.assert_agrees();
}

#[test]
fn what_moved_on_says_where_to() {
    let (mut world, ids) = World::with(2);
    world.act(AGENT, 1, Act::Open { services: [].into() }).unwrap();
    let seen = world.seen(ids[0]);
    world.act(AGENT, 1, Act::Call).unwrap();
    let Err(Refusal::Moved(Standing { state, counter, agent, .. })) = world.act(AGENT, 0, Act::CallThis(seen)) else {
        panic!("somebody was faster");
    };
    assert_eq!((state, counter, agent), (State::Called, Some("2".parse().unwrap()), Some(AgentRef(3))));
    assert!(matches!(world.act(AGENT, 0, Act::Start(seen)), Err(Refusal::Moved(_))), "another counter's");
    assert_eq!(world.act(AGENT, 1, Act::Call), Err(Refusal::Busy { ticket: Some(ids[0]) }));
    assert_eq!(world.act(AGENT, 1, Act::Close), Err(Refusal::Busy { ticket: Some(ids[0]) }));
    assert!(matches!(world.act(AGENT, 1, finish(seen)), Err(Refusal::Moved(_))), "nobody has come");
    world.act(AGENT, 1, Act::Start(seen)).unwrap();
    world.act(AGENT, 1, finish(seen)).unwrap();
    world.act(AGENT, 1, Act::Pause(PauseReason::Lunch)).unwrap();
    assert_eq!(world.act(AGENT, 1, Act::Pause(PauseReason::Lunch)), Ok(Vec::new()), "it is so already");
    assert_eq!(world.act(AGENT, 1, Act::Call), Err(Refusal::Away));
    let school = Act::CallThis(world.seen(ids[1]));
    assert!(matches!(world.act(AGENT, 2, school), Err(Refusal::NotHere(NotHere::Service(_)))));
}

#[test]
fn parked_comes_back_to_its_counter_only_unless_a_supervisor_takes_it() {
    let (mut world, ids) = World::with(2);
    world.act(AGENT, 0, Act::Call).unwrap();
    world.act(AGENT, 0, park(world.seen(ids[0]))).unwrap();
    let seen = world.seen(ids[0]);
    let own = Err(Refusal::NotHere(NotHere::OtherCounter("1".parse().unwrap())));
    assert_eq!(world.act(AGENT, 1, Act::Resume(seen)), own);
    assert_eq!(world.act(AGENT, 1, transfer(seen, QueuePlace::Own)), own);
    let mut other = world.clone();
    other.act(SUPERVISOR, 1, Act::Resume(seen)).unwrap();
    other.assert_agrees();
    world.act(AGENT, 0, Act::Call).unwrap();
    assert_eq!(world.act(AGENT, 0, Act::Resume(seen)), Err(Refusal::Busy { ticket: Some(ids[1]) }));
    world.act(AGENT, 0, park(world.seen(ids[1]))).unwrap();
    world.act(AGENT, 0, Act::Resume(seen)).unwrap();
    assert_eq!(world.ticket(ids[0]).rank(), Rank::Serving);
    world.assert_agrees();
}

#[test]
fn each_place_of_a_transfer_is_where_it_says() {
    for (place, expected) in
        [(QueuePlace::Front, [1, 2, 3]), (QueuePlace::Own, [1, 2, 3]), (QueuePlace::Back, [2, 3, 1])]
    {
        let (mut world, ids) = World::with(4);
        let called = world.act(AGENT, 0, Act::Call).unwrap();
        assert_eq!(about(&called[0]), ids[0]);
        world.act(AGENT, 1, Act::Call).unwrap();
        world.wait(60);
        world.act(AGENT, 1, transfer(world.seen(ids[1]), place)).unwrap();
        world.act(AGENT, 0, Act::Start(world.seen(ids[0]))).unwrap();
        world.act(AGENT, 0, finish(world.seen(ids[0]))).unwrap();
        let mut order = Vec::new();
        while let Some(next) = world.act(AGENT, 3, Act::Call).unwrap().first().map(about) {
            order.push(ids.iter().position(|id| *id == next).unwrap());
            world.act(AGENT, 3, Act::Start(world.seen(next))).unwrap();
            world.act(AGENT, 3, finish(world.seen(next))).unwrap();
        }
        assert_eq!(order, expected, "{place:?}");
    }
}

#[test]
fn an_undo_has_its_seconds_and_its_counter_and_visitors_undo_what_they_did() {
    let (mut world, ids) = World::with(2);
    world.act(AGENT, 0, Act::Call).unwrap();
    let undo = Act::Undo(world.seen(ids[0]));
    assert_eq!(world.act(AGENT, 1, undo.clone()), Err(Refusal::NotYours));
    assert_eq!(world.act(Who::Visitor, 0, undo.clone()), Err(Refusal::NotUndone(NotUndone::Nothing)));
    world.wait(11);
    assert_eq!(world.act(AGENT, 0, undo), Err(Refusal::NotUndone(NotUndone::TooLate(10))));
    world.act(AGENT, 0, Act::Start(world.seen(ids[0]))).unwrap();
    world.act(AGENT, 0, finish(world.seen(ids[0]))).unwrap();
    world.act(AGENT, 0, Act::Call).unwrap();
    let undo = Act::Undo(world.seen(ids[0]));
    let busy = NotUndone::CounterBusy("1".parse().unwrap());
    assert_eq!(world.act(AGENT, 0, undo), Err(Refusal::NotUndone(busy)));
    world.act(AGENT, 0, park(world.seen(ids[1]))).unwrap();
    world.act(Who::Visitor, 0, Act::Cancel(world.seen(ids[1]))).unwrap();
    world.wait(90);
    world.act(Who::Visitor, 0, Act::Undo(world.seen(ids[1]))).unwrap();
    assert_eq!(world.ticket(ids[1]).rank(), Rank::Parked);
    assert_eq!(world.act(Who::Visitor, 0, Act::Reinstate(world.seen(ids[1]))), Err(Refusal::NotYours));
    world.assert_agrees();
}

#[test]
fn in_a_closed_day_nobody_comes_into_the_queue_but_by_staff_and_the_house_ends_nobody_on_an_open_one() {
    let (mut world, ids) = World::with(5);
    assert_eq!(world.act(Who::House, 0, Act::Cancel(world.seen(ids[4]))), Err(Refusal::NotYours), "the day is open");
    world.act(Who::Visitor, 0, Act::Cancel(world.seen(ids[0]))).unwrap();
    world.act(AGENT, 0, Act::Call).unwrap();
    world.closed = true;
    for act in [Act::Undo(world.seen(ids[0])), Act::Postpone(world.seen(ids[2]))] {
        assert_eq!(world.act(Who::Visitor, 0, act), Err(Refusal::DayClosed));
    }
    for id in [ids[2], ids[3], ids[4]] {
        let by = world.act(Who::House, 0, Act::Cancel(world.seen(id))).unwrap();
        assert!(matches!(by[0], EventBody::Cancelled { by: Actor::Policy, .. }));
    }
    // Absent, for the first time: on any other day they would be back.
    world.wait(60);
    world.act(AGENT, 0, Act::Recall(world.seen(ids[1]))).unwrap();
    world.wait(60);
    assert_eq!(world.act(AGENT, 0, Act::NoShow(world.seen(ids[1]))).unwrap().len(), 1);
    world.act(SUPERVISOR, 0, Act::Reinstate(world.seen(ids[2]))).unwrap();
    assert_eq!(world.ticket(ids[2]).put_there_by(), Some(Actor::Staff));
    // Whatever the time, the house takes back what it did, and a reinstatement that is taken back is an end again.
    world.act(SUPERVISOR, 0, Act::Undo(world.seen(ids[2]))).unwrap();
    assert_eq!(world.ticket(ids[2]).cancelled_by(), Some(Actor::Policy));
    world.wait(3_600);
    world.act(Who::House, 0, Act::Undo(world.seen(ids[3]))).unwrap();
    assert_eq!((world.ticket(ids[3]).rank(), world.ticket(ids[3]).cancelled_by()), (Rank::Waiting, None));
    world.assert_agrees();
}

#[test]
fn help_is_answered_once_and_only_where_it_was_asked() {
    let (mut world, _) = World::with(0);
    let help = HelpId(Uuid::from_u128(77));
    assert_eq!(world.act(AGENT, 0, Act::AnswerHelp(help)), Err(Refusal::Unknown("the call for help")));
    world.write(BORNE, EventBody::HelpRequested { help });
    let told = world.act(AGENT, 0, Act::AnswerHelp(help)).unwrap();
    assert_eq!(told, [EventBody::HelpAnswered { help, by: Some(AgentRef(3)) }]);
    assert!(matches!(world.act(AGENT, 1, Act::AnswerHelp(help)), Err(Refusal::Answered { by: Some(AgentRef(3)) })));
}

#[test]
fn a_ticket_of_the_desk_has_its_series_and_what_is_not_published_is_unknown() {
    let (mut world, ids) = World::with(1);
    let issue = world.ticket(ids[0]).issue().unwrap();
    assert_eq!((issue.label.series.map(|series| series.digit()), issue.day), (Some(7), world.hall.day()));
    let gone = world.act(AGENT, 0, Act::Issue(new_ticket("tramway")));
    assert_eq!(gone, Err(Refusal::Unknown("the service")));
    let seen = world.seen(ids[0]);
    let gone = world.act(AGENT, 0, Act::Redirect { seen, service: "tramway".parse().unwrap() });
    assert_eq!(gone, Err(Refusal::Unknown("the service")));
    let appointment = world.now + SignedDuration::from_mins(10);
    world.act(AGENT, 0, Act::CheckIn { seen, appointment }).unwrap();
    world.act(AGENT, 0, Act::Cancel(seen)).unwrap();
    assert!(matches!(world.act(AGENT, 0, Act::Reprint(seen)), Err(Refusal::Moved(_))));
}
