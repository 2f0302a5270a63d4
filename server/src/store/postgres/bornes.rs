//! Bornes: codes, enrolment, revocation.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;
use wire::enrolment::PublicKey;
use wire::ids::{OriginId, SiteId};
use wire::label::Series;
use wire::token::Hash32;

use super::super::{Beat, Borne, Bornes, Enrolled, Enrolling, FAILURES_MAX, OpenCode, Result, StoreError, What};
use super::{PostgresStore, following, in_turn, row};

const SELECT_ALL: &str = "SELECT uuid, site, name, public_key, series, enrolled_at, revoked_at, quarantined_at, hwm
    FROM origins WHERE site = $1 AND public_key IS NOT NULL ORDER BY id";
const SELECT_ONE: &str = "SELECT uuid, site, name, public_key, series, enrolled_at, revoked_at, quarantined_at, hwm
    FROM origins WHERE uuid = $1 AND public_key IS NOT NULL";

/// Held in the order in which batches hold them, so that neither waits for the other.
const BEAT: &str = "WITH held AS MATERIALIZED (
        SELECT id, uuid FROM origins WHERE uuid = ANY($1) ORDER BY uuid FOR UPDATE)
    UPDATE origins SET nonce = greatest(origins.nonce, beat.nonce), heard_at = beat.heard_at
    FROM held JOIN UNNEST($1::uuid[], $2::bigint[], $3::bigint[]) AS beat (uuid, nonce, heard_at) USING (uuid)
    WHERE origins.id = held.id";

#[async_trait]
impl Bornes for PostgresStore {
    async fn add_code(&self, site: SiteId, hash: Hash32, name: Option<&str>, expires_at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO enrolment_codes (hash, site, name, expires_at) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(sql).bind(hash.0.as_slice()).bind(site.0).bind(name.map(row::text));
        query.bind(expires_at.as_millisecond()).execute(&self.pool).await?;
        Ok(())
    }

    async fn open_codes(&self, site: SiteId, now: Timestamp) -> Result<Vec<OpenCode>> {
        let sql = "SELECT hash, name, expires_at FROM enrolment_codes
                   WHERE site = $1 AND borne IS NULL AND failures < $2 AND expires_at > $3 ORDER BY expires_at";
        let query = sqlx::query_as(sql).bind(site.0).bind(FAILURES_MAX).bind(now.as_millisecond());
        let found: Vec<(Vec<u8>, Option<String>, i64)> = query.fetch_all(&self.pool).await?;
        let code = |(hash, name, at): (Vec<u8>, Option<String>, i64)| {
            Ok(OpenCode { hash: Hash32(row::bytes32(&hash, "a code")?), name, expires_at: row::time(at)? })
        };
        found.into_iter().map(code).collect()
    }

    async fn cancel_code(&self, site: SiteId, hash: Hash32, now: Timestamp) -> Result<bool> {
        let sql = "DELETE FROM enrolment_codes WHERE hash = $1 AND site = $2 AND borne IS NULL AND expires_at > $3";
        let query = sqlx::query(sql).bind(hash.0.as_slice()).bind(site.0).bind(now.as_millisecond());
        Ok(query.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn site_of_code(&self, hash: Hash32) -> Result<Option<SiteId>> {
        let query = sqlx::query_scalar("SELECT site FROM enrolment_codes WHERE hash = $1").bind(hash.0.as_slice());
        Ok(query.fetch_optional(&self.pool).await?.map(SiteId))
    }

    /// One request a site at a time: two bornes must not be given one series.
    async fn enrol(&self, request: &Enrolling) -> Result<Enrolled> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, &format!("enrolment {}", request.site)).await?;
        let sql = "SELECT name, expires_at, failures, borne FROM enrolment_codes WHERE hash = $1 AND site = $2";
        let code = sqlx::query(sql).bind(request.code.0.as_slice()).bind(request.site.0);
        let Some(code) = code.fetch_optional(&mut *tx).await? else {
            let sql = "UPDATE enrolment_codes SET failures = failures + 1 WHERE site = $1 AND borne IS NULL";
            sqlx::query(sql).bind(request.site.0).execute(&mut *tx).await?;
            tx.commit().await?;
            return Ok(Enrolled::WrongCode);
        };
        if let Some(spent_by) = code.try_get::<Option<Uuid>, _>("borne")? {
            return repeated(&mut tx, spent_by, request).await;
        }
        let burned = code.try_get::<i64, _>("failures")? >= FAILURES_MAX;
        if burned || code.try_get::<i64, _>("expires_at")? <= request.at.as_millisecond() {
            return Ok(Enrolled::WrongCode);
        }
        let Some(series) = free_series(&mut tx, request).await? else {
            return Ok(Enrolled::NoSeriesLeft);
        };
        let name = code.try_get::<Option<String>, _>("name")?.unwrap_or_else(|| row::text(&request.name).into_owned());
        let sql = "INSERT INTO origins (uuid, site, name, public_key, series, enrolled_at)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let insert = sqlx::query(sql).bind(request.id.0).bind(request.site.0).bind(name);
        let insert = insert.bind(request.public_key.0.as_slice()).bind(i16::from(series.digit()));
        insert.bind(request.at.as_millisecond()).execute(&mut *tx).await?;
        let spend = sqlx::query("UPDATE enrolment_codes SET borne = $1 WHERE hash = $2").bind(request.id.0);
        spend.bind(request.code.0.as_slice()).execute(&mut *tx).await?;
        following::note_change(&mut tx, request.site, What::Bornes).await?;
        tx.commit().await?;
        Ok(Enrolled::Done { id: request.id, series })
    }

