//! A sound device of the kernel's, through the ALSA library.

use std::fs;
use std::time::{Duration, Instant};

use alsa::pcm::{Access, Format, Frames, HwParams, PCM, State};
use alsa::{Direction, ValueOr};
use rustix::io::Errno;

use super::output::{Playback, SoundError, SoundOutput};
use super::selector::SoundSelector;

/// What the device holds ahead of the loudspeaker, in microseconds: the silence after a cut does not wait for it, but a
/// late thread must not be heard.
const BUFFER_US: u32 = 80_000;
const PERIOD_US: u32 = 20_000;

/// How long a device may take nothing before it counts as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(2);

/// A device that ALSA names; it is closed until something sounds.
#[derive(Debug, Clone)]
pub struct AlsaOutput {
    name: String,
}

impl AlsaOutput {
    /// By its name, `default` or `plughw:CARD=ID`.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self { name }
    }

    fn selector(&self) -> SoundSelector {
        SoundSelector::Alsa(self.name.clone())
    }
}

impl SoundOutput for AlsaOutput {
    fn open(&self, rate: u32) -> Result<Box<dyn Playback>, SoundError> {
        let device = self.selector();
        // What the library has to say would go to standard error; the errors that it returns say it too.
        let _captured = alsa::Output::local_error_handler().map_err(|error| refusal(&device, error))?;
        let pcm = PCM::new(&self.name, Direction::Playback, true).map_err(|error| refusal(&device, error))?;
        let period = shape(&pcm, rate).map_err(|error| match Errno::from_raw_os_error(error.errno()) {
            Errno::INVAL => SoundError::Unsuited { device: device.clone(), rate },
            _ => refusal(&device, error),
        })?;
        let now = Instant::now();
        Ok(Box::new(AlsaPlayback {
            pcm,
            device,
            rate,
            tail: vec![0; period],
            tail_left: period,
            moved: now,
            ending: None,
        }))
    }
}

/// The cards that are there, as selectors that a configuration may hold.
#[must_use]
pub fn cards() -> Vec<SoundSelector> {
    let Ok(entries) = fs::read_dir("/sys/class/sound") else { return Vec::new() };
    let card = |entry: fs::DirEntry| fs::read_to_string(entry.path().join("id")).ok();
    let mut ids: Vec<String> = entries.flatten().filter_map(card).map(|id| id.trim().to_owned()).collect();
    ids.sort();
    ids.into_iter().map(|id| SoundSelector::Alsa(format!("plughw:CARD={id}"))).collect()
}

/// Sets the device up and answers a period's samples.
fn shape(pcm: &PCM, rate: u32) -> alsa::Result<usize> {
    let hardware = HwParams::any(pcm)?;
    hardware.set_access(Access::RWInterleaved)?;
    hardware.set_format(Format::s16())?;
    hardware.set_channels(1)?;
    hardware.set_rate(rate, ValueOr::Nearest)?;
    hardware.set_buffer_time_near(BUFFER_US, ValueOr::Nearest)?;
    hardware.set_period_time_near(PERIOD_US, ValueOr::Nearest)?;
    pcm.hw_params(&hardware)?;
    let period = hardware.get_period_size()?;
    let software = pcm.sw_params_current()?;
    software.set_start_threshold(period)?;
    software.set_avail_min(period)?;
    pcm.sw_params(&software)?;
    Ok(usize::try_from(period).unwrap_or_default())
}

struct AlsaPlayback {
    pcm: PCM,
    device: SoundSelector,
    rate: u32,
    /// Silence behind the end: hardware plays whole periods, and what it held before would be heard once more.
    tail: Vec<i16>,
    tail_left: usize,
    /// When the device took something last.
    moved: Instant,
    /// Since when its end is waited for.
    ending: Option<Instant>,
}

