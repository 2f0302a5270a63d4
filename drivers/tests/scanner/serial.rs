//! A scanner on a serial port, from the cable to the event.
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::listening::{DEADLINE, Listening, PAUSE, hurried};
use drivers::scanner::{CALIBRATION, CODE_MAX, Scanner, ScannerEvent, ScannerOptions, Unreadable};
use drivers::virtual_scanner::VirtualScanner;

struct Bench {
    _folder: tempfile::TempDir,
    scanner: VirtualScanner,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scanner = VirtualScanner::plug_in(&folder.path().join("scanner")).unwrap();
        Self { _folder: folder, scanner }
    }

    fn selector(&self) -> String {
        format!("serial:{}", self.scanner.port().display())
    }

    fn listen(&self) -> Listening {
        let listening = Listening::open(&self.selector(), hurried());
        assert_eq!(listening.connected(), "scanner");
        listening
    }
}

#[test]
fn codes_arrive_with_their_separators_however_they_are_sent() {
    let bench = Bench::new();
    let listening = bench.listen();
    bench.scanner.present(b"DC04FR\x1d26\x1e\x1f\x03\x11\x13\x1a\x7f\xff").unwrap();
    assert_eq!(listening.code(), b"DC04FR\x1d26\x1e\x1f\x03\x11\x13\x1a\x7f\xff", "no byte means anything to the port");
    for piece in b"SLOW\r".chunks(1) {
        bench.scanner.send(piece).unwrap();
    }
    assert_eq!(listening.code(), b"SLOW");
    bench.scanner.send(b"\r\n\r\nA\r\nB\n").unwrap();
    assert_eq!((listening.code(), listening.code()), (b"A".to_vec(), b"B".to_vec()));
    let longest = vec![b'x'; CODE_MAX];
    bench.scanner.present(&longest).unwrap();
    assert_eq!(listening.code(), longest);
}

#[test]
fn the_speed_of_the_selector_is_set() {
    let bench = Bench::new();
    let listening = Listening::open(&format!("{}@115200", bench.selector()), hurried());
    listening.connected();
    assert_eq!(bench.scanner.speed().unwrap(), 115_200);
}

#[test]
fn the_calibration_code_is_told_apart() {
    let bench = Bench::new();
    let listening = bench.listen();
    bench.scanner.present(CALIBRATION.as_bytes()).unwrap();
    let found = listening.calibrated();
    assert!(found.separators && found.layout.is_none());
}

#[test]
fn half_a_code_is_told_and_does_not_reach_the_next() {
    let bench = Bench::new();
    let listening = bench.listen();
    bench.scanner.send(b"HALF").unwrap();
    assert_eq!(listening.unreadable(), Unreadable::NoEnding);
    bench.scanner.present(b"WHOLE").unwrap();
    assert_eq!(listening.code(), b"WHOLE");
}

#[test]
fn a_scanner_that_is_unplugged_is_told_once_and_found_again() {
    let mut bench = Bench::new();
    let listening = bench.listen();
    for _ in 0..3 {
        bench.scanner.unplug().unwrap();
        assert_eq!(listening.lost(), "the scanner was unplugged or fails");
        listening.silent(Duration::from_millis(200));
        bench.scanner.plug_in_again().unwrap();
        listening.connected();
        bench.scanner.present(b"AGAIN").unwrap();
        assert_eq!(listening.code(), b"AGAIN");
    }
}

#[test]
fn by_its_own_pace_a_scanner_is_found_within_three_seconds_of_plugging_in() {
    let mut bench = Bench::new();
    bench.scanner.unplug().unwrap();
    let listening = Listening::open(&bench.selector(), ScannerOptions::default());
    assert!(listening.lost().contains("not there"));
    let plugged_in = Instant::now();
    bench.scanner.plug_in_again().unwrap();
    listening.connected();
    assert!(plugged_in.elapsed() < Duration::from_secs(3), "{:?}", plugged_in.elapsed());
}

#[test]
fn a_scanner_is_held_by_one_alone() {
    let bench = Bench::new();
    let first = bench.listen();
    let second = Listening::open(&bench.selector(), hurried());
    let why = second.lost();
    assert!(why.contains("another program holds"), "{why}");
    bench.scanner.present(b"MINE").unwrap();
    assert_eq!(first.code(), b"MINE");
    first.scanner.shutdown(DEADLINE).unwrap();
    second.connected();
    bench.scanner.present(b"YOURS").unwrap();
    assert_eq!(second.code(), b"YOURS");
}

#[test]
fn what_is_no_serial_port_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"A\r\n").unwrap();
    let listening = Listening::open(&format!("serial:{}", file.display()), hurried());
    let why = listening.lost();
    assert!(why.ends_with("is no scanner of that kind: it is no serial port"), "{why}");
}

#[test]
fn garbage_and_floods_neither_stop_the_scanner_nor_hold_it() {
    let bench = Bench::new();
    let listening = bench.listen();
    let mut seed = 7_u32;
    let mut noise = vec![0; 300_000];
    for byte in &mut noise {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = seed.to_be_bytes()[0];
    }
    bench.scanner.send(&noise).unwrap();
    bench.scanner.send(&vec![b'x'; 1_000_000]).unwrap();
    let mut told = 0;
    let mut read = false;
    while !read {
        // Whether the flood is over is not to be seen from here: the code is presented until it is read.
        bench.scanner.present(b"AFTER").unwrap();
        while let Some(event) = listening.next_within(2 * PAUSE) {
            told += 1;
            assert!(told < 200, "a flood tells too much");
            read |= matches!(event, ScannerEvent::Code { payload, .. } if payload.as_bytes() == b"AFTER");
        }
    }
    assert!(bench.scanner.send(&vec![b'x'; 100_000]).is_ok());
    listening.scanner.shutdown(DEADLINE).unwrap();
}

#[test]
fn a_line_becomes_an_event_within_ten_milliseconds() {
    let bench = Bench::new();
    let listening = bench.listen();
    let mut times: Vec<Duration> = (0..40)
        .map(|_| {
            // More than a hand presents would count as a flood.
            listening.silent(Duration::from_millis(60));
            let sent = Instant::now();
            bench.scanner.present(b"RDV1.ABCDEFGHIJKLMNOPQRSTUVWXYZ").unwrap();
            let (event, told) = listening.next();
            assert!(matches!(event, ScannerEvent::Code { at, .. } if sent <= at && at <= told), "{event:?}");
            told - sent
        })
        .collect();
    times.sort_unstable();
    eprintln!("line to event: median {:?}, 38 of 40 within {:?}", times[20], times[37]);
    assert!(times[20] < Duration::from_millis(10), "{:?}", times[20]);
}

#[test]
fn at_rest_the_thread_sleeps_without_waking() {
    let bench = Bench::new();
    let (sender, threads) = mpsc::channel();
    let selector = bench.selector().parse().unwrap();
    // The callback runs on the scanner's thread, which tells its own files.
    let scanner = Scanner::open(selector, ScannerOptions::default(), move |_| {
        sender.send(fs::read_link("/proc/thread-self").unwrap()).unwrap();
    });
    let _scanner = scanner.unwrap();
    let thread = Path::new("/proc").join(threads.recv_timeout(DEADLINE).unwrap());
    let naps = || {
        let status = fs::read_to_string(thread.join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        line.trim().parse::<u32>().unwrap()
    };
    let before = naps();
    assert!(threads.recv_timeout(Duration::from_secs(3)).is_err(), "nothing happens");
    assert!(naps() <= before + 1, "it woke {} times", naps() - before);
}
