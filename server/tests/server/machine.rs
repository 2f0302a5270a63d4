//! What bornes are promised of synchronisation, and every refusal.

use std::io::Write;

use axum::body::Body;
use ed25519_dalek::SigningKey;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use serde_json::{Value, json};
use wire::event::EventBody;
use wire::ids::HelpId;
use wire::problem::ProblemKind;
use wire::sync::{MAX_BODY, MAX_INFLATED, SyncReply};

use crate::support::{Borne, Site, event, refused, site_id};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn events_are_kept_once_and_the_answer_tells_how_the_hall_is() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let events: Vec<Value> = (1..=3).map(|n| borne.issued(&site, n, "titres")).collect();
    let reply: SyncReply = borne.sync(&site, 1, &events).await.json();
    assert_eq!((reply.hwm, reply.server_time, reply.config_version), (3, site.now(), 1));
    assert_eq!((reply.next_poll_s, reply.help.len()), (30, 0));
    let ahead: Vec<u32> = reply.waits.iter().map(|w| w.ahead).collect();
    assert_eq!(ahead, [3, 0, 0, 0, 0, 0]);
    assert!(reply.waits.iter().all(|w| w.low_min.is_none() && w.high_min.is_none()));
    let again = borne.sync(&site, 1, &events).await;
    refused(&again, 409, ProblemKind::Sequence);
    assert_eq!(again.problem().expected_seq, Some(4));
    let empty: SyncReply = borne.sync(&site, 4, &[]).await.json();
    assert_eq!((empty.hwm, empty.waits[0].ahead), (3, 3));
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 3);
}

#[tokio::test]
async fn a_gap_is_refused_with_the_number_that_follows() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let answer = borne.sync(&site, 5, &[borne.issued(&site, 5, "titres")]).await;
    refused(&answer, 409, ProblemKind::Sequence);
    assert_eq!(answer.problem().expected_seq, Some(1));
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 0);
}

#[tokio::test]
async fn r9_another_event_under_the_same_number_is_kept_apart_and_quarantines_the_borne() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    assert_eq!(borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.status, StatusCode::OK);
    let other = borne.sync(&site, 1, &[borne.issued(&site, 1, "ecole")]).await;
    refused(&other, 409, ProblemKind::Cloned);
    refused(&borne.sync(&site, 2, &[borne.issued(&site, 2, "ecole")]).await, 409, ProblemKind::Cloned);
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 1);
    assert!(site.store().bornes(site_id()).await.unwrap()[0].quarantined_at.is_some());
}

#[tokio::test]
async fn ten_thousand_events_arrive_once_each_whatever_is_repeated() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    for batch in 0..10 {
        let from = batch * 1000 + 1;
        let events: Vec<Value> = (from..from + 1000).map(|n| borne.issued(&site, n, "titres")).collect();
        let body = gzip(&borne.batch(from, &events));
        for status in [StatusCode::OK, StatusCode::CONFLICT] {
            site.advance(1);
            let params = borne.params(&site);
            let request = borne.signed("/v1/sync", &body, &params).header("content-encoding", "gzip");
            let answer = site.send(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!(answer.status, status, "{}", answer.text());
        }
    }
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 10_000);
    let reply: SyncReply = borne.sync(&site, 10_001, &[]).await.json();
    assert_eq!((reply.hwm, reply.waits[0].ahead), (10_000, 10_000));
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    let events: Vec<Value> = (1..=5).map(|n| borne.issued(&site, n, "ecole")).collect();
    assert_eq!(borne.sync(&site, 1, &events).await.status, StatusCode::OK);
    let key = site.app.public_key();
    site.reopen().await;
    assert_eq!(site.app.public_key(), key);
    let reply: SyncReply = borne.sync(&site, 6, &[]).await.json();
    assert_eq!((reply.hwm, reply.waits[4].ahead), (5, 5));
}

