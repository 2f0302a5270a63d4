//! A store serves several sites: what happens at one is nothing to the others.

use std::collections::BTreeSet;

use accueil_server::store::{AlarmKind, Candidate, Decision, Matter, NewCall, NewEvent, NewOrigin, Outcome, What};
use accueil_server::store::{Ingested, measure};
use jiff::SignedDuration;
use wire::ids::{CounterId, OriginId, SiteId};

use super::records::cell;
use super::{DESK, Opened, SITE, batch, now, promises, ticket, uuid};

promises!(
    what_is_asked_of_a_site_is_answered_of_it_alone,
    counters_of_the_same_name_call_without_each_other,
    whoever_reads_the_changes_is_told_of_which_site_they_are,
);

const OTHER: SiteId = SiteId(uuid::Uuid::from_u128(14));
const OTHER_DESK: OriginId = OriginId(uuid::Uuid::from_u128(7_001));

fn counter() -> CounterId {
    "1".parse().unwrap()
}

/// A second site, with a desk and a borne that gave three tickets, which follow the first site's.
async fn second(on: &Opened) -> OriginId {
    on.issue(3).await;
    on.store.ensure_desk(&NewOrigin { id: OTHER_DESK, site: OTHER, at: now() }).await.unwrap();
    let borne = measure::enrol(on.store.as_ref(), OTHER, now()).await.unwrap();
    let raw = measure::tickets("2026-11-21".parse().unwrap(), &"titres".parse().unwrap(), now(), 1, 6);
    let events = raw.into_iter().map(|raw| NewEvent::read(raw).unwrap().kept).collect();
    let tickets = super::Batch { events, ..batch(borne, 1, 1, 0, "") };
    assert_eq!(on.ingest(tickets).await, Ingested::Stored { hwm: 6 });
    borne
}

async fn what_is_asked_of_a_site_is_answered_of_it_alone(on: Opened) {
    let borne = second(&on).await;
    for (site, id, events) in [(SITE, on.borne, 3), (OTHER, borne, 6)] {
        let bornes = on.store.bornes(site).await.unwrap();
        assert_eq!(bornes.iter().map(|borne| (borne.id, borne.site)).collect::<Vec<_>>(), [(id, site)]);
        assert_eq!(on.store.borne(id).await.unwrap(), Some(bornes[0].clone()));
        let received = on.store.events_since(site, now()).await.unwrap();
        assert_eq!(received.len(), events);
        assert!(received.iter().all(|received| received.origin == id));
        assert!(on.store.raise(now(), id, AlarmKind::Clock, "detail", &[]).await.unwrap());
        let alarms = on.store.alarms(site, 10).await.unwrap();
        assert_eq!(alarms.iter().map(|alarm| alarm.origin).collect::<Vec<_>>(), [Some(id)]);
        assert!(on.store.add_cells(site, id.0, &[cell(None, false, events as u32, 1)]).await.unwrap());
        let cells = on.store.cells(site).await.unwrap();
        assert_eq!(cells.iter().map(|cell| cell.count).collect::<Vec<_>>(), [events as u64]);
    }
    assert!(on.store.bornes(SiteId(uuid(15))).await.unwrap().is_empty());
}

async fn counters_of_the_same_name_call_without_each_other(on: Opened) {
    let borne = second(&on).await;
    let call = async |desk, call, origin, seq| {
        let candidates = vec![Candidate { ticket: ticket(seq), episode: 1, origin, seq, decision: None }];
        on.store
            .call(desk, now(), &NewCall { call: uuid(call), candidates, counter: counter(), seat: None })
            .await
            .unwrap()
    };
    assert!(matches!(call(DESK, 1, on.borne, 1).await, Outcome::Made(_)));
    assert_eq!(call(OTHER_DESK, 2, on.borne, 2).await, Outcome::Taken, "a ticket of another site");
    assert!(matches!(call(OTHER_DESK, 3, borne, 4).await, Outcome::Made(_)));
    assert_eq!(call(DESK, 4, on.borne, 2).await, Outcome::Busy);
    on.store.free_counter(SITE, &counter(), now() + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(call(OTHER_DESK, 5, borne, 5).await, Outcome::Busy);
    assert!(matches!(call(DESK, 6, on.borne, 2).await, Outcome::Made(_)));
}

async fn whoever_reads_the_changes_is_told_of_which_site_they_are(on: Opened) {
    let mut cursor = on.store.tail().await.unwrap();
    let borne = second(&on).await;
    let day = "2026-11-21".parse().unwrap();
    on.store.decide(SITE, day, &Decision { matter: Matter::AllFull, at: now() }).await.unwrap();
    assert!(on.store.revoke(borne, now()).await.unwrap());
    let (mut told, mut touched) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let changes = on.again().await.changes(&cursor).await.unwrap();
        told.extend(changes.events.iter().map(|(site, received)| (*site, received.origin, received.event.seq)));
        touched.extend(changes.touched);
        cursor = changes.cursor;
        if !changes.more {
            break;
        }
    }
    let ours = (1..=3).map(|seq| (SITE, on.borne, seq));
    assert_eq!(told, ours.chain((1..=6).map(|seq| (OTHER, borne, seq))).collect());
    assert_eq!(touched, [(SITE, What::Decisions), (OTHER, What::Bornes)].into());
}
