//! Batches of bornes on their way into the store: those that come while a commit is under way share the next one. A disk
//! that syncs a few hundred times a second then takes thousands of requests.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::store::{Batch, Ingested, Result, Store, StoreError};

/// How many batches share a commit at most.
const BATCHES_MAX: usize = 256;
/// And how many events, about: nobody waits long for a commit.
const EVENTS_MAX: usize = 5_000;

/// A batch and who waits for what becomes of it.
struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<Ingested>>,
}

/// The way into the store.
#[derive(Debug)]
pub(crate) struct Gathering {
    sender: mpsc::Sender<Waiting>,
}

/// The server is about to end.
#[derive(Debug, thiserror::Error)]
#[error("the server stops")]
struct Stopping;

impl Gathering {
    /// Gathers until this is dropped.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let (sender, receiver) = mpsc::channel(BATCHES_MAX);
        tokio::spawn(gather(store, receiver));
        Self { sender }
    }

    /// Keeps a batch, durably, with whichever others there are.
    pub(crate) async fn ingest(&self, batch: Batch) -> Result<Ingested> {
        let stopping = || StoreError::Unavailable(Stopping.into());
        let (answer, answered) = oneshot::channel();
        self.sender.send(Waiting { batch, answer }).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())?
    }
}

async fn gather(store: Arc<dyn Store>, mut receiver: mpsc::Receiver<Waiting>) {
    while let Some(first) = receiver.recv().await {
        let mut events = first.batch.events.len();
        let mut group = vec![first];
        while group.len() < BATCHES_MAX && events < EVENTS_MAX {
            let Ok(next) = receiver.try_recv() else {
                break;
            };
            events += next.batch.events.len();
            group.push(next);
        }
        keep(store.as_ref(), group).await;
    }
}

async fn keep(store: &dyn Store, group: Vec<Waiting>) {
    let (batches, waiting): (Vec<Batch>, Vec<_>) = group.into_iter().map(|w| (w.batch, w.answer)).unzip();
    match store.ingest(&batches).await {
        Ok(answers) => {
            for (answer, waiting) in answers.into_iter().zip(waiting) {
                // Whoever asked has gone: what is kept is kept.
                let _ = waiting.send(Ok(answer));
            }
        }
        // What one batch failed of must not fail the others.
        Err(e) if batches.len() > 1 => {
            tracing::debug!(error = %crate::chain(&e), batches = batches.len(), "a group is kept one by one");
            for (batch, waiting) in batches.iter().zip(waiting) {
                let answer = store.ingest(std::slice::from_ref(batch)).await;
                let _ = waiting.send(answer.map(|answers| answers.first().copied().unwrap_or(Ingested::Revoked)));
            }
        }
        Err(e) => {
            if let Some(only) = waiting.into_iter().next() {
                let _ = only.send(Err(e));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use jiff::Timestamp;
    use sqlx::{Connection, Executor, PgConnection};
    use throwaway_postgres::{Cluster, Durability};
    use uuid::Uuid;
    use wire::ids::{OriginId, SiteId};

    use super::*;
    use crate::store::{self, NewEvent, StoreAddress, measure};

    fn batch(origin: OriginId, raw: &str) -> Batch {
        let read = NewEvent::read(r#"{"seq":1,"at":"2026-11-21T08:42:00Z","type":"teleported"}"#.to_owned());
        let events = vec![NewEvent { raw: raw.to_owned(), ..read.unwrap().kept }];
        Batch { origin, nonce: 1, from_seq: 1, events, received_at: Timestamp::UNIX_EPOCH, clock_offset_ms: None }
    }

    #[tokio::test]
    async fn what_comes_during_a_commit_shares_the_next_and_what_fails_fails_alone() {
        let cluster = Cluster::start(Durability::Fast).unwrap();
        cluster.create("gathering").unwrap();
        let address = cluster.address("gathering");
        let store = store::open(&address.parse::<StoreAddress>().unwrap()).await.unwrap();
        let mut bornes = Vec::new();
        for _ in 0..6 {
            bornes.push(measure::enrol(store.as_ref(), SiteId(Uuid::nil()), Timestamp::UNIX_EPOCH).await.unwrap());
        }
        let gathering = Arc::new(Gathering::new(Arc::clone(&store)));
        let mut holder = PgConnection::connect(&address).await.unwrap();
        holder.execute("BEGIN; SELECT FROM origins WHERE series = 1 FOR UPDATE").await.unwrap();
        let first = tokio::spawn({
            let (gathering, batch) = (Arc::clone(&gathering), batch(bornes[0], "{}"));
            async move { gathering.ingest(batch).await }
        });
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut holder).await.unwrap() == 0 {}
        let others = join_all(bornes[1..].iter().map(|borne| gathering.ingest(batch(*borne, "{}"))));
        // The others first: they have come before the first one's commit goes on.
        let (answers, released) = tokio::join!(others, holder.execute("ROLLBACK"));
        released.unwrap();
        let answers = answers.into_iter().chain([first.await.unwrap()]);
        assert!(answers.into_iter().all(|answer| answer.unwrap() == Ingested::Stored { hwm: 1 }));
        let commits: i64 = sqlx::query_scalar("SELECT count(DISTINCT xid) FROM changes WHERE origin > 0")
            .fetch_one(&mut holder)
            .await
            .unwrap();
        assert_eq!(commits, 2, "the first alone, then the five that had come");

        // One that the database refuses, which reading a request never lets through.
        let raws = ["{}", "\0", "{}"];
        let next = |(borne, raw): (&OriginId, &str)| Batch { nonce: 2, from_seq: 2, ..batch(*borne, raw) };
        let all = join_all(bornes.iter().zip(raws).map(next).map(|batch| gathering.ingest(batch))).await;
        let kept: Vec<bool> = all.iter().map(|answer| matches!(answer, Ok(Ingested::Stored { hwm: 2 }))).collect();
        assert_eq!(kept, [true, false, true]);
    }
}
