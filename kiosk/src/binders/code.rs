//! QR codes as the screens take them: one pixel a module, black on white, the quiet zone included.

use std::sync::{Mutex, PoisonError};

use qrcode::{Color, EcLevel, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// The light border that readers need, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// The code that a screen shows, drawn again only when its link changes.
#[derive(Default)]
pub(super) struct Code(Mutex<String>);

impl Code {
    /// Draws a link unless it is the one drawn before; `set` gets the picture, or nothing where there is no link or
    /// it fits no code.
    pub fn show(&self, link: Option<&str>, set: impl FnOnce(Option<Image>)) {
        let link = link.unwrap_or_default();
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown == link && !link.is_empty() {
            return;
        }
        link.clone_into(&mut shown);
        set(if link.is_empty() { None } else { draw(link) });
    }
}

/// Error correction M: a quarter more modules than L, and a finger mark does no harm.
fn draw(link: &str) -> Option<Image> {
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
    fn the_same_link_is_drawn_once_and_none_takes_it_away() {
        let code = Code::default();
        let drawn = |link| {
            let mut answer = None;
            code.show(link, |image| answer = Some(image.is_some()));
            answer
        };
        assert_eq!(drawn(Some("HTTPS://A")), Some(true));
        assert_eq!(drawn(Some("HTTPS://A")), None);
        assert_eq!(drawn(None), Some(false));
        assert_eq!(drawn(Some(&"x".repeat(5000))), Some(false));
    }
}
