//! The calibration code: scanned once, it tells which layout a scanner has and whether separators get through.

use zeroize::Zeroizing;

use super::keys::{KeyDecoder, Stroke};
use super::layout::Layout;

/// What the calibration code says; print it as a QR code (`borne scan-test` does).
///
/// It has the letters and signs that differ between layouts, and GS (0x1D), which parts the fields of a 2D-Doc.
pub const CALIBRATION: &str = "ACCUEIL AZQWM aqzwm 1290 .,;:!?/-_=+*%$#@()'\"&<> \u{1D}FIN";

/// Strokes of a calibration code, at most: four for a character, eight for GS typed as a number.
pub(super) const STROKES_MAX: usize = 4 * CALIBRATION.len() + 8;

/// What a calibration code found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibration {
    /// The scanner's layout, where it poses as a keyboard; a configuration writes its name.
    pub layout: Option<String>,
    /// GS gets through. Where it does not, 2D-Doc are still recognised, but nobody could read their fields.
    pub separators: bool,
}

/// The layout under which these keys are the calibration code, of those given.
///
/// Whatever comes after the code (Enter, Tab) and an AIM identifier before it do not matter.
pub fn calibrate<'a>(strokes: &[Stroke], layouts: &'a [Layout]) -> Option<(&'a Layout, Calibration)> {
    layouts.iter().find_map(|layout| {
        let mut decoder = KeyDecoder::new(layout.clone());
        let mut text = Zeroizing::new(Vec::with_capacity(strokes.len() * 4));
        for &stroke in strokes {
            decoder.key(stroke, &mut text);
        }
        let separators = separators(&text)?;
        Some((layout, Calibration { layout: Some(layout.name().to_owned()), separators }))
    })
}

/// Whether these bytes are the calibration code, and if so whether GS got through.
pub(super) fn separators(bytes: &[u8]) -> Option<bool> {
    let end = bytes.iter().rposition(|b| !matches!(b, b'\r' | b'\n' | b'\t')).map_or(0, |last| last + 1);
    let bytes = match &bytes[..end] {
        [b']', _, _, rest @ ..] => rest,
        whole => whole,
    };
    let (before, after) = CALIBRATION.split_once('\u{1D}')?;
    let between = bytes.strip_prefix(before.as_bytes())?.strip_suffix(after.as_bytes())?;
    match between {
        [0x1D] => Some(true),
        // Lost, or replaced by something that a wedge makes of it.
        _ if between.len() <= 4 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_themselves_are_recognised() {
        let whole = CALIBRATION.as_bytes();
        assert_eq!(separators(whole), Some(true));
        assert_eq!(separators(&[b"]Q1", whole, b"\r\n"].concat()), Some(true));
        assert_eq!(separators(CALIBRATION.replace('\u{1D}', "").as_bytes()), Some(false));
        assert_eq!(separators(CALIBRATION.replace('\u{1D}', "{GS}").as_bytes()), Some(false));
        assert_eq!(separators(&whole[1..]), None);
        assert_eq!(separators(CALIBRATION.to_lowercase().as_bytes()), None);
        assert_eq!(separators(b""), None);
        assert_eq!(separators(b"]Q"), None);
    }

    #[test]
    fn the_code_fits_a_small_qr_code() {
        // Version 5-M holds 84 bytes: 37 modules a side.
        assert!(CALIBRATION.len() <= 84);
        assert!(CALIBRATION.is_ascii());
    }
}
