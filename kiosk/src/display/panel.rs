//! The panel: how many pixels, how many millimetres, how high it hangs.

use kiosk_flow::{Room, Rooms};

/// What the hand of a standing or a seated visitor reaches, in mm above the floor.
const REACH_MM: (f32, f32) = (wire::report::REACH_MM.0 as f32, wire::report::REACH_MM.1 as f32);

/// The lowest touch band that a portrait screen can be laid out in, in mm: the footer, three rows of large letters in
/// the longest of nine languages, and the gaps between them.
const LOWEST_BAND_MM: f32 = 132.0;

/// Below this touch band a portrait screen shows half the choices, in mm.
const FULL_BAND_MM: f32 = 250.0;

/// Below this height a wide panel has its footer above the content, in mm.
const SMALL_MM: f32 = 100.0;

/// A panel as it is built in. The figures come from the configuration: what a panel tells of itself is often wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panel {
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// Width of the lit area in mm.
    pub width_mm: f32,
    /// Height of the lit area in mm.
    pub height_mm: f32,
    /// Height of the lit area's lower edge above the floor, in mm.
    pub bottom_mm: f32,
    /// Distance of the visitor's eyes in mm.
    pub view_mm: f32,
}

impl Panel {
    /// 21.5 inches in portrait, as the design measures it.
    pub const PORTRAIT: Self =
        Self { width_px: 1080, height_px: 1920, width_mm: 268.0, height_mm: 476.0, bottom_mm: 890.0, view_mm: 600.0 };

    /// 10.1 inches in landscape, as the design measures it.
    pub const LANDSCAPE: Self =
        Self { width_px: 1280, height_px: 800, width_mm: 217.0, height_mm: 136.0, bottom_mm: 1000.0, view_mm: 450.0 };

    /// 7 inches in landscape, whose pixels are not square.
    pub const SMALL: Self =
        Self { width_px: 800, height_px: 480, width_mm: 154.0, height_mm: 86.0, bottom_mm: 1000.0, view_mm: 450.0 };

    /// Whether the screens can be laid out on it.
    ///
    /// # Errors
    /// Names what must change in the configuration.
    pub fn check(&self) -> Result<(), PanelError> {
        let sizes = [self.width_mm, self.height_mm, self.view_mm];
        if self.width_px == 0 || self.height_px == 0 || !sizes.iter().all(|mm| mm.is_finite() && *mm > 0.0) {
            return Err(PanelError::Size);
        }
        let (top, bottom) = self.touch_band_mm();
        let band_mm = bottom - top;
        let reachable = band_mm >= LOWEST_BAND_MM;
        if self.portrait() && !reachable {
            return Err(PanelError::Band { band_mm });
        }
        // A wide panel is touched all over.
        let top_mm = self.bottom_mm + self.height_mm;
        let within_reach = self.bottom_mm >= REACH_MM.0 && top_mm <= REACH_MM.1;
        if !self.portrait() && !within_reach {
            return Err(PanelError::Height { bottom_mm: self.bottom_mm, top_mm });
        }
        Ok(())
    }

    /// Higher than wide.
    #[must_use]
    pub fn portrait(&self) -> bool {
        self.height_px >= self.width_px
    }

    /// Pixels a millimetre, the larger of both directions: no target gets too small where pixels are not square.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
    pub fn pixels_per_mm(&self) -> f32 {
        (self.width_px as f32 / self.width_mm).max(self.height_px as f32 / self.height_mm)
    }

    /// Where what can be touched begins and ends, in mm from the panel's upper edge. A landscape panel is touched
    /// all over.
    #[must_use]
    pub fn touch_band_mm(&self) -> (f32, f32) {
        if !self.portrait() {
            return (0.0, self.height_mm);
        }
        let top_mm = self.bottom_mm + self.height_mm;
        (top_mm - REACH_MM.1.min(top_mm), top_mm - REACH_MM.0.max(self.bottom_mm))
    }

