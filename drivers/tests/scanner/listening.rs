//! A scanner whose events are waited for.

use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use drivers::scanner::{Calibration, Framing, Scanner, ScannerEvent, ScannerOptions, ScannerSelector, Unreadable};

/// Nothing that is waited for takes this long, however busy the machine is.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// An open scanner and what it tells.
pub struct Listening {
    pub scanner: Scanner,
    events: Receiver<(ScannerEvent, Instant)>,
}

/// The silence that ends a code in the tests: a busy machine does not pause that long by itself.
pub const PAUSE: Duration = Duration::from_millis(700);

/// Options of a test: it is in a hurry to find the scanner, and patient with what it sends.
pub fn hurried() -> ScannerOptions {
    let framing = Framing { pause: PAUSE, ..Framing::default() };
    ScannerOptions { framing, rescan: Duration::from_millis(50), ..ScannerOptions::default() }
}

impl Listening {
    pub fn open(selector: &str, options: ScannerOptions) -> Self {
        let selector: ScannerSelector = selector.parse().unwrap();
        let (sender, events) = mpsc::channel();
        let scanner = Scanner::open(selector, options, move |event| {
            let _the_test_is_over = sender.send((event, Instant::now()));
        });
        Self { scanner: scanner.unwrap(), events }
    }

    /// The next event, within the deadline, and when it was told.
    pub fn next(&self) -> (ScannerEvent, Instant) {
        self.events.recv_timeout(DEADLINE).expect("an event of the scanner")
    }

    /// The next event, if one comes within that time.
    pub fn next_within(&self, time: Duration) -> Option<ScannerEvent> {
        self.events.recv_timeout(time).ok().map(|(event, _)| event)
    }

    /// The next event must be a code.
    pub fn code(&self) -> Vec<u8> {
        let event = self.next().0;
        let ScannerEvent::Code { payload, .. } = &event else { panic!("{event:?}, not a code") };
        payload.as_bytes().to_vec()
    }

    /// The next event must be that something could not be read.
    pub fn unreadable(&self) -> Unreadable {
        let event = self.next().0;
        let ScannerEvent::Unreadable { why, .. } = event else { panic!("{event:?}, not unreadable") };
        why
    }

    /// The next event must be the calibration code.
    pub fn calibrated(&self) -> Calibration {
        let event = self.next().0;
        let ScannerEvent::Calibrated(found) = event else { panic!("{event:?}, not calibrated") };
        found
    }

    /// The next event must be that the scanner is there.
    pub fn connected(&self) -> String {
        let event = self.next().0;
        let ScannerEvent::Connected { name } = event else { panic!("{event:?}, not connected") };
        name
    }

    /// The next event must be that there is no scanner.
    pub fn lost(&self) -> String {
        let event = self.next().0;
        let ScannerEvent::Lost { why } = event else { panic!("{event:?}, not lost") };
        why.to_string()
    }

    /// Nothing is told within that time.
    pub fn silent(&self, time: Duration) {
        if let Some(event) = self.next_within(time) {
            panic!("{event:?}, not silence");
        }
    }
}
