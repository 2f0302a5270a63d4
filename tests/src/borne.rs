//! The borne of a virtual site, and a hand on its screen.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use kiosk_flow::Key;
use kiosk_runtime::control::{
    ClockMove, HeadsetReport, KeyPress, ScreenReport, Spoken, Status, Stroke, Tap, TapRefused,
};
use reqwest::{Client, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::process::{Program, until};
use crate::server::Server;
use crate::{PATIENCE, client, project};

/// A borne with its folder; it may be stopped, killed and started again.
pub struct Borne {
    folder: PathBuf,
    settings: PathBuf,
    http: Client,
    program: Option<Program>,
}

/// What differs from one borne to another.
pub struct Options<'a> {
    /// Where it draws.
    pub display: &'a str,
    /// Where its live view is.
    pub live_view: &'a str,
    /// `virtual:DIR` under its folder where nothing else is said.
    pub printer: Option<&'a str>,
    /// What the printer is.
    pub profile: &'a str,
    /// More sections of its configuration.
    pub sections: &'a str,
    /// What its environment holds beside the usual.
    pub environment: &'a [(&'a str, String)],
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            display: "headless",
            live_view: "127.0.0.1:0",
            printer: None,
            profile: "virtual",
            sections: "",
            environment: &[],
        }
    }
}

impl Borne {
    /// Writes the configuration of a borne of a server's site.
    pub fn prepare(folder: &Path, server: &Server, options: &Options<'_>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let tickets = format!("virtual:{}", folder.join("tickets").display());
        let text = |path: &Path| toml::Value::String(path.display().to_string()).to_string();
        let settings = format!(
            "[borne]\nsite = {}\ndata = {}\nfonts = {}\n[printer]\ndevice = {}\nprofile = \"{}\"\n[server]\nurl = \"{}\"\n[control]\nsocket = {}\n{}{}",
            text(&server.catalogue()),
            text(&folder.join("data")),
            text(&project().join("assets/fonts")),
            toml::Value::String(options.printer.unwrap_or(&tickets).to_owned()),
            options.profile,
            server.url(),
            text(&folder.join("control.sock")),
            if options.sections.contains("[audio]") { "" } else { "[audio]\nvoice = \"log\"\n" },
            options.sections,
        );
        let path = folder.join("borne.toml");
        std::fs::write(&path, settings)?;
        let http = client()?.unix_socket(folder.join("control.sock")).build()?;
        Ok(Self { folder: folder.to_owned(), settings: path, http, program: None })
    }

