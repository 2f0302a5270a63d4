//! What readers and cards do, and what goes wrong with them, in words for a technician.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::apdu::{DialogueError, StatusWord};
use super::uid::Uid;

/// What happens at the readers, in order.
#[derive(Debug, Clone)]
pub enum CardEvent {
    /// The daemon of card readers answers, or no longer does; then there are no readers until it is back.
    Daemon(Result<(), DaemonFault>),
    /// A reader is there.
    Reader {
        /// What the daemon calls it.
        name: Arc<str>,
    },
    /// A reader is gone, and its card with it.
    ReaderGone {
        /// What the daemon called it.
        name: Arc<str>,
    },
    /// A card was put on a reader and gave its number.
    CardInserted {
        /// Which reader.
        reader: Arc<str>,
        /// Its number.
        uid: Uid,
        /// When the daemon told of the card.
        at: Instant,
    },
    /// A card was put on a reader and gave no number. Nothing more comes of it until it is taken away.
    CardUnreadable {
        /// Which reader.
        reader: Arc<str>,
        /// Why.
        fault: CardFault,
    },
    /// The card was taken away; told of cards that one of the two events before told of.
    CardRemoved {
        /// Which reader.
        reader: Arc<str>,
    },
}

/// Why the daemon of card readers cannot be used; the text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DaemonFault {
    /// It is not installed, not running, or it has ended.
    #[error(
        "the daemon of card readers does not answer: install it (apt install pcscd) and start it (systemctl enable --now \
         pcscd.socket)"
    )]
    NotRunning,
    /// It runs and refuses this user.
    #[error(
        "the daemon of card readers refuses this user: allow the borne's user org.debian.pcsc-lite.access_pcsc and \
         org.debian.pcsc-lite.access_card in a rule of polkit (/etc/polkit-1/rules.d)"
    )]
    Refused,
    /// It says something else.
    #[error("the daemon of card readers failed ({0}): look at its log (journalctl -u pcscd)")]
    Failed(String),
}

/// Why a card could not be talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardFault {
    /// No answer in time. The reader is of no use until the card is taken away or answers.
    #[error("the card did not answer within {} ms", .0.as_millis())]
    TooSlow(Duration),
    /// It was taken away.
    #[error("the card was taken away before it had answered: leave it on the reader")]
    Gone,
    /// Not a card, upside down, or broken.
    #[error("the card does not answer its reader: turn it over, or try another")]
    Mute,
    /// Another program.
    #[error("another program holds the card: stop it (pcsc_scan, a browser, a signature program)")]
    Held,
    /// It, or its reader, has no number to give.
    #[error("the reader gives no number of this card (status {0})")]
    NoNumber(StatusWord),
    /// A number that no card has.
    #[error("the reader gave a number of {0} bytes, which no card has")]
    OddNumber(usize),
    /// Not an answer in the sense of ISO/IEC 7816-4.
    #[error("the card's answer cannot be read")]
    Garbage(#[from] DialogueError),
    /// The daemon.
    #[error(transparent)]
    Daemon(#[from] DaemonFault),
    /// What else the daemon says.
    #[error("the card could not be talked to ({0})")]
    Failed(String),
}

/// Why nothing was read from a card's application.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransmitError {
    /// The configuration does not name the application.
    #[error("the application is not among those that this kiosk may read")]
    NotPermitted,
    /// Nothing to talk to.
    #[error("there is no card that gave its number on this reader")]
    NoCard,
    /// An exchange is under way, or one before never came to its end.
    #[error("the card is busy with another exchange: take it away and put it back")]
    Busy,
    /// The card.
    #[error(transparent)]
    Card(#[from] CardFault),
    /// [`super::CardReader::shutdown`] was called.
    #[error("the card readers were shut down: open them again")]
    Closed,
}
