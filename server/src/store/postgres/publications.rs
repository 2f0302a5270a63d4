//! Drafts and publications.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use wire::ids::{AgentRef, SiteId};

use super::super::{
    Draft, NewDraft, NewPublication, Publication, PublicationHead, PublicationKind, Publications, PublishOutcome,
    Result, What,
};
use super::{PostgresStore, following, in_turn, row};

/// One publication at a time: versions grow with the commits.
const PUBLISHING: &str = "publishing";

#[async_trait]
impl Publications for PostgresStore {
    async fn published_sites(&self) -> Result<Vec<SiteId>> {
        let sql = "SELECT DISTINCT site FROM publications WHERE kind = 'catalogue' ORDER BY site";
        let all: Vec<Uuid> = sqlx::query_scalar(sql).fetch_all(&self.pool).await?;
        Ok(all.into_iter().map(SiteId).collect())
    }

    async fn draft(&self, site: SiteId, kind: PublicationKind) -> Result<Draft> {
        let sql = "SELECT revision, body, edited_by, edited_at FROM drafts WHERE site = $1 AND kind = $2";
        let query = sqlx::query(sql).bind(site.0).bind(kind.as_str());
        let Some(found) = query.fetch_optional(&self.pool).await? else {
            return Ok(Draft::default());
        };
        Ok(Draft {
            revision: row::from_sql(found.try_get("revision")?),
            body: found.try_get("body")?,
            by: found.try_get::<Option<i64>, _>("edited_by")?.map(row::agent).transpose()?,
            at: Some(row::time(found.try_get("edited_at")?)?),
        })
    }

    async fn put_draft(&self, site: SiteId, kind: PublicationKind, seen: u64, draft: &NewDraft) -> Result<Option<u64>> {
        let sql = "INSERT INTO drafts (site, kind, revision, body, edited_by, edited_at) SELECT $1::uuid, $2::text, 1, $3::text, $4::bigint, $5::bigint
                   WHERE $6::bigint = 0 OR EXISTS (SELECT 1 FROM drafts WHERE site = $1 AND kind = $2)
                   ON CONFLICT (site, kind) DO UPDATE SET revision = drafts.revision + 1, body = excluded.body,
                       edited_by = excluded.edited_by, edited_at = excluded.edited_at WHERE drafts.revision = $6
                   RETURNING revision";
        let query = sqlx::query_scalar(sql).bind(site.0).bind(kind.as_str()).bind(draft.body.as_deref().map(row::text));
        let query = query.bind(draft.by.map(|by| i64::from(by.0))).bind(draft.at.as_millisecond());
        let revision: Option<i64> = query.bind(row::to_sql(seen)).fetch_optional(&self.pool).await?;
        Ok(revision.map(row::from_sql))
    }

    async fn publish(&self, site: SiteId, kind: PublicationKind, new: &NewPublication) -> Result<PublishOutcome> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, PUBLISHING).await?;
        let sql = "SELECT coalesce(max(version), -1) FROM publications WHERE site = $1 AND kind = $2";
        let newest = sqlx::query_scalar(sql).bind(site.0).bind(kind.as_str());
        let newest: i64 = newest.fetch_one(&mut *tx).await?;
        if newest >= row::to_sql(new.version) {
            return Ok(PublishOutcome::Overtaken);
        }
        let sql = "UPDATE drafts SET revision = revision + 1, body = NULL, edited_by = $3, edited_at = $4
                   WHERE site = $1 AND kind = $2 AND revision = $5";
        let given_up = sqlx::query(sql).bind(site.0).bind(kind.as_str());
        let given_up = given_up.bind(new.by.map(|AgentRef(by)| i64::from(by))).bind(new.at.as_millisecond());
        let given_up = given_up.bind(new.draft.map(row::to_sql)).execute(&mut *tx).await?.rows_affected();
        if new.draft.is_some() && given_up == 0 {
            return Ok(PublishOutcome::DraftChanged);
        }
        let sql =
            "INSERT INTO publications (site, kind, version, body, signature, valid_from, published_by, reason, at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let insert = sqlx::query(sql).bind(site.0).bind(kind.as_str()).bind(row::to_sql(new.version));
        let insert = insert.bind(row::text(&new.body)).bind(&new.signature).bind(new.valid_from.as_millisecond());
        let insert = insert.bind(new.by.map(|AgentRef(by)| i64::from(by))).bind(row::text(&new.reason));
        insert.bind(new.at.as_millisecond()).execute(&mut *tx).await?;
        following::note_change(&mut tx, site, What::Publications).await?;
        tx.commit().await?;
        Ok(PublishOutcome::Done)
    }

    async fn publication(&self, site: SiteId, kind: PublicationKind, version: u64) -> Result<Option<Publication>> {
        let sql = "SELECT * FROM publications WHERE site = $1 AND kind = $2 AND version = $3";
        let query = sqlx::query(sql).bind(site.0).bind(kind.as_str()).bind(row::to_sql(version));
        query.fetch_optional(&self.pool).await?.as_ref().map(publication).transpose()
    }

    async fn in_force(&self, site: SiteId, kind: PublicationKind, at: Timestamp) -> Result<Option<Publication>> {
        let sql = "SELECT * FROM publications WHERE site = $1 AND kind = $2 AND valid_from <= $3
                   ORDER BY version DESC LIMIT 1";
        let query = sqlx::query(sql).bind(site.0).bind(kind.as_str()).bind(at.as_millisecond());
        query.fetch_optional(&self.pool).await?.as_ref().map(publication).transpose()
    }

    async fn publications(&self, site: SiteId, kind: PublicationKind, most: u32) -> Result<Vec<PublicationHead>> {
        let sql = "SELECT version, valid_from, published_by, reason, at FROM publications WHERE site = $1 AND kind = $2
                   ORDER BY version DESC LIMIT $3";
        let query = sqlx::query(sql).bind(site.0).bind(kind.as_str()).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(head).collect()
    }
}

fn publication(found: &PgRow) -> Result<Publication> {
    let (body, signature) = (found.try_get("body")?, found.try_get("signature")?);
    Ok(Publication { head: head(found)?, body, signature })
}

fn head(found: &PgRow) -> Result<PublicationHead> {
    Ok(PublicationHead {
        version: row::from_sql(found.try_get("version")?),
        valid_from: row::time(found.try_get("valid_from")?)?,
        by: found.try_get::<Option<i64>, _>("published_by")?.map(row::agent).transpose()?,
        reason: found.try_get("reason")?,
        at: row::time(found.try_get("at")?)?,
    })
}
