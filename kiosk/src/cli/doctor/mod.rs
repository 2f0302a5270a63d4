//! `borne doctor`: every part looked at, with what to do. Works with and without a running borne.

mod devices;
mod kept;

use std::process::ExitCode;

use drivers::printer::{Ask, PrinterSelector};
use kiosk_runtime::borne::read_catalogue;
use kiosk_runtime::clock::{Clock, Trust};
use kiosk_runtime::config::Config;
use kiosk_runtime::control::Status;
use kiosk_runtime::devices::DeviceState;
use kiosk_runtime::store::Unsent;
use kiosk_runtime::sync::Client;
use serde::Serialize;

use super::{Sources, desk, run, say, wait_for};
use crate::display;

/// How a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Good,
    Look,
    Bad,
}

/// A part and how it is.
#[derive(Debug, Serialize)]
struct Finding {
    part: String,
    health: Health,
    detail: String,
}

/// All of it.
#[derive(Serialize)]
pub(super) struct Report {
    findings: Vec<Finding>,
    #[serde(flatten)]
    plugged_in: PluggedIn,
    /// What would be lost with the store; none where that cannot be told.
    unsent: Option<Unsent>,
}

/// Every device of this machine.
#[derive(Serialize)]
struct PluggedIn {
    devices: Vec<devices::Row>,
}

fn good(part: &'static str, detail: impl ToString) -> Finding {
    Finding { part: part.to_owned(), health: Health::Good, detail: detail.to_string() }
}

fn look_at(part: &'static str, detail: impl ToString) -> Finding {
    Finding { part: part.to_owned(), health: Health::Look, detail: detail.to_string() }
}

fn bad(part: &'static str, detail: impl ToString) -> Finding {
    Finding { part: part.to_owned(), health: Health::Bad, detail: detail.to_string() }
}

