//! What a ticket costs: its durable transaction, its bytes, and the time from the touch to the printer.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use borne::display::Panel;
use drivers::printer::{FontSource, Printer, Profile};
use drivers::virtual_printer::{VirtualOptions, VirtualPrinter};
use integration_tests::bench::{Figure, Goal, percentile};
use integration_tests::project;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kiosk_flow::view::View;
use kiosk_flow::{Appearance, Control, Input, Journey, Key, Press, Role, Setup};
use kiosk_runtime::badges::Badges;
use kiosk_runtime::clock::{Clock, Moment, Trust};
use kiosk_runtime::core::{Core, Message, Parts, messages};
use kiosk_runtime::devices::{DeviceStates, Devices};
use kiosk_runtime::identity::{DeviceKey, Identity};
use kiosk_runtime::machine::MachineCommands;
use kiosk_runtime::recent::Recent;
use kiosk_runtime::screen::{Element, Picture, Screen, ScreenError};
use kiosk_runtime::speech::{Speech, SpeechLog};
use kiosk_runtime::store::{Answers, IssueRequest, PrintJournal, Store};
use kiosk_runtime::sync::{InForce, UplinkHandle};
use wire::catalogue::Catalogue;
use wire::enrolment::{EnrolReply, PublicKey};
use wire::ids::{Language, OriginId, TicketId};
use wire::label::{LabelForm, Prefix, Series};
use wire::service_day::ServiceDay;
use wire::token::TicketToken;

use super::disk::Paired;

const TICKETS: u64 = 500;
/// Enough for a log that is emptied, and room in it for what is measured.
const WARM_UP: u64 = 1_000;
const VISITS: usize = 60;

pub fn figures(folder: &Path, fonts: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut figures = durable(folder)?;
    figures.push(touch_to_first_byte(folder, fonts)?);
    Ok(figures)
}

