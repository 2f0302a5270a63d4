//! Alarms of bornes begin and end by themselves, once, and are told.

use accueil_server::Housekeeping;
use accueil_server::store::{Alarm, Hook};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{report, well, with};
use crate::support::{Site, site_id};

/// Whether each alarm lasts, by its kind, oldest first.
async fn told(site: &Site) -> Vec<(String, bool)> {
    let all: Vec<Alarm> = site.store().alarms(site_id(), 100).await.unwrap();
    all.into_iter().rev().map(|alarm| (alarm.kind, alarm.ended_at.is_none())).collect()
}

async fn look(site: &Site) {
    Housekeeping::default().look(&site.app).await;
}

#[tokio::test]
async fn an_alarm_begins_with_a_report_and_ends_with_another() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let hook = Hook {
        id: Uuid::from_u128(70),
        site: site_id(),
        url: "https://elsewhere.test".to_owned(),
        secret: [7; 32],
        kinds: vec!["alarm.began".to_owned(), "alarm.ended".to_owned()],
        since: site.now(),
        disabled_at: None,
    };
    site.store().add_hook(&hook).await.unwrap();
    let other = site.another().await;
    report(&site, &borne, 1, &with(&site, "paper", "out")).await;
    for _ in 0..2 {
        look(&site).await;
        Housekeeping::default().look(&other).await;
    }
    assert_eq!(told(&site).await, [("paper-out".to_owned(), true)], "once, whoever looks how often");
    report(&site, &borne, 1, &well(&site)).await;
    look(&site).await;
    assert_eq!(told(&site).await, [("paper-out".to_owned(), false)]);
    let sent = site.store().deliveries(hook.id, 10).await.unwrap();
    let sent: Vec<Value> = sent.iter().rev().map(|sent| serde_json::from_str(&sent.what.body).unwrap()).collect();
    assert_eq!((sent.len(), &sent[0]["type"], &sent[1]["type"]), (2, &"alarm.began".into(), &"alarm.ended".into()));
    for field in ["borne", "name", "kind"] {
        assert_eq!(sent[0]["alarm"][field], sent[1]["alarm"][field], "{field}");
    }
    assert_eq!((&sent[0]["alarm"]["kind"], &sent[0]["alarm"]["text"]), (&"paper-out".into(), &"Plus de papier".into()));
}

#[tokio::test]
async fn what_befalls_the_way_of_a_borne_is_told_as_well() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let hook = Hook {
        id: Uuid::from_u128(70),
        site: site_id(),
        url: "https://elsewhere.test".to_owned(),
        secret: [7; 32],
        kinds: vec!["alarm.began".to_owned(), "alarm.ended".to_owned()],
        since: site.now(),
        disabled_at: None,
    };
    site.store().add_hook(&hook).await.unwrap();
    let sent = async || -> Vec<(String, String, bool)> {
        let all = site.store().deliveries(hook.id, 10).await.unwrap();
        let all = all.iter().rev().map(|sent| serde_json::from_str::<Value>(&sent.what.body).unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        all.map(|told| (text(&told["type"]), text(&told["alarm"]["kind"]), told["alarm"]["lasts"] == true)).collect()
    };
    let told = |event: &str, kind: &str, lasts| (event.to_owned(), kind.to_owned(), lasts);
    // The store was restored from an old copy: its events go on where nothing stands here.
    for nonce in 1..=3 {
        let _ = borne.sync(&site, 5 + nonce, &[borne.issued(&site, 5 + nonce, "titres")]).await;
        let _ = borne.sync(&site, 9, &[borne.issued(&site, 9, "titres")]).await;
    }
    assert_eq!(sent().await, [told("alarm.began", "gap", true)]);
    look(&site).await;
    assert_eq!(sent().await.len(), 1, "it lasts");
    let page = site.store().lasting_alarms(site_id()).await.unwrap();
    assert_eq!(page.iter().map(|alarm| alarm.kind.as_str()).collect::<Vec<_>>(), ["gap"]);
    // They come after all.
    site.advance(60);
    report(&site, &borne, 1, &well(&site)).await;
    look(&site).await;
    assert_eq!(sent().await[1..], [told("alarm.ended", "gap", true)]);
    // Another device writes its log.
    assert!(borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.status.is_success());
    let _ = borne.sync(&site, 1, &[borne.issued(&site, 1, "ecole")]).await;
    look(&site).await;
    look(&site).await;
    assert_eq!(sent().await[2..], [told("alarm.began", "cloned", true)]);
    // It is taken out of service, and switched on again.
    assert!(site.store().revoke(borne.id, site.now()).await.unwrap());
    let _ = borne.sync(&site, 2, &[]).await;
    look(&site).await;
    assert_eq!(
        sent().await[3..],
        [told("alarm.began", "revoked", false), told("alarm.ended", "cloned", true)],
        "what is of one moment has no end"
    );
}

