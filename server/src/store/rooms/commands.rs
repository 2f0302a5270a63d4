//! What bornes are asked to do.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{CommandId, OriginId};

use super::super::Result;

/// Commands on their way to bornes. A command may hold the secret of a ticket's link, so it is kept no longer than it is
/// needed: until its borne has answered, or until it ends.
#[async_trait]
pub trait Commands: Send + Sync + 'static {
    /// Keeps a command for a borne. The same one again changes nothing.
    async fn add_command(&self, command: &NewCommand) -> Result<()>;

    /// What a borne is still asked to do, oldest first.
    async fn open_commands(&self, borne: OriginId, now: Timestamp) -> Result<Vec<String>>;

    /// Lets go of commands that their borne has answered.
    async fn settle_commands(&self, borne: OriginId, answered: &[CommandId]) -> Result<()>;
}

/// A command to keep.
#[derive(Clone)]
pub struct NewCommand {
    /// Identity; UUIDv7, so that it tells the order.
    pub id: CommandId,
    /// Who is asked.
    pub borne: OriginId,
    /// The command as JSON.
    pub body: String,
    /// From then on it is asked for no more.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for NewCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCommand").field("id", &self.id).field("borne", &self.borne).finish_non_exhaustive()
    }
}
