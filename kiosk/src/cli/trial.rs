//! `borne scan-test`, `borne card-test`, `borne print-test`: one device tried, by the running borne, or here where none
//! runs.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use drivers::card::{CardEvent, CardOptions, CardReader};
use drivers::printer::{
    FontSource, Job, JobId, Journal, JournalError, Printer, PrinterEvent, PrinterSelector, Profile, Stage,
};
use drivers::scanner::{CALIBRATION, Scanner, ScannerEvent};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_flow::texts::Texts;
use kiosk_runtime::badges::Badges;
use kiosk_runtime::borne::read_catalogue;
use kiosk_runtime::config::Config;
use kiosk_runtime::devices::{Seen, Tested};
use kiosk_runtime::slip_end::SlipEnd;
use kiosk_runtime::ticket::test_slip;
use wire::ids::Language;

use super::{desk, say};

/// How long something may take to be shown.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn scan(config: &Config, calibration: bool, json: bool) -> anyhow::Result<()> {
    if calibration {
        let code = qrcode::QrCode::new(CALIBRATION)?;
        say(&code.render::<qrcode::render::unicode::Dense1x2>().build());
    }
    if config.scanner.device.is_none() {
        bail!("no scanner is configured: set scanner.device to one that `borne doctor` lists");
    }
    let seen = if desk::running(config).is_ok() {
        say_unless(json, "show a code to the borne's scanner (60 s)");
        by_running(config, Tested::Scanner)?
    } else {
        scan_here(config, json)?
    };
    tell(&seen, json)
}

pub(super) fn card(config: &Config, json: bool) -> anyhow::Result<()> {
    if config.card.device.is_none() {
        bail!("no card reader is configured: set card.device to pcsc: or one that `borne doctor` lists");
    }
    let seen = if desk::running(config).is_ok() {
        say_unless(json, "put a card on the borne's reader (60 s)");
        by_running(config, Tested::Card)?
    } else {
        card_here(config, json)?
    };
    tell(&seen, json)
}

fn say_unless(json: bool, text: &str) {
    if !json {
        say(text);
    }
}

/// The running borne holds the device: it tells what it sees.
fn by_running(config: &Config, tested: Tested) -> anyhow::Result<Seen> {
    let kind = match tested {
        Tested::Scanner => "scanner",
        Tested::Card => "card",
    };
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let seen: Option<Seen> = desk::get(config, &format!("/seen?by={kind}"))?.read()?;
        if let Some(seen) = seen {
            return Ok(seen);
        }
    }
    bail!("nothing was shown within {} s; `borne status` tells how the device is", PATIENCE.as_secs())
}

fn scan_here(config: &Config, json: bool) -> anyhow::Result<Seen> {
    let catalogue = read_catalogue(&config.borne.site)?;
    let (events, heard) = channel();
    let (Some(selector), options) = (config.scanner.device.clone(), config.scanner.options()?) else {
        bail!("no scanner is configured");
    };
    let scanner = Scanner::open(selector, options, move |event| drop(events.send(event)))?;
    let seen = until_shown(&heard, |event| {
        match &event {
            ScannerEvent::Connected { name } => say_unless(json, &format!("{name}: show it a code (60 s)")),
            ScannerEvent::Lost { why } => say_unless(json, &why.to_string()),
            ScannerEvent::Code { .. } | ScannerEvent::Unreadable { .. } | ScannerEvent::Calibrated(_) => {}
        }
        Seen::by_scanner(&event, &catalogue.site.public_url)
    });
    drop(scanner);
    seen
}

fn card_here(config: &Config, json: bool) -> anyhow::Result<Seen> {
    let catalogue = read_catalogue(&config.borne.site)?;
    let badges = Badges::open(&config.borne.data, catalogue.site.id);
    let (events, heard) = channel();
    let Some(selector) = config.card.device.clone() else { bail!("no card reader is configured") };
    let readers = CardReader::open(selector, CardOptions::default(), move |event| drop(events.send(event)))?;
    let seen = until_shown(&heard, |event| {
        match &event {
            CardEvent::Reader { name } => say_unless(json, &format!("{name}: put a card on it (60 s)")),
            CardEvent::Daemon(Err(fault)) => say_unless(json, &fault.to_string()),
            CardEvent::Daemon(Ok(()))
            | CardEvent::ReaderGone { .. }
            | CardEvent::CardInserted { .. }
            | CardEvent::CardUnreadable { .. }
            | CardEvent::CardRemoved { .. } => {}
        }
        Seen::by_card(&event, &badges, Timestamp::now())
    });
    drop(readers);
    seen
}

