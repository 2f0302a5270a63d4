//! Settings, alarms, decisions, anonymous answers.

use accueil_server::store::{AlarmKind, Beat, Cut, Decision, Matter};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::task::JoinSet;
use wire::ids::{OriginId, SiteId};
use wire::survey::{AnswerVector, SurveyCell};

use super::{Opened, SITE, now, promises, uuid};

promises!(
    a_setting_is_whose_came_first,
    an_alarm_of_a_borne_and_kind_is_kept_once_an_hour,
    an_alarm_that_is_raised_from_everywhere_is_kept_once,
    a_decision_holds_for_its_site_and_service_day_until_it_is_taken_back,
    cells_add_up_and_an_upload_counts_once,
);

async fn a_setting_is_whose_came_first(on: Opened) {
    on.store.ping().await.unwrap();
    let mut servers = JoinSet::new();
    for n in 0..6u8 {
        let store = on.again().await;
        servers.spawn(async move { store.setting_or("k", vec![n]).await.unwrap() });
    }
    let answers = servers.join_all().await;
    let kept = on.store.setting_or("k", b"late".to_vec()).await.unwrap();
    assert!(kept.len() == 1 && answers.iter().all(|answer| *answer == kept), "{answers:?}");
    assert_eq!(on.store.setting_or("other", b"fresh".to_vec()).await.unwrap(), b"fresh");
    assert!(on.store.claim_nonce(on.borne, 5).await.unwrap());
    assert!(!on.store.claim_nonce(on.borne, 5).await.unwrap());
    assert!(!on.store.claim_nonce(OriginId(uuid(99)), 5).await.unwrap());
    let second = on.enrol(2).await;
    let beat = |borne, nonce| Beat { borne, nonce, heard_at: now() };
    let beats = [beat(second, Some(7)), beat(on.borne, Some(4)), beat(OriginId(uuid(99)), Some(9))];
    on.store.keep_beats(&beats).await.unwrap();
    on.store.keep_beats(&[beat(second, None)]).await.unwrap();
    assert!(!on.store.claim_nonce(second, 7).await.unwrap());
    assert!(on.store.claim_nonce(second, 8).await.unwrap());
    assert!(!on.store.claim_nonce(on.borne, 5).await.unwrap(), "a counter never goes back");
    assert!(on.store.claim_nonce(on.borne, 6).await.unwrap());
}

async fn an_alarm_of_a_borne_and_kind_is_kept_once_an_hour(on: Opened) {
    let raise = async |minutes, kind, origin| {
        on.store.raise(now() + SignedDuration::from_mins(minutes), origin, kind, "detail", &[]).await.unwrap()
    };
    assert!(raise(0, AlarmKind::Clock, on.borne).await);
    assert!(!raise(59, AlarmKind::Clock, on.borne).await);
    assert!(raise(59, AlarmKind::Signature, on.borne).await);
    let second = on.enrol(2).await;
    assert!(raise(59, AlarmKind::Clock, second).await);
    assert!(raise(60, AlarmKind::Clock, on.borne).await);
    assert!(raise(-30, AlarmKind::Clock, on.borne).await, "alarms of a clock that was ahead silence nothing");
    let alarms = on.store.alarms(SITE, 10).await.unwrap();
    assert_eq!(alarms.len(), 5);
    assert_eq!((alarms[4].at, alarms[4].origin, alarms[4].detail.as_str()), (now(), Some(on.borne), "detail"));
    assert_eq!(on.store.alarms(SITE, 2).await.unwrap(), alarms[..2], "newest first");
}

async fn an_alarm_that_is_raised_from_everywhere_is_kept_once(on: Opened) {
    let mut servers = JoinSet::new();
    for _ in 0..8 {
        let (store, borne) = (on.again().await, on.borne);
        servers.spawn(async move { store.raise(now(), borne, AlarmKind::TooLarge, "detail", &[]).await.unwrap() });
    }
    let raised = servers.join_all().await;
    assert_eq!(raised.iter().filter(|raised| **raised).count(), 1);
    assert_eq!(on.store.alarms(SITE, 10).await.unwrap().len(), 1);
}

async fn a_decision_holds_for_its_site_and_service_day_until_it_is_taken_back(on: Opened) {
    let days = ["2026-11-21".parse().unwrap(), "2026-11-22".parse().unwrap()];
    let decision = |matter, minutes| Decision { matter, at: now() + SignedDuration::from_mins(minutes) };
    let school = || Matter::Full("ecole".parse().unwrap());
    for made in [decision(Matter::AllFull, 0), decision(school(), 1), decision(Matter::Closing, 60)] {
        on.store.decide(SITE, days[0], &made).await.unwrap();
    }
    on.store.decide(SITE, days[0], &decision(Matter::Closing, 30)).await.unwrap();
    on.store.decide(SITE, days[1], &decision(school(), 600)).await.unwrap();
    let held = [decision(Matter::Closing, 30), decision(Matter::AllFull, 0), decision(school(), 1)];
    assert_eq!(on.store.decisions(SITE, days[0]).await.unwrap(), held);
    assert_eq!(on.store.decisions(SITE, days[1]).await.unwrap(), [decision(school(), 600)]);
    assert!(on.store.decisions(SiteId(uuid(14)), days[0]).await.unwrap().is_empty());

    assert!(on.store.undecide(SITE, days[0], &Matter::AllFull).await.unwrap());
    assert!(!on.store.undecide(SITE, days[0], &Matter::AllFull).await.unwrap());
    assert_eq!(on.store.decisions(SITE, days[0]).await.unwrap(), [held[0].clone(), held[2].clone()]);
    let zone = TimeZone::get("Europe/Paris").unwrap();
    on.store.forget(&Cut::at(now() + SignedDuration::from_hours(8 * 24), &zone)).await.unwrap();
    assert!(on.store.decisions(SITE, days[0]).await.unwrap().is_empty(), "it is kept as long as tickets are");
    assert_eq!(on.store.decisions(SITE, days[1]).await.unwrap().len(), 1);
}

pub fn cell(service: Option<&str>, suspect: bool, count: u32, upload: u128) -> SurveyCell {
    SurveyCell {
        v: 1,
        survey: "2026-1".parse().unwrap(),
        service: service.map(|service| service.parse().unwrap()),
        half_day: "2026-11-21.am".parse().unwrap(),
        vector: AnswerVector(vec![1, 4]),
        suspect,
        count,
        batch_id: uuid(upload),
    }
}

async fn cells_add_up_and_an_upload_counts_once(on: Opened) {
    let first =
        [cell(Some("titres"), false, 2, 1), cell(None, false, 1, 1), cell(None, true, 1, 1), cell(None, false, 4, 1)];
    assert!(on.store.add_cells(SITE, uuid(1), &first).await.unwrap());
    assert!(!on.store.add_cells(SITE, uuid(1), &first).await.unwrap(), "an upload whose answer was lost");
    let mut uploads = JoinSet::new();
    for n in 2..10 {
        let store = on.again().await;
        let mut cells = vec![cell(None, false, 1, n), cell(Some("titres"), false, 1, n)];
        if n % 2 == 0 {
            cells.reverse();
        }
        uploads.spawn(async move { store.add_cells(SITE, uuid(n), &cells).await.unwrap() });
    }
    assert!(uploads.join_all().await.into_iter().all(|counted| counted));
    let cells = on.store.cells(SITE).await.unwrap();
    let shown: Vec<_> = cells.iter().map(|c| (c.service.as_str(), c.suspect, c.count)).collect();
    assert_eq!(shown, [("", false, 13), ("", true, 1), ("titres", false, 10)]);
}
