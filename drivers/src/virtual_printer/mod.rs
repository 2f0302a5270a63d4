//! A printer without hardware: it understands the bytes it gets as a printer would and turns slips into pictures.
//!
//! It shares no code with the encoder, and stops, loudly, on a command it does not know: an error file beside the
//! slips, no more link, and the reason in [`crate::printer::PrinterStatus::link_fault`].

mod command;
mod listener;
mod machine;
mod output;
mod page;
mod sheet;
mod transport;
mod typeface;

use std::path::PathBuf;

pub use listener::{Fault, VirtualPrinter};
pub use transport::VirtualTransport;

use crate::printer::{FontError, FontSource};

/// What a virtual printer is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualOptions {
    /// Where `NNNN.png`, `NNNN.txt` (text form) and `NNNN.error.txt` appear; made when missing.
    pub folder: PathBuf,
    /// Printable dots across.
    pub width_dots: u16,
    /// The number `ESC t` gives to windows-1252.
    pub code_page: u8,
    /// What the printer's own font is drawn with.
    pub fonts: FontSource,
}

/// What happens at a virtual printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VirtualEvent {
    /// A computer made a link.
    Linked,
    /// So many bytes were read.
    Received {
        /// Bytes.
        bytes: usize,
    },
    /// A slip fell out.
    Cut {
        /// Its picture.
        picture: PathBuf,
    },
    /// It was told something that it does not know, and stopped.
    Failed {
        /// What, for a technician.
        reason: String,
    },
}

/// Why a virtual printer cannot start.
#[derive(Debug, thiserror::Error)]
pub enum VirtualError {
    /// The folder for the slips.
    #[error("cannot use the folder {folder} for slips: check that it can be made and written to", folder = folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The fonts.
    #[error(transparent)]
    Fonts(#[from] FontError),
    /// No port or thread for the listener.
    #[error("the virtual printer cannot listen")]
    Listen(#[source] std::io::Error),
}
