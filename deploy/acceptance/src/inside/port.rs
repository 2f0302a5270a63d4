//! The printer's end of a USB cable, by the kernel's printer gadget. Nobody may wait in its `read`: it holds a lock that its
//! `write` needs (Linux 6.1, drivers/usb/gadget/function/f_printer.c).

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use rustix::event::{PollFd, PollFlags, poll};

/// Carries until standard input ends.
pub(crate) fn carry(device: &Path) -> anyhow::Result<()> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits())?;
    let port = File::options().read(true).write(true).custom_flags(flags).open(device);
    let mut port = port.with_context(|| device.display().to_string())?;
    let (stdin, mut stdout) = (io::stdin(), io::stdout());
    let mut buffer = [0; 8192];
    loop {
        let (ours, theirs) = {
            let mut both = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(&port, PollFlags::IN)];
            poll(&mut both, None)?;
            (both[0].revents(), both[1].revents())
        };
        if theirs.contains(PollFlags::IN) {
            match port.read(&mut buffer) {
                Ok(read) => {
                    stdout.write_all(&buffer[..read])?;
                    stdout.flush()?;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(e.into()),
            }
        }
        if ours.intersects(PollFlags::IN | PollFlags::HUP) {
            let read = stdin.lock().read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            let mut rest = &buffer[..read];
            while !rest.is_empty() {
                match port.write(rest) {
                    Ok(written) => rest = &rest[written..],
                    // The computer does not listen now.
                    Err(e) if e.kind() == ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(5)),
                    Err(e) => return Err(e.into()),
                }
            }
        }
    }
}
