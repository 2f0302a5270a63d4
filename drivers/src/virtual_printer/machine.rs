//! The virtual printer itself: commands in, paper and answers out.

use std::path::PathBuf;

use super::command::{Command, Parser};
use super::output::Output;
use super::page::decode;
use super::sheet::{Cell, Sheet};
use super::typeface::Typeface;
use super::{VirtualError, VirtualEvent, VirtualOptions};
use crate::printer::Paper;

/// A printer between two cuts.
#[derive(Debug)]
pub(super) struct Machine {
    parser: Parser,
    settings: Settings,
    sheet: Sheet,
    typeface: Typeface,
    output: Output,
    code_page: u8,
    automatic_status: bool,
    paper: Paper,
    cover_open: bool,
    /// What came while the printer could not print.
    held: Vec<u8>,
    received: u64,
    failure: Option<String>,
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

/// What feeding bytes came to.
#[derive(Debug, Default)]
pub(super) struct Response {
    /// Bytes for the computer.
    pub(super) replies: Vec<u8>,
    /// What happened, in order.
    pub(super) events: Vec<VirtualEvent>,
}

impl Machine {
    pub(super) fn new(options: &VirtualOptions) -> Result<Self, VirtualError> {
        Ok(Self {
            parser: Parser::default(),
            settings: Settings::initial(),
            sheet: Sheet::new(usize::from(options.width_dots)),
            typeface: Typeface::open(&options.fonts)?,
            output: Output::open(&options.folder)
                .map_err(|source| VirtualError::Folder { folder: options.folder.clone(), source })?,
            code_page: options.code_page,
            automatic_status: false,
            paper: Paper::Ok,
            cover_open: false,
            held: Vec::new(),
            received: 0,
            failure: None,
        })
    }

    /// Why the printer stopped for good.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// A new link: what the old one left unfinished is forgotten, paper stays as it is.
    pub(super) fn link_made(&mut self) {
        self.parser.reset();
        self.held.clear();
        self.automatic_status = false;
    }

    /// Takes bytes, however they were split.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Response {
        let mut response = Response::default();
        self.received += bytes.len() as u64;
        self.held.extend_from_slice(bytes);
        self.work(&mut response);
        response
    }

    /// Changes what the sensors see; the printer tells if it was asked to, and goes on if it can.
    pub(super) fn set_condition(&mut self, paper: Paper, cover_open: bool) -> Response {
        let mut response = Response::default();
        self.paper = paper;
        self.cover_open = cover_open;
        if self.automatic_status {
            response.replies.extend(self.status());
        }
        self.work(&mut response);
        response
    }

    fn work(&mut self, response: &mut Response) {
        let bytes = std::mem::take(&mut self.held);
        for (at, byte) in bytes.iter().enumerate() {
            if self.failure.is_some() {
                return;
            }
            if self.offline() {
                self.held = bytes[at..].to_vec();
                self.answer_real_time_only(response);
                return;
            }
            match self.parser.push(*byte) {
                Ok(None) => {}
                Ok(Some(command)) => {
                    if let Err(reason) = self.execute(command, response) {
                        self.fail(&reason, response);
                    }
                }
                Err(unknown) => {
                    let listed: Vec<String> = unknown.0.iter().take(16).map(|b| format!("{b:02X}")).collect();
                    let reason = format!("unknown command {}", listed.join(" "));
                    self.fail(&reason, response);
                }
            }
        }
    }

    /// Offline, a printer still answers `DLE EOT`, out of turn.
    fn answer_real_time_only(&mut self, response: &mut Response) {
        let mut rest = Vec::new();
        for byte in std::mem::take(&mut self.held) {
            rest.push(byte);
            if let [.., 0x10, 0x04, n @ 1..=4] = rest[..] {
                rest.truncate(rest.len() - 3);
                response.replies.push(self.real_time(n));
            }
        }
        self.held = rest;
    }

