//! Never lost, never twice: whatever happens at whatever byte of a ticket, on the paper of the virtual printer.
//!
//! Each run prints a first ticket with one fault at one byte, lets time pass until all is mended, and prints a second
//! one. The paper then tells: a ticket that the journal calls printed is there once, one that it calls not printed is
//! not there, one that it calls unknown is there once at most, and the second is whole and on paper of its own.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::core::{Core, Setup};
use super::report::{JobId, Outcome, Stage};
use super::simulation::{Device, Fault, Simulation, core_after};
use super::timing::Timing;
use super::world::advance;
use crate::printer::fonts::FontSource;
use crate::printer::job::{EncodedJob, encode_job};
use crate::printer::painter::Painter;
use crate::printer::profile::{Cutter, Form, Profile};
use crate::printer::protocol::{PortStatus, parse_port_status};
use crate::printer::slip::{Align, Block, Code, Slip, TenthsMm, TextLine, Weight};
use crate::printer::transport::Capabilities;
use crate::virtual_printer::{self, Happening, Order, Reaction, VirtualEvent, VirtualOptions};

const FIRST: JobId = JobId(1);
const SECOND: JobId = JobId(2);
/// The first ticket, handed over again by whoever was told that it was not printed.
const RETRY: JobId = JobId(3);

const SOON: Duration = Duration::from_secs(1);

/// The virtual printer at the other end of the simulation.
struct Paper {
    printer: virtual_printer::Device,
    says: Vec<u8>,
    /// Pictures of the slips that fell out.
    slips: Vec<PathBuf>,
    failure: Option<String>,
    /// Its port tells a status, as USB does.
    has_port: bool,
}

impl Paper {
    fn digest(&mut self, reaction: Reaction) {
        for order in reaction.orders {
            match order {
                Order::Answer(bytes) => self.says.extend(bytes),
                // The simulation ends links itself.
                Order::EndLink | Order::Plug(_) | Order::Take(_) => {}
            }
        }
        for event in reaction.events {
            if let VirtualEvent::Cut { picture } = event {
                self.slips.push(picture);
            } else if let VirtualEvent::Failed { reason } = event {
                self.failure = Some(reason);
            }
        }
    }

    fn happen(&mut self, what: Happening) {
        let reaction = self.printer.happen(what);
        self.digest(reaction);
    }
}

impl Device for Paper {
    fn take(&mut self, bytes: &[u8], replies: &mut Vec<u8>) -> usize {
        let taken = bytes.len().min(self.printer.room());
        if taken > 0 {
            let reaction = self.printer.receive(&bytes[..taken]);
            self.digest(reaction);
        }
        self.speak(replies);
        taken
    }

    fn speak(&mut self, replies: &mut Vec<u8>) {
        replies.append(&mut self.says);
    }

    fn port(&self) -> Option<PortStatus> {
        self.has_port.then(|| parse_port_status(self.printer.port_status()))
    }

    fn linked(&mut self) {
        self.says.clear();
        let reaction = self.printer.link_made();
        self.digest(reaction);
    }