fn until_shown<T>(heard: &Receiver<T>, mut shown: impl FnMut(T) -> Option<Seen>) -> anyhow::Result<Seen> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let event = heard.recv_timeout(left);
        let event = event.with_context(|| format!("nothing was shown within {} s", PATIENCE.as_secs()))?;
        if let Some(seen) = shown(event) {
            return Ok(seen);
        }
    }
}

fn tell(seen: &Seen, json: bool) -> anyhow::Result<()> {
    if json {
        say(&serde_json::to_string_pretty(seen)?);
        return Ok(());
    }
    match seen {
        Seen::Code { what, bytes } => say(&format!("{what} ({bytes} bytes)")),
        Seen::Unreadable { why } => bail!("{why}"),
        Seen::Calibrated { layout, separators } => {
            if let Some(layout) = layout {
                say(&format!("the scanner's keyboard is `{layout}`: write scanner.layout = \"{layout}\""));
            }
            say(if *separators {
                "separators get through: documents with a 2D-Doc are recognised whole"
            } else {
                "separators are lost: set the scanner to send control characters, or use it as serial or HID POS"
            });
        }
        Seen::Card { reader, fingerprint, what } => {
            say(&format!("{reader}: {what}"));
            if let Some(fingerprint) = fingerprint {
                say(&format!("to make it a badge: accueil-server badge add {fingerprint} --label \"Badge 1\""));
            }
        }
        Seen::CardUnreadable { reader, why } => bail!("{reader}: {why}"),
    }
    Ok(())
}

/// A test slip needs no journal: nothing is owed to anybody.
struct NoJournal;

impl Journal for NoJournal {
    fn record(&mut self, _: JobId, _: Stage) -> Result<(), JournalError> {
        Ok(())
    }
}

pub(super) fn print(config: &Config) -> anyhow::Result<()> {
    let device = config.printer.device.as_ref().context("this borne has no printer: name it as printer.device")?;
    let end = if desk::running(config).is_ok() { desk::print_test(config)? } else { print_here(config, device)? };
    match end {
        SlipEnd::Printed => say("the test slip is printed"),
        SlipEnd::Unconfirmed => say("the test slip was sent; this printer does not tell whether it is printed"),
        SlipEnd::Failed { why } => bail!("{why}"),
    }
    Ok(())
}

fn print_here(config: &Config, device: &PrinterSelector) -> anyhow::Result<SlipEnd> {
    let catalogue = read_catalogue(&config.borne.site)?;
    let zone = TimeZone::get(&catalogue.site.time_zone)?;
    let slip = test_slip(&catalogue, &Timestamp::now().to_zoned(zone), &Texts::load(Language::Fr)?);
    let (events, heard) = channel();
    let printer = Printer::open(
        device,
        Profile::load(&config.printer.profile)?,
        &FontSource::new(&config.borne.fonts),
        Box::new(NoJournal),
        move |event| drop(events.send(event)),
    )?;
    printer.submit(Job { id: JobId(1), slip })?;
    let (outcome, reason) = heard
        .iter()
        .find_map(|event| match event {
            PrinterEvent::Outcome { outcome, reason, .. } => Some((outcome, reason)),
            PrinterEvent::Status(_)
            | PrinterEvent::Stage { .. }
            | PrinterEvent::FirstByte { .. }
            | PrinterEvent::LastByte { .. } => None,
        })
        .context("the printer's thread ended")?;
    let status = printer.status();
    printer.shutdown(Duration::from_secs(5))?;
    Ok(SlipEnd::of(outcome, reason, &status))
}
