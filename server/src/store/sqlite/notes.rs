//! What agents tell the colleague who receives somebody next.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wire::ids::{SiteId, TicketId};

use super::super::{Note, Notes, Result};
use super::{SqliteStore, row};

#[async_trait]
impl Notes for SqliteStore {
    async fn put_note(&self, site: SiteId, note: &Note) -> Result<()> {
        let sql = "INSERT INTO notes (id, site, ticket, text, author, at) VALUES (?, ?, ?, ?, ?, ?)
                   ON CONFLICT (id) DO NOTHING";
        let insert = sqlx::query(sql).bind(row::id(&note.id)).bind(row::id(&site.0)).bind(row::id(&note.ticket.0));
        let insert = insert.bind(&note.text).bind(&note.by).bind(note.at.as_millisecond());
        insert.execute(&self.writer).await?;
        Ok(())
    }

    async fn notes_of(&self, site: SiteId, ticket: TicketId) -> Result<Vec<Note>> {
        let sql = "SELECT id, ticket, text, author, at FROM notes WHERE site = ? AND ticket = ? ORDER BY at, id";
        let query = sqlx::query(sql).bind(row::id(&site.0)).bind(row::id(&ticket.0));
        query.fetch_all(&self.readers).await?.iter().map(note).collect()
    }
}

fn note(found: &SqliteRow) -> Result<Note> {
    Ok(Note {
        id: row::uuid(found.try_get("id")?)?,
        ticket: TicketId(row::uuid(found.try_get("ticket")?)?),
        text: found.try_get("text")?,
        by: found.try_get("author")?,
        at: row::time(found.try_get("at")?)?,
    })
}
