//! The watchdog: systemd restarts the borne when a core loop no longer turns, and the hardware restarts the machine when
//! systemd no longer does (`RuntimeWatchdogSec=` in systemd's own configuration; [`discover`] says whether it is set).
//!
//! A loop that the borne cannot do without, the screen's or the one that decides, takes a [`Heart`] and beats each time
//! it goes round. The service manager is told that the borne lives (`WATCHDOG=1`) while every heart has beaten within
//! half of the unit's `WatchdogSec=`. **A device's thread takes no heart**: a missing printer, a scanner that hangs or a
//! network that is down is shown and told, and restarts nothing.
//!
//! Without a service manager (`NOTIFY_SOCKET` is not set) nothing is sent and everything else works.

mod discovery;
mod notify;
mod vigil;

use std::ffi::OsStr;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

pub use discovery::{SYSFS, discover, discover_in};
use notify::{Notifier, one_line};
pub use vigil::{LoopId, Vigil};

/// Speaks to the service manager for the borne.
#[derive(Debug)]
pub struct Watchdog {
    shared: Arc<Shared>,
    /// Dropped to end the thread.
    pinging: Option<(Sender<()>, JoinHandle<()>)>,
}

#[derive(Debug)]
struct Shared {
    notifier: Option<Notifier>,
    timeout: Option<Duration>,
    vigil: Mutex<Vigil>,
    status: Mutex<String>,
}

impl Watchdog {
    /// As the service manager started this program: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    pub fn from_env() -> Self {
        Self::new(std::env::var_os("NOTIFY_SOCKET").as_deref(), sd_notify::watchdog_enabled())
    }

    /// With the address of a service manager, and the time after which it restarts a silent borne.
    pub fn new(address: Option<&OsStr>, timeout: Option<Duration>) -> Self {
        let notifier = address.and_then(|address| {
            Notifier::new(address)
                .inspect_err(|error| tracing::warn!(%error, "the service manager cannot be told anything"))
                .ok()
        });
        let timeout = timeout.filter(|timeout| !timeout.is_zero() && notifier.is_some());
        let vigil = Mutex::new(Vigil::new(timeout.unwrap_or(Duration::MAX) / 2));
        let shared = Arc::new(Shared { notifier, timeout, vigil, status: Mutex::default() });
        let pinging = timeout.and_then(|timeout| start_pinging(&shared, timeout));
        Self { shared, pinging }
    }

    /// Registers a core loop; from now on it has to beat.
    pub fn heart(&self, name: &str) -> Heart {
        let id = self.shared.vigil().register(name, Instant::now());
        Heart { shared: Arc::clone(&self.shared), id }
    }

    /// `READY=1`: the start is over. A unit of `Type=notify` counts as started from now on.
    pub fn ready(&self) {
        self.shared.send(&[NotifyState::Ready]);
    }

    /// `STATUS=…`: one line for `systemctl status`, without anything that concerns a visitor.
    pub fn status(&self, text: &str) {
        let line = one_line(text);
        self.shared.send(&[NotifyState::Status(&line)]);
        *self.shared.status.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }

    /// `STOPPING=1`: the borne ends as it should.
    pub fn stopping(&self) {
        self.shared.send(&[NotifyState::Stopping]);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.pinging.take() {
            drop(end);
            if thread.join().is_err() {
                tracing::error!("the thread of the watchdog panicked");
            }
        }
    }
}

/// The pulse of one core loop. A loop whose heart is dropped has died, and counts as stuck; one that is to end
/// [retires](Self::retire) it.
#[derive(Debug)]
pub struct Heart {
    shared: Arc<Shared>,
    id: LoopId,
}

impl Heart {
    /// The loop went round.
    pub fn beat(&self) {
        if self.shared.timeout.is_some() {
            self.shared.vigil().beat(self.id, Instant::now());
        }
    }

    /// How often a loop with nothing to do has to wake up to beat; `None` where nobody watches, and it may sleep.
    pub fn interval(&self) -> Option<Duration> {
        self.shared.timeout.map(|timeout| timeout / 8)
    }

    /// The loop ends because it is to end.
    pub fn retire(self) {
        self.shared.vigil().retire(self.id);
    }
}

impl Shared {
    fn vigil(&self) -> MutexGuard<'_, Vigil> {
        self.vigil.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, states: &[NotifyState<'_>]) {
        if let Some(Err(error)) = self.notifier.as_ref().map(|notifier| notifier.send(states)) {
            tracing::warn!(%error, "the service manager takes no message");
        }
    }

    /// Pings where every loop turns, and otherwise says which does not.
    fn look(&self, were_stuck: &mut Vec<String>) {
        let stuck: Vec<String> = self.vigil().stuck(Instant::now()).into_iter().map(str::to_owned).collect();
        if stuck != *were_stuck {
            let status = if stuck.is_empty() {
                tracing::info!("all core loops turn again");
                self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
            } else {
                tracing::error!(
                    loops = stuck.join(", "),
                    "core loops are stuck: the service manager will restart the borne"
                );
                one_line(&format!("stuck: {}", stuck.join(", ")))
            };
            self.send(&[NotifyState::Status(&status)]);
            were_stuck.clone_from(&stuck);
        }
        if stuck.is_empty() {
            self.send(&[NotifyState::Watchdog]);
        }
    }
}

fn start_pinging(shared: &Arc<Shared>, timeout: Duration) -> Option<(Sender<()>, JoinHandle<()>)> {
    let (end, ended) = mpsc::channel::<()>();
    let shared = Arc::clone(shared);
    // Twice as often as systemd asks for (sd_watchdog_enabled(3)): a ping that is late by half a period is none too late.
    let period = timeout / 4;
    let thread = std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        let mut were_stuck = Vec::new();
        loop {
            shared.look(&mut were_stuck);
            match ended.recv_timeout(period) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
    thread
        .inspect_err(
            |error| tracing::error!(%error, "no thread for the watchdog: the service manager will restart the borne"),
        )
        .ok()
        .map(|thread| (end, thread))
}
