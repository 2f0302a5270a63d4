//! What is remembered of copies, what tells two stores apart, and whose turn it is.

use accueil_server::store::{Backup, BackupOutcome};
use jiff::SignedDuration;
use wire::token::Hash32;

use super::{DESK, Opened, SITE, now, promises};
use crate::web::DEADLINE;

promises!(
    what_became_of_copies_is_remembered_for_three_months,
    a_log_is_told_by_its_hashes,
    a_turn_is_one_servers_until_it_gives_it_back,
);

async fn what_became_of_copies_is_remembered_for_three_months(opened: Opened) {
    let store = &opened.store;
    let backup = |day: i64, outcome| Backup {
        at: now() + SignedDuration::from_hours(24 * day),
        host: "accueil-1".into(),
        file: format!("accueil-{day}.db"),
        bytes: 4_096,
        hash: Some(Hash32::of(b"copy")),
        checked_at: Some(now()),
        events: 12,
        outcome,
        detail: "é".into(),
    };
    let mut all = Vec::new();
    for (day, outcome) in (0..).zip(BackupOutcome::ALL) {
        all.insert(0, backup(day, outcome));
        store.note_backup(&all[0]).await.unwrap();
    }
    assert_eq!(store.backups(10).await.unwrap(), all);
    assert_eq!(store.backups(1).await.unwrap(), all[..1]);
    // A second word on the same one; another machine's of the same moment stands beside it.
    let gone = Backup { file: String::new(), hash: None, checked_at: None, ..all[0].clone() };
    store.note_backup(&gone).await.unwrap();
    store.note_backup(&Backup { host: "accueil-2".into(), ..gone.clone() }).await.unwrap();
    assert_eq!(store.backups(2).await.unwrap(), [gone.clone(), Backup { host: "accueil-2".into(), ..gone }]);
    let on = async |host: &str| store.backups_on(host).await.unwrap().len();
    assert_eq!((on("accueil-1").await, on("accueil-2").await, on("accueil").await), (5, 1, 0));
    let good = store.good_backup().await.unwrap().unwrap();
    assert_eq!((good.at, good.outcome), (all[3].at, BackupOutcome::Read), "of all of them, however many came after");
    // Files are known as long as they are there, however long that is.
    let late = backup(92, BackupOutcome::Failed);
    store.note_backup(&late).await.unwrap();
    assert_eq!(on("accueil-1").await, 6);
    store.note_backup(&Backup { file: String::new(), ..all[4].clone() }).await.unwrap();
    store.note_backup(&late).await.unwrap();
    assert_eq!(on("accueil-1").await, 5, "of the last ninety days");
    store.note_backup(&Backup { file: String::new(), ..good }).await.unwrap();
    assert_eq!(store.good_backup().await.unwrap(), None);
}

async fn a_log_is_told_by_its_hashes(opened: Opened) {
    let store = &opened.store;
    opened.issue(5).await;
    let spans = store.log_spans().await.unwrap();
    let of = |origin| spans.iter().find(|span| span.origin == origin).map(|span| (span.site, span.first, span.last));
    assert_eq!((of(opened.borne), of(DESK)), (Some((SITE, 1, 5)), Some((SITE, 1, 0))));
    let digest = async |from, to| store.digest_log(opened.borne, from, to).await.unwrap();
    let (all, some) = (digest(1, 5).await, digest(2, 4).await);
    assert_eq!((all.events, all.wrong, some.events), (5, 0, 3));
    assert_ne!(all.hash, some.hash);
    assert_eq!(digest(1, 9).await, all);
    // The same in another store.
    let other = Opened::sqlite().await;
    other.issue(5).await;
    assert_eq!(other.store.digest_log(other.borne, 1, 5).await.unwrap(), all);
    assert_eq!(store.log_page(opened.borne, 2, 4).await.unwrap().len(), 3);
}

async fn a_turn_is_one_servers_until_it_gives_it_back(opened: Opened) {
    let (store, other) = (&opened.store, opened.again().await);
    let (first, second) = (store.turn("a").await.unwrap(), store.turn("b").await.unwrap());
    assert!(first.is_some() && second.is_some(), "turns at different things have nothing to do with each other");
    assert!(other.turn("a").await.unwrap().is_none());
    let mut first = first.unwrap();
    first.hold().await.unwrap();
    drop((first, second));
    let given_back = async { while other.turn("a").await.unwrap().is_none() {} };
    tokio::time::timeout(DEADLINE, given_back).await.expect("it is given back");
}
