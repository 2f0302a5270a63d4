//! Every line by its selector: each kind has a back-end of its own.

use super::character_device;
#[cfg(feature = "virtual")]
use super::fake::FakeBoards;
use super::lines::{Input, InputOptions, LineError, LineEvents, Lines, Output, OutputOptions};
use super::raspberry_pi::RaspberryPi;
use super::selector::LineSelector;

/// All lines that this machine can reach.
#[derive(Debug, Default)]
pub struct Board {
    pi: RaspberryPi,
    #[cfg(feature = "virtual")]
    fakes: FakeBoards,
}

impl Lines for Board {
    fn input(&mut self, line: &LineSelector, options: &InputOptions, events: LineEvents) -> Result<Input, LineError> {
        match line {
            LineSelector::Pi { bcm } => self.pi.input(*bcm, options, events),
            LineSelector::Named { .. } | LineSelector::Chip { .. } => character_device::input(line, options, events),
            #[cfg(feature = "virtual")]
            LineSelector::Fake { script, .. } => self.fakes.board(script, line)?.input(line, options, events),
            #[cfg(not(feature = "virtual"))]
            LineSelector::Fake { .. } => Err(LineError::NoFakes { line: line.clone() }),
        }
    }

    fn output(&mut self, line: &LineSelector, options: OutputOptions) -> Result<Box<dyn Output>, LineError> {
        match line {
            LineSelector::Pi { bcm } => self.pi.output(*bcm, options),
            LineSelector::Named { .. } | LineSelector::Chip { .. } => character_device::output(line, options),
            #[cfg(feature = "virtual")]
            LineSelector::Fake { script, .. } => self.fakes.board(script, line)?.output(line, options),
            #[cfg(not(feature = "virtual"))]
            LineSelector::Fake { .. } => Err(LineError::NoFakes { line: line.clone() }),
        }
    }
}
