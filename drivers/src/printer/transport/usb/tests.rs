use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::printer::selector::UsbId;
use descriptors::{Names, Port, Setting, UsbDevice};

const ID: UsbId = UsbId { vendor: 0x0416, product: 0x5011 };
const SOON: Duration = Duration::from_secs(10);

/// What a printer does, call by call; after the script writes take all, and reads find nothing.
#[derive(Default)]
struct Script {
    writes: VecDeque<rusb::Result<usize>>,
    reads: VecDeque<rusb::Result<Vec<u8>>>,
    port: VecDeque<rusb::Result<u8>>,
    taken: Vec<u8>,
    asked_port: usize,
}

#[derive(Default)]
struct Printer(Mutex<Script>);

impl Printer {
    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.0.lock().expect("no panic elsewhere")
    }
}

/// One opening of the printer's port.
struct Opened(Arc<Printer>);

impl Pipes for Opened {
    fn write(&self, bytes: &[u8], timeout: Duration) -> rusb::Result<usize> {
        assert!(!timeout.is_zero(), "a write without limit");
        assert!(bytes.len() <= LARGEST_WRITE, "libusb would split it");
        let mut script = self.0.script();
        let taken = script.writes.pop_front().unwrap_or(Ok(bytes.len()))?.min(bytes.len());
        script.taken.extend_from_slice(&bytes[..taken]);
        if taken == 0 { Err(rusb::Error::Timeout) } else { Ok(taken) }
    }

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> rusb::Result<usize> {
        assert!(!timeout.is_zero(), "a read without limit");
        let next = self.0.script().reads.pop_front();
        let Some(next) = next else {
            std::thread::yield_now();
            return Err(rusb::Error::Timeout);
        };
        let bytes = next?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn port_status(&self) -> rusb::Result<u8> {
        let mut script = self.0.script();
        script.asked_port += 1;
        script.port.pop_front().unwrap_or(Err(rusb::Error::Pipe))
    }

    fn device_id(&self) -> rusb::Result<String> {
        Ok("MFG:EPSON;CMD:ESC/POS;".to_owned())
    }
}

/// A bus with one printer on it, or none.
#[derive(Default)]
struct OneBus {
    printer: Option<Arc<Printer>>,
    mute: bool,
    refuse: Option<rusb::Error>,
    open: Weak<Opened>,
}

impl Bus for OneBus {
    fn devices(&mut self) -> rusb::Result<Vec<UsbDevice>> {
        let input = (!self.mute).then_some(0x82);
        let setting = Setting { interface: 0, alternate: 0, class: 7, protocol: 2, output: Some(1), input };
        let device = UsbDevice { id: ID, bus: 1, address: 3, names: Names::default(), settings: vec![setting] };
        Ok(self.printer.iter().map(|_| device.clone()).collect())
    }

    fn open(&mut self, _device: &UsbDevice, _port: Port) -> rusb::Result<Arc<dyn Pipes>> {
        if let Some(error) = self.refuse {
            return Err(error);
        }
        if self.open.strong_count() > 0 {
            return Err(rusb::Error::Busy);
        }
        let opened = Arc::new(Opened(Arc::clone(self.printer.as_ref().expect("a printer"))));
        self.open = Arc::downgrade(&opened);
        Ok(opened)
    }

