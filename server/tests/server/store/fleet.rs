//! What bornes report of themselves, and when they were heard of.

use accueil_server::store::{Beat, LastWord};
use jiff::SignedDuration;
use wire::ids::{OriginId, SiteId};

use super::{Opened, SITE, now, promises, uuid};

promises! {
    the_last_report_of_each_borne_is_kept,
    when_a_borne_was_heard_of_is_what_was_noted_last,
}

async fn the_last_report_of_each_borne_is_kept(on: Opened) {
    let second = on.enrol(2).await;
    let silent = |borne| LastWord { borne, heard_at: None, report: None };
    assert_eq!(on.store.last_words(SITE).await.unwrap(), [silent(on.borne), silent(second)], "the desk is no borne");
    let later = now() + SignedDuration::from_mins(5);
    on.store.keep_report(second, now(), "{}").await.unwrap();
    on.store.keep_report(second, later, r#"{"paper":"low"}"#).await.unwrap();
    // Of nobody's borne.
    on.store.keep_report(OriginId(uuid(99)), now(), "{}").await.unwrap();
    let words = on.again().await.last_words(SITE).await.unwrap();
    let report = Some((later, r#"{"paper":"low"}"#.to_owned()));
    assert_eq!(words, [silent(on.borne), LastWord { report, ..silent(second) }]);
    assert_eq!(on.store.last_words(SiteId(uuid(14))).await.unwrap(), []);
}

async fn when_a_borne_was_heard_of_is_what_was_noted_last(on: Opened) {
    let second = on.enrol(2).await;
    let at = |seconds| now() + SignedDuration::from_secs(seconds);
    let beat = |borne, seconds| Beat { borne, nonce: None, heard_at: at(seconds) };
    on.store.keep_beats(&[beat(on.borne, 60), beat(second, 61)]).await.unwrap();
    // A clock that was ahead must not make a borne look awake for hours.
    on.store.keep_beats(&[beat(second, 50)]).await.unwrap();
    let heard = on.store.last_words(SITE).await.unwrap().into_iter().map(|word| word.heard_at);
    assert_eq!(heard.collect::<Vec<_>>(), [Some(at(60)), Some(at(50))]);
    assert!(on.store.claim_nonce(on.borne, 0).await.unwrap(), "no counter was taken");
}
