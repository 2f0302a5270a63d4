//! The thread that finds, holds and reads a scanner. At rest it sleeps in poll(2) on the scanner and on its own bell.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::event::{ScannerEvent, ScannerFault};
use super::intake::Heard;
use super::options::ScannerOptions;
use super::selector::ScannerSelector;
use super::transport::{self, Link};

/// A scanner and the thread that serves it; dropping it ends the thread.
#[derive(Debug)]
pub struct Scanner {
    bell: Arc<OwnedFd>,
    ended: Mutex<Receiver<()>>,
}

/// Why a scanner cannot be served; one that is merely away is waited for.
#[derive(Debug, thiserror::Error)]
pub enum ScannerOpenError {
    /// The system gave no descriptor to wake the thread with.
    #[error("the scanner's thread cannot be woken: the system is out of descriptors")]
    Bell(#[source] io::Error),
    /// The system gave no thread.
    #[error("the scanner's thread cannot start: the system is out of threads or memory")]
    Thread(#[source] io::Error),
}

/// The thread did not end in time: the callback holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scanner's thread did not end in time: its callback does not return")]
pub struct ScannerStillRuns;

impl Scanner {
    /// Starts the thread and returns before the scanner is found.
    ///
    /// The first event is `Connected` or `Lost`. `events` is called from the thread and must not block.
    pub fn open(
        selector: ScannerSelector,
        options: ScannerOptions,
        events: impl Fn(ScannerEvent) + Send + 'static,
    ) -> Result<Self, ScannerOpenError> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|error| ScannerOpenError::Bell(error.into()))?;
        let bell = Arc::new(bell);
        let (ending, ended) = mpsc::channel();
        let supervisor =
            Supervisor { selector, options, events: Box::new(events), bell: Arc::clone(&bell), told: None };
        thread::Builder::new()
            .name("scanner".to_owned())
            .spawn(move || {
                supervisor.run();
                // Dropping the sender is what tells the end, also after a panic.
                drop(ending);
            })
            .map_err(ScannerOpenError::Thread)?;
        Ok(Self { bell, ended: Mutex::new(ended) })
    }

    /// Ends the thread and lets go of the scanner.
    pub fn shutdown(&self, within: Duration) -> Result<(), ScannerStillRuns> {
        self.ring();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match ended.recv_timeout(within) {
            Err(mpsc::RecvTimeoutError::Timeout) => Err(ScannerStillRuns),
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => Ok(()),
        }
    }

    fn ring(&self) {
        // It fails only where 2^64 - 1 rings are waiting: the thread wakes anyhow.
        let _already_rung = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.ring();
    }
}

struct Supervisor {
    selector: ScannerSelector,
    options: ScannerOptions,
    events: Box<dyn Fn(ScannerEvent) + Send>,
    bell: Arc<OwnedFd>,
    /// What was told last, while there is no scanner.
    told: Option<Arc<ScannerFault>>,
}

/// The scanner is no longer wanted.
struct Stopped;

impl Supervisor {
    fn run(mut self) {
        loop {
            let fault = match transport::open(&self.selector, &self.options) {
                Ok(link) => match self.serve(link) {
                    Ok(fault) => fault,
                    Err(Stopped) => return,
                },
                Err(fault) => fault,
            };
            self.lost(fault);
            if self.sleep().is_err() {
                return;
            }
        }
    }

    /// Reads until the link is lost, and says why.
    fn serve(&mut self, mut link: Box<dyn Link>) -> Result<ScannerFault, Stopped> {
        tracing::info!(device = %self.selector, name = link.name(), "the scanner is connected");
        self.told = None;
        (self.events)(ScannerEvent::Connected { name: link.name().to_owned() });
        loop {
            let wait = link.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let found = match self.wait(Some(link.as_ref()), wait) {
                Ok(found) => found?,
                Err(error) => return Ok(ScannerFault::Failed(error)),
            };
            let now = Instant::now();
            let mut heard = |what| self.tell(what, now);
            if found.contains(PollFlags::IN) {
                if let Err(error) = link.receive(now, &mut heard) {
                    return Ok(ScannerFault::Failed(error));
                }
            } else if !found.is_empty() {
                return Ok(ScannerFault::Failed(transport::ended()));
            }
            link.pause(now, &mut heard);
        }
    }

    /// Waits for the link, the bell or the end of that time, and says what the link has.
    fn wait(&self, link: Option<&dyn Link>, longest: Option<Duration>) -> io::Result<Result<PollFlags, Stopped>> {
        let longest = longest.and_then(|longest| Timespec::try_from(longest).ok());
        let mut waiting = vec![PollFd::new(&self.bell, PollFlags::IN)];
        if let Some(link) = link {
            waiting.push(PollFd::from_borrowed_fd(link.descriptor(), PollFlags::IN));
        }
        match poll(&mut waiting, longest.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Ok(PollFlags::empty())),
            Err(error) => return Err(error.into()),
        }
        let mut found = waiting.iter().map(PollFd::revents);
        let bell = found.next().unwrap_or(PollFlags::empty());
        Ok(if bell.is_empty() { Ok(found.next().unwrap_or(PollFlags::empty())) } else { Err(Stopped) })
    }

    /// Waits until it is time to look again.
    fn sleep(&self) -> Result<(), Stopped> {
        let until = Instant::now() + self.options.rescan;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            match self.wait(None, Some(left)) {
                Ok(found) => found.map(drop)?,
                // Without poll there is no bell: the thread ends rather than spins.
                Err(_) => return Err(Stopped),
            }
        }
    }

    fn tell(&self, what: Heard, at: Instant) {
        (self.events)(match what {
            Heard::Code(payload) => ScannerEvent::Code { payload, at },
            Heard::Unreadable(why) => {
                tracing::debug!(device = %self.selector, error = %why, "nothing whole was read");
                ScannerEvent::Unreadable { why, at }
            }
            Heard::Calibrated(calibration) => ScannerEvent::Calibrated(calibration),
        });
    }

    /// Tells that there is no scanner, once for each cause.
    fn lost(&mut self, fault: ScannerFault) {
        let fault = Arc::new(fault);
        if self.told.as_ref().is_some_and(|told| !fault.is_news_after(told)) {
            return;
        }
        tracing::warn!(device = %self.selector, error = &*fault as &dyn std::error::Error, "there is no scanner");
        self.told = Some(Arc::clone(&fault));
        (self.events)(ScannerEvent::Lost { why: fault });
    }
}