    fn watch(&mut self, arrived: Arrived) {
        arrived();
    }
}

fn transport(script: Script) -> (UsbTransport, Arc<Printer>) {
    let printer = Arc::new(Printer(Mutex::new(script)));
    let bus = OneBus { printer: Some(Arc::clone(&printer)), ..OneBus::default() };
    (UsbTransport::on(Box::new(bus), UsbSelector::First), printer)
}

#[test]
fn errors_tell_what_may_have_been_taken() {
    let table = [
        (rusb::Error::Timeout, "timed out"),
        (rusb::Error::Interrupted, "timed out"),
        (rusb::Error::NoMem, "lost"),
        (rusb::Error::Busy, "lost"),
        (rusb::Error::NoDevice, "amid"),
        (rusb::Error::Io, "amid"),
        (rusb::Error::Pipe, "amid"),
        (rusb::Error::Other, "amid"),
    ];
    for (error, wanted) in table {
        let (mut usb, printer) = transport(Script { writes: [Err(error)].into(), ..Script::default() });
        let mut link = usb.connect(SOON).expect("a printer");
        let told = match link.writer.write(b"ticket", SOON).expect_err("an error") {
            WriteError::TimedOut => "timed out",
            WriteError::Lost(_) => "lost",
            WriteError::LostAmid(_) => "amid",
        };
        assert_eq!(told, wanted, "{error}");
        assert!(printer.script().taken.is_empty());
    }
}

#[test]
fn what_was_said_before_a_link_is_not_read_from_it() {
    let reads = [Ok(b"old".to_vec()), Err(rusb::Error::Pipe), Ok(b"older".to_vec()), Err(rusb::Error::Timeout)];
    let reads = reads.into_iter().chain([Ok(b"new".to_vec())]).collect();
    let (mut usb, _printer) = transport(Script { reads, ..Script::default() });
    let mut link = usb.connect(SOON).expect("a printer");
    let mut buffer = [0; 16];
    assert_eq!(link.reader.read(&mut buffer).expect("a word"), 3);
    assert_eq!(&buffer[..3], b"new");
}

#[test]
fn a_reader_outlasts_silence_empty_packets_and_halts_and_splits_packets() {
    let reads = [
        Err(rusb::Error::Timeout), // the end of the draining
        Err(rusb::Error::Timeout),
        Ok(Vec::new()),
        Err(rusb::Error::Pipe),
        Err(rusb::Error::Interrupted),
        Ok((0..100).collect()),
        Err(rusb::Error::NoDevice),
    ];
    let (mut usb, _printer) = transport(Script { reads: reads.into(), ..Script::default() });
    let mut link = usb.connect(SOON).expect("a printer");
    let mut heard = Vec::new();
    let mut buffer = [0; 7];
    let lost = loop {
        match link.reader.read(&mut buffer) {
            Ok(read) => heard.extend_from_slice(&buffer[..read]),
            Err(error) => break error,
        }
    };
    assert_eq!(heard, (0..100).collect::<Vec<u8>>());
    assert_eq!(lost.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_pipe_that_halts_for_ever_is_a_lost_link() {
    let reads = [Err(rusb::Error::Timeout)].into_iter().chain((0..9).map(|_| Err(rusb::Error::Pipe))).collect();
    let (mut usb, _printer) = transport(Script { reads, ..Script::default() });
    let mut link = usb.connect(SOON).expect("a printer");
    link.reader.read(&mut [0; 8]).expect_err("no end of halts");
}

#[test]
fn a_closed_link_lets_go_of_the_port_before_the_next_is_made() {
    let (mut usb, _printer) = transport(Script::default());
    for _ in 0..20 {
        let Link { mut writer, mut reader } = usb.connect(SOON).expect("a free port");
        let listening = std::thread::spawn(move || reader.read(&mut [0; 8]));
        writer.close();
        drop(writer);
        // No waiting here: connecting again waits by itself.
        let next = usb.connect(SOON).expect("a free port");
        assert_eq!(listening.join().expect("no panic").expect("the end"), 0);
        drop(next);
    }
}

#[test]
fn a_link_that_does_not_end_is_waited_for_no_longer_than_was_said() {
    let (mut usb, _printer) = transport(Script::default());
    let _kept = usb.connect(SOON).expect("a free port");
    let refused = usb.connect(Duration::from_millis(10)).expect_err("still held");
    assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
}

#[test]
fn why_a_printer_cannot_be_had_is_said_with_what_to_do() {
    let mut empty = UsbTransport::on(Box::new(OneBus::default()), UsbSelector::First);
    assert_eq!(empty.connect(SOON).expect_err("no printer").kind(), io::ErrorKind::NotFound);
    for (error, kind, words) in [
        (rusb::Error::Access, io::ErrorKind::PermissionDenied, "udev rule"),
        (rusb::Error::Busy, io::ErrorKind::ResourceBusy, "another program"),
        (rusb::Error::Io, io::ErrorKind::Other, "Input/Output"),
    ] {
        let bus = OneBus { printer: Some(Arc::default()), refuse: Some(error), ..OneBus::default() };
        let refused = UsbTransport::on(Box::new(bus), UsbSelector::First).connect(SOON).expect_err("refused");
        assert_eq!(refused.kind(), kind);
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

#[test]
fn the_port_tells_its_status_or_is_asked_no_more() {
    let port = [Ok(0x38), Err(rusb::Error::Timeout), Ok(0x18), Err(rusb::Error::Pipe)].into();
    let (mut usb, printer) = transport(Script { port, ..Script::default() });
    let mut link = usb.connect(SOON).expect("a printer");
    let mut status = || link.writer.port_status().expect("a link");
    assert_eq!(status(), Some(PortStatus { paper_out: true, selected: true, error: false }));
    assert_eq!(status(), None, "no answer this time");
    assert_eq!(status(), Some(PortStatus { paper_out: false, selected: true, error: false }));
    assert_eq!([status(), status(), status()], [None; 3]);
    assert_eq!(printer.script().asked_port, 4, "a request that the printer does not know is not repeated");
}

#[test]
fn a_port_that_is_gone_says_so() {
    let port = [Err(rusb::Error::NoDevice)].into();
    let (mut usb, _printer) = transport(Script { port, ..Script::default() });
    usb.connect(SOON).expect("a printer").writer.port_status().expect_err("gone");
}

#[test]
fn a_printer_that_never_answers_is_still_missed() {
    let script = Script { port: [Err(rusb::Error::NoDevice)].into(), ..Script::default() };
    let bus = OneBus { printer: Some(Arc::new(Printer(Mutex::new(script)))), mute: true, ..OneBus::default() };
    let mut usb = UsbTransport::on(Box::new(bus), UsbSelector::First);
    let mut link = usb.connect(SOON).expect("a printer");
    assert_eq!(link.reader.read(&mut [0; 8]).expect_err("gone").kind(), io::ErrorKind::NotFound);
}

proptest! {
    /// However little a printer takes at a time, and however often its time is up first, it gets every byte once.
    #[test]
    fn no_byte_is_lost_or_repeated(
        length in 1..60_000usize,
        writes in prop::collection::vec(0..9_000usize, 0..40),
    ) {
        let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect();
        let writes = writes.into_iter().map(Ok).collect();
        let (mut usb, printer) = transport(Script { writes, ..Script::default() });
        let mut link = usb.connect(SOON).expect("a printer");
        let mut offset = 0;
        while offset < length {
            match link.writer.write(&bytes[offset..], Duration::ZERO) {
                Ok(taken) => offset += taken,
                Err(WriteError::TimedOut) => {}
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
        prop_assert!(printer.script().taken == bytes);
    }
}
