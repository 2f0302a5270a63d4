//! The back-end for character devices against chips that answer as a kernel does (`fixtures/gpio_chip.c`). Each test
//! starts itself again under umockdev, which gives the device nodes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use drivers::discovery::Access;
use drivers::gpio::{
    Board, ControlEvent, ControlOptions, Controls, InputLine, InputOptions, Light, LineError, Lines, OutputLine,
    OutputOptions, Pull, discover,
};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketType, sockopt};
use rustix::time::{ClockId, clock_gettime};

/// No event of a test takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// Flags of linux/gpio.h (`enum gpio_v2_line_flag`).
const ACTIVE_LOW: u64 = 1 << 1;
const INPUT: u64 = 1 << 2;
const OUTPUT: u64 = 1 << 3;
const EDGE_RISING: u64 = 1 << 4;
const EDGE_FALLING: u64 = 1 << 5;
const PULL_UP: u64 = 1 << 8;

const DEVICES: &str = "P: /devices/platform/gpio0/gpiochip0
N: gpiochip0=00
E: DEVNAME=/dev/gpiochip0
E: SUBSYSTEM=gpio

P: /devices/platform/gpio1/gpiochip1
N: gpiochip1=00
E: DEVNAME=/dev/gpiochip1
E: SUBSYSTEM=gpio
";

/// Runs a test's body where the chips are: answers the board's socket in there, and `None` out here once it has passed.
fn among_chips(test: &str, inputs_active: bool) -> Option<Wires> {
    if let Some(socket) = std::env::var_os("GPIO_CHIP_SOCKET") {
        return Some(Wires::listen(Path::new(&socket)));
    }
    let folder = tempfile::tempdir().unwrap();
    let devices = folder.path().join("chips.umockdev");
    std::fs::write(&devices, DEVICES).unwrap();
    let output = Command::new("umockdev-run")
        .arg("--device")
        .arg(devices)
        .args(["--", "sh", "-c", "LD_PRELOAD=\"$CHIPS:$LD_PRELOAD\" exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("CHIPS", stand_in())
        .env("GPIO_CHIP_SOCKET", folder.path().join("lines"))
        .env("GPIO_CHIP_ACTIVE", if inputs_active { "1" } else { "0" })
        .output()
        .expect("umockdev-run: deploy/dev/setup test installs it");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    None
}

/// The library that answers for the kernel, compiled once.
fn stand_in() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gpio_chip-{}.so", std::process::id()));
        let compiled = Command::new("cc")
            .args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gpio_chip.c"))
            .status();
        assert!(compiled.unwrap().success());
        library
    })
}

/// The chips' other side.
struct Wires(OwnedFd);

impl Wires {
    fn listen(path: &Path) -> Self {
        let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrUnix::new(path).unwrap()).unwrap();
        rustix::net::listen(&socket, 8).unwrap();
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE)).unwrap();
        Self(socket)
    }

    /// The next line that is requested, and how.
    fn requested(&self) -> (Wire, String) {
        let wire = rustix::net::accept(&self.0).expect("a request");
        sockopt::set_socket_timeout(&wire, sockopt::Timeout::Recv, Some(PATIENCE)).unwrap();
        let wire = Wire(wire);
        let told = wire.told();
        (wire, told)
    }
}

/// A line that is held.
struct Wire(OwnedFd);

impl Wire {
    /// What its holder asks for; empty when it let go.
    fn told(&self) -> String {
        let mut buffer = [0; 256];
        let (length, _) = rustix::net::recv(&self.0, &mut buffer, RecvFlags::empty()).expect("a word of the holder");
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    /// An edge, so long ago.
    fn edge(&self, active: bool, ago: Duration) {
        let now = clock_gettime(ClockId::Monotonic);
        let now = Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap());
        // struct gpio_v2_line_event: timestamp_ns, id, offset, seqno, line_seqno, padding.
        let mut event = [0; 48];
        event[..8].copy_from_slice(&u64::try_from((now - ago).as_nanos()).unwrap().to_ne_bytes());
        event[8..12].copy_from_slice(&(if active { 1u32 } else { 2 }).to_ne_bytes());
        self.raw(&event);
    }

