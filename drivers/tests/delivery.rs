//! Never lost, never twice: what becomes of a job when the link does what links do.

mod fixtures;
#[path = "fixtures/scripted.rs"]
mod scripted;

use std::net::TcpListener;
use std::time::Duration;

use drivers::printer::slip::{Block, Code, Slip};
use drivers::printer::transport::{TcpTransport, Transport};
use drivers::printer::{
    JobId, Journal, Outcome, Painter, Paper, Printer, PrinterClosed, PrinterSelector, Profile,
    Reason, Stage, Timing, encode_job,
};
use drivers::virtual_printer::{Fault, VirtualEvent, VirtualOptions, VirtualPrinter};
use fixtures::{Heard, PATIENCE, fonts, job, listen};
use scripted::{Entry, Log, Recorder, Scripted, Step};

/// Waits are short where a test waits for their end.
const QUICK: Timing = Timing {
    least_budget: Duration::from_millis(300),
    connect: Duration::from_millis(500),
    first_status: Duration::from_millis(50),
    write_slice: Duration::from_millis(20),
    first_backoff: Duration::from_millis(5),
    longest_backoff: Duration::from_millis(200),
    quiet: Duration::from_secs(60),
    answer: Duration::from_secs(60),
};

/// Time enough for everything that is to succeed.
const PATIENT: Timing = Timing {
    least_budget: PATIENCE,
    ..QUICK
};

/// A model that says nothing: its stream holds the jobs and nothing else.
fn mute() -> Profile {
    Profile::load("generic-58").expect("a shipped profile")
}

/// A model that confirms.
fn telling() -> Profile {
    Profile::load("virtual").expect("a shipped profile")
}

fn slip() -> Slip {
    Slip {
        blocks: vec![
            Block::Rule,
            Block::Code(Code {
                data: fixtures::SHORT_LINK.to_owned(),
                module_dots: 4,
                lines: Vec::new(),
            }),
        ],
        rtl: false,
    }
}

fn bytes_of(profile: &Profile, id: u64) -> Vec<u8> {
    let mut painter = Painter::open(&fonts(), profile.width_dots).expect("fonts");
    encode_job(&mut painter, &slip(), profile, JobId(id))
        .expect("a slip that fits")
        .bytes
}

fn open(
    transport: Box<dyn Transport>,
    profile: Profile,
    journal: Box<dyn Journal>,
    timing: Timing,
) -> (Printer, Heard) {
    let (events, heard) = listen();
    let printer = Printer::open_with(transport, profile, &fonts(), journal, timing, events)
        .expect("a printer");
    (printer, heard)
}

fn scripted(
    log: &Log,
    links: impl IntoIterator<Item = Option<Vec<Step>>>,
    timing: Timing,
) -> (Printer, Heard) {
    open(
        Scripted::new(log, links),
        mute(),
        Recorder::new(log),
        timing,
    )
}

fn submit(printer: &Printer, id: u64) {
    printer.submit(job(id, slip())).expect("an open printer");
}

/// Ends the printer, after which its log grows no more.
fn end(printer: &Printer) {
    assert_eq!(printer.shutdown(PATIENCE), Ok(()));
}

#[test]
fn sending_is_recorded_before_the_first_byte() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [Some(vec![])], PATIENT);
    submit(&printer, 1);
    let (stages, first_byte, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending, Stage::Sent]);
    assert!(first_byte);
    assert_eq!(
        (outcome, reason),
        (Outcome::Unknown, Reason::NoConfirmation)
    );
    end(&printer);
    assert_eq!(
        log.entries(),
        [
            Entry::Connected,
            Entry::Recorded(JobId(1), Stage::Sending),
            Entry::Bytes(bytes_of(&mute(), 1)),
            Entry::Recorded(JobId(1), Stage::Sent),
            Entry::Closed,
        ]
    );
}

#[test]
fn a_write_that_times_out_goes_on_where_it_stopped() {
    let log = Log::default();
    let steps = vec![
        Step::TimeOut,
        Step::Take(1),
        Step::TimeOut,
        Step::Take(700),
        Step::TimeOut,
        Step::TimeOut,
        Step::Take(33),
    ];
    let (printer, heard) = scripted(&log, [Some(steps)], PATIENT);
    submit(&printer, 1);
    assert_eq!(heard.job(1).2, Outcome::Unknown);
    end(&printer);
    assert_eq!(log.bytes(), [bytes_of(&mute(), 1)]);
}

#[test]
fn a_link_lost_before_the_first_byte_is_made_again() {
    let log = Log::default();
    let links = [
        Some(vec![Step::Lose]),
        None,
        Some(vec![Step::TimeOut, Step::Lose]),
        Some(vec![]),
    ];
    let (printer, heard) = scripted(&log, links, PATIENT);
    submit(&printer, 1);
    let (stages, ..) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending, Stage::Sent]);
    end(&printer);
    assert_eq!(log.bytes(), [vec![], vec![], bytes_of(&mute(), 1)]);
    assert_eq!(log.count(&Entry::Recorded(JobId(1), Stage::Sending)), 1);
}

#[test]
fn a_link_lost_after_the_first_byte_leaves_the_job_unknown_and_is_never_printed_again() {
    let log = Log::default();
    let (printer, heard) = scripted(
        &log,
        [Some(vec![Step::Take(100), Step::Lose]), Some(vec![])],
        PATIENT,
    );
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending]);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::LinkLost));
    submit(&printer, 2);
    assert_eq!(heard.job(2).2, Outcome::Unknown);
    end(&printer);
    let links = log.bytes();
    assert_eq!(links[0], bytes_of(&mute(), 1)[..100]);
    // The torso's picture is completed with blank rows and cut off; then comes the next job, and only it.
    let mut wanted = vec![0; 48 * 128];
    wanted.extend(b"\x1B@\x1DVA\x00");
    wanted.extend(bytes_of(&mute(), 2));
    assert!(
        links[1] == wanted,
        "{} bytes on the second link",
        links[1].len()
    );
}

