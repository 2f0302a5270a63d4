//! Drafts and publications.

use std::collections::BTreeSet;

use accueil_server::store::{
    Changes, Draft, NewDraft, NewPublication, Publication, PublicationHead, PublicationKind, PublishOutcome, What,
};
use jiff::SignedDuration;
use tokio::task::JoinSet;
use wire::ids::{AgentRef, SiteId};

use super::{Opened, SITE, now, promises};

promises!(
    a_draft_is_changed_only_by_who_has_seen_it,
    revisions_never_come_twice,
    a_publication_is_never_overwritten,
    publishing_gives_up_the_draft_that_was_seen,
    what_holds_is_the_newest_whose_time_has_come,
    of_many_who_publish_at_once_one_does,
    other_servers_learn_of_publications,
);

const OTHER: SiteId = SiteId(uuid::Uuid::from_u128(14));
const KIND: PublicationKind = PublicationKind::Catalogue;

fn change(body: &str, by: u32) -> NewDraft {
    NewDraft { body: Some(body.into()), by: Some(AgentRef(by)), at: now() }
}

fn new(version: u64) -> NewPublication {
    NewPublication {
        version,
        draft: None,
        body: format!("{{\"version\":{version}}}"),
        signature: Some(format!("signature {version}")),
        valid_from: now(),
        by: Some(AgentRef(7)),
        reason: "Nouveaux horaires".into(),
        at: now(),
    }
}

async fn a_draft_is_changed_only_by_who_has_seen_it(on: Opened) {
    assert_eq!(on.store.draft(SITE, KIND).await.unwrap(), Draft::default());
    let put = async |seen, text, by| on.store.put_draft(SITE, KIND, seen, &change(text, by)).await.unwrap();
    assert_eq!(put(3, "of a draft that never was", 1).await, None);
    assert_eq!(put(0, "Léa", 1).await, Some(1));
    assert_eq!(put(0, "Omar, who saw none", 2).await, None);
    assert_eq!(put(1, "Omar", 2).await, Some(2));
    let kept = on.again().await.draft(SITE, KIND).await.unwrap();
    assert_eq!(kept, Draft { revision: 2, body: Some("Omar".into()), by: Some(AgentRef(2)), at: Some(now()) });
    for (site, kind) in [(OTHER, KIND), (SITE, PublicationKind::Policy)] {
        assert_eq!(on.store.draft(site, kind).await.unwrap(), Draft::default());
    }
}

async fn revisions_never_come_twice(on: Opened) {
    let put = async |seen, draft: &NewDraft| on.store.put_draft(SITE, KIND, seen, draft).await.unwrap();
    assert_eq!(put(0, &change("first", 1)).await, Some(1));
    assert_eq!(put(1, &NewDraft { body: None, ..change("", 1) }).await, Some(2));
    let none = on.store.draft(SITE, KIND).await.unwrap();
    assert_eq!((none.revision, none.body), (2, None));
    assert_eq!(put(2, &change("second", 1)).await, Some(3));
    assert_eq!(put(1, &change("of a page that stood open", 2)).await, None);
    let seen = NewPublication { draft: Some(3), ..new(1) };
    assert_eq!(on.store.publish(SITE, KIND, &seen).await.unwrap(), PublishOutcome::Done);
    let none = on.store.draft(SITE, KIND).await.unwrap();
    assert_eq!((none.revision, none.body), (4, None));
}