    fn raw(&self, event: &[u8]) {
        rustix::net::send(&self.0, event, SendFlags::NOSIGNAL).expect("a holder that listens");
    }
}

fn button(line: &str) -> Option<InputLine> {
    let options = InputOptions { active_low: true, pull: Pull::Up, debounce: Duration::from_millis(20) };
    Some(InputLine { line: line.parse().unwrap(), options })
}

fn open(options: ControlOptions) -> (Controls, Receiver<ControlEvent>) {
    let (sender, heard) = channel();
    (Controls::open(options, move |event| drop(sender.send(event))).unwrap(), heard)
}

macro_rules! assert_next {
    ($heard:expr, $($event:tt)+) => {
        let event = $heard.recv_timeout(PATIENCE).expect("an event");
        assert!(matches!(event, $($event)+), "{event:?}");
    };
}

#[test]
fn a_button_is_requested_by_name_and_its_edges_are_followed() {
    let Some(wires) = among_chips("a_button_is_requested_by_name_and_its_edges_are_followed", false) else {
        return;
    };
    let (controls, heard) = open(ControlOptions { button: button("line:BELL"), ..ControlOptions::default() });
    let (wire, asked) = wires.requested();
    let flags = INPUT | ACTIVE_LOW | EDGE_RISING | EDGE_FALLING | PULL_UP;
    assert_eq!(asked, format!("gpiochip0 0 consumer=borne flags={flags:#x} debounce_us=20000 value=0"));
    assert_next!(heard, ControlEvent::Available(_));
    wire.edge(true, Duration::ZERO);
    assert_next!(heard, ControlEvent::Pressed);
    wire.edge(false, Duration::ZERO);
    assert_next!(heard, ControlEvent::Released);
    // The kernel's stamps count, not when they are read: a press that is read after its release was one.
    wire.edge(true, Duration::from_millis(500));
    wire.edge(false, Duration::from_millis(100));
    assert_next!(heard, ControlEvent::Pressed);
    assert_next!(heard, ControlEvent::Released);
    drop(controls);
    assert_eq!(wire.told(), "", "the line is released");
}

#[test]
fn a_level_at_the_start_is_presence_and_no_press() {
    let Some(wires) = among_chips("a_level_at_the_start_is_presence_and_no_press", true) else {
        return;
    };
    let presence = button("chip:/dev/gpiochip0:3");
    let (_controls, heard) =
        open(ControlOptions { button: button("line:BELL"), presence, ..ControlOptions::default() });
    let (bell, _) = wires.requested();
    let (_sensor, asked) = wires.requested();
    assert!(asked.starts_with("gpiochip0 3 "), "{asked}");
    assert_next!(heard, ControlEvent::Available(_));
    assert_next!(heard, ControlEvent::Available(_));
    assert_next!(heard, ControlEvent::Present);
    // It comes up without a word, and the next press is one.
    bell.edge(false, Duration::from_millis(500));
    bell.edge(true, Duration::from_millis(100));
    assert_next!(heard, ControlEvent::Pressed);
}

#[test]
fn an_output_begins_inactive_and_is_switched_off_before_it_is_released() {
    let Some(wires) = among_chips("an_output_begins_inactive_and_is_switched_off_before_it_is_released", false) else {
        return;
    };
    let ring = Some(OutputLine { line: "line:LAMP".parse().unwrap(), options: OutputOptions { active_low: true } });
    let (controls, heard) = open(ControlOptions { ring, ..ControlOptions::default() });
    let (wire, asked) = wires.requested();
    assert_eq!(asked, format!("gpiochip1 1 consumer=borne flags={:#x} debounce_us=0 value=0", OUTPUT | ACTIVE_LOW));
    assert_next!(heard, ControlEvent::Available(_));
    controls.show(Light::Steady);
    assert_eq!(wire.told(), "set 1");
    drop(controls);
    assert_eq!([wire.told(), wire.told()], ["set 0", ""]);
}

