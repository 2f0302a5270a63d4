//! What technicians ask of bornes.

use accueil_server::store::{Action, ActionFile, NewAction, NewCommand};
use jiff::{SignedDuration, Timestamp};
use wire::ids::{CommandId, OriginId};

use super::{Opened, now, promises, uuid};

promises!(
    one_of_a_kind_is_open_at_a_borne_at_a_time,
    what_became_of_it_is_told_once_by_its_borne_in_its_time,
    what_was_sent_is_erased_with_what_was_asked,
);

const OTHER: OriginId = OriginId(uuid::Uuid::from_u128(2));

fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn asked(on: &Opened, n: u128, kind: &'static str, minutes: i64) -> NewAction {
    let (id, body) = (CommandId(uuid(n)), format!("command {n}"));
    let command = NewCommand { id, borne: on.borne, body, expires_at: later(minutes + 10) };
    NewAction { command, kind, asked_by: "Tom".into(), asked_at: later(minutes) }
}

fn ids(actions: &[Action]) -> Vec<u128> {
    actions.iter().map(|action| action.id.0.as_u128()).collect()
}

async fn one_of_a_kind_is_open_at_a_borne_at_a_time(on: Opened) {
    assert!(on.store.ask(&asked(&on, 1, "logs", 0)).await.unwrap());
    assert!(!on.store.ask(&asked(&on, 1, "picture", 0)).await.unwrap(), "the same");
    assert!(!on.store.ask(&asked(&on, 2, "logs", 1)).await.unwrap(), "another of its kind");
    assert!(on.store.ask(&asked(&on, 3, "picture", 1)).await.unwrap());
    assert_eq!(on.store.open_commands(on.borne, now()).await.unwrap(), ["command 1", "command 3"]);
    assert_eq!(ids(&on.store.actions(on.borne, now()).await.unwrap()), [3, 1], "newest first");
    assert!(on.store.actions(OTHER, now()).await.unwrap().is_empty());
    // What is over is ended once, and makes room.
    assert_eq!(ids(&on.store.expire_actions(later(10), "expired").await.unwrap()), [1]);
    assert!(on.store.expire_actions(later(10), "expired").await.unwrap().is_empty());
    assert!(on.store.ask(&asked(&on, 2, "logs", 10)).await.unwrap());
}

async fn what_became_of_it_is_told_once_by_its_borne_in_its_time(on: Opened) {
    for (n, kind) in [(1, "logs"), (2, "picture")] {
        assert!(on.store.ask(&asked(&on, n, kind, 0)).await.unwrap());
    }
    let (first, second) = (CommandId(uuid(1)), CommandId(uuid(2)));
    on.store.take_actions(OTHER, &[first], later(1)).await.unwrap();
    on.store.take_actions(on.borne, &[first], later(2)).await.unwrap();
    on.store.take_actions(on.borne, &[first], later(3)).await.unwrap();
    let file = ActionFile { media: "text/plain".into(), bytes: vec![0, 255, 7] };
    let end =
        async |borne, id, minutes| on.store.end_action(borne, id, later(minutes), "done", Some(&file)).await.unwrap();
    assert_eq!(end(OTHER, first, 4).await, None, "another borne's");
    assert_eq!(end(on.borne, CommandId(uuid(9)), 4).await, None, "never asked");
    let ended = end(on.borne, first, 4).await.unwrap();
    assert_eq!((ended.taken_at, ended.ended_at), (Some(later(2)), Some(later(4))));
    assert_eq!((ended.outcome.as_deref(), ended.media.as_deref()), (Some("done"), Some("text/plain")));
    assert_eq!(end(on.borne, first, 4).await, None, "once");
    assert_eq!(end(on.borne, second, 10).await, None, "its time is over");
    assert_eq!(on.store.open_commands(on.borne, now()).await.unwrap(), ["command 2"]);
    assert_eq!(on.store.action_file(on.borne, first, now()).await.unwrap(), Some(file.clone()));
    assert_eq!(on.store.action_file(OTHER, first, now()).await.unwrap(), None);
    assert_eq!(on.store.action_file(on.borne, second, now()).await.unwrap(), None);
}

async fn what_was_sent_is_erased_with_what_was_asked(on: Opened) {
    for (n, kind, minutes) in [(1, "logs", 0), (2, "picture", 1)] {
        assert!(on.store.ask(&asked(&on, n, kind, minutes)).await.unwrap());
        let file = ActionFile { media: "image/png".into(), bytes: vec![7] };
        let id = CommandId(uuid(n));
        assert!(on.store.end_action(on.borne, id, later(2), "done", Some(&file)).await.unwrap().is_some());
    }
    assert_eq!(on.store.action_file(on.borne, CommandId(uuid(1)), later(1)).await.unwrap(), None, "asked before");
    assert_eq!(on.store.forget_actions(later(1)).await.unwrap(), 1);
    assert_eq!(ids(&on.store.actions(on.borne, Timestamp::UNIX_EPOCH).await.unwrap()), [2]);
    assert_eq!(on.store.action_file(on.borne, CommandId(uuid(1)), Timestamp::UNIX_EPOCH).await.unwrap(), None);
    assert!(!on.store.ask(&asked(&on, 2, "picture", 3)).await.unwrap(), "it is remembered");
}
