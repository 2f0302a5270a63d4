//! Devices without hardware: a printer on a USB bus, a scanner on a serial line, a card on a real pcscd, scripted lines.
//!
//! The group is measured by this program run again, on a virtual USB bus and in a network apart, where all of them are
//! open at once. The virtual halves live in the same process, in threads of other names; the bus and pcscd in their own.

mod card;
mod printer;
mod rest;
mod scanner;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use drivers::virtual_card::{apart, is_apart};
use drivers::virtual_printer::{is_on_usb_bus, usb_bus};
use integration_tests::bench::Figure;

pub const GROUP: &str = "devices";

/// No event takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the group needs beside this program: a program or a file, and its Debian package.
const NEEDS: [(&str, &str); 4] = [
    ("umockdev-wrapper", "umockdev"),
    ("pcscd", "pcscd"),
    ("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "vsmartcard-vpcd"),
    ("ip", "iproute2"),
];
/// Where a system's own programs are, also where the user's path leaves them out.
const SYSTEM_PROGRAMS: [&str; 2] = ["/usr/sbin", "/sbin"];

/// Whether this program was started again to measure the group.
pub fn is_here() -> bool {
    is_apart() && is_on_usb_bus()
}

/// Starts this program again where [`is_here`] holds, and waits for it; it reports the group.
pub fn measure_apart() -> anyhow::Result<()> {
    check_needs()?;
    let bus = usb_bus(&std::env::current_exe()?)?;
    let mut arguments: Vec<&OsStr> = bus.get_args().collect();
    arguments.push(GROUP.as_ref());
    let ended = apart(Path::new(bus.get_program()), &arguments)?.status()?;
    anyhow::ensure!(ended.success(), "the group {GROUP} has no figures ({ended}): its reason stands above");
    Ok(())
}

fn check_needs() -> anyhow::Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).chain(SYSTEM_PROGRAMS.map(Into::into)).collect();
    for (what, package) in NEEDS {
        // A file's own path stays as it is when it is joined to a folder.
        anyhow::ensure!(
            folders.iter().any(|folder| folder.join(what).exists()),
            "the group {GROUP} cannot be measured without {what}: deploy/dev/setup bench installs it (Debian package \
             {package})"
        );
    }
    Ok(())
}

/// All figures; holds everything open until the last is taken.
pub fn figures(folder: &Path, fonts: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let printer = printer::Bench::open(place.path(), fonts)?;
    let scanner = scanner::Bench::open(place.path())?;
    let cards = card::Bench::open(place.path())?;
    let mut figures = printer.figures()?;
    figures.push(scanner.lines()?);
    figures.push(cards.numbers()?);
    let _lines = rest::Lines::open()?;
    figures.push(rest::processor()?);
    Ok(figures)
}

/// Milliseconds, as the figures have them.
fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
