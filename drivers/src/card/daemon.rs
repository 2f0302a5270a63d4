//! What the drivers need of the daemon of card readers, so that a test can take its place.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::event::{CardFault, DaemonFault};

/// How a card is shared with other programs while it is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Others may talk to it in between. The number is asked for by one command, so nothing can come between.
    #[default]
    Shared,
    /// Nobody else may; fails while another program has the card.
    Exclusive,
}

/// How a card is left after it was talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leaving {
    /// As it is: the quickest, and a card without contacts is not woken a second time.
    #[default]
    AsItIs,
    /// Reset, so that the next program finds no application selected.
    Reset,
    /// Without power.
    Unpowered,
}

/// What is on a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// No card, or the reader is out of order.
    Empty,
    /// A card; the number grows with every card put on or taken off.
    Present(u16),
}

/// Every reader and what is on it.
pub(super) type Sights = Vec<(Arc<str>, Sight)>;

/// The daemon.
pub(super) trait Daemon: Send + Sync {
    /// Begins to watch readers.
    fn watch(&self) -> Result<Box<dyn Watch>, DaemonFault>;
    /// A way to talk to cards. It connects where it is used first.
    fn talk(&self) -> Box<dyn Talk>;
}

/// Watches all readers.
pub(super) trait Watch: Send {
    /// Waits for a change, `within` that time at most, and says how things are. The first call does not wait.
    fn look(&mut self, within: Duration) -> Result<Sights, DaemonFault>;
    /// Ends a `look` that waits, from another thread; does nothing where none does.
    fn waker(&self) -> Wake;
}

/// See [`Watch::waker`].
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Talks to one card at a time. Every call may block for as long as the card likes.
pub(super) trait Talk: Send {
    fn connect(&mut self, reader: &str, sharing: Sharing) -> Result<(), LinkFault>;
    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, LinkFault>;
    fn disconnect(&mut self, leaving: Leaving);
}

/// Why a step of an exchange failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LinkFault {
    /// It would perhaps work a moment later: a card that moves, another program that is about to end.
    Passing(CardFault),
    /// It would not.
    Lasting(CardFault),
}
