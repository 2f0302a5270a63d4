//! The thread that watches the daemon.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::daemon::{Daemon, Sights, Wake, Watch};
use super::event::DaemonFault;
use super::reader::Message;
use super::selector::CardSelector;

/// From the first attempt to reach a daemon that is away to the second; doubles to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// An attempt costs one call to a socket that is not there.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// After a change the list of readers is asked for again this soon: before version 2.3 the daemon is silent of a reader
/// that comes between the list and the wait.
const FIRST_LOOK: Duration = Duration::from_millis(500);
/// The same when nothing changes.
const LONGEST_LOOK: Duration = Duration::from_secs(60);
/// A daemon that wakes the watch more often than this in a second, with nothing new, is asked less often.
const MOST_WAKES: u32 = 20;
/// How often the watch is woken until it has ended: a wake that comes just before it waits is lost.
const WAKE_EVERY: Duration = Duration::from_millis(20);
/// When waking it is given up.
const WAKE_FOR: Duration = Duration::from_secs(5);

/// Ends the watch.
#[derive(Debug)]
pub(super) struct Waker {
    shared: Arc<Shared>,
}

struct Shared {
    stopping: AtomicBool,
    /// Dropped, it ends a pause.
    pause: Mutex<Option<Sender<()>>>,
    /// Ends a wait for the daemon.
    wake: Mutex<Option<Wake>>,
    ended: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("stopping", &self.stopping).field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Waker {
    /// Ends the watch without waiting for it. A daemon that hangs can hold a wake up, so a thread of its own makes them.
    pub(super) fn stop(&self) {
        if self.shared.stopping.swap(true, Ordering::SeqCst) {
            return;
        }
        lock(&self.shared.pause).take();
        let shared = Arc::clone(&self.shared);
        let waking = thread::Builder::new().name("card-wake".to_owned()).spawn(move || {
            let since = Instant::now();
            while !shared.ended.load(Ordering::SeqCst) && since.elapsed() < WAKE_FOR {
                let wake = lock(&shared.wake).clone();
                if let Some(wake) = wake {
                    wake();
                }
                thread::sleep(WAKE_EVERY);
            }
        });
        if let Err(error) = waking {
            tracing::debug!(%error, "the watch over card readers ends at its next look");
        }
    }
}

/// The watch.
pub(super) struct Watcher {
    daemon: Arc<dyn Daemon>,
    selector: CardSelector,
    told: Sender<Message>,
    pauses: Receiver<()>,
    shared: Arc<Shared>,
}

impl Watcher {
    /// Starts the thread; `ending` is dropped when it ends.
    pub(super) fn start(
        daemon: Arc<dyn Daemon>,
        selector: CardSelector,
        told: Sender<Message>,
        ending: Sender<()>,
    ) -> std::io::Result<Waker> {
        let (pause, pauses) = mpsc::channel();
        let shared = Arc::new(Shared {
            stopping: AtomicBool::new(false),
            pause: Mutex::new(Some(pause)),
            wake: Mutex::new(None),
            ended: AtomicBool::new(false),
        });
        let waker = Waker { shared: Arc::clone(&shared) };
        let watcher = Self { daemon, selector, told, pauses, shared };
        thread::Builder::new().name("card-watch".to_owned()).spawn(move || {
            watcher.run();
            drop(ending);
        })?;
        Ok(waker)
    }

    fn run(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let fault = match self.daemon.watch().and_then(|mut watch| self.look(watch.as_mut())) {
                Ok(()) => return,
                Err(fault) => fault,
            };
            lock(&self.shared.wake).take();
            if self.told.send(Message::Lost(fault)).is_err() {
                return;
            }
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            if !self.pause(pause) {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Looks until it is told to stop.
    fn look(&self, watch: &mut dyn Watch) -> Result<(), DaemonFault> {
        *lock(&self.shared.wake) = Some(watch.waker());
        let mut known: Option<Sights> = None;
        let mut within = FIRST_LOOK;
        let mut wakes = 0;
        let mut second = Instant::now();
        while !self.stopping() {
            let began = Instant::now();
            let mut sights = watch.look(within)?;
            sights.retain(|(name, _)| self.selector.selects(name));
            if second.elapsed() > Duration::from_secs(1) {
                (wakes, second) = (0, Instant::now());
            }
            wakes += 1;
            if known.as_ref() == Some(&sights) {
                if began.elapsed() >= within {
                    within = (within * 2).min(LONGEST_LOOK);
                }
                if wakes > MOST_WAKES && !self.pause(FIRST_PAUSE) {
                    break;
                }
                continue;
            }
            within = FIRST_LOOK;
            if self.told.send(Message::Seen(sights.clone())).is_err() {
                break;
            }
            known = Some(sights);
        }
        Ok(())
    }

    fn stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::SeqCst)
    }

    /// Waits; `false` where it is time to end.
    fn pause(&self, pause: Duration) -> bool {
        matches!(self.pauses.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) && !self.stopping()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        lock(&self.shared.wake).take();
        if thread::panicking() {
            let fault = DaemonFault::Failed("the watch over it broke, start the borne again".to_owned());
            // The deciding thread may have ended.
            let _while_running = self.told.send(Message::Lost(fault));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
