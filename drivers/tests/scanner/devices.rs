//! Scanners that need a kernel's devices, under umockdev. Each plugging in gives the node another number.

use std::time::{Duration, Instant};

use drivers::discovery::Access;
use drivers::scanner::{CALIBRATION, Layout, ScannerEvent, ScannerOptions, Unreadable, discover, typed};

use super::listening::{DEADLINE, Listening, PAUSE, hurried};
use super::umockdev::{Device, Socket};

/// A Honeywell scanner that poses as a keyboard.
const KEYBOARD: Device = Device {
    file: "keyboard.umockdev",
    folders: "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/0003:0C2E:0901.0001/input/input@/event@,\
        /sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/0003:0C2E:0901.0001/input/input@",
    node: "/dev/input/event@",
    ioctls: Some("keyboard.ioctl"),
};

/// A Honeywell scanner of the point-of-sale class.
const POINT_OF_SALE: Device = Device {
    file: "point-of-sale.umockdev",
    folders: "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/0003:0C2E:0B8F.000@/hidraw/hidraw@,\
        /sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/0003:0C2E:0B8F.000@",
    node: "/dev/hidraw@",
    ioctls: None,
};

const TYPED_AS: &str = "keyboard:0c2e:0901";
const REPORTED_AS: &str = "hidraw:0c2e:0b8f:15042B0123";

/// An event as the kernel writes it on a 64-bit machine: time, type, code, value.
fn input_event(kind: u16, code: u16, value: i32) -> Vec<u8> {
    [&[0; 16][..], &kind.to_ne_bytes(), &code.to_ne_bytes(), &value.to_ne_bytes()].concat()
}

/// What the kernel tells of a text that a scanner of that layout types, in pieces as it may read them.
fn keys(layout: &str, text: &str) -> Vec<Vec<u8>> {
    const KEY: u16 = 1;
    const REPEATED: i32 = 2;
    let strokes = typed(&Layout::load(layout).unwrap(), text).unwrap();
    let events = strokes.iter().flat_map(|stroke| {
        let repeated = stroke.down.then(|| input_event(KEY, stroke.key, REPEATED));
        [vec![input_event(KEY, stroke.key, i32::from(stroke.down))], repeated.into_iter().collect(), vec![report_end()]]
            .concat()
    });
    events.collect::<Vec<_>>().chunks(40).map(<[Vec<u8>]>::concat).collect()
}

fn report_end() -> Vec<u8> {
    input_event(0, 0, 0)
}

fn keys_dropped() -> Vec<u8> {
    input_event(0, 3, 0)
}

fn type_text(socket: &mut Socket, layout: &str, text: &str) {
    for piece in keys(layout, text) {
        socket.send(&piece);
    }
}

/// A report of the point-of-sale scanner.
fn report(data: &[u8], more: bool) -> Vec<u8> {
    let mut report = vec![2, u8::try_from(data.len()).unwrap()];
    report.extend_from_slice(b"]Q1");
    report.extend_from_slice(data);
    report.resize(61, 0);
    report.extend_from_slice(&[b's', 0, u8::from(more)]);
    report
}

fn report_code(socket: &mut Socket, code: &[u8]) {
    let pieces: Vec<&[u8]> = code.chunks(56).collect();
    for (place, piece) in pieces.iter().enumerate() {
        socket.send(&report(piece, place + 1 < pieces.len()));
    }
}

fn measure(what: &str, listening: &Listening, mut present: impl FnMut()) {
    let mut times: Vec<Duration> = (0..40)
        .map(|_| {
            listening.silent(Duration::from_millis(60));
            let sent = Instant::now();
            present();
            let (event, told) = listening.next();
            assert!(matches!(event, ScannerEvent::Code { .. }), "{event:?}");
            told.saturating_duration_since(sent)
        })
        .collect();
    times.sort_unstable();
    eprintln!("measured {what}: median {:?}, 38 of 40 within {:?}", times[20], times[37]);
    assert!(times[20] < Duration::from_millis(10), "{:?}", times[20]);
}

#[test]
fn a_keyboard_gives_codes_by_its_layout_and_by_calibration() {
    KEYBOARD.with("devices::a_keyboard_gives_codes_by_its_layout_and_by_calibration", |mut socket| {
        socket.plug();
        let options = ScannerOptions { layout: Layout::load("fr").unwrap(), ..hurried() };
        let listening = Listening::open(TYPED_AS, options);
        assert_eq!(listening.connected(), "Honeywell Scanner");
        type_text(&mut socket, "fr", "RDV1.AZQWM/é:\u{1D}2.5\r");
        assert_eq!(listening.code(), "RDV1.AZQWM/é:\u{1D}2.5".as_bytes());
        type_text(&mut socket, "us", &format!("{CALIBRATION}\r"));
        let found = listening.calibrated();
        assert_eq!((found.layout.as_deref(), found.separators), (Some("us"), true));
        type_text(&mut socket, "us", "AZQWM;\r");
        assert_eq!(listening.code(), b"AZQWM;");
    });
}

