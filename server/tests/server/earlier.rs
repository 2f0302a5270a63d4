//! What bornes of earlier versions send is taken as it was before. The bodies are frozen: a version that sends others adds
//! one, and changes none.

use http::StatusCode;
use serde_json::{Value, json};
use wire::problem::ProblemKind;
use wire::report::Report;
use wire::sync::{SyncReply, VERSION};

use crate::support::{Borne, Site, refused, site_id};

/// An exchange of a borne of an earlier version.
struct Earlier {
    /// What it sends, with `BORNE` where its identity stands.
    body: &'static str,
    /// Whether it tells how it is.
    reports: bool,
    /// What it would not know in an answer, had it not asked.
    never_told: &'static [&'static str],
}

/// From the first version to the one before the newest field, in the order they came.
const EARLIER: [Earlier; 4] = [
    Earlier { body: include_str!("earlier/first.json"), reports: false, never_told: &["staff", "wanted"] },
    Earlier { body: include_str!("earlier/badges.json"), reports: false, never_told: &["wanted"] },
    Earlier { body: include_str!("earlier/report.json"), reports: true, never_told: &["wanted"] },
    Earlier { body: include_str!("earlier/wanted.json"), reports: true, never_told: &[] },
];

async fn exchange(site: &Site, borne: &Borne, body: &str) -> crate::support::Answer {
    borne.post(site, "/v1/sync", body.replace("BORNE", &borne.id.to_string()).as_bytes()).await
}

#[tokio::test]
async fn what_earlier_bornes_send_is_taken_and_answered_as_they_know_it() {
    for Earlier { body, reports, never_told } in EARLIER {
        let site = Site::open().await;
        let borne = site.borne(1).await;
        let answer = exchange(&site, &borne, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}: {body}", answer.text());
        let told: Value = answer.json();
        assert!(never_told.iter().all(|field| told.get(field).is_none()), "{told}");
        assert_eq!(serde_json::from_value::<SyncReply>(told).unwrap().hwm, 1);
        let log = site.store().log(borne.id, 1).await.unwrap();
        let sent: Value = serde_json::from_str(body).unwrap();
        let kept: Vec<Value> = log.iter().map(|e| serde_json::from_str(&e.event.encode()).unwrap()).collect();
        assert_eq!(json!(kept), sent["events"]);
        let words = site.store().last_words(site_id()).await.unwrap();
        let report = words[0].report.as_ref().map(|(_, raw)| Report::read(raw).unwrap());
        assert_eq!(report.as_ref().map(|report| report.version.as_str()), reports.then_some("0.1.0"), "{body}");
        let alarms = site.store().alarms(site_id(), 10).await.unwrap();
        assert!(alarms.is_empty(), "{alarms:?}");
    }
}

#[tokio::test]
async fn a_protocol_that_is_not_spoken_is_refused_by_its_version() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    for version in [VERSION - 1, VERSION + 1] {
        let body = json!({"v": version, "borne": "BORNE", "from_seq": 1, "events": []}).to_string();
        let detail = refused(&exchange(&site, &borne, &body).await, 400, ProblemKind::Version);
        assert!(detail.contains(&format!("version {version} is not spoken here: use version 1")), "{detail}");
    }
    assert_eq!(site.store().last_words(site_id()).await.unwrap()[0].report, None);
}
