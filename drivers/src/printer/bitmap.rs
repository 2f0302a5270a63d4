//! A picture of black and white dots, as a thermal head prints it.

use std::io::Cursor;

/// The largest picture that is read: as wide as the widest head, and half a metre of paper.
const WIDEST: u32 = 640;
const TALLEST: u32 = 4000;
/// Darker than this, on a scale to 255, is black.
const DARK: u32 = 128;

/// Why a file is no picture that can be printed.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It cannot be read as a PNG.
    #[error("this is no PNG picture that can be read")]
    Png(#[from] png::DecodingError),
    /// It is too large for any slip.
    #[error("the picture has {width} x {height} dots: make it 640 x 4000 or less (8 dots are a millimetre)")]
    TooLarge {
        /// Dots across.
        width: u32,
        /// Rows.
        height: u32,
    },
}

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

    /// Reads a PNG: what is darker than the middle is black, what is transparent is white.
    pub fn from_png(file: &[u8]) -> Result<Self, PictureError> {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info()?;
        let (width, height) = (reader.info().width, reader.info().height);
        let size = reader.output_buffer_size().filter(|_| width <= WIDEST && height <= TALLEST);
        let Some(size) = size else {
            return Err(PictureError::TooLarge { width, height });
        };
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels)?;
        let step = frame.color_type.samples();
        let mut picture = Self::new(width as usize);
        picture.grow(height as usize);
        let row_bytes = picture.row_bytes();
        for (y, row) in pixels.chunks_exact(frame.line_size).take(height as usize).enumerate() {
            for (x, pixel) in row.chunks_exact(step).take(width as usize).enumerate() {
                if is_dark(pixel) {
                    picture.bits[y * row_bytes + x / 8] |= 0x80 >> (x % 8);
                }
            }
        }
        Ok(picture)
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

    /// Lays another picture below what this one holds; what is beyond the right edge is left out.
    pub(crate) fn lay(&mut self, other: &Self, left: usize) {
        let top = self.height();
        self.grow(top + other.height());
        let row_bytes = self.row_bytes();
        for y in 0..other.height() {
            for x in (0..other.width).filter(|x| other.is_black(*x, y)) {
                let at = left + x;
                if at < self.width {
                    self.bits[(top + y) * row_bytes + at / 8] |= 0x80 >> (at % 8);
                }
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

/// Grey, or red, green and blue, each with how opaque it is, on white paper.
fn is_dark(pixel: &[u8]) -> bool {
    let (light, alpha) = match *pixel {
        [grey, alpha] => (u32::from(grey), alpha),
        // How bright each colour looks (ITU-R BT.601).
        [r, g, b, alpha] => ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1000, alpha),
        _ => return false,
    };
    let alpha = u32::from(alpha);
    (light * alpha + 255 * (255 - alpha)) / 255 < DARK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == png::ColorType::Indexed {
            encoder.set_palette(vec![255, 255, 255, 0, 0, 0, 255, 255, 0]);
        }
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(data).expect("rows");
        writer.finish().expect("an end");
        file
    }

    #[test]
    fn pictures_of_every_kind_become_dots() {
        use png::{BitDepth, ColorType};
        let table: [(ColorType, BitDepth, &[u8]); 6] = [
            (ColorType::Grayscale, BitDepth::One, &[0b0111_1111, 0b1011_1111]),
            (ColorType::Grayscale, BitDepth::Eight, &[0, 255, 255, 127]),
            (ColorType::Rgb, BitDepth::Eight, &[0, 0, 255, 255, 255, 0, 255, 255, 255, 9, 9, 9]),
            (ColorType::Rgba, BitDepth::Eight, &[0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 90, 30, 0, 0, 255]),
            (ColorType::GrayscaleAlpha, BitDepth::Sixteen, &[0, 0, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 1, 2, 255, 0]),
            (ColorType::Indexed, BitDepth::Two, &[0b0110_0000, 0b0001_0000]),
        ];
        for (color, depth, data) in table {
            let picture = Bitmap::from_png(&png(2, 2, color, depth, data)).expect("a picture");
            assert_eq!((picture.width(), picture.height()), (8, 2));
            let black: Vec<bool> = (0..4).map(|at| picture.is_black(at % 2, at / 2)).collect();
            assert_eq!(black, [true, false, false, true], "{color:?} {depth:?}");
        }
    }

    #[test]
    fn what_is_no_picture_or_too_large_a_one_is_refused() {
        assert!(matches!(Bitmap::from_png(b"GIF89a"), Err(PictureError::Png(_))));
        let wide = png(641, 1, png::ColorType::Grayscale, png::BitDepth::One, &[0; 81]);
        let refused = Bitmap::from_png(&wide).expect_err("too wide").to_string();
        assert!(refused.contains("641 x 1"), "{refused}");
        let whole = png(8, 8, png::ColorType::Grayscale, png::BitDepth::One, &[0; 8]);
        for end in 0..whole.len() {
            // A file cut off after its last row may pass; none panics.
            let _ = Bitmap::from_png(&whole[..end]);
        }
    }

    #[test]
    fn a_picture_is_laid_where_it_was_told() {
        let mut dot = Bitmap::new(8);
        dot.grow(2);
        dot.set(1, 1, true);
        let mut picture = Bitmap::new(16);
        picture.grow(3);
        picture.lay(&dot, 5);
        assert_eq!(picture.height(), 5);
        let black: Vec<(usize, usize)> =
            (0..5).flat_map(|y| (0..16).map(move |x| (x, y))).filter(|(x, y)| picture.is_black(*x, *y)).collect();
        assert_eq!(black, [(6, 4)]);
        picture.lay(&dot, 15);
        assert_eq!(picture.height(), 7, "beyond the edge nothing is printed");
    }
}
