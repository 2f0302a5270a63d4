//! The decisions. One visit at a time; everything a visitor left is gone when the next one comes.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Time;
use wire::catalogue::Catalogue;
use wire::ids::{HelpId, Language, ServiceId, TicketId};
use wire::survey::AnswerVector;

use crate::effect::{Effect, TimerId};
use crate::input::{Control, HelpProgress, Input, IssueFault, Issued, PrintReport, PrinterReadiness, WaitsByService};
use crate::state::{self, State, Unprinted, Visit};
use crate::texts::{Texts, TextsError};

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

/// What a journey is made from.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the site offers.
    pub catalogue: Arc<Catalogue>,
    /// What this borne is for.
    pub role: Role,
    /// How many services a screen shows beside "I don't know".
    pub choices: usize,
}

/// The same key within this time is one press of an unsteady finger (EN 301 549, 5.8).
const SAME_KEY: Duration = Duration::from_millis(500);
/// An answer within this time of the last is suspect.
const SUSPECT: Duration = Duration::from_secs(5);
/// News of the wait older than this is no news.
pub(crate) const WAITS_STALE: Duration = Duration::from_secs(300);

/// The journeys at one borne.
pub struct Journey {
    pub(crate) setup: Setup,
    pub(crate) state: State,
    pub(crate) texts: Vec<Texts>,
    pub(crate) lang: Language,
    pub(crate) generation: u64,
    pub(crate) clock: Option<Time>,
    pub(crate) waits: Option<(WaitsByService, Duration)>,
    pub(crate) printer: PrinterReadiness,
    uplink: bool,
    help: Option<HelpId>,
    shown_at: Duration,
    last_touch: Option<(Control, Duration)>,
    last_answer: Option<Duration>,
    timer: TimerId,
}

impl Journey {
    /// A borne that waits for its first visitor. `now` is the time since any fixed moment, here and everywhere.
    pub fn new(setup: Setup, now: Duration) -> Result<Self, TextsError> {
        let texts = Language::ALL.into_iter().map(Texts::load).collect::<Result<_, _>>()?;
        let mut journey = Self {
            setup,
            state: State::Home,
            texts,
            lang: Language::default(),
            generation: 0,
            clock: None,
            waits: None,
            printer: PrinterReadiness::NotReady,
            uplink: false,
            help: None,
            shown_at: now,
            last_touch: None,
            last_answer: None,
            timer: TimerId(0),
        };
        journey.state = journey.home();
        Ok(journey)
    }

