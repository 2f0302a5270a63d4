//! The effect loop: one thread that asks the journeys what to do and does it.

mod at_devices;
mod at_staff;
mod commands;
mod effects;
mod hall;
mod new_start;
mod remote;
mod sound;
mod store_watch;
mod timers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use drivers::printer::{Job, Printer, PrinterEvent, Profile};
use drivers::watchdog::Heart;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use kiosk_flow::texts::Library;
use kiosk_flow::view::View;
use kiosk_flow::{Control, HelpProgress, Input, Journey, PrinterReadiness, Wait};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, oneshot, watch};
use wire::catalogue::Catalogue;
use wire::event::Condition;
use wire::ids::{CommandId, ServiceId, TicketId};
use wire::opening::Opening;
use wire::outcome::{Bytes, Why};
use wire::report::PaperLevel;
use wire::service_day::ServiceDay;
use wire::sync::SyncReply;

use crate::badges::Badges;
use crate::clock::{Clock, Trust};
use crate::devices::{Conditions, DeviceEvent, DeviceStates, Devices, Seen};
use crate::identity::Identity;
use crate::machine::MachineCommands;
use crate::recent::Recent;
use crate::screen::Screen;
use crate::slip_end::SlipEnd;
use crate::speech::{SpeechEvent, SpeechHandle, SpeechLog};
use crate::store::{Answers, Store};
use crate::sync::{InForce, UplinkHandle, UplinkNews};
use crate::ticket::{Paper, TicketFacts};
use at_devices::ring_for;
use at_staff::AtStaff;
use hall::HallNews;
use new_start::NewStart;
use remote::{Asker, Remote};
use store_watch::StoreWatch;
use timers::Timers;

pub(crate) use effects::in_words;

/// What the loop hears.
#[derive(Debug)]
pub enum Message {
    /// From the screen.
    Input(Input),
    /// From the printer's thread.
    Printer(PrinterEvent),
    /// From another device.
    Device(DeviceEvent),
    /// From what speaks.
    Speech(SpeechEvent),
    /// A headset was plugged in or pulled out, where a demonstration plays one.
    Headset(bool),
    /// From the way up.
    Uplink(UplinkNews),
    /// Print a slip that is no ticket, and tell what became of it.
    TestPrint(oneshot::Sender<SlipEnd>),
    /// A picture of the screen, for a technician elsewhere.
    Pictured(CommandId, Result<Bytes, Why>),
    /// The clock was moved.
    Clock,
    /// The end.
    Quit,
}

/// A way to speak to the loop, and its ear.
#[must_use]
pub fn messages() -> (Sender<Message>, Receiver<Message>) {
    channel()
}

/// What is on the screen, for those who wait for it to change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Grows with each change of the view.
    pub revision: u64,
    /// The screen's number in the design.
    pub code: String,
}

/// What a technician sees of the loop.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CoreStatus {
    /// The printer's state, in words.
    pub printer: String,
    /// Whether a ticket could be printed now.
    pub printer_ready: bool,
    /// The paper in words: enough, near its end, out, or not known.
    pub paper: String,
    /// Prints since the start that ended printed, not printed, unknown.
    pub prints: [u64; 3],
    /// Tickets issued since the start.
    pub tickets: u64,
    /// From the touch that took the last ticket to the first byte at the printer.
    pub touch_to_first_byte_us: Option<u64>,
    /// What the store said when it failed; none once it takes again what is written.
    pub store_fault: Option<String>,
    /// Who vouches for the time.
    pub clock: Trust,
    /// For how many minutes the site stays closed by its hours; none where it is open. One that says no hours is taken to be
    /// closed from two to five. What takes the borne away for a moment is done then.
    #[serde(default)]
    pub closed_for_min: Option<u32>,
    /// How the devices beside the printer are.
    #[serde(default)]
    pub devices: DeviceStates,
    /// The printer's condition, once it has lasted.
    #[serde(default)]
    pub printer_condition: Option<Condition>,
    /// How much paper there is.
    #[serde(default)]
    pub paper_level: PaperLevel,
    /// The version of the catalogue that is served.
    #[serde(default)]
    pub catalogue: u64,
}

