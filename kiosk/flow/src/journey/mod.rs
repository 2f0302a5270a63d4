//! The decisions. One visit at a time; everything a visitor left is gone when the next one comes.

mod help;
mod idle;
mod keypad;
mod saying;
mod staff;
mod survey;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use wire::catalogue::Catalogue;
use wire::ids::{HelpId, Language, ServiceId};

use crate::effect::{Effect, TimerId};
use crate::hall::{Knowledge, Reception};
use crate::input::{Control, HelpProgress, Input, MachineState, PrinterReadiness, Roll, Wait, WaitsByService};
use crate::prefs::{Appearance, Preferences};
use crate::speech::Volume;
use crate::state::{Pace, State};
use crate::texts::Library;
use crate::view::Theme;

pub(crate) use keypad::Place;
pub(crate) use saying::Speech;
pub(crate) use visit::{Page, page_of};

/// What a borne is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Tickets only.
    Ticket,
    /// The exit survey only.
    Survey,
    /// Both.
    #[default]
    Both,
}

/// What fits a screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// How many cards, ways on included.
    pub cards: usize,
    /// How many documents to bring, where S04 is split into pages; all of them where it is not.
    pub documents: usize,
    /// Whether S04 shows one part a page: the wait, the documents, the online alternative.
    pub split_detail: bool,
    /// Whether S15 and S16 show their code on a page of its own.
    pub split_ticket: bool,
    /// Whether wait and room of S16 stand on the page of the code, since its text fills the first one.
    pub split_lines: bool,
    /// Whether a tile a language fits beside the choices of the first screen; where not, one tile leads to S02.
    pub language_tiles: bool,
}

/// What fits a panel's screens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rooms {
    /// With letters of the usual size.
    pub normal: Room,
    /// With large text.
    pub large: Room,
}

/// What a journey is made from.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the site offers.
    pub catalogue: Arc<Catalogue>,
    /// What this borne is for.
    pub role: Role,
    /// What fits its screens.
    pub rooms: Rooms,
    /// How the place wants them drawn.
    pub appearance: Appearance,
}

/// The same key within this time is one press of an unsteady finger (EN 301 549, 5.8).
const SAME_KEY: Duration = Duration::from_millis(500);
/// News of the wait older than this is no news.
pub(crate) const WAITS_STALE: Duration = Duration::from_secs(300);

/// The journeys at one borne.
pub struct Journey {
    pub(crate) setup: Setup,
    pub(crate) state: State,
    pub(crate) texts: Arc<Library>,
    pub(crate) lang: Language,
    pub(crate) prefs: Preferences,
    pub(crate) generation: u64,
    pub(crate) hall: Knowledge,
    pub(crate) waits: Option<(WaitsByService, Duration)>,
    pub(crate) printer: PrinterReadiness,
    pub(crate) roll: Roll,
    pub(crate) machine: MachineState,
    pub(crate) uplink: bool,
    /// Whether the server has been told that the store fails.
    pub(crate) fault_told: bool,
    pub(crate) speech: Speech,
    pub(crate) place: Option<Place>,
    help: Option<HelpId>,
    /// A call was made that somebody may hear, and its number is not known yet.
    help_asked: bool,
    dark: bool,
    shown_at: Duration,
    last_touch: Option<(Control, Duration)>,
    last_answer: Option<Duration>,
    last_badge: Option<Duration>,
    ids: u64,
    timer: TimerId,
    hold: Option<TimerId>,
}

impl Journey {
    /// A borne that waits for its first visitor. `now` is the time since any fixed moment, here and everywhere.
    #[must_use]
    pub fn new(setup: Setup, texts: Arc<Library>, now: Duration) -> Self {
        let mut journey = Self {
            setup,
            state: State::Home,
            texts,
            lang: Language::default(),
            prefs: Preferences::default(),
            generation: 0,
            hall: Knowledge::default(),
            waits: None,
            printer: PrinterReadiness::NotReady,
            roll: Roll { cover_open: false, paper: false, sensors: false },
            machine: MachineState::default(),
            uplink: false,
            fault_told: false,
            speech: Speech::default(),
            place: None,
            help: None,
            help_asked: false,
            dark: false,
            shown_at: now,
            last_touch: None,
            last_answer: None,
            last_badge: None,
            ids: 0,
            timer: TimerId(0),
            hold: None,
        };
        journey.state = journey.home();
        journey
    }