    /// What to do now that something happened.
    pub fn handle(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Touched(control) => self.touched(control, now, &mut effects),
            Input::CallButton => self.call_button(now, &mut effects),
            Input::Timer(timer) if timer == self.timer => self.timed_out(now, &mut effects),
            Input::Timer(_) => {}
            Input::Issued(result) => self.issued(result, now, &mut effects),
            Input::Print(ticket, report) => self.paper(ticket, report, now, &mut effects),
            Input::Printer(readiness) => self.printer = readiness,
            Input::Waits(waits) => self.waits = Some((waits, now)),
            Input::HelpOpened(help) => self.help_opened(help, &mut effects),
            Input::Help(help, progress) => self.help_news(help, progress, now, &mut effects),
            Input::HelpFailed => self.nobody_comes(now, &mut effects),
            Input::Uplink(true) => self.uplink = true,
            Input::Uplink(false) => {
                self.uplink = false;
                self.nobody_comes(now, &mut effects);
            }
            Input::Clock(time) => self.clock = Some(time),
        }
        effects
    }

    pub(crate) fn home(&self) -> State {
        match self.setup.role {
            Role::Ticket | Role::Both => State::Home,
            Role::Survey => State::Question { answers: Vec::new(), suspect: false },
        }
    }

    pub(crate) fn is_home(&self) -> bool {
        self.state.code() == self.home().code()
            && matches!((self.setup.role, &self.state), (Role::Survey, _) | (_, State::Home))
    }

    fn enter(&mut self, state: State, now: Duration, effects: &mut Vec<Effect>) {
        self.state = state;
        self.generation += 1;
        self.shown_at = now;
        let after = self.state.first_timer();
        self.start(after, effects);
    }

    fn start(&mut self, after: Option<Duration>, effects: &mut Vec<Effect>) {
        self.timer = TimerId(self.timer.0 + 1);
        if let Some(after) = after {
            effects.push(Effect::Start { timer: self.timer, after });
        }
    }

    /// The end of a visit: what was answered is counted, everything else is forgotten.
    fn go_home(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Question { answers, suspect } = self.state.visit() {
            let (answers, suspect) = (answers.clone(), *suspect);
            self.count(answers, suspect, now, effects);
        }
        self.lang = Language::default();
        // Whoever asked has left: nobody shall come for them. Where somebody is on the way, they see for themselves.
        effects.extend(self.help.take().map(Effect::CancelHelp));
        let home = self.home();
        self.enter(home, now, effects);
    }

    fn count(&mut self, mut answers: Vec<u8>, suspect: bool, now: Duration, effects: &mut Vec<Effect>) {
        if answers.iter().all(|a| *a == 0) {
            return;
        }
        answers.resize(self.questions(), 0);
        self.last_answer = Some(now);
        effects.push(Effect::Count { vector: AnswerVector(answers), suspect });
    }

    pub(crate) fn questions(&self) -> usize {
        self.setup.catalogue.survey.as_ref().map_or(0, |s| s.questions.len())
    }

    fn touched(&mut self, control: Control, now: Duration, effects: &mut Vec<Effect>) {
        let deaf = now.saturating_sub(self.shown_at) < self.state.deaf_for();
        let again = self.last_touch.as_ref().is_some_and(|(c, at)| *c == control && now.saturating_sub(*at) < SAME_KEY);
        if deaf || again {
            return;
        }
        if !self.offers(&control) {
            effects.push(Effect::Rejected { screen: self.state.code(), input: "control" });
            return;
        }
        self.last_touch = Some((control.clone(), now));
        self.activate(control, now, effects);
    }

    /// Whether the screen shows a control. A tap that was under way when the screen changed finds nothing.
    fn offers(&self, control: &Control) -> bool {
        self.view(self.shown_at).controls().any(|c| c == control)
    }

    fn activate(&mut self, control: Control, now: Duration, effects: &mut Vec<Effect>) {
        match control {
            Control::TakeTicket => self.open_services(now, effects),
            Control::GiveFeedback => {
                self.enter(State::Question { answers: Vec::new(), suspect: false }, now, effects);
            }
            Control::Language(lang) => self.speak(lang, now, effects),
            Control::Languages => {
                let under = Box::new(self.state.clone());
                self.enter(State::Languages { under }, now, effects);
            }
            Control::Back => self.back(now, effects),
            Control::CallPerson | Control::DontKnow => self.call_person(now, effects),
            Control::Service(service) => self.enter(State::Detail { service }, now, effects),
            Control::More => self.more(now, effects),
            Control::Confirm => self.issue(false, now, effects),
            Control::ConfirmPaperless => self.issue(true, now, effects),
            Control::OtherService => self.open_services(now, effects),
            Control::NoTicket => self.no_ticket(now, effects),
            Control::Stay => self.stay(now, effects),
            Control::PrintAgain => self.print_again(now, effects),
            Control::Answer(rank) => self.answer(rank, now, effects),
            Control::Skip => self.skip(now, effects),
            Control::CancelHelp => {
                effects.extend(self.help.take().map(Effect::CancelHelp));
                self.uncover(now, effects);
            }
            Control::Continue => self.uncover(now, effects),
            Control::Noted | Control::Finish => self.go_home(now, effects),
        }
    }

    fn open_services(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let state = match self.setup.catalogue.services.as_slice() {
            [only] => State::Detail { service: only.id.clone() },
            _ => State::Services { first: 0 },
        };
        self.enter(state, now, effects);
    }

    fn speak(&mut self, lang: Language, now: Duration, effects: &mut Vec<Effect>) {
        self.lang = lang;
        if matches!(self.state, State::Languages { .. }) {
            self.uncover(now, effects);
        } else {
            // The tiles of the home screen: the same screen in another language.
            let after = self.state.first_timer();
            self.start(after, effects);
        }
    }

    /// Back to what lies under, as it was.
    fn uncover(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let under = self.state.under().unwrap_or(&self.state).clone();
        self.enter(under, now, effects);
    }

    fn back(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let before = if let State::Services { first: first @ 1.. } = self.state {
            State::Services { first: first.saturating_sub(self.page_size()) }
        } else if let State::Detail { .. } = self.state
            && self.setup.catalogue.services.len() > 1
        {
            State::Services { first: 0 }
        } else if let State::Languages { under } = &self.state {
            (**under).clone()
        } else if let State::Question { answers, suspect } = &self.state
            && let Some((_, before)) = answers.split_last()
        {
            State::Question { answers: before.to_vec(), suspect: *suspect }
        } else {
            self.home()
        };
        self.enter(before, now, effects);
    }

    /// How many services a page holds: one place goes to "More" where they do not all fit.
    pub(crate) fn page_size(&self) -> usize {
        let choices = self.setup.choices.max(2);
        if self.setup.catalogue.services.len() <= choices { choices } else { choices - 1 }
    }

    fn more(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Services { first } = self.state {
            let next = first + self.page_size();
            let first = if next < self.setup.catalogue.services.len() { next } else { 0 };
            self.enter(State::Services { first }, now, effects);
        }
    }

    fn issue(&mut self, paperless: bool, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Detail { service } = self.state.clone() {
            effects.push(Effect::Issue { service: service.clone(), lang: self.lang, paperless });
            self.enter(State::Issuing { service, paperless, slow: false }, now, effects);
        }
    }

    fn issued(&mut self, result: Result<Issued, IssueFault>, now: Duration, effects: &mut Vec<Effect>) {
        let State::Issuing { service, paperless, slow } = self.state.clone() else {
            effects.push(Effect::Rejected { screen: self.state.code(), input: "issued" });
            return;
        };
        match result {
            Ok(issued) if paperless => {
                let visit = Visit { issued, service };
                self.enter(State::Unprinted { visit, why: Unprinted::ByChoice, reprinted: false }, now, effects);
            }
            // The same screen goes on: neither its time nor its timer starts anew.
            Ok(issued) => self.state = State::Printing { visit: Visit { issued, service }, reprint: false, slow },
            Err(IssueFault::Store) => self.enter(State::OutOfOrder, now, effects),
        }
    }

    fn paper(&mut self, ticket: TicketId, report: PrintReport, now: Duration, effects: &mut Vec<Effect>) {
        let covered = self.state != *self.state.visit();
        let next = match (self.state.visit().clone(), report) {
            (State::Printing { visit, reprint, .. }, report) if visit.issued.ticket == ticket => {
                after_print(visit, reprint, report)
            }
            // The paper came after all, or certainly will not.
            (State::Unprinted { visit, reprinted, why }, PrintReport::Printed | PrintReport::Failed)
                if visit.issued.ticket == ticket && why != Unprinted::ByChoice =>
            {
                after_print(visit, reprinted, report)
            }
            // An earlier visitor's paper.
            _ => return,
        };
        if covered {
            *self.state.visit_mut() = next;
        } else {
            self.enter(next, now, effects);
        }
    }

    fn no_ticket(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Ready { visit, reprinted, .. } = self.state.clone() {
            self.enter(State::Unprinted { visit, why: Unprinted::Lost, reprinted }, now, effects);
        }
    }

    fn print_again(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Unprinted { visit, .. } = self.state.clone() {
            effects.push(Effect::Reprint(visit.issued.ticket));
            self.enter(State::Printing { visit, reprint: true, slow: false }, now, effects);
        }
    }

    fn stay(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Ready { left, .. } | State::Thanks { left } = &mut self.state {
            *left = None;
            let state = self.state.clone();
            self.enter(state, now, effects);
        }
    }

    fn answer(&mut self, rank: u8, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Question { mut answers, mut suspect } = self.state.clone() {
            if answers.is_empty() {
                suspect = self.last_answer.is_some_and(|last| now.saturating_sub(last) < SUSPECT);
            }
            answers.push(rank);
            if answers.len() < self.questions() {
                self.enter(State::Question { answers, suspect }, now, effects);
            } else {
                self.count(answers, suspect, now, effects);
                self.enter(State::Thanks { left: None }, now, effects);
            }
        }
    }

    fn skip(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Question { answers, suspect } = self.state.clone() {
            self.count(answers, suspect, now, effects);
            self.enter(State::Thanks { left: None }, now, effects);
        }
    }

    /// The button is there on every screen, also where a person has been called already; a number is waited for first,
    /// which takes no time that a person notices.
    fn call_button(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        match &self.state {
            State::Help { progress: HelpProgress::Told | HelpProgress::Coming, .. } | State::Issuing { .. } => {}
            State::Help { progress: HelpProgress::Nobody, .. }
            | State::Home
            | State::Languages { .. }
            | State::Services { .. }
            | State::Detail { .. }
            | State::Printing { .. }
            | State::Ready { .. }
            | State::Unprinted { .. }
            | State::Question { .. }
            | State::Thanks { .. }
            | State::StillThere { .. }
            | State::OutOfOrder => self.call_person(now, effects),
        }
    }

    fn call_person(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let under = Box::new(match &self.state {
            // The question whether somebody is there has its answer.
            State::StillThere { under, .. } | State::Help { under, .. } => (**under).clone(),
            state @ (State::Home
            | State::Languages { .. }
            | State::Services { .. }
            | State::Detail { .. }
            | State::Issuing { .. }
            | State::Printing { .. }
            | State::Ready { .. }
            | State::Unprinted { .. }
            | State::Question { .. }
            | State::Thanks { .. }
            | State::OutOfOrder) => state.clone(),
        });
        if self.help.is_none() {
            effects.push(Effect::RequestHelp);
        }
        let progress = if self.uplink { HelpProgress::Told } else { HelpProgress::Nobody };
        self.enter(State::Help { progress, under }, now, effects);
    }

    fn help_opened(&mut self, help: HelpId, effects: &mut Vec<Effect>) {
        if matches!(self.state, State::Help { progress: HelpProgress::Told, .. }) {
            self.help = Some(help);
        } else {
            // Nobody can hear it now: it is kept for the count, and rings nowhere hours later.
            effects.push(Effect::CancelHelp(help));
        }
    }

    /// The call reaches nobody now: the desk is named at once.
    fn nobody_comes(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Help { progress: HelpProgress::Told, under } = self.state.clone() {
            self.enter(State::Help { progress: HelpProgress::Nobody, under }, now, effects);
        }
    }

    fn help_news(&mut self, help: HelpId, news: HelpProgress, now: Duration, effects: &mut Vec<Effect>) {
        if self.help != Some(help) {
            return;
        }
        if let State::Help { progress, under } = self.state.clone()
            && progress != news
            && (progress, news) != (HelpProgress::Nobody, HelpProgress::Told)
        {
            if news == HelpProgress::Coming {
                self.help = None;
            }
            self.enter(State::Help { progress: news, under }, now, effects);
        }
    }

    fn timed_out(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        match self.state.clone() {
            // Nothing to lose: the next visitor finds French again.
            _ if self.is_home() => self.lang = Language::default(),
            State::Home | State::OutOfOrder => self.go_home(now, effects),
            State::Issuing { service, paperless, .. } => {
                self.state = State::Issuing { service, paperless, slow: true };
                self.start(Some(state::PRINT_TIME_OUT), effects);
            }
            State::Printing { visit, reprint, slow: false } => {
                let whole = state::PRINT_TIME_OUT.max(Duration::from_millis(visit.issued.paper_ms));
                self.state = State::Printing { visit, reprint, slow: true };
                self.start(Some(whole - state::SLOW_PRINT), effects);
            }
            State::Printing { visit, reprint, slow: true } => {
                self.enter(State::Unprinted { visit, why: Unprinted::Lost, reprinted: reprint }, now, effects);
            }
            State::Ready { visit, unsure, reprinted, left } => match step(left) {
                Some(left) => self.tick(State::Ready { visit, unsure, reprinted, left: Some(left) }, effects),
                None => self.go_home(now, effects),
            },
            State::Thanks { left } => match step(left) {
                Some(left) => self.tick(State::Thanks { left: Some(left) }, effects),
                None => self.go_home(now, effects),
            },
            State::StillThere { left, under } => match step(Some(left)) {
                Some(left) => self.tick(State::StillThere { left, under }, effects),
                None => self.go_home(now, effects),
            },
            State::Help { progress: HelpProgress::Told, under } => {
                self.enter(State::Help { progress: HelpProgress::Nobody, under }, now, effects);
            }
            under @ (State::Languages { .. }
            | State::Services { .. }
            | State::Detail { .. }
            | State::Unprinted { .. }
            | State::Question { .. }
            | State::Help { .. }) => {
                let under = Box::new(under);
                self.enter(State::StillThere { left: state::COUNTDOWN_S, under }, now, effects);
            }
        }
    }

    /// A second of a countdown: the same screen with another number.
    fn tick(&mut self, state: State, effects: &mut Vec<Effect>) {
        self.state = state;
        self.start(Some(state::STEP), effects);
    }

    /// How many people wait for a service, unless that is old news.
    pub(crate) fn wait(&self, service: &ServiceId, now: Duration) -> Option<crate::input::Wait> {
        let (waits, at) = self.waits.as_ref()?;
        if now.saturating_sub(*at) > WAITS_STALE { None } else { waits.get(service).copied() }
    }
}

/// Where a print that ended leads.
fn after_print(visit: Visit, reprinted: bool, report: PrintReport) -> State {
    match report {
        PrintReport::Printed => State::Ready { visit, unsure: false, reprinted, left: None },
        PrintReport::Sent => State::Ready { visit, unsure: true, reprinted, left: None },
        PrintReport::Failed => State::Unprinted { visit, why: Unprinted::Failed, reprinted },
        PrintReport::Lost => State::Unprinted { visit, why: Unprinted::Lost, reprinted },
    }
}

fn step(left: Option<u8>) -> Option<u8> {
    match left {
        None => Some(state::COUNTDOWN_S),
        Some(0 | 1) => None,
        Some(n) => Some(n - 1),
    }
}
