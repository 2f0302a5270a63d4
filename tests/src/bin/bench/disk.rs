//! What the disk can do: a write of 8 KiB that is on it when the call returns.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

/// Two pages of the system's: a row that is added to the borne's log seldom touches more.
const BLOCK: [u8; 8 << 10] = [0x5A; 8 << 10];

/// A file to write to and sync, over and over.
pub struct Paired {
    file: File,
}

impl Paired {
    /// A file of its own, already as long as it will be.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let file = File::create(folder.join("paired.bin"))?;
        file.set_len(1 << 20)?;
        file.sync_all()?;
        Ok(Self { file })
    }

    /// One write and one fdatasync, in seconds.
    pub fn write(&self, round: u64) -> anyhow::Result<f64> {
        let start = Instant::now();
        self.file.write_all_at(&BLOCK, (round % 128) * (8 << 10))?;
        self.file.sync_data()?;
        Ok(start.elapsed().as_secs_f64())
    }
}