#[tokio::test]
async fn a_type_of_a_later_version_is_kept_and_one_that_is_not_understood_raises_an_alarm() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let at = site.now();
    let later = json!({"seq": 1, "at": at, "type": "teleported", "to": "Mars"});
    let odd = json!({"seq": 2, "at": at, "type": "reprinted"});
    let reply: SyncReply = borne.sync(&site, 1, &[later, odd]).await.json();
    assert_eq!(reply.hwm, 2);
    let alarms = site.store().alarms(site_id(), 10).await.unwrap();
    assert_eq!((alarms.len(), alarms[0].kind.as_str()), (1, "unreadable"));
    assert!(alarms[0].detail.contains("event 2 of type reprinted"), "{}", alarms[0].detail);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_names_the_event_and_what_is_wrong() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let good = borne.issued(&site, 1, "titres");
    let cases = [
        (borne.sync(&site, 1, &[good.clone(), json!({"seq": 2, "type": "x"})]).await, "events[1]"),
        (borne.sync(&site, 1, &[good.clone(), good.clone()]).await, "events[1].seq is 1, 2 follows"),
        (borne.sync(&site, 0, std::slice::from_ref(&good)).await, "from_seq"),
        (borne.post(&site, "/v1/sync", b"{\"v\":1,").await, "cannot be read"),
    ];
    for (answer, word) in cases {
        let detail = refused(&answer, 400, ProblemKind::BadRequest);
        assert!(detail.contains(word), "{detail}");
    }
    site.advance(10);
    let version = json!({"v": 9, "borne": borne.id, "from_seq": 1, "events": []}).to_string();
    refused(&borne.post(&site, "/v1/sync", version.as_bytes()).await, 400, ProblemKind::Version);
    let stranger = json!({"v": 1, "borne": site.borne(2).await.id, "from_seq": 1, "events": []}).to_string();
    refused(&borne.post(&site, "/v1/sync", stranger.as_bytes()).await, 400, ProblemKind::BadRequest);
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 0);
}

#[tokio::test]
async fn bodies_are_limited_as_sent_inflated_and_counted() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    refused(&borne.post(&site, "/v1/sync", &vec![b' '; MAX_BODY + 1]).await, 413, ProblemKind::TooLarge);
    let bomb = gzip(&vec![b' '; MAX_INFLATED + 1]);
    let params = borne.params(&site);
    let request = borne.signed("/v1/sync", &bomb, &params).header("content-encoding", "gzip");
    refused(&site.send(request.body(Body::from(bomb)).unwrap()).await, 413, ProblemKind::TooLarge);
    let many: Vec<Value> = (1..=1001).map(|seq| json!({"seq": seq, "at": site.now(), "type": "x"})).collect();
    refused(&borne.sync(&site, 1, &many).await, 413, ProblemKind::TooLarge);
    let params = borne.params(&site);
    let request = borne.signed("/v1/sync", b"{}", &params).header("content-encoding", "br");
    refused(&site.send(request.body(Body::from("{}")).unwrap()).await, 415, ProblemKind::BadRequest);
}

