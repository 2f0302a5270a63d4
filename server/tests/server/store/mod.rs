//! What every store promises, over each of them.

mod actions;
mod alarms;
mod audit;
mod backups;
mod calls;
pub mod changes;
mod commands;
mod days;
mod displays;
mod enrolment;
mod fleet;
mod forgetting;
mod hooks;
mod keys;
mod logs;
mod migrations;
mod notes;
mod people;
mod publications;
mod records;
mod sites;
mod wanted;

use std::sync::Arc;

use accueil_server::store::sqlite::SqliteStore;
use accueil_server::store::{
    self, Batch, Candidate, Cursor, Enrolled, Enrolling, Ingested, Move, NewEvent, NewOrigin, Outcome, Store,
    StoreAddress, measure,
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;
use wire::enrolment::PublicKey;
use wire::event::{Event, EventBody};
use wire::ids::{OriginId, SiteId, TicketId};
use wire::token::Hash32;

use crate::postgres;

/// A test of each store for each promise, in a module of the store's name.
macro_rules! promises {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::store::Opened::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::store::Opened::postgres().await).await;
            })+
        }
    };
}
pub(crate) use promises;

const SITE: SiteId = SiteId(Uuid::from_u128(13));
const DESK: OriginId = OriginId(Uuid::from_u128(7_000));

fn now() -> Timestamp {
    "2026-11-21T08:42:00Z".parse().unwrap()
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// What a log holds of an event: its bytes, their hash, its type, and its ticket.
type Kept<T> = (String, Vec<u8>, String, Option<T>);

/// A store with a desk and one borne, and where it lives.
pub struct Opened {
    store: Arc<dyn Store>,
    borne: OriginId,
    address: StoreAddress,
    folder: TempDir,
}

impl Opened {
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let address = StoreAddress::Sqlite(folder.path().join("accueil.db"));
        Self::at(address, folder).await
    }

    pub async fn postgres() -> Self {
        Self::at(postgres::database().await, TempDir::new().unwrap()).await
    }

    async fn at(address: StoreAddress, folder: TempDir) -> Self {
        let store = store::open(&address).await.unwrap();
        store.ensure_desk(&NewOrigin { id: DESK, site: SITE, at: now() }).await.unwrap();
        let mut opened = Self { store, borne: OriginId(uuid(1)), address, folder };
        opened.borne = opened.enrol(1).await;
        opened
    }

    /// Does what somebody with the database's own tools could.
    pub async fn execute(&self, sql: &'static str) -> Result<(), String> {
        let done = match &self.address {
            StoreAddress::Sqlite(path) => {
                let mut file = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
                file.execute(sql).await.map(drop)
            }
            address @ StoreAddress::Postgres(_) => {
                let mut database = PgConnection::connect(&postgres::url(address)).await.unwrap();
                database.execute(sql).await.map(drop)
            }
        };
        done.map_err(|e| e.to_string())
    }

    /// Another server on the same store.
    async fn again(&self) -> Arc<dyn Store> {
        store::open(&self.address).await.unwrap()
    }

    /// Where a reader stands that has read more than the store ever held.
    fn ahead(&self) -> Cursor {
        Cursor::kept(match &self.address {
            StoreAddress::Sqlite(_) => "1000000".to_owned(),
            StoreAddress::Postgres(_) => "900000000:900000000:".to_owned(),
        })
    }

    async fn enrol(&self, n: u8) -> OriginId {
        match self.store.enrol(&self.enrolling(n).await).await.unwrap() {
            Enrolled::Done { id, .. } => id,
            other @ (Enrolled::WrongCode | Enrolled::NoSeriesLeft) => panic!("{other:?}"),
        }
    }

    /// A request to enrol, with a code that is good.
    async fn enrolling(&self, n: u8) -> Enrolling {
        let code = Hash32::of(&[n]);
        let name = format!("Borne {n:02}");
        self.store.add_code(SITE, code, Some(&name), now() + SignedDuration::from_hours(24)).await.unwrap();
        Enrolling {
            code,
            site: SITE,
            id: OriginId(uuid(n.into())),
            public_key: PublicKey([n; 32]),
            name: "its own".into(),
            at: now(),
            day_begins: now(),
        }
    }

    async fn ingest(&self, batch: Batch) -> Ingested {
        self.store.ingest(&[batch]).await.unwrap()[0]
    }

    /// So many tickets of the borne, numbered from 1.
    async fn issue(&self, count: u64) {
        let raw = measure::tickets("2026-11-21".parse().unwrap(), &"titres".parse().unwrap(), now(), 1, count);
        let events = raw.into_iter().map(|raw| NewEvent::read(raw).unwrap().kept).collect();
        let batch = Batch { events, ..batch(self.borne, 1, 1, 0, "") };
        assert_eq!(self.ingest(batch).await, Ingested::Stored { hwm: count });
    }

    /// Tells something at the desk.
    async fn tell(&self, body: EventBody) -> Event {
        let act = Uuid::new_v4();
        let told = Move { act, free: None, passages: Vec::new(), bodies: vec![body] };
        match self.store.make(DESK, now(), &told).await.unwrap() {
            Outcome::Made(events) => events[0].clone(),
            other @ (Outcome::Before(_) | Outcome::Taken | Outcome::Busy | Outcome::Left) => panic!("{other:?}"),
        }
    }

    /// What a log holds, as it stands in the database.
    async fn raw(&self, origin: OriginId) -> Vec<Kept<Uuid>> {
        let sql = "SELECT raw, hash, kind, ticket FROM events JOIN origins ON origins.id = origin WHERE uuid = ";
        match &self.address {
            StoreAddress::Sqlite(path) => {
                let mut file = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
                let sql = sqlx::AssertSqlSafe(format!("{sql} ? ORDER BY seq"));
                let query = sqlx::query_as(sql).bind(origin.0.as_bytes().to_vec());
                let rows: Vec<Kept<Vec<u8>>> = query.fetch_all(&mut file).await.unwrap();
                let ticket = |bytes: Vec<u8>| Uuid::from_slice(&bytes).unwrap();
                rows.into_iter().map(|(raw, hash, kind, about)| (raw, hash, kind, about.map(ticket))).collect()
            }
            StoreAddress::Postgres(_) => {
                let mut database = PgConnection::connect(&postgres::url(&self.address)).await.unwrap();
                let sql = sqlx::AssertSqlSafe(format!("{sql} $1 ORDER BY seq"));
                sqlx::query_as(sql).bind(origin.0).fetch_all(&mut database).await.unwrap()
            }
        }
    }

    fn candidate(&self, seq: u64) -> Candidate {
        Candidate { ticket: ticket(seq), episode: 1, origin: self.borne, seq, decision: None }
    }
}

