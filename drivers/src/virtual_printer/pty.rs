//! The virtual printer on a serial line: a pseudoterminal behind a link in the file system.
//!
//! A pseudoterminal carries bytes and nothing else. It has no DTR, DSR, RTS or CTS (asking for them fails), and ignores
//! speed and parity. A printer that takes no data therefore stops reading, as with hardware flow control; that a
//! program opened the port is seen in the file system, where a real printer would see DTR.

use std::fs::File;
use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, ioctl_tiocnxcl, tcflush, tcgetattr, tcsetattr};

use super::shared::{LinkNumber, PlugNumber, Port, Shared};

pub(super) struct PtyPort {
    node: PathBuf,
    /// Made before the cable is in for the first time, so that what fails is an error of the start.
    made: Option<Line>,
    plugged: Option<Plugged>,
    shared: Weak<Shared>,
}

/// Dropping it ends the thread that reads, and with that the line.
struct Plugged {
    master: Arc<File>,
    open: Arc<AtomicBool>,
    _stop: OwnedFd,
}

/// One pseudoterminal.
struct Line {
    master: Arc<File>,
    /// Held open, so that the line lasts between two programs.
    slave: File,
    /// Tells when a program opens or closes the slave.
    watch: OwnedFd,
    open: Arc<AtomicBool>,
}

impl PtyPort {
    pub(super) fn make(node: &Path, shared: Weak<Shared>) -> io::Result<Self> {
        let line = Line::make(node)?;
        Ok(Self { node: node.to_owned(), made: Some(line), plugged: None, shared })
    }

    fn serve(&mut self, plug: PlugNumber) -> io::Result<()> {
        let line = match self.made.take() {
            Some(line) => line,
            None => Line::make(&self.node)?,
        };
        let (stopped, stop) = pipe_with(PipeFlags::CLOEXEC)?;
        let (master, open) = (Arc::clone(&line.master), Arc::clone(&line.open));
        let shared = Weak::clone(&self.shared);
        thread::Builder::new().name("virtual-printer".to_owned()).spawn(move || {
            if let Some(shared) = shared.upgrade()
                && let Err(error) = line.carry(&stopped, plug, &shared)
            {
                tracing::debug!(%error, "the virtual printer's line ended");
            }
        })?;
        self.plugged = Some(Plugged { master, open, _stop: stop });
        Ok(())
    }
}

impl Port for PtyPort {
    fn plug_in(&mut self, plug: PlugNumber) {
        if let Err(error) = self.serve(plug) {
            tracing::error!(%error, node = %self.node.display(), "the virtual printer has no line again");
        }
    }

    fn unplug(&mut self) {
        if self.plugged.take().is_some()
            && let Err(error) = std::fs::remove_file(&self.node)
        {
            tracing::debug!(%error, "the virtual printer's node was gone");
        }
    }

    fn answer(&mut self, bytes: &[u8]) {
        // A port that nobody has opened keeps nothing.
        if let Some(line) = &self.plugged
            && line.open.load(Ordering::SeqCst)
            && let Err(error) = rustix::io::write(&*line.master, bytes)
        {
            tracing::debug!(%error, "a computer that does not read hears no answer");
        }
    }
}

impl Line {
    fn make(node: &Path) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())).to_owned();
        let slave = File::options().read(true).write(true).open(&path)?;
        let mut settings = tcgetattr(&slave)?;
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        inotify::add_watch(&watch, &path, WatchFlags::OPEN | WatchFlags::CLOSE)?;
        link_to(&path, node)?;
        Ok(Self { master: Arc::new(master.into()), slave, watch, open: Arc::default() })
    }

    /// Carries bytes until the cable is out.
    fn carry(self, stopped: &OwnedFd, plug: PlugNumber, shared: &Shared) -> io::Result<()> {
        let mut link = None;
        let mut buffer = [0; 4096];
        loop {
            let room = match link {
                None => 0,
                Some(link) => match shared.wait_for_room(link, None) {
                    None => return Ok(()),
                    Some(room) => room.min(buffer.len()),
                },
            };
            let wanted = if room == 0 { PollFlags::empty() } else { PollFlags::IN };
            let mut polled = [
                PollFd::from_borrowed_fd(stopped.as_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(self.watch.as_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(self.master.as_fd(), wanted),
            ];
            poll(&mut polled, None)?;
            if !polled[0].revents().is_empty() {
                return Ok(());
            }
            let readable = polled[2].revents().contains(PollFlags::IN);
            if !self.notice(plug, shared, &mut link)? {
                return Ok(());
            }
            if let Some(link) = link.filter(|_| readable) {
                let read = (&*self.master).read(&mut buffer[..room])?;
                if !shared.receive(link, &buffer[..read]) {
                    return Ok(());
                }
            }
        }
    }

    /// Notices programs that opened or closed the line; `false` when the cable is out.
    fn notice(&self, plug: PlugNumber, shared: &Shared, link: &mut Option<LinkNumber>) -> io::Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut news = inotify::Reader::new(self.watch.as_fd(), &mut buffer);
        loop {
            let event = match news.next() {
                Ok(event) => event.events(),
                Err(rustix::io::Errno::AGAIN) => return Ok(true),
                Err(error) => return Err(error.into()),
            };
            if event.contains(ReadFlags::OPEN) {
                self.open.store(true, Ordering::SeqCst);
                *link = shared.link_made(plug);
                if link.is_none() {
                    return Ok(false);
                }
            } else if event.intersects(ReadFlags::CLOSE_WRITE | ReadFlags::CLOSE_NOWRITE) {
                self.open.store(false, Ordering::SeqCst);
                if let Some(link) = *link {
                    shared.link_ended(link);
                }
                // What the last close of a port does, which this one is not: nothing unread stays, anybody may open it.
                tcflush(&self.slave, QueueSelector::IFlush)?;
                ioctl_tiocnxcl(&self.slave)?;
            }
        }
    }
}

/// Makes the link, or lets it lead elsewhere, in one step.
fn link_to(target: &Path, node: &Path) -> io::Result<()> {
    let mut fresh = node.as_os_str().to_owned();
    fresh.push(".new");
    std::os::unix::fs::symlink(target, &fresh)?;
    std::fs::rename(&fresh, node)
}