    fn power_cut(&mut self) {
        self.happen(Happening::PowerCycled);
        self.says.clear();
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Nothing,
    /// The roll ends once the printer has worked on so many bytes of the ticket, and is replaced after so long.
    PaperOut {
        reload_after: Duration,
    },
    Fault(Fault),
}

/// The troubles of this chapter.
const TROUBLES: [Trouble; 7] = [
    Trouble::PaperOut { reload_after: Duration::from_secs(5) },
    Trouble::PaperOut { reload_after: Duration::from_secs(60) },
    Trouble::Fault(Fault::Lost { back_after: SOON }),
    Trouble::Fault(Fault::LostAmid { back_after: SOON }),
    Trouble::Fault(Fault::PowerCut { back_after: SOON }),
    Trouble::Fault(Fault::LostOnTheWay { back_after: SOON }),
    Trouble::Fault(Fault::Killed),
];

/// A bench: a printer, the two tickets, and what they look like on paper.
struct Bench {
    simulation: Simulation<Paper>,
    setup: Setup,
    first: EncodedJob,
    second: EncodedJob,
    retry: EncodedJob,
    first_on_paper: Vec<u8>,
    second_on_paper: Vec<u8>,
    _folder: tempfile::TempDir,
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    outcome: Outcome,
    /// Whole first tickets, and parts of one.
    whole: usize,
    torsos: usize,
}

fn fonts() -> FontSource {
    FontSource::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/fonts"))
}

fn line(text: &str, weight: Weight) -> Block {
    Block::Text(TextLine { text: text.to_owned(), cap: TenthsMm(24), weight, align: Align::Centre })
}

/// A ticket of about 380 bytes in the printer's own font.
fn text_ticket() -> Slip {
    let blocks = vec![
        line("Mairie de Bonneveine", Weight::Bold),
        line("Sam. 21 nov. · 10\u{A0}h\u{A0}42", Weight::Regular),
        Block::Space(TenthsMm(26)),
        Block::Number { text: "B\u{A0}42".to_owned(), cap: TenthsMm(120) },
        Block::Space(TenthsMm(28)),
        line("Carte d’identité, passeport", Weight::Bold),
        line("Attente\u{A0}: 20 à 30 min", Weight::Regular),
        line("Salle A, 1er étage", Weight::Regular),
        Block::Rule,
        line("Suivez votre tour sur votre téléphone", Weight::Regular),
        line("Avis et réclamation\u{A0}: même adresse", Weight::Regular),
        line("Merci de rester près de l’écran\u{A0}: un agent vous appelle par ce numéro", Weight::Regular),
    ];
    Slip { blocks, rtl: false }
}

/// The next visitor's, short: it is printed thousands of times.
fn next_ticket() -> Slip {
    Slip { blocks: vec![Block::Number { text: "B\u{A0}43".to_owned(), cap: TenthsMm(46) }], rtl: false }
}

/// A drawn ticket: its number and its code.
fn drawn_ticket() -> Slip {
    let blocks = vec![
        Block::Number { text: "B\u{A0}42".to_owned(), cap: TenthsMm(80) },
        Block::Code(Code { data: "HTTPS://A.FR/T/B42".to_owned(), module_dots: 3, lines: Vec::new() }),
    ];
    Slip { blocks, rtl: false }
}

/// Confirms what it prints.
fn telling(form: Form) -> Profile {
    let mut profile = Profile::load("epson-tm-t20iii").expect("a shipped profile");
    profile.form = form;
    profile.width_dots = 384;
    profile.cutter = Cutter::Full;
    profile
}

/// Says nothing.
fn mute(form: Form) -> Profile {
    Profile { form, ..Profile::load("generic-58").expect("a shipped profile") }
}

impl Bench {
    fn new(profile: &Profile, ticket: fn() -> Slip, receive_buffer: usize, has_port: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = VirtualOptions { receive_buffer, ..VirtualOptions::of(profile, folder.path(), fonts()) };
        let printer = virtual_printer::Device::new(&options, []).expect("a virtual printer");
        let mut painter = Painter::open(&fonts(), profile.width_dots).expect("fonts");
        let mut encode = |slip: &Slip, id| encode_job(&mut painter, slip, profile, id).expect("a ticket");
        let paper = Paper { printer, says: Vec::new(), slips: Vec::new(), failure: None, has_port };
        let setup = Setup {
            profile: profile.clone(),
            timing: Timing::default(),
            capabilities: Capabilities { bytes_per_s: None, rescan: Some(Duration::from_secs(2)) },
        };
        let mut bench = Self {
            first: encode(&ticket(), FIRST),
            second: encode(&next_ticket(), SECOND),
            retry: encode(&ticket(), RETRY),
            simulation: Simulation::new(paper),
            setup,
            first_on_paper: Vec::new(),
            second_on_paper: Vec::new(),
            _folder: folder,
        };
        let mut core = bench.core();
        bench.simulation.submit(FIRST, bench.first.clone());
        bench.simulation.submit(SECOND, bench.second.clone());
        bench.simulation.run_to_end(&mut core, SECOND).expect("an end");
        let slips: [Vec<u8>; 2] = bench.take_slips().try_into().expect("two slips");
        [bench.first_on_paper, bench.second_on_paper] = slips;
        assert_ne!(bench.first_on_paper, bench.second_on_paper);
        bench
    }

    /// The printer's program, started anew.
    fn core(&mut self) -> Core {
        self.simulation.restart();
        core_after(&self.simulation, self.setup.clone())
    }

    fn take_slips(&mut self) -> Vec<Vec<u8>> {
        let paths = std::mem::take(&mut self.simulation.device.slips);
        paths
            .iter()
            .map(|path| {
                let picture = fs::read(path).expect("a picture");
                // Thousands of slips fall out.
                fs::remove_file(path).expect("a picture");
                picture
            })
            .collect()
    }

    /// Passes time until whatever was away is back.
    fn recover(&mut self, core: &mut Core) {
        let now = self.simulation.elapsed();
        self.simulation.run_until(core, now + Duration::from_secs(90));
    }

