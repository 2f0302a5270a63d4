//! What moves bytes to a printer and back; a new way to connect is one more implementation of [`Transport`].

mod serial;
mod tcp;
pub(crate) mod usb;

use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use serial::SerialTransport;
pub use tcp::TcpTransport;
pub use usb::UsbTransport;

use super::protocol::PortStatus;
use super::selector::PrinterSelector;

/// A way to reach one printer; the delivery connects again after each loss.
pub trait Transport: Send {
    /// Makes a link, or says why not within about that time. Nothing that the printer said before is read from it.
    fn connect(&mut self, timeout: Duration) -> io::Result<Link>;

    /// What this way to connect is like.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// From now on calls this whenever a device appears that may be the printer; it must not block.
    ///
    /// Called once, before the first [`Transport::connect`]; what never learns of such things does nothing.
    fn watch(&mut self, arrived: Arrived) {
        drop(arrived);
    }
}

/// Told that a device appeared.
pub type Arrived = Arc<dyn Fn() + Send + Sync>;

/// What a way to connect is like, as data: the delivery has no case of its own for any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Bytes a second, where the line is slow enough to lengthen a job's time.
    pub bytes_per_s: Option<u32>,
    /// An attempt to connect is a look at what is there: while the printer is absent, look this often.
    pub rescan: Option<Duration>,
}

/// Both directions of a link; each half serves one thread, so a slow read never holds up a write.
pub struct Link {
    /// Towards the printer.
    pub writer: Box<dyn LinkWriter>,
    /// From the printer.
    pub reader: Box<dyn LinkReader>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}

/// The half of a link that sends.
pub trait LinkWriter: Send {
    /// Sends what it can within that time and tells how many bytes were taken; 0: the printer ended the link.
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<usize, WriteError>;

    /// Waits until what was taken has left this machine; a link that keeps nothing back is done at once.
    ///
    /// `TimedOut`: not yet.
    fn flush(&mut self, timeout: Duration) -> Result<(), WriteError> {
        let _ = timeout;
        Ok(())
    }

    /// What the port itself says, beside the stream of bytes; `None` where it says nothing. An error: the link is lost.
    fn port_status(&mut self) -> io::Result<Option<PortStatus>> {
        Ok(None)
    }

    /// Ends the link and gives up what has not left this machine; the reader returns.
    fn close(&mut self);
}

/// Why a write took nothing, or cannot tell what it took.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Nothing was taken in time; the link lives.
    #[error("the printer takes no data")]
    TimedOut,
    /// The link is lost, and none of these bytes were taken.
    #[error("the link is lost")]
    Lost(#[source] io::Error),
    /// The link is lost, and some of these bytes may have been taken.
    #[error("the link was lost in the middle of a write")]
    LostAmid(#[source] io::Error),
}

/// For a system that either takes bytes and counts them, or fails and takes none.
impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        let lives =
            matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted);
        if lives { Self::TimedOut } else { Self::Lost(error) }
    }
}

/// The half of a link that receives.
pub trait LinkReader: Send {
    /// Waits for bytes; 0 or an error: the link is lost or closed.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Why a selector cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// This build has no virtual devices.
    #[error("virtual printers are not part of this build: use usb:, serial:/dev/NAME or tcp:HOST[:PORT]")]
    NoVirtual,
    /// The folder of a virtual printer, or its typeface, cannot be used.
    #[error("the virtual printer cannot start")]
    Virtual(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The transport a selector asks for.
pub(crate) fn transport_for(
    selector: &PrinterSelector,
    profile: &super::profile::Profile,
    fonts: &super::fonts::FontSource,
) -> Result<Box<dyn Transport>, TransportError> {
    match selector {
        PrinterSelector::Usb(which) => Ok(Box::new(UsbTransport::new(which.clone()))),
        PrinterSelector::Serial { path, baud, flow } => Ok(Box::new(SerialTransport::new(path.clone(), *baud, *flow))),
        PrinterSelector::Tcp { host, port } => Ok(Box::new(TcpTransport::new(host, *port))),
        #[cfg(feature = "virtual")]
        PrinterSelector::Virtual { folder } => {
            let options = crate::virtual_printer::VirtualOptions::of(profile, folder, fonts.clone());
            let transport = crate::virtual_printer::VirtualTransport::new(&options)
                .map_err(|error| TransportError::Virtual(Box::new(error)))?;
            Ok(Box::new(transport))
        }
        #[cfg(not(feature = "virtual"))]
        PrinterSelector::Virtual { .. } => {
            let _ = (profile, fonts);
            Err(TransportError::NoVirtual)
        }
    }
}
