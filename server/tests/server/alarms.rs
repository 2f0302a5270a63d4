//! What technicians are told of bornes that are refused, and that nobody can flood them.

use axum::body::Body;
use ed25519_dalek::SigningKey;
use http::Request;
use serde_json::{Value, json};
use wire::ids::OriginId;
use wire::problem::ProblemKind;
use wire::sync::MAX_BODY;

use crate::support::{Borne, Site, refused, site_id};

/// Kind, borne and detail of what technicians see, oldest first.
async fn alarms(site: &Site) -> Vec<(String, Option<OriginId>, String)> {
    let newest_first = site.store().alarms(site_id(), 1_000).await.unwrap();
    newest_first.into_iter().rev().map(|alarm| (alarm.kind, alarm.origin, alarm.detail)).collect()
}

async fn kinds(site: &Site) -> Vec<String> {
    alarms(site).await.into_iter().map(|(kind, _, _)| kind).collect()
}

/// Somebody who knows a borne's identity, but not its key.
fn forger(of: &Borne) -> Borne {
    Borne { key: SigningKey::from_bytes(&[99; 32]), nonce: 1.into(), id: of.id, reply: of.reply.clone() }
}

#[tokio::test]
async fn each_refusal_of_a_known_borne_is_told_with_what_happened() {
    let site = Site::open().await;
    let borne = site.borne(1).await;

    refused(&forger(&borne).sync(&site, 1, &[]).await, 401, ProblemKind::Signature);
    let body = borne.batch(1, &[]);
    let mut params = borne.params(&site);
    params.created -= 3_600;
    let late = borne.signed("/v1/sync", &body, &params).body(Body::from(body)).unwrap();
    refused(&site.send(late).await, 401, ProblemKind::Clock);
    refused(&borne.post(&site, "/v1/sync", &vec![b' '; MAX_BODY + 1]).await, 413, ProblemKind::TooLarge);
    assert!(site.store().revoke(borne.id, site.now()).await.unwrap());
    refused(&borne.sync(&site, 1, &[]).await, 403, ProblemKind::Revoked);

    let told = alarms(&site).await;
    assert!(told.iter().all(|(_, origin, _)| *origin == Some(borne.id)), "{told:?}");
    let expected = [
        ("signature", "not that of this borne's key"),
        ("clock", "3600 s behind"),
        ("too-large", "1048576 bytes"),
        ("revoked", "after its rights had ended"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((kind, _, detail), (expected, word)) in told.iter().zip(expected) {
        assert!(kind == expected && detail.contains(word), "{kind}: {detail}");
    }
}

#[tokio::test]
async fn a_borne_that_lacks_what_a_restored_store_asks_for_is_told_of_once_it_cannot_go_back() {
    let site = Site::open().await;
    let (back, lost) = (site.borne(1).await, site.borne(2).await);
    let event = |borne: &Borne, seq| borne.issued(&site, seq, "titres");
    // One goes back to what it is asked for, as every borne does that still has it.
    refused(&back.sync(&site, 3, &[event(&back, 3)]).await, 409, ProblemKind::Sequence);
    assert_eq!(back.sync(&site, 1, &[event(&back, 1)]).await.status, 200);
    refused(&back.sync(&site, 3, &[event(&back, 3)]).await, 409, ProblemKind::Sequence);
    assert_eq!(kinds(&site).await, [""; 0]);

    for _ in 0..3 {
        refused(&lost.sync(&site, 300, &[event(&lost, 300)]).await, 409, ProblemKind::Sequence);
    }
    let told = alarms(&site).await;
    let [(kind, origin, detail)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((kind.as_str(), *origin), ("gap", Some(lost.id)));
    assert!(detail.contains("from 300 on") && detail.contains("1 is the next"), "{detail}");
}

#[tokio::test]
async fn limits_that_show_only_inside_a_body_are_told_too() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let many: Vec<Value> = (1..=1001).map(|seq| json!({"seq": seq, "at": site.now(), "type": "x"})).collect();
    refused(&borne.sync(&site, 1, &many).await, 413, ProblemKind::TooLarge);
    assert_eq!(kinds(&site).await, ["too-large"]);
    // What is wrong, but dangerous to nobody, is answered and no more.
    refused(&borne.post(&site, "/v1/sync", b"{").await, 400, ProblemKind::BadRequest);
    refused(&borne.sync(&site, 5, &[]).await, 409, ProblemKind::Sequence);
    assert_eq!(kinds(&site).await, ["too-large"]);
}

#[tokio::test]
async fn one_alarm_a_borne_kind_and_hour_whoever_sends_how_much() {
    let mut site = Site::open().await;
    let (first, second) = (site.borne(1).await, site.borne(2).await);
    for _ in 0..200 {
        refused(&forger(&first).sync(&site, 1, &[]).await, 401, ProblemKind::Signature);
    }
    assert_eq!(kinds(&site).await, ["signature"]);
    refused(&forger(&second).sync(&site, 1, &[]).await, 401, ProblemKind::Signature);
    assert_eq!(kinds(&site).await, ["signature", "signature"], "another borne");
    site.advance(3_599);
    refused(&forger(&first).sync(&site, 1, &[]).await, 401, ProblemKind::Signature);
    site.reopen().await;
    refused(&forger(&first).sync(&site, 1, &[]).await, 401, ProblemKind::Signature);
    assert_eq!(kinds(&site).await.len(), 2, "a restart forgets nothing");
    site.advance(1);
    site.reopen().await;
    refused(&forger(&first).sync(&site, 1, &[]).await, 401, ProblemKind::Signature);
    assert_eq!(kinds(&site).await.len(), 3, "an hour later it is told again");
}

#[tokio::test]
async fn a_thousand_events_that_are_not_understood_are_one_alarm() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let odd: Vec<Value> = (1..=1000).map(|seq| json!({"seq": seq, "at": site.now(), "type": "reprinted"})).collect();
    assert_eq!(borne.sync(&site, 1, &odd).await.status.as_u16(), 200);
    let told = alarms(&site).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].2.contains("event 1 of type reprinted") && told[0].2.contains("999 more"), "{}", told[0].2);
}

#[tokio::test]
async fn strangers_are_counted_and_fill_nothing() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    for n in 0..50 {
        let stranger = Borne { id: OriginId(uuid::Uuid::from_u128(n)), ..forger(&borne) };
        refused(&stranger.sync(&site, 1, &[]).await, 403, ProblemKind::Revoked);
    }
    let unsigned = Request::post("/v1/sync").header("host", "x").body(Body::from("{}")).unwrap();
    refused(&site.send(unsigned).await, 401, ProblemKind::Signature);
    assert_eq!(kinds(&site).await, [""; 0]);
    let health: Value = site.send(Request::get("/sante").body(Body::empty()).unwrap()).await.json();
    assert_eq!(health["strangers_refused"], 51);
    assert_eq!(borne.sync(&site, 1, &[]).await.status.as_u16(), 200);
}
