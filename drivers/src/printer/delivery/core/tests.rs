//! What the machine does, in a world whose time passes only where it waits.

use super::*;
use crate::printer::delivery::simulation::{Device, Fault, Simulation, core_after};
use crate::printer::job::JobIds;
use crate::printer::protocol::{Condition, Paper};

const JOB: JobId = JobId(1);
const IDS: JobIds = JobIds { printed: *b"PRNT", cut: Some(*b"CUT!") };

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A printer that understands no more than these tests need.
struct Printer {
    profile: Profile,
    /// All it ever took.
    taken: Vec<u8>,
    /// What it says next.
    says: Vec<u8>,
    /// So many more bytes it takes; none at 0.
    room: usize,
    paper_out: bool,
    port: Option<PortStatus>,
    answers_info: bool,
    silent: bool,
    /// Ids it has been given and not answered: it prints nothing without paper.
    ids: Vec<[u8; 4]>,
}

impl Printer {
    fn new(profile: &Profile) -> Self {
        Self {
            profile: profile.clone(),
            taken: Vec::new(),
            says: Vec::new(),
            room: usize::MAX,
            paper_out: false,
            port: None,
            answers_info: true,
            silent: false,
            ids: Vec::new(),
        }
    }

    fn status(&self) -> [u8; 4] {
        [0x10 | u8::from(self.paper_out) << 3, 0, u8::from(self.paper_out) * 0x0F, 0x0F]
    }

    fn out_of_paper(&mut self, room: usize) {
        self.paper_out = true;
        self.room = room;
        self.port = self.port.map(|port| PortStatus { paper_out: true, ..port });
        if self.profile.answers.asb {
            self.says.extend(self.status());
        }
    }

    fn reload(&mut self) {
        self.paper_out = false;
        self.room = usize::MAX;
        self.port = self.port.map(|port| PortStatus { paper_out: false, ..port });
        if self.profile.answers.asb {
            self.says.extend(self.status());
        }
        self.answer_ids();
    }

    fn answer_ids(&mut self) {
        if !self.paper_out {
            for [a, b, c, d] in std::mem::take(&mut self.ids) {
                self.says.extend([0x37, 0x22, a, b, c, d, 0]);
            }
        }
    }

    fn answer(&mut self) {
        if self.silent {
            return;
        }
        let paper = u8::from(self.paper_out);
        match *self.taken {
            [.., 0x1D, b'a', 0xFF] => self.says.extend(self.status()),
            [.., 0x10, 0x04, 1] => self.says.push(0x12 | paper << 3),
            [.., 0x10, 0x04, 2] => self.says.push(0x12),
            [.., 0x10, 0x04, 4] => self.says.push(0x12 | (paper * 0x60)),
            [.., 0x1D, b'r', 1] => self.says.push(paper * 0x0C),
            [.., 0x1D, b'I', n] if self.answers_info => self.says.extend([&[0x5F, b'#', n][..], &[0]].concat()),
            [.., 0x1D, 0x28, 0x48, 6, 0, 0x30, 0x30, a, b, c, d] => {
                self.ids.push([a, b, c, d]);
                self.answer_ids();
            }
            _ => {}
        }
    }
}

impl Device for Printer {
    fn take(&mut self, bytes: &[u8], replies: &mut Vec<u8>) -> usize {
        let taken = bytes.len().min(self.room);
        self.room = self.room.saturating_sub(if self.room == usize::MAX { 0 } else { taken });
        for byte in &bytes[..taken] {
            self.taken.push(*byte);
            self.answer();
        }
        self.speak(replies);
        taken
    }

    fn speak(&mut self, replies: &mut Vec<u8>) {
        replies.append(&mut self.says);
    }

    fn port(&self) -> Option<PortStatus> {
        self.port
    }

    fn linked(&mut self) {
        self.says.clear();
    }
}

fn profile(name: &str) -> Profile {
    Profile::load(name).expect("a shipped profile")
}

/// Confirms, tells by itself, and nothing more.
fn telling() -> Profile {
    let mut profile = profile("epson-tm-t20iii");
    profile.answers.gs_i = false;
    profile.answers.port_status = false;
    profile
}

fn mute() -> Profile {
    profile("generic-58")
}

fn setup(profile: &Profile) -> Setup {
    Setup { profile: profile.clone(), timing: Timing::default(), capabilities: Capabilities::default() }
}

