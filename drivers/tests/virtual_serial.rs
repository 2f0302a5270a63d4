//! The virtual printer on a serial line, as the serialport crate and the file system see it.

mod fixtures;

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;

use drivers::virtual_printer::{Happening, Step, VirtualEvent, VirtualPrinter};
use fixtures::PATIENCE;
use fixtures::twin::{comes_to, cut, happens, options, text_of};
use serialport::SerialPort;

/// A printer with a small buffer on a line in a folder of its own.
fn on_a_line(folder: &tempfile::TempDir, script: &[Step]) -> (VirtualPrinter, PathBuf) {
    let node = folder.path().join("ttyPRINTER");
    let device = VirtualPrinter::on_pty(&node, &options(&folder.path().join("paper"), 64), script.iter().copied())
        .expect("a printer");
    assert_eq!(device.selector(), format!("serial:{}", node.display()));
    (device, node)
}

fn open(node: &Path) -> Box<dyn SerialPort> {
    let path = node.to_str().expect("a plain path");
    serialport::new(path, 115_200).timeout(PATIENCE).open().expect("a line that may be opened")
}

#[test]
fn a_printer_on_a_line_prints_and_answers_program_after_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let (device, node) = on_a_line(&folder, &[]);
    for line in ["first", "second"] {
        let mut port = open(&node);
        happens(&device, |event| *event == VirtualEvent::Linked);
        write!(port, "\x1B@{line}\n\x1D(H\x06\x0000abcd\x1DVA\0").expect("a line that takes it");
        let mut answer = [0; 7];
        port.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"\x37\x22abcd\0");
        assert_eq!(text_of(&cut(&device)), format!("{line}\n"));
        drop(port);
        happens(&device, |event| *event == VirtualEvent::Unlinked);
        // Nobody is there to hear it, so the next program does not.
        device.say(b"lost");
    }
}

#[test]
fn bytes_are_carried_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let (device, node) = on_a_line(&folder, &[]);
    let mut port = open(&node);
    happens(&device, |event| *event == VirtualEvent::Linked);
    // A picture of one row, of the bytes that a terminal would act on: end of file, interrupt, flow control, new lines.
    let dots = [0x03, 0x04, 0x0A, 0x0D, 0x11, 0x13, 0x1A, 0x1C, 0x7F, 0xFF];
    port.write_all(b"\x1B@\x1Dv0\x00\x0A\x00\x01\x00").expect("a line that takes it");
    port.write_all(&dots).expect("a line that takes it");
    port.write_all(b"\x1DVA\0").expect("a line that takes it");
    let picture = std::fs::File::open(cut(&device)).expect("a picture");
    let mut reader = png::Decoder::new(std::io::BufReader::new(picture)).read_info().expect("a PNG");
    let mut row = vec![0; reader.output_buffer_size().expect("a small picture")];
    reader.next_frame(&mut row).expect("a PNG");
    assert_eq!(row[..10], dots.map(|byte: u8| !byte));
    let every: Vec<u8> = (0..=255).collect();
    device.say(&every);
    let mut heard = [0; 256];
    port.read_exact(&mut heard).expect("an answer");
    assert_eq!(heard[..], every);
}

#[test]
fn without_paper_the_line_fills_and_the_printer_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let (device, node) = on_a_line(&folder, &[Step::at(1000, Happening::PaperOut)]);
    let mut port = open(&node);
    // More than a line keeps, and less than 5 m of paper.
    let text: String = (0..1000).map(|line| format!("line number {line}\n")).collect();
    let job = format!("\x1B@{text}\x1DVA\0");
    // A write to a terminal lasts until its last byte is taken.
    let writing = thread::spawn(move || port.write_all(job.as_bytes()));
    comes_to(&device, Happening::PaperOut);
    happens(&device, |event| *event == VirtualEvent::Full);
    assert!(!writing.is_finished());
    device.happen(Happening::PaperLoaded);
    writing.join().expect("a writer that ends").expect("a line that takes it again");
    assert_eq!(text_of(&cut(&device)), text);
}

#[test]
fn a_cable_that_is_pulled_hangs_up_and_comes_back_at_the_same_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let (device, node) = on_a_line(&folder, &[]);
    for how in [Happening::Unplugged, Happening::LinkLost] {
        let mut port = open(&node);
        happens(&device, |event| *event == VirtualEvent::Linked);
        device.happen(how);
        let gone = port.read(&mut [0; 8]).expect_err("a line that hung up");
        assert_ne!(gone.kind(), ErrorKind::TimedOut, "{gone}");
        assert!(port.write(b"a").is_err());
        drop(port);
        if how == Happening::Unplugged {
            assert!(std::fs::symlink_metadata(&node).is_err(), "the node is gone");
            device.happen(Happening::PluggedIn);
        }
        let mut port = open(&node);
        port.write_all(b"\x1B@here\n\x1DVA\0").expect("a line that takes it");
        assert_eq!(text_of(&cut(&device)), "here\n");
    }
}
