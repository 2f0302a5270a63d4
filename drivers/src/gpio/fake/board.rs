//! A board in memory: levels, who watches them, and what was driven.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::lines::{Input, InputOptions, LineError, LineEvent, LineEvents, Lines, Output, OutputOptions, Pull};
use super::super::selector::LineSelector;

/// How much of what was driven is remembered.
const MEMORY: usize = 4096;

/// A board whose inputs a test or a script drives, and whose outputs it sees. Levels are physical: `true` is high.
///
/// A line that was not declared, an input used as an output and the reverse stop whoever asks, with a sentence.
#[derive(Debug, Clone, Default)]
pub struct FakeBoard {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: BTreeMap<String, Line>,
    unplugged: bool,
    /// Why the board stopped for good.
    failure: Option<String>,
    driven: VecDeque<Driven>,
    /// Where what was driven is written, a line each: `RING high`.
    log: Option<File>,
}

#[derive(Debug)]
struct Line {
    output: bool,
    /// What drives it from outside, or what it drives.
    level: Option<bool>,
    held: Option<Held>,
}

/// Who holds a line.
struct Held {
    pull: Pull,
    active_low: bool,
    events: Option<LineEvents>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("pull", &self.pull).field("active_low", &self.active_low).finish_non_exhaustive()
    }
}

/// A level that a program drove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driven {
    /// The output.
    pub name: String,
    /// The physical level.
    pub high: bool,
    /// When.
    pub at: Instant,
}

impl FakeBoard {
    /// A board with these lines.
    pub fn new(inputs: &[&str], outputs: &[&str]) -> Self {
        let board = Self::default();
        for (names, output) in [(inputs, false), (outputs, true)] {
            names.iter().for_each(|name| board.declare(name, output));
        }
        board
    }

    /// Adds a line.
    pub fn declare(&self, name: &str, output: bool) {
        let line = Line { output, level: None, held: None };
        self.lock().lines.insert(name.to_owned(), line);
        self.shared.changed.notify_all();
    }

    /// Whether there is such a line, used that way.
    pub(super) fn has(&self, name: &str, output: bool) -> bool {
        self.lock().find(name, output).is_ok()
    }

    /// Drives an input from outside, or lets go of it.
    pub fn set(&self, name: &str, level: Option<bool>) -> Result<(), String> {
        let mut state = self.lock();
        let line = state.find(name, false)?;
        let before = line.active();
        line.level = level;
        let active = line.active();
        if active != before
            && let Some(events) = line.held.as_mut().and_then(|held| held.events.as_mut())
        {
            events(LineEvent::Edge { active, at: Instant::now() });
        }
        Ok(())
    }

    /// The physical level that an output is driven to; `None` for one that nobody drives.
    pub fn output(&self, name: &str) -> Result<Option<bool>, String> {
        let mut state = self.lock();
        let line = state.find(name, true)?;
        Ok(line.level)
    }

