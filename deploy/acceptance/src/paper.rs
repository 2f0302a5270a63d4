//! The ticket printer behind the machine's USB port: the same virtual printer as in every other test.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use drivers::printer::{FontSource, Profile};
use drivers::virtual_printer::{VirtualOptions, VirtualPrinter};

/// Prints until this process ends, and says what happens.
pub(crate) fn print(address: SocketAddr, folder: &Path, fonts: &Path) -> anyhow::Result<()> {
    let profile = Profile::load("epson-tm-t20iii")?;
    let options = VirtualOptions::of(&profile, folder, FontSource::new(fonts));
    let printer = VirtualPrinter::listen_at(address, &options, [])?;
    loop {
        let event = printer.events().recv().context("the printer has ended")?;
        crate::say(&format!("{event:?}"));
    }
}
