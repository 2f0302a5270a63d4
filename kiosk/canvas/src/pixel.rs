//! A pixel in memory as the panel's own buffers and a window's hold it: 32 bits. With three bytes a pixel a frame costs
//! a third more.

use slint::platform::software_renderer::{PremultipliedRgbaColor, TargetPixel};

/// `0xffRRGGBB`; opaque, whatever is drawn upon it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub(crate) struct Pixel(u32);

impl Pixel {
    /// Red, green, blue.
    #[inline]
    pub fn rgb(self) -> [u8; 3] {
        let [_, red, green, blue] = self.0.to_be_bytes();
        [red, green, blue]
    }
}

impl TargetPixel for Pixel {
    #[inline]
    fn blend(&mut self, color: PremultipliedRgbaColor) {
        // Most of a letter's box.
        if color.alpha == 0 {
            return;
        }
        let rest = u16::from(u8::MAX - color.alpha);
        // Both channels' shares add up to 255 at most: the colour is premultiplied.
        let mix = |under: u8, over: u8| ((u16::from(under) * rest / 255) as u8).wrapping_add(over);
        let [red, green, blue] = self.rgb();
        *self = Self::from_rgb(mix(red, color.red), mix(green, color.green), mix(blue, color.blue));
    }

    #[inline]
    fn from_rgb(red: u8, green: u8, blue: u8) -> Self {
        Self(u32::from_be_bytes([u8::MAX, red, green, blue]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_upon_a_pixel_is_mixed_by_its_opacity() {
        let mut pixel = Pixel::from_rgb(200, 100, 0);
        pixel.blend(PremultipliedRgbaColor { red: 0, green: 0, blue: 0, alpha: 0 });
        assert_eq!(pixel.rgb(), [200, 100, 0]);
        pixel.blend(PremultipliedRgbaColor { red: 0, green: 51, blue: 102, alpha: 102 });
        assert_eq!(pixel.rgb(), [120, 111, 102]);
        pixel.blend(PremultipliedRgbaColor { red: 1, green: 2, blue: 3, alpha: 255 });
        assert_eq!(pixel.rgb(), [1, 2, 3]);
    }
}