pub(super) fn doctor(sources: &Sources, json: bool) -> anyhow::Result<ExitCode> {
    let report = examine(sources);
    let text = if json { report.json()? } else { report.text() };
    say(text.trim_end());
    let ill = report.findings.iter().any(|f| f.health == Health::Bad);
    Ok(if ill { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Lists what is plugged in. Settings that are wrong, or not written yet, hide no device.
pub(super) fn list_devices(sources: &Sources, json: bool) -> anyhow::Result<()> {
    let config = sources.load().ok();
    let held = config.filter(|config| desk::running(config).is_ok()).map(|config| printer_of(&config));
    let plugged_in = PluggedIn { devices: devices::found(held.as_deref(), Ask::Nothing) };
    let text = if json { serde_json::to_string_pretty(&plugged_in)? } else { plugged_in.text() };
    say(text.trim_end());
    Ok(())
}

/// The printer that the settings name.
fn printer_of(config: &Config) -> String {
    config.printer.device.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Looks at everything.
pub(super) fn examine(sources: &Sources) -> Report {
    let (findings, unsent, printer) = match sources.load() {
        Ok(config) => {
            let unsent = Unsent::read(&config.borne.data).map_err(anyhow::Error::from);
            (look(&config, &unsent), unsent.ok(), printer_of(&config))
        }
        Err(error) => (vec![bad("configuration", super::whole(&error))], None, String::new()),
    };
    let running = findings.iter().any(|finding| finding.part == "program" && finding.health == Health::Good);
    // A running borne would hold what is asked.
    let ask = if running { Ask::Nothing } else { Ask::Firmware };
    let devices = devices::found(running.then_some(printer.as_str()), ask);
    Report { findings, plugged_in: PluggedIn { devices }, unsent }
}

impl Report {
    pub(super) fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    pub(super) fn text(&self) -> String {
        let findings = self.findings.iter().map(Finding::line);
        findings.chain(["\n".to_owned(), self.plugged_in()]).collect()
    }

    /// Every device of this machine.
    pub(super) fn plugged_in(&self) -> String {
        self.plugged_in.text()
    }
}

impl PluggedIn {
    fn text(&self) -> String {
        if self.devices.is_empty() {
            return "no device is plugged in\n".to_owned();
        }
        let lines = self.devices.iter().flat_map(devices::Row::lines).map(|line| line + "\n");
        ["plugged in:\n".to_owned()].into_iter().chain(lines).collect()
    }
}

impl Finding {
    fn line(&self) -> String {
        let sign = match self.health {
            Health::Good => "✓",
            Health::Look => "!",
            Health::Bad => "✕",
        };
        format!("{sign} {:<14} {}\n", self.part, self.detail)
    }
}

fn look(config: &Config, unsent: &anyhow::Result<Unsent>) -> Vec<Finding> {
    let running = desk::running(config).ok();
    let mut findings = vec![
        good("configuration", format!("{} · role {:?}", config.borne.name, config.borne.role)),
        at_site(config),
        at_panel(config),
        at_fonts(config),
    ];
    findings.extend(kept::looked_at(&config.borne.data, unsent));
    findings.extend([
        at_printer(config, running.as_ref()),
        at_server(config, running.as_ref()),
        at_clock(running.as_ref()),
        at_program(config, running.as_ref(), unsent),
    ]);
    findings.extend(kiosk_runtime::speech::probe(&config.audio).into_iter().map(at_sound));
    findings.extend(running.iter().flat_map(at_devices));
    findings
}

/// The devices that the running borne holds; it works without them.
fn at_devices(status: &Status) -> Vec<Finding> {
    let finding = |(device, state): (&str, &DeviceState)| {
        let health = if matches!(state, DeviceState::Works(_)) { Health::Good } else { Health::Look };
        Finding { part: device.to_owned(), health, detail: state.to_string() }
    };
    status.core.devices.iter().map(finding).collect()
}

/// Voice, loudspeaker, headset: a borne works without them, for those who see.
fn at_sound(found: kiosk_runtime::speech::Finding) -> Finding {
    let detail = found.remedy.as_ref().map_or_else(|| found.state.clone(), |what| format!("{}: {what}", found.state));
    let health = if found.remedy.is_some() { Health::Look } else { Health::Good };
    Finding { part: found.what.to_owned(), health, detail }
}

fn at_site(config: &Config) -> Finding {
    match read_catalogue(&config.borne.site) {
        Ok(c) => good("site", format!("{} · {} services", c.site.name.get(wire::ids::Language::Fr), c.services.len())),
        Err(error) => bad("site", error),
    }
}

fn at_panel(config: &Config) -> Finding {
    let panel = run::panel(config);
    match panel.check() {
        Ok(()) => {
            let (top, bottom) = panel.touch_band_mm();
            let (w, h) = (panel.width_px, panel.height_px);
            good("panel", format!("{w}x{h} · touched from {top:.0} to {bottom:.0} mm below its upper edge"))
        }
        Err(error) => bad("panel", error),
    }
}

fn at_fonts(config: &Config) -> Finding {
    let fonts = drivers::printer::FontSource::new(&config.borne.fonts);
    match (drivers::printer::Painter::open(&fonts, 576), display::fonts::rules_exist(&config.borne.fonts)) {
        (Ok(_), Ok(())) => good("fonts", config.borne.fonts.display()),
        (Err(error), _) => bad("fonts", error),
        (_, Err(error)) => bad("fonts", error),
    }
}

fn at_printer(config: &Config, running: Option<&Status>) -> Finding {
    let Some(selector) = &config.printer.device else {
        return good("printer", "none: this borne gives no tickets");
    };
    let device = selector.to_string();
    if let Some(status) = running {
        let detail = format!("{device} · {} · paper: {}", status.core.printer, status.core.paper);
        return if status.core.printer_ready { good("printer", detail) } else { bad("printer", detail) };
    }
    match selector {
        PrinterSelector::Tcp { host, port } => match reach(host, *port) {
            Ok(()) => good("printer", format!("{device} takes connections · profile {}", config.printer.profile)),
            Err(why) => bad("printer", format!("{device}: {why}; check its power, cable and address")),
        },
        PrinterSelector::Usb(_) | PrinterSelector::Serial { .. } => at_plugged_printer(&device),
        PrinterSelector::Virtual { .. } => good("printer", format!("{device} · tickets appear there as pictures")),
    }
}

/// A printer on a cable of this machine, and whether this program may open it.
fn at_plugged_printer(device: &str) -> Finding {
    use drivers::discovery::Access;
    let found = drivers::printer::discover(Ask::Nothing);
    // `usb:` and `usb:VID:PID` mean the first of several; a serial port is known by its file.
    let wanted = device.split('@').next().unwrap_or(device);
    let Some(printer) = found.iter().find(|printer| printer.selector.starts_with(wanted)) else {
        return bad("printer", format!("{device} is not there; check its power and its cable"));
    };
    let name = format!("{} · {}", printer.selector, printer.name);
    match &printer.access {
        Access::Granted => good("printer", name),
        Access::Forbidden { node, rule } => {
            bad("printer", format!("{name}: {} may not be opened; missing udev rule: {rule}", node.display()))
        }
        Access::Busy { node } => bad("printer", format!("{name}: another program holds {}; stop it", node.display())),
        Access::Fault(why) => bad("printer", format!("{name}: {why}")),
    }
}

fn reach(host: &str, port: u16) -> Result<(), String> {
    use std::net::{TcpStream, ToSocketAddrs};
    let address = (host, port).to_socket_addrs().map_err(|e| e.to_string())?.next().ok_or("it has no address")?;
    let patience = std::time::Duration::from_secs(3);
    TcpStream::connect_timeout(&address, patience).map(drop).map_err(|e| e.to_string())
}

fn at_server(config: &Config, running: Option<&Status>) -> Finding {
    if let Some(fault) = running.and_then(|status| status.uplink.fault.as_ref()) {
        return bad("server", format!("{fault}; tickets stay here until it takes them"));
    }
    let url = &config.server.url;
    let health = Client::new(&config.server, &Clock::default()).map_err(|e| e.to_string()).and_then(|client| {
        wait_for(async move { client.health().await }).map_err(|e| e.to_string())?.map_err(|e| e.to_string())
    });
    match health {
        Ok(()) => good("server", format!("{url} answers")),
        Err(why) => look_at("server", format!("{url}: {why}; tickets go on being issued and are sent later")),
    }
}

fn at_clock(running: Option<&Status>) -> Finding {
    if let Some(status) = running {
        let detail = format!("{} · {}", status.time, desk::vouched_for(status.core.clock));
        let health = if status.core.clock == Trust::Uncertain { Health::Look } else { Health::Good };
        return Finding { part: "clock".to_owned(), health, detail };
    }
    let (system, built) = (jiff::Timestamp::now(), Clock::default().moment().floor);
    if system < built {
        return bad("clock", format!("{system} is before {built}, when this program was made; set the clock"));
    }
    good("clock", system)
}

fn at_program(config: &Config, running: Option<&Status>, unsent: &anyhow::Result<Unsent>) -> Finding {
    match running {
        Some(Status { core, .. }) if core.store_fault.is_some() => {
            bad("program", core.store_fault.clone().unwrap_or_default())
        }
        Some(status) => {
            good("program", format!("runs · screen {} · {} events to send", status.screen.code, status.uplink.unsent))
        }
        None => look_at(
            "program",
            format!(
                "no borne answers at {}; start it with `borne run`{}",
                config.control.socket.display(),
                waiting(unsent)
            ),
        ),
    }
}

/// What waits in the store of a borne that does not run.
fn waiting(unsent: &anyhow::Result<Unsent>) -> String {
    match unsent {
        Ok(unsent) if !unsent.is_nothing() => {
            format!("; it keeps {} events and {} answers that the server has not got", unsent.events, unsent.answers)
        }
        Ok(_) | Err(_) => String::new(),
    }
}
