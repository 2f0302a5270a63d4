//! Memory that screens are drawn in, where there is no panel: for the live view, for pictures, for measures.
//!
//! A crate of its own because every pixel of every test goes through it: unoptimised it would take minutes.

mod pixel;

use slint::platform::software_renderer::MinimalSoftwareWindow;

use pixel::Pixel;

/// The picture in memory, of which only what changed is drawn again.
#[derive(Default)]
pub struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<Pixel>,
}

impl Canvas {
    /// Draws what changed. Whether anything did.
    pub fn draw(&mut self, window: &MinimalSoftwareWindow) -> bool {
        window.draw_if_needed(|renderer| {
            let size = window.size();
            if (self.width, self.height) != (size.width, size.height) {
                (self.width, self.height) = (size.width, size.height);
                self.pixels = vec![Pixel::default(); size.width as usize * size.height as usize];
            }
            renderer.render(&mut self.pixels, size.width as usize);
        })
    }

    /// Width and height in pixels.
    #[must_use]
    pub const fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// What is drawn: red, green, blue, in rows from the top.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|pixel| pixel.rgb()).collect()
    }
}
