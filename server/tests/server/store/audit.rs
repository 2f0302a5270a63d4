//! The audit chain in either store.

use accueil_server::audit::{Action, Diff, Entry, Head, Labelled, Link, Verifier};
use accueil_server::store::Cut;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::task::JoinSet;
use wire::ids::SiteId;

use super::{Opened, SITE, now, promises, uuid};

promises!(
    entries_are_one_chain_that_is_read_from_either_end,
    servers_that_write_at_once_keep_one_chain,
    a_label_is_erased_after_seven_days_and_the_chain_holds,
    an_entry_is_neither_changed_nor_removed_by_mistake,
);

fn entry(object: &str) -> Entry {
    Entry {
        at: now(),
        actor: "Léa \0".into(),
        role: "supervisor".into(),
        site: Some(SITE),
        action: Action::Chosen,
        object: object.into(),
        diff: Diff::none().with("place", 7, "1 \0"),
        label: Some("B 42".into()),
    }
}

fn labelled() -> Labelled {
    Labelled::new("B 42", [7; 16])
}

async fn holds(on: &Opened) -> Vec<Link> {
    let links = on.store.audit_from(1, 1_000).await.unwrap();
    let mut verifier = Verifier::default();
    let broken: Vec<_> = links.iter().flat_map(|link| verifier.next(link)).collect();
    assert_eq!(broken, []);
    assert_eq!(verifier.end(on.store.audit_head().await.unwrap()), None);
    links
}

async fn entries_are_one_chain_that_is_read_from_either_end(on: Opened) {
    assert_eq!(on.store.audit_head().await.unwrap(), Head::EMPTY);
    assert_eq!(holds(&on).await, []);
    let (label, mut expected, mut head) = (labelled(), Vec::new(), Head::EMPTY);
    for n in 1..=5 {
        let site = (n != 3).then_some(if n == 4 { SiteId(uuid(14)) } else { SITE });
        let entry = Entry { site, ..entry(&format!("{n}")) };
        let label = (n != 2).then_some(&label);
        let link = Link::after(head, &entry, label);
        head = on.store.append_audit(&entry, label).await.unwrap();
        assert_eq!(head, link.head());
        expected.push(link);
    }
    assert_eq!(holds(&on).await, expected, "what was written is what is read, to the byte");
    let again = on.again().await;
    assert_eq!(again.audit_head().await.unwrap(), head);
    assert_eq!(again.audit_from(2, 2).await.unwrap(), expected[1..3]);
    let numbers = async |n, site, most| {
        let links = again.audit_before(n, site, most).await.unwrap();
        links.into_iter().map(|link| link.n).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None, None, 3).await, [5, 4, 3]);
    assert_eq!(numbers(Some(3), None, 3).await, [2, 1]);
    assert_eq!(numbers(None, Some(SITE), 10).await, [5, 2, 1], "neither another site's nor what concerns them all");
    assert_eq!(numbers(Some(5), Some(SITE), 1).await, [2]);
}

async fn servers_that_write_at_once_keep_one_chain(on: Opened) {
    let mut servers = JoinSet::new();
    for server in 0..4 {
        let store = on.again().await;
        servers.spawn(async move {
            for n in 0..10 {
                store.append_audit(&entry(&format!("{server}.{n}")), None).await.unwrap();
            }
        });
    }
    servers.join_all().await;
    assert_eq!(holds(&on).await.len(), 40);
}

async fn a_label_is_erased_after_seven_days_and_the_chain_holds(on: Opened) {
    on.store.append_audit(&entry("old"), Some(&labelled())).await.unwrap();
    let younger = Entry { at: now() + SignedDuration::from_hours(48), ..entry("young") };
    on.store.append_audit(&younger, Some(&labelled())).await.unwrap();
    let written = holds(&on).await;
    let cut = Cut::at(now() + SignedDuration::from_hours(8 * 24), &TimeZone::UTC);
    on.store.forget(&cut).await.unwrap();
    let kept = holds(&on).await;
    assert_eq!((&kept[0].label, kept[0].hash), (&None, written[0].hash));
    assert_eq!(kept[0].label_hash, written[0].label_hash);
    assert_eq!(kept[1], written[1]);
}

async fn an_entry_is_neither_changed_nor_removed_by_mistake(on: Opened) {
    on.store.append_audit(&entry("1"), None).await.unwrap();
    for sql in ["DELETE FROM audit", "UPDATE audit SET actor = 'Omar'", "UPDATE audit SET n = 2"] {
        let refused = on.execute(sql).await.expect_err(sql);
        assert!(refused.contains("the audit chain only grows") || refused.contains("never changed"), "{refused}");
    }
    holds(&on).await;
}
