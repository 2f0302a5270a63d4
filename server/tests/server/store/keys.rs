//! Keys of other programs, and what their requests were answered.

use accueil_server::Scope;
use accueil_server::store::{ApiKey, Claim, Claimed};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use wire::ids::SiteId;
use wire::token::Hash32;

use super::{Opened, SITE, now, promises, uuid};

promises!(
    a_key_opens_until_it_is_over_or_closed,
    a_name_is_claimed_once_over_servers_and_answered_alike,
    an_answer_that_was_never_kept_is_begun_anew_as_the_same,
    what_was_refused_is_free_to_be_asked_as_the_same_and_an_answer_stays,
);

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn key(n: u128, expires_at: Option<Timestamp>) -> ApiKey {
    ApiKey {
        id: uuid(n),
        site: SITE,
        name: "Agenda".into(),
        scopes: vec![Scope::HallRead, Scope::CountersWrite],
        since: later(n as i64),
        expires_at,
        revoked_at: None,
        used_at: None,
    }
}

fn claim(name: &str, asked: u8, at: Timestamp) -> Claim<'_> {
    Claim {
        key: uuid(1),
        name,
        asked: Hash32::of(&[asked]),
        now: at,
        kept_from: at - SignedDuration::from_hours(24),
        stalled: at - SignedDuration::from_secs(60),
    }
}

async fn a_key_opens_until_it_is_over_or_closed(opened: Opened) {
    let store = &opened.store;
    let (first, second) = (key(1, Some(later(100))), key(2, None));
    store.add_key(&first, Hash32::of(b"1")).await.unwrap();
    store.add_key(&second, Hash32::of(b"2")).await.unwrap();
    assert_eq!(store.key(Hash32::of(b"1"), later(99)).await.unwrap(), Some(first.clone()));
    assert_eq!(store.key(Hash32::of(b"1"), later(100)).await.unwrap(), None);
    assert_eq!(store.key(Hash32::of(b"3"), now()).await.unwrap(), None);
    store.key_used(uuid(2), later(7)).await.unwrap();
    assert!(!store.revoke_key(SiteId(uuid(99)), uuid(2), later(8)).await.unwrap());
    assert!(store.revoke_key(SITE, uuid(2), later(8)).await.unwrap());
    assert!(!store.revoke_key(SITE, uuid(2), later(9)).await.unwrap());
    assert_eq!(store.key(Hash32::of(b"2"), now()).await.unwrap(), None);
    let closed = ApiKey { revoked_at: Some(later(8)), used_at: Some(later(7)), ..second };
    assert_eq!(store.keys(SITE).await.unwrap(), [closed, first]);
    assert_eq!(store.keys(SiteId(uuid(99))).await.unwrap(), []);
}

async fn a_name_is_claimed_once_over_servers_and_answered_alike(opened: Opened) {
    let other = opened.again().await;
    opened.store.add_key(&key(1, None), Hash32::of(b"1")).await.unwrap();
    for turn in 0..10 {
        let name = format!("rdv {turn}");
        let stores = [&opened.store, &other, &opened.store, &other];
        let claims = join_all(stores.map(|store| {
            let claim = claim(&name, 1, now());
            async move { store.claim_answer(&claim).await.unwrap() }
        }));
        let claims = claims.await;
        let new = claims.iter().filter(|claimed| **claimed == Claimed::New { since: now() }).count();
        let busy = claims.iter().filter(|claimed| **claimed == Claimed::Busy).count();
        assert_eq!((new, busy), (1, 3), "{claims:?}");
    }
    let store = &opened.store;
    assert_eq!(store.claim_answer(&claim("rdv 1", 2, now())).await.unwrap(), Claimed::Other);
    store.keep_answer(uuid(1), "rdv 1", 201, "{\"é\":1}").await.unwrap();
    let before = Claimed::Before { status: 201, body: "{\"é\":1}".into() };
    assert_eq!(other.claim_answer(&claim("rdv 1", 1, later(3_600))).await.unwrap(), before);
    assert_eq!(other.claim_answer(&claim("rdv 1", 2, later(3_600))).await.unwrap(), Claimed::Other);
    // Free after a day; and at once where nothing was done.
    let tomorrow = later(24 * 3_600 + 1);
    assert_eq!(store.claim_answer(&claim("rdv 1", 2, tomorrow)).await.unwrap(), Claimed::New { since: tomorrow });
    store.drop_answer(uuid(1), "rdv 2").await.unwrap();
    assert_eq!(store.claim_answer(&claim("rdv 2", 3, now())).await.unwrap(), Claimed::New { since: now() });
    assert_eq!(store.forget_answers(later(1)).await.unwrap(), 9);
}

async fn an_answer_that_was_never_kept_is_begun_anew_as_the_same(opened: Opened) {
    let store = &opened.store;
    store.add_key(&key(1, None), Hash32::of(b"1")).await.unwrap();
    assert_eq!(store.claim_answer(&claim("rdv", 1, now())).await.unwrap(), Claimed::New { since: now() });
    assert_eq!(store.claim_answer(&claim("rdv", 1, later(60))).await.unwrap(), Claimed::Busy);
    assert_eq!(store.claim_answer(&claim("rdv", 2, later(61))).await.unwrap(), Claimed::Other);
    assert_eq!(store.claim_answer(&claim("rdv", 1, later(61))).await.unwrap(), Claimed::New { since: now() });
}

async fn what_was_refused_is_free_to_be_asked_as_the_same_and_an_answer_stays(opened: Opened) {
    let store = &opened.store;
    store.add_key(&key(1, None), Hash32::of(b"1")).await.unwrap();
    let new = Claimed::New { since: now() };
    assert_eq!(store.claim_answer(&claim("rdv", 1, now())).await.unwrap(), new);
    store.drop_answer(uuid(1), "rdv").await.unwrap();
    // Whoever answers it now may take its time.
    assert_eq!(store.claim_answer(&claim("rdv", 2, later(90))).await.unwrap(), new);
    assert_eq!(store.claim_answer(&claim("rdv", 2, later(91))).await.unwrap(), Claimed::Busy);
    // One that had stalled goes on after all, and is refused when its twin has been answered.
    assert_eq!(store.claim_answer(&claim("rdv", 2, later(151))).await.unwrap(), new);
    store.keep_answer(uuid(1), "rdv", 201, "{}").await.unwrap();
    store.drop_answer(uuid(1), "rdv").await.unwrap();
    let before = Claimed::Before { status: 201, body: "{}".into() };
    assert_eq!(store.claim_answer(&claim("rdv", 2, later(152))).await.unwrap(), before);
    // The other way round.
    assert_eq!(store.claim_answer(&claim("rdv 2", 1, now())).await.unwrap(), new);
    store.drop_answer(uuid(1), "rdv 2").await.unwrap();
    store.keep_answer(uuid(1), "rdv 2", 201, "{}").await.unwrap();
    assert_eq!(store.claim_answer(&claim("rdv 2", 1, later(1))).await.unwrap(), before);
}
