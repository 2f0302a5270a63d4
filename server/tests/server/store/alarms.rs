//! Alarms that last: a beginning, an end, and what is told of both.

use accueil_server::store::{AlarmKind, Hook, NewDelivery};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{Opened, SITE, now, promises, uuid};

promises! {
    an_alarm_lasts_until_it_ends_and_begins_again_after_an_hour,
    of_servers_that_see_it_at_once_one_begins_it_and_tells,
    what_is_not_begun_or_ended_is_not_told,
}

fn after(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

async fn hook(on: &Opened) -> Hook {
    let hook = Hook {
        id: uuid(70),
        site: SITE,
        url: "https://elsewhere.test".to_owned(),
        secret: [7; 32],
        kinds: Vec::new(),
        since: now(),
        disabled_at: None,
    };
    on.store.add_hook(&hook).await.unwrap();
    hook
}

fn delivery(event: &str) -> Vec<NewDelivery> {
    let (event, kind, body) = (event.to_owned(), "alarm.began".to_owned(), "{}".to_owned());
    vec![NewDelivery { hook: uuid(70), event, kind, body, at: now() }]
}

async fn an_alarm_lasts_until_it_ends_and_begins_again_after_an_hour(on: Opened) {
    let begin = async |at, kind| on.store.begin_alarm(at, on.borne, kind, "detail", &[]).await.unwrap();
    let end = async |at, kind| on.store.end_alarm(at, on.borne, kind, &[]).await.unwrap();
    assert!(!end(now(), AlarmKind::PaperOut).await, "none has begun");
    assert!(begin(now(), AlarmKind::PaperOut).await && begin(now(), AlarmKind::Sound).await);
    assert!(!begin(after(90), AlarmKind::PaperOut).await, "it lasts");
    let lasting = on.store.lasting_alarms(SITE).await.unwrap();
    assert_eq!(lasting.iter().map(|alarm| alarm.kind.as_str()).collect::<Vec<_>>(), ["paper-out", "sound"]);
    assert!(end(after(20), AlarmKind::PaperOut).await && !end(after(21), AlarmKind::PaperOut).await);
    assert!(!begin(after(30), AlarmKind::PaperOut).await, "technicians were told of it within the hour");
    assert!(begin(after(60), AlarmKind::PaperOut).await);
    let second = on.enrol(2).await;
    assert!(on.store.begin_alarm(after(60), second, AlarmKind::PaperOut, "detail", &[]).await.unwrap());
    assert!(on.store.raise(after(60), on.borne, AlarmKind::Clock, "of a moment", &[]).await.unwrap());
    let all = on.again().await.alarms(SITE, 10).await.unwrap();
    let told: Vec<_> = all.iter().rev().map(|alarm| (alarm.kind.as_str(), alarm.lasts, alarm.ended_at)).collect();
    let expected = [
        ("paper-out", true, Some(after(20))),
        ("sound", true, None),
        ("paper-out", true, None),
        ("paper-out", true, None),
        ("clock", false, None),
    ];
    assert_eq!(told, expected);
}

async fn of_servers_that_see_it_at_once_one_begins_it_and_tells(on: Opened) {
    hook(&on).await;
    let mut servers = JoinSet::new();
    for n in 0..6 {
        let (store, borne) = (on.again().await, on.borne);
        servers.spawn(async move {
            let told = delivery(&format!("began.{n}"));
            store.begin_alarm(after(n), borne, AlarmKind::Silent, "detail", &told).await.unwrap()
        });
    }
    let begun = servers.join_all().await;
    assert_eq!(begun.iter().filter(|begun| **begun).count(), 1, "{begun:?}");
    assert_eq!(on.store.deliveries(uuid(70), 10).await.unwrap().len(), 1);
    assert_eq!(on.store.lasting_alarms(SITE).await.unwrap().len(), 1);
}

async fn what_is_not_begun_or_ended_is_not_told(on: Opened) {
    hook(&on).await;
    assert!(!on.store.end_alarm(now(), on.borne, AlarmKind::Disk, &delivery("ended.1")).await.unwrap());
    assert!(on.store.begin_alarm(now(), on.borne, AlarmKind::Disk, "detail", &delivery("began.1")).await.unwrap());
    assert!(!on.store.begin_alarm(after(1), on.borne, AlarmKind::Disk, "detail", &delivery("began.2")).await.unwrap());
    assert!(on.store.end_alarm(after(2), on.borne, AlarmKind::Disk, &delivery("ended.2")).await.unwrap());
    let told = on.store.deliveries(uuid(70), 10).await.unwrap();
    assert_eq!(told.iter().map(|delivery| delivery.what.event.as_str()).collect::<Vec<_>>(), ["ended.2", "began.1"]);
}
