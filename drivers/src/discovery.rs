//! What a search for devices finds: one shape for all kinds, so that one table shows them.

use std::path::PathBuf;

/// The family of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// A ticket printer.
    Printer,
    /// A scanner of QR codes and bar codes.
    Scanner,
    /// A reader of smart cards.
    CardReader,
    /// A chip of general-purpose lines.
    Gpio,
    /// A hardware watchdog.
    Watchdog,
    /// A panel's backlight.
    Backlight,
}

/// A device that is there, whether or not it may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its family.
    pub kind: DeviceKind,
    /// What a configuration writes to choose it; read back, it gives the same device.
    pub selector: String,
    /// What it says it is: maker, model, serial number, as far as it tells.
    pub name: String,
    /// Firmware or model in its own words, where it was asked and answered.
    pub firmware: Option<String>,
    /// Whether this program may open it.
    pub access: Access,
}

/// Whether a device may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Granted,
    /// It may not, and this would change it.
    Forbidden {
        /// The file whose permissions refuse.
        node: PathBuf,
        /// The udev rule that is missing, in one line.
        rule: String,
    },
    /// Another program holds it.
    Busy {
        /// The file or name that is held.
        node: PathBuf,
    },
    /// It cannot be used for another cause, in words.
    Fault(String),
}
