//! What a technician's test is told of a scanner or a card reader: that it works, nothing of what was shown.

use drivers::card::CardEvent;
use drivers::scanner::ScannerEvent;
use kiosk_flow::codes::{Document, ScannedCode, classify};
use serde::{Deserialize, Serialize};

use crate::badges::{Badges, Begun};

/// Which device is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tested {
    /// The scanner.
    Scanner,
    /// The card readers.
    Card,
}

/// Something was shown to a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "seen")]
pub enum Seen {
    /// A code was read.
    Code {
        /// What it is to the borne.
        what: String,
        /// How long it is.
        bytes: usize,
    },
    /// Something was shown, but no whole code came.
    Unreadable {
        /// Why, and what to do.
        why: String,
    },
    /// The calibration code was read.
    Calibrated {
        /// What to write as `scanner.layout`, where the scanner poses as a keyboard.
        layout: Option<String>,
        /// Whether the separators of a 2D-Doc get through.
        separators: bool,
    },
    /// A card was put on a reader.
    Card {
        /// Which reader.
        reader: String,
        /// The keyed hash of its number, as `accueil-server badge add` takes it; none before the server sent its key.
        fingerprint: Option<String>,
        /// What it is to the borne.
        what: String,
    },
    /// A card gave no number.
    CardUnreadable {
        /// Which reader.
        reader: String,
        /// Why, and what to do.
        why: String,
    },
}

impl Seen {
    /// Of which device.
    #[must_use]
    pub const fn by(&self) -> Tested {
        match self {
            Self::Code { .. } | Self::Unreadable { .. } | Self::Calibrated { .. } => Tested::Scanner,
            Self::Card { .. } | Self::CardUnreadable { .. } => Tested::Card,
        }
    }

    /// What a scanner's event shows, if anything. `site_url` is the site's public address.
    #[must_use]
    pub fn by_scanner(event: &ScannerEvent, site_url: &str) -> Option<Self> {
        match event {
            ScannerEvent::Code { payload, .. } => {
                let bytes = payload.as_bytes();
                let what = in_words(&classify(bytes, site_url)).to_owned();
                Some(Self::Code { what, bytes: bytes.len() })
            }
            ScannerEvent::Unreadable { why, .. } => Some(Self::Unreadable { why: why.to_string() }),
            ScannerEvent::Calibrated(found) => {
                Some(Self::Calibrated { layout: found.layout.clone(), separators: found.separators })
            }
            ScannerEvent::Connected { .. } | ScannerEvent::Lost { .. } => None,
        }
    }

    /// What a reader's event shows, if anything.
    #[must_use]
    pub fn by_card(event: &CardEvent, badges: &Badges, now: jiff::Timestamp) -> Option<Self> {
        match event {
            CardEvent::CardInserted { reader, uid, .. } => Some(Self::Card {
                reader: reader.to_string(),
                fingerprint: badges.fingerprint(uid),
                what: match badges.begin(uid, now) {
                    Begun::Known => "a badge of this site: its PIN would be asked for".to_owned(),
                    Begun::Unknown => "no badge of this site".to_owned(),
                    Begun::Locked(time) => format!("a badge that is locked for {} s after wrong PINs", time.as_secs()),
                    Begun::NumberChanges => {
                        "a card that draws another number each time: it cannot be a badge".to_owned()
                    }
                    Begun::NoList => "read well; the server has not sent its list of badges yet".to_owned(),
                },
            }),
            CardEvent::CardUnreadable { reader, fault } => {
                Some(Self::CardUnreadable { reader: reader.to_string(), why: fault.to_string() })
            }
            CardEvent::Daemon(_)
            | CardEvent::Reader { .. }
            | CardEvent::ReaderGone { .. }
            | CardEvent::CardRemoved { .. } => None,
        }
    }
}

const fn in_words(code: &ScannedCode) -> &'static str {
    match code {
        ScannedCode::Appointment(_) => "an appointment's code",
        ScannedCode::Ticket(..) => "a ticket of this site",
        ScannedCode::PreRequest(_) => "the number of an ANTS pre-request",
        ScannedCode::ForAgent(Document::Proof | Document::Identity) => {
            "a document for an agent's eyes: nothing is kept"
        }
        ScannedCode::Refused(_) => "refused: nothing was read on, nothing is kept",
        ScannedCode::NotAcceptedHere => "read well, but not accepted here",
        ScannedCode::Unreadable => "read well, but nothing that anyone issues",
    }
}
