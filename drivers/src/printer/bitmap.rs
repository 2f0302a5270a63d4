//! A picture of black and white dots, as a thermal head prints it.

/// Rows of dots, one bit a dot, the leftmost in the highest bit, 1 is black; rows are whole bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: usize,
    bits: Vec<u8>,
}

impl Bitmap {
    /// No rows yet, `width` dots across; the width is rounded up to whole bytes.
    pub fn new(width: usize) -> Self {
        Self { width: width.next_multiple_of(8), bits: Vec::new() }
    }

    /// Dots across, a multiple of 8.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Bytes in a row.
    pub fn row_bytes(&self) -> usize {
        self.width / 8
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.bits.len().checked_div(self.row_bytes()).unwrap_or(0)
    }

    /// The rows from top to bottom.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// True where the dot is black; outside the picture all is white.
    pub fn is_black(&self, x: usize, y: usize) -> bool {
        x < self.width && self.bits.get(y * self.row_bytes() + x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// Adds white rows up to that height.
    pub(crate) fn grow(&mut self, height: usize) {
        if height > self.height() {
            self.bits.resize(height * self.row_bytes(), 0);
        }
    }

    /// Colours one dot; dots outside the picture are left out.
    pub(crate) fn set(&mut self, x: i32, y: i32, black: bool) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if x >= self.width {
            return;
        }
        let at = y * self.row_bytes() + x / 8;
        if let Some(byte) = self.bits.get_mut(at) {
            if black {
                *byte |= 0x80 >> (x % 8);
            } else {
                *byte &= !(0x80 >> (x % 8));
            }
        }
    }

    /// Blackens whole rows.
    pub(crate) fn blacken_rows(&mut self, top: usize, bottom: usize) {
        self.grow(bottom);
        let row = self.row_bytes();
        self.bits[top * row..bottom * row].fill(0xFF);
    }

    /// Blackens a square; what is outside the picture is left out.
    pub(crate) fn blacken(&mut self, left: usize, top: usize, side: usize) {
        let row = self.row_bytes();
        for y in top..(top + side).min(self.height()) {
            for x in left..(left + side).min(self.width) {
                self.bits[y * row + x / 8] |= 0x80 >> (x % 8);
            }
        }
    }
}
