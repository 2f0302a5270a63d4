//! What agents tell the colleague who receives somebody next.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;
use wire::ids::{SiteId, TicketId};

use super::super::{Note, Notes, Result};
use super::{PostgresStore, row};

#[async_trait]
impl Notes for PostgresStore {
    async fn put_note(&self, site: SiteId, note: &Note) -> Result<()> {
        let sql = "INSERT INTO notes (id, site, ticket, text, author, at) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (id) DO NOTHING";
        let insert = sqlx::query(sql).bind(note.id).bind(site.0).bind(note.ticket.0).bind(row::text(&note.text));
        let insert = insert.bind(row::text(&note.by)).bind(note.at.as_millisecond());
        insert.execute(&self.pool).await?;
        Ok(())
    }

    async fn notes_of(&self, site: SiteId, ticket: TicketId) -> Result<Vec<Note>> {
        let sql = "SELECT id, ticket, text, author, at FROM notes WHERE site = $1 AND ticket = $2 ORDER BY at, id";
        let query = sqlx::query(sql).bind(site.0).bind(ticket.0);
        query.fetch_all(&self.pool).await?.iter().map(note).collect()
    }
}

fn note(found: &PgRow) -> Result<Note> {
    Ok(Note {
        id: found.try_get("id")?,
        ticket: TicketId(found.try_get("ticket")?),
        text: found.try_get("text")?,
        by: found.try_get("author")?,
        at: row::time(found.try_get("at")?)?,
    })
}
