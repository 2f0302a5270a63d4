//! Accounts, sessions, counters that are held.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::token::Hash32;

use super::super::{Account, Grant, NewAccount, People, Result, SeatOutcome, Seated, Session, What};
use crate::roles::{Permission, Role};

use super::{PostgresStore, following, in_turn, row};

const BY_NAME: &str = "SELECT id, name, password, oidc_subject, must_change, disabled_at FROM accounts WHERE name = $1";
const BY_SUBJECT: &str =
    "SELECT id, name, password, oidc_subject, must_change, disabled_at FROM accounts WHERE oidc_subject = $1";
const ALL: &str =
    "SELECT id, name, password, oidc_subject, must_change, disabled_at FROM accounts WHERE $1::uuid IS NULL
    OR EXISTS (SELECT 1 FROM grants WHERE account = id AND (site IS NULL OR site = $1)) ORDER BY name";

/// Seats are taken one at a time: who was faster has the counter, and the other one is told who it is.
pub(super) const SEATS: &str = "seats";

#[async_trait]
impl People for PostgresStore {
    async fn put_account(&self, account: &NewAccount) -> Result<AgentRef> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        let sql = "INSERT INTO accounts (name, password, oidc_subject, must_change) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (name) DO UPDATE SET password = coalesce(excluded.password, accounts.password),
                       oidc_subject = coalesce(excluded.oidc_subject, accounts.oidc_subject),
                       must_change = excluded.must_change RETURNING id";
        let query = sqlx::query_scalar(sql).bind(row::text(&account.name)).bind(&account.password);
        let query = query.bind(account.oidc_subject.as_deref().map(row::text)).bind(account.must_change);
        let id: i64 = query.fetch_one(&mut *tx).await?;
        if account.password.is_some() {
            sqlx::query("DELETE FROM sessions WHERE account = $1").bind(id).execute(&mut *tx).await?;
            following::note_everywhere(&mut tx, What::People).await?;
        }
        tx.commit().await?;
        row::agent(id)
    }

    async fn add_account(&self, account: &NewAccount, grants: &[Grant]) -> Result<Option<AgentRef>> {
        self.add(account, grants, false).await
    }

    async fn add_first_account(&self, account: &NewAccount, grants: &[Grant]) -> Result<Option<AgentRef>> {
        self.add(account, grants, true).await
    }

    async fn has_accounts(&self) -> Result<bool> {
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM accounts)").fetch_one(&self.pool).await?)
    }

    async fn account_names(&self) -> Result<BTreeMap<AgentRef, String>> {
        let all: Vec<(i64, String)> = sqlx::query_as("SELECT id, name FROM accounts").fetch_all(&self.pool).await?;
        all.into_iter().map(|(id, name)| Ok((row::agent(id)?, name))).collect()
    }

    async fn account(&self, name: &str) -> Result<Option<Account>> {
        let found = sqlx::query(BY_NAME).bind(row::text(name)).fetch_optional(&self.pool).await?;
        self.with_grants(found.as_slice()).await.map(|mut all| all.pop())
    }

    async fn account_by_subject(&self, subject: &str) -> Result<Option<Account>> {
        let found = sqlx::query(BY_SUBJECT).bind(row::text(subject)).fetch_optional(&self.pool).await?;
        self.with_grants(found.as_slice()).await.map(|mut all| all.pop())
    }

    async fn accounts(&self, site: Option<SiteId>) -> Result<Vec<Account>> {
        let query = sqlx::query(ALL).bind(site.map(|site| site.0));
        self.with_grants(&query.fetch_all(&self.pool).await?).await
    }

    async fn set_password(
        &self,
        account: AgentRef,
        password: &str,
        must_change: bool,
        keep: Option<Hash32>,
    ) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        let sql = "UPDATE accounts SET password = $1, must_change = $2 WHERE id = $3";
        let update = sqlx::query(sql).bind(password).bind(must_change).bind(i64::from(account.0));
        if update.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let sql = "DELETE FROM sessions WHERE account = $1 AND hash IS DISTINCT FROM $2";
        let others = sqlx::query(sql).bind(i64::from(account.0)).bind(keep.as_ref().map(|hash| hash.0.as_slice()));
        others.execute(&mut *tx).await?;
        following::note_everywhere(&mut tx, What::People).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn disable(&self, account: AgentRef, at: Option<Timestamp>) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        let sql = "UPDATE accounts SET disabled_at = $1 WHERE id = $2";
        let update = sqlx::query(sql).bind(at.map(Timestamp::as_millisecond)).bind(i64::from(account.0));
        if update.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        if at.is_some() {
            let sql = "DELETE FROM sessions WHERE account = $1";
            sqlx::query(sql).bind(i64::from(account.0)).execute(&mut *tx).await?;
        }
        following::note_everywhere(&mut tx, What::People).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn change_grants(&self, account: AgentRef, seen: Option<&[Grant]>, grants: &[Grant]) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        let sql = "SELECT id FROM accounts WHERE id = $1 FOR UPDATE";
        let found = sqlx::query(sql).bind(i64::from(account.0)).fetch_optional(&mut *tx).await?;
        if found.is_none() {
            return Ok(false);
        }
        if let Some(seen) = seen {
            let kept: BTreeSet<Grant> = grants_of(&mut *tx, account.0.into()).await?.into_iter().collect();
            if kept != seen.iter().copied().collect() {
                return Ok(false);
            }
        }
        let sql = "DELETE FROM grants WHERE account = $1";
        sqlx::query(sql).bind(i64::from(account.0)).execute(&mut *tx).await?;
        give(&mut tx, account.0.into(), grants).await?;
        // Who may not receive people at a site any more holds no counter there.
        let sql = "DELETE FROM seats WHERE session IN (SELECT hash FROM sessions WHERE account = $1)
                   AND NOT EXISTS (SELECT 1 FROM grants WHERE account = $1 AND role = ANY ($2)
                       AND (grants.site IS NULL OR grants.site = seats.site))";
        let free = sqlx::query(sql).bind(i64::from(account.0)).bind(Role::that_may(Permission::Counter));
        free.execute(&mut *tx).await?;
        following::note_everywhere(&mut tx, What::People).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn used(&self, hash: Hash32, idle_until: Option<Timestamp>) -> Result<()> {
        let sql = "UPDATE sessions SET idle_until = $1 WHERE hash = $2";
        let update = sqlx::query(sql).bind(idle_until.map(Timestamp::as_millisecond)).bind(hash.0.as_slice());
        update.execute(&self.pool).await?;
        Ok(())
    }

    async fn open_session(&self, session: &Session, now: Timestamp) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        end_sessions(&mut tx, now).await?;
        let sql = "INSERT INTO sessions (hash, account, site, fresh_until, expires_at) VALUES ($1, $2, $3, $4, $5)";
        let site = session.site;
        let insert = sqlx::query(sql).bind(session.hash.0.as_slice()).bind(i64::from(session.account.0));
        let insert = insert.bind(site.map(|site| site.0)).bind(session.fresh_until.as_millisecond());
        insert.bind(session.expires_at.as_millisecond()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn session(&self, hash: Hash32, now: Timestamp) -> Result<Option<Seated>> {
        let sql = "SELECT accounts.id, name, must_change, sessions.site, counter, fresh_until, idle_until
                   FROM sessions JOIN accounts ON accounts.id = sessions.account LEFT JOIN seats ON session = hash
                   WHERE hash = $1 AND expires_at > $2 AND coalesce(idle_until, expires_at) > $2 AND disabled_at IS NULL";
        let query = sqlx::query(sql).bind(hash.0.as_slice()).bind(now.as_millisecond());
        let Some(found) = query.fetch_optional(&self.pool).await? else {
            return Ok(None);
        };
        let id: i64 = found.try_get("id")?;
        Ok(Some(Seated {
            session: hash,
            account: row::agent(id)?,
            name: found.try_get("name")?,
            grants: self.grants(id).await?,
            site: site(&found)?,
            counter: found.try_get::<Option<String>, _>("counter")?.map(row::counter).transpose()?,
            fresh_until: row::time(found.try_get("fresh_until")?)?,
            must_change: found.try_get("must_change")?,
            idle_until: found.try_get::<Option<i64>, _>("idle_until")?.map(row::time).transpose()?,
        }))
    }

    async fn choose_site(&self, hash: Hash32, site: SiteId, now: Timestamp) -> Result<SeatOutcome> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        if owner(&mut tx, hash, now).await?.is_none() {
            return Ok(SeatOutcome::NoSession);
        }
        if leaves_a_ticket(&mut tx, hash, Some((site, None))).await? {
            return Ok(SeatOutcome::TicketOpen);
        }
        note_seat(&mut tx, hash).await?;
        let sql = "DELETE FROM seats WHERE session = $1 AND site <> $2";
        sqlx::query(sql).bind(hash.0.as_slice()).bind(site.0).execute(&mut *tx).await?;
        go_to(&mut tx, hash, site).await?;
        tx.commit().await?;
        Ok(SeatOutcome::Taken)
    }

    async fn freshen(&self, hash: Hash32, until: Timestamp, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE sessions SET fresh_until = $1 WHERE hash = $2 AND expires_at > $3
                   AND coalesce(idle_until, expires_at) > $3";
        let update = sqlx::query(sql).bind(until.as_millisecond()).bind(hash.0.as_slice()).bind(now.as_millisecond());
        Ok(update.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn close_session(&self, hash: Hash32) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        note_seat(&mut tx, hash).await?;
        sqlx::query("DELETE FROM sessions WHERE hash = $1").bind(hash.0.as_slice()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn close_sessions_of(&self, account: AgentRef) -> Result<u64> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        let close = sqlx::query("DELETE FROM sessions WHERE account = $1").bind(i64::from(account.0));
        let closed = close.execute(&mut *tx).await?.rows_affected();
        following::note_everywhere(&mut tx, What::People).await?;
        tx.commit().await?;
        Ok(closed)
    }

    async fn take_seat(&self, hash: Hash32, site: SiteId, counter: &CounterId, now: Timestamp) -> Result<SeatOutcome> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        end_sessions(&mut tx, now).await?;
        let Some(account) = owner(&mut tx, hash, now).await? else {
            return Ok(SeatOutcome::NoSession);
        };
        let sql = "SELECT accounts.id, name FROM seats JOIN sessions ON hash = session
                   JOIN accounts ON accounts.id = sessions.account WHERE seats.site = $1 AND counter = $2";
        let holder = sqlx::query_as(sql).bind(site.0).bind(counter.as_str());
        let holder: Option<(i64, String)> = holder.fetch_optional(&mut *tx).await?;
        if let Some((_, by)) = holder.filter(|(id, _)| *id != account) {
            return Ok(SeatOutcome::Held { by });
        }
        if leaves_a_ticket(&mut tx, hash, Some((site, Some(counter)))).await? {
            return Ok(SeatOutcome::TicketOpen);
        }
        note_seat(&mut tx, hash).await?;
        let sql = "DELETE FROM seats WHERE session = $1 OR (site = $2 AND counter = $3)";
        let leave = sqlx::query(sql).bind(hash.0.as_slice()).bind(site.0).bind(counter.as_str());
        leave.execute(&mut *tx).await?;
        go_to(&mut tx, hash, site).await?;
        let sql = "INSERT INTO seats (site, counter, session, opened_at) VALUES ($1, $2, $3, $4)";
        let insert = sqlx::query(sql).bind(site.0).bind(counter.as_str()).bind(hash.0.as_slice());
        insert.bind(now.as_millisecond()).execute(&mut *tx).await?;
        note_seat(&mut tx, hash).await?;
        tx.commit().await?;
        Ok(SeatOutcome::Taken)
    }

    async fn leave_seat(&self, hash: Hash32, now: Timestamp) -> Result<SeatOutcome> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        if owner(&mut tx, hash, now).await?.is_none() {
            return Ok(SeatOutcome::NoSession);
        }
        if leaves_a_ticket(&mut tx, hash, None).await? {
            return Ok(SeatOutcome::TicketOpen);
        }
        note_seat(&mut tx, hash).await?;
        sqlx::query("DELETE FROM seats WHERE session = $1").bind(hash.0.as_slice()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(SeatOutcome::Taken)
    }

    async fn free_seat(&self, site: SiteId, counter: &CounterId) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        let delete = sqlx::query("DELETE FROM seats WHERE site = $1 AND counter = $2").bind(site.0);
        let freed = delete.bind(counter.as_str()).execute(&mut *tx).await?.rows_affected() == 1;
        following::note_change(&mut tx, site, What::People).await?;
        tx.commit().await?;
        Ok(freed)
    }

    async fn seats(&self, site: SiteId, now: Timestamp) -> Result<Vec<(CounterId, String)>> {
        let sql = "SELECT counter, name FROM seats JOIN sessions ON hash = session
                   JOIN accounts ON accounts.id = sessions.account WHERE seats.site = $1 AND expires_at > $2
                       AND coalesce(idle_until, expires_at) > $2
                   ORDER BY counter";
        let query = sqlx::query_as(sql).bind(site.0).bind(now.as_millisecond());
        let rows: Vec<(String, String)> = query.fetch_all(&self.pool).await?;
        rows.into_iter().map(|(counter, name)| Ok((row::counter(counter)?, name))).collect()
    }
}