    /// Waits until an output is driven to a level; `false` when the time is up.
    pub fn wait_for(&self, name: &str, high: bool, limit: Duration) -> Result<bool, String> {
        let end = Instant::now() + limit;
        let mut state = self.lock();
        loop {
            if state.find(name, true)?.level == Some(high) {
                return Ok(true);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What was driven, in order: the last 4096 levels.
    pub fn driven(&self) -> Vec<Driven> {
        self.lock().driven.iter().cloned().collect()
    }

    /// Writes from now on what is driven, and why the board stopped.
    pub(super) fn log_to(&self, log: File) {
        self.lock().log = Some(log);
    }

    /// Takes the chip away: inputs are lost, outputs refuse.
    pub fn unplug(&self) {
        let mut state = self.lock();
        state.unplugged = true;
        for (name, line) in &mut state.lines {
            line.level = None;
            if let Some(mut events) = line.held.take().and_then(|held| held.events) {
                events(LineEvent::Lost(gone(&any(name))));
            }
        }
    }

    /// Brings it back.
    pub fn plug(&self) {
        self.lock().unplugged = false;
    }

    /// Stops the board for good: whoever watches it is told why.
    pub fn fail(&self, what: &str) {
        let mut state = self.lock();
        tracing::error!(%what, "the fake GPIO board stops");
        state.failure = Some(what.to_owned());
        state.write(&format!("error: {what}"));
        for (name, line) in &mut state.lines {
            if let Some(mut events) = line.held.take().and_then(|held| held.events) {
                events(LineEvent::Lost(LineError::Script { line: any(name), what: what.to_owned() }));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a line for a program.
    fn hold(&self, line: &LineSelector, output: bool, held: Held) -> Result<(String, bool), LineError> {
        let mut state = self.lock();
        if let Some(what) = &state.failure {
            return Err(LineError::Script { line: line.clone(), what: what.clone() });
        }
        if state.unplugged {
            return Err(LineError::NoChip { line: line.clone() });
        }
        let name = match line {
            LineSelector::Fake { name, .. } | LineSelector::Named { name } => name.clone(),
            LineSelector::Pi { .. } | LineSelector::Chip { .. } => line.to_string(),
        };
        let found = state.find(&name, output).map_err(|what| LineError::Script { line: line.clone(), what })?;
        if found.held.is_some() {
            return Err(LineError::Busy { line: line.clone(), by: "another control of this borne".to_owned() });
        }
        found.held = Some(held);
        Ok((name, found.active()))
    }
}

impl State {
    fn write(&mut self, line: &str) {
        if let Some(Err(error)) = self.log.as_mut().map(|log| writeln!(log, "{line}")) {
            tracing::error!(%error, "what the fake board drives cannot be written");
            self.log = None;
        }
    }

    fn find(&mut self, name: &str, output: bool) -> Result<&mut Line, String> {
        let known: Vec<&str> = self.lines.keys().map(String::as_str).collect();
        let known = known.join(", ");
        match self.lines.get_mut(name) {
            None => Err(format!("the fake board has no line {name:?}, only these: {known}")),
            Some(line) if line.output != output => {
                let (is, was) = if output { ("an input", "an output") } else { ("an output", "an input") };
                Err(format!("the fake board's line {name:?} is {is}, and was asked for as {was}"))
            }
            Some(line) => Ok(line),
        }
    }
}

impl Line {
    /// As the holder sees it.
    fn active(&self) -> bool {
        let (pull, active_low) = self.held.as_ref().map_or((Pull::None, false), |held| (held.pull, held.active_low));
        self.level.unwrap_or(pull == Pull::Up) != active_low
    }
}

impl Lines for FakeBoard {
    fn input(&mut self, line: &LineSelector, options: &InputOptions, events: LineEvents) -> Result<Input, LineError> {
        let held = Held { pull: options.pull, active_low: options.active_low, events: Some(events) };
        let (name, active) = self.hold(line, false, held)?;
        Ok(Input { active, watch: Box::new(Release { board: self.clone(), name }) })
    }

    fn output(&mut self, line: &LineSelector, options: OutputOptions) -> Result<Box<dyn Output>, LineError> {
        let held = Held { pull: Pull::None, active_low: options.active_low, events: None };
        let (name, _) = self.hold(line, true, held)?;
        let release = Release { board: self.clone(), name };
        let mut output = FakeOutput { line: line.clone(), active_low: options.active_low, release };
        output.set(false)?;
        Ok(Box::new(output))
    }
}

/// Gives a line back.
struct Release {
    board: FakeBoard,
    name: String,
}

impl Drop for Release {
    fn drop(&mut self) {
        if let Some(line) = self.board.lock().lines.get_mut(&self.name) {
            line.held = None;
        }
    }
}

struct FakeOutput {
    line: LineSelector,
    active_low: bool,
    release: Release,
}

impl Output for FakeOutput {
    fn set(&mut self, active: bool) -> Result<(), LineError> {
        let Release { board, name } = &self.release;
        let mut state = board.lock();
        if state.unplugged {
            return Err(gone(&self.line));
        }
        let high = active != self.active_low;
        if let Some(line) = state.lines.get_mut(name) {
            line.level = Some(high);
        }
        state.write(&format!("{name} {}", if high { "high" } else { "low" }));
        if state.driven.len() == MEMORY {
            state.driven.pop_front();
        }
        state.driven.push_back(Driven { name: name.clone(), high, at: Instant::now() });
        board.shared.changed.notify_all();
        Ok(())
    }
}

fn gone(line: &LineSelector) -> LineError {
    LineError::Gone { line: line.clone(), source: Box::new(std::io::Error::from(std::io::ErrorKind::NotConnected)) }
}

fn any(name: &str) -> LineSelector {
    LineSelector::Named { name: name.to_owned() }
}
