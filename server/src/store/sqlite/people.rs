//! Accounts, sessions, counters that are held.

use jiff::Timestamp;
use sqlx::Row;
use wire::ids::CounterId;
use wire::token::Hash32;

use super::super::{Account, Result, Role, SeatOutcome, Seated, Session, StoreError};
use super::{SqliteStore, row};

impl SqliteStore {
    pub(super) async fn upsert_account(&self, account: &Account) -> Result<()> {
        let sql = "INSERT INTO accounts (name, role, password) VALUES (?, ?, ?)
                   ON CONFLICT DO UPDATE SET role = excluded.role, password = excluded.password";
        let query = sqlx::query(sql).bind(&account.name).bind(account.role.as_str()).bind(&account.password);
        query.execute(&self.writer).await?;
        Ok(())
    }

    pub(super) async fn one_account(&self, name: &str) -> Result<Option<Account>> {
        let sql = "SELECT name, role, password FROM accounts WHERE name = ?";
        let found: Option<(String, String, String)> =
            sqlx::query_as(sql).bind(name).fetch_optional(&self.readers).await?;
        found.map(|(name, text, password)| Ok(Account { name, role: role(&text)?, password })).transpose()
    }

    pub(super) async fn insert_session(&self, session: &Session, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= ?").bind(now.as_millisecond()).execute(&mut *tx).await?;
        let sql = "INSERT INTO sessions (hash, account, expires_at) VALUES (?, ?, ?)";
        let insert = sqlx::query(sql).bind(row::hash(&session.hash)).bind(&session.account);
        insert.bind(session.expires_at.as_millisecond()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn one_session(&self, hash: Hash32, now: Timestamp) -> Result<Option<Seated>> {
        let sql = "SELECT account, role, counter FROM sessions JOIN accounts ON name = account
                   LEFT JOIN seats ON session = hash WHERE hash = ? AND expires_at > ?";
        let query = sqlx::query(sql).bind(row::hash(&hash)).bind(now.as_millisecond());
        let Some(found) = query.fetch_optional(&self.readers).await? else {
            return Ok(None);
        };
        let counter: Option<String> = found.try_get("counter")?;
        Ok(Some(Seated {
            session: hash,
            account: found.try_get("account")?,
            role: role(found.try_get("role")?)?,
            counter: counter.map(counter_id).transpose()?,
        }))
    }

    pub(super) async fn sit(&self, hash: Hash32, counter: &CounterId, now: Timestamp) -> Result<SeatOutcome> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= ?").bind(now.as_millisecond()).execute(&mut *tx).await?;
        let sql = "SELECT account FROM sessions WHERE hash = ?";
        let account: Option<String> = sqlx::query_scalar(sql).bind(row::hash(&hash)).fetch_optional(&mut *tx).await?;
        let Some(account) = account else {
            return Ok(SeatOutcome::NoSession);
        };
        let sql = "SELECT account FROM seats JOIN sessions ON hash = session WHERE counter = ?";
        let holder: Option<String> = sqlx::query_scalar(sql).bind(counter.as_str()).fetch_optional(&mut *tx).await?;
        if let Some(by) = holder.filter(|by| *by != account) {
            return Ok(SeatOutcome::Held { by });
        }
        let sql = "SELECT count(*) FROM seats JOIN calls ON calls.counter = seats.counter AND state < 2
                   WHERE session = ? AND seats.counter <> ?";
        let left: i64 =
            sqlx::query_scalar(sql).bind(row::hash(&hash)).bind(counter.as_str()).fetch_one(&mut *tx).await?;
        if left > 0 {
            return Ok(SeatOutcome::TicketOpen);
        }
        let sql = "DELETE FROM seats WHERE session = ? OR counter = ?";
        sqlx::query(sql).bind(row::hash(&hash)).bind(counter.as_str()).execute(&mut *tx).await?;
        let sql = "INSERT INTO seats (counter, session, opened_at) VALUES (?, ?, ?)";
        let insert = sqlx::query(sql).bind(counter.as_str()).bind(row::hash(&hash)).bind(now.as_millisecond());
        insert.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(SeatOutcome::Taken)
    }

    pub(super) async fn list_seats(&self, now: Timestamp) -> Result<Vec<(CounterId, String)>> {
        let sql = "SELECT counter, account FROM seats JOIN sessions ON hash = session WHERE expires_at > ?
                   ORDER BY counter";
        let rows: Vec<(String, String)> =
            sqlx::query_as(sql).bind(now.as_millisecond()).fetch_all(&self.readers).await?;
        rows.into_iter().map(|(counter, account)| Ok((counter_id(counter)?, account))).collect()
    }
}

fn role(text: &str) -> Result<Role> {
    text.parse().map_err(|_| StoreError::Unreadable { what: "a role" })
}

fn counter_id(text: String) -> Result<CounterId> {
    text.try_into().map_err(|_| StoreError::Unreadable { what: "a counter" })
}