#[tokio::test]
async fn silence_begins_in_opening_hours_only_and_lasts_over_them() {
    // It is 9:42 on a Saturday, and the hall closes at 11:45.
    let site = Site::open().await;
    let (first, second) = (site.borne(1).await, site.borne(2).await);
    report(&site, &first, 1, &well(&site)).await;
    report(&site, &second, 1, &well(&site)).await;
    site.advance(9 * 60);
    look(&site).await;
    assert_eq!(told(&site).await, []);
    report(&site, &second, 1, &well(&site)).await;
    site.advance(60);
    look(&site).await;
    assert_eq!(told(&site).await, [("silent".to_owned(), true)], "the first one");
    // Once the hall has closed what lasts goes on, and nothing begins.
    site.advance(3 * 3600);
    look(&site).await;
    let closed = told(&site).await;
    site.advance(3600);
    look(&site).await;
    assert_eq!((told(&site).await, closed.len()), (closed.clone(), 1), "{closed:?}");
    report(&site, &first, 1, &well(&site)).await;
    look(&site).await;
    assert_eq!(told(&site).await, [("silent".to_owned(), false)]);
}

#[tokio::test]
async fn a_borne_that_is_retired_has_no_alarms_any_more() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    report(&site, &borne, 1, &with(&site, "clock_uncertain", true)).await;
    look(&site).await;
    assert_eq!(told(&site).await, [("clock-uncertain".to_owned(), true)]);
    site.store().revoke(borne.id, site.now()).await.unwrap();
    look(&site).await;
    assert_eq!(told(&site).await, [("clock-uncertain".to_owned(), false)]);
}

#[tokio::test]
async fn an_update_that_was_taken_back_is_an_alarm_until_a_later_one_works() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let update = |outcome: &str, version: &str| {
        let mut told = with(&site, "update", json!({"version": version, "outcome": outcome, "at": site.now()}));
        told["version"] = json!(if outcome == "works" { version } else { "0.1.0" });
        told
    };
    report(&site, &borne, 1, &update("taken_back", "0.2.0")).await;
    look(&site).await;
    assert_eq!(told(&site).await, [("update".to_owned(), true)]);
    let page = site.store().alarms(site_id(), 10).await.unwrap();
    assert!(page[0].detail.contains("0.2.0"), "{page:?}");
    report(&site, &borne, 1, &update("works", "0.2.1")).await;
    look(&site).await;
    assert_eq!(told(&site).await, [("update".to_owned(), false)]);
}

#[tokio::test]
async fn a_borne_that_gives_no_tickets_is_an_alarm_until_it_gives_some_again() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    report(&site, &borne, 1, &with(&site, "store_fails", true)).await;
    look(&site).await;
    assert_eq!(told(&site).await, [("store".to_owned(), true)]);
    // One of a version before says nothing of its store.
    report(&site, &borne, 1, &well(&site)).await;
    look(&site).await;
    assert_eq!(told(&site).await, [("store".to_owned(), false)]);
}
