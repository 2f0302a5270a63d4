//! The server of a virtual site.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::process::{Program, built, until};
use crate::{PATIENCE, client};

/// A server with its folder; it may be stopped, killed and started again on the same port.
pub struct Server {
    folder: PathBuf,
    port: u16,
    program: Option<Program>,
}

impl Server {
    /// Writes the settings of a server for an example site. The catalogue's address becomes this server's, and its opening
    /// hours are left out: a virtual site is open whenever it is tried.
    pub fn prepare(folder: &Path, site: &Path, port: u16) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let text = std::fs::read_to_string(site).with_context(|| format!("{} cannot be read", site.display()))?;
        let mut catalogue: toml::Table = text.parse()?;
        let table = catalogue.get_mut("site").and_then(toml::Value::as_table_mut).context("no [site]")?;
        table.insert("public_url".to_owned(), toml::Value::String(format!("http://127.0.0.1:{port}")));
        crate::hours::leave_out(&mut catalogue);
        std::fs::write(folder.join("site.toml"), toml::to_string(&catalogue)?)?;
        let settings = format!(
            "[http]\nlisten = \"127.0.0.1:{port}\"\n[site]\ncatalogue = \"site.toml\"\n[store]\naddress = \"sqlite:accueil.db\"\n"
        );
        std::fs::write(folder.join("server.toml"), settings)?;
        Ok(Self { folder: folder.to_owned(), port, program: None })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.program.as_ref().map(Program::id)
    }

    /// The site's catalogue, with this server's address.
    #[must_use]
    pub fn catalogue(&self) -> PathBuf {
        self.folder.join("site.toml")
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.folder.join("accueil.db")
    }

    /// Runs one of its commands and answers what it said.
    pub fn command(&self, arguments: &[&str], input: &str) -> anyhow::Result<String> {
        let mut command = Command::new(built("accueil-server")?);
        command.arg("--config").arg(self.folder.join("server.toml")).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("accueil-server {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Gives an agent a password.
    pub fn add_agent(&self, name: &str, password: &str) -> anyhow::Result<()> {
        self.add_person(name, "agent", password)
    }

    /// Makes an account with a role at every site.
    pub fn add_person(&self, name: &str, role: &str, password: &str) -> anyhow::Result<()> {
        self.command(&["user", "add", name, "--role", role, "--password-stdin"], &format!("{password}\n"))?;
        Ok(())
    }

    /// A one-time code for a borne.
    pub fn enrolment_code(&self) -> anyhow::Result<String> {
        self.command(&["enrol-code"], "")
    }

    /// A one-time code that makes a machine a screen of the hall.
    pub fn display_code(&self, display: &str) -> anyhow::Result<String> {
        self.command(&["display-code", display], "")
    }

    /// Starts it and waits until it is well.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let log = self.folder.join("server.log");
        let settings = self.folder.join("server.toml");
        let mut program = Program::start("accueil-server", &log, |command| {
            command.arg("--config").arg(settings).arg("serve");
        })?;
        let (http, url) = (client()?.build()?, format!("{}/sante", self.url()));
        let mut ended = None;
        let well = until("the server's start", PATIENCE, || {
            ended = program.check().err();
            let asked = http.get(&url).send();
            let ended = ended.is_some();
            async move { if ended { Ok(Some(false)) } else { Ok(asked.await?.status().is_success().then_some(true)) } }
        })
        .await?;
        if !well {
            return Err(ended.unwrap_or_else(|| anyhow::anyhow!("the server ended")));
        }
        self.program = Some(program);
        Ok(())
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.program.take().map_or(Ok(()), |mut program| program.kill())
    }

    /// Asks it to end.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.program.take().map_or(Ok(()), |mut program| program.stop(Duration::from_secs(10)))
    }

    /// Fails if it has ended by itself.
    pub fn check(&mut self) -> anyhow::Result<()> {
        self.program.as_mut().map_or(Ok(()), Program::check)
    }

    fn open(&self) -> anyhow::Result<rusqlite::Connection> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let db = rusqlite::Connection::open_with_flags(self.store(), flags)?;
        db.busy_timeout(Duration::from_secs(5))?;
        Ok(db)
    }

    /// Every event of bornes that it holds, as kept, in the order of their logs.
    pub fn events(&self) -> anyhow::Result<Vec<String>> {
        let db = self.open()?;
        let mut statement = db.prepare(
            "SELECT raw FROM events JOIN origins ON origins.id = events.origin
             WHERE origins.public_key IS NOT NULL ORDER BY origin, seq",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many answers its survey cells hold, and in which periods.
    pub fn answers(&self) -> anyhow::Result<Vec<(String, String, u32)>> {
        let db = self.open()?;
        let mut statement = db.prepare("SELECT period, vector, n FROM survey_cells ORDER BY period, vector")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
