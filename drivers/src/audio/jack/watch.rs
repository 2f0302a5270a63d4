//! The thread that watches the jack. At rest it sleeps in poll(2) on the jack and on its own bell.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::{JackError, JackEvent, JackOptions, JackSelector, Source};
use crate::gpio::{Debounce, Settle};

/// Watches a jack on a thread of its own until it is dropped; what is away is waited for.
#[derive(Debug)]
pub struct JackWatch {
    bell: Arc<OwnedFd>,
}

impl JackWatch {
    /// Starts the thread; fails only where the system has no thread or descriptor left.
    ///
    /// `events` is called from the thread and must not block. The first tells how it is at the start.
    pub fn open(
        selector: JackSelector,
        options: JackOptions,
        events: impl FnMut(JackEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let watcher = Watcher { selector, options, events, bell: Arc::clone(&bell), told: Told::Nothing };
        thread::Builder::new().name("headset".to_owned()).spawn(move || watcher.run())?;
        Ok(Self { bell })
    }
}

impl Drop for JackWatch {
    fn drop(&mut self) {
        // It fails only where 2^64 - 1 rings are waiting: the thread wakes anyhow.
        let _already_rung = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

struct Watcher<F> {
    selector: JackSelector,
    options: JackOptions,
    events: F,
    bell: Arc<OwnedFd>,
    told: Told,
}

/// What was told last.
#[derive(PartialEq, Eq)]
enum Told {
    Nothing,
    Level(bool),
    Lost(String),
}

/// The watch is no longer wanted.
struct Stopped;

impl<F: FnMut(JackEvent)> Watcher<F> {
    fn run(mut self) {
        loop {
            let why = match super::open(&self.selector, &self.options) {
                Ok(source) => match self.serve(source) {
                    Ok(why) => why,
                    Err(Stopped) => return,
                },
                Err(why) => why,
            };
            self.lost(why);
            if self.sleep().is_err() {
                return;
            }
        }
    }

    /// Watches until the source is lost, and says why.
    fn serve(&mut self, mut source: Box<dyn Source>) -> Result<JackError, Stopped> {
        let mut level = source.present();
        self.tell(level);
        let settle = Settle { active: self.options.settle, inactive: Duration::ZERO };
        let mut debounce = Debounce::new(settle, level);
        loop {
            let due = debounce.due().map(|due| due.saturating_duration_since(Instant::now()));
            let longest = due.into_iter().chain(source.period()).min();
            if let Err(error) = self.wait(&source.descriptors(), longest) {
                return error.map(|error| JackError::Failed { jack: self.selector.clone(), what: error.to_string() });
            }
            let mut changes = Vec::new();
            let ended = source.changes(&mut |active, at| {
                if active != level {
                    level = active;
                    changes.extend(debounce.edge(active, at));
                    changes.extend(debounce.tick(at));
                }
            });
            changes.extend(debounce.tick(Instant::now()));
            for change in changes {
                self.tell(change);
            }
            if let Err(why) = ended {
                return Ok(why);
            }
        }
    }

    /// Waits for one of the descriptors, the bell or the end of that time.
    fn wait(
        &self,
        descriptors: &[std::os::fd::BorrowedFd<'_>],
        longest: Option<Duration>,
    ) -> Result<(), Result<io::Error, Stopped>> {
        let longest = longest.and_then(|longest| Timespec::try_from(longest).ok());
        let mut waiting = vec![PollFd::new(&self.bell, PollFlags::IN)];
        waiting.extend(descriptors.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)));
        match poll(&mut waiting, longest.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(Ok(error.into())),
        }
        let rung = waiting.first().is_some_and(|bell| !bell.revents().is_empty());
        if rung { Err(Err(Stopped)) } else { Ok(()) }
    }

    /// Waits until it is time to look again.
    fn sleep(&self) -> Result<(), Stopped> {
        let until = Instant::now() + self.options.rescan;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            // Without poll there is no bell: the thread ends rather than spins.
            self.wait(&[], Some(left)).map_err(|_| Stopped)?;
        }
    }

    fn tell(&mut self, level: bool) {
        if self.told == Told::Level(level) {
            return;
        }
        self.told = Told::Level(level);
        tracing::debug!(device = %self.selector, headset = level, "the headset");
        (self.events)(if level { JackEvent::HeadsetIn } else { JackEvent::HeadsetOut });
    }

    fn lost(&mut self, why: JackError) {
        let told = Told::Lost(why.to_string());
        if self.told == told {
            return;
        }
        self.told = told;
        tracing::warn!(device = %self.selector, error = %why, "nothing is known of the headset");
        (self.events)(JackEvent::Lost { why });
    }
}
