//! What a scanner tells.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use super::calibration::Calibration;

/// Something happened at the scanner. Told from the scanner's thread, whose callback must not block.
#[derive(Debug, Clone)]
pub enum ScannerEvent {
    /// A code was read.
    Code {
        /// What it says.
        payload: Payload,
        /// When its end arrived.
        at: Instant,
    },
    /// Something was shown, but no whole code arrived; nothing of it was kept.
    Unreadable {
        /// Why, for the technician.
        why: Unreadable,
        /// When it was given up.
        at: Instant,
    },
    /// The calibration code was read. Its findings hold until the scanner is opened again: write them down.
    Calibrated(Calibration),
    /// The scanner is there and held by this program alone.
    Connected {
        /// What it says it is.
        name: String,
    },
    /// There is no scanner, or no more; it is looked for every [`RESCAN`](super::RESCAN).
    Lost {
        /// Why, for the technician.
        why: Arc<ScannerFault>,
    },
}

/// The bytes of a code. They are overwritten when dropped and appear in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Zeroizing<Vec<u8>>);

impl Payload {
    pub(super) fn copied(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// What was read, without prefix and suffix. A keyboard wedge gives UTF-8, the others what the code contains.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payload(…)")
    }
}

/// Why what was shown gave no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unreadable {
    /// More than [`CODE_MAX`](super::CODE_MAX) bytes without an end.
    #[error("more bytes than any code holds came without an end: set the scanner's suffix to a line end")]
    TooLong,
    /// More than [`CODES_PER_SECOND_MAX`](super::CODES_PER_SECOND_MAX) codes within a second.
    #[error("more codes came than a hand can present: check that nothing else is plugged in as the scanner")]
    TooMany,
    /// It stopped in the middle, or the scanner sends no suffix.
    #[error("a code came without its end: set the scanner's suffix to a line end, or its ending to a pause")]
    NoEnding,
    /// The system dropped keys before they were read.
    #[error("keys were lost before they were read: present the code again")]
    BytesLost,
}

/// Why there is no scanner.
#[derive(Debug, thiserror::Error)]
pub enum ScannerFault {
    /// No such device is plugged in.
    #[error("the scanner is not there: check its cable and that its mode is that of the selector")]
    Absent,
    /// The system refuses.
    #[error("no permission for {node}: install the udev rule that `borne doctor` prints", node = node.display())]
    Forbidden {
        /// The file whose permissions refuse.
        node: PathBuf,
    },
    /// Another program holds it.
    #[error("another program holds {node}: stop it", node = node.display())]
    Busy {
        /// The file that is held.
        node: PathBuf,
    },
    /// It is no scanner of the kind that was asked for.
    #[error("{node} is no scanner of that kind: {problem}", node = node.display())]
    Unsuited {
        /// The file that was opened.
        node: PathBuf,
        /// What it lacks.
        problem: &'static str,
    },
    /// It was there and is gone, or fails.
    #[error("the scanner was unplugged or fails")]
    Failed(#[source] io::Error),
}

impl ScannerFault {
    /// False when whoever was told `before` learns nothing more: the same again, or that what was unplugged is away.
    pub(super) fn is_news_after(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Failed(_), Self::Absent) => false,
            (before, now) => std::mem::discriminant(before) != std::mem::discriminant(now),
        }
    }
}
