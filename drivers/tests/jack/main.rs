#![expect(clippy::unwrap_used, reason = "tests")]
//! Whether a headset is in, as the kernel tells it of the jack of a sound card (under umockdev) and of a line.

#[path = "../umockdev/mod.rs"]
mod umockdev;

use std::fs;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use drivers::audio::{JackError, JackEvent, JackOptions, JackWatch, jacks};
use umockdev::Device;

/// A sound card's jack without a headset in it when it appears.
const OUT: Device = Device {
    file: "headset.umockdev",
    folders: "/sys/devices/pci0000:00/0000:00:1f.3/sound/card0/input@/event@,\
        /sys/devices/pci0000:00/0000:00:1f.3/sound/card0/input@",
    node: "/dev/input/event@",
    ioctls: Some("headset-out.ioctl"),
};

/// With one.
const IN: Device = Device { ioctls: Some("headset-in.ioctl"), ..OUT };

const DEADLINE: Duration = Duration::from_secs(10);

/// What is told, with when, and where the thread that told it is shown.
struct Watching {
    _watch: JackWatch,
    events: Receiver<(JackEvent, Instant)>,
}

impl Watching {
    fn open(selector: &str) -> Self {
        let (sender, events) = mpsc::channel();
        let options = JackOptions { rescan: Duration::from_millis(20), ..JackOptions::default() };
        let tell = move |event| sender.send((event, Instant::now())).unwrap();
        Self { _watch: JackWatch::open(selector.parse().unwrap(), options, tell).unwrap(), events }
    }

    fn next(&self) -> (JackEvent, Instant) {
        self.events.recv_timeout(DEADLINE).unwrap()
    }

    fn told(&self) -> JackEvent {
        self.next().0
    }
}

/// The switch of the headphones goes to that level, as the kernel writes it on a 64-bit machine.
fn switch(level: i32) -> Vec<u8> {
    [input_event(5, 2, level), input_event(0, 0, 0)].concat()
}

fn input_event(kind: u16, code: u16, value: i32) -> Vec<u8> {
    [&[0; 16][..], &kind.to_ne_bytes(), &code.to_ne_bytes(), &value.to_ne_bytes()].concat()
}

#[test]
fn a_jack_is_found_by_any_selector_and_a_headset_goes_in_and_out() {
    OUT.with("a_jack_is_found_by_any_selector_and_a_headset_goes_in_and_out", |mut socket| {
        let watching = Watching::open("jack:auto");
        assert!(matches!(watching.told(), JackEvent::Lost { why: JackError::Absent { .. } }));
        socket.plug();
        assert!(matches!(watching.told(), JackEvent::HeadsetOut));
        assert_eq!(jacks().iter().map(ToString::to_string).collect::<Vec<_>>(), ["jack:name:HDA Intel PCH Headphone"]);
        let others = ["jack:name:HDA Intel PCH Headphone", "jack:/dev/input/event0"].map(Watching::open);
        for other in &others {
            assert!(matches!(other.told(), JackEvent::HeadsetOut));
        }
        drop(others);
        for _ in 0..3 {
            socket.send(&switch(1));
            assert!(matches!(watching.told(), JackEvent::HeadsetIn));
            let pulled = Instant::now();
            socket.send(&switch(0));
            let (event, told) = watching.next();
            assert!(matches!(event, JackEvent::HeadsetOut), "{event:?}");
            assert!(told - pulled < Duration::from_millis(20), "{:?}", told - pulled);
            eprintln!("measured pulled out to told: {:?}", told - pulled);
        }
    });
}

