//! What moves bytes to a printer and back; a new way to connect is one more implementation of [`Transport`].

mod tcp;

use std::io;
use std::time::Duration;

pub use tcp::TcpTransport;

use super::selector::PrinterSelector;

/// A way to reach one printer; the delivery connects again after each loss.
pub trait Transport: Send {
    /// Makes a link, or says why not within about that time.
    fn connect(&mut self, timeout: Duration) -> io::Result<Link>;
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
    /// Sends what it can within that time and tells how many bytes were taken.
    ///
    /// `TimedOut` or `WouldBlock`: none were taken and the link lives; any other error, or 0: the link is lost.
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<usize>;

    /// Ends the link; the reader returns.
    fn close(&mut self);
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
    #[error("virtual printers are not part of this build: use tcp:HOST[:PORT]")]
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
        PrinterSelector::Tcp { host, port } => Ok(Box::new(TcpTransport::new(host, *port))),
        #[cfg(feature = "virtual")]
        PrinterSelector::Virtual { folder } => {
            let options = crate::virtual_printer::VirtualOptions {
                folder: folder.clone(),
                width_dots: profile.width_dots,
                code_page: profile.code_page,
                fonts: fonts.clone(),
            };
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