/// The ticket that [`Opened::issue`] numbers so.
fn ticket(seq: u64) -> TicketId {
    TicketId(Uuid::from_u64_pair(0x019a_a5f0_7c00_7000, seq | 1 << 63))
}

fn batch(origin: OriginId, nonce: u64, from_seq: u64, count: u64, word: &str) -> Batch {
    let event = |seq| {
        let raw = format!(r#"{{"seq":{seq},"at":"2026-11-21T08:42:00Z","type":"teleported","to":"{word}"}}"#);
        NewEvent::read(raw).unwrap().kept
    };
    Batch {
        origin,
        nonce,
        from_seq,
        events: (from_seq..from_seq + count).map(event).collect(),
        received_at: now(),
        clock_offset_ms: Some(-250),
    }
}

#[tokio::test]
async fn the_library_has_the_fix_for_the_wal_reset() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("accueil.db")).await.unwrap();
    let version = store.engine_version().await.unwrap();
    let figures: Vec<u32> = version.split('.').map(|figure| figure.parse().unwrap()).collect();
    assert!(figures >= vec![3, 51, 3], "SQLite {version}");
}

#[tokio::test]
async fn what_is_measured_is_what_is_kept() {
    let opened = Opened::sqlite().await;
    let origin = measure::enrol(opened.store.as_ref(), SITE, now()).await.unwrap();
    let events = measure::tickets("2026-11-21".parse().unwrap(), &"titres".parse().unwrap(), now(), 1, 2_500);
    measure::ingest(opened.store.as_ref(), origin, now(), &events, 1_000).await.unwrap();
    assert_eq!(opened.store.count_events(origin).await.unwrap(), 2_500);
    let plain = opened.folder.path().join("plain.db");
    measure::plain_insert(&plain, now(), &events, 1_000).await.unwrap();
    let plain = store::open(&StoreAddress::Sqlite(plain)).await.unwrap();
    let only = plain.bornes(SiteId(Uuid::nil())).await.unwrap()[0].id;
    assert_eq!(plain.count_events(only).await.unwrap(), 2_500);
    let StoreAddress::Postgres(address) = postgres::database().await else { panic!("PostgreSQL") };
    measure::copy(&address, now(), &events, 1_000).await.unwrap();
    let copied = store::open(&StoreAddress::Postgres(address)).await.unwrap();
    let only = copied.bornes(SiteId(Uuid::nil())).await.unwrap()[0].id;
    let log = copied.log(only, 1).await.unwrap();
    assert_eq!(log.into_iter().map(|received| received.event.encode()).collect::<Vec<_>>(), events);
}