async fn a_publication_is_never_overwritten(on: Opened) {
    let publish = async |version| on.store.publish(SITE, KIND, &new(version)).await.unwrap();
    assert_eq!(on.store.published_sites().await.unwrap(), []);
    assert_eq!(publish(7).await, PublishOutcome::Done, "a file's own version is where it begins");
    assert_eq!(publish(7).await, PublishOutcome::Overtaken);
    assert_eq!(publish(6).await, PublishOutcome::Overtaken);
    assert_eq!(publish(8).await, PublishOutcome::Done);
    let read = on.again().await.publication(SITE, KIND, 7).await.unwrap().unwrap();
    let NewPublication { version, body, signature, valid_from, by, reason, at, draft: _ } = new(7);
    assert_eq!(read, Publication { head: PublicationHead { version, valid_from, by, reason, at }, body, signature });
    assert_eq!(on.store.publication(SITE, KIND, 9).await.unwrap(), None);
    assert_eq!(on.store.publication(OTHER, KIND, 7).await.unwrap(), None);
    assert_eq!(on.store.publication(SITE, PublicationKind::Policy, 7).await.unwrap(), None);
    let versions = async |most| {
        let heads = on.store.publications(SITE, KIND, most).await.unwrap();
        heads.into_iter().map(|head| head.version).collect::<Vec<u64>>()
    };
    assert_eq!((versions(9).await, versions(1).await), (vec![8, 7], vec![8]));
    assert_eq!(on.store.published_sites().await.unwrap(), [SITE]);
}

async fn publishing_gives_up_the_draft_that_was_seen(on: Opened) {
    on.store.put_draft(SITE, KIND, 0, &change("first", 1)).await.unwrap();
    on.store.put_draft(SITE, KIND, 1, &change("second", 2)).await.unwrap();
    let publish = async |draft| on.store.publish(SITE, KIND, &NewPublication { draft, ..new(1) }).await.unwrap();
    assert_eq!(publish(Some(1)).await, PublishOutcome::DraftChanged);
    assert!(on.store.publications(SITE, KIND, 9).await.unwrap().is_empty());
    assert_eq!(on.store.draft(SITE, KIND).await.unwrap().body.as_deref(), Some("second"));
    assert_eq!(publish(Some(2)).await, PublishOutcome::Done);
    assert_eq!(on.store.draft(SITE, KIND).await.unwrap().body, None);
    // What is published beside a draft leaves that as it is.
    on.store.put_draft(SITE, KIND, 3, &change("third", 1)).await.unwrap();
    assert_eq!(on.store.publish(SITE, KIND, &new(2)).await.unwrap(), PublishOutcome::Done);
    let kept = on.store.draft(SITE, KIND).await.unwrap();
    assert_eq!((kept.revision, kept.body.as_deref()), (4, Some("third")));
}

async fn what_holds_is_the_newest_whose_time_has_come(on: Opened) {
    let tomorrow = now() + SignedDuration::from_hours(24);
    for (version, valid_from) in [(1, now()), (2, tomorrow)] {
        let new = NewPublication { valid_from, signature: None, ..new(version) };
        assert_eq!(on.store.publish(SITE, KIND, &new).await.unwrap(), PublishOutcome::Done);
    }
    let holds = async |at| {
        let found = on.store.in_force(SITE, KIND, at).await.unwrap();
        found.map(|found| (found.head.version, found.signature))
    };
    assert_eq!(holds(now() - SignedDuration::from_secs(1)).await, None);
    assert_eq!(holds(now()).await, Some((1, None)));
    assert_eq!(holds(tomorrow).await, Some((2, None)));
}

async fn of_many_who_publish_at_once_one_does(on: Opened) {
    let mut editors = JoinSet::new();
    for _ in 0..6 {
        let store = on.again().await;
        editors.spawn(async move { store.publish(SITE, KIND, &new(1)).await.unwrap() });
    }
    let outcomes = editors.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == PublishOutcome::Done).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == PublishOutcome::Overtaken).count(), 5, "{outcomes:?}");
}

async fn other_servers_learn_of_publications(on: Opened) {
    let mut cursor = on.store.tail().await.unwrap();
    // A site that has no log yet is told of as well.
    on.store.publish(OTHER, KIND, &new(1)).await.unwrap();
    let mut all = BTreeSet::new();
    loop {
        let Changes { cursor: reached, touched, more, .. } = on.store.changes(&cursor).await.unwrap();
        all.extend(touched);
        cursor = reached;
        if !more {
            break;
        }
    }
    assert!(all.contains(&(OTHER, What::Publications)), "{all:?}");
}