/// What the loop is made from.
pub struct Parts {
    /// The journeys.
    pub journey: Journey,
    /// The site, as it is served.
    pub catalogue: Arc<Catalogue>,
    /// What is published of it: it is served once nobody is at the borne.
    pub published: InForce,
    /// Its time zone.
    pub zone: TimeZone,
    /// Who this borne is.
    pub identity: Identity,
    /// Where the survey is bound to one service.
    pub service: Option<ServiceId>,
    /// The store.
    pub store: Store,
    /// The survey's cells.
    pub answers: Answers,
    /// Every text.
    pub texts: Arc<Library>,
    /// What technicians call the borne.
    pub name: String,
    /// The server's address.
    pub server: String,
    /// What may be done with the machine.
    pub commands: MachineCommands,
    /// What speaks and sounds.
    pub speech: SpeechHandle,
    /// Whether a headset can be told from none.
    pub has_jack: bool,
    /// The printer.
    pub printer: Option<Printer>,
    /// Its profile.
    pub profile: Profile,
    /// The other devices.
    pub devices: Devices,
    /// The staff's badges.
    pub badges: Badges,
    /// How they are at the start.
    pub device_states: DeviceStates,
    /// The program's last lines.
    pub recent: Recent,
    /// What the service manager is told.
    pub heart: Option<Heart>,
    /// The screen.
    pub screen: Arc<dyn Screen>,
    /// The way up.
    pub uplink: UplinkHandle,
    /// The wall clock.
    pub clock: Clock,
}

/// The ticket of the visit, for its second print.
struct CurrentTicket {
    ticket: TicketId,
    service: ServiceId,
    facts: TicketFacts,
}

/// The loop's state.
pub struct Core {
    parts: Parts,
    messages: Sender<Message>,
    paper: Paper,
    timers: Timers,
    epoch: Instant,
    minute: Option<(Date, i8, i8)>,
    shown: Option<View>,
    shown_tx: watch::Sender<Shown>,
    status: Arc<Mutex<CoreStatus>>,
    waits: BTreeMap<ServiceId, Wait>,
    current: Option<CurrentTicket>,
    /// Visitors' papers on their way, by job.
    jobs: BTreeMap<u64, TicketId>,
    /// Every job that the printer took and has not ended, whoever asked for it.
    papers: BTreeSet<u64>,
    touched_at: Option<Instant>,
    conditions: Conditions,
    seen: broadcast::Sender<Seen>,
    test_slips: u64,
    doubt_told: bool,
    trust: Option<Trust>,
    at_staff: AtStaff,
    remote: Remote,
    hall: HallNews,
    headset: Option<bool>,
    offline_since: Option<Duration>,
    store_watch: StoreWatch,
    /// The version and the service day that are served.
    served: Option<(u64, ServiceDay)>,
    new_start: NewStart,
}

/// What others see of the loop.
#[derive(Clone)]
pub struct CoreHandle {
    /// Speaks to the loop.
    pub messages: Sender<Message>,
    /// What is on the screen.
    pub shown: watch::Receiver<Shown>,
    status: Arc<Mutex<CoreStatus>>,
    seen: broadcast::Sender<Seen>,
    speech_log: Option<SpeechLog>,
}

impl CoreHandle {
    /// What was spoken, where the voice writes it down.
    #[must_use]
    pub const fn speech_log(&self) -> Option<&SpeechLog> {
        self.speech_log.as_ref()
    }

