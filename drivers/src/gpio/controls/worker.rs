//! The thread of the controls: sleeps until an edge, a request or a deadline.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::super::buzzer::Sound;
use super::super::debounce::Settle;
use super::super::light::Light;
use super::super::lines::{Input, LineError, LineEvent, Lines, Output};
use super::logic::{Action, Logic};
use super::{ControlEvent, ControlOptions, OutputLine, Part};

/// When a part that could not be had is asked for again, and at most how much later each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// What the thread is woken by.
#[derive(Debug)]
pub(super) enum Message {
    Line { part: Part, request: u64, event: LineEvent },
    Show(Light),
    Sound(Sound),
    Stop,
}

pub(super) struct Worker<F> {
    options: ControlOptions,
    post: Sender<Message>,
    inbox: Receiver<Message>,
    on_event: F,
    logic: Logic,
    fittings: Vec<Fitting>,
    requests: u64,
    // After the fittings: a back-end outlives its lines.
    lines: Box<dyn Lines>,
}

/// A part that is fitted.
struct Fitting {
    part: Part,
    state: State,
    /// Whether it was told as unavailable, and with which text.
    told: Option<String>,
    /// Since when it has worked, if it ever has.
    works_since: Option<Instant>,
    /// How long to wait before it is asked for again.
    retry: Duration,
}

enum State {
    Watching { request: u64, _input: Input },
    Driving(Switched),
    Waiting { until: Instant },
    GivenUp,
}

/// An output that is switched off when it is dropped, whatever the cause.
struct Switched(Box<dyn Output>);

impl Drop for Switched {
    fn drop(&mut self) {
        if let Err(error) = self.0.set(false) {
            tracing::warn!(%error, "an output could not be switched off");
        }
    }
}

impl<F: FnMut(ControlEvent)> Worker<F> {
    pub(super) fn new(
        lines: Box<dyn Lines>,
        options: ControlOptions,
        post: Sender<Message>,
        inbox: Receiver<Message>,
        on_event: F,
    ) -> Self {
        let now = Instant::now();
        let settle = |line: &Option<super::InputLine>, inactive: Duration| {
            let active = line.as_ref().map_or(Duration::ZERO, |line| line.options.debounce);
            Settle { active, inactive: inactive.max(active) }
        };
        let button = settle(&options.button, Duration::ZERO);
        let presence = settle(&options.presence, options.presence_hold);
        let fitted = [
            (Part::Button, options.button.is_some()),
            (Part::Presence, options.presence.is_some()),
            (Part::Ring, options.ring.is_some()),
            (Part::Buzzer, options.buzzer.is_some()),
        ];
        let fittings = fitted
            .into_iter()
            .filter(|(_, fitted)| *fitted)
            .map(|(part, _)| Fitting {
                part,
                state: State::Waiting { until: now },
                told: None,
                works_since: None,
                retry: FIRST_RETRY,
            })
            .collect();
        Self { options, post, inbox, on_event, logic: Logic::new(button, presence, now), fittings, requests: 0, lines }
    }

    pub(super) fn run(mut self) {
        let mut actions = Vec::new();
        loop {
            let now = Instant::now();
            self.ask_again(now, &mut actions);
            self.logic.tick(now, &mut actions);
            self.perform(&mut actions);
            let Some(message) = self.next_message() else {
                return;
            };
            let now = Instant::now();
            match message {
                None => {}
                Some(Message::Stop) => return,
                Some(Message::Show(light)) => self.logic.show(light, now),
                Some(Message::Sound(sound)) => self.logic.sound(sound, now),
                Some(Message::Line { part, request, event }) => self.line(part, request, event, now, &mut actions),
            }
        }
    }

    /// `Some(None)` at a deadline, `None` when nobody can wake this thread any more.
    fn next_message(&self) -> Option<Option<Message>> {
        let now = Instant::now();
        let retry = self.fittings.iter().filter_map(|fitting| match fitting.state {
            State::Waiting { until } => Some(until),
            State::Watching { .. } | State::Driving(_) | State::GivenUp => None,
        });
        match retry.chain(self.logic.due(now)).min() {
            None => self.inbox.recv().ok().map(Some),
            Some(due) => match self.inbox.recv_timeout(due.saturating_duration_since(now)) {
                Ok(message) => Some(Some(message)),
                Err(RecvTimeoutError::Timeout) => Some(None),
                Err(RecvTimeoutError::Disconnected) => None,
            },
        }
    }

