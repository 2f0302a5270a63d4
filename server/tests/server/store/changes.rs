//! What others wrote: nothing is passed over, however late it commits.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use accueil_server::store::{Cursor, Decision, Ingested, Matter, Store, What};
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::JoinSet;
use wire::event::EventBody;
use wire::ids::{HelpId, OriginId};

use super::{DESK, Opened, SITE, batch, now, promises, uuid};
use crate::postgres::url;
use crate::web::DEADLINE;

promises!(
    what_is_written_is_told_in_order_and_decisions_with_it,
    many_changes_come_in_pieces,
    whoever_reads_while_others_write_misses_nothing,
    a_reader_that_is_ahead_of_a_store_that_was_restored_is_told,
);

/// The numbers that were told of each log.
type Logs = BTreeMap<OriginId, BTreeSet<u64>>;

fn numbers(all: std::ops::RangeInclusive<u64>) -> BTreeSet<u64> {
    all.collect()
}

/// Reads until there is nothing more. Answers whether staff decided something.
async fn read(store: &dyn Store, cursor: &mut Cursor, logs: &mut Logs) -> bool {
    let mut decided = false;
    loop {
        let changes = store.changes(cursor).await.unwrap();
        let places: Vec<_> = changes.events.iter().map(|(_, received)| (received.origin, received.event.seq)).collect();
        for pair in places.windows(2) {
            assert!(pair[0].0 != pair[1].0 || pair[0].1 < pair[1].1, "in the order of each log: {places:?}");
        }
        for (origin, seq) in places {
            logs.entry(origin).or_default().insert(seq);
        }
        decided |= changes.touched.contains(&(SITE, What::Decisions));
        *cursor = changes.cursor;
        if !changes.more {
            return decided;
        }
    }
}

async fn what_is_written_is_told_in_order_and_decisions_with_it(on: Opened) {
    let mut cursor = on.store.tail().await.unwrap();
    let other = on.again().await;
    let mut logs = Logs::new();
    assert!(!read(other.as_ref(), &mut cursor, &mut logs).await && logs.is_empty());
    on.ingest(batch(on.borne, 1, 1, 3, "Mars")).await;
    on.tell(EventBody::HelpAnswered { help: HelpId(uuid(5)), by: None }).await;
    assert!(!read(other.as_ref(), &mut cursor, &mut logs).await);
    assert_eq!(logs, [(on.borne, numbers(1..=3)), (DESK, numbers(1..=1))].into());
    let day = "2026-11-21".parse().unwrap();
    on.store.decide(SITE, day, &Decision { matter: Matter::AllFull, at: now() }).await.unwrap();
    assert!(read(other.as_ref(), &mut cursor, &mut logs).await);
    on.store.undecide(SITE, day, &Matter::AllFull).await.unwrap();
    assert!(read(other.as_ref(), &mut cursor, &mut logs).await);
}

async fn many_changes_come_in_pieces(on: Opened) {
    let mut cursor = on.store.tail().await.unwrap();
    const EACH: u64 = 420;
    let mut bornes = vec![on.borne];
    for n in 2..=6 {
        bornes.push(on.enrol(n).await);
    }
    for n in (1..=EACH).step_by(10) {
        let pieces = |borne| (n..n + 10).map(move |n| batch(borne, n, n, 1, "Mars"));
        on.store.ingest(&bornes.iter().copied().flat_map(pieces).collect::<Vec<_>>()).await.unwrap();
    }
    let first = on.store.changes(&cursor).await.unwrap();
    assert!(first.events.len() < bornes.len() * EACH as usize, "{}", first.events.len());
    let (mut logs, until) = (Logs::new(), Instant::now() + DEADLINE);
    while !bornes.iter().all(|borne| logs.get(borne) == Some(&numbers(1..=EACH))) {
        assert!(Instant::now() < until, "{logs:?}");
        read(on.store.as_ref(), &mut cursor, &mut logs).await;
    }
}

