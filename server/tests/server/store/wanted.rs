//! What is wanted of bornes: every version is kept, and of two who make the same one the first one holds.

use accueil_server::store::WantedVersion;
use wire::ids::{OriginId, SiteId};

use super::{Opened, SITE, now, promises, uuid};

promises! {
    every_version_is_kept_and_the_latest_holds,
    of_two_who_make_a_version_the_first_one_holds,
}

fn version(borne: OriginId, version: u64, body: &str) -> WantedVersion {
    WantedVersion { borne, version, at: now(), by: "Tom".to_owned(), body: body.to_owned() }
}

async fn every_version_is_kept_and_the_latest_holds(on: Opened) {
    let second = on.enrol(2).await;
    assert_eq!(on.store.wanted(on.borne).await.unwrap(), None);
    let all = [version(on.borne, 1, "{}"), version(on.borne, 10, r#"{"release":"hold"}"#), version(second, 2, "{}")];
    for wanted in &all {
        assert!(on.store.put_wanted(wanted).await.unwrap());
    }
    // Of nobody's borne.
    assert!(on.store.put_wanted(&version(OriginId(uuid(99)), 1, "{}")).await.unwrap());
    let store = on.again().await;
    assert_eq!(store.wanted(on.borne).await.unwrap().as_ref(), Some(&all[1]));
    assert_eq!(store.all_wanted(SITE).await.unwrap(), [all[1].clone(), all[2].clone()]);
    assert_eq!(store.all_wanted(SiteId(uuid(14))).await.unwrap(), []);
    assert_eq!(store.wanted_before(on.borne, 10).await.unwrap(), [all[1].clone(), all[0].clone()]);
    assert_eq!(store.wanted_before(on.borne, 1).await.unwrap(), [all[1].clone()]);
}

async fn of_two_who_make_a_version_the_first_one_holds(on: Opened) {
    let cursor = on.store.tail().await.unwrap();
    let first = version(on.borne, 1, r#"{"release":"hold"}"#);
    assert!(on.store.put_wanted(&first).await.unwrap());
    assert!(!on.store.put_wanted(&version(on.borne, 1, "{}")).await.unwrap());
    assert_eq!(on.store.wanted(on.borne).await.unwrap(), Some(first));
    // Every server is told that there is something for the borne: once, as the second one changed nothing.
    let changes = on.store.changes(&cursor).await.unwrap();
    assert!(changes.touched.iter().any(|(site, _)| *site == SITE), "{changes:?}");
}