    /// How much a screen holds before it goes on to a next page.
    #[must_use]
    pub fn rooms(&self) -> Rooms {
        let whole = Room {
            cards: 7,
            documents: 5,
            split_detail: false,
            split_ticket: false,
            split_lines: false,
            language_tiles: true,
        };
        let parted = Room { split_detail: true, split_ticket: true, ..whole };
        let (top, bottom) = self.touch_band_mm();
        if self.portrait() && bottom - top >= FULL_BAND_MM {
            Rooms { normal: whole, large: Room { cards: 5, documents: 4, ..parted } }
        } else if self.portrait() {
            let low = Room { cards: 3, language_tiles: false, ..parted };
            Rooms { normal: low, large: Room { cards: 2, documents: 2, ..low } }
        } else if self.height_mm >= SMALL_MM {
            let wide = Room { cards: 6, split_ticket: false, ..parted };
            Rooms {
                normal: wide,
                large: Room { cards: 3, documents: 1, split_lines: true, language_tiles: false, ..parted },
            }
        } else {
            let small = Room { cards: 4, documents: 3, language_tiles: false, ..parted };
            Rooms { normal: small, large: Room { cards: 2, documents: 1, ..small } }
        }
    }

    /// How much larger letters must be than at 600 mm.
    #[must_use]
    pub fn view_ratio(&self) -> f32 {
        self.view_mm / 600.0
    }
}

/// The panel's figures cannot be right, or no screen fits.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PanelError {
    /// A size is zero or less.
    #[error("a size of the panel is zero; give its pixels, its lit area and the viewing distance in mm")]
    Size,
    /// Too little of it can be reached.
    #[error(
        "only {band_mm:.0} mm of the panel lie between 900 and 1220 mm above the floor; mount it so that 132 mm do"
    )]
    Band {
        /// What can be reached, in mm.
        band_mm: f32,
    },
    /// A wide panel hangs where not all of it can be reached.
    #[error(
        "the panel hangs from {bottom_mm:.0} to {top_mm:.0} mm above the floor, and a wide one is touched all over; mount it between 900 and 1220 mm"
    )]
    Height {
        /// Its lower edge, in mm above the floor.
        bottom_mm: f32,
        /// Its upper edge.
        top_mm: f32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_touch_band_of_the_design() {
        assert_eq!(Panel::PORTRAIT.touch_band_mm(), (146.0, 466.0));
        assert_eq!(Panel::LANDSCAPE.touch_band_mm(), (0.0, 136.0));
        assert!((Panel::PORTRAIT.pixels_per_mm() - 4.0336).abs() < 1e-3);
    }

    #[test]
    fn larger_panels_hang_lower_and_keep_320_mm() {
        for (height_mm, bottom_mm) in [(597.0, 780.0), (708.0, 700.0)] {
            let panel = Panel { height_mm, bottom_mm, ..Panel::PORTRAIT };
            let (top, bottom) = panel.touch_band_mm();
            assert_eq!(bottom - top, 320.0);
        }
    }

    #[test]
    fn the_lower_a_panel_the_less_a_page_holds() {
        let low = Panel { bottom_mm: 1020.0, ..Panel::PORTRAIT };
        let cards = [Panel::PORTRAIT, Panel::LANDSCAPE, Panel::SMALL, low]
            .map(|panel| (panel.rooms().normal.cards, panel.rooms().large.cards));
        assert_eq!(cards, [(7, 5), (6, 3), (4, 2), (3, 2)]);
    }

    #[test]
    fn a_panel_that_cannot_be_reached_is_refused() {
        let high = Panel { bottom_mm: 1150.0, ..Panel::PORTRAIT };
        assert_eq!(high.check(), Err(PanelError::Band { band_mm: 70.0 }));
        for bottom_mm in [899.0, 1085.0, f32::NAN] {
            let wide = Panel { bottom_mm, ..Panel::LANDSCAPE };
            assert!(matches!(wide.check(), Err(PanelError::Height { .. })), "{bottom_mm}");
        }
        for wide in [Panel::LANDSCAPE, Panel::SMALL, Panel { bottom_mm: 1084.0, ..Panel::LANDSCAPE }] {
            assert_eq!(wide.check(), Ok(()));
        }
        let nowhere = Panel { bottom_mm: f32::NAN, ..Panel::PORTRAIT };
        assert!(nowhere.check().is_err());
        assert_eq!(Panel { width_mm: 0.0, ..Panel::PORTRAIT }.check(), Err(PanelError::Size));
    }
}