impl PostgresStore {
    async fn with_grants(&self, rows: &[PgRow]) -> Result<Vec<Account>> {
        let mut all = Vec::with_capacity(rows.len());
        for found in rows {
            let id: i64 = found.try_get("id")?;
            all.push(Account {
                id: row::agent(id)?,
                name: found.try_get("name")?,
                password: found.try_get("password")?,
                oidc_subject: found.try_get("oidc_subject")?,
                must_change: found.try_get("must_change")?,
                disabled_at: found.try_get::<Option<i64>, _>("disabled_at")?.map(row::time).transpose()?,
                grants: self.grants(id).await?,
            });
        }
        Ok(all)
    }

    async fn grants(&self, account: i64) -> Result<Vec<Grant>> {
        grants_of(&self.pool, account).await
    }

    /// Adds an account that is new, the `first` one only while there is none.
    async fn add(&self, account: &NewAccount, grants: &[Grant], first: bool) -> Result<Option<AgentRef>> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, SEATS).await?;
        let sql = "INSERT INTO accounts (name, password, oidc_subject, must_change) SELECT $1::text, $2::text, $3::text, $4::boolean
                   WHERE NOT $5::boolean OR NOT EXISTS (SELECT 1 FROM accounts) ON CONFLICT (name) DO NOTHING RETURNING id";
        let query = sqlx::query_scalar(sql).bind(row::text(&account.name)).bind(&account.password);
        let query = query.bind(account.oidc_subject.as_deref().map(row::text)).bind(account.must_change).bind(first);
        let id: Option<i64> = query.fetch_optional(&mut *tx).await?;
        let Some(id) = id else { return Ok(None) };
        give(&mut tx, id, grants).await?;
        tx.commit().await?;
        Ok(Some(row::agent(id)?))
    }
}

