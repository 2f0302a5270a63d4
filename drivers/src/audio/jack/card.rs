//! A USB headset: its sound card comes and goes with it.

use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{JackError, Source};

/// How often the card is looked for. Nothing of the kernel's can be waited on, and nothing can spill from a headset that
/// is pulled out together with its card.
const PERIOD: Duration = Duration::from_secs(1);

pub(super) struct Card {
    /// Where the kernel shows a card by its id.
    shown: PathBuf,
}

impl Card {
    pub(super) fn new(id: &str) -> Self {
        Self { shown: PathBuf::from("/proc/asound").join(id) }
    }
}

impl Source for Card {
    fn present(&self) -> bool {
        self.shown.exists()
    }

    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        Vec::new()
    }

    fn period(&self) -> Option<Duration> {
        Some(PERIOD)
    }

    fn changes(&mut self, told: &mut dyn FnMut(bool, Instant)) -> Result<(), JackError> {
        told(self.present(), Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_comes_and_goes_is_a_headset_that_does() {
        let folder = tempfile::tempdir().unwrap();
        let mut card = Card { shown: folder.path().join("Headset") };
        assert!(!card.present());
        std::fs::create_dir(&card.shown).unwrap();
        let mut levels = Vec::new();
        card.changes(&mut |level, _| levels.push(level)).unwrap();
        std::fs::remove_dir(&card.shown).unwrap();
        card.changes(&mut |level, _| levels.push(level)).unwrap();
        assert_eq!(levels, [true, false]);
    }
}
