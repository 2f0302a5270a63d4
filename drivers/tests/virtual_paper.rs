//! Slips through the virtual printer: the pictures and texts that fall out, read back by programs that are not ours.

mod fixtures;

use std::path::{Path, PathBuf};
use std::process::Command;

use drivers::printer::PrinterSelector;
use drivers::printer::transport::TcpTransport;
use drivers::printer::{Form, JobId, Journal, JournalError, Outcome, Printer, Stage, Timing};
use drivers::virtual_printer::{VirtualEvent, VirtualOptions, VirtualPrinter};
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
    let options = VirtualOptions {
        folder: folder.to_owned(),
        width_dots: profile.width_dots,
        code_page: profile.code_page,
        fonts: fonts(),
    };
    let device = VirtualPrinter::listen(&options, []).expect("a free port");
    let PrinterSelector::Tcp { host, port } = device.selector() else {
        panic!("a listener is reached over TCP")
    };
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
    printer
        .submit(job(1, ticket(roll, kind)))
        .expect("an open printer");
    let (stages, first_byte, outcome, _) = heard.job(1);
    assert_eq!(outcome, Outcome::Printed);
    assert!(first_byte);
    assert_eq!(
        stages,
        [
            Stage::Queued,
            Stage::Sending,
            Stage::Sent,
            Stage::Printed,
            Stage::Cut
        ]
    );
    loop {
        match device
            .events()
            .recv_timeout(PATIENCE)
            .expect("a slip in time")
        {
            VirtualEvent::Cut { picture } => return picture,
            VirtualEvent::Failed { reason } => panic!("{reason}"),
            VirtualEvent::Linked | VirtualEvent::Received { .. } => {}
        }
    }
}

/// Reads the QR code of a picture with a program that knows nothing of ours.
fn read_code(picture: &Path) -> String {
    let output = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(picture)
        .output()
        .unwrap_or_else(|error| {
            panic!("zbarimg cannot run ({error}): install the Debian package zbar-tools")
        });
    assert!(
        output.status.success(),
        "zbarimg found no code in {}",
        picture.display()
    );
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .trim_end()
        .to_owned()
}

#[test]
fn the_code_of_a_ticket_is_read_back_from_its_picture() {
    for roll in [Roll::Mm80, Roll::Mm58] {
        for form in [Form::Raster, Form::Text] {
            for kind in [Ticket::Standard, Ticket::Duplicata, Ticket::Priority] {
                let folder = tempfile::tempdir().expect("a folder");
                let picture = print(folder.path(), roll, form, kind);
                if let Ok(keep) = std::env::var("KEEP_SLIPS") {
                    let name = format!("{roll:?}-{form:?}-{kind:?}.png");
                    std::fs::copy(&picture, Path::new(&keep).join(name)).expect("copy");
                }
                assert_eq!(read_code(&picture), fixtures::SHORT_LINK);
            }
        }
    }
}