/// 100 bytes of a slip, its ids and its cut.
fn job(profile: &Profile) -> EncodedJob {
    let mut bytes = vec![b'x'; 100];
    let confirms = profile.answers.gs_h;
    if confirms {
        bytes.extend([0x1D, 0x28, 0x48, 6, 0, 0x30, 0x30]);
        bytes.extend(IDS.printed);
    }
    bytes.extend([0x1D, b'V', 65, 0]);
    if confirms {
        bytes.extend([0x1D, 0x28, 0x48, 6, 0, 0x30, 0x30]);
        bytes.extend(IDS.cut.unwrap_or_default());
    }
    EncodedJob { bytes, ids: confirms.then_some(IDS), length_mm: 60 }
}

/// A printer that has been greeted.
fn greeted(setup: &Setup, device: Printer) -> (Simulation<Printer>, Core) {
    let mut simulation = Simulation::new(device);
    let mut core = core_after(&simulation, setup.clone());
    simulation.run_until(&mut core, Duration::from_millis(1));
    (simulation, core)
}

fn ready(profile: &Profile) -> (Simulation<Printer>, Core) {
    greeted(&setup(profile), Printer::new(profile))
}

/// How often the whole job is in what the printer took.
fn copies(simulation: &Simulation<Printer>, job: &EncodedJob) -> usize {
    simulation.device.taken.windows(job.bytes.len()).filter(|bytes| *bytes == job.bytes).count()
}

#[test]
fn paper_that_ends_in_the_middle_and_comes_again_ends_in_one_slip() {
    for profile in
        [telling(), Profile { answers: crate::printer::profile::Answers { gs_h: true, ..mute().answers }, ..mute() }]
    {
        for reload_s in [1, 30, 100] {
            let (mut simulation, mut core) = ready(&profile);
            simulation.device.port = Some(PortStatus { paper_out: false, selected: true, error: false });
            simulation.device.out_of_paper(40);
            simulation.submit(JOB, job(&profile));
            // Nobody has noticed before the first byte.
            simulation.device.says.clear();
            simulation.at(seconds(reload_s), |simulation| simulation.change(Printer::reload));
            let outcome = simulation.run_to_end(&mut core, JOB);
            assert_eq!(outcome, Some((Outcome::Printed, Reason::Confirmed)), "{} {reload_s}", profile.name);
            assert_eq!(copies(&simulation, &job(&profile)), 1);
            assert!(simulation.elapsed() >= seconds(reload_s));
            assert_eq!(
                simulation.stages(JOB),
                [Stage::Queued, Stage::Sending, Stage::Sent, Stage::Printed, Stage::Cut]
            );
        }
    }
}

#[test]
fn paper_that_never_comes_ends_in_unknown_and_the_torso_is_cut_off_the_next_slip() {
    let profile = telling();
    let (mut simulation, mut core) = ready(&profile);
    simulation.submit(JOB, job(&profile));
    simulation.device.room = 40;
    simulation.at(Duration::from_millis(100), |simulation| simulation.change(|printer| printer.out_of_paper(0)));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::TimedOut)));
    let timing = Timing::default();
    assert_eq!(simulation.elapsed().as_secs(), (timing.least_budget + timing.reload).as_secs());
    let before = simulation.device.taken.len();
    simulation.change(Printer::reload);
    simulation.submit(JobId(2), job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JobId(2)), Some((Outcome::Printed, Reason::Confirmed)));
    let after = &simulation.device.taken[before..];
    let freed = [&[0; 72 * 128][..], b"\x10\x04\x01\x10\x04\x02\x10\x04\x04\x1B@\x1DVB\0\x1Da\xFF"].concat();
    assert!(after.windows(freed.len()).any(|bytes| bytes == freed), "the printer is freed of the torso");
    assert_eq!(copies(&simulation, &job(&profile)), 1, "only the second slip is whole");
}

