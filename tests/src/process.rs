//! Programs of this workspace as child processes, ended with their owner.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

/// A running program.
pub struct Program {
    child: Child,
    name: String,
    log: PathBuf,
}

/// Where a program of this workspace was built: beside this one.
pub fn built(name: &str) -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folders = here.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("the program `{name}` is not built: run `cargo build --workspace`"))
}

impl Program {
    /// Starts a program; what it says goes to a file.
    pub fn start(name: &str, log: &Path, set: impl FnOnce(&mut Command)) -> anyhow::Result<Self> {
        let out = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(built(name)?);
        command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        set(&mut command);
        let child = command.spawn().with_context(|| format!("{name} does not start"))?;
        Ok(Self { child, name: name.to_owned(), log: log.to_owned() })
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails with what it said last if it has ended by itself.
    pub fn check(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            let last: Vec<&str> = said.lines().rev().take(5).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            bail!("{} ended ({status}):\n{}", self.name, last.join("\n"));
        }
        Ok(())
    }

    /// Ends it as a power cut would (SIGKILL).
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits.
    pub fn stop(&mut self, patience: Duration) -> anyhow::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM)?;
        let until = std::time::Instant::now() + patience;
        while self.child.try_wait()?.is_none() {
            if std::time::Instant::now() > until {
                self.kill()?;
                bail!("{} did not end within {patience:?} and was killed", self.name);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again until there is an answer, the program has ended, or patience has.
pub async fn until<T, F>(what: &str, patience: Duration, mut ask: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let deadline = tokio::time::Instant::now() + patience;
    let mut last = None;
    loop {
        match ask().await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => {}
            Err(error) => last = Some(error),
        }
        if tokio::time::Instant::now() > deadline {
            let why = last.map(|e| format!(": {e:#}")).unwrap_or_default();
            bail!("{what} did not happen within {} s{why}", patience.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
