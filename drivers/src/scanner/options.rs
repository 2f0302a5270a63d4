//! How a scanner is read.

use std::time::Duration;

use super::framing::Framing;
use super::layout::Layout;

/// How often a scanner that is away is looked for.
pub const RESCAN: Duration = Duration::from_secs(2);

/// How a scanner is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannerOptions {
    /// What its codes are marked with; of a point-of-sale scanner, which marks them itself, only the pause is meant.
    pub framing: Framing,
    /// What its keys mean, where it poses as a keyboard.
    pub layout: Layout,
    /// How often it is looked for while it is away; [`RESCAN`] unless a test is in a hurry.
    pub rescan: Duration,
}

impl Default for ScannerOptions {
    /// As scanners leave the factory: a line end after each code, a US keyboard.
    fn default() -> Self {
        Self { framing: Framing::default(), layout: Layout::default(), rescan: RESCAN }
    }
}