#[test]
fn after_a_torso_no_slip_begins_before_the_printer_has_told_its_state() {
    let profile = telling();
    let mut simulation = Simulation::new(Printer::new(&profile));
    simulation.journal.push((JobId(7), Stage::Sending));
    // Its buffer takes everything, and it reads nothing: it is without paper.
    simulation.device.silent = true;
    let mut core = core_after(&simulation, setup(&profile));
    simulation.submit(JOB, job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::NotPrinted, Reason::NotReady)));
    assert_eq!(copies(&simulation, &job(&profile)), 0);

    // Without a torso behind it, a printer that never tells is sent the slip all the same.
    let mut simulation = Simulation::new(Printer::new(&profile));
    simulation.device.silent = true;
    let mut core = core_after(&simulation, setup(&profile));
    simulation.submit(JOB, job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::TimedOut)));
}

#[test]
fn a_slip_that_waits_whole_in_the_printer_is_waited_for_too() {
    let profile = telling();
    let (mut simulation, mut core) = ready(&profile);
    // The roll ends under the slip, and the printer says so a little later.
    simulation.device.paper_out = true;
    simulation.submit(JOB, job(&profile));
    simulation
        .at(Duration::from_millis(50), |simulation| simulation.change(|printer| printer.out_of_paper(usize::MAX)));
    simulation.at(seconds(60), |simulation| simulation.change(Printer::reload));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Printed, Reason::Confirmed)));
    assert_eq!(simulation.elapsed().as_secs(), 60);
}

#[test]
fn before_the_first_byte_a_job_has_its_own_time_and_no_more() {
    for profile in [telling(), profile("custom-kube-ii")] {
        let (mut simulation, mut core) = ready(&profile);
        simulation.change(|printer| printer.out_of_paper(0));
        simulation.device.room = usize::MAX;
        simulation.submit(JOB, job(&profile));
        assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::NotPrinted, Reason::NotReady)));
        assert_eq!(simulation.elapsed().as_secs(), 10, "{}", profile.name);
        assert_eq!(simulation.status().condition(), Condition::PaperOut);
        assert!(simulation.journal.is_empty());

        let (mut simulation, mut core) = ready(&profile);
        simulation.change(|printer| printer.out_of_paper(0));
        simulation.device.room = usize::MAX;
        simulation.submit(JOB, job(&profile));
        simulation.at(seconds(8), |simulation| simulation.change(Printer::reload));
        let (outcome, _) = simulation.run_to_end(&mut core, JOB).expect("an end");
        assert_ne!(outcome, Outcome::NotPrinted, "{}", profile.name);
        assert!(simulation.elapsed() < seconds(10));
    }
}

#[test]
fn what_may_have_been_taken_is_never_sent_again() {
    let profile = mute();
    for (at, fault, wanted) in [
        (0, Fault::Lost { back_after: seconds(1) }, Outcome::Unknown),
        (0, Fault::LostAmid { back_after: seconds(1) }, Outcome::Unknown),
        (1, Fault::Lost { back_after: seconds(1) }, Outcome::Unknown),
        (99, Fault::Lost { back_after: seconds(1) }, Outcome::Unknown),
    ] {
        let (mut simulation, mut core) = ready(&profile);
        simulation.fault = Some((at, fault));
        simulation.submit(JOB, job(&profile));
        let (outcome, reason) = simulation.run_to_end(&mut core, JOB).expect("an end");
        assert_eq!(outcome, wanted);
        let sent_whole = fault == Fault::Lost { back_after: seconds(1) } && at == 0;
        // Lost before the first byte, it is sent again by itself; this model then confirms nothing.
        assert_eq!(reason == Reason::NoConfirmation, sent_whole, "{at} {fault:?}");
        simulation.run_until(&mut core, seconds(200));
        assert_eq!(copies(&simulation, &job(&profile)), usize::from(sent_whole), "{at} {fault:?}");
    }
}

#[test]
fn a_print_confirmed_before_the_last_byte_has_gone_counts() {
    let profile = telling();
    let printed_at = 100 + 11;
    let (mut simulation, mut core) = ready(&profile);
    simulation.fault = Some((printed_at + 2, Fault::Lost { back_after: seconds(1) }));
    simulation.submit(JOB, job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Printed, Reason::Confirmed)));
    assert_eq!(simulation.stages(JOB), [Stage::Queued, Stage::Sending, Stage::Printed]);
}

