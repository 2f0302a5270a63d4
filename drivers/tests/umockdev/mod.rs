//! Runs a test of this binary again where a device that a kernel would have can be plugged in.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A device that umockdev can play, and where it stands; `@` is the number of its node.
pub struct Device {
    /// Its description in this folder.
    pub file: &'static str,
    /// The folders of the kernel's tree it appears in.
    pub folders: &'static str,
    /// Its node.
    pub node: &'static str,
    /// What it answers, in this folder.
    pub ioctls: Option<&'static str>,
}

/// The socket a device is plugged into.
pub struct Socket {
    orders: File,
    answers: BufReader<File>,
}

impl Device {
    /// Calls `test` with the socket, in a process of its own that runs nothing but the test of that name.
    pub fn with(&self, name: &str, test: impl FnOnce(Socket)) {
        if let Some(pipes) = std::env::var_os("VIRTUAL_SOCKET") {
            return test(Socket::open(pipes.to_str().unwrap()));
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/umockdev");
        let mut command = Command::new("umockdev-wrapper");
        command.arg(compiled(&folder.join("socket.c"), name)).arg(folder.join(self.file));
        command.args([self.folders, self.node]);
        match self.ioctls {
            Some(ioctls) => command.arg(folder.join(ioctls)),
            None => command.arg("-"),
        };
        command.arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]);
        let output = command.output().unwrap_or_else(|error| panic!("install umockdev: {error}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "under umockdev: {said}");
        eprint!(
            "{}",
            said.lines().filter(|line| line.starts_with("measured")).fold(String::new(), |all, line| all + line + "\n")
        );
    }
}

/// The socket's program; each test has its own, for they run at the same time.
fn compiled(source: &Path, test: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "socket-{}-{}",
        env!("CARGO_CRATE_NAME"),
        test.replace("::", "-")
    ));
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", "umockdev-1.0"]).output();
    let flags = flags.unwrap_or_else(|error| panic!("install pkg-config: {error}"));
    assert!(flags.status.success(), "install libumockdev-dev: {}", String::from_utf8_lossy(&flags.stderr));
    let compiler = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-o"])
        .arg(&program)
        .arg(source)
        .args(String::from_utf8(flags.stdout).unwrap().split_whitespace())
        .status();
    assert!(compiler.unwrap_or_else(|error| panic!("install gcc: {error}")).success());
    program
}

impl Socket {
    fn open(pipes: &str) -> Self {
        let (from, to) = pipes.split_once(':').unwrap();
        let path = |descriptor: &str| format!("/proc/self/fd/{descriptor}");
        Self {
            orders: OpenOptions::new().write(true).open(path(to)).unwrap(),
            answers: BufReader::new(File::open(path(from)).unwrap()),
        }
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n", "{order}");
    }

    /// Plugs the device in, under the next number.
    pub fn plug(&mut self) {
        self.order("plug");
    }

    /// Pulls it out.
    pub fn pull(&mut self) {
        self.order("pull");
    }

    /// Lets the device send these bytes at once.
    pub fn send(&mut self, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.order(&format!("send {hex}"));
    }
}