async fn grants_of(executor: impl sqlx::PgExecutor<'_>, account: i64) -> Result<Vec<Grant>> {
    let sql = "SELECT site, role FROM grants WHERE account = $1 ORDER BY site IS NOT NULL, site, role";
    let rows = sqlx::query(sql).bind(account).fetch_all(executor).await?;
    rows.iter().map(|found| Ok(Grant { site: site(found)?, role: row::role(found.try_get("role")?)? })).collect()
}

/// Gives an account roles beside those that it has.
async fn give(tx: &mut PgConnection, account: i64, grants: &[Grant]) -> Result<()> {
    for Grant { site, role } in grants {
        let sql = "INSERT INTO grants (account, site, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let insert = sqlx::query(sql).bind(account).bind(site.map(|site| site.0));
        insert.bind(role.as_str()).execute(&mut *tx).await?;
    }
    Ok(())
}

fn site(found: &PgRow) -> Result<Option<SiteId>> {
    Ok(found.try_get::<Option<Uuid>, _>("site")?.map(SiteId))
}

/// Whose session it is, where it has not expired.
async fn owner(tx: &mut PgConnection, hash: Hash32, now: Timestamp) -> Result<Option<i64>> {
    let sql = "SELECT accounts.id FROM sessions JOIN accounts ON accounts.id = sessions.account
               WHERE hash = $1 AND expires_at > $2 AND coalesce(idle_until, expires_at) > $2 AND disabled_at IS NULL";
    let query = sqlx::query_scalar(sql).bind(hash.0.as_slice()).bind(now.as_millisecond());
    Ok(query.fetch_optional(tx).await?)
}

