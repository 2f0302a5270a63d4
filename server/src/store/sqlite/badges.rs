//! The staff's badges.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wire::ids::SiteId;
use wire::staff::{BadgeHash, MAX_BADGES, PinHash, StaffBadge, StaffRole};
use wire::token::Hash32;

use super::super::{BadgeOutcome, Result, StoreError};
use super::{SqliteStore, row};

impl SqliteStore {
    pub(super) async fn upsert_badge(&self, site: SiteId, badge: &StaffBadge) -> Result<BadgeOutcome> {
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
        let insert = insert.bind(name(badge.role)?).bind(&badge.label);
        insert.bind(badge.expires.map(|at| at.as_millisecond())).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(if same == 0 { BadgeOutcome::Added } else { BadgeOutcome::Changed })
    }

    pub(super) async fn delete_badge(&self, site: SiteId, label: &str) -> Result<bool> {
        let query = sqlx::query("DELETE FROM badges WHERE site = ? AND label = ?").bind(row::id(&site.0)).bind(label);
        Ok(query.execute(&self.writer).await?.rows_affected() == 1)
    }

    pub(super) async fn list_badges(&self, site: SiteId) -> Result<Vec<StaffBadge>> {
        let sql = "SELECT badge, pin, role, label, expires_at FROM badges WHERE site = ? ORDER BY label";
        let query = sqlx::query(sql).bind(row::id(&site.0));
        query.fetch_all(&self.readers).await?.iter().map(badge).collect()
    }
}

fn badge(found: &SqliteRow) -> Result<StaffBadge> {
    let hash: Vec<u8> = found.try_get("badge")?;
    let hash = hash.try_into().map_err(|_| StoreError::Unreadable { what: "a badge" })?;
    Ok(StaffBadge {
        badge: BadgeHash(Hash32(hash)),
        pin: PinHash(found.try_get("pin")?),
        role: role(found.try_get("role")?)?,
        label: found.try_get("label")?,
        expires: found.try_get::<Option<i64>, _>("expires_at")?.map(row::time).transpose()?,
    })
}

const fn name(role: StaffRole) -> Result<&'static str> {
    match role {
        StaffRole::Staff => Ok("staff"),
        StaffRole::Technician => Ok("technician"),
        StaffRole::Unknown => Err(StoreError::Unreadable { what: "a badge's role" }),
    }
}

fn role(text: &str) -> Result<StaffRole> {
    match text {
        "staff" => Ok(StaffRole::Staff),
        "technician" => Ok(StaffRole::Technician),
        _ => Err(StoreError::Unreadable { what: "a badge's role" }),
    }
}
