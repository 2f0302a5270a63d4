//! The scanner of QR codes and bar codes: what it reads becomes a [`ScannerEvent`], and nothing of it is kept.
//!
//! | transport | selector | characters | where a code ends |
//! |---|---|---|---|
//! | serial cable, or "USB COM" (CDC) | `serial:PATH[@BAUD]` | the bytes of the code, all of them | a suffix or a pause, by [`Framing`] |
//! | "USB HID POS" | `hidraw:VID:PID[:SERIAL]` | the bytes of the code, all of them | the scanner says so |
//! | a keyboard | `keyboard:VID:PID[:SERIAL]` | keys, read by a [`Layout`]; control characters as [`KeyDecoder`] tells | as for a serial cable |
//!
//! The first two are to be preferred: a 2D-Doc has GS (0x1D), RS and US between its fields, and a keyboard sends them
//! only where the scanner is set to send control characters as Ctrl and a key (Datalogic calls that "Control Character
//! 00") or as numbers with Alt. Others send arrows or function keys, which become SUB (0x1A). A configuration names the
//! layout, or the [`CALIBRATION`] code is scanned once and tells it, and whether GS gets through.
//!
//! # What it promises
//!
//! - A code is at most [`CODE_MAX`] bytes, and at most [`CODES_PER_SECOND_MAX`] are taken in a second. What exceeds
//!   that is dropped up to the next pause, and told once.
//! - Whatever a device sends, no part of it stands in a log, and a [`Payload`] is overwritten when it is dropped.
//! - The scanner is held by this program alone; a keyboard's keys never reach the screen.
//! - A scanner that is away is looked for every [`RESCAN`]. At rest the thread sleeps.
//!
//! ```no_run
//! use drivers::scanner::{Scanner, ScannerEvent, ScannerOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (sender, events) = std::sync::mpsc::channel();
//! let selector = "serial:/dev/serial/by-id/usb-Honeywell_Voyager-if00".parse()?;
//! let _scanner = Scanner::open(selector, ScannerOptions::default(), move |event| {
//!     let _nobody_listens = sender.send(event);
//! })?;
//! for event in events {
//!     if let ScannerEvent::Code { payload, .. } = event {
//!         assert!(!payload.as_bytes().is_empty());
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod calibration;
mod discover;
mod event;
mod framing;
mod hid_pos;
mod intake;
mod keys;
mod layout;
mod options;
mod selector;
mod supervision;
mod sysfs;
mod transport;
#[cfg(any(test, feature = "virtual"))]
mod typist;

pub use calibration::{CALIBRATION, Calibration, calibrate};
pub use discover::discover;
pub use event::{Payload, ScannerEvent, ScannerFault, Unreadable};
pub use framing::{CODE_MAX, CODES_PER_SECOND_MAX, Ending, Frame, Framer, Framing, NoEnding};
pub use hid_pos::{Chunk, ReportFormat};
pub use intake::{ByteIntake, Heard, KeyIntake, ReportIntake};
pub use keys::{KeyDecoder, Stroke};
pub use layout::{Layout, LayoutError};
pub use options::{RESCAN, ScannerOptions};
pub use selector::{ScannerSelector, ScannerSelectorError, UsbId};
pub use supervision::{Scanner, ScannerOpenError, ScannerStillRuns};
#[cfg(feature = "virtual")]
pub use typist::typed;
