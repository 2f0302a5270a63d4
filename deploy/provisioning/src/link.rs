//! SSH to a machine: the system's own `ssh`, with the technician's keys and settings, one connection for a whole run.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::inventory::Target;

/// A machine cannot be talked to, or does not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// `ssh` cannot be run here.
    #[error("ssh cannot be run here: {0}; is the OpenSSH client installed?")]
    Ssh(#[source] std::io::Error),
    /// The machine is not reached.
    #[error("it cannot be reached: {0}")]
    Away(String),
    /// The machine shows another key than the one that was told.
    #[error("it shows the host key {found}, and not {wanted}: is it the machine that you mean?")]
    Stranger {
        /// What it shows.
        found: String,
        /// What was told.
        wanted: String,
    },
    /// Whoever signs in may not do what is to be done.
    #[error("{0} may not become root there without a password: sign in as root, or give them sudo with NOPASSWD")]
    Sudo(String),
    /// A script failed.
    #[error("{0}")]
    Failed(String),
}

/// A way to a machine.
pub trait Link {
    /// Runs a script there as root, for `sh`. Answers what it writes.
    ///
    /// # Errors
    /// When the machine is not reached, or the script fails; then with its last words.
    fn run(&self, script: &str) -> Result<String, LinkError>;

    /// Writes what a file here holds into a file there, which root alone may read.
    ///
    /// # Errors
    /// As [`Self::run`].
    fn send(&self, file: &Path, to: &str) -> Result<(), LinkError>;
}

/// SSH, one connection for all that is asked.
#[derive(Debug)]
pub struct Ssh {
    target: Target,
    /// The connection's socket, and the host key of who was not known before.
    folder: TempDir,
    /// How long a machine may be silent.
    patience: [&'static str; 3],
}

/// A machine that works, and one whose network may go while it is asked, and which is then asked again.
const PATIENT: [&str; 3] = ["ConnectTimeout=15", "ServerAliveInterval=5", "ServerAliveCountMax=6"];
const IMPATIENT: [&str; 3] = ["ConnectTimeout=10", "ServerAliveInterval=2", "ServerAliveCountMax=3"];

/// The kinds of host keys: a machine has several, and any of them may be the one that somebody noted.
const ALGORITHMS: [&str; 3] =
    ["ssh-ed25519", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521", "rsa-sha2-512,rsa-sha2-256"];
/// What ends before it is the machine's word, and not that of `ssh`.
const AWAY: i32 = 255;

impl Ssh {
    /// A way to a machine; nobody is asked yet.
    ///
    /// # Errors
    /// When there is no room here for the connection's socket.
    pub fn to(target: &Target) -> Result<Self, LinkError> {
        // Sockets' paths are short: 108 bytes (unix(7)).
        let folder = tempfile::Builder::new().prefix("accueil-").tempdir_in("/tmp").map_err(LinkError::Ssh)?;
        let mut target = target.clone();
        // The address of this machine itself tells nothing of who asks.
        target.host = target.host.trim().to_owned();
        Ok(Self { target, folder, patience: PATIENT })
    }

    /// The same for a machine whose network may go while it is asked.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.patience = IMPATIENT;
        self
    }

    /// Signs in, and tells the fingerprint of the host key where the machine was not known before.
    ///
    /// # Errors
    /// When it is not reached, is another than was told, or root is out of reach there.
    pub fn open(&self) -> Result<Option<String>, LinkError> {
        let mut new = None;
        if let Some(wanted) = &self.target.host_key {
            let found = self.find(wanted)?;
            if !found.iter().any(|found| found == wanted) {
                return Err(LinkError::Stranger { found: found.join(", "), wanted: wanted.clone() });
            }
        } else {
            // Taken as it is shown first, and told, so that somebody can compare.
            let found = fingerprints(&self.shown(Known::Technicians, None)?)?;
            new = Some(found.join(", ")).filter(|found| !found.is_empty());
        }
        let said = self.output("true", None)?;
        self.heard(&said).map_err(|e| self.nobody(e))?;
        if self.target.user != "root" {
            let said = self.output("sudo -n true", None)?;
            if !said.status.success() {
                return Err(LinkError::Sudo(self.target.user.clone()));
            }
        }
        Ok(new)
    }

    /// The fingerprints that it shows, up to the one that is wanted, whose key is then known.
    fn find(&self, wanted: &str) -> Result<Vec<String>, LinkError> {
        let mut all = Vec::new();
        for algorithms in [None].into_iter().chain(ALGORITHMS.map(Some)) {
            let keys = self.shown(Known::Nobody, algorithms)?;
            let found = fingerprints(&keys)?;
            let is_it = found.iter().any(|found| found == wanted);
            all.extend(found);
            if is_it {
                std::fs::write(self.known(), keys).map_err(LinkError::Ssh)?;
                break;
            }
        }
        all.sort();
        all.dedup();
        if all.is_empty() {
            let said = self.output("true", None)?;
            self.heard(&said).map_err(|e| self.nobody(e))?;
        }
        Ok(all)
    }

    /// The host keys that it shows and that are not known yet, as a list of known hosts has them. `ssh` itself is asked, which
    /// knows aliases and the way through other machines; it signs in nowhere.
    fn shown(&self, known: Known, algorithms: Option<&str>) -> Result<String, LinkError> {
        let shown = self.folder.path().join("shown");
        let _ = std::fs::remove_file(&shown);
        let mut lists = vec![shown.display().to_string()];
        if known == Known::Technicians {
            let said =
                Command::new("ssh").args(self.way()).arg("-G").args(self.whom()).output().map_err(LinkError::Ssh)?;
            let said = String::from_utf8_lossy(&said.stdout).into_owned();
            let own = said.lines().find_map(|line| line.strip_prefix("userknownhostsfile ")).unwrap_or_default();
            lists.extend(own.split(' ').filter(|list| !list.is_empty() && *list != "none").map(str::to_owned));
        }
        let mut ssh = Command::new("ssh");
        let lists = format!("UserKnownHostsFile={}", lists.join(" "));
        let settings =
            ["PreferredAuthentications=none", "ControlPath=none", "StrictHostKeyChecking=accept-new", lists.as_str()];
        settings.iter().for_each(|setting| _ = ssh.args(["-o", *setting]));
        if known == Known::Nobody {
            ssh.args(["-o", "GlobalKnownHostsFile=/dev/null"]);
        }
        if let Some(algorithms) = algorithms {
            ssh.args(["-o", &format!("HostKeyAlgorithms={algorithms}")]);
        }
        ssh.args(self.way()).args(self.whom()).arg("true").stdin(Stdio::null());
        // It is let in nowhere, and says so.
        ssh.output().map_err(LinkError::Ssh)?;
        Ok(std::fs::read_to_string(&shown).unwrap_or_default())
    }

    /// Where nobody answered, that is said in words.
    fn nobody(&self, error: LinkError) -> LinkError {
        if let LinkError::Away(words) = &error
            && words.starts_with("ssh: ")
        {
            let host = &self.target.host;
            return LinkError::Away(format!(
                "no SSH answers at {host}: is it on, connected, and its SSH running? ({words})"
            ));
        }
        error
    }

    fn known(&self) -> PathBuf {
        self.folder.path().join("known")
    }

    /// What each `ssh` is told.
    fn way(&self) -> Vec<String> {
        let settings = ["BatchMode=yes", "LogLevel=ERROR"].into_iter().chain(self.patience);
        let mut way: Vec<String> = settings.flat_map(|setting| ["-o", setting]).map(str::to_owned).collect();
        if let Some(port) = self.target.port {
            way.extend(["-p".to_owned(), port.to_string()]);
        }
        way
    }

    /// Who is signed in as, and where.
    fn whom(&self) -> [&str; 4] {
        ["-l", self.target.user.as_str(), "--", self.target.host.as_str()]
    }

    /// Where its connection is spoken to.
    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    fn shared(&self) -> String {
        format!("ControlPath={}", self.socket().display())
    }

    /// Ends the connection. What stands behind the host is said to the machine, and not to `ssh`.
    fn ending(&self) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.args(["-o", self.shared().as_str(), "-O", "exit"]).args(self.whom());
        ssh
    }