#[test]
fn ids_of_other_jobs_prove_nothing() {
    let profile = telling();
    let (mut simulation, mut core) = ready(&profile);
    simulation.device.says.extend(b"\x37\x22PRNT\x00\x37\x22CUT!\x00");
    simulation.listen();
    simulation.device.ids.clear();
    simulation.device.paper_out = false;
    let mut other = job(&profile);
    other.ids = Some(JobIds { printed: *b"aaaa", cut: Some(*b"bbbb") });
    simulation.submit(JOB, other);
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::TimedOut)));
}

#[test]
fn a_printer_that_tells_only_when_asked_is_asked_at_rest_and_before_a_job() {
    let mut only_gs_r = mute();
    only_gs_r.answers.gs_r = true;
    let (mut simulation, mut core) = ready(&only_gs_r);
    assert_eq!(simulation.status().paper, Paper::Ok);
    simulation.run_until(&mut core, seconds(100));
    let asked = simulation.device.taken.windows(3).filter(|bytes| *bytes == b"\x1Dr\x01").count();
    assert!((6..=8).contains(&asked), "every 15 s: {asked}");
    simulation.device.paper_out = true;
    simulation.submit(JOB, job(&only_gs_r));
    simulation.run_while(&mut core, |simulation| simulation.status().paper != Paper::Out);
    assert!(simulation.journal.is_empty(), "asked first, and no byte has gone");
    let now = simulation.elapsed();
    simulation.at(now + seconds(3), |simulation| simulation.device.paper_out = false);
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::NoConfirmation)));
    assert_eq!(copies(&simulation, &job(&only_gs_r)), 1);

    // Asked and silent, it is sent the slip all the same, and its paper is not known.
    let (mut simulation, mut core) = greeted(&setup(&only_gs_r), Printer::new(&only_gs_r));
    simulation.device.silent = true;
    simulation.run_until(&mut core, seconds(30));
    assert_eq!(simulation.status().condition(), Condition::Untold);
    simulation.submit(JOB, job(&only_gs_r));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::NoConfirmation)));
}

#[test]
fn a_printer_is_asked_who_it_is_question_by_question() {
    let profile = Profile { answers: profile("epson-tm-t20iii").answers, ..telling() };
    let (mut simulation, mut core) = ready(&profile);
    simulation.run_until(&mut core, seconds(1));
    let identity = simulation.status().identity;
    assert_eq!(identity.model.as_deref(), Some("#C"));
    assert_eq!(identity.firmware.as_deref(), Some("#A"));
    assert_eq!((identity.maker.as_deref(), identity.serial.as_deref()), (Some("#B"), Some("#D")));

    let mut silent = Printer::new(&profile);
    silent.answers_info = false;
    let (mut simulation, mut core) = greeted(&setup(&profile), silent);
    simulation.run_until(&mut core, seconds(200));
    let asked = simulation.device.taken.windows(2).filter(|bytes| *bytes == b"\x1DI").count();
    assert_eq!(asked, 1, "a printer that does not know the question is not asked again");

    // A visitor's job waits for an outstanding answer, but not for long.
    let mut silent = Printer::new(&profile);
    silent.answers_info = false;
    let (mut simulation, mut core) = greeted(&setup(&profile), silent);
    simulation.submit(JOB, job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Printed, Reason::Confirmed)));
    assert!(simulation.elapsed() <= Duration::from_millis(510), "{:?}", simulation.elapsed());
}

#[test]
fn a_port_that_tells_nonsense_keeps_nobody_from_printing() {
    let profile = mute();
    let mut device = Printer::new(&profile);
    device.port = Some(PortStatus { paper_out: false, selected: false, error: true });
    let (mut simulation, mut core) = greeted(&setup(&profile), device);
    assert!(simulation.status().ready());
    simulation.submit(JOB, job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::NoConfirmation)));
}

#[test]
fn a_mute_printer_without_paper_is_known_by_its_port_once_it_has_stalled() {
    let profile = mute();
    let mut device = Printer::new(&profile);
    device.port = Some(PortStatus { paper_out: false, selected: true, error: false });
    let (mut simulation, mut core) = greeted(&setup(&profile), device);
    simulation.device.out_of_paper(0);
    simulation.submit(JOB, job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::NotPrinted, Reason::NotReady)));
    assert_eq!(simulation.status().condition(), Condition::PaperOut);
    let now = simulation.elapsed();
    simulation.run_until(&mut core, now + seconds(20));
    assert_eq!(simulation.status().condition(), Condition::PaperOut, "it is looked at while nobody prints");
    simulation.change(Printer::reload);
    simulation.run_until(&mut core, now + seconds(25));
    assert!(simulation.status().ready());
}