fn request(n: u64) -> anyhow::Result<IssueRequest> {
    Ok(IssueRequest {
        ticket: TicketId(uuid::Uuid::now_v7()),
        token: TicketToken::from_random(u128::from(n).to_be_bytes()),
        service: "titres".parse()?,
        letter: Prefix::try_from('A')?,
        series: Series::FIRST,
        form: LabelForm::Plain,
        lang: Language::Fr,
        paperless: false,
        priority: false,
        group: 1,
        moment: Moment { at: Timestamp::now(), trust: Trust::Server, floor: Timestamp::UNIX_EPOCH },
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
fn durable(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let mut store = Store::open(place.path())?;
    let paired = Paired::new(place.path())?;
    let zone = TimeZone::get("Europe/Paris")?;
    // The write-ahead log grows to its size once, then the way up empties it apart from the visitors, and it is written
    // over: that is a borne's day.
    for round in 0..WARM_UP {
        store.issue(&request(round)?, &zone)?;
        paired.write(round)?;
    }
    anyhow::ensure!(store.empty_long_log()?, "the log is not long enough to be emptied");
    let (mut tickets, mut writes) = (Vec::new(), Vec::new());
    for round in 0..TICKETS {
        let request = request(round)?;
        let start = Instant::now();
        store.issue(&request, &zone)?;
        tickets.push(start.elapsed().as_secs_f64());
        writes.push(paired.write(round)?);
    }
    let before = written()?;
    for round in 0..TICKETS {
        store.issue(&request(round)?, &zone)?;
    }
    // As the way up does now and then: the pages' second writing counts too.
    anyhow::ensure!(store.empty_long_log()?, "the log is not long enough to be emptied");
    let bytes = (written()? - before) as f64 / TICKETS as f64;
    // Of a disk that others use too, a few answers are a hundred times later than the rest: sums would compare those.
    let a_second = |seconds: &[f64]| 1.0 / percentile(seconds, 0.5);
    Ok(vec![
        Figure::new("durable tickets", a_second(&tickets), "1/s", a_second(&writes), Goal::AtLeast(0.8)),
        Figure::new("bytes written a ticket", bytes / 1024.0, "KiB", 16.0, Goal::AtMost(1.0)),
    ])
}

/// Bytes this process has handed to block devices.
fn written() -> anyhow::Result<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).context("no write_bytes")?;
    Ok(line.trim().parse()?)
}

/// A screen that nobody draws: it tells which one is shown.
struct Told(Sender<&'static str>);

impl Screen for Told {
    fn show(&self, view: View) {
        // The measure has ended.
        let _ = self.0.send(view.screen.code());
    }
    fn picture(&self) -> Result<Picture, ScreenError> {
        Err(ScreenError::Gone)
    }
    fn elements(&self) -> Result<Vec<Element>, ScreenError> {
        Err(ScreenError::Gone)
    }
    fn tap(&self, _: f32, _: f32) -> Result<(), ScreenError> {
        Err(ScreenError::Gone)
    }
    fn key(&self, _: Key, _: Press) -> Result<(), ScreenError> {
        Err(ScreenError::Gone)
    }
    fn quit(&self) {}
}

/// The core loop with a network printer on the loopback: from the touch on "take a ticket" to the first byte that the
/// printer's connection took.
fn touch_to_first_byte(folder: &Path, fonts: &Path) -> anyhow::Result<Figure> {
    let place = tempfile::tempdir_in(folder)?;
    let text = std::fs::read_to_string(project().join("config/examples/marseille/site.toml"))?;
    let mut catalogue = Catalogue::from_toml(&text).map_err(|e| anyhow::anyhow!("{e}"))?;
    // One service: three touches a visit; no hours: measured at any time.
    catalogue.services.truncate(1);
    catalogue.site.hours = None;
    let zone = TimeZone::get(&catalogue.site.time_zone)?;
    let catalogue = Arc::new(catalogue);
    let profile = Profile::load("virtual")?;
    let fonts = FontSource::new(fonts);
    let paper = VirtualOptions::of(&profile, place.path().join("paper"), fonts.clone());
    let printer_side = VirtualPrinter::listen(&paper, [])?;
    let (sender, receiver) = messages();
    let (codes, shown) = channel();
    let heard = sender.clone();
    let tell = move |event| drop(heard.send(Message::Printer(event)));
    let store = Store::open(place.path())?;
    let journal = Box::new(PrintJournal::open(place.path())?);
    let printer = Printer::open(&printer_side.selector().parse()?, profile.clone(), &fonts, journal, tell)?;
    let texts = Arc::default();
    let setup = Setup {
        catalogue: Arc::clone(&catalogue),
        role: Role::Ticket,
        rooms: Panel::PORTRAIT.rooms(),
        appearance: Appearance::default(),
    };
    let news = sender.clone();
    let speech = Speech::start_on(Box::new(SpeechLog::default()), None, move |event| {
        // The measure has ended.
        let _ = news.send(Message::Speech(event));
    })?;
    let reply = EnrolReply {
        borne: OriginId(uuid::Uuid::from_u128(1)),
        site: catalogue.site.id,
        series: Series::FIRST,
        server_key: PublicKey([0; 32]),
        server_time: Timestamp::UNIX_EPOCH,
    };
    let clock = Clock::default();
    let parts = Parts {
        journey: Journey::new(setup, Arc::clone(&texts), Duration::ZERO),
        texts,
        name: "bench".to_owned(),
        server: "http://127.0.0.1".to_owned(),
        commands: MachineCommands::default(),
        speech,
        has_jack: false,
        published: InForce::since(Catalogue::clone(&catalogue), ServiceDay(Date::MIN)),
        catalogue,
        zone,
        identity: Identity::new(DeviceKey::from_random(&[1; 32]), &reply),
        service: None,
        store,
        answers: Answers::open(place.path())?,
        printer: Some(printer),
        profile,
        devices: Devices::default(),
        badges: Badges::open(place.path(), reply.site),
        device_states: DeviceStates::default(),
        recent: Recent::default(),
        heart: None,
        screen: Arc::new(Told(codes)),
        uplink: UplinkHandle::default(),
        clock: clock.clone(),
    };
    let (core, handle) = Core::new(parts, sender.clone())?;
    let thread = std::thread::spawn(move || core.run(&receiver));
    clock.confirm_by_staff();
    let paired = Paired::new(place.path())?;
    let deadline = Instant::now() + Duration::from_secs(10);
    while !handle.status().printer_ready {
        anyhow::ensure!(Instant::now() < deadline, "the virtual printer is not ready");
        std::thread::sleep(Duration::from_millis(10));
    }
    let (mut took, mut writes) = (Vec::new(), Vec::new());
    for round in 0..VISITS {
        touch(&sender, &shown, &Control::TakeTicket, "S04")?;
        touch(&sender, &shown, &Control::Confirm, "S14")?;
        wait_for(&shown, "S15")?;
        took.push(handle.status().touch_to_first_byte_us.context("no first byte")? as f64 / 1_000.0);
        touch(&sender, &shown, &Control::Finish, "S01")?;
        writes.push(paired.write(round as u64)? * 1_000.0);
    }
    sender.send(Message::Quit)?;
    anyhow::ensure!(thread.join().is_ok(), "the loop panicked");
    let limit = 3.0 * percentile(&writes, 0.99) + 5.0;
    Ok(Figure::new(
        "touch to first byte, p99 (limit 3 fdatasync + 5)",
        percentile(&took, 0.99),
        "ms",
        limit,
        Goal::AtMost(1.0),
    ))
}

/// Touches as a person does, who waits until the screen takes touches.
fn touch(
    to: &Sender<Message>,
    shown: &Receiver<&'static str>,
    control: &Control,
    expected: &str,
) -> anyhow::Result<()> {
    std::thread::sleep(Duration::from_millis(320));
    to.send(Message::Input(Input::Touched(control.clone())))?;
    wait_for(shown, expected)
}

fn wait_for(shown: &Receiver<&'static str>, expected: &str) -> anyhow::Result<()> {
    while shown.recv_timeout(Duration::from_secs(20)).with_context(|| format!("{expected} did not come"))? != expected {
    }
    Ok(())
}

/// The first two views of a visit, for the measure of frames.
pub fn views() -> anyhow::Result<[View; 2]> {
    let text = std::fs::read_to_string(project().join("config/examples/marseille/site.toml"))?;
    let mut catalogue = Catalogue::from_toml(&text).map_err(|e| anyhow::anyhow!("{e}"))?;
    catalogue.site.hours = None;
    let catalogue = Arc::new(catalogue);
    let setup =
        Setup { catalogue, role: Role::Both, rooms: Panel::PORTRAIT.rooms(), appearance: Appearance::default() };
    let mut journey = Journey::new(setup, Arc::default(), Duration::ZERO);
    let home = journey.view(Duration::ZERO);
    let later = Duration::from_secs(1);
    journey.handle(Input::Touched(Control::TakeTicket), later);
    let services = journey.view(later);
    anyhow::ensure!(services.screen.code() == "S03", "the second view is not the services'");
    Ok([home, services])
}
