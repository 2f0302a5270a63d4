//! Scanners from the cable to the event: serial ports by a pseudo-terminal, keyboards and raw HID under umockdev.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test ends it where something is wrong")]

#[cfg(not(feature = "virtual"))]
compile_error!("these tests need the virtual scanner: cargo test -p drivers --features virtual");

mod devices;
mod listening;
mod serial;
mod silence;
#[path = "../umockdev/mod.rs"]
mod umockdev;