    /// Prints the first ticket with that trouble at that byte, then the second without.
    fn run(&mut self, trouble: Trouble, at: usize) -> Result<Verdict, String> {
        self.simulation.journal.clear();
        let mut core = self.core();
        self.simulation.run_while(&mut core, |simulation| !simulation.status().connected);
        let first = self.first.clone();
        self.simulation.submit(FIRST, first);
        match trouble {
            Trouble::Nothing => {}
            Trouble::PaperOut { reload_after } => self.end_paper(&mut core, at, reload_after),
            Trouble::Fault(fault) => self.simulation.fault = Some((at, fault)),
        }
        let mut outcome = self.simulation.run_to_end(&mut core, FIRST).map(|(outcome, _)| outcome);
        if self.simulation.killed {
            core = self.core();
            outcome = Some(self.left_behind());
        }
        let mut outcome = outcome.ok_or("the first ticket never ended")?;
        self.recover(&mut core);
        if outcome == Outcome::NotPrinted {
            let retry = self.retry.clone();
            self.simulation.submit(RETRY, retry);
            outcome = self.simulation.run_to_end(&mut core, RETRY).ok_or("the retry never ended")?.0;
            if outcome == Outcome::NotPrinted {
                return Err("the retry was not printed".to_owned());
            }
        }
        self.judge(&mut core, outcome)
    }

    /// The roll ends once the printer has worked on so many bytes of the ticket.
    fn end_paper(&mut self, core: &mut Core, at: usize, reload_after: Duration) {
        self.simulation.run_while(core, |simulation| simulation.journal.is_empty());
        let reaction = self.simulation.device.printer.schedule(at as u64, Happening::PaperOut);
        self.simulation.device.digest(reaction);
        self.simulation.listen();
        let reload = self.simulation.elapsed() + reload_after;
        self.simulation.at(reload, |simulation| simulation.change(|paper| paper.happen(Happening::PaperLoaded)));
    }

    /// What the journal says of the first ticket after a restart.
    fn left_behind(&self) -> Outcome {
        let last = self.simulation.journal.iter().rev().find(|(job, _)| *job == FIRST);
        last.map_or(Outcome::NotPrinted, |(_, stage)| Outcome::left_behind(*stage))
    }

    /// Prints the second ticket, and compares the paper with what was said of the first.
    fn judge(&mut self, core: &mut Core, outcome: Outcome) -> Result<Verdict, String> {
        let second = self.second.clone();
        self.simulation.submit(SECOND, second);
        let (second, reason) = self.simulation.run_to_end(core, SECOND).ok_or("the second ticket never ended")?;
        if second == Outcome::NotPrinted {
            return Err(format!("the second ticket was not printed: {reason}"));
        }
        self.recover(core);
        let mut slips = self.take_slips();
        if let Some(reason) = &self.simulation.device.failure {
            return Err(format!("the printer did not understand: {reason}"));
        }
        if slips.pop().as_ref() != Some(&self.second_on_paper) {
            return Err("the second ticket is not whole, or not on paper of its own".to_owned());
        }
        if slips.contains(&self.second_on_paper) {
            return Err("the second ticket is there twice".to_owned());
        }
        let whole = slips.iter().filter(|slip| **slip == self.first_on_paper).count();
        let torsos = slips.len() - whole;
        let verdict = Verdict { outcome, whole, torsos };
        let allowed = match outcome {
            Outcome::Printed => whole == 1 && torsos == 0,
            Outcome::NotPrinted => slips.is_empty(),
            Outcome::Unknown => slips.len() <= 1,
        };
        if allowed { Ok(verdict) } else { Err(format!("the paper does not bear that out: {verdict:?}")) }
    }

