//! Codes, identities, series.

use std::collections::BTreeSet;

use accueil_server::store::{Enrolled, Enrolling, OpenCode};
use jiff::SignedDuration;
use tokio::task::JoinSet;
use wire::enrolment::PublicKey;
use wire::ids::{OriginId, SiteId};
use wire::token::Hash32;

use super::{Opened, SITE, now, promises, uuid};

promises!(
    a_code_belongs_to_its_site_and_gives_its_name,
    a_code_is_spent_once_and_repeated_to_the_same_key,
    a_code_ends_with_its_time_or_with_ten_wrong_ones,
    r3_r10_six_series_and_a_revoked_ones_is_free_the_next_day,
    bornes_that_enrol_at_once_never_share_a_series,
    rights_end_once,
    open_codes_are_those_that_may_still_be_used,
    a_code_that_was_taken_back_enrols_nobody,
);

async fn a_code_belongs_to_its_site_and_gives_its_name(on: Opened) {
    assert_eq!(on.store.bornes(SITE).await.unwrap()[0].name, "Borne 01");
    let elsewhere = Enrolling {
        code: Hash32::of(b"second"),
        site: SiteId(uuid(14)),
        id: OriginId(uuid(2)),
        public_key: PublicKey([2; 32]),
        name: "Borne 02".into(),
        at: now(),
        day_begins: now(),
    };
    on.store.add_code(SITE, elsewhere.code, None, now() + SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(on.store.enrol(&elsewhere).await.unwrap(), Enrolled::WrongCode);
    assert!(matches!(on.store.enrol(&Enrolling { site: SITE, ..elsewhere }).await.unwrap(), Enrolled::Done { .. }));
    let second = &on.store.bornes(SITE).await.unwrap()[1];
    assert_eq!((second.name.as_str(), second.public_key, second.series.digit()), ("Borne 02", PublicKey([2; 32]), 2));
}

async fn a_code_is_spent_once_and_repeated_to_the_same_key(on: Opened) {
    let request = on.enrolling(2).await;
    let first = on.store.enrol(&request).await.unwrap();
    let again = Enrolling { id: OriginId(uuid(22)), ..request.clone() };
    assert_eq!(on.store.enrol(&again).await.unwrap(), first);
    let stolen = Enrolling { public_key: PublicKey([9; 32]), ..request.clone() };
    assert_eq!(on.store.enrol(&stolen).await.unwrap(), Enrolled::WrongCode);
    on.store.revoke(request.id, now()).await.unwrap();
    assert_eq!(on.store.enrol(&request).await.unwrap(), Enrolled::WrongCode);
}

async fn a_code_ends_with_its_time_or_with_ten_wrong_ones(on: Opened) {
    let request = on.enrolling(2).await;
    let late = Enrolling { at: now() + SignedDuration::from_hours(24), ..request.clone() };
    assert_eq!(on.store.enrol(&late).await.unwrap(), Enrolled::WrongCode);
    for _ in 0..10 {
        let wrong = Enrolling { code: Hash32::of(b"wrong"), ..request.clone() };
        assert_eq!(on.store.enrol(&wrong).await.unwrap(), Enrolled::WrongCode);
    }
    assert_eq!(on.store.enrol(&request).await.unwrap(), Enrolled::WrongCode, "it is burned");
}

async fn r3_r10_six_series_and_a_revoked_ones_is_free_the_next_day(on: Opened) {
    for n in 2..=6 {
        on.enrol(n).await;
    }
    let seventh = on.enrolling(7).await;
    assert_eq!(on.store.enrol(&seventh).await.unwrap(), Enrolled::NoSeriesLeft);
    let third = on.store.bornes(SITE).await.unwrap()[2].id;
    assert!(on.store.revoke(third, now() + SignedDuration::from_hours(1)).await.unwrap());
    assert_eq!(on.store.enrol(&seventh).await.unwrap(), Enrolled::NoSeriesLeft, "its numbers are still in the hall");
    let tomorrow = Enrolling { day_begins: now() + SignedDuration::from_hours(19), ..seventh };
    let Enrolled::Done { series, .. } = on.store.enrol(&tomorrow).await.unwrap() else { panic!("a series is free") };
    assert_eq!(series.digit(), 3);
}

async fn bornes_that_enrol_at_once_never_share_a_series(on: Opened) {
    let mut bornes = JoinSet::new();
    for n in 2..=8 {
        let (store, request) = (on.again().await, on.enrolling(n).await);
        bornes.spawn(async move { store.enrol(&request).await.unwrap() });
    }
    let series = |enrolled| match enrolled {
        Enrolled::Done { series, .. } => Some(series.digit()),
        Enrolled::NoSeriesLeft => None,
        Enrolled::WrongCode => panic!("the codes are good"),
    };
    let all: Vec<u8> = bornes.join_all().await.into_iter().filter_map(series).collect();
    assert_eq!(all.len(), 5, "{all:?}");
    assert_eq!(all.into_iter().collect::<BTreeSet<u8>>(), (2..=6).collect());
}

async fn rights_end_once(on: Opened) {
    assert!(on.store.revoke(on.borne, now()).await.unwrap());
    assert!(!on.store.revoke(on.borne, now()).await.unwrap());
    assert!(!on.store.revoke(OriginId(uuid(99)), now()).await.unwrap());
    assert!(!on.store.revoke(super::DESK, now()).await.unwrap(), "the desk is no borne");
    assert_eq!(on.again().await.borne(on.borne).await.unwrap().unwrap().revoked_at, Some(now()));
    assert_eq!(on.store.borne(super::DESK).await.unwrap(), None);
    assert_eq!(on.store.borne(OriginId(uuid(99))).await.unwrap(), None);
}

async fn a_code_that_was_taken_back_enrols_nobody(on: Opened) {
    let (code, until) = (Hash32::of(b"soon"), now() + SignedDuration::from_hours(1));
    on.store.add_code(SITE, code, None, until).await.unwrap();
    assert!(!on.store.cancel_code(SiteId(uuid(14)), code, now()).await.unwrap(), "it is another site's");
    assert!(!on.store.cancel_code(SITE, Hash32::of(b"late"), now()).await.unwrap(), "there is none");
    assert!(!on.store.cancel_code(SITE, code, until).await.unwrap(), "it is over by itself");
    assert!(on.store.cancel_code(SITE, code, now()).await.unwrap());
    assert!(!on.store.cancel_code(SITE, code, now()).await.unwrap(), "once");
    let store = on.again().await;
    assert_eq!(store.open_codes(SITE, now()).await.unwrap(), []);
    let late = Enrolling { code, ..on.enrolling(2).await };
    assert_eq!(store.enrol(&late).await.unwrap(), Enrolled::WrongCode);
}

async fn open_codes_are_those_that_may_still_be_used(on: Opened) {
    let until = |hours| now() + SignedDuration::from_hours(hours);
    assert_eq!(on.store.open_codes(SITE, now()).await.unwrap(), [], "the first borne's is spent");
    on.store.add_code(SITE, Hash32::of(b"late"), None, until(3)).await.unwrap();
    on.store.add_code(SITE, Hash32::of(b"soon"), Some("Borne 02"), until(1)).await.unwrap();
    on.store.add_code(SiteId(uuid(14)), Hash32::of(b"elsewhere"), None, until(1)).await.unwrap();
    let soon = OpenCode { hash: Hash32::of(b"soon"), name: Some("Borne 02".to_owned()), expires_at: until(1) };
    let late = OpenCode { hash: Hash32::of(b"late"), name: None, expires_at: until(3) };
    assert_eq!(on.store.open_codes(SITE, now()).await.unwrap(), [soon, late.clone()]);
    assert_eq!(on.store.open_codes(SITE, until(1)).await.unwrap(), [late]);
    let wrong = Enrolling { code: Hash32::of(b"wrong"), ..on.enrolling(2).await };
    for _ in 0..10 {
        assert_eq!(on.store.enrol(&wrong).await.unwrap(), Enrolled::WrongCode);
    }
    assert_eq!(on.store.open_codes(SITE, now()).await.unwrap(), [], "all are burned");
}
