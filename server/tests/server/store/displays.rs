//! Codes and tokens of the hall's screens.

use accueil_server::store::DisplayCode;
use jiff::SignedDuration;
use tokio::task::JoinSet;
use wire::ids::SiteId;
use wire::token::Hash32;

use super::{Opened, SITE, now, promises, uuid};

promises!(
    a_code_makes_one_machine_a_screen_and_only_in_its_time,
    a_screens_rights_end_once_and_at_its_own_site,
    what_a_screen_says_of_itself_is_kept,
);

fn hash(n: u8) -> Hash32 {
    Hash32::of(&[n])
}

async fn code(on: &Opened, n: u8) {
    let expires_at = now() + SignedDuration::from_hours(24);
    let code = DisplayCode { hash: hash(n), site: SITE, display: "hall".parse().unwrap(), expires_at };
    on.store.add_display_code(&code, now()).await.unwrap();
}

async fn a_code_makes_one_machine_a_screen_and_only_in_its_time(on: Opened) {
    code(&on, 1).await;
    let mut typing = JoinSet::new();
    for n in 10..18 {
        let store = on.store.clone();
        typing.spawn(async move { store.enrol_screen(hash(1), hash(n), now()).await.unwrap() });
    }
    let made: Vec<_> = typing.join_all().await.into_iter().flatten().collect();
    assert_eq!(made.len(), 1, "eight people typed it at once");
    assert_eq!((made[0].site, made[0].display.as_str(), made[0].enrolled_at), (SITE, "hall", now()));
    let again = on.again().await;
    assert_eq!(again.screen(made[0].token).await.unwrap().as_ref(), Some(&made[0]));
    assert_eq!(again.screens(SITE).await.unwrap(), made);
    assert_eq!(on.store.screen(hash(99)).await.unwrap(), None);
    code(&on, 2).await;
    let late = now() + SignedDuration::from_hours(24);
    assert_eq!(on.store.enrol_screen(hash(2), hash(20), late).await.unwrap(), None);
    assert_eq!(on.store.enrol_screen(hash(3), hash(21), now()).await.unwrap(), None, "never made");
}

async fn a_screens_rights_end_once_and_at_its_own_site(on: Opened) {
    code(&on, 1).await;
    on.store.enrol_screen(hash(1), hash(10), now()).await.unwrap().unwrap();
    let elsewhere = SiteId(uuid(999));
    assert!(!on.store.revoke_screen(elsewhere, hash(10), now()).await.unwrap());
    assert!(on.store.screen(hash(10)).await.unwrap().is_some());
    assert!(on.store.revoke_screen(SITE, hash(10), now()).await.unwrap());
    assert!(!on.store.revoke_screen(SITE, hash(10), now()).await.unwrap());
    assert_eq!(on.store.screen(hash(10)).await.unwrap(), None);
    assert_eq!(on.store.screens(SITE).await.unwrap()[0].revoked_at, Some(now()));
    assert!(on.store.screens(elsewhere).await.unwrap().is_empty());
}

async fn what_a_screen_says_of_itself_is_kept(on: Opened) {
    code(&on, 1).await;
    let new = on.store.enrol_screen(hash(1), hash(10), now()).await.unwrap().unwrap();
    assert_eq!((new.seen_at, new.sounds), (None, None));
    for sounds in [false, true] {
        on.store.screen_seen(hash(10), sounds, now()).await.unwrap();
        let screen = on.again().await.screen(hash(10)).await.unwrap().unwrap();
        assert_eq!((screen.seen_at, screen.sounds), (Some(now()), Some(sounds)));
    }
}
