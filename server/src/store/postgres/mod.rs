//! The store on PostgreSQL: a pool of connections, and locks where two servers must not do the same.

mod actions;
mod alarms;
mod audit;
mod backups;
mod badges;
mod base;
mod bornes;
mod cells;
mod commands;
mod days;
mod decisions;
mod desk;
mod displays;
mod fleet;
mod following;
mod hooks;
mod keys;
mod logs;
mod notes;
mod people;
mod publications;
mod retention;
mod row;
mod wanted;

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr};

use super::{PostgresAddress, Result, StoreError};

/// In order; a file never changes once it has shipped.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "desk", include_str!("migrations/0002_desk.sql")),
    (3, "people", include_str!("migrations/0003_people.sql")),
    (4, "publications", include_str!("migrations/0004_publications.sql")),
    (5, "displays", include_str!("migrations/0005_displays.sql")),
    (6, "notes", include_str!("migrations/0006_notes.sql")),
    (7, "audit", include_str!("migrations/0007_audit.sql")),
    (8, "hooks", include_str!("migrations/0008_hooks.sql")),
    (9, "backups", include_str!("migrations/0009_backups.sql")),
    (10, "days", include_str!("migrations/0010_days.sql")),
    (11, "acts", include_str!("migrations/0011_acts.sql")),
    (12, "idle", include_str!("migrations/0012_idle.sql")),
    (13, "reports", include_str!("migrations/0013_reports.sql")),
    (14, "alarms", include_str!("migrations/0014_alarms.sql")),
    (15, "actions", include_str!("migrations/0015_actions.sql")),
    (16, "wanted", include_str!("migrations/0016_wanted.sql")),
];

/// How many connections a server holds at most. PostgreSQL gives a hundred where nothing else is said.
const CONNECTIONS: u32 = 16;

/// The longest a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that nobody used for so long is asked whether it lives before it is used: to ask each time would double the
/// round trips of a call.
const QUIET: Duration = Duration::from_secs(1);

/// What each connection is bound to, whatever the database was set to: a commit is durable, and a server that hangs holds
/// up the others, who wait for its transactions, for a quarter of a minute at most.
const SESSION: [(&str, &str); 5] = [
    ("synchronous_commit", "on"),
    ("default_transaction_isolation", "read committed"),
    ("idle_in_transaction_session_timeout", "15s"),
    ("lock_timeout", "10s"),
    ("statement_timeout", "60s"),
];

/// A store in a database, which several servers may share.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
    address: PostgresAddress,
}

/// A database whose texts are not UTF-8.
#[derive(Debug, thiserror::Error)]
#[error("the database's encoding is {0}: make one with ENCODING 'UTF8'")]
struct Encoding(String);

impl PostgresStore {
    /// Connects, and brings the database up to date; of several servers that start at once, one does.
    pub async fn open(address: &PostgresAddress) -> Result<Self> {
        let open = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::unopened(address.to_string(), source);
        let options = address.options().map_err(|e| open(e.into()))?.application_name("accueil-server");
        migrate(&options).await.map_err(open)?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        let pool = pool.test_before_acquire(false).before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > QUIET {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
        let pool = pool.connect_with(options.options(SESSION)).await.map_err(|e| open(e.into()))?;
        Ok(Self { pool, address: address.clone() })
    }

    /// Ends every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Over a connection of its own: a large change may take longer than a request.
async fn migrate(options: &PgConnectOptions) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    let pool = one.connect_with(options.clone()).await?;
    let encoding: String = sqlx::query_scalar("SHOW server_encoding").fetch_one(&pool).await?;
    if encoding != "UTF8" {
        return Err(Encoding(encoding).into());
    }
    let each = MIGRATIONS.iter().map(|&(version, name, sql)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    });
    Migrator::with_migrations(each.collect()).run(&pool).await?;
    pool.close().await;
    Ok(())
}

/// Waits until no other server is at the same, and keeps the others waiting until the transaction ends.
async fn in_turn(tx: &mut PgConnection, what: &str) -> Result<()> {
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended('accueil ' || $1, 0))";
    sqlx::query(sql).bind(what).execute(tx).await?;
    Ok(())
}
