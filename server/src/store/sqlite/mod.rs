//! The store on SQLite: WAL, a full sync at each commit, one connection that writes.

mod alarms;
mod badges;
mod bornes;
mod decisions;
mod desk;
mod log;
mod people;
mod retention;
mod row;
mod survey;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Received;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, SqlSafeStr, Transaction};
use uuid::Uuid;
use wire::event::{Event, EventBody};
use wire::ids::{CounterId, OriginId, SiteId, TicketId};
use wire::service_day::ServiceDay;
use wire::staff::StaffBadge;
use wire::survey::SurveyCell;
use wire::token::Hash32;

use super::{
    Account, Alarm, AlarmKind, BadgeOutcome, Batch, Borne, CallOutcome, CellCount, Cut, Decision, Enrolled, Enrolling,
    Forgotten, Ingested, Matter, NewCall, NewOrigin, Result, SeatOutcome, Seated, Session, Step, Store, StoreError,
};

/// In order; a file never changes once it has shipped.
const MIGRATIONS: [(i64, &str, &str); 4] = [
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "keeping", include_str!("migrations/0002_keeping.sql")),
    (3, "badges", include_str!("migrations/0003_badges.sql")),
    (4, "decisions", include_str!("migrations/0004_decisions.sql")),
];

/// How many connections read at once.
const READERS: u32 = 4;

/// A store in one file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, makes it where it is missing, and brings it up to date.
    pub async fn open(path: &Path) -> Result<Self> {
        let open = |source: sqlx::Error| StoreError::Open { path: path.display().to_string(), source: source.into() };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            // What was erased is overwritten: answers and labels must not linger in free pages.
            .pragma("secure_delete", "ON");
        let lasting = || SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None);
        let writer = lasting().max_connections(1).connect_with(options.clone()).await.map_err(open)?;
        migrator().run(&writer).await.map_err(|e| open(e.into()))?;
        let readers = lasting().max_connections(READERS).connect_with(options.pragma("query_only", "ON"));
        Ok(Self { writer, readers: readers.await.map_err(open)? })
    }

    /// Begins a transaction that writes. It takes the lock at once: a plain one fails when another was faster.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// The library's version, three figures.
    pub async fn engine_version(&self) -> Result<String> {
        Ok(sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.readers).await?)
    }
}

