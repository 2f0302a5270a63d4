//! A PostgreSQL server for tests and measurements: in a temporary folder, on a unix socket only, never as root, gone with
//! the process that started it.
//!
//! A process keeps one [`Cluster`]; each test has a database of its own, [copied](Cluster::copy) from one that was
//! prepared once. The program `throwaway-postgres` starts one by hand and holds it until its standard input ends.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// Makes, starts, ends and removes a cluster.
const SCRIPT: &str = include_str!("cluster.sh");

/// Where Debian keeps each version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Those whom the server may run as where the tests run as root, which it refuses.
const SERVANTS: [&str; 2] = ["postgres", "nobody"];

/// Whether a commit is on the disk when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It is, as in a town hall.
    Durable,
    /// It is not: a test ends the server, not the machine.
    Fast,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The programs are not installed.
    #[error("no PostgreSQL under {VERSIONS}: run `deploy/dev/setup test`")]
    Missing,
    /// Root may not run it, and nobody else is known here.
    #[error("PostgreSQL never runs as root, and neither `postgres` nor `nobody` is a user here")]
    NoServant,
    /// It did not start.
    #[error("PostgreSQL did not start: {0}")]
    Start(String),
    /// A database could not be made.
    #[error("the database is not made: {0}")]
    Database(String),
    /// The system refused something.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A running server. It ends when this is dropped, and with its process however that ends.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    keeper: Child,
}

impl Cluster {
    /// Starts a server; takes about two seconds.
    pub fn start(durability: Durability) -> Result<Self, ClusterError> {
        let programs = programs()?;
        // The keeper removes it: by then this process may have been killed.
        let folder = TempDir::with_prefix("accueil-pg-")?.keep();
        let mut command = keeper(&folder)?;
        let fsync = if durability == Durability::Durable { "on" } else { "off" };
        command.args(["sh", "-c", SCRIPT, "sh"]).arg(&programs).arg(&folder).arg(fsync);
        // A key that interrupts the tests must not reach it: it has a folder to remove.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut keeper = command.spawn()?;
        let mut said = String::new();
        if let Some(out) = keeper.stdout.take() {
            BufReader::new(out).read_line(&mut said)?;
        }
        if said.trim() != "ready" {
            let output = keeper.wait_with_output()?;
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            fs::remove_dir_all(&folder)?;
            return Err(ClusterError::Start(format!("{}{log}", String::from_utf8_lossy(&output.stderr))));
        }
        Ok(Self { folder, programs, keeper })
    }

    /// Makes an empty database.
    pub fn create(&self, name: &str) -> Result<(), ClusterError> {
        self.createdb(&[name])
    }

    /// Makes a database that holds what another one does, to which nobody is connected.
    pub fn copy(&self, template: &str, name: &str) -> Result<(), ClusterError> {
        self.createdb(&["--template", template, name])
    }

    /// The address of a database, for the server's settings.
    #[must_use]
    pub fn address(&self, name: &str) -> String {
        format!("postgres:///{name}?host={}&user=accueil", self.folder.display())
    }

    /// Where its socket and its files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn createdb(&self, arguments: &[&str]) -> Result<(), ClusterError> {
        let mut command = Command::new(self.programs.join("createdb"));
        command.arg("--host").arg(&self.folder).args(["--username", "accueil"]).args(arguments);
        let Output { status, stderr, .. } = command.output()?;
        let said = || ClusterError::Database(String::from_utf8_lossy(&stderr).trim().to_owned());
        if status.success() { Ok(()) } else { Err(said()) }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // It has ended already where somebody killed it.
        let _ = self.keeper.wait();
    }
}

/// The programs of the newest version.
fn programs() -> Result<PathBuf, ClusterError> {
    let versions = fs::read_dir(VERSIONS).map_err(|_| ClusterError::Missing)?;
    let folders = versions.filter_map(|version| version.ok().map(|version| version.path()));
    let number =
        |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok());
    let installed = folders.filter(|path| path.join("bin/initdb").is_file() && number(path).is_some());
    installed.max_by_key(number).map(|path| path.join("bin")).ok_or(ClusterError::Missing)
}

/// What runs the keeper: the same user, or somebody without rights instead of root, to whom the folder is given.
fn keeper(folder: &Path) -> Result<Command, ClusterError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Command::new("env"));
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let mut fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = fields.find(|fields| fields.first() == Some(&name))?;
        Some((found.get(2)?.parse::<u32>().ok()?, found.get(3)?.parse::<u32>().ok()?))
    };
    let (user, group) = SERVANTS.into_iter().find_map(ids).ok_or(ClusterError::NoServant)?;
    std::os::unix::fs::chown(folder, Some(user), Some(group))?;
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={group}")]).args(["--clear-groups", "--"]);
    Ok(command)
}
