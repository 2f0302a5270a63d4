//! The controls around the screen, through scripted boards: what is told, what is driven, and what happens when a board
//! is not there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use drivers::gpio::fake::FakeBoard;
use drivers::gpio::{
    ControlEvent, ControlOptions, Controls, InputLine, InputOptions, Light, OutputLine, OutputOptions, Part, Pull,
    Sound,
};
use tempfile::TempDir;

/// No event of a test takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

fn input(line: &str, active_low: bool) -> Option<InputLine> {
    let pull = if active_low { Pull::Up } else { Pull::Down };
    let options = InputOptions { active_low, pull, debounce: Duration::from_millis(20) };
    Some(InputLine { line: line.parse().unwrap(), options })
}

fn output(line: &str, active_low: bool) -> Option<OutputLine> {
    Some(OutputLine { line: line.parse().unwrap(), options: OutputOptions { active_low } })
}

/// What is told, as text.
struct Heard(Receiver<String>);

impl Heard {
    fn next(&self) -> String {
        self.0.recv_timeout(PATIENCE).expect("an event")
    }

    fn take(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.next()).collect()
    }
}

fn told(event: &ControlEvent) -> String {
    match event {
        ControlEvent::Available(part) => format!("{part} works"),
        ControlEvent::Unavailable { part, error } => format!("{part}: {error}"),
        ControlEvent::Pressed
        | ControlEvent::Released
        | ControlEvent::Stuck
        | ControlEvent::Present
        | ControlEvent::Absent => format!("{event:?}"),
    }
}

fn open(options: ControlOptions) -> (Controls, Heard) {
    let (sender, heard) = channel();
    let controls = Controls::open(options, move |event| drop(sender.send(told(&event)))).unwrap();
    (controls, Heard(heard))
}

fn open_on(board: &FakeBoard, options: ControlOptions) -> (Controls, Heard) {
    let (sender, heard) = channel();
    let on_event = move |event| drop(sender.send(told(&event)));
    (Controls::open_on(Box::new(board.clone()), options, on_event).unwrap(), Heard(heard))
}

/// A script that a test writes on.
struct Script {
    _folder: TempDir,
    path: PathBuf,
}

impl Script {
    fn new(begin: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("hall.board");
        std::fs::write(&path, begin).unwrap();
        Self { _folder: folder, path }
    }

    fn add(&self, lines: &str) {
        OpenOptions::new().append(true).open(&self.path).unwrap().write_all(lines.as_bytes()).unwrap();
    }

    fn line(&self, name: &str) -> String {
        format!("fake:{}:{name}", self.path.display())
    }

    fn driven(&self) -> Vec<String> {
        let log = Path::new(&format!("{}.out", self.path.display())).to_owned();
        std::fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect()
    }
}

const HALL: &str = "input BELL\ninput SENSOR\noutput RING\noutput BUZZER\nset BELL high\n";

#[test]
fn a_bouncing_button_calls_once_and_a_sensor_tells_of_visitors() {
    let script = Script::new(HALL);
    let (_controls, heard) = open(ControlOptions {
        button: input(&script.line("BELL"), true),
        presence: input(&script.line("SENSOR"), false),
        ..ControlOptions::default()
    });
    assert_eq!(heard.take(2), ["call button works", "presence sensor works"]);
    script.add("bounce BELL low 9\n");
    assert_eq!(heard.next(), "Pressed");
    script.add("bounce BELL high 8\nwait 200\nset SENSOR high\n");
    assert_eq!(heard.take(2), ["Released", "Present"]);
    // A line that is written in two parts is played when it is whole.
    script.add("set SEN");
    script.add("SOR low\n");
    assert_eq!(heard.next(), "Absent");
    script.add("bounce BELL high 40\nwait 200\nset SENSOR high\n");
    assert_eq!(heard.next(), "Present", "bounces that end where they began are no press");
}