#[tokio::test]
async fn a_signature_that_does_not_hold_is_refused() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let body = borne.batch(1, &[]);
    let other_body = borne.batch(2, &[]);
    let params = borne.params(&site);
    let request = |path: &str| borne.signed(path, &body, &params);
    let send =
        |request: http::request::Builder, body: &[u8]| site.send(request.body(Body::from(body.to_vec())).unwrap());

    let swapped = send(request("/v1/sync"), &other_body).await;
    assert!(refused(&swapped, 401, ProblemKind::Signature).contains("Content-Digest"));
    let mut redirected = request("/v1/sync").body(Body::from(body.clone())).unwrap();
    *redirected.uri_mut() = "/v1/survey".parse().unwrap();
    refused(&site.send(redirected).await, 401, ProblemKind::Signature);
    let mut elsewhere = request("/v1/sync").body(Body::from(body.clone())).unwrap();
    elsewhere.headers_mut().insert("host", "other.test".parse().unwrap());
    refused(&site.send(elsewhere).await, 401, ProblemKind::Signature);
    for header in ["content-digest", "signature-input", "signature"] {
        let mut bare = request("/v1/sync").body(Body::from(body.clone())).unwrap();
        bare.headers_mut().remove(header);
        assert!(refused(&site.send(bare).await, 401, ProblemKind::Signature).contains(header));
    }
    let thief =
        Borne { key: SigningKey::from_bytes(&[9; 32]), nonce: 50.into(), id: borne.id, reply: borne.reply.clone() };
    refused(&thief.sync(&site, 1, &[]).await, 401, ProblemKind::Signature);
    assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_signature_too_far_from_the_servers_time_is_refused_with_that_time() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let body = borne.batch(1, &[]);
    for (off, ok) in [(-301, false), (301, false), (-300, true), (300, true)] {
        let mut params = borne.params(&site);
        params.created += off;
        let answer = site.send(borne.signed("/v1/sync", &body, &params).body(Body::from(body.clone())).unwrap()).await;
        if ok {
            assert_eq!(answer.status, StatusCode::OK, "{off}");
        } else {
            refused(&answer, 401, ProblemKind::Clock);
            assert_eq!(answer.problem().server_time, Some(site.now()));
        }
    }
}

#[tokio::test]
async fn a_request_sent_again_is_a_replay_even_after_a_restart() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    let body = borne.batch(1, &[]);
    let params = borne.params(&site);
    let request = || borne.signed("/v1/sync", &body, &params).body(Body::from(body.clone())).unwrap();
    assert_eq!(site.send(request()).await.status, StatusCode::OK);
    refused(&site.send(request()).await, 401, ProblemKind::Replay);
    site.reopen().await;
    refused(&site.send(request()).await, 401, ProblemKind::Replay);
}

#[tokio::test]
async fn a_revoked_or_unknown_borne_is_refused() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let unknown = Borne {
        id: wire::ids::OriginId(uuid::Uuid::from_u128(5)),
        key: borne.key.clone(),
        nonce: 1.into(),
        reply: borne.reply.clone(),
    };
    refused(&unknown.sync(&site, 1, &[]).await, 403, ProblemKind::Revoked);
    assert!(site.store().revoke(borne.id, site.now()).await.unwrap());
    refused(&borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await, 403, ProblemKind::Revoked);
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 0);
    assert!(!site.store().revoke(borne.id, site.now()).await.unwrap(), "twice is told apart");
}

#[tokio::test]
async fn a_device_has_two_requests_a_second_after_a_burst_of_ten() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    for _ in 0..10 {
        assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::OK);
    }
    refused(&borne.sync(&site, 1, &[]).await, 429, ProblemKind::TooManyRequests);
    site.advance(1);
    for _ in 0..2 {
        assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::OK);
    }
    assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_call_for_help_is_told_to_its_borne_until_it_is_taken_back() {
    let site = Site::open().await;
    let (borne, neighbour) = (site.borne(1).await, site.borne(2).await);
    let help = HelpId(uuid::Uuid::from_u128(7));
    let reply: SyncReply = borne.sync(&site, 1, &[event(&site, 1, EventBody::HelpRequested { help })]).await.json();
    assert_eq!((reply.next_poll_s, reply.help.len()), (2, 1));
    assert_eq!((reply.help[0].help, reply.help[0].answered, reply.help[0].staffed), (help, false, false));
    let elsewhere: SyncReply = neighbour.sync(&site, 1, &[]).await.json();
    assert_eq!((elsewhere.next_poll_s, elsewhere.help.len()), (30, 0));
    let reply: SyncReply = borne.sync(&site, 2, &[event(&site, 2, EventBody::HelpCancelled { help })]).await.json();
    assert_eq!((reply.next_poll_s, reply.help.len()), (30, 0));
}
