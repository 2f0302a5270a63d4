//! The watchdog against a service manager's socket: what is sent, and when it is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;
use std::time::{Duration, Instant};

use drivers::watchdog::{Heart, Watchdog};
use tempfile::TempDir;

/// No message of a test takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service manager's end of `NOTIFY_SOCKET`.
struct Manager {
    folder: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { folder, socket }
    }

    fn watchdog(&self, timeout: Option<Duration>) -> Watchdog {
        Watchdog::new(Some(self.folder.path().join("notify").as_os_str()), timeout)
    }

    fn next(&self) -> String {
        receive(&self.socket)
    }

    /// Reads until a message that begins so; answers how many came before.
    fn until(&self, begin: &str) -> usize {
        (0..).find(|_| self.next().starts_with(begin)).unwrap()
    }

    /// Everything that has come.
    fn all(&self) -> Vec<String> {
        self.socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 512];
        let all = std::iter::from_fn(|| {
            let length = self.socket.recv(&mut buffer).ok()?;
            Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
        })
        .collect();
        self.socket.set_nonblocking(false).unwrap();
        all
    }

    /// Nothing comes for so long.
    fn silent_for(&self, time: Duration) -> bool {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let silent = self.socket.recv(&mut [0; 512]).is_err();
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }
}

fn receive(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer).expect("a message");
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

/// A loop that turns until it is told to stop, then stands still with its heart alive.
fn turn(heart: Heart) -> (std::sync::mpsc::Sender<()>, std::thread::JoinHandle<Heart>) {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        while stopped
            .recv_timeout(heart.interval().unwrap())
            .is_err_and(|end| end == std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            heart.beat();
        }
        heart
    });
    (stop, thread)
}

#[test]
fn the_life_of_a_borne_is_told_in_the_service_managers_words() {
    let manager = Manager::new();
    let watchdog = manager.watchdog(None);
    assert_eq!(watchdog.heart("screen").interval(), None, "nobody watches: a loop may sleep");
    watchdog.ready();
    watchdog.status("ready\nWATCHDOG=1");
    watchdog.stopping();
    assert_eq!(
        [manager.next(), manager.next(), manager.next()],
        ["READY=1\n", "STATUS=ready WATCHDOG=1\n", "STOPPING=1\n"]
    );
}

#[test]
fn it_pings_while_every_core_loop_turns_and_not_while_one_is_stuck() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let manager = Manager::new();
    let watchdog = manager.watchdog(Some(TIMEOUT));
    watchdog.status("ready");
    let (_stop_core, core) = turn(watchdog.heart("core"));
    let (stop_screen, screen) = turn(watchdog.heart("screen"));
    manager.until("STATUS=ready");
    let begun = Instant::now();
    for _ in 0..6 {
        assert_eq!(manager.next(), "WATCHDOG=1\n");
    }
    assert!(begun.elapsed() > TIMEOUT, "longer than the time-out, with pings all along");

    drop(stop_screen);
    let screen = screen.join().unwrap();
    assert!(
        manager.until("STATUS=stuck: screen\n") <= 4,
        "half of the time-out, in quarters of it, and one on its way"
    );
    assert!(manager.silent_for(TIMEOUT), "the service manager has to find out");

    let (_stop_screen, _turning) = turn(screen);
    assert_eq!([manager.next(), manager.next()], ["STATUS=ready\n", "WATCHDOG=1\n"]);
    drop(core);
}

#[test]
fn a_loop_that_dies_stops_the_pings_and_one_that_retires_does_not() {
    let manager = Manager::new();
    let watchdog = manager.watchdog(Some(Duration::from_secs(2)));
    watchdog.heart("survey").retire();
    let (_stop, _core) = turn(watchdog.heart("core"));
    for _ in 0..6 {
        assert_eq!(manager.next(), "WATCHDOG=1\n");
    }
    drop(watchdog.heart("screen"));
    manager.until("STATUS=stuck: screen\n");
    assert!(manager.silent_for(Duration::from_secs(2)));
}

#[test]
fn a_device_that_hangs_does_not_stop_the_pings() {
    let manager = Manager::new();
    let watchdog = manager.watchdog(Some(Duration::from_secs(2)));
    let (_stop, _core) = turn(watchdog.heart("core"));
    // A device's thread has no heart to lose: this one waits for ever, as for a printer that never answers.
    let (_never, printer) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || printer.recv());
    for _ in 0..8 {
        assert_eq!(manager.next(), "WATCHDOG=1\n");
    }
}

#[test]
fn an_abstract_socket_is_reached_too() {
    let name = format!("accueil-watchdog-test-{}", std::process::id());
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    Watchdog::new(Some(format!("@{name}").as_ref()), None).ready();
    assert_eq!(receive(&socket), "READY=1\n");
}

#[test]
fn without_a_service_manager_nothing_is_sent_and_nothing_fails() {
    for address in [None, Some("/nowhere/notify")] {
        let watchdog = Watchdog::new(address.map(AsRef::as_ref), None);
        let heart = watchdog.heart("screen");
        heart.beat();
        watchdog.ready();
        watchdog.status("ready");
        watchdog.stopping();
        heart.retire();
    }
}

#[test]
fn a_service_manager_that_takes_nothing_is_not_waited_for() {
    let manager = Manager::new();
    let watchdog = manager.watchdog(None);
    let begun = Instant::now();
    let full = {
        let filler = UnixDatagram::unbound().unwrap();
        filler.set_nonblocking(true).unwrap();
        let path = manager.folder.path().join("notify");
        (0..100_000).any(|_| filler.send_to(b"X=1\n", &path).is_err())
    };
    assert!(full, "the socket takes a limited number of messages");
    watchdog.ready();
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// The part of the next test that runs as a service does.
#[test]
fn a_service_reads_its_environment() {
    if std::env::var_os("ACCUEIL_TEST_SERVICE").is_none() {
        return;
    }
    let watchdog = Watchdog::from_env();
    let heart = watchdog.heart("core");
    watchdog.status(&format!("beats each {:?}", heart.interval()));
    heart.retire();
    watchdog.ready();
}

#[test]
fn the_environment_of_a_service_is_understood() {
    let manager = Manager::new();
    let mut service = Command::new(std::env::current_exe().unwrap());
    service
        .args(["--exact", "a_service_reads_its_environment"])
        .env("ACCUEIL_TEST_SERVICE", "1")
        .env("NOTIFY_SOCKET", manager.folder.path().join("notify"))
        .env("WATCHDOG_USEC", "8000000")
        .env_remove("WATCHDOG_PID");
    assert!(service.output().unwrap().status.success());
    let mut told = manager.all();
    told.sort();
    assert_eq!(told, ["READY=1\n", "STATUS=beats each Some(1s)\n", "WATCHDOG=1\n"]);
    // For another process: nothing is watched, and the rest is told.
    assert!(service.env("WATCHDOG_PID", "1").output().unwrap().status.success());
    assert_eq!(manager.all(), ["STATUS=beats each None\n", "READY=1\n"]);
}