#[test]
fn outputs_are_driven_as_they_are_wired_and_switched_off_at_the_end() {
    let board = FakeBoard::new(&[], &["RING", "BUZZER"]);
    let (controls, heard) = open_on(
        &board,
        ControlOptions {
            ring: output("line:RING", true),
            buzzer: output("line:BUZZER", false),
            ..ControlOptions::default()
        },
    );
    assert_eq!(heard.take(2), ["LED ring works", "buzzer works"]);
    assert_eq!(board.output("RING"), Ok(Some(true)), "an active-low ring begins dark");
    controls.show(Light::Steady);
    controls.sound(Sound { tone: Duration::MAX, pause: Duration::ZERO, times: 1 });
    assert_eq!(board.wait_for("RING", false, PATIENCE), Ok(true));
    assert_eq!(board.wait_for("BUZZER", true, PATIENCE), Ok(true));
    drop(controls);
    assert_eq!((board.output("RING"), board.output("BUZZER")), (Ok(Some(true)), Ok(Some(false))));
}

#[test]
fn a_sound_ends_by_itself() {
    let board = FakeBoard::new(&[], &["BUZZER"]);
    let (controls, _heard) =
        open_on(&board, ControlOptions { buzzer: output("line:BUZZER", false), ..ControlOptions::default() });
    controls.sound(Sound::ATTENTION);
    assert_eq!(board.wait_for("BUZZER", true, PATIENCE), Ok(true));
    let tones = || board.driven().iter().filter(|level| level.high).count();
    while tones() < 3 || board.output("BUZZER") == Ok(Some(true)) {
        assert_eq!(board.wait_for("BUZZER", false, PATIENCE), Ok(true));
        assert_eq!(board.wait_for("BUZZER", tones() < 3, PATIENCE), Ok(true));
    }
    assert_eq!((tones(), board.output("BUZZER")), (3, Ok(Some(false))));
}

#[test]
fn outputs_are_off_after_a_panic_of_the_thread() {
    let board = FakeBoard::new(&["BELL"], &["RING"]);
    let options = ControlOptions {
        button: input("line:BELL", true),
        ring: output("line:RING", false),
        ..ControlOptions::default()
    };
    let on_event = |event| assert!(!matches!(event, ControlEvent::Pressed), "this panic is part of the test");
    let controls = Controls::open_on(Box::new(board.clone()), options, on_event).unwrap();
    controls.show(Light::Steady);
    assert_eq!(board.wait_for("RING", true, PATIENCE), Ok(true));
    board.set("BELL", Some(false)).unwrap();
    assert_eq!(board.wait_for("RING", false, PATIENCE), Ok(true));
}

#[test]
fn without_a_board_each_control_says_so_once_and_the_others_work() {
    let script = Script::new(HALL);
    let (controls, heard) = open(ControlOptions {
        button: input("line:no such line", true),
        presence: input(&script.line("SENSOR"), false),
        buzzer: output("pi:17", false),
        ring: output("chip:/dev/gpiochip250:3", false),
        ..ControlOptions::default()
    });
    let said = heard.take(4);
    assert!(said[0].starts_with("call button: line:no such line is "), "{}", said[0]);
    assert_eq!(said[1], "presence sensor works");
    assert!(said[2].starts_with("LED ring: chip:/dev/gpiochip250:3 is "), "{}", said[2]);
    let on_a_pi = Path::new("/dev/gpiomem").exists() || Path::new("/dev/gpiomem0").exists();
    assert!(
        on_a_pi || said[3].starts_with("buzzer: pi:17 needs a Raspberry Pi and this machine is none"),
        "{}",
        said[3]
    );
    // Asking for them again tells nothing new.
    controls.show(Light::Blinking);
    controls.sound(Sound::TAKEN);
    script.add("wait 1500\nset SENSOR high\n");
    assert_eq!(heard.next(), "Present");
}