impl AlsaPlayback {
    fn hand_over(&mut self, samples: &[i16], patience: Duration) -> Result<usize, SoundError> {
        let until = Instant::now() + patience;
        loop {
            let taken = self.pcm.io_i16().and_then(|io| io.writei(samples));
            let error = match taken {
                Ok(count) if count > 0 => {
                    self.moved = Instant::now();
                    return Ok(count);
                }
                Ok(_) => None,
                Err(error) => Some(error),
            };
            if error.is_some_and(|error| Errno::from_raw_os_error(error.errno()) != Errno::AGAIN) {
                self.resume(error)?;
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.moved.elapsed() > STUCK_AFTER {
                return Err(SoundError::Stuck { device: self.device.clone() });
            }
            if left.is_zero() {
                return Ok(0);
            }
            let milliseconds = u32::try_from(left.as_millis()).unwrap_or(u32::MAX).max(1);
            if let Err(error) = self.pcm.wait(Some(milliseconds)) {
                self.resume(Some(error))?;
            }
        }
    }

    /// Goes on after the device ran dry or slept; any other error ends the playing.
    fn resume(&self, error: Option<alsa::Error>) -> Result<(), SoundError> {
        let Some(error) = error else { return Ok(()) };
        match Errno::from_raw_os_error(error.errno()) {
            Errno::PIPE | Errno::STRPIPE => self.pcm.prepare().map_err(|error| refusal(&self.device, error)),
            Errno::INTR => Ok(()),
            Errno::NODEV | Errno::NXIO | Errno::BADFD | Errno::IO | Errno::NOTTY => {
                Err(SoundError::Gone { device: self.device.clone() })
            }
            _ => Err(refusal(&self.device, error)),
        }
    }

    /// How long until all has sounded, as far as the device tells.
    fn left(&self) -> Duration {
        let frames: Frames = match self.pcm.state() {
            State::Running | State::Draining => self.pcm.delay().unwrap_or_default(),
            State::Open
            | State::Setup
            | State::Prepared
            | State::XRun
            | State::Paused
            | State::Suspended
            | State::Disconnected => 0,
        };
        let frames = u64::try_from(frames).unwrap_or_default();
        Duration::from_micros(frames * 1_000_000 / u64::from(self.rate.max(1)))
    }
}

impl Playback for AlsaPlayback {
    fn write(&mut self, samples: &[i16], patience: Duration) -> Result<usize, SoundError> {
        if samples.is_empty() {
            return Ok(0);
        }
        self.tail_left = self.tail.len();
        self.ending = None;
        self.hand_over(samples, patience)
    }

    fn finish(&mut self, patience: Duration) -> Result<bool, SoundError> {
        let until = Instant::now() + patience;
        while self.tail_left > 0 {
            let tail = self.tail[..self.tail_left].to_vec();
            let left = until.saturating_duration_since(Instant::now());
            match self.hand_over(&tail, left)? {
                0 => return Ok(false),
                taken => self.tail_left -= taken,
            }
        }
        let since = *self.ending.get_or_insert_with(Instant::now);
        let left = self.left();
        if left.is_zero() || since.elapsed() > STUCK_AFTER {
            return Ok(true);
        }
        // No descriptor tells the end of a sound: only its length does.
        std::thread::sleep(left.min(until.saturating_duration_since(Instant::now())));
        Ok(false)
    }
}

impl Drop for AlsaPlayback {
    fn drop(&mut self) {
        // It fails where the device is gone, and then it is silent.
        let _silent = self.pcm.drop();
    }
}

fn refusal(device: &SoundSelector, error: alsa::Error) -> SoundError {
    let device = device.clone();
    match Errno::from_raw_os_error(error.errno()) {
        Errno::NOENT | Errno::NODEV | Errno::NXIO => SoundError::Absent { device },
        Errno::BUSY | Errno::AGAIN => SoundError::Busy { device },
        Errno::ACCESS | Errno::PERM => SoundError::Forbidden { device },
        errno => SoundError::Refused { device, what: std::io::Error::from(errno).to_string() },
    }
}
