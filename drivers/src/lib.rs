//! Devices of a reception kiosk: the ticket printer.

pub mod printer;
#[cfg(feature = "virtual")]
pub mod virtual_printer;
