//! The virtual printer's inside: commands in, paper and answers out.

use std::path::PathBuf;

use super::command::{Command, Parser, UnknownCommand};
use super::output::Output;
use super::page::decode;
use super::reaction::Reaction;
use super::sensors::Sensors;
use super::sheet::{Cell, LINE_SPACING, LONGEST_SLIP, Sheet};
use super::typeface::Typeface;
use super::{VirtualError, VirtualEvent, VirtualOptions};

/// A printer between two cuts.
#[derive(Debug)]
pub(super) struct Machine {
    parser: Parser,
    settings: Settings,
    sheet: Sheet,
    typeface: Typeface,
    output: Output,
    code_page: u8,
    pub(super) sensors: Sensors,
    /// `GS a` has switched it on.
    pub(super) tells_status: bool,
    /// The status is to be told although it has not changed.
    pub(super) status_due: bool,
    /// The next cut fails.
    pub(super) cutter_jams: bool,
    /// What cannot be understood is skipped until `ESC @`: a link ended in the middle of a command.
    pub(super) forgiving: bool,
}

/// What `ESC @` resets.
#[derive(Debug, Clone, Copy)]
struct Settings {
    align: u8,
    bold: bool,
    white_on_black: bool,
    size: u8,
    code_page: u8,
    vertical_units: u8,
}

impl Settings {
    const fn initial() -> Self {
        Self { align: 0, bold: false, white_on_black: false, size: 0, code_page: 0, vertical_units: 203 }
    }
}

impl Machine {
    pub(super) fn new(options: &VirtualOptions) -> Result<Self, VirtualError> {
        let output = Output::open(&options.folder)
            .map_err(|source| VirtualError::Folder { folder: options.folder.clone(), source })?;
        Ok(Self::of(options.width_dots, options.code_page, Typeface::open(&options.fonts)?, output))
    }

    /// One whose slips are thrown away.
    pub(super) fn without_slips(width_dots: u16, code_page: u8) -> Self {
        Self::of(width_dots, code_page, Typeface::Blocks, Output::nowhere())
    }

    fn of(width_dots: u16, code_page: u8, typeface: Typeface, output: Output) -> Self {
        Self {
            parser: Parser::default(),
            settings: Settings::initial(),
            sheet: Sheet::new(usize::from(width_dots)),
            typeface,
            output,
            code_page,
            sensors: Sensors::all_well(),
            tells_status: false,
            status_due: false,
            cutter_jams: false,
            forgiving: false,
        }
    }

    /// A command has begun and not ended.
    pub(super) fn in_mid_command(&self) -> bool {
        self.parser.in_mid_command()
    }

    /// Switched off and on; what is on paper stays there.
    pub(super) fn power_cycle(&mut self) {
        self.parser.reset();
        self.initialize();
    }

    /// Writes why the printer stopped beside the slips.
    pub(super) fn note_failure(&mut self, reason: &str) {
        if let Err(error) = self.output.error(reason) {
            tracing::error!(%error, "the reason could not be written beside the slips");
        }
    }

    /// Works on one byte.
    pub(super) fn push(&mut self, byte: u8, reaction: &mut Reaction) -> Result<(), String> {
        let worked = match self.parser.push(byte) {
            Ok(None) => Ok(()),
            Ok(Some(command)) => self.execute(command, reaction),
            Err(UnknownCommand(bytes)) => {
                let listed: Vec<String> = bytes.iter().take(16).map(|b| format!("{b:02X}")).collect();
                Err(format!("unknown command {}", listed.join(" ")))
            }
        };
        if self.sheet.height() > LONGEST_SLIP {
            return Err(format!("{LONGEST_SLIP} rows without a cut"));
        }
        if self.forgiving { Ok(()) } else { worked }
    }

    fn initialize(&mut self) {
        self.settings = Settings::initial();
        self.sheet.line_spacing = LINE_SPACING;
        // "Clears the data in the print buffer" (Epson ESC/POS reference, `ESC @`).
        self.sheet.drop_line();
        self.tells_status = false;
        self.forgiving = false;
    }

