//! The wall clock, and whether it may be trusted (rule R6). A board without a clock of its own wakes up in the past, and
//! a person may set any date: a number's service day must not follow either.

mod timekeeper;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

pub use timekeeper::{Moment, Reading, Timekeeper, Trust};

/// What the system's own time service leaves behind once it has set the clock (systemd-timesyncd(8)).
const NTP_MARK: &str = "/run/systemd/timesync/synchronized";

/// The wall clock, shared by all threads.
#[derive(Clone, Debug)]
pub struct Clock {
    keeper: Arc<Mutex<Timekeeper>>,
    begun: Instant,
    wrong_by: SignedDuration,
}

impl Default for Clock {
    fn default() -> Self {
        Self::on_a_machine_wrong_by(SignedDuration::ZERO)
    }
}

impl Clock {
    /// A machine whose own clock is wrong, for tests of what a borne makes of it.
    #[must_use]
    pub fn on_a_machine_wrong_by(wrong_by: SignedDuration) -> Self {
        let clock = Self { keeper: Arc::default(), begun: Instant::now(), wrong_by };
        // No system is older than the program that runs on it.
        clock.raise_floor(built_at());
        clock
    }

    /// Now, in milliseconds at the finest.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.read(|keeper, reading| keeper.now(reading))
    }

    /// The time outside a demonstration's play.
    #[must_use]
    pub fn real(&self) -> Timestamp {
        self.read(|keeper, reading| keeper.real(reading))
    }

    /// Now, with what it is worth.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.read(|keeper, reading| keeper.moment(reading))
    }

    /// Looks at what may have happened to the system's clock; to be called every few seconds.
    pub fn look(&self) {
        let set_by_ntp = Path::new(NTP_MARK).exists();
        self.read(|keeper, reading| keeper.look(reading, set_by_ntp));
    }

    /// The server's word on the time.
    pub fn confirm_by_server(&self, time: Timestamp) {
        self.read(|keeper, reading| keeper.confirm_by_server(reading, time));
    }

    /// A person on the spot says that the time shown is right.
    pub fn confirm_by_staff(&self) {
        self.read(|keeper, reading| keeper.confirm_by_staff(reading));
    }

    /// It cannot be earlier than this.
    pub fn raise_floor(&self, floor: Timestamp) {
        self.read(|keeper, reading| keeper.raise_floor(reading, floor));
    }

    /// The instant that has certainly passed, whatever is told from now on.
    #[must_use]
    pub fn passed(&self) -> Timestamp {
        self.read(|keeper, reading| keeper.passed(reading))
    }

    /// Moves the clock forward for everybody who shares it; only a demonstration does.
    pub fn advance(&self, by: SignedDuration) {
        self.read(|keeper, _| keeper.advance(by));
    }

    fn read<T>(&self, use_it: impl FnOnce(&mut Timekeeper, Reading) -> T) -> T {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let system = Timestamp::now().checked_add(self.wrong_by).unwrap_or(Timestamp::UNIX_EPOCH);
        let reading = Reading { system, monotonic: self.begun.elapsed() };
        use_it(&mut keeper, reading)
    }
}

/// When this program was built or packaged, as its file says.
fn built_at() -> Timestamp {
    let modified = std::env::current_exe().and_then(|path| path.metadata()).and_then(|file| file.modified());
    modified.ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_share_one_clock_and_a_demonstration_never_turns_it_back() {
        let (a, b) = (Clock::default(), Clock::default());
        let shared = a.clone();
        let before = shared.now();
        a.advance(SignedDuration::from_hours(15));
        a.advance(SignedDuration::from_hours(-1));
        assert!(shared.now() >= before + SignedDuration::from_hours(15));
        assert!(b.now() < before + SignedDuration::from_hours(1));
    }

    #[test]
    fn a_clock_is_never_older_than_its_program() {
        assert!(built_at() > "2026-01-01T00:00:00Z".parse().unwrap());
        assert!(Clock::default().now() >= built_at());
    }
}
