//! Never lost, never twice: what becomes of a job when the link does what a script says.

mod fixtures;

use std::time::Duration;

use drivers::printer::slip::{Block, Code, Slip};
use drivers::printer::{JobId, Outcome, PrinterClosed, Reason, Stage, Timing};
use fixtures::delivering::{
    GREETING, PATIENT, QUICK, bytes_of, end, greeted, mute, open, scripted, slip, submit, telling,
};
use fixtures::scripted::{Entry, Log, Recorder, Scripted, Step};
use fixtures::{PATIENCE, job};

#[test]
fn sending_is_recorded_before_the_first_byte() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [Some(vec![])], PATIENT);
    submit(&printer, 1);
    let (stages, first_byte, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending, Stage::Sent]);
    assert!(first_byte);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::NoConfirmation));
    end(&printer);
    assert_eq!(
        log.entries(),
        [
            Entry::Connected,
            Entry::Bytes(GREETING.to_vec()),
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
    assert!(log.bytes() == [greeted(&bytes_of(&mute(), 1))]);
}

#[test]
fn a_link_lost_before_the_first_byte_is_made_again() {
    let log = Log::default();
    let links = [Some(vec![Step::Lose]), None, Some(vec![Step::TimeOut, Step::Lose]), Some(vec![])];
    let (printer, heard) = scripted(&log, links, PATIENT);
    submit(&printer, 1);
    let (stages, ..) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending, Stage::Sent]);
    end(&printer);
    assert!(log.bytes() == [greeted(&[]), greeted(&[]), greeted(&bytes_of(&mute(), 1))]);
    assert_eq!(log.count(&Entry::Recorded(JobId(1), Stage::Sending)), 1);
}

#[test]
fn a_link_lost_after_the_first_byte_leaves_the_job_unknown_and_is_never_printed_again() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [Some(vec![Step::Take(100), Step::Lose]), Some(vec![])], PATIENT);
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued, Stage::Sending]);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::LinkLost));
    submit(&printer, 2);
    assert_eq!(heard.job(2).2, Outcome::Unknown);
    end(&printer);
    let links = log.bytes();
    assert!(links[0] == greeted(&bytes_of(&mute(), 1)[..100]));
    // The torso's picture is completed with blank rows and cut off; then comes the next job, and only it.
    let mut wanted = vec![0; 48 * 128];
    wanted.extend(b"\x1B@\x1DVA\x00");
    wanted.extend(bytes_of(&mute(), 2));
    assert!(links[1] == wanted, "{} bytes on the second link", links[1].len());
}

#[test]
fn a_printer_that_is_away_prints_nothing_and_says_so_in_time() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [], QUICK);
    submit(&printer, 1);
    let (stages, first_byte, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert!(!first_byte);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::Unreachable));
    assert!(!printer.status().connected);
    assert!(printer.status().link_fault.is_some());
    end(&printer);
    // 5, 10, 20, 40, 80, 160, 200, 200 ... ms: a loop that waits, not one that burns.
    let attempts = log.count(&Entry::Refused);
    assert!((3..=40).contains(&attempts), "{attempts} attempts");
    assert_eq!(log.count(&Entry::Recorded(JobId(1), Stage::Sending)), 0);
}

#[test]
fn without_a_journal_no_byte_goes() {
    let log = Log::default();
    let (printer, heard) = open(Scripted::new(&log, [Some(vec![])]), mute(), Recorder::broken(&log), PATIENT);
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages, [Stage::Queued]);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::JournalFailed));
    end(&printer);
    assert!(log.bytes() == [GREETING]);
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
    let (printer, heard) = scripted(&log, [Some(vec![Step::Take(9), Step::Stall]), Some(vec![])], QUICK);
    submit(&printer, 1);
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!((outcome, reason), (Outcome::Unknown, Reason::TimedOut));
    // The rest of the first slip must not precede the second.
    submit(&printer, 2);
    assert!(heard.job(2).1);
    end(&printer);
    assert_eq!(log.bytes()[0].len(), GREETING.len() + 9);
    let next = &log.bytes()[1];
    assert!(next.starts_with(&[0; 48 * 128]), "the torso is completed");
    assert!(next.ends_with(&bytes_of(&mute(), 2)));
}

#[test]
fn a_slip_that_cannot_be_drawn_is_not_printed() {
    let log = Log::default();
    let (printer, heard) = scripted(&log, [Some(vec![])], PATIENT);
    let slip = Slip {
        blocks: vec![Block::Code(Code { data: "A".repeat(5000), module_dots: 4, lines: Vec::new() })],
        rtl: false,
    };
    printer.submit(job(1, slip)).expect("an open printer");
    let (_, _, outcome, reason) = heard.job(1);
    assert_eq!((outcome, reason), (Outcome::NotPrinted, Reason::Unprintable));
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
    let timing = Timing { quiet: Duration::from_millis(30), answer: Duration::from_millis(30), ..PATIENT };
    let (printer, heard) = open(Scripted::new(&log, [Some(vec![])]), telling(), Recorder::new(&log), timing);
    let gone = heard.status(|status| status.link_fault.as_deref() == Some("the printer no longer answers"));
    assert!(!gone.connected);
    end(&printer);
    assert!(log.bytes()[0].ends_with(&[0x10, 0x04, 0x01]), "it was asked");
}

#[test]
fn answers_that_dots_of_a_picture_provoke_are_not_taken_for_news() {
    let log = Log::default();
    // Online at first; amid the slip a byte like the answer "offline", then the ids of job 1.
    let steps = vec![Step::Answer(b"\x10\x00\x00\x0F"), Step::Answer(b"\x1A\x37\x22   \x22\x00\x37\x22   #\x00")];
    let (printer, heard) = open(Scripted::new(&log, [Some(steps)]), telling(), Recorder::new(&log), PATIENT);
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages.last(), Some(&Stage::Cut));
    assert_eq!((outcome, reason), (Outcome::Printed, Reason::Confirmed));
    assert!(printer.status().ready());
    end(&printer);
}

#[test]
fn a_print_confirmed_before_the_link_is_lost_is_printed() {
    let log = Log::default();
    let steps = vec![Step::Answer(b"\x10\x00\x00\x0F"), Step::Answer(b"\x37\x22   \x22\x00")];
    let (printer, heard) = open(Scripted::new(&log, [Some(steps)]), telling(), Recorder::new(&log), QUICK);
    submit(&printer, 1);
    let (stages, _, outcome, reason) = heard.job(1);
    assert_eq!(stages.last(), Some(&Stage::Printed), "the cut was never confirmed");
    assert_eq!((outcome, reason), (Outcome::Printed, Reason::Confirmed));
    end(&printer);
}
