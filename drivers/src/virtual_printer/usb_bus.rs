//! A USB bus without hardware, for tests: `drivers/virtual/usb-printer`, compiled once, with the test that calls running
//! on it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the bus waits for models of printers; set for programs that run on it.
pub(super) const SOCKET: &str = "USB_PRINTER_SOCKET";

/// What umockdev says when it ends the program because a listener for events went away at the moment of one: a bug of 0.17
/// (github.com/martinpitt/umockdev/pull/254). It is the bus that failed, and nothing was tried.
const LISTENER_GONE: &str = "uevent_sender sendmsg_one: sendmsg failed: Connection refused";

/// So often a bus is made that fails so.
const BUSES: usize = 3;

/// Why there is no bus.
#[derive(Debug, thiserror::Error)]
pub enum UsbBusError {
    /// The compiler does not run or finds fault.
    #[error("the virtual USB bus cannot be compiled: install gcc, pkg-config and libumockdev-dev\n{0}")]
    Compile(String),
    /// The system refuses a file or a process.
    #[error("the virtual USB bus cannot start: install umockdev")]
    System(#[from] io::Error),
}

/// Runs a test on a bus of its own: the test's program is started again on one, for that test alone, and only there the
/// body runs. A body that panics fails the test here, with all it said.
///
/// `test` is the test's own name, as `cargo test` prints it.
pub fn on_usb_bus(test: &str, body: impl FnOnce()) -> Result<(), UsbBusError> {
    if is_on_usb_bus() {
        body();
        return Ok(());
    }
    let mut buses = 1;
    let (status, said) = loop {
        let mut again = usb_bus(&std::env::current_exe()?)?;
        let Output { status, stdout, stderr } = again.args(["--exact", test, "--nocapture"]).output()?;
        let said = [stdout, stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).join("\n");
        if status.success() || buses == BUSES || !said.contains(LISTENER_GONE) {
            break (status, said);
        }
        buses += 1;
    };
    assert!(status.success(), "on the virtual USB bus: {status}\n{said}");
    assert!(said.contains("1 passed"), "no test has the name {test}:\n{said}");
    Ok(())
}

/// Whether this program runs on such a bus.
pub fn is_on_usb_bus() -> bool {
    std::env::var_os(SOCKET).is_some()
}

/// What runs a program on a USB bus of its own; its arguments are still to be added.
pub fn usb_bus(program: &Path) -> Result<Command, UsbBusError> {
    let mut command = Command::new("umockdev-wrapper");
    command.arg(compiled()?).arg(program);
    Ok(command)
}

/// The bus, compiled beside this program unless it is there already and newer than its sources.
fn compiled() -> Result<PathBuf, UsbBusError> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("virtual/usb-printer");
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let bus = folder.join("usb-printer");
    let parts = ["main.c", "usbfs.c", "interface.c", "bridge.h", "interface.h"].map(|name| sources.join(name));
    let made = bus.metadata().and_then(|file| file.modified()).ok();
    let mut fresh = true;
    for part in &parts {
        let changed = part.metadata()?.modified()?;
        fresh &= made.is_some_and(|made| made > changed);
    }
    if fresh {
        return Ok(bus);
    }
    let flags = said(Command::new("pkg-config").args(["--cflags", "--libs", "umockdev-1.0"]))?;
    // Several tests may compile at once: each its own file, the last takes its place whole.
    let mine = folder.join(format!("usb-printer.{}.{:?}", std::process::id(), std::thread::current().id()));
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&mine);
    compiler.args(&parts[..3]).args(flags.split_whitespace());
    said(&mut compiler)?;
    std::fs::rename(&mine, &bus)?;
    Ok(bus)
}

/// Runs a program and answers what it said.
fn said(command: &mut Command) -> Result<String, UsbBusError> {
    let Output { status, stdout, stderr } =
        command.output().map_err(|error| UsbBusError::Compile(format!("{command:?}: {error}")))?;
    if !status.success() {
        return Err(UsbBusError::Compile(String::from_utf8_lossy(&stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}