#[test]
fn a_keyboard_whose_keys_were_dropped_gives_no_wrong_code() {
    KEYBOARD.with("devices::a_keyboard_whose_keys_were_dropped_gives_no_wrong_code", |mut socket| {
        socket.plug();
        let listening = Listening::open(TYPED_AS, hurried());
        listening.connected();
        let mut events = keys("us", "AB").concat();
        events.extend(keys_dropped());
        events.extend(keys("us", "CD\r").concat());
        socket.send(&events);
        assert_eq!(listening.unreadable(), Unreadable::BytesLost);
        listening.silent(2 * PAUSE);
        type_text(&mut socket, "us", "ef\r");
        assert_eq!(listening.code(), b"ef", "Shift is not held for ever");
    });
}

#[test]
fn a_keyboard_that_is_unplugged_is_found_again_under_another_number() {
    KEYBOARD.with("devices::a_keyboard_that_is_unplugged_is_found_again_under_another_number", |mut socket| {
        let listening = Listening::open(TYPED_AS, hurried());
        assert!(listening.lost().contains("not there"));
        for round in ["a", "b", "c"] {
            socket.plug();
            listening.connected();
            type_text(&mut socket, "us", &format!("{round}\r"));
            assert_eq!(listening.code(), round.as_bytes());
            socket.pull();
            assert_eq!(listening.lost(), "the scanner was unplugged or fails");
        }
    });
}

#[test]
fn keys_become_an_event_within_ten_milliseconds() {
    KEYBOARD.with("devices::keys_become_an_event_within_ten_milliseconds", |mut socket| {
        socket.plug();
        let listening = Listening::open(TYPED_AS, hurried());
        listening.connected();
        let last = keys("us", "ab12cd34ef\r").concat();
        measure("ten keys and Enter to event", &listening, || socket.send(&last));
    });
}

#[test]
fn a_point_of_sale_scanner_gives_codes_whole_and_with_their_separators() {
    POINT_OF_SALE.with("devices::a_point_of_sale_scanner_gives_codes_whole_and_with_their_separators", |mut socket| {
        socket.plug();
        let listening = Listening::open(REPORTED_AS, hurried());
        assert_eq!(listening.connected(), "Honeywell Voyager 1400g");
        let code = b"DC04FR000001FFFF23DC2801FR432,75\x1d44\0\x1e\r\n\x1f".repeat(7);
        report_code(&mut socket, &code);
        // A line end at the very end is a suffix that a technician set.
        assert_eq!(listening.code(), code);
        report_code(&mut socket, b"A\r");
        assert_eq!(listening.code(), b"A");
        socket.send(&report(b"half", true));
        assert_eq!(listening.unreadable(), Unreadable::NoEnding);
        socket.send(&[0xF0; 64]);
        socket.send(&[0x02]);
        // The terminal that stands for the node would join them to what follows.
        listening.silent(Duration::from_millis(200));
        report_code(&mut socket, b"WHOLE");
        assert_eq!(listening.code(), b"WHOLE", "reports about other things and half reports are left out");
    });
}

#[test]
fn a_point_of_sale_scanner_that_is_unplugged_is_found_again_under_another_number() {
    POINT_OF_SALE.with(
        "devices::a_point_of_sale_scanner_that_is_unplugged_is_found_again_under_another_number",
        |mut socket| {
            let listening = Listening::open(REPORTED_AS, hurried());
            assert!(listening.lost().contains("not there"));
            for round in [b"A", b"B", b"C"] {
                socket.plug();
                listening.connected();
                report_code(&mut socket, round);
                assert_eq!(listening.code(), round);
                socket.pull();
                assert_eq!(listening.lost(), "the scanner was unplugged or fails");
            }
        },
    );
}

#[test]
fn a_report_becomes_an_event_within_ten_milliseconds() {
    POINT_OF_SALE.with("devices::a_report_becomes_an_event_within_ten_milliseconds", |mut socket| {
        socket.plug();
        let listening = Listening::open(REPORTED_AS, hurried());
        listening.connected();
        measure("report to event", &listening, || report_code(&mut socket, b"AB12CD34EF"));
    });
}

#[test]
fn a_point_of_sale_scanner_is_found_and_is_busy_while_it_is_held() {
    POINT_OF_SALE.with("devices::a_point_of_sale_scanner_is_found_and_is_busy_while_it_is_held", |mut socket| {
        assert!(discover().is_empty());
        socket.plug();
        let found = discover();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].selector, REPORTED_AS);
        assert_eq!(found[0].name, "Honeywell Voyager 1400g (point-of-sale scanner)");
        assert_eq!(found[0].access, Access::Granted);
        let listening = Listening::open(&found[0].selector, hurried());
        listening.connected();
        assert!(matches!(&discover()[0].access, Access::Busy { .. }));
        let second = Listening::open(REPORTED_AS, hurried());
        assert!(second.lost().contains("another program holds"));
        listening.scanner.shutdown(DEADLINE).unwrap();
        second.connected();
    });
}

#[test]
fn a_keyboard_is_found() {
    KEYBOARD.with("devices::a_keyboard_is_found", |mut socket| {
        socket.plug();
        let found = discover();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].selector, TYPED_AS);
        assert_eq!(found[0].name, "Honeywell Scanner (scanner as keyboard)");
        assert_eq!(found[0].access, Access::Granted);
    });
}
