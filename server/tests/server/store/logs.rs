//! Logs: contiguous, never overwritten, compared by their bytes.

use std::sync::Arc;

use accueil_server::store::{Batch, Ingested, NewEvent, NewOrigin};
use jiff::SignedDuration;
use tokio::task::JoinSet;
use wire::event::EventBody;
use wire::ids::{HelpId, OriginId};

use super::{DESK, Opened, SITE, batch, now, promises, uuid};

promises!(
    a_log_is_contiguous_and_never_overwritten,
    r9_another_event_under_a_number_is_kept_apart_and_told_once,
    a_request_is_taken_once_and_an_empty_one_too,
    bytes_come_back_as_they_were_written,
    a_group_has_an_answer_each_whatever_its_order,
    a_group_may_hold_several_pieces_of_a_log,
    groups_of_the_same_bornes_never_wait_for_each_other,
    one_of_several_that_bring_the_same_piece_keeps_it,
    a_name_of_a_type_that_no_store_can_hold_fails_nobody,
);

async fn a_log_is_contiguous_and_never_overwritten(on: Opened) {
    let borne = on.borne;
    assert_eq!(on.ingest(batch(borne, 1, 1, 3, "Mars")).await, Ingested::Stored { hwm: 3 });
    assert_eq!(on.ingest(batch(borne, 2, 5, 1, "Mars")).await, Ingested::Sequence { expected: 4 });
    assert_eq!(on.ingest(batch(borne, 3, 2, 5, "Mars")).await, Ingested::Sequence { expected: 4 });
    assert_eq!(on.ingest(batch(borne, 3, 4, 1, "Mars")).await, Ingested::Replay);
    assert_eq!(on.ingest(batch(borne, 4, 4, 0, "")).await, Ingested::Stored { hwm: 3 });
    let copy = on.ingest(batch(borne, 2, 3, 2, "Venus")).await;
    assert_eq!(copy, Ingested::Cloned { seq: 3 }, "its counter is behind, and still it is found out");
    assert_eq!(on.ingest(batch(borne, 6, 4, 1, "Mars")).await, Ingested::Cloned { seq: 4 });
    assert_eq!(on.store.count_events(borne).await.unwrap(), 3);
    assert_eq!(on.ingest(batch(OriginId(uuid(99)), 1, 1, 1, "Mars")).await, Ingested::Revoked);
    assert!(on.store.revoke(borne, now()).await.unwrap());
    assert_eq!(on.ingest(batch(borne, 7, 4, 1, "Mars")).await, Ingested::Revoked);
}

async fn r9_another_event_under_a_number_is_kept_apart_and_told_once(on: Opened) {
    on.ingest(batch(on.borne, 1, 1, 300, "Mars")).await;
    let before = on.store.log(on.borne, 1).await.unwrap();
    assert_eq!(on.ingest(batch(on.borne, 2, 50, 250, "Venus")).await, Ingested::Cloned { seq: 50 });
    assert_eq!(on.ingest(batch(on.borne, 3, 50, 250, "Venus")).await, Ingested::Cloned { seq: 50 });
    assert_eq!(on.store.log(on.borne, 1).await.unwrap(), before);
    let borne = on.store.borne(on.borne).await.unwrap().unwrap();
    assert_eq!((borne.hwm, borne.quarantined_at), (300, Some(now())));
    let kept = on.store.audit_from(1, 10).await.unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let said = [&kept[0].action, &kept[0].actor, &kept[0].object].map(String::as_str);
    assert_eq!((said, kept[0].site), (["borne", "serveur", &*on.borne.to_string()], Some(SITE)));
    assert!(kept[0].diff.contains(r#""before":"enrôlée","after":"mise à l’écart""#), "{}", kept[0].diff);
}

async fn a_request_is_taken_once_and_an_empty_one_too(on: Opened) {
    assert_eq!(on.ingest(batch(on.borne, 7, 1, 0, "")).await, Ingested::Stored { hwm: 0 });
    assert_eq!(on.ingest(batch(on.borne, 7, 1, 0, "")).await, Ingested::Replay);
    assert_eq!(on.ingest(batch(on.borne, u64::MAX, 1, 0, "")).await, Ingested::Stored { hwm: 0 });
    assert_eq!(on.ingest(batch(on.borne, u64::MAX, 1, 0, "")).await, Ingested::Replay);
    assert!(!on.store.claim_nonce(on.borne, 8).await.unwrap());
}

async fn bytes_come_back_as_they_were_written(on: Opened) {
    let help = HelpId(uuid(5));
    let raw = format!(r#"{{ "seq":1,"at":"2026-11-21T08:41:00Z" ,"type":"help_requested","help":"{help}"}}"#);
    let reading = NewEvent::read(raw).unwrap();
    on.ingest(Batch { events: vec![reading.kept], ..batch(on.borne, 1, 1, 0, "") }).await;
    let answered = on.tell(EventBody::HelpAnswered { help, by: None }).await;
    let desk = NewOrigin { id: DESK, site: SITE, at: now() };
    assert_eq!(on.store.ensure_desk(&desk).await.unwrap(), 1, "it is there, and goes so far");
    let all = on.store.events_since(SITE, now()).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].origin, &all[0].event), (DESK, &answered));
    assert_eq!(
        (all[1].origin, all[1].clock_offset_ms, Some(&all[1].event)),
        (on.borne, Some(-250), reading.event.as_ref())
    );
    assert!(on.store.events_since(SITE, now() + SignedDuration::from_secs(1)).await.unwrap().is_empty());
    assert_eq!(on.store.log(on.borne, 1).await.unwrap(), all[1..]);
    assert!(on.store.log(on.borne, 2).await.unwrap().is_empty());
    assert_eq!(on.ingest(batch(on.borne, 2, 1, 1, "Mars")).await, Ingested::Cloned { seq: 1 }, "by its bytes");
}

