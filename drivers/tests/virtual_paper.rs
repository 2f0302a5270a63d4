//! Slips through the virtual printer: the pictures and texts that fall out, read back by programs that are not ours.

mod fixtures;

use std::path::{Path, PathBuf};
use std::process::Command;

use drivers::printer::transport::{TcpTransport, Transport, WriteError};
use drivers::printer::{
    Form, JobId, Journal, JournalError, Outcome, Painter, Paper, Printer, PrinterSelector, Profile, Stage, Timing,
    encode_job,
};
use drivers::virtual_printer::{VirtualOptions, VirtualPrinter, VirtualTransport};
use fixtures::twin::dots;
use fixtures::{PATIENCE, Roll, Ticket, fonts, job, listen, profile, ticket};

/// A journal that always works.
struct Forgetful;

impl Journal for Forgetful {
    fn record(&mut self, _job: JobId, _stage: Stage) -> Result<(), JournalError> {
        Ok(())
    }
}

/// Prints over TCP and answers the path of the picture.
fn print(folder: &Path, roll: Roll, form: Form, kind: Ticket) -> PathBuf {
    let profile = profile(roll, form);
    let options = VirtualOptions::of(&profile, folder, fonts());
    let device = VirtualPrinter::listen(&options, []).expect("a free port");
    let selector = device.selector().parse();
    let Ok(PrinterSelector::Tcp { host, port }) = selector else { panic!("a listener is reached over TCP") };
    let (events, heard) = listen();
    let printer = Printer::open_with(
        Box::new(TcpTransport::new(&host, port)),
        profile,
        &fonts(),
        Box::new(Forgetful),
        Timing::default(),
        events,
    )
    .expect("a printer");
    printer.submit(job(1, ticket(roll, kind))).expect("an open printer");
    let (stages, first_byte, outcome, _) = heard.job(1);
    assert_eq!(outcome, Outcome::Printed);
    assert!(first_byte);
    assert_eq!(stages, [Stage::Queued, Stage::Sending, Stage::Sent, Stage::Printed, Stage::Cut]);
    fixtures::twin::cut(&device)
}

/// Keeps a picture for a look: `KEEP_SLIPS=FOLDER cargo test ...`.
fn keep(picture: &Path, name: &str) {
    if let Ok(folder) = std::env::var("KEEP_SLIPS") {
        std::fs::copy(picture, Path::new(&folder).join(name)).expect("a folder to keep slips in");
    }
}

/// Reads the QR code of a picture with a program that knows nothing of ours.
fn read_code(picture: &Path) -> String {
    let output = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(picture)
        .output()
        .unwrap_or_else(|error| panic!("zbarimg cannot run ({error}): install the Debian package zbar-tools"));
    assert!(output.status.success(), "zbarimg found no code in {}", picture.display());
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

#[test]
fn the_code_of_a_ticket_is_read_back_from_its_picture() {
    for roll in [Roll::Mm80, Roll::Mm58] {
        for form in [Form::Raster, Form::Text] {
            for kind in [Ticket::Standard, Ticket::Duplicata, Ticket::Priority] {
                let folder = tempfile::tempdir().expect("a folder");
                let picture = print(folder.path(), roll, form, kind);
                keep(&picture, &format!("{roll:?}-{form:?}-{kind:?}.png"));
                assert_eq!(read_code(&picture), fixtures::SHORT_LINK);
            }
        }
    }
}

#[test]
fn the_text_form_leaves_a_text_file_beside_its_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = print(folder.path(), Roll::Mm80, Form::Text, Ticket::Priority);
    assert_eq!(picture.file_name(), Some("0001.png".as_ref()));
    let text = std::fs::read_to_string(folder.path().join("0001.txt")).expect("a text file");
    let wanted = [
        "Mairie de Bonneveine",
        "Sam. 21 nov. 2026 · 10\u{A0}h\u{A0}42",
        "B\u{A0}42",
        "Carte d’identité et passeport",
        "Priorité\u{A0}: voir l’agent",
        "Attente\u{A0}: environ 20 à 30 minutes",
        "Salle A, 1er étage",
    ];
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..wanted.len()], wanted);
    let raster = tempfile::tempdir().expect("a folder");
    print(raster.path(), Roll::Mm80, Form::Raster, Ticket::Standard);
    assert_eq!(names(raster.path()), ["0001.png"], "a drawn slip has no text");
}

/// What is in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn the_picture_has_the_dots_that_were_drawn() {
    let slip = ticket(Roll::Mm80, Ticket::Duplicata);
    let mut painter = Painter::open(&fonts(), 576).expect("fonts");
    let drawn = painter.draw(&slip).expect("a slip that fits");
    let folder = tempfile::tempdir().expect("a folder");
    let picture = print(folder.path(), Roll::Mm80, Form::Raster, Ticket::Duplicata);
    let (width, dots) = dots(&picture);
    assert_eq!(width, 576);
    assert_eq!(dots.len(), 576 * (drawn.height() + 16), "content and the feed below it");
    for (at, black) in dots.iter().enumerate() {
        assert_eq!(*black, drawn.is_black(at % 576, at / 576), "dot {at}");
    }
}