    fn line(&mut self, part: Part, request: u64, event: LineEvent, now: Instant, actions: &mut Vec<Action>) {
        let of_now = |fitting: &Fitting| match fitting.state {
            State::Watching { request: current, .. } => fitting.part == part && current == request,
            State::Driving(_) | State::Waiting { .. } | State::GivenUp => false,
        };
        let Some(index) = self.fittings.iter().position(of_now) else {
            return;
        };
        match event {
            LineEvent::Edge { active, at } => self.logic.edge(part, active, at.min(now), actions),
            LineEvent::Lost(error) => {
                self.logic.lost(part, actions);
                self.perform(actions);
                self.unavailable(index, error, now);
            }
        }
    }

    fn ask_again(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for index in 0..self.fittings.len() {
            let State::Waiting { until } = self.fittings[index].state else {
                continue;
            };
            if until > now {
                continue;
            }
            let part = self.fittings[index].part;
            match self.request(part, now, actions) {
                Ok(state) => {
                    self.fittings[index].state = state;
                    self.fittings[index].told = None;
                    self.fittings[index].works_since = Some(now);
                    (self.on_event)(ControlEvent::Available(part));
                }
                Err(error) => self.unavailable(index, error, now),
            }
        }
    }

    fn request(&mut self, part: Part, now: Instant, actions: &mut Vec<Action>) -> Result<State, LineError> {
        let input = match part {
            Part::Button => &self.options.button,
            Part::Presence => &self.options.presence,
            Part::Ring => return self.drive(part, self.options.ring.clone()),
            Part::Buzzer => return self.drive(part, self.options.buzzer.clone()),
        };
        let Some(input) = input else {
            return Ok(State::GivenUp);
        };
        self.requests += 1;
        let request = self.requests;
        let post = self.post.clone();
        // Refused once the thread has ended: nobody listens then.
        let events = Box::new(move |event| drop(post.send(Message::Line { part, request, event })));
        let input = self.lines.input(&input.line, &input.options, events)?;
        self.logic.found(part, input.active, now, actions);
        Ok(State::Watching { request, _input: input })
    }

    fn drive(&mut self, part: Part, output: Option<OutputLine>) -> Result<State, LineError> {
        let Some(output) = output else {
            return Ok(State::GivenUp);
        };
        let mut switched = Switched(self.lines.output(&output.line, output.options)?);
        if self.logic.level(part) {
            switched.0.set(true)?;
        }
        Ok(State::Driving(switched))
    }

    fn perform(&mut self, actions: &mut Vec<Action>) {
        for action in actions.drain(..) {
            match action {
                Action::Tell(event) => (self.on_event)(event),
                Action::Set(part, active) => {
                    let set = |fitting: &mut Fitting| match &mut fitting.state {
                        State::Driving(output) if fitting.part == part => output.0.set(active).err(),
                        State::Driving(_) | State::Watching { .. } | State::Waiting { .. } | State::GivenUp => None,
                    };
                    let failed = self.fittings.iter_mut().enumerate().find_map(|(i, f)| set(f).map(|error| (i, error)));
                    if let Some((index, error)) = failed {
                        self.unavailable(index, error, Instant::now());
                    }
                }
            }
        }
    }

    fn unavailable(&mut self, index: usize, error: LineError, now: Instant) {
        let fitting = &mut self.fittings[index];
        // One that worked for a moment only is asked for less and less often as well.
        if fitting.works_since.take().is_some_and(|since| now.saturating_duration_since(since) > LAST_RETRY) {
            fitting.retry = FIRST_RETRY;
        }
        fitting.state = if error.may_pass() { State::Waiting { until: now + fitting.retry } } else { State::GivenUp };
        fitting.retry = (fitting.retry * 2).min(LAST_RETRY);
        let text = error.to_string();
        if fitting.told.as_ref() != Some(&text) {
            fitting.told = Some(text);
            (self.on_event)(ControlEvent::Unavailable { part: fitting.part, error });
        }
    }
}
