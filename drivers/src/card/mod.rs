//! Card readers: a card is put down and its number is told, so that a member of staff can be let in by card and PIN.
//!
//! Nothing else is asked of a card unless the site names an application of its own cards ([`Policy`]); health cards,
//! identity cards and payment cards cannot be named.
//!
//! | part | where | what it promises |
//! |---|---|---|
//! | commands and answers | [`apdu`] | pure; any bytes are read or refused, and every dialogue ends |
//! | what may be asked | [`Policy`], [`Script`], [`Aid`] | a list of what is allowed, held by types |
//! | readers and cards | [`CardReader`] | readers, cards and the daemon come and go; a card that never answers holds up nobody but its reader |
//! | search | [`discover()`] | readers that cannot be used are shown with what to do |
//!
//! A card's number can be copied, and some cards draw a new one each time: it says which badge is meant, never who holds
//! it.

pub mod apdu;
mod board;
mod daemon;
mod discover;
mod event;
mod link;
mod pcscd;
mod policy;
mod reader;
mod selector;
mod uid;
mod watch;

pub use daemon::{Leaving, Sharing};
pub use discover::discover;
pub use event::{CardEvent, CardFault, DaemonFault, TransmitError};
pub use policy::{Aid, AidError, Policy, Script, ScriptError};
pub use reader::{CardOpenError, CardOptions, CardReader, CardShutdownTimeout};
pub use selector::{CardSelector, CardSelectorError};
pub use uid::Uid;