    fn execute(&mut self, command: Command, reaction: &mut Reaction) -> Result<(), String> {
        match command {
            Command::Nothing | Command::RealTime | Command::AsAlways => {}
            Command::Character(byte) => self.character(byte)?,
            Command::LineFeed => self.sheet.end_line(self.settings.align, &mut self.typeface),
            Command::Initialize => self.initialize(),
            Command::Align(align) => {
                self.between_lines("ESC a")?;
                self.settings.align = align;
            }
            Command::Bold(on) => self.settings.bold = on,
            Command::CodePage(page) => {
                if page != self.code_page {
                    return Err(format!("ESC t {page} selects a page this model has not"));
                }
                self.settings.code_page = page;
            }
            Command::FeedUnits(units) => {
                self.sheet.print_and_feed(self.settings.align, self.dots(units), &mut self.typeface);
            }
            Command::FeedLines(lines) => {
                self.sheet.print_and_feed(self.settings.align, 0, &mut self.typeface);
                self.sheet.feed_lines(lines);
            }
            Command::LineSpacing(units) => {
                self.sheet.line_spacing = units.map_or(LINE_SPACING, |units| self.dots(units));
            }
            Command::Size(size) => self.settings.size = size,
            Command::Plain => {
                self.settings.size = 0;
                self.settings.bold = false;
            }
            Command::WhiteOnBlack(on) => self.settings.white_on_black = on,
            Command::MotionUnits(_, vertical) => self.settings.vertical_units = vertical,
            Command::MoveTo(dots) => self.move_to(usize::from(dots))?,
            Command::MoveBy(dots) => self.move_to(self.sheet.used() + usize::from(dots))?,
            Command::PrintWidth(dots) => {
                if usize::from(dots) != self.sheet.width() {
                    return Err(format!("GS W {dots} is not the width of the paper"));
                }
            }
            Command::Picture { row_bytes, rows } => self.picture(row_bytes, &rows)?,
            Command::Cut => self.cut(reaction)?,
            Command::ProcessId([d1, d2, d3, d4]) => reaction.answer(&[0x37, 0x22, d1, d2, d3, d4, 0]),
            Command::AutomaticStatus(wanted) => {
                self.tells_status = wanted != 0;
                self.status_due = self.tells_status;
            }
            Command::AskPaper => reaction.answer(&[self.sensors.paper()]),
            Command::AskIdentity(n) => reaction.answer(&identity(n)),
        }
        Ok(())
    }

    /// Vertical units as dots of the head.
    fn dots(&self, units: u8) -> usize {
        usize::from(units) * 203 / usize::from(self.settings.vertical_units.max(1))
    }

    fn character(&mut self, byte: u8) -> Result<(), String> {
        let character = if byte < 0x80 {
            char::from(byte)
        } else if self.settings.code_page == self.code_page {
            decode(byte).ok_or_else(|| format!("byte {byte:02X} is no character of the page"))?
        } else {
            return Err(format!("byte {byte:02X} comes before a page was selected"));
        };
        let cell = Cell {
            character,
            widths: usize::from(self.settings.size >> 4) + 1,
            heights: usize::from(self.settings.size & 0x0F) + 1,
            bold: self.settings.bold,
            white_on_black: self.settings.white_on_black,
        };
        self.sheet.character(cell, self.settings.align, &mut self.typeface);
        Ok(())
    }

    fn picture(&mut self, row_bytes: usize, rows: &[u8]) -> Result<(), String> {
        self.between_lines("GS v 0")?;
        if row_bytes * 8 > self.sheet.width() {
            return Err(format!(
                "a picture of {} dots is wider than the paper's {}",
                row_bytes * 8,
                self.sheet.width()
            ));
        }
        self.sheet.picture(row_bytes, rows, self.settings.align);
        Ok(())
    }

    fn move_to(&mut self, dots: usize) -> Result<(), String> {
        let used = self.sheet.used();
        if dots < used || dots > self.sheet.width() {
            return Err(format!(
                "a position of {dots} dots, after {used} of {}, prints over or off",
                self.sheet.width()
            ));
        }
        if dots > used {
            self.sheet.gap(dots - used);
        }
        Ok(())
    }

    fn between_lines(&self, command: &str) -> Result<(), String> {
        if self.sheet.at_line_start() {
            Ok(())
        } else {
            Err(format!("{command} comes in the middle of a line, where printers ignore it"))
        }
    }

    /// Cuts, or finds that the blade is stuck: then the cut is owed.
    pub(super) fn cut(&mut self, reaction: &mut Reaction) -> Result<(), String> {
        self.sheet.print_and_feed(self.settings.align, 0, &mut self.typeface);
        if self.cutter_jams {
            self.sensors.cutter_stuck = true;
            reaction.tell(VirtualEvent::CutterStuck);
            return Ok(());
        }
        let next = Sheet::new(self.sheet.width());
        let sheet = std::mem::replace(&mut self.sheet, next);
        self.sheet.line_spacing = sheet.line_spacing;
        if sheet.is_blank() {
            return Ok(());
        }
        let picture: PathBuf =
            self.output.slip(&sheet).map_err(|error| format!("the slip cannot be written ({error})"))?;
        reaction.tell(VirtualEvent::Cut { picture });
        Ok(())
    }
}

/// The answer to `GS I n`: one byte, or a text between 5F and NUL.
fn identity(n: u8) -> Vec<u8> {
    let text = match n {
        1 => return vec![0x20],
        // Bit 1: there is a cutter.
        2 => return vec![0x02],
        3 => return vec![0x01],
        65 => super::FIRMWARE,
        66 => super::MAKER,
        67 => super::MODEL,
        _ => super::SERIAL,
    };
    [b"_", text.as_bytes(), b"\0"].concat()
}