    /// What is shown to the scanner and the card readers from now on.
    #[must_use]
    pub fn seen(&self) -> broadcast::Receiver<Seen> {
        self.seen.subscribe()
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> CoreStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How much of what is shown to devices a test that is slow may miss.
const SEEN: usize = 8;
/// The longest the loop sleeps: the clock on the screen shows minutes.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// And while a new start is wanted: nobody tells the loop that nothing holds it up any more.
const SHORT_SLEEP: Duration = Duration::from_millis(500);

/// Until when a site without hours is taken to be closed, from two on.
const NIGHT_ENDS: u32 = 5 * 60;

fn left_of_the_night(now: DateTime) -> Option<u32> {
    let minute = u32::from(now.hour().unsigned_abs()) * 60 + u32::from(now.minute().unsigned_abs());
    (2 * 60..NIGHT_ENDS).contains(&minute).then(|| NIGHT_ENDS - minute)
}

/// A site that does not know when it opens again stays closed for a week, as far as can be said.
const UNKNOWN_MIN: u32 = 7 * 24 * 60;

/// For how long a site stays closed.
fn closed_for_min(opening: Opening, now: DateTime) -> Option<u32> {
    match opening {
        Opening::Open { .. } => None,
        Opening::Closed { next: None } => Some(UNKNOWN_MIN),
        Opening::Closed { next: Some(next) } => {
            let minutes = next.duration_since(now).as_mins();
            Some(u32::try_from(minutes).unwrap_or_default().min(UNKNOWN_MIN))
        }
    }
}

impl Core {
    /// A loop that has heard nothing yet. Prints that a power cut left behind end here.
    pub fn new(mut parts: Parts, messages: Sender<Message>) -> Result<(Self, CoreHandle), CoreError> {
        let left = parts.store.end_left_behind(parts.clock.now())?;
        if left > 0 {
            tracing::warn!(prints = left, "the last run ended in the middle of prints");
        }
        let (shown_tx, shown) = watch::channel(Shown::default());
        let devices = parts.device_states.clone();
        let catalogue = parts.catalogue.version;
        let status = Arc::new(Mutex::new(CoreStatus { devices, catalogue, ..CoreStatus::default() }));
        let (seen, _) = broadcast::channel(SEEN);
        let paper = Paper::of_width_mm(parts.profile.paper_width_mm);
        let hall = HallNews::open(&parts)?;
        let speech_log = parts.speech.log().cloned();
        let headset = parts.has_jack.then_some(false);
        let core = Self {
            parts,
            messages: messages.clone(),
            paper,
            timers: Timers::default(),
            epoch: Instant::now(),
            minute: None,
            shown: None,
            shown_tx,
            status: Arc::clone(&status),
            waits: BTreeMap::new(),
            current: None,
            jobs: BTreeMap::new(),
            papers: BTreeSet::new(),
            touched_at: None,
            conditions: Conditions::default(),
            seen: seen.clone(),
            test_slips: 0,
            doubt_told: false,
            trust: None,
            at_staff: AtStaff::default(),
            remote: Remote::default(),
            hall,
            headset,
            offline_since: None,
            store_watch: StoreWatch::default(),
            served: None,
            new_start: NewStart::default(),
        };
        Ok((core, CoreHandle { messages, shown, status, seen, speech_log }))
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Runs until [`Message::Quit`], or until nobody is left to speak.
    pub fn run(mut self, messages: &Receiver<Message>) {
        self.look_at_printer();
        self.come_back();
        self.still_shut();
        let beat = self.parts.heart.as_ref().and_then(Heart::interval).unwrap_or(LONGEST_SLEEP);
        let longest = LONGEST_SLEEP.min(beat);
        loop {
            self.turn();
            if let Some(heart) = &self.parts.heart {
                heart.beat();
            }
            let longest = if self.new_start.is_wanted() { SHORT_SLEEP.min(longest) } else { longest };
            let sleep = self.timers.next().map_or(longest, |at| at.saturating_sub(self.now()).min(longest));
            match messages.recv_timeout(sleep) {
                Ok(Message::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(message) => self.hear(message),
                Err(RecvTimeoutError::Timeout) => {}
            }
            while let Some(timer) = self.timers.due(self.now()) {
                self.input(Input::Timer(timer));
            }
        }
        self.parts.heart.take().into_iter().for_each(Heart::retire);
        let ended = self.parts.printer.as_ref().map(|printer| printer.shutdown(Duration::from_secs(5)));
        if let Some(Err(error)) = ended {
            tracing::warn!(%error, "the printer did not end in time");
        }
        // What the printer said last.
        while let Ok(message) = messages.try_recv() {
            if let Message::Printer(event) = message {
                self.printer(event);
            }
        }
    }

    /// Looks after everything, between two messages.
    fn turn(&mut self) {
        self.tick();
        self.watch_store();
        self.tell_conditions();
        self.tell_machine();
        self.show();
        self.look_at_new_start();
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Input(input) => {
                if matches!(input, Input::Touched(Control::Confirm)) {
                    self.touched_at = Some(Instant::now());
                }
                self.input(input);
            }
            Message::Printer(event) => self.printer(event),
            Message::Device(event) => self.device(event),
            Message::Uplink(UplinkNews::Reply(reply)) => self.server_said(&reply),
            Message::Uplink(UplinkNews::Catalogue(new)) => self.parts.published = *new,
            Message::Uplink(UplinkNews::FaultTold(told)) => self.input(Input::FaultTold(told)),
            Message::Uplink(UplinkNews::Settings) => self.new_start.for_settings(),
            Message::Uplink(UplinkNews::Down) => {
                self.offline_since = self.offline_since.or_else(|| Some(self.now()));
                self.input(Input::Uplink(false));
            }
            Message::Speech(event) => self.speech_event(event),
            Message::Headset(plugged) => self.parts.speech.headset().set(plugged),
            Message::TestPrint(asker) => self.print_slip(Asker::Here(asker)),
            Message::Pictured(id, taken) => self.pictured(id, taken),
            Message::Clock | Message::Quit => {}
        }
    }

    fn input(&mut self, input: Input) {
        let effects = self.parts.journey.handle(input, self.now());
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn tick(&mut self) {
        self.parts.clock.look();
        let moment = self.parts.clock.moment();
        if self.trust != Some(moment.trust) {
            self.trust = Some(moment.trust);
            self.update_status(|status| status.clock = moment.trust);
        }
        self.renew_catalogue(ServiceDay::of(moment.at, &self.parts.zone));
        let time = moment.at.to_zoned(self.parts.zone.clone()).datetime();
        let minute = (time.date(), time.hour(), time.minute());
        if self.minute != Some(minute) {
            self.minute = Some(minute);
            let closed_for_min = match self.parts.catalogue.hours() {
                Some(hours) => closed_for_min(hours.at(time), time),
                None => left_of_the_night(time),
            };
            self.update_status(|status| status.closed_for_min = closed_for_min);
            self.tell_hall();
            self.input(Input::Clock(time));
        }
    }

    /// Serves what is published, and the form of numbers that holds today (rule R2), between two visits.
    fn renew_catalogue(&mut self, day: ServiceDay) {
        let wanted = Some((self.parts.published.version(), day));
        if self.served == wanted {
            return;
        }
        let catalogue = Arc::new(self.parts.published.on(day));
        if catalogue != self.parts.catalogue {
            let Some(effects) = self.parts.journey.renew(&catalogue, self.now()) else { return };
            tracing::info!(version = catalogue.version, %day, "another catalogue is served");
            self.update_status(|status| status.catalogue = catalogue.version);
            self.parts.catalogue = catalogue;
            match HallNews::counted(&self.parts, day) {
                Ok(issued) => self.hall.recount(issued),
                Err(error) => self.store_failed(&error),
            }
            for effect in effects {
                self.carry_out(effect);
            }
            self.tell_hall();
        }
        self.served = wanted;
    }

    fn show(&mut self) {
        self.look_who_is_there();
        let view = self.parts.journey.view(self.now());
        if self.shown.as_ref() == Some(&view) {
            return;
        }
        let code = view.screen.code().to_owned();
        self.parts.devices.show(ring_for(view.chrome.call));
        self.parts.screen.show(view.clone());
        self.shown = Some(view);
        self.shown_tx.send_modify(|shown| {
            shown.revision += 1;
            shown.code = code;
        });
    }

    fn server_said(&mut self, reply: &SyncReply) {
        self.offline_since = None;
        self.input(Input::Uplink(true));
        self.hall.decided(reply.hall.clone());
        self.tell_hall();
        self.waits = reply
            .waits
            .iter()
            .map(|wait| (wait.service.clone(), Wait { ahead: wait.ahead, minutes: wait.low_min.zip(wait.high_min) }))
            .collect();
        self.input(Input::Waits(self.waits.clone()));
        for call in &reply.help {
            let progress = match (call.answered, call.staffed) {
                (true, _) => HelpProgress::Coming,
                (false, true) => HelpProgress::Told,
                (false, false) => HelpProgress::Nobody,
            };
            self.input(Input::Help(call.help, progress));
        }
        self.obey(reply);
    }

    fn look_at_printer(&mut self) {
        match self.parts.printer.as_ref().map(Printer::status) {
            Some(status) => self.printer(PrinterEvent::Status(status)),
            None => self.update_status(|shown| "none".clone_into(&mut shown.printer)),
        }
    }

    /// Whether what is handed over now is printed.
    fn could_print(&self) -> bool {
        self.parts.printer.as_ref().is_some_and(|printer| printer.status().ready())
    }

    /// Whether the printer took it.
    fn hand_over(&mut self, job: Job) -> bool {
        let id = job.id.0;
        let taken = self.parts.printer.as_ref().is_some_and(|printer| printer.submit(job).is_ok());
        if taken {
            self.papers.insert(id);
        }
        taken
    }

    fn read_status<T>(&self, read: impl FnOnce(&CoreStatus) -> T) -> T {
        read(&self.status.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn update_status(&self, change: impl FnOnce(&mut CoreStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn printer_ready(&mut self, ready: bool) {
        self.input(Input::Printer(if ready { PrinterReadiness::Ready } else { PrinterReadiness::NotReady }));
    }
}

/// The loop cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

#[cfg(test)]
mod tests;
