//! Never lost, never twice: what becomes of a job when a network printer does what network printers do.

mod fixtures;

use std::net::TcpListener;
use std::time::Duration;

use drivers::printer::transport::TcpTransport;
use drivers::printer::{Outcome, Paper, Printer, PrinterSelector, Profile, Reason, Stage, Timing};
use drivers::virtual_printer::{Happening, Step, VirtualEvent, VirtualOptions, VirtualPrinter};
use fixtures::delivering::{PATIENT, QUICK, end, mute, open, submit, telling};
use fixtures::scripted::{Log, Recorder};
use fixtures::{Heard, fonts};

#[test]
fn a_closed_port_is_a_printer_that_is_away() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let transport = Box::new(TcpTransport::new("127.0.0.1", port));
    let (printer, heard) = open(transport, mute(), Recorder::new(&Log::default()), QUICK);
    submit(&printer, 1);
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::Unreachable));
    end(&printer);
}

/// One job has to wait in vain, and the next has to succeed also on a busy machine.
const REFILL: Timing = Timing { least_budget: Duration::from_secs(3), ..QUICK };

/// A printer over TCP, and the virtual device at the other end.
fn over_tcp(
    folder: &tempfile::TempDir,
    script: impl IntoIterator<Item = Step>,
    profile: Profile,
    timing: Timing,
) -> (Printer, Heard, VirtualPrinter) {
    let options = VirtualOptions::of(&profile, folder.path(), fonts());
    let device = VirtualPrinter::listen(&options, script).expect("a free port");
    let (printer, heard) = open(reaching(&device), profile, Recorder::new(&Log::default()), timing);
    (printer, heard, device)
}

fn reaching(device: &VirtualPrinter) -> Box<TcpTransport> {
    let selector = device.selector().parse();
    let Ok(PrinterSelector::Tcp { host, port }) = selector else { panic!("a listener is reached over TCP") };
    Box::new(TcpTransport::new(&host, port))
}

fn slips(folder: &tempfile::TempDir) -> usize {
    std::fs::read_dir(folder.path()).expect("a folder").count()
}

#[test]
fn a_printer_that_closes_in_mid_job_leaves_it_unknown_and_prints_the_next_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = [Step::at(1000, Happening::LinkLost)];
    let (printer, heard, device) = over_tcp(&folder, script, telling(), PATIENT);
    submit(&printer, 1);
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::LinkLost));
    submit(&printer, 2);
    assert_eq!(heard.job(2).2, Outcome::Printed);
    end(&printer);
    assert_eq!(slips(&folder), 2, "the torso, cut off by itself, and the second slip");
    drop(device);
}

#[test]
fn a_silent_printer_leaves_the_job_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (printer, heard, device) = over_tcp(&folder, [Step::at(0, Happening::FallsSilent)], telling(), QUICK);
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending, Stage::Sent]);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::TimedOut));
    drop(device);
    end(&printer);
}

#[test]
fn a_printer_that_never_takes_the_link_or_stops_reading_leaves_the_job_unknown() {
    for step in [Step::at(0, Happening::Taken), Step::at(50, Happening::Stalls)] {
        let folder = tempfile::tempdir().expect("a folder");
        let (printer, heard, device) = over_tcp(&folder, [step], telling(), QUICK);
        submit(&printer, 1);
        let (_, first_byte, outcome, _) = heard.job(1);
        assert!(first_byte, "the system's own buffer takes it");
        assert_eq!(outcome, Outcome::Unknown, "{step:?}");
        end(&printer);
        drop(device);
    }
}

#[test]
fn out_of_paper_no_byte_goes_and_new_paper_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (printer, heard, device) = over_tcp(&folder, [], telling(), REFILL);
    heard.status(|status| status.told && status.paper == Paper::Ok);
    device.happen(Happening::PaperNearEnd);
    assert!(heard.status(|status| status.paper == Paper::NearEnd).ready());
    device.happen(Happening::PaperOut);
    assert!(!heard.status(|status| status.paper == Paper::Out).ready());
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::NotReady));
    device.happen(Happening::CoverOpened);
    device.happen(Happening::PaperLoaded);
    assert!(!heard.status(|status| status.cover_open && status.paper == Paper::Ok).ready());
    device.happen(Happening::CoverClosed);
    assert!(heard.status(|status| !status.cover_open).ready());
    submit(&printer, 2);
    assert_eq!(heard.job(2).2, Outcome::Printed);
    end(&printer);
    assert_eq!(slips(&folder), 1);
}

#[test]
fn a_printer_without_paper_when_the_link_is_made_is_not_sent_a_slip() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = telling();
    let options = VirtualOptions::of(&profile, folder.path(), fonts());
    let device = VirtualPrinter::listen(&options, []).expect("a free port");
    device.happen(Happening::PaperOut);
    let (printer, heard) = open(reaching(&device), profile, Recorder::new(&Log::default()), REFILL);
    // Offline it reads nothing but questions, and answers those.
    let status = heard.status(|status| status.told);
    assert_eq!((status.paper, status.offline), (Paper::Out, true));
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::NotReady));
    device.happen(Happening::PaperLoaded);
    submit(&printer, 2);
    assert_eq!(heard.job(2).2, Outcome::Printed);
    end(&printer);
}

#[test]
fn a_hundred_slips_come_out_once_each_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let (printer, heard, device) = over_tcp(&folder, [], telling(), PATIENT);
    for id in 1..=100 {
        submit(&printer, id);
    }
    for id in 1..=100 {
        assert_eq!(heard.job(id).2, Outcome::Printed, "job {id}");
    }
    end(&printer);
    let cuts = device.events().try_iter().filter(|event| matches!(event, VirtualEvent::Cut { .. })).count();
    assert_eq!((cuts, slips(&folder)), (100, 100));
}
