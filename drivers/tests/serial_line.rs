//! A printer on a serial line, played by the other end of a pseudo-terminal.

use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use drivers::printer::FlowControl;
use drivers::printer::transport::{Link, SerialTransport, Transport, WriteError};
use serialport::{SerialPort, TTYPort};

const PATIENCE: Duration = Duration::from_secs(30);
const MOMENT: Duration = Duration::from_millis(20);

/// A line of its own, and what stands at its other end.
fn line() -> (TTYPort, PathBuf) {
    let (printer, _ours, path) = line_that_stays();
    (printer, path)
}

/// The same, with our end held open so that it outlasts the links.
fn line_that_stays() -> (TTYPort, TTYPort, PathBuf) {
    let (mut printer, ours) = TTYPort::pair().expect("a pseudo-terminal");
    printer.set_timeout(PATIENCE).expect("a limit");
    let path = PathBuf::from(ours.name().expect("a name"));
    (printer, ours, path)
}

fn connect(path: &std::path::Path) -> Link {
    SerialTransport::new(path.to_owned(), 9600, FlowControl::RtsCts).connect(PATIENCE).expect("a line")
}

fn write_all(link: &mut Link, bytes: &[u8]) {
    let mut offset = 0;
    let deadline = Instant::now() + PATIENCE;
    while offset < bytes.len() {
        assert!(Instant::now() < deadline, "the line takes nothing");
        match link.writer.write(&bytes[offset..], PATIENCE) {
            Ok(taken) => offset += taken,
            Err(WriteError::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn every_byte_value_passes_both_ways_as_it_is() {
    let (mut printer, path) = line();
    let mut link = connect(&path);
    let all: Vec<u8> = (0..=u8::MAX).collect();
    write_all(&mut link, &all);
    link.writer.flush(PATIENCE).expect("sent");
    let mut heard = [0; 256];
    printer.read_exact(&mut heard).expect("256 bytes");
    assert_eq!(heard[..], all);

    printer.write_all(&all).expect("256 bytes");
    let mut answer = Vec::new();
    while answer.len() < 256 {
        let mut buffer = [0; 100];
        let read = link.reader.read(&mut buffer).expect("a line");
        answer.extend_from_slice(&buffer[..read]);
    }
    assert_eq!(answer, all);
}

#[test]
fn a_printer_that_takes_nothing_stalls_us_and_goes_on_where_it_stopped() {
    let (mut printer, path) = line();
    let mut link = connect(&path);
    let job: Vec<u8> = (0..200_000u32).map(|at| u8::try_from(at % 251).expect("a byte")).collect();
    let mut offset = 0;
    let stalled = loop {
        match link.writer.write(&job[offset..], MOMENT) {
            Ok(taken) => offset += taken,
            Err(error) => break error,
        }
    };
    assert!(matches!(stalled, WriteError::TimedOut), "{stalled}");
    assert!(offset > 0 && offset < job.len(), "{offset}");
    let reading = std::thread::spawn(move || {
        let mut heard = vec![0; 200_000];
        printer.read_exact(&mut heard).expect("the whole job");
        (printer, heard)
    });
    write_all(&mut link, &job[offset..]);
    let (_printer, heard) = reading.join().expect("no panic");
    assert!(heard == job);
}

#[test]
fn closing_wakes_the_reader_and_frees_the_line() {
    let (_printer, path) = line();
    for _ in 0..5 {
        let Link { mut writer, mut reader } = connect(&path);
        let listening = std::thread::spawn(move || reader.read(&mut [0; 8]).map(|read| (read, reader)));
        writer.close();
        let (read, _reader) = listening.join().expect("no panic").expect("the end");
        assert_eq!(read, 0);
    }
}

#[test]
fn what_was_said_before_a_link_is_not_read_from_it() {
    let (mut printer, _ours, path) = line_that_stays();
    drop(connect(&path));
    printer.write_all(b"old").expect("a line");
    let mut link = connect(&path);
    printer.write_all(b"new").expect("a line");
    let mut buffer = [0; 8];
    let read = link.reader.read(&mut buffer).expect("a line");
    assert_eq!(&buffer[..read], b"new");
}

#[test]
fn an_adapter_that_is_pulled_is_a_lost_link_and_its_return_makes_a_new_one() {
    let (printer, path) = line();
    let mut link = connect(&path);
    drop(printer);
    link.reader.read(&mut [0; 8]).map_or_else(drop, |read| assert_eq!(read, 0, "nobody spoke"));
    let error = link.writer.write(b"ticket", PATIENCE).expect_err("gone");
    assert!(matches!(error, WriteError::Lost(_)), "none of it was taken: {error}");
    drop(link);

    let mut absent = SerialTransport::new(PathBuf::from("/dev/ttyNoSuchAdapter"), 9600, FlowControl::RtsCts);
    let missing = absent.connect(PATIENCE).expect_err("not there");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("plugged in"), "{missing}");
    let (_printer, path) = line();
    connect(&path);
}

#[test]
fn one_program_at_a_time_has_the_line() {
    let (_printer, path) = line();
    let _first = connect(&path);
    let refused = SerialTransport::new(path, 9600, FlowControl::RtsCts).connect(PATIENCE).expect_err("held");
    assert_eq!(refused.kind(), ErrorKind::ResourceBusy, "{refused}");
}

#[test]
fn a_line_tells_its_speed_and_a_pseudo_terminal_has_no_lines_to_look_at() {
    let (_printer, path) = line();
    let mut serial = SerialTransport::new(path, 19_200, FlowControl::RtsCts);
    assert_eq!(serial.capabilities().bytes_per_s, Some(1920));
    let mut link = serial.connect(PATIENCE).expect("a line");
    assert_eq!(link.writer.port_status().expect("a link"), None);
}
