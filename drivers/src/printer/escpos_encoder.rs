//! The escpos crate as an encoder: its driver only collects bytes, for its delivery ignores partial writes.

use std::cell::RefCell;
use std::rc::Rc;

use escpos::driver::Driver;
use escpos::errors::{PrinterError, Result};
use escpos::printer::Printer;
use escpos::utils::{JustifyMode, Protocol};

/// Keeps what an encoder writes.
#[derive(Clone, Default)]
struct Collector(Rc<RefCell<Vec<u8>>>);

impl Driver for Collector {
    fn name(&self) -> String {
        "collector".to_owned()
    }

    fn write(&self, data: &[u8]) -> Result<()> {
        self.0.borrow_mut().extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _buffer: &mut [u8]) -> Result<usize> {
        Err(PrinterError::Input("an encoder has nothing to read".to_owned()))
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// The commands jobs are made of.
pub(super) struct EscposEncoder {
    printer: Printer<Collector>,
    collected: Collector,
}

impl EscposEncoder {
    pub(super) fn new() -> Self {
        let collected = Collector::default();
        Self { printer: Printer::new(collected.clone(), Protocol::default(), None), collected }
    }

    pub(super) fn initialize(&mut self) -> Result<()> {
        self.printer.init().map(drop)
    }

    pub(super) fn bold(&mut self, on: bool) -> Result<()> {
        self.printer.bold(on).map(drop)
    }

    pub(super) fn reverse(&mut self, on: bool) -> Result<()> {
        self.printer.reverse(on).map(drop)
    }

    /// Times the font's own size, 1 to 8.
    pub(super) fn size(&mut self, times: u8) -> Result<()> {
        self.printer.size(times, times).map(drop)
    }

    pub(super) fn justify(&mut self, mode: JustifyMode) -> Result<()> {
        self.printer.justify(mode).map(drop)
    }

    /// One motion unit is one dot of a 203 dpi head.
    pub(super) fn units_of_dots(&mut self) -> Result<()> {
        self.printer.motion_units(203, 203).map(drop)
    }

    /// `ESC J n`: prints what the line holds and feeds n units.
    pub(super) fn feed_dots(&mut self, dots: u8) -> Result<()> {
        self.raw(&[0x1B, b'J', dots])
    }

    /// Bytes as they are: text already encoded, and commands the crate lacks.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.printer.custom(bytes).map(drop)
    }

    pub(super) fn into_bytes(mut self) -> Result<Vec<u8>> {
        self.printer.print()?;
        Ok(self.collected.0.take())
    }
}
