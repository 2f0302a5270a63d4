//! The staff's badges.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;
use wire::ids::SiteId;
use wire::staff::{BadgeHash, MAX_BADGES, PinHash, StaffBadge};
use wire::token::Hash32;

use super::super::{BadgeOutcome, Badges, Result, What};
use super::{PostgresStore, following, in_turn, row};

#[async_trait]
impl Badges for PostgresStore {
    async fn put_badge(&self, site: SiteId, badge: &StaffBadge) -> Result<BadgeOutcome> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, &format!("badges {site}")).await?;
        let hash = badge.badge.0.0.as_slice();
        let label = row::text(&badge.label);
        let sql = "SELECT count(*), count(*) FILTER (WHERE badge = $2),
                          count(*) FILTER (WHERE label = $3 AND badge <> $2) FROM badges WHERE site = $1";
        let counts = sqlx::query_as::<_, (i64, i64, i64)>(sql).bind(site.0).bind(hash).bind(&label);
        let (all, same, taken) = counts.fetch_one(&mut *tx).await?;
        if taken > 0 {
            return Ok(BadgeOutcome::LabelTaken);
        }
        if same == 0 && row::from_sql(all) >= MAX_BADGES as u64 {
            return Ok(BadgeOutcome::Full);
        }
        let sql = "INSERT INTO badges (site, badge, pin, role, label, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (site, badge) DO UPDATE SET pin = excluded.pin, role = excluded.role,
                   label = excluded.label, expires_at = excluded.expires_at";
        let insert = sqlx::query(sql).bind(site.0).bind(hash).bind(&badge.pin.0);
        let insert = insert.bind(row::badge_role_name(badge.role)?).bind(&label);
        insert.bind(badge.expires.map(|at| at.as_millisecond())).execute(&mut *tx).await?;
        following::note_change(&mut tx, site, What::Bornes).await?;
        tx.commit().await?;
        Ok(if same == 0 { BadgeOutcome::Added } else { BadgeOutcome::Changed })
    }

    async fn remove_badge(&self, site: SiteId, label: &str) -> Result<bool> {
        let query =
            sqlx::query("DELETE FROM badges WHERE site = $1 AND label = $2").bind(site.0).bind(row::text(label));
        let mut tx = self.pool.begin().await?;
        let removed = query.execute(&mut *tx).await?.rows_affected() == 1;
        following::note_change(&mut tx, site, What::Bornes).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn badges(&self, site: SiteId) -> Result<Vec<StaffBadge>> {
        let sql = "SELECT badge, pin, role, label, expires_at FROM badges WHERE site = $1 ORDER BY label";
        sqlx::query(sql).bind(site.0).fetch_all(&self.pool).await?.iter().map(badge).collect()
    }
}

fn badge(found: &PgRow) -> Result<StaffBadge> {
    Ok(StaffBadge {
        badge: BadgeHash(Hash32(row::bytes32(found.try_get("badge")?, "a badge")?)),
        pin: PinHash(found.try_get("pin")?),
        role: row::badge_role(found.try_get("role")?)?,
        label: found.try_get("label")?,
        expires: found.try_get::<Option<i64>, _>("expires_at")?.map(row::time).transpose()?,
    })
}
