//! What agents tell the colleague who receives somebody next.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use wire::ids::{SiteId, TicketId};

use super::super::Result;

/// Notes on tickets. They are no events: they end with their service day ([`Retention`](super::Retention)).
#[async_trait]
pub trait Notes: Send + Sync + 'static {
    /// Keeps a note. The same one again, known by its identity, is kept once.
    async fn put_note(&self, site: SiteId, note: &Note) -> Result<()>;

    /// Every note on a site's ticket, in the order in which they were written.
    async fn notes_of(&self, site: SiteId, ticket: TicketId) -> Result<Vec<Note>>;
}

/// The longest note, in characters.
pub const NOTE_MAX: usize = 140;

/// A note on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// That of the form it was written in.
    pub id: Uuid,
    /// On which ticket.
    pub ticket: TicketId,
    /// At most [`NOTE_MAX`] characters.
    pub text: String,
    /// Who wrote it, as colleagues see the name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
