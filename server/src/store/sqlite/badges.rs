//! The staff's badges.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wire::ids::SiteId;
use wire::staff::{BadgeHash, MAX_BADGES, PinHash, StaffBadge};
use wire::token::Hash32;

use super::super::{BadgeOutcome, Badges, Result, What};
use super::{SqliteStore, following, row};

#[async_trait]
impl Badges for SqliteStore {
    async fn put_badge(&self, site: SiteId, badge: &StaffBadge) -> Result<BadgeOutcome> {
        let mut tx = self.begin().await?;
        let hash = row::hash(&badge.badge.0);
        let sql = "SELECT count(*) FROM badges WHERE site = ? AND label = ? AND badge <> ?";
        let taken = sqlx::query_scalar::<_, i64>(sql).bind(row::id(&site.0)).bind(&badge.label).bind(hash);
        if taken.fetch_one(&mut *tx).await? > 0 {
            return Ok(BadgeOutcome::LabelTaken);
        }
        let sql = "SELECT count(*), count(*) FILTER (WHERE badge = ?2) FROM badges WHERE site = ?1";
        let counts = sqlx::query_as::<_, (i64, i64)>(sql).bind(row::id(&site.0)).bind(hash);
        let (all, same) = counts.fetch_one(&mut *tx).await?;
        if same == 0 && row::from_sql(all) >= MAX_BADGES as u64 {
            return Ok(BadgeOutcome::Full);
        }
        let sql = "INSERT INTO badges (site, badge, pin, role, label, expires_at) VALUES (?, ?, ?, ?, ?, ?)
                   ON CONFLICT (site, badge) DO UPDATE SET pin = excluded.pin, role = excluded.role,
                   label = excluded.label, expires_at = excluded.expires_at";
        let insert = sqlx::query(sql).bind(row::id(&site.0)).bind(hash).bind(&badge.pin.0);
        let insert = insert.bind(row::badge_role_name(badge.role)?).bind(&badge.label);
        insert.bind(badge.expires.map(|at| at.as_millisecond())).execute(&mut *tx).await?;
        following::note_change(&mut tx, site, What::Bornes).await?;
        tx.commit().await?;
        Ok(if same == 0 { BadgeOutcome::Added } else { BadgeOutcome::Changed })
    }

    async fn remove_badge(&self, site: SiteId, label: &str) -> Result<bool> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("DELETE FROM badges WHERE site = ? AND label = ?").bind(row::id(&site.0)).bind(label);
        let removed = query.execute(&mut *tx).await?.rows_affected() == 1;
        following::note_change(&mut tx, site, What::Bornes).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn badges(&self, site: SiteId) -> Result<Vec<StaffBadge>> {
        let sql = "SELECT badge, pin, role, label, expires_at FROM badges WHERE site = ? ORDER BY label";
        let query = sqlx::query(sql).bind(row::id(&site.0));
        query.fetch_all(&self.readers).await?.iter().map(badge).collect()
    }
}

fn badge(found: &SqliteRow) -> Result<StaffBadge> {
    Ok(StaffBadge {
        badge: BadgeHash(Hash32(row::bytes32(found.try_get("badge")?, "a badge")?)),
        pin: PinHash(found.try_get("pin")?),
        role: row::badge_role(found.try_get("role")?)?,
        label: found.try_get("label")?,
        expires: found.try_get::<Option<i64>, _>("expires_at")?.map(row::time).transpose()?,
    })
}
