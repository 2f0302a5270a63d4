//! What technicians ask of bornes, and what became of it.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{CommandId, OriginId};

use super::super::Result;
use super::NewCommand;

/// What technicians ask of bornes. Each is a [command](super::Commands) with a record of its own, which tells what became of
/// it, and is kept for a day.
#[async_trait]
pub trait Actions: Send + Sync + 'static {
    /// Keeps what is asked, with its command. False where the same was asked before, or another of its kind is open at the
    /// borne: nothing is kept then.
    async fn ask(&self, action: &NewAction) -> Result<bool>;

    /// Notes that a borne has taken commands.
    async fn take_actions(&self, borne: OriginId, taken: &[CommandId], at: Timestamp) -> Result<()>;

    /// Ends what was asked of a borne, with what became of it. None where that is not open, or its time is over.
    async fn end_action(
        &self,
        borne: OriginId,
        id: CommandId,
        at: Timestamp,
        outcome: &str,
        file: Option<&ActionFile>,
    ) -> Result<Option<Action>>;

    /// Ends what no borne has done in its time, as `outcome`. Each is answered once, whoever asks.
    async fn expire_actions(&self, now: Timestamp, outcome: &str) -> Result<Vec<Action>>;

    /// What was asked of a borne since an instant, newest first.
    async fn actions(&self, borne: OriginId, since: Timestamp) -> Result<Vec<Action>>;

    /// What a borne sent for something that was asked since an instant.
    async fn action_file(&self, borne: OriginId, id: CommandId, since: Timestamp) -> Result<Option<ActionFile>>;

    /// Erases what was asked before an instant, with what was sent for it; answers how many.
    async fn forget_actions(&self, before: Timestamp) -> Result<u64>;
}

/// Something to ask.
#[derive(Clone, Debug)]
pub struct NewAction {
    /// What is sent to the borne.
    pub command: NewCommand,
    /// What, for programs; one of a kind is open at a time.
    pub kind: &'static str,
    /// The account's name.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The command's identity.
    pub id: CommandId,
    /// Of whom.
    pub borne: OriginId,
    /// What, for programs.
    pub kind: String,
    /// By whom.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// From then on it is over.
    pub expires_at: Timestamp,
    /// When the borne had read it.
    pub taken_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What became of it.
    pub outcome: Option<String>,
    /// The type of what was sent for it.
    pub media: Option<String>,
}

/// What a borne sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionFile {
    /// Its type.
    pub media: String,
    /// What it is.
    pub bytes: Vec<u8>,
}