fn migrator() -> Migrator {
    let each = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    });
    Migrator::with_migrations(each.to_vec())
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        Self::Unavailable(e.into())
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1 FROM settings LIMIT 1").execute(&self.readers).await?;
        Ok(())
    }

    async fn setting_or(&self, key: &str, fresh: Vec<u8>) -> Result<Vec<u8>> {
        let sql = "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value RETURNING value";
        Ok(sqlx::query_scalar(sql).bind(key).bind(fresh).fetch_one(&self.writer).await?)
    }

    async fn ensure_desk(&self, desk: &NewOrigin) -> Result<()> {
        self.insert_desk(desk).await
    }

    async fn add_code(&self, site: SiteId, hash: Hash32, name: Option<&str>, expires_at: Timestamp) -> Result<()> {
        self.insert_code(site, hash, name, expires_at).await
    }

    async fn enrol(&self, request: &Enrolling) -> Result<Enrolled> {
        self.spend_code(request).await
    }

    async fn bornes(&self) -> Result<Vec<Borne>> {
        self.list_bornes().await
    }

    async fn borne(&self, id: OriginId) -> Result<Option<Borne>> {
        self.one_borne(id).await
    }

    async fn revoke(&self, id: OriginId, at: Timestamp) -> Result<bool> {
        self.end_rights(id, at).await
    }

    async fn claim_nonce(&self, id: OriginId, nonce: u64) -> Result<bool> {
        self.advance_nonce(id, nonce).await
    }

    async fn ingest(&self, batch: &Batch) -> Result<Ingested> {
        self.ingest_batch(batch).await
    }

    async fn events_since(&self, since: Timestamp) -> Result<Vec<Received>> {
        self.read_since(since).await
    }

    async fn forget(&self, cut: &Cut) -> Result<Forgotten> {
        self.forget_all(cut).await
    }

    async fn count_events(&self, origin: OriginId) -> Result<u64> {
        self.count_of(origin).await
    }

    async fn raise(&self, at: Timestamp, origin: OriginId, kind: AlarmKind, detail: &str) -> Result<bool> {
        let mut tx = self.begin().await?;
        let raised = alarms::insert(&mut tx, at, origin, kind, detail).await?;
        tx.commit().await?;
        Ok(raised)
    }

    async fn alarms(&self, most: u32) -> Result<Vec<Alarm>> {
        self.list_alarms(most).await
    }

    async fn append(&self, desk: OriginId, at: Timestamp, body: EventBody) -> Result<Event> {
        let mut tx = self.begin().await?;
        let event = desk::write(&mut tx, desk, at, body).await?;
        tx.commit().await?;
        Ok(event)
    }

    async fn call(&self, desk: OriginId, at: Timestamp, call: &NewCall) -> Result<CallOutcome> {
        self.make_call(desk, at, call).await
    }

    async fn step(&self, desk: OriginId, at: Timestamp, step: &Step) -> Result<Option<Event>> {
        self.make_step(desk, at, step).await
    }

    async fn free_counter(&self, counter: &CounterId) -> Result<()> {
        let sql = "UPDATE calls SET state = 2 WHERE counter = ? AND state < 2";
        sqlx::query(sql).bind(counter.as_str()).execute(&self.writer).await?;
        Ok(())
    }

    async fn called_by(&self, call: Uuid) -> Result<Option<TicketId>> {
        self.ticket_of_call(call).await
    }

    async fn decide(&self, site: SiteId, day: ServiceDay, decision: &Decision) -> Result<()> {
        self.upsert_decision(site, day, decision).await
    }

    async fn undecide(&self, site: SiteId, day: ServiceDay, matter: &Matter) -> Result<bool> {
        self.delete_decision(site, day, matter).await
    }

    async fn decisions(&self, site: SiteId, day: ServiceDay) -> Result<Vec<Decision>> {
        self.list_decisions(site, day).await
    }

    async fn put_account(&self, account: &Account) -> Result<()> {
        self.upsert_account(account).await
    }

    async fn account(&self, name: &str) -> Result<Option<Account>> {
        self.one_account(name).await
    }

    async fn open_session(&self, session: &Session, now: Timestamp) -> Result<()> {
        self.insert_session(session, now).await
    }

    async fn session(&self, hash: Hash32, now: Timestamp) -> Result<Option<Seated>> {
        self.one_session(hash, now).await
    }

    async fn close_session(&self, hash: Hash32) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE hash = ?").bind(row::hash(&hash)).execute(&self.writer).await?;
        Ok(())
    }

    async fn take_seat(&self, hash: Hash32, counter: &CounterId, now: Timestamp) -> Result<SeatOutcome> {
        self.sit(hash, counter, now).await
    }

    async fn seats(&self, now: Timestamp) -> Result<Vec<(CounterId, String)>> {
        self.list_seats(now).await
    }

    async fn put_badge(&self, site: SiteId, badge: &StaffBadge) -> Result<BadgeOutcome> {
        self.upsert_badge(site, badge).await
    }

    async fn remove_badge(&self, site: SiteId, label: &str) -> Result<bool> {
        self.delete_badge(site, label).await
    }

    async fn badges(&self, site: SiteId) -> Result<Vec<StaffBadge>> {
        self.list_badges(site).await
    }

    async fn add_cells(&self, batch: Uuid, cells: &[SurveyCell]) -> Result<bool> {
        self.count_cells(batch, cells).await
    }

    async fn cells(&self) -> Result<Vec<CellCount>> {
        self.list_cells().await
    }
}
