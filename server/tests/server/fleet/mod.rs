//! What bornes report of themselves, and what technicians see of it.

mod actions;
mod alarms;
mod configuration;
mod pages;
mod rings;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use accueil_server::store::LastWord;
use http::StatusCode;
use serde_json::{Value, json};
use wire::problem::ProblemKind;
use wire::report::Report;
use wire::sync::SyncReply;

use crate::support::{Answer, Borne, Site, refused, site_id};

/// A report of a borne that is well.
pub fn well(site: &Site) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"), "schema": 4, "started_at": site.now(), "catalogue": 1, "paper": "enough",
        "devices": [{"kind": "printer", "condition": "works"}, {"kind": "sound", "condition": "works"}],
        "disk": {"free": 8_000_000_000_u64, "total": 16_000_000_000_u64},
    })
}

/// The same with another field.
pub fn with(site: &Site, field: &str, value: impl Into<Value>) -> Value {
    let mut report = well(site);
    report[field] = value.into();
    report
}

/// An exchange with a report.
pub async fn report(site: &Site, borne: &Borne, next: u64, report: &Value) -> Answer {
    let body = json!({"v": 1, "borne": borne.id, "from_seq": next, "events": [], "report": report});
    borne.post(site, "/v1/sync", body.to_string().as_bytes()).await
}

async fn words(site: &Site) -> Vec<LastWord> {
    site.store().last_words(site_id()).await.unwrap()
}

#[tokio::test]
async fn a_report_is_kept_whole_whatever_a_later_version_adds() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    site.app.follow().await.unwrap();
    assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::OK);
    let told = with(&site, "mood", "good");
    let reply: SyncReply = report(&site, &borne, 1, &told).await.json();
    assert_eq!(reply.hwm, 0);
    let (at, raw) = words(&site).await[0].report.clone().unwrap();
    assert_eq!((at, serde_json::from_str::<Value>(&raw).unwrap()), (site.now(), told));
    assert_eq!(Report::read(&raw).unwrap().catalogue, 1);
    assert!(!site.store().claim_nonce(borne.id, borne.next_nonce() - 1).await.unwrap(), "its counter is the store's");
    site.advance(30);
    borne.sync(&site, 1, &[]).await;
    assert_eq!(words(&site).await[0].report, Some((at, raw)), "a heartbeat without one changes nothing");
}

#[tokio::test]
async fn a_report_that_cannot_be_read_holds_no_ticket_up_and_is_told() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let long = with(&site, "version", "9".repeat(5_000));
    for (next, wrong) in [(1, json!({"version": 1})), (2, long)] {
        let body = json!({"v": 1, "borne": borne.id, "from_seq": next, "events": [borne.issued(&site, next, "titres")], "report": wrong});
        assert_eq!(borne.post(&site, "/v1/sync", body.to_string().as_bytes()).await.status, StatusCode::OK);
    }
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 2);
    assert_eq!(words(&site).await[0].report, None);
    let alarms = site.store().alarms(site_id(), 10).await.unwrap();
    assert_eq!((alarms.len(), alarms[0].kind.as_str()), (1, "unreadable"));
    assert!(alarms[0].detail.contains("report"), "{}", alarms[0].detail);
}

#[tokio::test]
async fn a_repeated_report_is_not_taken() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let body = json!({"v": 1, "borne": borne.id, "from_seq": 1, "events": [], "report": well(&site)}).to_string();
    let params = borne.params(&site);
    let request = || borne.signed("/v1/sync", body.as_bytes(), &params).body(body.clone().into()).unwrap();
    assert_eq!(site.send(request()).await.status, StatusCode::OK);
    let before = words(&site).await;
    site.advance(1);
    refused(&site.send(request()).await, 401, ProblemKind::Replay);
    assert_eq!(words(&site).await, before);
}

#[tokio::test]
async fn when_a_borne_was_heard_of_is_known_to_every_server_within_half_a_minute() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    site.app.follow().await.unwrap();
    borne.sync(&site, 1, &[]).await;
    site.app.keep_counters().await;
    let first = site.now();
    assert_eq!(words(&site).await[0].heard_at, Some(first), "an exchange by way of the store");
    site.advance(30);
    borne.sync(&site, 1, &[]).await;
    assert_eq!(words(&site).await[0].heard_at, Some(first), "not a write for each heartbeat");
    site.app.keep_counters().await;
    assert_eq!(words(&site).await[0].heard_at, Some(site.now()), "one from memory, with the counters of all");
    // Another server hears of it next.
    let now_ms = Arc::new(std::sync::atomic::AtomicI64::new(site.now().as_millisecond()));
    let other = site.beside(Arc::clone(&now_ms)).await;
    now_ms.fetch_add(40_000, Ordering::SeqCst);
    let params = borne.params(&site);
    let body = borne.batch(1, &[]);
    let request = borne.signed("/v1/sync", &body, &params).body(axum::body::Body::from(body.clone())).unwrap();
    let answer = tower::ServiceExt::oneshot(accueil_server::router(Arc::clone(&other)), request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    other.keep_counters().await;
    site.app.keep_counters().await;
    let later = site.now() + jiff::SignedDuration::from_secs(40);
    assert_eq!(words(&site).await[0].heard_at, Some(later), "what one has noted is not taken back by the other");
}
