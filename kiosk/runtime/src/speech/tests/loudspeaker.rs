//! A loudspeaker that takes sound at the speed at which it plays it, and shows what it was given.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use drivers::audio::{Playback, SoundError, SoundOutput, SoundSelector};

use super::super::RATE;
use super::DEADLINE;

/// Its clones are one.
#[derive(Clone, Default)]
pub(super) struct Loudspeaker(Arc<State>);

#[derive(Default)]
struct State {
    shown: Mutex<Shown>,
    changed: Condvar,
}

/// What it shows.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) given: Vec<i16>,
    pub(super) openings: usize,
    pub(super) open: bool,
    pub(super) broken: bool,
    silenced: Option<Instant>,
}

struct Playing {
    state: Arc<State>,
    begun: Instant,
    taken: usize,
}

impl Loudspeaker {
    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.shown.lock().unwrap()
    }

    /// What it was given since it was last asked.
    pub(super) fn take(&self) -> Vec<i16> {
        std::mem::take(&mut self.shown().given)
    }

    /// Waits until it shows that.
    pub(super) fn until(&self, wanted: impl Fn(&Shown) -> bool) -> MutexGuard<'_, Shown> {
        let waited = self.0.changed.wait_timeout_while(self.shown(), DEADLINE, |shown| !wanted(shown)).unwrap();
        assert!(!waited.1.timed_out(), "{} samples", waited.0.given.len());
        waited.0
    }

    /// Waits until it was given so many samples.
    pub(super) fn plays(&self, samples: usize) {
        drop(self.until(|shown| shown.given.len() >= samples));
    }

    /// How long after that it was silent.
    pub(super) fn silent_after(&self, asked: Instant) -> Duration {
        self.until(|shown| !shown.open).silenced.unwrap().saturating_duration_since(asked)
    }
}

impl SoundOutput for Loudspeaker {
    fn open(&self, rate: u32) -> Result<Box<dyn Playback>, SoundError> {
        assert_eq!(rate, RATE);
        let mut shown = self.shown();
        if shown.broken {
            return Err(SoundError::Busy { device: SoundSelector::Alsa("test".to_owned()) });
        }
        assert!(!std::mem::replace(&mut shown.open, true), "hardware opens once");
        shown.openings += 1;
        Ok(Box::new(Playing { state: Arc::clone(&self.0), begun: Instant::now(), taken: 0 }))
    }
}

impl Playing {
    /// How long until so many samples have been played, with what the device may hold ahead, in milliseconds.
    fn until(&self, samples: usize, ahead: u64) -> Duration {
        let played = Duration::from_micros(samples as u64 * 1_000_000 / u64::from(RATE));
        played.saturating_sub(self.begun.elapsed() + Duration::from_millis(ahead))
    }
}

impl Playback for Playing {
    fn write(&mut self, samples: &[i16], patience: Duration) -> Result<usize, SoundError> {
        let wait = self.until(self.taken + samples.len(), 80);
        thread::sleep(wait.min(patience));
        if wait > patience {
            return Ok(0);
        }
        self.taken += samples.len();
        self.state.shown.lock().unwrap().given.extend_from_slice(samples);
        self.state.changed.notify_all();
        Ok(samples.len())
    }

    fn finish(&mut self, patience: Duration) -> Result<bool, SoundError> {
        let wait = self.until(self.taken, 0);
        thread::sleep(wait.min(patience));
        Ok(wait <= patience)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let mut shown = self.state.shown.lock().unwrap();
        shown.open = false;
        shown.silenced = Some(Instant::now());
        self.state.changed.notify_all();
    }
}