async fn a_group_has_an_answer_each_whatever_its_order(on: Opened) {
    let others = [on.enrol(2).await, on.enrol(3).await, on.enrol(4).await];
    on.ingest(batch(others[0], 1, 1, 2, "Mars")).await;
    assert!(on.store.revoke(others[1], now()).await.unwrap());
    let group = [
        batch(others[2], 1, 1, 3, "Mars"),
        batch(OriginId(uuid(99)), 1, 1, 1, "Mars"),
        batch(on.borne, 1, 1, 0, ""),
        batch(others[1], 1, 1, 1, "Mars"),
        batch(others[0], 2, 2, 1, "Venus"),
    ];
    let stored = |hwm| Ingested::Stored { hwm };
    let expected = [stored(3), Ingested::Revoked, stored(0), Ingested::Revoked, Ingested::Cloned { seq: 2 }];
    assert_eq!(on.store.ingest(&group).await.unwrap(), expected);
    let hwms: Vec<u64> = on.store.bornes(SITE).await.unwrap().iter().map(|borne| borne.hwm).collect();
    assert_eq!(hwms, [0, 2, 0, 3]);
    assert!(on.store.ingest(&[]).await.unwrap().is_empty());
}

async fn a_group_may_hold_several_pieces_of_a_log(on: Opened) {
    let pieces = [
        batch(on.borne, 3, 6, 2, "Mars"),
        batch(on.borne, 1, 1, 3, "Mars"),
        batch(on.borne, 2, 4, 2, "Mars"),
        batch(on.borne, 4, 7, 1, "Venus"),
    ];
    let answers = on.store.ingest(&pieces).await.unwrap();
    let stored = |hwm| Ingested::Stored { hwm };
    assert_eq!(answers, [stored(7), stored(3), stored(5), Ingested::Cloned { seq: 7 }]);
    assert_eq!(on.store.count_events(on.borne).await.unwrap(), 7);
}

async fn groups_of_the_same_bornes_never_wait_for_each_other(on: Opened) {
    let mut bornes = vec![on.borne];
    for n in 2..=6 {
        bornes.push(on.enrol(n).await);
    }
    let mut servers = JoinSet::new();
    for server in 0..4usize {
        let store = if server % 2 == 0 { Arc::clone(&on.store) } else { on.again().await };
        let mut bornes = bornes.clone();
        servers.spawn(async move {
            for round in 0..25 {
                bornes.rotate_left(server + 1);
                if round % 2 == 1 {
                    bornes.reverse();
                }
                let nonce = (round * 4 + server + 1) as u64;
                // Everybody asks for what follows until somebody else was faster.
                let mut wanted: Vec<Batch> = bornes.iter().map(|borne| batch(*borne, nonce, 1, 1, "Mars")).collect();
                for _ in 0..2 {
                    let answers = store.ingest(&wanted).await.unwrap();
                    for (batch, answer) in wanted.iter_mut().zip(answers) {
                        if let Ingested::Sequence { expected } = answer {
                            *batch = super::batch(batch.origin, nonce + 1_000, expected, 1, "Mars");
                        }
                    }
                }
            }
        });
    }
    servers.join_all().await;
    for borne in on.store.bornes(SITE).await.unwrap() {
        assert!(borne.hwm > 0 && borne.quarantined_at.is_none());
        let log = on.store.log(borne.id, 1).await.unwrap();
        let numbers: Vec<u64> = log.iter().map(|received| received.event.seq).collect();
        assert_eq!(numbers, (1..=borne.hwm).collect::<Vec<u64>>());
    }
}

async fn one_of_several_that_bring_the_same_piece_keeps_it(on: Opened) {
    let mut servers = JoinSet::new();
    for nonce in 1..=8 {
        let store = if nonce % 2 == 0 { Arc::clone(&on.store) } else { on.again().await };
        let piece = batch(on.borne, nonce, 1, 50, "Mars");
        servers.spawn(async move { store.ingest(&[piece]).await.unwrap()[0] });
    }
    let answers = servers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Ingested::Stored { hwm: 50 }).count(), 1, "{answers:?}");
    let late = |answer: &&Ingested| matches!(answer, Ingested::Sequence { expected: 51 } | Ingested::Replay);
    assert_eq!(answers.iter().filter(late).count(), 7, "{answers:?}");
    assert_eq!(on.store.count_events(on.borne).await.unwrap(), 50);
}

async fn a_name_of_a_type_that_no_store_can_hold_fails_nobody(on: Opened) {
    let raw = r#"{"seq":1,"at":"2026-11-21T08:42:00Z","type":"a\u0000b","token":"\u0000"}"#.to_owned();
    let odd = Batch { events: vec![NewEvent::read(raw).unwrap().kept], ..batch(on.borne, 1, 1, 0, "") };
    let other = on.enrol(2).await;
    let answers = on.store.ingest(&[batch(other, 1, 1, 1, "Mars"), odd]).await.unwrap();
    assert_eq!(answers, [Ingested::Stored { hwm: 1 }, Ingested::Stored { hwm: 1 }]);
    assert!(on.store.account("L\0éa").await.unwrap().is_none());
    let kind = accueil_server::store::AlarmKind::Unreadable;
    assert!(on.store.raise(now(), on.borne, kind, "event 1 of type a\0b", &[]).await.unwrap());
}
