//! What sounds: one trait for all devices.

use std::time::Duration;

use super::selector::SoundSelector;

/// A device that can sound, closed until something shall.
pub trait SoundOutput: Send + Sync {
    /// Opens it for 16-bit samples of one channel at that rate, in Hz; it does not wait for a device that is in use.
    fn open(&self, rate: u32) -> Result<Box<dyn Playback>, SoundError>;
}

/// A device that is open. Dropping it silences it at once, whatever it still held.
pub trait Playback: Send {
    /// Hands over as many samples as the device takes within that time, perhaps none, and answers how many.
    fn write(&mut self, samples: &[i16], patience: Duration) -> Result<usize, SoundError>;

    /// Waits at most that long until all that was handed over has sounded, and answers whether it has.
    fn finish(&mut self, patience: Duration) -> Result<bool, SoundError>;
}

/// Why nothing sounds; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// No such device.
    #[error("{device} is not there: plug it in, or choose a card of /proc/asound/cards as alsa:plughw:CARD=ID")]
    Absent {
        /// Which.
        device: SoundSelector,
    },
    /// Another program holds it.
    #[error("{device} is in use by another program: stop that one, or choose alsa:default, which several can share")]
    Busy {
        /// Which.
        device: SoundSelector,
    },
    /// Permissions refuse.
    #[error("{device} may not be opened by this program: add its user to the group `audio`")]
    Forbidden {
        /// Which.
        device: SoundSelector,
    },
    /// It takes no 16-bit sound of one channel at that rate.
    #[error("{device} takes no sound of one channel at {rate} Hz: choose it as alsa:plughw:CARD=ID, which converts")]
    Unsuited {
        /// Which.
        device: SoundSelector,
        /// In Hz.
        rate: u32,
    },
    /// It takes nothing any more.
    #[error("{device} has stopped taking sound: plug it in again, or restart the machine")]
    Stuck {
        /// Which.
        device: SoundSelector,
    },
    /// It was there, and is no more.
    #[error("{device} no longer answers: check that it is plugged in")]
    Gone {
        /// Which.
        device: SoundSelector,
    },
    /// The system refuses for another cause.
    #[error("{device} cannot be used: {what}; check that alsa-utils' `speaker-test` can play on it")]
    Refused {
        /// Which.
        device: SoundSelector,
        /// What the system said.
        what: String,
    },
}
