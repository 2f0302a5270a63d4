//! Icons as pictures, drawn once a size.

use std::cell::RefCell;
use std::collections::HashMap;

use kiosk_ui::{AppWindow, Drawing};
use slint::{ComponentHandle as _, Image, Rgba8Pixel, SharedPixelBuffer, SharedString};
use zeno::{Cap, Join, Mask, Stroke, Transform};

/// The side of an icon's own square.
const SQUARE: f32 = 24.0;

/// As many pictures as are kept: more than a panel has icons and sizes. A window that is being resized asks for others.
const MOST: usize = 256;

/// Path commands, the side in pixels, the bits of the strokes' width.
type Wanted = (SharedString, u32, u32);

/// Draws what the screens ask for.
pub(super) fn bind(app: &AppWindow) {
    let drawn: RefCell<HashMap<Wanted, Image>> = RefCell::default();
    let window = app.as_weak();
    app.global::<Drawing<'_>>().on_icon(move |commands, side, weight| {
        let pixels = window.upgrade().map_or(1.0, |app| app.window().scale_factor());
        let side = (side * pixels).round().clamp(0.0, f32::from(u16::MAX)) as u32;
        let mut drawn = drawn.borrow_mut();
        let wanted = (commands, side, weight.to_bits());
        if drawn.len() >= MOST && !drawn.contains_key(&wanted) {
            drawn.clear();
        }
        drawn.entry(wanted).or_insert_with_key(|(commands, side, _)| draw(commands, *side, weight)).clone()
    });
}

/// The strokes of an icon, black on nothing: the screen gives the colour.
fn draw(commands: &str, side: u32, weight: f32) -> Image {
    let mut mask = vec![0; side as usize * side as usize];
    if side > 0 {
        let scale = side as f32 / SQUARE;
        let mut strokes = Stroke::new(weight);
        strokes.cap(Cap::Round).join(Join::Round).scale(true);
        Mask::new(commands)
            .size(side, side)
            .transform(Some(Transform::scale(scale, scale)))
            .style(strokes)
            .render_into(&mut mask, None);
    }
    let mut picture = SharedPixelBuffer::<Rgba8Pixel>::new(side, side);
    for (pixel, covered) in picture.make_mut_slice().iter_mut().zip(mask) {
        pixel.a = covered;
    }
    Image::from_rgba8_premultiplied(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_wide_as_its_weight_at_every_size() {
        for side in [24, 48, 97] {
            let picture = draw("M4 12H20", side, 2.0).to_rgba8_premultiplied().unwrap();
            let middle = side / 2;
            let column: u32 = (0..side).map(|y| u32::from(picture.as_slice()[(y * side + middle) as usize].a)).sum();
            let wide = column as f32 / 255.0 / (side as f32 / SQUARE);
            assert!((wide - 2.0).abs() < 0.1, "{wide} of 24 at {side} pixels");
        }
        assert_eq!(draw("M4 12H20", 0, 2.0).size().width, 0);
    }
}
