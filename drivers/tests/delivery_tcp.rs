//! Never lost, never twice: what becomes of a job when a network printer does what network printers do.

mod fixtures;

use std::net::TcpListener;
use std::time::Duration;

use drivers::printer::transport::TcpTransport;
use drivers::printer::{Outcome, Paper, Printer, PrinterSelector, Profile, Reason, Stage, Timing};
use drivers::virtual_printer::{Fault, VirtualEvent, VirtualOptions, VirtualPrinter};
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
    script: impl IntoIterator<Item = Fault>,
    profile: Profile,
    timing: Timing,
) -> (Printer, Heard, VirtualPrinter) {
    let options = VirtualOptions {
        folder: folder.path().to_owned(),
        width_dots: profile.width_dots,
        code_page: profile.code_page,
        fonts: fonts(),
    };
    let device = VirtualPrinter::listen(&options, script).expect("a free port");
    let PrinterSelector::Tcp { host, port } = device.selector() else { panic!("a listener is reached over TCP") };
    let transport = Box::new(TcpTransport::new(&host, port));
    let (printer, heard) = open(transport, profile, Recorder::new(&Log::default()), timing);
    (printer, heard, device)
}

fn slips(folder: &tempfile::TempDir) -> usize {
    std::fs::read_dir(folder.path()).expect("a folder").count()
}

#[test]
fn a_printer_that_closes_in_mid_job_leaves_it_unknown_and_prints_the_next_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = [Fault::CloseAfter(1000), Fault::None];
    let (printer, heard, device) = over_tcp(&folder, script, telling(), PATIENT);
    submit(&printer, 1);
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::LinkLost));
    submit(&printer, 2);
    assert_eq!(heard.job(2).2, Outcome::Printed);
    end(&printer);
    assert_eq!(slips(&folder), 1, "the torso has no ink, the second slip is there");
    drop(device);
}

#[test]
fn a_silent_printer_leaves_the_job_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (printer, heard, device) = over_tcp(&folder, [Fault::Silent], telling(), QUICK);
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending, Stage::Sent]);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::TimedOut));
    drop(device);
    end(&printer);
}

#[test]
fn a_printer_that_never_takes_the_link_or_stops_reading_leaves_the_job_unknown() {
    for fault in [Fault::NeverAccept, Fault::StallAfter(50)] {
        let folder = tempfile::tempdir().expect("a folder");
        let (printer, heard, device) = over_tcp(&folder, [fault], telling(), QUICK);
        submit(&printer, 1);
        let (_, first_byte, outcome, _) = heard.job(1);
        assert!(first_byte, "the system's own buffer takes it");
        assert_eq!(outcome, Outcome::Unknown, "{fault:?}");
        end(&printer);
        drop(device);
    }
}

#[test]
fn out_of_paper_no_byte_goes_and_new_paper_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (printer, heard, device) = over_tcp(&folder, [], telling(), REFILL);
    heard.status(|status| status.told && status.paper == Paper::Ok);
    device.set_condition(Paper::NearEnd, false);
    assert!(heard.status(|status| status.paper == Paper::NearEnd).ready());
    device.set_condition(Paper::Out, false);
    assert!(!heard.status(|status| status.paper == Paper::Out).ready());
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::NotReady));
    device.set_condition(Paper::Ok, true);
    assert!(!heard.status(|status| status.cover_open).ready());
    device.set_condition(Paper::Ok, false);
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
    let options = VirtualOptions {
        folder: folder.path().to_owned(),
        width_dots: profile.width_dots,
        code_page: profile.code_page,
        fonts: fonts(),
    };
    let device = VirtualPrinter::listen(&options, []).expect("a free port");
    device.set_condition(Paper::Out, false);
    let PrinterSelector::Tcp { host, port } = device.selector() else { panic!("a listener is reached over TCP") };
    let transport = Box::new(TcpTransport::new(&host, port));
    let (printer, heard) = open(transport, profile, Recorder::new(&Log::default()), REFILL);
    // Offline it reads nothing but questions, and answers those.
    let status = heard.status(|status| status.told);
    assert_eq!((status.paper, status.offline), (Paper::Out, true));
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::NotReady));
    device.set_condition(Paper::Ok, false);
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
