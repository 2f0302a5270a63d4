//! QR codes as dots.

use qrcode::bits::Bits;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::printer::bitmap::Bitmap;

/// Blank modules around a code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
/// Below this many dots a module, readers fail on thermal paper.
const LEAST_MODULE: usize = 2;

/// Why a slip cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// The code holds more than the paper has room for.
    #[error("a QR code of {bytes} bytes does not fit the paper: shorten what it holds")]
    CodeTooLarge {
        /// Length of what it was to hold.
        bytes: usize,
    },
    /// The logo is wider than the paper.
    #[error("a logo of {dots} dots is wider than the paper: make it {allowed} dots wide or less")]
    LogoTooWide {
        /// Its width.
        dots: usize,
        /// The paper's.
        allowed: usize,
    },
}

/// The smallest code that holds the data. Alphanumeric data stays one segment: the crate's own choice of segments
/// splits a link at its digits and needs a version more.
fn smallest(data: &[u8]) -> Result<QrCode, QrError> {
    const LEVEL: EcLevel = EcLevel::M;
    if !data.iter().all(|byte| is_alphanumeric(*byte)) {
        return QrCode::with_error_correction_level(data, LEVEL);
    }
    for version in 1..=40 {
        let mut bits = Bits::new(Version::Normal(version));
        let fits = bits.push_alphanumeric_data(data).and_then(|()| bits.push_terminator(LEVEL));
        match fits {
            Ok(()) => return QrCode::with_bits(bits, LEVEL),
            Err(QrError::DataTooLong) => {}
            Err(error) => return Err(error),
        }
    }
    Err(QrError::DataTooLong)
}

/// The 45 characters of the alphanumeric mode (ISO/IEC 18004, table 5).
fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" $%*+-./:".contains(&byte)
}

/// An encoded QR code and the side of its modules.
pub(super) struct Symbol {
    modules: Vec<Color>,
    across: usize,
    module: usize,
}

impl Symbol {
    /// Level M; modules shrink below what was asked only where the paper is too narrow.
    pub(super) fn encode(data: &str, module_dots: u8, width: usize) -> Result<Self, DrawError> {
        let too_large = DrawError::CodeTooLarge { bytes: data.len() };
        let Ok(code) = smallest(data.as_bytes()) else {
            return Err(too_large);
        };
        let across = code.width();
        let module = usize::from(module_dots).max(LEAST_MODULE).min(width / (across + 2 * QUIET_ZONE));
        if module < LEAST_MODULE {
            return Err(too_large);
        }
        Ok(Self { modules: code.into_colors(), across, module })
    }

    /// Dots across, with the quiet zone.
    pub(super) fn side(&self) -> usize {
        (self.across + 2 * QUIET_ZONE) * self.module
    }

    pub(super) fn draw(&self, picture: &mut Bitmap, left: usize, top: usize) {
        for (row, modules) in self.modules.chunks(self.across).enumerate() {
            for (column, colour) in modules.iter().enumerate() {
                if *colour == Color::Dark {
                    let x = left + (QUIET_ZONE + column) * self.module;
                    let y = top + (QUIET_ZONE + row) * self.module;
                    picture.blacken(x, y, self.module);
                }
            }
        }
    }
}