    fn command(&self) -> Command {
        let mut ssh = Command::new("ssh");
        let socket = self.shared();
        let settings = ["ControlMaster=auto", "ControlPersist=60", socket.as_str()];
        settings.iter().for_each(|setting| _ = ssh.args(["-o", *setting]));
        if self.target.host_key.is_some() {
            let file = format!("UserKnownHostsFile={}", self.known().display());
            ssh.args(["-o", file.as_str(), "-o", "StrictHostKeyChecking=yes"]);
        } else {
            ssh.args(["-o", "StrictHostKeyChecking=accept-new"]);
        }
        if let Some(file) = &self.target.identity_file {
            ssh.arg("-i").arg(file);
        }
        ssh.args(self.way()).args(self.whom());
        ssh
    }

    fn output(&self, command: &str, input: Option<Input<'_>>) -> Result<Output, LinkError> {
        let mut ssh = self.command();
        ssh.arg(command).stdout(Stdio::piped()).stderr(Stdio::piped());
        match input {
            Some(Input::File(file)) => _ = ssh.stdin(File::open(file).map_err(LinkError::Ssh)?),
            Some(Input::Text(_)) => _ = ssh.stdin(Stdio::piped()),
            None => _ = ssh.stdin(Stdio::null()),
        }
        let mut child = ssh.spawn().map_err(LinkError::Ssh)?;
        if let (Some(Input::Text(text)), Some(mut stdin)) = (input, child.stdin.take()) {
            let text = text.to_owned();
            // A script that ends early takes the rest no more: its own words say why.
            let writing = std::thread::spawn(move || _ = stdin.write_all(text.as_bytes()));
            let output = child.wait_with_output().map_err(LinkError::Ssh);
            let _ = writing.join();
            return output;
        }
        child.wait_with_output().map_err(LinkError::Ssh)
    }

