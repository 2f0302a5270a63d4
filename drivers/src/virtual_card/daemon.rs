//! pcscd, started for one test or demonstration and ended with it.

use std::ffi::CString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::apart::is_apart;

/// Where the two readers of vpcd listen, the first as vpcd has it by default.
pub const PORTS: [u16; 2] = [35_963, 35_964];
/// What pcscd calls them.
pub const READERS: [&str; 2] = ["Virtual PCD 00 00", "Virtual PCD 00 01"];

/// Debian's vpcd and pcscd.
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const PCSCD: &str = "/usr/sbin/pcscd";

/// pcscd with two virtual readers and no others, in a network and a `/run` apart.
#[derive(Debug)]
pub struct PrivateDaemon {
    folder: PathBuf,
    child: Option<Child>,
}

impl PrivateDaemon {
    /// Starts it, with its configuration and its log in a folder. Fails outside a network apart.
    pub fn start(folder: &Path) -> io::Result<Self> {
        if !is_apart() {
            return Err(io::Error::other("vpcd listens on every address: run this by virtual_card::apart"));
        }
        let readers = folder.join("reader.conf.d");
        fs::create_dir_all(&readers)?;
        let vpcd = format!(
            "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port:#06X}\nLIBPATH {DRIVER}\nCHANNELID {port:#06X}\n",
            port = PORTS[0]
        );
        fs::write(readers.join("vpcd"), vpcd)?;
        let mut daemon = Self { folder: folder.to_owned(), child: None };
        daemon.restart()?;
        Ok(daemon)
    }

    /// Starts it again after [`PrivateDaemon::kill`].
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill()?;
        let log = fs::File::options().create(true).append(true).open(self.folder.join("pcscd.log"))?;
        // USB readers of this machine are not its own: their drivers stay unseen.
        let child = Command::new(PCSCD)
            .args(["--foreground", "--info", "--config"])
            .arg(self.folder.join("reader.conf.d"))
            .env("PCSCLITE_HP_DROPDIR", self.folder.join("no-drivers"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    /// Ends it at once, as a crash would: its socket stays behind.
    pub fn kill(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Stops it where it is, or lets it go on: a daemon that hangs.
    pub fn hang(&self, hanging: bool) -> io::Result<()> {
        let child = self.child.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let signal = if hanging { rustix::process::Signal::STOP } else { rustix::process::Signal::CONT };
        rustix::process::kill_process(rustix::process::Pid::from_child(child), signal)?;
        Ok(())
    }

    /// Waits until it has seen that no card is on a reader: it looks every 0.4 s.
    pub fn until_empty(&self, reader: &str, within: Duration) -> Result<(), pcsc::Error> {
        let context = pcsc::Context::establish(pcsc::Scope::User)?;
        let name = CString::new(reader).map_err(|_| pcsc::Error::UnknownReader)?;
        let mut states = [pcsc::ReaderState::new(name, pcsc::State::UNAWARE)];
        while !states[0].event_state().contains(pcsc::State::EMPTY) {
            states[0].sync_current_state();
            context.get_status_change(within, &mut states)?;
        }
        Ok(())
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("pcscd.log")).unwrap_or_default()
    }
}

impl Drop for PrivateDaemon {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::debug!(%error, "the private pcscd did not end");
        }
    }
}
