//! A printer without hardware: it understands the bytes it gets as a printer would and turns slips into pictures.
//!
//! It shares no code with the encoder, and stops, loudly, on a command it does not know: an error file beside the
//! slips, no more link, and the reason in [`crate::printer::PrinterStatus::link_fault`].

mod command;
mod device;
mod dry_run;
mod machine;
mod output;
mod page;
mod printer;
mod pty;
mod reaction;
mod script;
mod sensors;
mod shared;
mod sheet;
mod tcp;
mod transport;
mod typeface;
mod usb;
mod usb_bus;
mod usb_device;

use std::path::PathBuf;

#[cfg(test)]
pub(crate) use command::{Command, Parser};
#[cfg(test)]
pub(crate) use device::Device;
pub use dry_run::DryRun;
pub use printer::VirtualPrinter;
#[cfg(test)]
pub(crate) use reaction::{Order, Reaction};
pub use script::{Happening, Script, ScriptError, Step};
pub use transport::VirtualTransport;
pub use usb_bus::{UsbBusError, is_on_usb_bus, on_usb_bus, usb_bus};
pub use usb_device::UsbIdentity;

use crate::printer::{FontError, FontSource, Profile};

/// What it says it is (`GS I`, USB strings): the model whose ways it has.
const MAKER: &str = "EPSON";
const MODEL: &str = "TM-T20III";
const FIRMWARE: &str = "VIRTUAL";
const SERIAL: &str = "ACCUEIL-1";

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
    /// Bytes that the printer takes before it works on them; 4096 in a TM-T20III. At least 64, a USB packet.
    pub receive_buffer: usize,
}

impl VirtualOptions {
    /// A printer of that model.
    pub fn of(profile: &Profile, folder: impl Into<PathBuf>, fonts: FontSource) -> Self {
        Self {
            folder: folder.into(),
            width_dots: profile.width_dots,
            code_page: profile.code_page,
            fonts,
            receive_buffer: 4096,
        }
    }
}

/// What happens at a virtual printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VirtualEvent {
    /// A computer made a link: a network printer was called, a USB interface was claimed.
    Linked,
    /// The computer let it go.
    Unlinked,
    /// So many bytes came.
    Received {
        /// Bytes.
        bytes: usize,
    },
    /// A slip fell out.
    Cut {
        /// Its picture.
        picture: PathBuf,
    },
    /// The receive buffer is full: from now on no data is taken.
    Full,
    /// A USB printer is in the system's list.
    Attached,
    /// It is no more.
    Detached,
    /// A cut failed.
    CutterStuck,
    /// A step of the script, or a hand on the printer.
    Happened(Happening),
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
    /// No port, line, bus or thread.
    #[error("the virtual printer cannot be plugged in")]
    Plug(#[source] std::io::Error),
}