    /// Starts it; with a code it enrols on the way. Waits until it shows a screen.
    pub async fn start(&mut self, options: &Options<'_>, code: Option<&str>) -> anyhow::Result<()> {
        let log = self.folder.join("borne.log");
        let settings = self.settings.clone();
        let mut program = Program::start("borne", &log, |command| {
            command.arg("--config").arg(settings).arg("demo");
            command.args(["--display", options.display, "--live-view", options.live_view]);
            command.envs(options.environment.iter().map(|(name, value)| (name, value)));
            if let Some(code) = code {
                command.env("BORNE_ENROLMENT_CODE", code);
            }
        })?;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            program.check()?;
            if self.status().await.is_ok_and(|s| !s.screen.code.is_empty()) {
                break;
            }
            if tokio::time::Instant::now() > deadline {
                bail!("the borne did not show a screen within {} s", PATIENCE.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.program = Some(program);
        Ok(())
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its configuration.
    #[must_use]
    pub fn settings(&self) -> &Path {
        &self.settings
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.program.as_ref().map(Program::id)
    }

    /// Asks it to end.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.program.take().map_or(Ok(()), |mut program| program.stop(Duration::from_secs(15)))
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.program.take().map_or(Ok(()), |mut program| program.kill())
    }

    /// Fails if it has ended by itself.
    pub fn check(&mut self) -> anyhow::Result<()> {
        self.program.as_mut().map_or(Ok(()), Program::check)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.http.get(format!("http://borne{path}")).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> anyhow::Result<reqwest::Response> {
        Ok(self.http.request(Method::POST, format!("http://borne{path}")).json(body).send().await?)
    }

    /// How it is.
    pub async fn status(&self) -> anyhow::Result<Status> {
        self.get("/status").await
    }

    /// What is on its screen.
    pub async fn screen(&self) -> anyhow::Result<ScreenReport> {
        self.get("/screen").await
    }

    /// The picture of its screen, as a PNG file.
    pub async fn picture(&self) -> anyhow::Result<Vec<u8>> {
        let answer = self.http.get("http://borne/screen.png").send().await?.error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    }

    /// Moves its clock.
    pub async fn advance_clock(&self, seconds: u32) -> anyhow::Result<()> {
        self.post("/clock", &ClockMove { advance_s: seconds }).await?.error_for_status()?;
        Ok(())
    }

    /// Touches a button and waits for another screen, one of `expected`. A tap that came too soon after the last change
    /// is made again, as a person would.
    pub async fn tap(&self, label: &str, expected: &[&str]) -> anyhow::Result<ScreenReport> {
        let before = self.screen().await?;
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while tokio::time::Instant::now() < deadline {
            let answer = self.post("/tap", &Tap::Label { label: label.to_owned() }).await?;
            if answer.status() == StatusCode::NOT_FOUND {
                // The tap before this one may have led on after all, only later.
                let now = self.screen().await?;
                if now.code != before.code && expected.contains(&now.code.as_str()) {
                    return Ok(now);
                }
                let refused: TapRefused = answer.json().await?;
                bail!("{}: {}; there are: {}", before.code, refused.detail, refused.buttons.join(" · "));
            }
            answer.error_for_status()?;
            let stays = expected.contains(&before.code.as_str());
            let changed = self.changes(&before, stays, Duration::from_millis(400)).await;
            if let Ok(now) = changed {
                if expected.contains(&now.code.as_str()) {
                    return Ok(now);
                }
                bail!("« {label} » on {} led to {}, not to {}", before.code, now.code, expected.join(" or "));
            }
        }
        bail!("« {label} » did nothing on {}", before.code)
    }

    /// Waits until another screen, or where the number stays, the same one with another content.
    async fn changes(&self, before: &ScreenReport, stays: bool, patience: Duration) -> anyhow::Result<ScreenReport> {
        until("a change of the screen", patience, || async move {
            let now = self.screen().await?;
            let changed = now.code != before.code || (stays && now.revision != before.revision);
            Ok(changed.then_some(now))
        })
        .await
    }

    /// A key of its keypad.
    pub async fn key(&self, key: Key, stroke: Stroke) -> anyhow::Result<()> {
        self.post("/key", &KeyPress { key, stroke }).await?.error_for_status()?;
        Ok(())
    }

    /// Plugs a headset in, or pulls it out.
    pub async fn headset(&self, plugged: bool) -> anyhow::Result<()> {
        self.post("/headset", &HeadsetReport { plugged }).await?.error_for_status()?;
        Ok(())
    }

    /// What was said since this was asked last.
    pub async fn heard(&self) -> anyhow::Result<Vec<Spoken>> {
        self.get("/speech?clear=true").await
    }

    /// Waits until its screen is another.
    pub async fn becomes(&self, wanted: impl Fn(&str) -> bool, patience: Duration) -> anyhow::Result<ScreenReport> {
        let wanted = &wanted;
        until("another screen", patience, || async move {
            let report = self.screen().await?;
            Ok(wanted(&report.code).then_some(report))
        })
        .await
    }

    /// Waits for a state.
    pub async fn reaches(&self, what: &str, wanted: impl Fn(&Status) -> bool) -> anyhow::Result<Status> {
        let wanted = &wanted;
        until(what, PATIENCE, || async move {
            let status = self.status().await?;
            Ok(wanted(&status).then_some(status))
        })
        .await
    }

    /// The tickets that came out of its virtual printer, oldest first.
    pub fn tickets(&self) -> anyhow::Result<Vec<PathBuf>> {
        let folder = self.folder.join("tickets");
        let entries = std::fs::read_dir(&folder).with_context(|| format!("no tickets in {}", folder.display()))?;
        let mut pictures: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
        pictures.retain(|path| path.extension().is_some_and(|e| e == "png"));
        pictures.sort();
        Ok(pictures)
    }
}

/// The number on S15 or S16: a letter, perhaps a series, a no-break space, digits.
#[must_use]
pub fn number_on(report: &ScreenReport) -> Option<String> {
    let labels = report.elements.iter().map(|element| element.label.as_str());
    labels.filter(|label| label.parse::<wire::label::Label>().is_ok()).map(str::to_owned).next()
}