#[test]
fn a_stall_that_nothing_explains_is_shown_while_it_lasts() {
    let profile = mute();
    let (mut simulation, mut core) = ready(&profile);
    simulation.device.room = 0;
    simulation.submit(JOB, job(&profile));
    simulation.run_while(&mut core, |simulation| simulation.elapsed() < seconds(2));
    assert_eq!(simulation.status().condition(), Condition::Offline);
    simulation.at(seconds(5), |simulation| simulation.device.room = usize::MAX);
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::NoConfirmation)));
    assert!(simulation.status().ready());
    assert_eq!(copies(&simulation, &job(&profile)), 1);
}

#[test]
fn a_printer_that_is_away_is_looked_for_with_patience() {
    let setup =
        Setup { capabilities: Capabilities { rescan: Some(seconds(2)), ..Capabilities::default() }, ..setup(&mute()) };
    for (absent, longest) in [(true, 2), (false, 5)] {
        let mut simulation = Simulation::new(Printer::new(&mute()));
        simulation.away = Some(NoLink { why: "away".to_owned(), absent });
        let mut core = core_after(&simulation, setup.clone());
        simulation.run_until(&mut core, seconds(60));
        let waits: Vec<u128> = simulation.attempts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
        assert_eq!(waits[..4], [200, 400, 800, 1600]);
        let longest_ms = u128::from(longest * 1000_u64);
        assert!(waits[5..].iter().all(|wait| *wait == longest_ms), "{waits:?}");
        assert_eq!(simulation.status().link_fault.as_deref(), Some("away"));
        // A device that appears is tried at once.
        simulation.plug();
        simulation.hear(Message::Arrived);
        let now = simulation.elapsed();
        simulation.run_while(&mut core, |simulation| !simulation.status().connected);
        assert_eq!(simulation.elapsed(), now);
    }
}

#[test]
fn a_slow_line_gives_a_job_the_time_its_bytes_need() {
    let profile = telling();
    let mut long = job(&profile);
    long.bytes.splice(0..0, vec![b'x'; 36_000]);
    // 9600 bit/s, and a system that takes everything at once.
    let slow = Setup { capabilities: Capabilities { bytes_per_s: Some(960), rescan: None }, ..setup(&profile) };
    let (mut simulation, mut core) = greeted(&slow, Printer::new(&profile));
    simulation.slow = Some(1);
    simulation.submit(JOB, long.clone());
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Printed, Reason::Confirmed)));
    assert!(simulation.elapsed() > seconds(36));
    // What was confirmed while the last bytes were on their way is told in its turn.
    assert_eq!(simulation.stages(JOB), [Stage::Queued, Stage::Sending, Stage::Sent, Stage::Printed, Stage::Cut]);

    // The line breaks while the system still holds bytes: nobody knows what came.
    let (mut simulation, mut core) = greeted(&slow, Printer::new(&mute()));
    simulation.slow = Some(1);
    let mut unconfirmed = long;
    unconfirmed.ids = Some(JobIds { printed: *b"none", cut: None });
    simulation.submit(JOB, unconfirmed);
    simulation.at(seconds(20), Simulation::unplug);
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::Unknown, Reason::LinkLost)));
    assert!(!simulation.stages(JOB).contains(&Stage::Sent));
}

#[test]
fn what_an_earlier_program_left_in_the_middle_is_freed_first() {
    let table = [
        (telling(), Some(Stage::Sending), true),
        (telling(), Some(Stage::Sent), true),
        (telling(), Some(Stage::Cut), false),
        (telling(), None, false),
        (mute(), Some(Stage::Sending), true),
        (mute(), Some(Stage::Sent), false),
    ];
    for (profile, left, frees) in table {
        let mut simulation = Simulation::new(Printer::new(&profile));
        simulation.journal.extend(left.map(|stage| (JOB, stage)));
        let mut core = core_after(&simulation, setup(&profile));
        simulation.run_until(&mut core, seconds(1));
        let freed = simulation.device.taken.windows(4).any(|bytes| bytes.starts_with(&[0x1D, b'V']));
        assert_eq!(freed, frees, "{} {left:?}", profile.name);
        // Once is enough.
        let greeting = simulation.device.taken.len();
        simulation.unplug();
        simulation.plug();
        simulation.run_until(&mut core, seconds(10));
        let again = &simulation.device.taken[greeting..];
        assert!(!again.is_empty() && !again.windows(2).any(|bytes| bytes == [0x1D, b'V']));
    }
}

