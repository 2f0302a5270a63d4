//! Who did what.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use wire::ids::SiteId;
use wire::token::Hash32;

use super::super::{Audit, Result, StoreError};
use super::{PostgresStore, row};
use crate::audit::{Entry, Head, Labelled, Link};

#[async_trait]
impl Audit for PostgresStore {
    async fn append_audit(&self, entry: &Entry, label: Option<&Labelled>) -> Result<Head> {
        let mut tx = self.pool.begin().await?;
        let head = append(&mut tx, entry, label).await?;
        tx.commit().await?;
        Ok(head)
    }

    async fn audit_head(&self) -> Result<Head> {
        head(&sqlx::query("SELECT n, hash FROM audit_head").fetch_one(&self.pool).await?)
    }

    async fn audit_from(&self, n: u64, most: u32) -> Result<Vec<Link>> {
        let sql = "SELECT * FROM audit WHERE n >= $1 ORDER BY n LIMIT $2";
        let query = sqlx::query(sql).bind(row::to_sql(n)).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(link).collect()
    }

    async fn audit_before(&self, n: Option<u64>, site: Option<SiteId>, most: u32) -> Result<Vec<Link>> {
        let sql = "SELECT * FROM audit WHERE n < $1 AND ($2::uuid IS NULL OR site = $2) ORDER BY n DESC LIMIT $3";
        let query = sqlx::query(sql).bind(n.map_or(i64::MAX, row::to_sql));
        let query = query.bind(site.map(|site| site.0)).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(link).collect()
    }
}

/// Hangs an entry on the chain, with whatever else is committed.
pub(super) async fn append(connection: &mut PgConnection, entry: &Entry, label: Option<&Labelled>) -> Result<Head> {
    let last = sqlx::query("SELECT n, hash FROM audit_head FOR UPDATE").fetch_one(&mut *connection).await?;
    let link = Link::after(head(&last)?, entry, label);
    let sql = "INSERT INTO audit (n, at, actor, role, site, action, object, diff, label, salt, label_hash, prev, hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let insert = sqlx::query(sql).bind(row::to_sql(link.n)).bind(link.at_ms).bind(&link.actor).bind(&link.role);
    let insert = insert.bind(link.site.map(|site| site.0));
    let insert = insert.bind(&link.action).bind(&link.object).bind(&link.diff);
    let insert = insert.bind(link.label.as_ref().map(|labelled| labelled.label.as_str()));
    let insert = insert.bind(link.label.as_ref().map(|labelled| labelled.salt.as_slice()));
    let insert = insert.bind(link.label_hash.as_ref().map(|hash| hash.0.as_slice()));
    insert.bind(link.prev.0.as_slice()).bind(link.hash.0.as_slice()).execute(&mut *connection).await?;
    let update = sqlx::query("UPDATE audit_head SET n = $1, hash = $2");
    update.bind(row::to_sql(link.n)).bind(link.hash.0.as_slice()).execute(&mut *connection).await?;
    Ok(link.head())
}

fn head(found: &PgRow) -> Result<Head> {
    let n: i64 = found.try_get("n")?;
    Ok(Head { n: row::from_sql(n), hash: Hash32(row::bytes32(found.try_get("hash")?, "the audit chain's end")?) })
}

fn link(found: &PgRow) -> Result<Link> {
    let unreadable = || StoreError::Unreadable { what: "an audit entry" };
    let hash = |bytes: &[u8]| row::bytes32(bytes, "an audit entry's hash").map(Hash32);
    let site: Option<uuid::Uuid> = found.try_get("site")?;
    let (label, salt): (Option<String>, Option<Vec<u8>>) = (found.try_get("label")?, found.try_get("salt")?);
    let label = match (label, salt) {
        (Some(label), Some(salt)) => Some(Labelled { label, salt: salt.try_into().map_err(|_| unreadable())? }),
        (Some(_) | None, _) => None,
    };
    let label_hash: Option<Vec<u8>> = found.try_get("label_hash")?;
    let n: i64 = found.try_get("n")?;
    Ok(Link {
        n: row::from_sql(n),
        at_ms: found.try_get("at")?,
        actor: found.try_get("actor")?,
        role: found.try_get("role")?,
        site: site.map(SiteId),
        action: found.try_get("action")?,
        object: found.try_get("object")?,
        diff: found.try_get("diff")?,
        label,
        label_hash: label_hash.map(|bytes| hash(&bytes)).transpose()?,
        prev: hash(found.try_get("prev")?)?,
        hash: hash(found.try_get("hash")?)?,
    })
}
