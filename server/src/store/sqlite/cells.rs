//! Anonymous answers: counts of cells, in transactions of their own.

use async_trait::async_trait;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::survey::SurveyCell;

use super::super::{CellCount, Cells, Result};
use super::{SqliteStore, row};

#[async_trait]
impl Cells for SqliteStore {
    async fn add_cells(&self, site: SiteId, batch: Uuid, cells: &[SurveyCell]) -> Result<bool> {
        let mut tx = self.begin().await?;
        let first = sqlx::query("INSERT INTO survey_batches VALUES (?) ON CONFLICT DO NOTHING").bind(row::id(&batch));
        if first.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        for cell in cells {
            let sql = "INSERT INTO survey_cells (site, survey, service, period, vector, suspect, n)
                       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n";
            let service = cell.service.as_ref().map_or("", |s| s.as_str());
            let insert = sqlx::query(sql)
                .bind(row::id(&site.0))
                .bind(cell.survey.as_str())
                .bind(service)
                .bind(cell.half_day.to_string());
            let insert = insert.bind(cell.vector.to_string()).bind(cell.suspect).bind(cell.count);
            insert.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        // The log of changes would tell when each upload came.
        self.empty_wal().await;
        Ok(true)
    }

    async fn cells(&self, site: SiteId) -> Result<Vec<CellCount>> {
        let sql = "SELECT survey, service, period, vector, suspect, n FROM survey_cells WHERE site = ?
                   ORDER BY survey, service, period, vector, suspect";
        let rows: Vec<(String, String, String, String, bool, i64)> =
            sqlx::query_as(sql).bind(row::id(&site.0)).fetch_all(&self.readers).await?;
        let cell = |(survey, service, period, vector, suspect, n)| CellCount {
            survey,
            service,
            period,
            vector,
            suspect,
            count: row::from_sql(n),
        };
        Ok(rows.into_iter().map(cell).collect())
    }
}
