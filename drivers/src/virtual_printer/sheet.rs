//! The paper since the last cut: its dots, and what was printed as text.

use super::typeface::Typeface;

/// Font A: dots of a cell, and from line to line.
const CELL_WIDTH: usize = 12;
const CELL_HEIGHT: usize = 24;
pub(super) const LINE_SPACING: usize = 30;

/// Rows printed without a cut (5 m) at which a roll would be on the floor.
pub(super) const LONGEST_SLIP: usize = 40_000;

/// One character waiting in the line buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) character: char,
    pub(super) widths: usize,
    pub(super) heights: usize,
    pub(super) bold: bool,
    pub(super) white_on_black: bool,
}

/// What stands in the line buffer, from the left.
#[derive(Debug, Clone, Copy)]
enum Item {
    Cell(Cell),
    /// Dots that stay white.
    Gap(usize),
}

impl Item {
    fn width(&self) -> usize {
        match self {
            Self::Cell(cell) => cell.widths * CELL_WIDTH,
            Self::Gap(dots) => *dots,
        }
    }

    fn height(&self) -> usize {
        match self {
            Self::Cell(cell) => cell.heights * CELL_HEIGHT,
            Self::Gap(_) => 0,
        }
    }
}

/// Paper: one byte a dot, true is black.
#[derive(Debug)]
pub(super) struct Sheet {
    width: usize,
    dots: Vec<bool>,
    line: Vec<Item>,
    /// Dots from line to line.
    pub(super) line_spacing: usize,
    text: String,
    holds_text: bool,
}

impl Sheet {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            dots: Vec::new(),
            line: Vec::new(),
            line_spacing: LINE_SPACING,
            text: String::new(),
            holds_text: false,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Rows printed or fed.
    pub(super) fn height(&self) -> usize {
        self.dots.len() / self.width
    }

    pub(super) fn dots(&self) -> &[bool] {
        &self.dots
    }

    pub(super) fn is_blank(&self) -> bool {
        !self.dots.contains(&true)
    }

    /// What was printed in the printer's own font, a line a line, with a note where a picture stands; `None` when all
    /// was pictures.
    pub(super) fn text(&self) -> Option<&str> {
        self.holds_text.then_some(self.text.as_str())
    }

    /// True between lines, where alignment may change and pictures may come.
    pub(super) fn at_line_start(&self) -> bool {
        self.line.is_empty()
    }

    /// Adds a character; a full line is printed, as printers do.
    pub(super) fn character(&mut self, cell: Cell, align: u8, typeface: &mut Typeface) {
        if self.used() + cell.widths * CELL_WIDTH > self.width {
            self.end_line(align, typeface);
        }
        self.line.push(Item::Cell(cell));
    }

    /// Dots of the line buffer.
    pub(super) fn used(&self) -> usize {
        self.line.iter().map(Item::width).sum()
    }

    /// Leaves dots white before the next character; they must fit in the line.
    pub(super) fn gap(&mut self, dots: usize) {
        self.line.push(Item::Gap(dots));
    }

    /// Forgets the line that was not printed.
    pub(super) fn drop_line(&mut self) {
        self.line.clear();
    }

    /// Prints the line and moves to the next.
    pub(super) fn end_line(&mut self, align: u8, typeface: &mut Typeface) {
        let height = self.print_line(align, typeface);
        self.feed(self.line_spacing.saturating_sub(height));
        self.text.push('\n');
    }

    /// `ESC J`: prints the line, if any, and feeds.
    pub(super) fn print_and_feed(&mut self, align: u8, dots: usize, typeface: &mut Typeface) {
        if !self.line.is_empty() {
            self.print_line(align, typeface);
            self.text.push('\n');
        }
        self.feed(dots);
    }

    fn print_line(&mut self, align: u8, typeface: &mut Typeface) -> usize {
        let mut left = self.left_of(self.used(), align);
        let line = std::mem::take(&mut self.line);
        let height = line.iter().map(Item::height).max().unwrap_or(0);
        let top = self.height();
        self.feed(height);
        for item in &line {
            match item {
                Item::Cell(cell) => {
                    self.ink(cell, left, top + height, typeface);
                    self.text.push(cell.character);
                }
                Item::Gap(dots) => self.text.extend(std::iter::repeat_n(' ', dots / CELL_WIDTH)),
            }
            left += item.width();
        }
        self.holds_text |= !line.is_empty();
        height
    }

    /// Draws one character; those of several heights stand on one baseline.
    fn ink(&mut self, cell: &Cell, left: usize, bottom: usize, typeface: &mut Typeface) {
        let (width, tall) = (cell.widths * CELL_WIDTH, cell.heights * CELL_HEIGHT);
        let ink = typeface.draw(cell.character, width, tall, cell.bold);
        for (row, inked) in ink.chunks(width).enumerate() {
            for (column, ink) in inked.iter().enumerate() {
                let y = bottom - tall + row;
                self.dots[y * self.width + left + column] = *ink != cell.white_on_black;
            }
        }
    }

    /// Lays a picture of whole rows; the caller has checked that it is no wider than the paper.
    pub(super) fn picture(&mut self, row_bytes: usize, rows: &[u8], align: u8) {
        let top = self.height();
        let left = self.left_of(row_bytes * 8, align);
        let height = rows.len() / row_bytes;
        self.feed(height);
        for (row, bytes) in rows.chunks(row_bytes).enumerate() {
            for (column, byte) in bytes.iter().enumerate() {
                for bit in 0..8 {
                    if byte & (0x80 >> bit) != 0 {
                        self.dots[(top + row) * self.width + left + column * 8 + bit] = true;
                    }
                }
            }
        }
        self.text.push_str(&format!("[picture {} x {height}]\n", row_bytes * 8));
    }

    pub(super) fn feed(&mut self, rows: usize) {
        self.dots.resize(self.dots.len() + rows * self.width, false);
    }

    /// Feeds that many lines, or until the roll is on the floor: some bytes can ask for kilometres.
    pub(super) fn feed_lines(&mut self, lines: u8) {
        for _ in 0..lines {
            if self.height() > LONGEST_SLIP {
                return;
            }
            self.feed(self.line_spacing);
            self.text.push('\n');
        }
    }

    fn left_of(&self, used: usize, align: u8) -> usize {
        let free = self.width.saturating_sub(used);
        match align {
            0 => 0,
            1 => free / 2,
            _ => free,
        }
    }
}