async fn whoever_reads_while_others_write_misses_nothing(on: Opened) {
    const EACH: u64 = 60;
    let mut cursor = on.store.tail().await.unwrap();
    let mut bornes = vec![on.borne];
    for n in 2..=6 {
        bornes.push(on.enrol(n).await);
    }
    let mut writers = JoinSet::new();
    for borne in bornes.clone() {
        let store = on.again().await;
        writers.spawn(async move {
            for n in 1..=EACH {
                let kept = store.ingest(&[batch(borne, n, n, 1, "Mars")]).await.unwrap();
                assert_eq!(kept, [Ingested::Stored { hwm: n }]);
            }
        });
    }
    let mut logs = Logs::new();
    while !writers.is_empty() {
        read(on.store.as_ref(), &mut cursor, &mut logs).await;
        while let Some(done) = writers.try_join_next() {
            done.unwrap();
        }
    }
    read(on.store.as_ref(), &mut cursor, &mut logs).await;
    for borne in bornes {
        assert_eq!(logs[&borne], numbers(1..=EACH));
    }
}

async fn a_reader_that_is_ahead_of_a_store_that_was_restored_is_told(on: Opened) {
    let early = on.store.tail().await.unwrap();
    on.ingest(batch(on.borne, 1, 1, 3, "Mars")).await;
    let ahead = on.ahead();
    let changes = on.store.changes(&ahead).await.unwrap();
    assert!(changes.restored && changes.events.is_empty() && !changes.more);
    let mut logs = Logs::new();
    let mut cursor = changes.cursor;
    on.ingest(batch(on.borne, 2, 4, 1, "Mars")).await;
    read(on.store.as_ref(), &mut cursor, &mut logs).await;
    assert_eq!(logs[&on.borne], numbers(4..=4), "from there on");
    assert!(!on.store.changes(&early).await.unwrap().restored);
}

/// Numbers are given when a transaction begins: one that began before and commits after must not be passed over.
#[tokio::test]
async fn a_transaction_that_commits_out_of_order_is_waited_for() {
    let on = Opened::postgres().await;
    let late = on.enrol(2).await;
    let mut cursor = on.store.tail().await.unwrap();
    let mut other = PgConnection::connect(&url(&on.address)).await.unwrap();
    let write = "BEGIN; INSERT INTO changes (origin, from_seq, to_seq) SELECT id, 1, 1 FROM origins WHERE series = 2";
    other.execute(write).await.unwrap();
    on.ingest(batch(on.borne, 1, 1, 1, "Mars")).await;
    let mut logs = Logs::new();
    read(on.store.as_ref(), &mut cursor, &mut logs).await;
    assert_eq!(logs, [(on.borne, numbers(1..=1))].into(), "the one that began first does not hold it up");
    let event = "INSERT INTO events (origin, seq, received_at, kind, hash, raw)
         SELECT id, 1, 0, 'teleported', '', '{\"seq\":1,\"at\":\"2026-11-21T08:42:00Z\",\"type\":\"teleported\"}'
         FROM origins WHERE series = 2; COMMIT";
    other.execute(event).await.unwrap();
    read(on.store.as_ref(), &mut cursor, &mut logs).await;
    assert_eq!(logs, [(on.borne, numbers(1..=1)), (late, numbers(1..=1))].into());
}

/// Whatever another program holds open, and for however long: what is committed behind it is read, once.
#[tokio::test]
async fn a_transaction_that_stays_open_delays_nothing() {
    const EACH: u64 = 840;
    let on = Opened::postgres().await;
    let mut bornes = vec![on.borne];
    for n in 2..=6 {
        bornes.push(on.enrol(n).await);
    }
    let mut cursor = on.store.tail().await.unwrap();
    let mut other = PgConnection::connect(&url(&on.address)).await.unwrap();
    other.execute("BEGIN; CREATE TABLE held (n INT)").await.unwrap();
    for n in (1..=EACH).step_by(10) {
        let pieces = |borne| (n..n + 10).map(move |n| batch(borne, n, n, 1, "Mars"));
        on.store.ingest(&bornes.iter().copied().flat_map(pieces).collect::<Vec<_>>()).await.unwrap();
    }
    let mut logs = Logs::new();
    read(on.store.as_ref(), &mut cursor, &mut logs).await;
    for borne in &bornes {
        assert_eq!(logs[borne], numbers(1..=EACH));
    }
    let again = on.store.changes(&cursor).await.unwrap();
    assert!(again.events.is_empty() && !again.more, "nothing is read twice");
    other.execute("ROLLBACK").await.unwrap();
}

/// Until a connection of this database waits for another one's lock.
pub async fn until_somebody_waits(observer: &mut PgConnection) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let until = Instant::now() + DEADLINE;
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *observer).await.unwrap() == 0 {
        assert!(Instant::now() < until, "nobody waits");
    }
}
