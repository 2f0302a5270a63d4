//! Plays a script, and what is appended to it.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;

use super::board::FakeBoard;
use super::script::{Step, parse};

/// A board and the thread that plays its script.
#[derive(Debug)]
pub(super) struct Player {
    board: FakeBoard,
    /// Closed to end the thread.
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Player {
    pub(super) fn start(script: &Path) -> io::Result<Self> {
        let board = FakeBoard::default();
        // Whoever waits for the first line of a script must not be told that it has none.
        for line in std::fs::read_to_string(script)?.lines() {
            if let Ok(Some(Step::Declare { name, output })) = parse(line) {
                board.declare(&name, output);
            }
        }
        let mut log = script.as_os_str().to_owned();
        log.push(".out");
        board.log_to(File::options().create(true).append(true).open(PathBuf::from(log))?);
        let grown = inotify::init(inotify::CreateFlags::CLOEXEC)?;
        inotify::add_watch(&grown, script, inotify::WatchFlags::MODIFY)?;
        let (wake, woken) = UnixStream::pair()?;
        let reader = Reader {
            script: BufReader::new(File::open(script)?),
            part: String::new(),
            line: 0,
            board: board.clone(),
            grown,
            woken,
        };
        let thread = std::thread::Builder::new().name("gpio-fake".to_owned()).spawn(move || reader.run())?;
        Ok(Self { board, wake: Some(wake), thread: Some(thread) })
    }

    pub(super) fn board(&mut self) -> &mut FakeBoard {
        &mut self.board
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.wake = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of a fake GPIO board panicked");
        }
    }
}

struct Reader {
    script: BufReader<File>,
    /// A line whose end is not written yet.
    part: String,
    line: usize,
    board: FakeBoard,
    grown: OwnedFd,
    woken: UnixStream,
}

impl Reader {
    fn run(mut self) {
        match self.play() {
            Ok(()) => {}
            Err(what) => self.board.fail(&what),
        }
    }

    /// Until woken, or until the script is wrong.
    fn play(&mut self) -> Result<(), String> {
        let unreadable = |error: io::Error| format!("the script can no longer be read: {error}");
        loop {
            let read = self.script.read_line(&mut self.part).map_err(unreadable)?;
            if !self.part.ends_with('\n') {
                if read == 0 && !self.wait(None).map_err(unreadable)? {
                    return Ok(());
                }
                continue;
            }
            let text = std::mem::take(&mut self.part);
            self.line += 1;
            let wrong = |what: String| format!("line {} of the script: {what}", self.line);
            let step = parse(&text).map_err(wrong)?;
            if let Some(Step::Wait(time)) = step {
                if !self.wait(Some(time)).map_err(unreadable)? {
                    return Ok(());
                }
            } else if let Some(step) = step {
                self.perform(step).map_err(wrong)?;
            }
        }
    }

    fn perform(&self, step: Step) -> Result<(), String> {
        match step {
            Step::Declare { name, output } => {
                if !self.board.has(&name, output) {
                    self.board.declare(&name, output);
                }
                Ok(())
            }
            Step::Set { name, level } => self.board.set(&name, level),
            Step::Bounce { name, level, count } => {
                for left in (0..=count).rev() {
                    self.board.set(&name, Some(if left % 2 == 0 { level } else { !level }))?;
                }
                Ok(())
            }
            Step::Unplug => {
                self.board.unplug();
                Ok(())
            }
            Step::Plug => {
                self.board.plug();
                Ok(())
            }
            Step::Wait(_) => Ok(()),
        }
    }

    /// Sleeps for a time, or until the script has grown; `false` when woken to end.
    fn wait(&self, time: Option<Duration>) -> io::Result<bool> {
        let end = time.map(|time| Instant::now() + time);
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let timeout = left.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
            let woken = PollFd::new(&self.woken, PollFlags::IN);
            let mut sources = [woken, PollFd::new(&self.grown, PollFlags::IN)];
            let watched = if time.is_some() { 1 } else { 2 };
            match poll(&mut sources[..watched], timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if !sources[0].revents().is_empty() {
                return Ok(false);
            }
            if time.is_none() && !sources[1].revents().is_empty() {
                rustix::io::read(&self.grown, &mut [0u8; 1024])?;
                return Ok(true);
            }
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(true);
            }
        }
    }
}
