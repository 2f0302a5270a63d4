//! What technicians ask a running borne, over its control socket.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use kiosk_runtime::clock::Trust;
use kiosk_runtime::config::Config;
use kiosk_runtime::control::{ClockReport, SLIP_PATIENCE, ScreenReport, Status, Tap, TapRefused};
use kiosk_runtime::core::CoreStatus;
use kiosk_runtime::slip_end::SlipEnd;
use reqwest::{Method, StatusCode};

use super::{say, wait_for};

/// The longest that a running borne takes: it waits 25 s itself for what is shown to a device.
const PATIENCE: Duration = Duration::from_secs(35);

/// One request to the running borne.
async fn ask(
    config: &Config,
    method: Method,
    path: &str,
    body: Option<&Tap>,
    patience: Duration,
) -> anyhow::Result<Reply> {
    let socket = &config.control.socket;
    let client = reqwest::Client::builder()
        .unix_socket(socket.as_path())
        .tls_certs_only([])
        .timeout(patience)
        .build()
        .context("the control client cannot be made")?;
    let mut request = client.request(method.clone(), format!("http://borne{path}"));
    request = match body {
        Some(tap) => request.json(tap),
        None if method == Method::POST => request.header("content-type", "application/json"),
        None => request,
    };
    let response = request.send().await.with_context(|| {
        let socket = socket.display();
        format!("no borne answers at {socket}; is it running, and are you in its group? Start it with `borne run`")
    })?;
    Ok(Reply { status: response.status(), body: response.bytes().await?.to_vec() })
}

/// An answer.
pub(super) struct Reply {
    status: StatusCode,
    body: Vec<u8>,
}

impl Reply {
    pub(super) fn read<T: serde::de::DeserializeOwned>(&self) -> anyhow::Result<T> {
        Ok(serde_json::from_slice(&self.good()?.body)?)
    }

    pub(super) fn text(&self) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&self.good()?.body).into_owned())
    }

    fn good(&self) -> anyhow::Result<&Self> {
        if self.status.is_success() {
            return Ok(self);
        }
        let problem: Result<wire::problem::Problem, _> = serde_json::from_slice(&self.body);
        bail!("the borne refuses: {}", problem.map_or_else(|_| self.status.to_string(), |p| p.detail))
    }
}

pub(super) fn get(config: &Config, path: &str) -> anyhow::Result<Reply> {
    // A borne without TLS still needs a provider to make a client.
    tls();
    wait_for(ask(config, Method::GET, path, None, PATIENCE))?
}

fn post(config: &Config, path: &str, body: Option<&Tap>) -> anyhow::Result<Reply> {
    tls();
    wait_for(ask(config, Method::POST, path, body, PATIENCE))?
}

pub(super) fn tls() {
    kiosk_runtime::sync::provide_tls();
}

pub(super) fn running(config: &Config) -> anyhow::Result<Status> {
    get(config, "/status")?.read()
}

pub(super) fn status(config: &Config, json: bool) -> anyhow::Result<()> {
    let reply = get(config, "/status")?;
    let status: Status = reply.read()?;
    if json {
        say(&serde_json::to_string_pretty(&status)?);
        return Ok(());
    }
    let uplink = &status.uplink;
    let server = match (&uplink.fault, uplink.up) {
        (_, true) => "in reach".to_owned(),
        (Some(fault), false) => fault.clone(),
        (None, false) => "not reached yet".to_owned(),
    };
    let [printed, not_printed, unknown] = status.core.prints;
    let rows = [
        ("borne", format!("{} · version {} · series {}", status.name, status.version, status.series)),
        ("screen", status.screen.code.clone()),
        ("printer", printer(&status.core)),
        ("prints", format!("{printed} printed, {not_printed} not printed, {unknown} unknown")),
        ("tickets", format!("{} since the start", status.core.tickets)),
        ("clock", format!("{} · {}", status.time.strftime("%Y-%m-%d %H:%M:%S UTC"), vouched_for(status.core.clock))),
        ("server", server),
        ("to send", unsent(uplink.unsent, uplink.oldest_unsent)),
        ("answers", format!("{} cells, {} batches to send", uplink.answer_cells, uplink.answers_waiting)),
        ("store", status.core.store_fault.clone().unwrap_or_else(|| "well".to_owned())),
        ("fingerprint", status.fingerprint.clone()),
    ];
    let devices = status.core.devices.iter().map(|(name, state)| (name, state.to_string()));
    for (name, value) in rows.into_iter().chain(devices) {
        say(&format!("{name:<16} {value}"));
    }
    Ok(())
}

/// The printer and its paper, where there is one.
fn printer(core: &CoreStatus) -> String {
    if core.paper.is_empty() { core.printer.clone() } else { format!("{} · paper: {}", core.printer, core.paper) }
}

fn unsent(count: u64, oldest: Option<jiff::Timestamp>) -> String {
    oldest.map_or_else(|| format!("{count} events"), |since| format!("{count} events, the oldest of {since}"))
}

pub(super) fn screen(config: &Config, png: Option<&Path>, json: bool) -> anyhow::Result<()> {
    if let Some(path) = png {
        let reply = get(config, "/screen.png")?;
        std::fs::write(path, &reply.good()?.body).with_context(|| format!("{} cannot be written", path.display()))?;
        say(&path.display().to_string());
        return Ok(());
    }
    let report: ScreenReport = get(config, "/screen")?.read()?;
    if json {
        say(&serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    say(&report.code);
    for element in report.elements {
        let sign = if element.role == "button" { "[ ]" } else { "   " };
        say(&format!("{sign} {}", element.label));
    }
    Ok(())
}

pub(super) fn tap(config: &Config, label: Option<String>, at: Option<(f32, f32)>) -> anyhow::Result<()> {
    let tap = match (label, at) {
        (_, Some((x, y))) => Tap::Point { x, y },
        (Some(label), None) => Tap::Label { label },
        (None, None) => bail!("name a button or a point"),
    };
    let reply = post(config, "/tap", Some(&tap))?;
    if reply.status == StatusCode::NOT_FOUND {
        let refused: TapRefused = serde_json::from_slice(&reply.body)?;
        bail!("{}; there are: {}", refused.detail, refused.buttons.join(" · "));
    }
    reply.good()?;
    Ok(())
}

pub(super) fn clock(config: &Config, confirm: bool) -> anyhow::Result<()> {
    let (at, trust) = if confirm {
        let report: ClockReport = post(config, "/clock/confirm", None)?.read()?;
        (report.at, report.trust)
    } else {
        let status = running(config)?;
        (status.time, status.core.clock)
    };
    say(&format!("{} · {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"), vouched_for(trust)));
    Ok(())
}

/// Who vouches for the time, and what to do where nobody does.
pub(super) const fn vouched_for(trust: Trust) -> &'static str {
    match trust {
        Trust::Uncertain => {
            "nobody vouches for it: tickets stay in the last service day; connect the server or a time service, or check \
             the time and run `borne clock --confirm`"
        }
        Trust::Ntp => "set by the system's time service",
        Trust::Server => "told by the server",
        Trust::Staff => "confirmed on the spot",
    }
}

pub(super) fn print_test(config: &Config) -> anyhow::Result<SlipEnd> {
    tls();
    wait_for(ask(config, Method::POST, "/print-test", None, SLIP_PATIENCE + Duration::from_secs(10)))??.read()
}