#[test]
fn a_printer_that_is_away_prints_nothing_and_says_so_in_time() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [], QUICK);
    submit(&printer, 1);
    let (stages, first_byte, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert!(!first_byte);
    assert_eq!(
        (outcome, reason),
        (Outcome::NotPrinted, Reason::Unreachable)
    );
    assert!(!printer.status().connected);
    assert!(printer.status().link_fault.is_some());
    end(&printer);
    // 5, 10, 20, 40, 80, 160, 200, 200 ... ms: a loop that waits, not one that burns.
    let attempts = log.count(&Entry::Refused);
    assert!((3..=40).contains(&attempts), "{attempts} attempts");
    assert_eq!(log.count(&Entry::Recorded(JobId(1), Stage::Sending)), 0);
}

#[test]
fn a_closed_port_is_a_printer_that_is_away() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let transport = Box::new(TcpTransport::new("127.0.0.1", port));
    let (printer, heard) = open(transport, mute(), Recorder::new(&Log::default()), QUICK);
    submit(&printer, 1);
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!(
        (outcome, reason),
        (Outcome::NotPrinted, Reason::Unreachable)
    );
    end(&printer);
}

#[test]
fn without_a_journal_no_byte_goes() {
    let log = Log::default();
    let (printer, heard) = open(
        Scripted::new(&log, [Some(vec![])]),
        mute(),
        Recorder::broken(&log),
        PATIENT,
    );
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert_eq!(
        (outcome, reason),
        (Outcome::NotPrinted, Reason::JournalFailed)
    );
    end(&printer);
    assert_eq!(log.bytes(), [Vec::<u8>::new()]);
}

#[test]
fn a_link_that_stalls_ends_the_job_by_what_has_gone() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [Some(vec![Step::Stall]), Some(vec![])], QUICK);
    submit(&printer, 1);
    let (_, first_byte, outcome, reason) = heard.job(1);
    assert!(!first_byte);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::TimedOut));
    end(&printer);

    let log = Log::default();
    let (printer, heard) = scripted(
        &log,
        [Some(vec![Step::Take(9), Step::Stall]), Some(vec![])],
        QUICK,
    );
    submit(&printer, 1);
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::TimedOut));
    // The rest of the first slip must not precede the second.
    submit(&printer, 2);
    assert_eq!(heard.job(2).1, true);
    end(&printer);
    assert_eq!(log.bytes()[0].len(), 9);
    assert!(log.bytes()[1].ends_with(&bytes_of(&mute(), 2)));
}

#[test]
fn a_slip_that_cannot_be_drawn_is_not_printed() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [Some(vec![])], PATIENT);
    let slip = Slip {
        blocks: vec![Block::Code(Code {
            data: "A".repeat(5000),
            module_dots: 4,
            lines: Vec::new(),
        })],
        rtl: false,
    };
    printer.submit(job(1, slip)).expect("an open printer");
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!(
        (outcome, reason),
        (Outcome::NotPrinted, Reason::Unprintable)
    );
    end(&printer);
}

#[test]
fn shutting_down_ends_every_job_and_takes_no_more() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [], PATIENT);
    for id in 1..=3 {
        submit(&printer, id);
    }
    end(&printer);
    for id in 1..=3 {
        let (_, _, outcome, reason) = heard.job(id);
        assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::ShutDown));
    }
    assert_eq!(printer.submit(job(4, slip())), Err(PrinterClosed));
    assert_eq!(printer.shutdown(PATIENCE), Ok(()));
}

#[test]
fn a_printer_that_no_longer_answers_is_found_out_while_nobody_prints() {
    let log = Log::default();
    let timing = Timing {
        quiet: Duration::from_millis(30),
        answer: Duration::from_millis(30),
        ..PATIENT
    };
    let (printer, heard) = open(
        Scripted::new(&log, [Some(vec![])]),
        telling(),
        Recorder::new(&log),
        timing,
    );
    let gone = heard
        .status(|status| status.link_fault.as_deref() == Some("the printer no longer answers"));
    assert!(!gone.connected);
    end(&printer);
    assert!(
        log.bytes()[0].ends_with(&[0x10, 0x04, 0x01]),
        "it was asked"
    );
}

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
    let PrinterSelector::Tcp { host, port } = device.selector() else {
        panic!("a listener is reached over TCP")
    };
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
    assert_eq!(
        slips(&folder),
        1,
        "the torso has no ink, the second slip is there"
    );
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
    let (printer, heard, device) = over_tcp(&folder, [], telling(), QUICK);
    heard.status(|status| status.told && status.paper == Paper::Ok);
    device.set_condition(Paper::NearEnd, false);
    assert!(
        heard
            .status(|status| status.paper == Paper::NearEnd)
            .ready()
    );
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
    let PrinterSelector::Tcp { host, port } = device.selector() else {
        panic!("a listener is reached over TCP")
    };
    let transport = Box::new(TcpTransport::new(&host, port));
    // Told at once, so the long wait for a first word never runs out.
    let timing = Timing {
        first_status: PATIENCE,
        ..QUICK
    };
    let (printer, heard) = open(transport, profile, Recorder::new(&Log::default()), timing);
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
    let cuts = device
        .events()
        .try_iter()
        .filter(|event| matches!(event, VirtualEvent::Cut { .. }))
        .count();
    assert_eq!((cuts, slips(&folder)), (100, 100));
}
