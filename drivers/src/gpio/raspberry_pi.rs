//! `pi:`: the header of a Raspberry Pi, through rppal.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rppal::gpio::{Error, Event, Gpio, InputPin, Level, OutputPin, Trigger};

use super::kernel_clock::instant_of;
use super::lines::{Input, InputOptions, LineError, LineEvent, LineEvents, Output, OutputOptions, Pull, UDEV_RULE};
use super::selector::LineSelector;

/// The header, opened when a line of it is first asked for.
#[derive(Debug, Default)]
pub(super) struct RaspberryPi {
    header: Option<Gpio>,
}

impl RaspberryPi {
    pub(super) fn input(&mut self, bcm: u8, options: &InputOptions, events: LineEvents) -> Result<Input, LineError> {
        let line = LineSelector::Pi { bcm };
        let pin = self.header(&line)?.get(bcm).map_err(|error| refusal(&line, error))?;
        let mut pin = match options.pull {
            Pull::None => pin.into_input(),
            Pull::Up => pin.into_input_pullup(),
            Pull::Down => pin.into_input_pulldown(),
        };
        let closing = Arc::new(AtomicBool::new(false));
        let active_low = options.active_low;
        let mut follower = Follower { line: line.clone(), events, closing: Arc::clone(&closing) };
        let follow = move |event: Event| follower.edge(&event, active_low);
        pin.set_async_interrupt(Trigger::Both, Some(options.debounce), follow)
            .map_err(|error| refusal(&line, error))?;
        let active = pin.is_high() != active_low;
        Ok(Input { active, watch: Box::new(Watch { closing, _pin: pin }) })
    }

    pub(super) fn output(&mut self, bcm: u8, options: OutputOptions) -> Result<Box<dyn Output>, LineError> {
        let line = LineSelector::Pi { bcm };
        let pin = self.header(&line)?.get(bcm).map_err(|error| refusal(&line, error))?;
        let mut pin = if options.active_low { pin.into_output_high() } else { pin.into_output_low() };
        // A line that became an input again would float, and what hangs on it with it.
        pin.set_reset_on_drop(false);
        Ok(Box::new(HeaderOutput { pin, active_low: options.active_low }))
    }

    fn header(&mut self, line: &LineSelector) -> Result<Gpio, LineError> {
        if let Some(header) = &self.header {
            return Ok(header.clone());
        }
        let header = Gpio::new().map_err(|error| refusal(line, error))?;
        self.header = Some(header.clone());
        Ok(header)
    }
}

/// What rppal's thread calls. Where the kernel refuses the line, that thread ends without a word: all it does is to drop
/// this.
struct Follower {
    line: LineSelector,
    events: LineEvents,
    closing: Arc<AtomicBool>,
}

impl Follower {
    fn edge(&mut self, event: &Event, active_low: bool) {
        let high = event.trigger == Trigger::RisingEdge;
        (self.events)(LineEvent::Edge { active: high != active_low, at: instant_of(event.timestamp) });
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if !self.closing.load(Ordering::Acquire) {
            let by = "a driver or another program".to_owned();
            (self.events)(LineEvent::Lost(LineError::Busy { line: self.line.clone(), by }));
        }
    }
}

/// Keeps rppal's thread; its end is asked for before the pin is released.
struct Watch {
    closing: Arc<AtomicBool>,
    _pin: InputPin,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
    }
}

struct HeaderOutput {
    pin: OutputPin,
    active_low: bool,
}

impl Output for HeaderOutput {
    fn set(&mut self, active: bool) -> Result<(), LineError> {
        self.pin.write(Level::from(active != self.active_low));
        Ok(())
    }
}

fn refusal(line: &LineSelector, error: Error) -> LineError {
    let line = line.clone();
    let forbidden = |node: String| LineError::Forbidden {
        line: line.clone(),
        node: PathBuf::from(node),
        rule: UDEV_RULE.to_owned(),
    };
    match error {
        Error::UnknownModel => LineError::NotARaspberryPi { line },
        Error::PinNotAvailable(_) => LineError::NoSuchLine { line },
        Error::PinUsed(_) => LineError::Busy { line, by: "another control of this borne".to_owned() },
        Error::PermissionDenied(node) => forbidden(node),
        Error::Io(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            forbidden("/dev/gpiomem".to_owned())
        }
        Error::Io(_) | Error::ThreadPanic => LineError::Refused { line, source: Box::new(error) },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn off_a_raspberry_pi_each_line_says_so_and_nothing_panics() {
        let mut pi = RaspberryPi::default();
        let options = InputOptions { active_low: true, pull: Pull::Up, debounce: Duration::from_millis(20) };
        // No header has this number: on a Raspberry Pi nothing is touched, and the answer is another one.
        let input = pi.input(200, &options, Box::new(|event| panic!("{event:?}"))).unwrap_err();
        let output = pi.output(200, OutputOptions::default()).err().unwrap();
        let on_a_pi = rppal::system::DeviceInfo::new().is_ok();
        for error in [input, output] {
            let said = error.to_string();
            assert!(said.contains(if on_a_pi { "is on no chip" } else { "this machine is none" }), "{said}");
            assert_eq!(error.may_pass(), on_a_pi);
        }
    }

    #[test]
    fn what_rppal_says_becomes_a_sentence_with_a_remedy() {
        let line = LineSelector::Pi { bcm: 4 };
        let denied = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let cases = [
            (Error::PinNotAvailable(4), "is on no chip"),
            (Error::PinUsed(4), "in use by another control"),
            (Error::PermissionDenied("/dev/gpiochip0".to_owned()), "/dev/gpiochip0: add the udev rule `KERNEL=="),
            (Error::Io(denied()), "/dev/gpiomem: add the udev rule `KERNEL=="),
            (Error::Io(std::io::ErrorKind::NotFound.into()), "cannot be used"),
        ];
        for (error, expected) in cases {
            let said = refusal(&line, error).to_string();
            assert!(said.starts_with("pi:4") && said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_thread_of_rppal_that_ends_by_itself_is_told_and_one_that_was_asked_to_is_not() {
        for (closing, expected) in [(false, 1), (true, 0)] {
            let (sender, told) = std::sync::mpsc::channel();
            let follower = Follower {
                line: LineSelector::Pi { bcm: 4 },
                events: Box::new(move |event| sender.send(event).unwrap()),
                closing: Arc::new(AtomicBool::new(closing)),
            };
            drop(follower);
            assert_eq!(told.iter().filter(|event| matches!(event, LineEvent::Lost(_))).count(), expected);
        }
    }
}