#[test]
fn at_rest_there_is_next_to_nothing_to_do() {
    for profile in [telling(), mute(), profile("epson-tm-t20iii"), profile("custom-kube-ii"), profile("pos-58")] {
        let mut device = Printer::new(&profile);
        device.port = Some(PortStatus { paper_out: false, selected: true, error: false });
        let (mut simulation, mut core) = greeted(&setup(&profile), device);
        simulation.run_until(&mut core, seconds(60));
        let before = simulation.steps;
        simulation.run_until(&mut core, seconds(660));
        let steps = simulation.steps - before;
        // A question, its writing and a wait, four times a minute, and as much for the port.
        assert!(steps <= 400, "{}: {steps} steps in ten minutes", profile.name);
        assert!(simulation.status().connected);
    }
}

#[test]
fn a_printer_that_no_longer_answers_is_given_up_and_sought_again() {
    /// It takes everything and says nothing: unplugged behind a network switch.
    struct Deaf;
    impl Device for Deaf {
        fn take(&mut self, bytes: &[u8], _replies: &mut Vec<u8>) -> usize {
            bytes.len()
        }
        fn speak(&mut self, _replies: &mut Vec<u8>) {}
        fn port(&self) -> Option<PortStatus> {
            None
        }
        fn linked(&mut self) {}
    }
    let mut deaf = Simulation::new(Deaf);
    let mut core = core_after(&deaf, setup(&telling()));
    deaf.run_while(&mut core, |simulation| simulation.attempts.len() < 2);
    assert_eq!(deaf.status().link_fault.as_deref(), Some("the printer no longer answers"));
    assert!((seconds(18)..seconds(19)).contains(&deaf.elapsed()), "{:?}", deaf.elapsed());
}

#[test]
fn the_first_and_the_last_byte_are_told_with_their_times() {
    let profile = mute();
    let (mut simulation, mut core) = ready(&profile);
    simulation.device.room = 30;
    simulation.at(seconds(2), |simulation| simulation.device.room = usize::MAX);
    simulation.submit(JOB, job(&profile));
    simulation.run_to_end(&mut core, JOB);
    let times: Vec<Instant> = simulation
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            PrinterEvent::FirstByte { at, .. } | PrinterEvent::LastByte { at, .. } => Some(*at),
            PrinterEvent::Status(_) | PrinterEvent::Stage { .. } | PrinterEvent::Outcome { .. } => None,
        })
        .collect();
    let [first, last] = times[..] else { panic!("{times:?}") };
    assert_eq!((last - first).as_millis(), 1999, "the printer took its time");
}

#[test]
fn shutting_down_gives_a_slip_that_has_begun_its_time_and_the_others_none() {
    let profile = mute();
    let (mut simulation, mut core) = ready(&profile);
    simulation.device.room = 30;
    simulation.submit(JOB, job(&profile));
    simulation.submit(JobId(2), job(&profile));
    simulation.at(seconds(1), |simulation| {
        let by = simulation.now + seconds(3);
        simulation.hear(Message::Shutdown { by });
    });
    simulation.at(seconds(2), |simulation| simulation.device.room = usize::MAX);
    simulation.run_while(&mut core, |_| true);
    assert_eq!(simulation.outcome(JOB), Some((Outcome::Unknown, Reason::NoConfirmation)));
    assert_eq!(simulation.outcome(JobId(2)), Some((Outcome::NotPrinted, Reason::ShutDown)));
    assert!(!simulation.linked, "the link is let go");
}

#[test]
fn a_journal_that_fails_keeps_every_byte_back() {
    let profile = telling();
    let (mut simulation, mut core) = ready(&profile);
    let before = simulation.device.taken.len();
    simulation.journal_fails = true;
    simulation.submit(JOB, job(&profile));
    assert_eq!(simulation.run_to_end(&mut core, JOB), Some((Outcome::NotPrinted, Reason::JournalFailed)));
    assert_eq!(simulation.device.taken.len(), before);
}