    /// What to do now that something happened.
    pub fn handle(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Touched(control) => self.touched(control, now, &mut effects),
            Input::Key(key, press) => self.key(key, press, now, &mut effects),
            Input::CallButton => self.call_button(now, &mut effects),
            Input::Headset(plugged) => self.headset(plugged, now, &mut effects),
            Input::Presence(present) => self.presence(present, &mut effects),
            Input::SpeechEnded(id) => self.speech_ended(id, &mut effects),
            Input::Timer(timer) if timer == self.timer => self.timed_out(now, &mut effects),
            Input::Timer(timer) if self.hold == Some(timer) => self.held(now, &mut effects),
            Input::Timer(_) => {}
            Input::Issued(result) => self.issued(result, now, &mut effects),
            Input::Print(ticket, report) => self.paper(ticket, report, now, &mut effects),
            Input::Printer(readiness) => self.printer = readiness,
            Input::Roll(roll) => self.roll_moved(roll, now, &mut effects),
            Input::Waits(waits) => self.waits = Some((waits, now)),
            Input::Hall(hall) => {
                let rested = self.is_after_hours();
                self.hall.decided = hall;
                self.look_at_the_hall(rested, now, &mut effects);
            }
            Input::Shut(day) => {
                let rested = self.is_after_hours();
                self.hall.shut = Some(day);
                self.look_at_the_hall(rested, now, &mut effects);
            }
            Input::HelpOpened(help) => self.help_opened(help, &mut effects),
            Input::Help(help, progress) => self.help_news(help, progress, now, &mut effects),
            Input::HelpFailed => self.nobody_comes(now, &mut effects),
            Input::Uplink(true) => self.uplink = true,
            Input::Uplink(false) => {
                self.uplink = false;
                self.nobody_comes(now, &mut effects);
            }
            Input::FaultTold(told) => self.fault_told = told,
            Input::Clock(time) => {
                let rested = self.is_after_hours();
                self.hall.tell_time(time);
                self.look_at_the_hall(rested, now, &mut effects);
            }
            Input::Badge => self.badge(now, &mut effects),
            Input::Pin(check) => self.pin_checked(check, now, &mut effects),
            Input::Machine(machine) => self.machine = machine,
        }
        effects
    }

    /// What the site offers from now on. Nothing where somebody is in the middle of something: whoever asks comes again.
    pub fn renew(&mut self, catalogue: &Arc<Catalogue>, now: Duration) -> Option<Vec<Effect>> {
        if !self.is_home() {
            return None;
        }
        let mut effects = Vec::new();
        let rested = self.is_after_hours();
        self.setup.catalogue = Arc::clone(catalogue);
        self.look_at_the_hall(rested, now, &mut effects);
        Some(effects)
    }

    pub(crate) fn home(&self) -> State {
        match self.setup.role {
            Role::Survey => State::Question { answers: Vec::new(), suspect: false },
            Role::Ticket | Role::Both => match self.hall.site(&self.setup.catalogue) {
                Reception::Open { .. } => State::Home,
                Reception::Closed { .. } | Reception::Full => State::Closed,
            },
        }
    }

    /// Whether nobody is at the borne, as far as can be told.
    #[must_use]
    pub fn is_home(&self) -> bool {
        match (&self.state, self.setup.role) {
            (State::Home | State::Closed, _) => true,
            (State::Question { answers, .. }, Role::Survey) => answers.is_empty(),
            (_, Role::Ticket | Role::Survey | Role::Both) => false,
        }
    }

    /// Whether no visit goes on: nobody is in the middle of anything, nor has set the screens for themselves.
    #[must_use]
    pub fn is_free(&self) -> bool {
        (self.is_home() || matches!(self.state, State::OutOfOrder)) && self.prefs == Preferences::default()
    }

    /// The hall may have opened or closed, and was closed before: the first screen says so; whoever is in the middle of something goes on.
    fn look_at_the_hall(&mut self, rested: bool, now: Duration, effects: &mut Vec<Effect>) {
        let home = self.home();
        if matches!(self.state, State::Home | State::Closed) && self.state != home {
            self.wake(effects);
            self.enter(home, now, effects);
        } else if self.setup.role == Role::Survey && self.is_home() {
            if !self.is_after_hours() {
                self.wake(effects);
            } else if !rested && !self.dark {
                self.start_pace(effects);
            }
        }
    }

    fn enter(&mut self, state: State, now: Duration, effects: &mut Vec<Effect>) {
        self.state = state;
        self.generation += 1;
        self.shown_at = now;
        self.place = self.place.as_ref().map(|_| Place::Title);
        self.cut_speech(effects);
        self.start_pace(effects);
        self.say_screen(now, effects);
    }

    /// Starts the time of the screen that is shown.
    fn start_pace(&mut self, effects: &mut Vec<Effect>) {
        let after = match self.state.pace() {
            Pace::Idle(time) => {
                let time = if self.prefs.large_text { time * 2 } else { time };
                if self.speech.sounding() { saying::LONGEST + time } else { time }
            }
            Pace::Fixed(time) => time,
        };
        self.start(after, effects);
    }

    fn start(&mut self, after: Duration, effects: &mut Vec<Effect>) {
        self.timer = self.next_timer();
        effects.push(Effect::Start { timer: self.timer, after });
    }

    const fn next_timer(&mut self) -> TimerId {
        self.ids += 1;
        TimerId(self.ids)
    }

    /// The end of a visit: what was answered is counted, everything else is forgotten.
    fn go_home(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Question { answers, suspect } = self.state.visit() {
            let (answers, suspect) = (answers.clone(), *suspect);
            self.count(answers, suspect, now, effects);
        }
        self.leave_reader_test(effects);
        if matches!(self.state, State::Staff(_)) {
            effects.push(Effect::Watch(false));
        }
        // Whoever asked has left: nobody shall come for them. Where somebody is on the way, they see for themselves.
        self.cancel_help(effects);
        self.forget(effects);
        let home = self.home();
        self.enter(home, now, effects);
    }

    /// What the visitor chose for the time of the visit.
    fn forget(&mut self, effects: &mut Vec<Effect>) {
        self.lang = Language::default();
        if self.prefs.volume != Volume::default() {
            effects.push(Effect::Volume(Volume::default()));
        }
        self.prefs = Preferences::default();
        self.place = None;
        self.end_speech(effects);
    }

    fn touched(&mut self, control: Control, now: Duration, effects: &mut Vec<Effect>) {
        if self.wake(effects) {
            return;
        }
        self.place = None;
        self.activate_once(control, now, effects);
    }

    /// What a finger and the keypad's round key do: once, on a screen that was seen.
    fn activate_once(&mut self, control: Control, now: Duration, effects: &mut Vec<Effect>) {
        let deaf = now.saturating_sub(self.shown_at) < self.state.deaf_for();
        let typing = matches!(control, Control::Type(_) | Control::Louder | Control::Quieter);
        let again = !typing
            && self.last_touch.as_ref().is_some_and(|(c, at)| *c == control && now.saturating_sub(*at) < SAME_KEY);
        if deaf || again {
            return;
        }
        if !self.offers(&control, now) {
            effects.push(Effect::Rejected { screen: self.state.code(), input: "control" });
            return;
        }
        self.last_touch = Some((control.clone(), now));
        self.cut_speech(effects);
        let generation = self.generation;
        self.activate(control, now, effects);
        if self.generation == generation {
            self.stay_awake(effects);
        }
    }

    /// Whether the screen shows a control. A tap that was under way when the screen changed finds nothing.
    fn offers(&self, control: &Control, now: Duration) -> bool {
        let view = self.view(now);
        view.anywhere() == Some(control) || view.controls().any(|c| c == *control)
    }

    fn activate(&mut self, control: Control, now: Duration, effects: &mut Vec<Effect>) {
        match control {
            Control::TakeTicket => self.open_services(now, effects),
            Control::GiveFeedback => {
                self.enter(State::Question { answers: Vec::new(), suspect: false }, now, effects);
            }
            Control::Language(lang) => self.choose_language(lang, now, effects),
            Control::Languages => {
                let under = Box::new(self.state.below_last(|state| matches!(state, State::Languages { .. })));
                self.enter(State::Languages { under }, now, effects);
            }
            Control::Display => {
                let under = Box::new(self.state.below_last(|state| matches!(state, State::Display { .. })));
                self.enter(State::Display { under }, now, effects);
            }
            Control::Back => self.back(now, effects),
            Control::CallPerson | Control::DontKnow => self.call_person(now, effects),
            Control::Family(family) => self.enter(State::Services { family: Some(family), page: 0 }, now, effects),
            Control::Service(service) => self.open_service(service, now, effects),
            Control::Group(group) => self.group_chosen(group, now, effects),
            Control::More => self.more(now, effects),
            Control::Confirm => self.issue(false, now, effects),
            Control::ConfirmPaperless => self.issue(true, now, effects),
            Control::HavePriority => self.ask_priority(now, effects),
            Control::Priority(priority) => self.priority_told(priority, now, effects),
            Control::OtherService => self.open_services(now, effects),
            Control::Listen => self.say_ticket(now, effects),
            Control::NoTicket => self.no_ticket(now, effects),
            Control::Stay => self.stay(now, effects),
            Control::PrintAgain => self.print_again(now, effects),
            Control::Answer(rank) => self.answer(rank, now, effects),
            Control::Skip => self.skip(now, effects),
            Control::CancelHelp => {
                self.cancel_help(effects);
                self.uncover(now, effects);
            }
            Control::Continue => self.uncover(now, effects),
            Control::Noted | Control::Finish => self.go_home(now, effects),
            Control::LargeText => self.prefs.large_text = !self.prefs.large_text,
            Control::HighContrast => self.prefs.toggle(Theme::HighContrast),
            Control::DarkBackground => self.prefs.toggle(Theme::Night),
            Control::ReadAloud => self.read_aloud(now, effects),
            Control::Quieter => self.change_volume(self.prefs.volume.quieter(), effects),
            Control::Louder => self.change_volume(self.prefs.volume.louder(), effects),
            Control::Type(typed) => self.type_pin(typed, effects),
            Control::Cancel => self.uncover(now, effects),
            Control::Staff(control) => self.staff(control, now, effects),
        }
    }

    fn choose_language(&mut self, lang: Language, now: Duration, effects: &mut Vec<Effect>) {
        self.lang = lang;
        if matches!(self.state, State::Languages { .. }) {
            self.uncover(now, effects);
        } else {
            // The tiles of the first screen: the same screen in another language, said again in it.
            self.say_screen(now, effects);
        }
    }

    /// Back to what lies under, as it was.
    fn uncover(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let mut under = self.state.under().unwrap_or(&self.state).clone();
        // The hall may have opened or closed meanwhile.
        if matches!(under, State::Home | State::Closed) {
            under = self.home();
        }
        self.enter(under, now, effects);
    }

    /// Whether one of several services can be chosen.
    pub(crate) fn room(&self) -> Room {
        if self.prefs.large_text { self.setup.rooms.large } else { self.setup.rooms.normal }
    }

    /// How many people wait for a service, unless that is old news.
    pub(crate) fn wait(&self, service: &ServiceId, now: Duration) -> Option<Wait> {
        let (waits, at) = self.waits.as_ref()?;
        if now.saturating_sub(*at) > WAITS_STALE { None } else { waits.get(service).copied() }
    }

    /// Whether somebody could hear a call for help.
    const fn help_progress(&self) -> HelpProgress {
        if self.uplink { HelpProgress::Told } else { HelpProgress::Nobody }
    }
}
