//! A scanner on a serial line: from the line it types to the event.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use drivers::scanner::{CODES_PER_SECOND_MAX, Scanner, ScannerEvent, ScannerOptions};
use drivers::virtual_scanner::VirtualScanner;
use integration_tests::bench::{Figure, Goal, percentile};

use super::{PATIENCE, ms};

const LINES: usize = 200;
/// No faster than a hand may present codes.
const PAUSE: Duration = Duration::from_millis(1_000 / CODES_PER_SECOND_MAX as u64 + 10);

pub struct Bench {
    device: VirtualScanner,
    _scanner: Scanner,
    told: Receiver<(Instant, ScannerEvent)>,
}

impl Bench {
    /// Plugged in and found.
    pub fn open(place: &Path) -> anyhow::Result<Self> {
        let device = VirtualScanner::plug_in(&place.join("scanner"))?;
        let (tell, told) = channel();
        let events = move |event| drop(tell.send((Instant::now(), event)));
        let selector = format!("serial:{}", device.port().display()).parse()?;
        let scanner = Scanner::open(selector, ScannerOptions::default(), events)?;
        let bench = Self { device, _scanner: scanner, told };
        let (_, event) = bench.next()?;
        anyhow::ensure!(matches!(event, ScannerEvent::Connected { .. }), "the scanner is not found: {event:?}");
        Ok(bench)
    }

    fn next(&self) -> anyhow::Result<(Instant, ScannerEvent)> {
        self.told.recv_timeout(PATIENCE).context("the scanner told nothing in time")
    }

    /// From before the first character is typed until the caller is told.
    pub fn lines(&self) -> anyhow::Result<Figure> {
        let mut took = Vec::new();
        for _ in 0..LINES {
            std::thread::sleep(PAUSE);
            let start = Instant::now();
            self.device.present(b"RDV1.ABCDEFGHIJKLMNOPQRSTUVWXYZ")?;
            let (told, event) = self.next()?;
            anyhow::ensure!(matches!(event, ScannerEvent::Code { .. }), "a code is expected, not {event:?}");
            took.push(ms(told.saturating_duration_since(start)));
        }
        Ok(Figure::new("scanner: line told, p99", percentile(&took, 0.99), "ms", 10.0, Goal::AtMost(1.0)))
    }
}
