//! The port through which the runtime shows a view and a technician looks at the screen and touches it.

use kiosk_flow::view::View;
use kiosk_flow::{Key, Press};

/// The borne's screen, whatever draws it. Every verb may be called from any thread.
///
/// `show` returns at once; the others wait for the event loop, so they are called from a thread that may block.
pub trait Screen: Send + Sync + 'static {
    /// Shows a view; the newest one wins.
    fn show(&self, view: View);
    /// A picture of what is on the screen now.
    fn picture(&self) -> Result<Picture, ScreenError>;
    /// What can be read or operated on the screen, in reading order, from the accessibility tree.
    fn elements(&self) -> Result<Vec<Element>, ScreenError>;
    /// A finger put down and lifted at a point, in pixels of the picture.
    fn tap(&self, x: f32, y: f32) -> Result<(), ScreenError>;
    /// A key of the keypad, down or up.
    fn key(&self, key: Key, press: Press) -> Result<(), ScreenError>;
    /// Ends the event loop.
    fn quit(&self);
}

/// A picture, 8-bit RGB, rows from the top without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// As a PNG file.
    ///
    /// # Errors
    /// The pixels are not as many as width and height say.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(out)
    }
}

/// An element of the screen as assistive technology would see it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Element {
    /// `button` or `text`.
    pub role: String,
    /// What it says.
    pub label: String,
    /// Left edge in pixels of the picture.
    pub x: f32,
    /// Top edge in pixels.
    pub y: f32,
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// Whether touching it does something.
    pub enabled: bool,
}

impl Element {
    /// The point a finger would aim at.
    #[must_use]
    pub fn centre(&self) -> (f32, f32) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

/// The screen did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The event loop has ended or is stuck.
    #[error("the screen does not answer; restart the borne")]
    Gone,
    /// The renderer cannot read its picture back.
    #[error("the picture cannot be read back: {0}")]
    Picture(String),
}