fn switched_on(folder: &Path) -> VirtualTransport {
    let options = VirtualOptions::of(&profile(Roll::Mm58, Form::Raster), folder, fonts());
    VirtualTransport::new(&options).expect("a virtual printer")
}

#[test]
fn splitting_the_bytes_changes_nothing() {
    let mut profile = profile(Roll::Mm58, Form::Text);
    profile.answers.asb = false;
    let mut painter = Painter::open(&fonts(), 384).expect("fonts");
    let slip = ticket(Roll::Mm58, Ticket::Duplicata);
    let job = encode_job(&mut painter, &slip, &profile, JobId(7)).expect("a slip that fits");
    let folder = tempfile::tempdir().expect("a folder");
    let mut printer = switched_on(folder.path());
    for size in [1, 2, 3, 7, 64, 1000, usize::MAX] {
        let mut link = printer.connect(PATIENCE).expect("a link");
        for chunk in job.bytes.chunks(size) {
            assert_eq!(link.writer.write(chunk, PATIENCE).expect("a printer"), chunk.len());
        }
        link.writer.close();
        let mut replies = Vec::new();
        let mut buffer = [0; 5];
        while let Ok(read @ 1..) = link.reader.read(&mut buffer) {
            replies.extend_from_slice(&buffer[..read]);
        }
        let ids = job.ids.expect("this model answers");
        let answer = |id: [u8; 4]| [&[0x37, 0x22][..], &id[..], &[0]].concat();
        let cut = ids.cut.expect("a cutter");
        assert_eq!(replies, [answer(ids.printed), answer(cut)].concat(), "pieces of {size}");
    }
    let first = dots(&folder.path().join("0001.png"));
    for number in 2..=7 {
        assert!(dots(&folder.path().join(format!("000{number}.png"))) == first, "slip {number}");
    }
}

fn cause(error: &WriteError) -> String {
    std::error::Error::source(error).expect("why").to_string()
}

#[test]
fn what_the_printer_does_not_know_stops_it_loudly() {
    let table: [(&[u8], &str); 9] = [
        (b"\x1Bz\x01", "unknown command 1B 7A"),
        (b"\x1D(k\x03\x00", "unknown command 1D 28 6B"),
        (b"\x1Dv0\x01", "unknown command 1D 76 30 01"),
        (b"\x07", "unknown command 07"),
        (b"\x1D(H\x06\x0000\x01", "unknown command 1D 28 48"),
        (b"caf\xE9", "byte E9 comes before a page"),
        (b"\x1Bt\x10\x81", "byte 81 is no character"),
        (b"\x1Bt\x02", "ESC t 2"),
        (b"text\x1Ba\x01", "middle of a line"),
    ];
    for (bytes, wanted) in table {
        let folder = tempfile::tempdir().expect("a folder");
        let mut printer = switched_on(folder.path());
        let mut link = printer.connect(PATIENCE).expect("a link");
        let stopped = cause(&link.writer.write(bytes, PATIENCE).expect_err("a printer that stops"));
        assert!(stopped.contains(wanted), "{stopped}");
        let refused = printer.connect(PATIENCE).expect_err("out of order");
        assert_eq!(refused.to_string(), stopped);
        assert_eq!(names(folder.path()), ["0001.error.txt"]);
        let written = std::fs::read_to_string(folder.path().join("0001.error.txt")).expect("why");
        assert_eq!(written.trim_end(), stopped);
    }
}

#[test]
fn a_picture_wider_than_the_paper_stops_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut printer = switched_on(folder.path());
    let mut link = printer.connect(PATIENCE).expect("a link");
    let mut bytes = b"\x1Dv0\x00\x31\x00\x01\x00".to_vec();
    bytes.resize(8 + 49, 0xFF);
    let stopped = cause(&link.writer.write(&bytes, PATIENCE).expect_err("a printer that stops"));
    assert!(stopped.contains("wider than the paper"), "{stopped}");
}

#[test]
fn slips_go_on_being_numbered_after_what_a_folder_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("0041.png"), b"").expect("a file");
    let picture = print(folder.path(), Roll::Mm58, Form::Raster, Ticket::Standard);
    assert_eq!(picture.file_name(), Some("0042.png".as_ref()));
}

#[test]
fn a_selector_opens_a_virtual_printer() {
    let folder = tempfile::tempdir().expect("a folder");
    let selector: PrinterSelector = format!("virtual:{}", folder.path().display()).parse().expect("a selector");
    let (events, heard) = listen();
    let profile = Profile::load("virtual").expect("a shipped profile");
    let printer = Printer::open(&selector, profile, &fonts(), Box::new(Forgetful), events).expect("a printer");
    let status = heard.status(|status| status.told);
    assert!(status.ready());
    assert_eq!(status.paper, Paper::Ok);
    printer.submit(job(9, ticket(Roll::Mm80, Ticket::Standard))).expect("an open printer");
    assert_eq!(heard.job(9).2, Outcome::Printed);
    assert_eq!(read_code(&folder.path().join("0001.png")), fixtures::SHORT_LINK);
    assert_eq!(printer.shutdown(PATIENCE), Ok(()));
}