/// Whether a session's counter holds a ticket that going elsewhere would leave: to a counter of a site, to a site, or away.
async fn leaves_a_ticket(
    tx: &mut PgConnection,
    hash: Hash32,
    to: Option<(SiteId, Option<&CounterId>)>,
) -> Result<bool> {
    // A call to it that is under way ends first.
    let seat = sqlx::query("SELECT FROM seats WHERE session = $1 FOR UPDATE").bind(hash.0.as_slice());
    seat.execute(&mut *tx).await?;
    let sql = "SELECT count(*) FROM seats JOIN calls ON calls.site = seats.site AND calls.counter = seats.counter
               WHERE state < 2 AND session = $1
                   AND NOT coalesce(seats.site = $2::uuid AND seats.counter = coalesce($3::text, seats.counter), FALSE)";
    let site = to.map(|(site, _)| site);
    let counter = to.and_then(|(_, counter)| counter);
    let query = sqlx::query_scalar(sql).bind(hash.0.as_slice()).bind(site.map(|site| site.0));
    let left: i64 = query.bind(counter.map(CounterId::as_str)).fetch_one(tx).await?;
    Ok(left > 0)
}

async fn go_to(tx: &mut PgConnection, hash: Hash32, site: SiteId) -> Result<()> {
    let sql = "UPDATE sessions SET site = $1 WHERE hash = $2";
    sqlx::query(sql).bind(site.0).bind(hash.0.as_slice()).execute(tx).await?;
    Ok(())
}

/// Tells of the seat that a session holds: somebody comes or goes there.
async fn note_seat(tx: &mut PgConnection, hash: Hash32) -> Result<()> {
    let sql = "INSERT INTO changes (site, what) SELECT site, $1 FROM seats WHERE session = $2";
    sqlx::query(sql).bind(What::People.as_str()).bind(hash.0.as_slice()).execute(tx).await?;
    Ok(())
}

/// Ends the sessions whose time is over. Answers how many.
pub(super) async fn end_sessions(connection: &mut PgConnection, now: Timestamp) -> Result<u64> {
    let over =
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1 OR idle_until <= $1").bind(now.as_millisecond());
    Ok(over.execute(connection).await?.rows_affected())
}