    fn offline(&self) -> bool {
        self.paper == Paper::Out || self.cover_open
    }

    fn fail(&mut self, reason: &str, response: &mut Response) {
        let reason = format!("virtual printer: {reason}, within the first {} bytes received", self.received);
        tracing::error!(%reason, "the virtual printer stops");
        if let Err(error) = self.output.error(&reason) {
            tracing::error!(%error, "the reason could not be written beside the slips");
        }
        self.failure = Some(reason.clone());
        response.events.push(VirtualEvent::Failed { reason });
    }

    fn execute(&mut self, command: Command, response: &mut Response) -> Result<(), String> {
        match command {
            Command::Nothing => {}
            Command::Character(byte) => self.character(byte)?,
            Command::LineFeed => self.sheet.end_line(self.settings.align, &mut self.typeface),
            Command::Initialize => {
                self.settings = Settings::initial();
                self.automatic_status = false;
            }
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
                let dots = usize::from(units) * 203 / usize::from(self.settings.vertical_units.max(1));
                self.sheet.print_and_feed(self.settings.align, dots, &mut self.typeface);
            }
            Command::FeedLines(lines) => {
                self.sheet.print_and_feed(self.settings.align, 0, &mut self.typeface);
                self.sheet.feed_lines(lines);
            }
            Command::Size(size) => self.settings.size = size,
            Command::WhiteOnBlack(on) => self.settings.white_on_black = on,
            Command::MotionUnits(_, vertical) => self.settings.vertical_units = vertical,
            Command::Picture { row_bytes, rows } => self.picture(row_bytes, &rows)?,
            Command::Cut => self.cut(response)?,
            Command::ProcessId([d1, d2, d3, d4]) => {
                response.replies.extend([0x37, 0x22, d1, d2, d3, d4, 0]);
            }
            Command::AutomaticStatus(wanted) => {
                self.automatic_status = wanted != 0;
                if self.automatic_status {
                    response.replies.extend(self.status());
                }
            }
            Command::AskPaper => response.replies.push(self.paper_bits()),
            Command::AskRealTime(n) => response.replies.push(self.real_time(n)),
        }
        Ok(())
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

    fn between_lines(&self, command: &str) -> Result<(), String> {
        if self.sheet.at_line_start() {
            Ok(())
        } else {
            Err(format!("{command} comes in the middle of a line, where printers ignore it"))
        }
    }

    fn cut(&mut self, response: &mut Response) -> Result<(), String> {
        self.sheet.print_and_feed(self.settings.align, 0, &mut self.typeface);
        let next = Sheet::new(self.sheet.width());
        let sheet = std::mem::replace(&mut self.sheet, next);
        if sheet.is_blank() {
            return Ok(());
        }
        let picture: PathBuf =
            self.output.slip(&sheet).map_err(|error| format!("the slip cannot be written ({error})"))?;
        response.events.push(VirtualEvent::Cut { picture });
        Ok(())
    }

    /// The four bytes of the automatic status.
    fn status(&self) -> [u8; 4] {
        let first = 0x10 | u8::from(self.offline()) << 3 | u8::from(self.cover_open) << 5;
        [first, 0, self.paper_bits(), 0x0F]
    }

    fn paper_bits(&self) -> u8 {
        match self.paper {
            Paper::Ok | Paper::Unknown => 0,
            Paper::NearEnd => 0x03,
            Paper::Out => 0x0F,
        }
    }

    fn real_time(&self, n: u8) -> u8 {
        const FIXED: u8 = 0x12;
        let out = u8::from(self.paper == Paper::Out);
        match n {
            1 => FIXED | u8::from(self.offline()) << 3,
            2 => FIXED | u8::from(self.cover_open) << 2 | out << 5,
            3 => FIXED,
            _ => FIXED | (out * 0x60) | (u8::from(self.paper != Paper::Ok) * 0x0C),
        }
    }
}