    /// All troubles at every so many bytes; what each came to goes to `check`.
    fn run_all(&mut self, step: usize, check: impl Fn(Trouble, usize, &Verdict)) {
        for trouble in TROUBLES {
            for at in (0..=self.first.bytes.len()).step_by(step) {
                match self.run(trouble, at) {
                    Ok(verdict) => check(trouble, at, &verdict),
                    Err(why) => panic!("{trouble:?} at byte {at} of {}: {why}", self.first.bytes.len()),
                }
            }
        }
    }
}

/// What must have become of the first ticket, beyond that the paper bears the journal out.
fn expect_of_telling(trouble: Trouble, at: usize, verdict: &Verdict) {
    if matches!(trouble, Trouble::PaperOut { .. }) {
        assert_eq!((verdict.outcome, verdict.whole), (Outcome::Printed, 1), "{trouble:?} at byte {at}");
    }
}

fn expect_of_mute(trouble: Trouble, at: usize, verdict: &Verdict) {
    assert_eq!(verdict.outcome, Outcome::Unknown, "{trouble:?} at byte {at}: nobody confirmed it");
    if matches!(trouble, Trouble::PaperOut { .. }) {
        assert_eq!((verdict.whole, verdict.torsos), (1, 0), "{trouble:?} at byte {at}");
    }
}

/// A printer that takes a packet at a time is stopped at every byte; one that takes the whole ticket at once, at some.
const BUFFERS: [(usize, usize); 2] = [(64, 1), (4096, 11)];

#[test]
fn every_byte_of_a_text_ticket_on_a_printer_that_confirms() {
    for (receive_buffer, step) in BUFFERS {
        let mut bench = Bench::new(&telling(Form::Text), text_ticket, receive_buffer, true);
        assert!((340..=440).contains(&bench.first.bytes.len()), "{} bytes", bench.first.bytes.len());
        bench.run_all(step, expect_of_telling);
    }
}

#[test]
fn every_byte_of_a_text_ticket_on_a_printer_that_says_nothing() {
    for (receive_buffer, step) in BUFFERS {
        let mut bench = Bench::new(&mute(Form::Text), text_ticket, receive_buffer, true);
        bench.run_all(step, expect_of_mute);
    }
}

#[test]
fn every_64th_byte_of_a_drawn_ticket_on_a_printer_that_confirms() {
    let mut bench = Bench::new(&telling(Form::Raster), drawn_ticket, 4096, true);
    bench.run_all(64, expect_of_telling);
}

#[test]
fn every_64th_byte_of_a_drawn_ticket_on_a_printer_that_says_nothing() {
    let mut bench = Bench::new(&mute(Form::Raster), drawn_ticket, 4096, true);
    bench.run_all(64, expect_of_mute);
}

#[test]
fn a_line_without_a_port_that_tells_keeps_the_same_promises() {
    // Nothing explains a stall here: the ticket may end as unknown, and what was begun is cut off.
    for profile in [telling(Form::Text), mute(Form::Text)] {
        let mut bench = Bench::new(&profile, text_ticket, 64, false);
        bench.run_all(13, |_, _, _| {});
    }
}

#[test]
fn a_program_killed_after_each_of_its_steps_keeps_the_same_promises() {
    for profile in [telling(Form::Text), mute(Form::Text)] {
        let mut bench = Bench::new(&profile, text_ticket, 64, true);
        let mut not_printed = 0;
        for steps in 0.. {
            bench.simulation.journal.clear();
            let mut core = bench.core();
            bench.simulation.run_while(&mut core, |simulation| !simulation.status().connected);
            let first = bench.first.clone();
            bench.simulation.submit(FIRST, first);
            let mut ended = false;
            for _ in 0..steps {
                advance(&mut core, &mut bench.simulation);
                ended = bench.simulation.outcome(FIRST).is_some();
            }
            let mut core = bench.core();
            let outcome = bench.left_behind();
            not_printed += usize::from(outcome == Outcome::NotPrinted);
            bench.recover(&mut core);
            let verdict = bench.judge(&mut core, outcome);
            assert!(verdict.is_ok(), "{}: after {steps} steps: {verdict:?}", profile.name);
            if ended {
                assert!(steps > 5 && not_printed > 1, "{steps} steps");
                break;
            }
        }
    }
}

#[test]
fn journals_and_paper_that_disagree_are_noticed() {
    let mut bench = Bench::new(&telling(Form::Text), text_ticket, 4096, true);
    assert_eq!(
        bench.run(Trouble::Nothing, 0),
        Ok(Verdict { outcome: Outcome::Printed, whole: 1, torsos: 0 }),
        "without trouble all is well"
    );

    // A program that prints an unknown ticket again by itself.
    let mut noticed = 0;
    let last = bench.first.bytes.len();
    for at in [last / 2, last - 20, last - 1] {
        bench.simulation.journal.clear();
        let mut core = bench.core();
        let first = bench.first.clone();
        bench.simulation.submit(FIRST, first);
        bench.simulation.fault = Some((at, Fault::Lost { back_after: SOON }));
        bench.simulation.run_to_end(&mut core, FIRST);
        bench.recover(&mut core);
        let retry = bench.retry.clone();
        bench.simulation.submit(RETRY, retry);
        let (outcome, _) = bench.simulation.run_to_end(&mut core, RETRY).expect("an end");
        noticed += usize::from(bench.judge(&mut core, outcome).is_err());
    }
    assert_eq!(noticed, 3, "a second ticket, or the torso of one, beside the printed one");

    // A driver that repeats a byte, or loses one.
    for change in [
        |bytes: &mut Vec<u8>| bytes.insert(200, b'x'),
        |bytes: &mut Vec<u8>| {
            bytes.remove(200);
        },
    ] {
        let whole = bench.first.clone();
        change(&mut bench.first.bytes);
        assert!(bench.run(Trouble::Nothing, 0).is_err());
        bench.first = whole;
    }

    // A journal that forgets that a ticket was begun.
    bench.simulation.journal.clear();
    let mut core = bench.core();
    let first = bench.first.clone();
    bench.simulation.submit(FIRST, first);
    bench.simulation.run_while(&mut core, |simulation| !simulation.journal.contains(&(FIRST, Stage::Sent)));
    bench.recover(&mut core);
    assert!(bench.judge(&mut core, Outcome::NotPrinted).is_err());
}