    async fn bornes(&self, site: SiteId) -> Result<Vec<Borne>> {
        sqlx::query(SELECT_ALL).bind(site.0).fetch_all(&self.pool).await?.iter().map(borne).collect()
    }

    async fn borne(&self, id: OriginId) -> Result<Option<Borne>> {
        let found = sqlx::query(SELECT_ONE).bind(id.0).fetch_optional(&self.pool).await?;
        found.as_ref().map(borne).transpose()
    }

    async fn revoke(&self, id: OriginId, at: Timestamp) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let sql = "UPDATE origins SET revoked_at = $1
                   WHERE uuid = $2 AND revoked_at IS NULL AND public_key IS NOT NULL RETURNING site";
        let query = sqlx::query_scalar(sql).bind(at.as_millisecond()).bind(id.0);
        let Some(site) = query.fetch_optional(&mut *tx).await? else {
            return Ok(false);
        };
        following::note_change(&mut tx, SiteId(site), What::Bornes).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn claim_nonce(&self, id: OriginId, nonce: u64) -> Result<bool> {
        let sql = "UPDATE origins SET nonce = $1 WHERE uuid = $2 AND nonce < $1";
        let query = sqlx::query(sql).bind(row::to_sql(nonce)).bind(id.0);
        Ok(query.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn keep_beats(&self, beats: &[Beat]) -> Result<()> {
        let query = sqlx::query(BEAT).bind(beats.iter().map(|beat| beat.borne.0).collect::<Vec<Uuid>>());
        let query = query.bind(beats.iter().map(|beat| beat.nonce.map_or(-1, row::to_sql)).collect::<Vec<i64>>());
        let query = query.bind(beats.iter().map(|beat| beat.heard_at.as_millisecond()).collect::<Vec<i64>>());
        query.execute(&self.pool).await?;
        Ok(())
    }
}

/// The reply may have been lost: the same key gets the same answer.
async fn repeated(tx: &mut PgConnection, spent_by: Uuid, request: &Enrolling) -> Result<Enrolled> {
    let sql = "SELECT series FROM origins WHERE uuid = $1 AND public_key = $2 AND revoked_at IS NULL";
    let query = sqlx::query_scalar::<_, i16>(sql).bind(spent_by).bind(request.public_key.0.as_slice());
    match query.fetch_optional(tx).await? {
        Some(digit) => Ok(Enrolled::Done { id: OriginId(spent_by), series: row::series(digit.into())? }),
        None => Ok(Enrolled::WrongCode),
    }
}

/// The lowest series that nobody holds, nor held on this service day (rule R3).
async fn free_series(tx: &mut PgConnection, request: &Enrolling) -> Result<Option<Series>> {
    let sql = "SELECT series FROM origins WHERE site = $1 AND series IS NOT NULL
               AND (revoked_at IS NULL OR revoked_at >= $2)";
    let query = sqlx::query_scalar::<_, i16>(sql).bind(request.site.0);
    let held: Vec<i16> = query.bind(request.day_begins.as_millisecond()).fetch_all(tx).await?;
    Ok(Series::bornes().find(|series| !held.contains(&series.digit().into())))
}

fn borne(found: &PgRow) -> Result<Borne> {
    let time = |column: &str| found.try_get::<Option<i64>, _>(column).map_err(StoreError::from);
    Ok(Borne {
        id: OriginId(found.try_get("uuid")?),
        site: SiteId(found.try_get("site")?),
        name: found.try_get("name")?,
        public_key: PublicKey(row::bytes32(found.try_get("public_key")?, "a key")?),
        series: row::series(found.try_get::<i16, _>("series")?.into())?,
        enrolled_at: row::time(found.try_get("enrolled_at")?)?,
        revoked_at: time("revoked_at")?.map(row::time).transpose()?,
        quarantined_at: time("quarantined_at")?.map(row::time).transpose()?,
        hwm: row::from_sql(found.try_get("hwm")?),
    })
}
