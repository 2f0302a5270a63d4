//! Anonymous answers: counts of cells, in transactions of their own.

use async_trait::async_trait;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::survey::SurveyCell;

use super::super::{CellCount, Cells, Result};
use super::{PostgresStore, row};

/// Sorted, so that two uploads cannot wait for each other.
const COUNT: &str = "INSERT INTO survey_cells (site, survey, service, period, vector, suspect, n)
    SELECT $7, survey, service, period, vector, suspect, sum(n)::bigint
    FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[])
        AS cell (survey, service, period, vector, suspect, n)
    GROUP BY survey, service, period, vector, suspect
    ORDER BY survey COLLATE \"C\", service COLLATE \"C\", period COLLATE \"C\", vector COLLATE \"C\", suspect
    ON CONFLICT (site, survey, service, period, vector, suspect) DO UPDATE SET n = survey_cells.n + excluded.n";

#[async_trait]
impl Cells for PostgresStore {
    async fn add_cells(&self, site: SiteId, batch: Uuid, cells: &[SurveyCell]) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let first = sqlx::query("INSERT INTO survey_batches VALUES ($1) ON CONFLICT (batch) DO NOTHING").bind(batch);
        if first.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let all = |field: fn(&SurveyCell) -> String| cells.iter().map(field).collect::<Vec<String>>();
        let query = sqlx::query(COUNT)
            .bind(all(|cell| row::text(cell.survey.as_str()).into_owned()))
            .bind(all(|cell| cell.service.as_ref().map_or(String::new(), |service| service.as_str().to_owned())))
            .bind(all(|cell| cell.half_day.to_string()))
            .bind(all(|cell| cell.vector.to_string()))
            .bind(cells.iter().map(|cell| cell.suspect).collect::<Vec<bool>>())
            .bind(cells.iter().map(|cell| i64::from(cell.count)).collect::<Vec<i64>>())
            .bind(site.0);
        query.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn cells(&self, site: SiteId) -> Result<Vec<CellCount>> {
        let sql = "SELECT survey, service, period, vector, suspect, n FROM survey_cells WHERE site = $1
                   ORDER BY survey, service, period, vector, suspect";
        let rows: Vec<(String, String, String, String, bool, i64)> =
            sqlx::query_as(sql).bind(site.0).fetch_all(&self.pool).await?;
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