#[test]
fn a_plug_that_bounces_is_in_once_and_one_that_slips_out_for_a_moment_is_told() {
    OUT.with("a_plug_that_bounces_is_in_once_and_one_that_slips_out_for_a_moment_is_told", |mut socket| {
        socket.plug();
        let watching = Watching::open("jack:auto");
        assert!(matches!(watching.told(), JackEvent::HeadsetOut));
        for level in [1, 0, 1, 0, 1, 0, 1] {
            socket.send(&switch(level));
        }
        assert!(matches!(watching.told(), JackEvent::HeadsetIn));
        socket.send(&[switch(0), switch(1)].concat());
        assert!(matches!(watching.told(), JackEvent::HeadsetOut));
        assert!(matches!(watching.told(), JackEvent::HeadsetIn));
        // Half an event, then the rest of it.
        let out = switch(0);
        socket.send(&out[..10]);
        socket.send(&out[10..]);
        assert!(matches!(watching.told(), JackEvent::HeadsetOut));
        assert!(watching.events.try_recv().is_err());
    });
}

#[test]
fn a_headset_that_is_in_at_the_start_is_told_and_events_that_are_lost_are_asked_for() {
    IN.with("a_headset_that_is_in_at_the_start_is_told_and_events_that_are_lost_are_asked_for", |mut socket| {
        socket.plug();
        let watching = Watching::open("jack:auto");
        assert!(matches!(watching.told(), JackEvent::HeadsetIn));
        socket.send(&switch(0));
        assert!(matches!(watching.told(), JackEvent::HeadsetOut));
        // The kernel dropped events: what it says of the switch now counts.
        socket.send(&input_event(0, 3, 0));
        assert!(matches!(watching.told(), JackEvent::HeadsetIn));
        socket.pull();
        assert!(matches!(watching.told(), JackEvent::Lost { .. }));
        let after = watching.told();
        assert!(matches!(after, JackEvent::Lost { why: JackError::Absent { .. } }), "{after:?}");
        socket.plug();
        assert!(matches!(watching.told(), JackEvent::HeadsetIn));
    });
}

#[test]
fn at_rest_the_thread_sleeps() {
    OUT.with("at_rest_the_thread_sleeps", |mut socket| {
        socket.plug();
        let (sender, threads) = mpsc::channel();
        // The callback runs on the thread that watches, which tells its own files.
        let tell = move |_| sender.send(fs::read_link("/proc/thread-self").unwrap()).unwrap();
        let _watch = JackWatch::open("jack:auto".parse().unwrap(), JackOptions::default(), tell).unwrap();
        let thread = Path::new("/proc").join(threads.recv_timeout(DEADLINE).unwrap());
        let naps = || {
            let status = fs::read_to_string(thread.join("status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
            line.trim().parse::<u32>().unwrap()
        };
        let before = naps();
        assert!(threads.recv_timeout(Duration::from_secs(3)).is_err(), "nothing happens");
        assert!(naps() <= before + 1, "it woke {} times", naps() - before);
    });
}

#[cfg(feature = "virtual")]
#[test]
fn a_line_tells_of_a_headset_as_it_is_wired_and_a_chip_that_is_gone_is_told() {
    use std::io::Write;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    fs::write(&path, "input JACK\n").unwrap();
    let mut script = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let watching = Watching::open(&format!("fake:{}:JACK", path.display()));
    assert!(matches!(watching.told(), JackEvent::HeadsetOut));
    writeln!(script, "bounce JACK low 7").unwrap();
    assert!(matches!(watching.told(), JackEvent::HeadsetIn));
    writeln!(script, "set JACK float").unwrap();
    assert!(matches!(watching.told(), JackEvent::HeadsetOut));
    writeln!(script, "unplug").unwrap();
    assert!(matches!(watching.told(), JackEvent::Lost { why: JackError::Line(_) }));
}

#[test]
fn what_cannot_be_had_says_what_to_do() {
    let told = |selector: &str| match Watching::open(selector).told() {
        JackEvent::Lost { why } => why.to_string(),
        other @ (JackEvent::HeadsetIn | JackEvent::HeadsetOut) => panic!("{other:?}"),
    };
    assert!(told("jack:name:no such jack").contains("borne doctor"));
    assert!(told("jack:/dev/input/event999").contains("borne doctor"));
    assert!(told("jack:/dev/null").contains("check that it is there and tells of headsets"));
    assert!(told("pi:17").contains("Raspberry Pi"));
    assert!(matches!(Watching::open("card:NoSuchCard").told(), JackEvent::HeadsetOut));
}
