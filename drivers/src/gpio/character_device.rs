//! `line:` and `chip:`: any chip's character device, through gpiocdev.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value};
use gpiocdev::{Chip, Request};
use rustix::event::{PollFd, PollFlags, poll};

use super::kernel_clock::instant_of;
use super::lines::{Input, InputOptions, LineError, LineEvent, LineEvents, Output, OutputOptions, Pull, UDEV_RULE};
use super::selector::LineSelector;

/// What other programs see as the holder of our lines.
const CONSUMER: &str = "borne";

pub(super) fn input(line: &LineSelector, options: &InputOptions, events: LineEvents) -> Result<Input, LineError> {
    let (chip, offset) = free_line(line)?;
    let mut request = Request::builder();
    request.on_chip(chip).with_consumer(CONSUMER).with_line(offset).as_input();
    if options.active_low {
        request.as_active_low();
    }
    match options.pull {
        // Asked for nothing, a chip without settable resistors accepts the line.
        Pull::None => {}
        Pull::Up => drop(request.with_bias(Bias::PullUp)),
        Pull::Down => drop(request.with_bias(Bias::PullDown)),
    }
    request.with_edge_detection(EdgeDetection::BothEdges);
    if !options.debounce.is_zero() {
        request.with_debounce_period(options.debounce);
    }
    let request = request.request().map_err(|error| refused(line, error))?;
    let active = request.value(offset).map_err(|error| refused(line, error))? == Value::Active;
    let watch = Watch::start(line.clone(), request, events).map_err(|error| refused(line, error))?;
    Ok(Input { active, watch: Box::new(watch) })
}

pub(super) fn output(line: &LineSelector, options: OutputOptions) -> Result<Box<dyn Output>, LineError> {
    let (chip, offset) = free_line(line)?;
    let mut request = Request::builder();
    request.on_chip(chip).with_consumer(CONSUMER).with_line(offset).as_output(Value::Inactive);
    if options.active_low {
        request.as_active_low();
    }
    let request = request.request().map_err(|error| refused(line, error))?;
    Ok(Box::new(ChipOutput { line: line.clone(), request, offset }))
}

struct ChipOutput {
    line: LineSelector,
    request: Request,
    offset: u32,
}

impl Output for ChipOutput {
    fn set(&mut self, active: bool) -> Result<(), LineError> {
        let gone = |error| LineError::Gone { line: self.line.clone(), source: Box::new(error) };
        self.request.set_value(self.offset, Value::from(active)).map_err(gone)
    }
}

/// A thread that sleeps on a line's descriptor.
struct Watch {
    /// Closed to end the thread.
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    fn start(line: LineSelector, request: Request, mut events: LineEvents) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        let thread = std::thread::Builder::new().name("gpio-line".to_owned()).spawn(move || {
            if let Err(source) = follow(&request, &woken, &mut events) {
                events(LineEvent::Lost(LineError::Gone { line, source }));
            }
        })?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.wake = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of a GPIO line panicked");
        }
    }
}

/// Hands edges on until woken.
fn follow(
    request: &Request,
    woken: &UnixStream,
    events: &mut LineEvents,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    loop {
        let mut sources = [PollFd::new(request, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut sources, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !sources[1].revents().is_empty() {
            return Ok(());
        }
        let happened = sources[0].revents();
        if happened.contains(PollFlags::IN) {
            let edge = request.read_edge_event()?;
            let at = instant_of(Duration::from_nanos(edge.timestamp_ns));
            events(LineEvent::Edge { active: edge.kind == EdgeKind::Rising, at });
        } else if !happened.is_empty() {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe).into());
        }
    }
}

/// The chip and offset of a line that nobody holds.
fn free_line(line: &LineSelector) -> Result<(PathBuf, u32), LineError> {
    let (chip, info) = match line {
        LineSelector::Chip { chip, offset } => (chip.clone(), offset_info(line, chip, *offset)?),
        LineSelector::Named { name } => named(line, name)?,
        LineSelector::Pi { .. } | LineSelector::Fake { .. } => {
            return Err(LineError::NoSuchLine { line: line.clone() });
        }
    };
    if info.used {
        let by = if info.consumer.is_empty() { "a driver of the kernel".to_owned() } else { info.consumer };
        return Err(LineError::Busy { line: line.clone(), by });
    }
    Ok((chip, info.offset))
}

fn offset_info(line: &LineSelector, path: &Path, offset: u32) -> Result<gpiocdev::line::Info, LineError> {
    let chip = Chip::from_path(path).map_err(|error| match opening(&error) {
        Some(io::ErrorKind::NotFound) => LineError::NoSuchLine { line: line.clone() },
        Some(io::ErrorKind::PermissionDenied) => forbidden(line, path),
        Some(_) | None => refused(line, error),
    })?;
    let lines = chip.info().map_err(|error| refused(line, error))?.num_lines;
    if offset >= lines {
        return Err(LineError::NoSuchLine { line: line.clone() });
    }
    chip.line_info(offset).map_err(|error| refused(line, error))
}

/// Looks on every chip: one name on two chips would make the choice depend on the order in which they were found.
fn named(line: &LineSelector, name: &str) -> Result<(PathBuf, gpiocdev::line::Info), LineError> {
    let paths = gpiocdev::chip::chips().map_err(|error| refused(line, error))?;
    if paths.is_empty() {
        return Err(LineError::NoChip { line: line.clone() });
    }
    let mut found = Vec::new();
    let mut closed = None;
    for path in paths {
        match Chip::from_path(&path) {
            Ok(chip) => {
                let infos = chip.line_info_iter().map_err(|error| refused(line, error))?;
                let named = infos.filter_map(Result::ok).filter(|info| info.name == name);
                found.extend(named.map(|info| (path.clone(), info)));
            }
            Err(error) if opening(&error) == Some(io::ErrorKind::PermissionDenied) => closed = Some(path),
            Err(error) => tracing::debug!(%error, chip = %path.display(), "a GPIO chip cannot be opened"),
        }
    }
    if found.len() > 1 {
        let choices = found.iter().map(|(chip, info)| format!("chip:{}:{}", chip.display(), info.offset)).collect();
        return Err(LineError::Ambiguous { line: line.clone(), choices });
    }
    match (found.pop(), closed) {
        (Some(found), _) => Ok(found),
        (None, Some(closed)) => Err(forbidden(line, &closed)),
        (None, None) => Err(LineError::NoSuchLine { line: line.clone() }),
    }
}

/// Why a chip's device could not be opened.
pub(super) fn opening(error: &gpiocdev::Error) -> Option<io::ErrorKind> {
    match error {
        gpiocdev::Error::Os(number) => Some(io::Error::from_raw_os_error(number.0).kind()),
        gpiocdev::Error::AbiLimitation(..)
        | gpiocdev::Error::GpioChip(..)
        | gpiocdev::Error::InvalidArgument(_)
        | gpiocdev::Error::NoGpioChips()
        | gpiocdev::Error::NonuniqueLineName(_)
        | gpiocdev::Error::Uapi(..)
        | gpiocdev::Error::UnexpectedResponse(..)
        | gpiocdev::Error::UnsupportedAbi(..)
        | gpiocdev::Error::NoAbiSupport() => None,
    }
}

fn forbidden(line: &LineSelector, node: &Path) -> LineError {
    LineError::Forbidden { line: line.clone(), node: node.to_owned(), rule: UDEV_RULE.to_owned() }
}

fn refused(line: &LineSelector, error: impl std::error::Error + Send + Sync + 'static) -> LineError {
    LineError::Refused { line: line.clone(), source: Box::new(error) }
}