#[test]
fn a_chip_that_goes_is_told_and_asked_for_again() {
    let Some(wires) = among_chips("a_chip_that_goes_is_told_and_asked_for_again", false) else {
        return;
    };
    let (_controls, heard) = open(ControlOptions { button: button("line:BELL"), ..ControlOptions::default() });
    let (wire, _) = wires.requested();
    assert_next!(heard, ControlEvent::Available(_));
    wire.edge(true, Duration::ZERO);
    assert_next!(heard, ControlEvent::Pressed);
    drop(wire);
    assert_next!(heard, ControlEvent::Released);
    assert_next!(heard, ControlEvent::Unavailable { error: LineError::Gone { .. }, .. });
    let (wire, _) = wires.requested();
    assert_next!(heard, ControlEvent::Available(_));
    // Half an event and one of a kind that no kernel sends are a fault of the line, too.
    wire.raw(&[0; 20]);
    assert_next!(heard, ControlEvent::Unavailable { error: LineError::Gone { .. }, .. });
    let (wire, _) = wires.requested();
    assert_next!(heard, ControlEvent::Available(_));
    wire.raw(&[7; 48]);
    assert_next!(heard, ControlEvent::Unavailable { error: LineError::Gone { .. }, .. });
}

#[test]
fn a_line_that_cannot_be_had_says_why() {
    if among_chips("a_line_that_cannot_be_had_says_why", false).is_none() {
        return;
    }
    let cases = [
        ("line:RESET", "line:RESET is in use by kernel-thing: free it"),
        ("chip:/dev/gpiochip0:2", "in use by kernel-thing"),
        ("line:TWIN", "several lines: choose one with chip:/dev/gpiochip0:3 or chip:/dev/gpiochip1:0"),
        ("line:DOOR", "line:DOOR is on no chip of this machine"),
        ("chip:/dev/gpiochip0:4", "is on no chip of this machine"),
        ("chip:/dev/gpiochip7:0", "is on no chip of this machine"),
        ("chip:/dev/null:0", "cannot be used"),
    ];
    for (line, said) in cases {
        let line = line.parse().unwrap();
        let options = InputOptions { active_low: false, pull: Pull::None, debounce: Duration::ZERO };
        let input = Board::default().input(&line, &options, Box::new(drop)).unwrap_err().to_string();
        let output = Board::default().output(&line, OutputOptions::default()).err().unwrap().to_string();
        assert!(input.contains(said) && output.contains(said), "{input}; {output}");
    }
}

#[test]
fn the_search_lists_the_lines() {
    if among_chips("the_search_lists_the_lines", false).is_none() {
        return;
    }
    let found = discover();
    let rows: Vec<_> = found.iter().map(|row| (row.selector.as_str(), row.name.as_str(), &row.access)).collect();
    let busy = Access::Busy { node: "/dev/gpiochip0".into() };
    assert_eq!(
        rows,
        [
            ("line:BELL", "BELL of gpiochip0 (stand-in 0), offset 0", &Access::Granted),
            ("line:RESET", "RESET of gpiochip0 (stand-in 0), offset 2, held by kernel-thing", &busy),
            ("chip:/dev/gpiochip0:3", "TWIN of gpiochip0 (stand-in 0), offset 3", &Access::Granted),
            ("chip:/dev/gpiochip1:0", "TWIN of gpiochip1 (stand-in 1), offset 0", &Access::Granted),
            ("line:LAMP", "LAMP of gpiochip1 (stand-in 1), offset 1", &Access::Granted),
        ]
    );
}
