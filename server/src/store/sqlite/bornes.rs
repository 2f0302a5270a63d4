//! Bornes: codes, enrolment, revocation.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use wire::enrolment::PublicKey;
use wire::ids::{OriginId, SiteId};
use wire::label::Series;
use wire::token::Hash32;

use super::super::{Beat, Borne, Bornes, Enrolled, Enrolling, FAILURES_MAX, OpenCode, Result, StoreError, What};
use super::{SqliteStore, following, row};

const COLUMNS: &str = "uuid, site, name, public_key, series, enrolled_at, revoked_at, quarantined_at, hwm";

#[async_trait]
impl Bornes for SqliteStore {
    async fn add_code(&self, site: SiteId, hash: Hash32, name: Option<&str>, expires_at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO enrolment_codes (hash, site, name, expires_at) VALUES (?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(row::hash(&hash)).bind(row::id(&site.0)).bind(name);
        query.bind(expires_at.as_millisecond()).execute(&self.writer).await?;
        Ok(())
    }

    async fn open_codes(&self, site: SiteId, now: Timestamp) -> Result<Vec<OpenCode>> {
        let sql = "SELECT hash, name, expires_at FROM enrolment_codes
                   WHERE site = ? AND borne IS NULL AND failures < ? AND expires_at > ? ORDER BY expires_at";
        let query = sqlx::query_as(sql).bind(row::id(&site.0)).bind(FAILURES_MAX).bind(now.as_millisecond());
        let found: Vec<(Vec<u8>, Option<String>, i64)> = query.fetch_all(&self.readers).await?;
        let code = |(hash, name, at): (Vec<u8>, Option<String>, i64)| {
            Ok(OpenCode { hash: Hash32(row::bytes32(&hash, "a code")?), name, expires_at: row::time(at)? })
        };
        found.into_iter().map(code).collect()
    }

    async fn cancel_code(&self, site: SiteId, hash: Hash32, now: Timestamp) -> Result<bool> {
        let sql = "DELETE FROM enrolment_codes WHERE hash = ? AND site = ? AND borne IS NULL AND expires_at > ?";
        let query = sqlx::query(sql).bind(row::hash(&hash)).bind(row::id(&site.0)).bind(now.as_millisecond());
        Ok(query.execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn site_of_code(&self, hash: Hash32) -> Result<Option<SiteId>> {
        let query = sqlx::query_scalar("SELECT site FROM enrolment_codes WHERE hash = ?").bind(row::hash(&hash));
        let site: Option<Vec<u8>> = query.fetch_optional(&self.readers).await?;
        site.map(|site| Ok(SiteId(row::uuid(&site)?))).transpose()
    }

    async fn enrol(&self, request: &Enrolling) -> Result<Enrolled> {
        let mut tx = self.begin().await?;
        let sql = "SELECT name, expires_at, failures, borne FROM enrolment_codes WHERE hash = ? AND site = ?";
        let code = sqlx::query(sql).bind(row::hash(&request.code)).bind(row::id(&request.site.0));
        let Some(code) = code.fetch_optional(&mut *tx).await? else {
            let sql = "UPDATE enrolment_codes SET failures = failures + 1 WHERE site = ? AND borne IS NULL";
            sqlx::query(sql).bind(row::id(&request.site.0)).execute(&mut *tx).await?;
            tx.commit().await?;
            return Ok(Enrolled::WrongCode);
        };
        if let Some(spent_by) = code.try_get::<Option<Vec<u8>>, _>("borne")? {
            return repeated(&mut tx, &spent_by, request).await;
        }
        let burned = code.try_get::<i64, _>("failures")? >= FAILURES_MAX;
        if burned || code.try_get::<i64, _>("expires_at")? <= request.at.as_millisecond() {
            return Ok(Enrolled::WrongCode);
        }
        let Some(series) = free_series(&mut tx, request).await? else {
            return Ok(Enrolled::NoSeriesLeft);
        };
        let name = code.try_get::<Option<String>, _>("name")?.unwrap_or_else(|| request.name.clone());
        let sql = "INSERT INTO origins (uuid, site, name, public_key, series, enrolled_at) VALUES (?, ?, ?, ?, ?, ?)";
        let insert = sqlx::query(sql).bind(row::id(&request.id.0)).bind(row::id(&request.site.0)).bind(name);
        let insert = insert.bind(request.public_key.0.as_slice()).bind(series.digit());
        insert.bind(request.at.as_millisecond()).execute(&mut *tx).await?;
        let spend = sqlx::query("UPDATE enrolment_codes SET borne = ? WHERE hash = ?").bind(row::id(&request.id.0));
        spend.bind(row::hash(&request.code)).execute(&mut *tx).await?;
        following::note_change(&mut tx, request.site, What::Bornes).await?;
        tx.commit().await?;
        Ok(Enrolled::Done { id: request.id, series })
    }

    async fn bornes(&self, site: SiteId) -> Result<Vec<Borne>> {
        let sql = select("WHERE site = ? AND public_key IS NOT NULL ORDER BY id");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::id(&site.0));
        query.fetch_all(&self.readers).await?.iter().map(borne).collect()
    }

    async fn borne(&self, id: OriginId) -> Result<Option<Borne>> {
        let sql = select("WHERE uuid = ? AND public_key IS NOT NULL");
        let found = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::id(&id.0)).fetch_optional(&self.readers).await?;
        found.as_ref().map(borne).transpose()
    }

    async fn revoke(&self, id: OriginId, at: Timestamp) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE origins SET revoked_at = ? WHERE uuid = ? AND revoked_at IS NULL AND public_key IS NOT NULL
                   RETURNING site";
        let query = sqlx::query_scalar(sql).bind(at.as_millisecond()).bind(row::id(&id.0));
        let site: Option<Vec<u8>> = query.fetch_optional(&mut *tx).await?;
        let Some(site) = site else {
            return Ok(false);
        };
        following::note_change(&mut tx, SiteId(row::uuid(&site)?), What::Bornes).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn claim_nonce(&self, id: OriginId, nonce: u64) -> Result<bool> {
        let sql = "UPDATE origins SET nonce = ?1 WHERE uuid = ?2 AND nonce < ?1";
        let query = sqlx::query(sql).bind(row::to_sql(nonce)).bind(row::id(&id.0));
        Ok(query.execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn keep_beats(&self, beats: &[Beat]) -> Result<()> {
        let row = |beat: &Beat| {
            (beat.borne.0.simple().to_string(), beat.nonce.map_or(-1, row::to_sql), beat.heard_at.as_millisecond())
        };
        let rows: Vec<(String, i64, i64)> = beats.iter().map(row).collect();
        let rows = serde_json::to_string(&rows).map_err(|e| sqlx::Error::Encode(e.into()))?;
        let sql = "UPDATE origins SET nonce = max(origins.nonce, beat.value ->> 1), heard_at = beat.value ->> 2
                   FROM json_each(?) AS beat WHERE origins.uuid = unhex(beat.value ->> 0)";
        sqlx::query(sql).bind(rows).execute(&self.writer).await?;
        Ok(())
    }
}

fn select(rest: &str) -> String {
    format!("SELECT {COLUMNS} FROM origins {rest}")
}

/// The reply may have been lost: the same key gets the same answer.
async fn repeated(tx: &mut Transaction<'_, Sqlite>, spent_by: &[u8], request: &Enrolling) -> Result<Enrolled> {
    let sql = "SELECT series FROM origins WHERE uuid = ? AND public_key = ? AND revoked_at IS NULL";
    let query = sqlx::query_scalar::<_, i64>(sql).bind(spent_by).bind(request.public_key.0.as_slice());
    match query.fetch_optional(&mut **tx).await? {
        Some(digit) => Ok(Enrolled::Done { id: OriginId(row::uuid(spent_by)?), series: row::series(digit)? }),
        None => Ok(Enrolled::WrongCode),
    }
}

/// The lowest series that nobody holds, nor held on this service day (rule R3).
async fn free_series(tx: &mut Transaction<'_, Sqlite>, request: &Enrolling) -> Result<Option<Series>> {
    let sql =
        "SELECT series FROM origins WHERE site = ? AND series IS NOT NULL AND (revoked_at IS NULL OR revoked_at >= ?)";
    let query = sqlx::query_scalar::<_, u8>(sql).bind(row::id(&request.site.0));
    let held: Vec<u8> = query.bind(request.day_begins.as_millisecond()).fetch_all(&mut **tx).await?;
    Ok(Series::bornes().find(|series| !held.contains(&series.digit())))
}

fn borne(found: &SqliteRow) -> Result<Borne> {
    let time = |column: &str| found.try_get::<Option<i64>, _>(column).map_err(StoreError::from);
    Ok(Borne {
        id: OriginId(row::uuid(found.try_get("uuid")?)?),
        site: SiteId(row::uuid(found.try_get("site")?)?),
        name: found.try_get("name")?,
        public_key: PublicKey(row::bytes32(found.try_get("public_key")?, "a key")?),
        series: row::series(found.try_get("series")?)?,
        enrolled_at: row::time(found.try_get("enrolled_at")?)?,
        revoked_at: time("revoked_at")?.map(row::time).transpose()?,
        quarantined_at: time("quarantined_at")?.map(row::time).transpose()?,
        hwm: row::from_sql(found.try_get("hwm")?),
    })
}
