//! QR codes as the screens take them: one pixel a module, black on white, the quiet zone included.

use std::sync::{Mutex, PoisonError};

use kiosk_flow::view;
use kiosk_ui::Qr;
use qrcode::{Color, EcLevel, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

use super::sheet::Sheet;

/// The light border that readers need, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// The code that a screen shows, drawn again only when its link changes.
#[derive(Default)]
pub(super) struct Code(Mutex<String>);

impl Code {
    /// The code of a view, and its words; `shown` is what the screen shows now. None where there is no code, or its
    /// link is too long for one.
    pub fn of(&self, sheet: &Sheet<'_>, shown: Qr, qr: Option<&view::Qr>) -> Qr {
        let link = qr.map(|qr| qr.link.as_str()).unwrap_or_default();
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let modules = if *drawn == link { Some(shown.modules).filter(|_| shown.there) } else { draw(link) };
        link.clone_into(&mut drawn);
        qr.zip(modules).map_or_else(Qr::default, |(qr, modules)| Qr {
            there: true,
            modules,
            caption: sheet.text(&qr.caption),
            note: sheet.text(&qr.note),
        })
    }
}

/// Error correction M: a quarter more modules than L, and a finger mark does no harm.
fn draw(link: &str) -> Option<Image> {
    if link.is_empty() {
        return None;
    }
    let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::M) else {
        tracing::warn!(link.bytes = link.len(), "a link is too long for a code; it is not shown");
        return None;
    };
    let width = code.width();
    let side = width + 2 * QUIET_ZONE;
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(u32::try_from(side).ok()?, u32::try_from(side).ok()?);
    let rows = pixels.make_mut_slice();
    rows.fill(Rgb8Pixel::new(255, 255, 255));
    for (place, colour) in code.into_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let (x, y) = (place % width + QUIET_ZONE, place / width + QUIET_ZONE);
            rows[y * side + x] = Rgb8Pixel::new(0, 0, 0);
        }
    }
    Some(Image::from_rgb8(pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_link_is_a_version_4_code_with_its_quiet_zone() {
        // 90 characters in capitals: the longest link of the design.
        let link = format!("HTTPS://{}/T/{}/B2.42", "A".repeat(47), "7".repeat(26));
        assert_eq!(link.len(), 90);
        let image = draw(&link).expect("a code");
        assert_eq!(image.size().width, 33 + 8);
        let pixels = image.to_rgb8().expect("pixels");
        let white = Rgb8Pixel::new(255, 255, 255);
        assert!(pixels.as_slice()[..4 * 41].iter().all(|pixel| *pixel == white));
        assert_eq!(pixels.as_slice()[4 * 41 + 4], Rgb8Pixel::new(0, 0, 0));
    }

    #[test]
    fn no_link_and_one_too_long_are_no_code() {
        assert!(draw("").is_none());
        assert!(draw(&"x".repeat(5000)).is_none());
    }
}