    fn heard(&self, said: &Output) -> Result<String, LinkError> {
        if said.status.success() {
            return Ok(String::from_utf8_lossy(&said.stdout).into_owned());
        }
        let words = last_words(said);
        Err(if said.status.code() == Some(AWAY) { LinkError::Away(words) } else { LinkError::Failed(words) })
    }

    fn shell(&self, command: &str) -> String {
        if self.target.user == "root" { command.to_owned() } else { format!("sudo -n {command}") }
    }
}

/// Whose lists of known hosts count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Technicians,
    Nobody,
}

enum Input<'a> {
    Text(&'a str),
    File(&'a Path),
}

impl Link for Ssh {
    fn run(&self, script: &str) -> Result<String, LinkError> {
        let said = self.output(&self.shell("sh -s"), Some(Input::Text(script)))?;
        self.heard(&said)
    }

    fn send(&self, file: &Path, to: &str) -> Result<(), LinkError> {
        let writing = format!("umask 077; cat >{}", quoted(to));
        let command = self.shell(&format!("sh -c {}", quoted(&writing)));
        let said = self.output(&command, Some(Input::File(file)))?;
        self.heard(&said).map(drop)
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        // The connection outlives its last command by a minute otherwise.
        if self.socket().exists() {
            let _ = self.ending().stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// The fingerprints of host keys, `SHA256:…`.
fn fingerprints(keys: &str) -> Result<Vec<String>, LinkError> {
    if keys.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut keygen = Command::new("ssh-keygen")
        .args(["-l", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(LinkError::Ssh)?;
    if let Some(mut stdin) = keygen.stdin.take() {
        stdin.write_all(keys.as_bytes()).map_err(LinkError::Ssh)?;
    }
    let said = keygen.wait_with_output().map_err(LinkError::Ssh)?;
    let lines = String::from_utf8_lossy(&said.stdout).into_owned();
    Ok(lines.lines().filter_map(|line| line.split(' ').nth(1).map(str::to_owned)).collect())
}

/// What somebody must read of what a command wrote: the end of what went wrong.
fn last_words(said: &Output) -> String {
    let error = String::from_utf8_lossy(&said.stderr);
    let words = if error.trim().is_empty() { String::from_utf8_lossy(&said.stdout) } else { error };
    let lines: Vec<&str> = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let told = lines[lines.len().saturating_sub(6)..].join("\n    ");
    if told.is_empty() { format!("it ended with {}", said.status) } else { told }
}

/// A word of a shell.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_reaches_a_shell_as_it_is() {
        for word in ["", "a b", "it's", "$HOME `id` \"x\" \\", "'; rm -rf /; '"] {
            let said = Command::new("sh").args(["-c", &format!("printf %s {}", quoted(word))]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_machine_whose_network_goes_is_given_up_while_there_is_time_to_ask_again() {
        let ssh = Ssh::to(&Target::of("127.0.0.1", &crate::inventory::Keys::default())).unwrap();
        let silent_s = |ssh: &Ssh| -> u32 {
            let said =
                Command::new("ssh").args(ssh.way()).args(["-F", "none", "-G"]).args(ssh.whom()).output().unwrap();
            let said = String::from_utf8(said.stdout).unwrap();
            let of =
                |key: &str| said.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u32>().ok()).unwrap();
            of("connecttimeout ") + of("serveraliveinterval ") * of("serveralivecountmax ")
        };
        assert!(silent_s(&ssh) >= 45, "one that installs packages may be silent for long");
        // At its old address and at its new one, twice within the two minutes that the machine gives.
        assert!(silent_s(&ssh.impatient()) * 4 < 120);
    }

    #[test]
    fn nobody_at_an_address_is_told_in_a_sentence() {
        // Nothing listens on the first port.
        let keys = crate::inventory::Keys { port: Some(1), ..Default::default() };
        let ssh = Ssh::to(&Target::of("127.0.0.1", &keys)).unwrap();
        let said = ssh.open().unwrap_err().to_string();
        assert!(said.contains("no SSH answers at 127.0.0.1"), "{said}");
    }

    #[test]
    fn an_end_is_said_to_the_connection_and_not_to_the_machine() {
        let keys = crate::inventory::Keys { user: Some("tech".into()), ..Default::default() };
        let ssh = Ssh::to(&Target::of("machine", &keys)).unwrap();
        let ending = ssh.ending();
        let said: Vec<&str> = ending.get_args().filter_map(|word| word.to_str()).collect();
        assert_eq!(said[2..], ["-O", "exit", "-l", "tech", "--", "machine"]);
        assert!(said[1].starts_with("ControlPath=/"), "{said:?}");
    }
}