#[test]
fn a_chip_that_is_plugged_in_again_serves_again() {
    let script = Script::new(HALL);
    let (controls, heard) = open(ControlOptions {
        button: input(&script.line("BELL"), true),
        ring: output(&script.line("RING"), false),
        ..ControlOptions::default()
    });
    controls.show(Light::Steady);
    assert_eq!(heard.take(2), ["call button works", "LED ring works"]);
    script.add("set BELL low\nwait 100\nunplug\n");
    let said = heard.take(3);
    assert_eq!(said[..2], ["Pressed", "Released"]);
    assert!(said[2].starts_with("call button: line:BELL no longer answers"), "{}", said[2]);
    // The ring is found out when it is driven, and lights again as it was asked to.
    controls.show(Light::Off);
    let lost = heard.next();
    assert!(lost.starts_with("LED ring: ") && lost.contains("no longer answers"), "{lost}");
    controls.show(Light::Steady);
    script.add("plug\n");
    let mut back = Vec::new();
    while back.len() < 2 {
        back.extend(Some(heard.next()).filter(|said| said.ends_with(" works")));
    }
    back.sort();
    assert_eq!(back, ["LED ring works", "call button works"]);
    script.add("set BELL high\nwait 100\nset BELL low\n");
    assert_eq!(heard.next(), "Pressed");
    drop(controls);
    assert_eq!(script.driven().last().unwrap(), "RING low");
    assert_eq!(script.driven().iter().filter(|line| *line == "RING high").count(), 2);
}

#[test]
fn a_line_that_the_script_does_not_know_is_refused_with_those_it_knows() {
    let script = Script::new(HALL);
    let (_controls, heard) = open(ControlOptions {
        button: input(&script.line("DOOR"), true),
        ring: output(&script.line("BELL"), false),
        ..ControlOptions::default()
    });
    let said = heard.take(2);
    assert!(said[0].contains("no line \"DOOR\", only these: BELL, BUZZER, RING, SENSOR"), "{}", said[0]);
    assert!(said[1].contains("\"BELL\" is an input, and was asked for as an output"), "{}", said[1]);
}

#[test]
fn a_wrong_step_stops_the_board_and_names_the_line() {
    for (step, what) in [
        ("press BELL\n", "line 6 of the script: \"press BELL\" is no step"),
        ("set DOOR low\n", "line 6 of the script: the fake board has no line \"DOOR\""),
        ("set RING low\n", "line 6 of the script: the fake board's line \"RING\" is an output"),
    ] {
        let script = Script::new(HALL);
        let options = ControlOptions { button: input(&script.line("BELL"), true), ..ControlOptions::default() };
        let (_controls, heard) = open(options);
        assert_eq!(heard.next(), "call button works");
        script.add(step);
        let said = heard.next();
        assert!(said.contains(what), "{said}");
        assert!(script.driven().iter().any(|line| line.starts_with("error: ") && line.contains(what)));
    }
}

#[test]
fn a_script_that_is_not_there_is_told() {
    let options = ControlOptions { button: input("fake:/nowhere/hall.board:BELL", true), ..ControlOptions::default() };
    let (_controls, heard) = open(options);
    let said = heard.next();
    assert!(said.contains("/nowhere/hall.board cannot be played: No such file"), "{said}");
}

#[test]
fn one_line_serves_one_control() {
    let board = FakeBoard::new(&["BELL"], &[]);
    let (_controls, heard) = open_on(
        &board,
        ControlOptions {
            button: input("line:BELL", true),
            presence: input("line:BELL", true),
            ..ControlOptions::default()
        },
    );
    let said = heard.take(2);
    assert_eq!(said[0], "call button works");
    assert!(said[1].contains("line:BELL is in use by another control"), "{}", said[1]);
}

#[test]
fn controls_that_are_not_fitted_need_no_thread() {
    let controls = Controls::open(ControlOptions::default(), |event| panic!("{event:?}")).unwrap();
    controls.show(Light::Steady);
    controls.sound(Sound::TAKEN);
    assert_eq!(Part::Ring.to_string(), "LED ring");
}
