//! What a site asks of its bornes: kept until the borne has answered, signed when it is told.

use jiff::{SignedDuration, Timestamp};
use queue_engine::Received;
use uuid::Uuid;
use wire::command::{Command, PrintTicket, SignedCommand, What};
use wire::event::EventBody;
use wire::ids::{CommandId, OriginId, TicketId};

use crate::app::App;
use crate::site::Site;
use crate::store::{NewCommand, StoreError};

/// How long a paper is waited for: nobody stands at the desk for longer.
const PRINTED_WITHIN: SignedDuration = SignedDuration::from_mins(3);

impl Site {
    /// Asks a borne for a ticket's paper.
    pub(crate) async fn ask_to_print(&self, borne: OriginId, paper: PrintTicket) -> Result<(), StoreError> {
        let id = CommandId(Uuid::now_v7());
        let expires_at = self.clock.now() + PRINTED_WITHIN;
        let command = Command { id, expires_at, what: What::Print(paper) };
        let unreadable = |_| StoreError::Unreadable { what: "a command" };
        let body = serde_json::to_string(&command).map_err(unreadable)?;
        self.store.add_command(&NewCommand { id, borne, body, expires_at }).await
    }

    /// Whether a borne has still to say that it prints a ticket.
    pub(crate) async fn is_asked_to_print(&self, borne: OriginId, ticket: TicketId) -> Result<bool, StoreError> {
        let open = self.open_commands(borne, self.clock.now()).await?;
        Ok(open.iter().any(|command| matches!(&command.what, What::Print(paper) if paper.ticket == ticket)))
    }

    async fn open_commands(&self, borne: OriginId, now: Timestamp) -> Result<Vec<Command>, StoreError> {
        let open = self.store.open_commands(borne, now).await?;
        // What an earlier version of the server has kept, and this one cannot read, ends by itself.
        Ok(open.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
    }
}

/// Everything that a borne is asked to do, as it travels.
pub(crate) async fn of_borne(
    app: &App,
    site: &Site,
    borne: OriginId,
    now: Timestamp,
) -> Result<Vec<SignedCommand>, StoreError> {
    let open = site.open_commands(borne, now).await?;
    Ok(open.iter().map(|command| SignedCommand::seal(command, &borne, &app.key)).collect())
}

/// Lets go of what a borne has answered. Where that fails, the borne is told once more, and knows it.
pub(crate) async fn settle(site: &Site, borne: OriginId, events: &[Received]) -> Result<(), StoreError> {
    let answered: Vec<CommandId> = events
        .iter()
        .filter_map(|received| {
            if let EventBody::CommandAnswered { command, .. } = received.event.body { Some(command) } else { None }
        })
        .collect();
    if answered.is_empty() {
        return Ok(());
    }
    site.store.take_actions(borne, &answered, site.clock.now()).await?;
    site.store.settle_commands(borne, &answered).await
}
