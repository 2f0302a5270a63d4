//! The design's checklist, as far as a machine can go through it.

use std::time::Duration;

use borne::display::{Easel, Panel, TextFit};
use kiosk_flow::Input;
use kiosk_flow::view::View;
use kiosk_runtime::screen::{Element, Picture};
use slint::platform::Key;

/// Smallest target in mm (checklist 1).
const TARGET_MM: f32 = 20.0;
/// Smallest gap between targets in mm (checklist 2).
const GAP_MM: f32 = 3.0;
/// Smallest capital height in mm, seen from 600 mm (checklist 7).
const CAPITAL_MM: f32 = 3.8;
/// Capital height over font size of the shipped font.
const CAPITAL_RATIO: f32 = 0.668;
/// Rounding to whole pixels.
const SLACK_PX: f32 = 1.0;

/// What is wrong with the screen that is shown.
pub fn faults(easel: &Easel, view: &View, panel: &Panel) -> Vec<String> {
    let ppm = panel.pixels_per_mm();
    let elements = easel.elements();
    let buttons: Vec<&Element> = elements.iter().filter(|element| element.role == "button").collect();
    let mut faults = Vec::new();

    for text in easel.texts() {
        faults.extend(text_faults(&text, panel));
    }
    if buttons.len() != view.controls().count() {
        faults.push(format!("{} buttons for {} controls", buttons.len(), view.controls().count()));
    }
    for button in &buttons {
        faults.extend(target_faults(button, panel));
        faults.extend(touch_faults(easel, view, button));
    }
    for (rank, one) in buttons.iter().enumerate() {
        for other in &buttons[rank + 1..] {
            let gap = gap(one, other);
            if gap < GAP_MM * ppm - SLACK_PX {
                faults.push(format!("{gap:.0} px between [{}] and [{}]", one.label, other.label));
            }
        }
    }
    for (rank, one) in elements.iter().enumerate() {
        for other in &elements[rank + 1..] {
            if gap(one, other) < 0.0 {
                faults.push(format!("{:?} lies on {:?}", one.label, other.label));
            }
        }
    }
    faults
}

fn text_faults(text: &TextFit, panel: &Panel) -> Vec<String> {
    let mut faults = Vec::new();
    let [x, y, width, height] = text.place;
    let words = &text.text;
    if text.needed_height > height + SLACK_PX || text.needed_width > width + SLACK_PX {
        faults.push(format!(
            "{words:?} is clipped: it needs {:.0} x {:.0} px and has {width:.0} x {height:.0}",
            text.needed_width, text.needed_height
        ));
    }
    #[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
    let room = text.button.unwrap_or([0.0, 0.0, panel.width_px as f32, panel.height_px as f32]);
    let [left, top, across, down] = room;
    if x < left || y < top || x + width > left + across + SLACK_PX || y + height > top + down + SLACK_PX {
        faults.push(format!("{words:?} at {:?} leaves its place {room:?}", text.place));
    }
    let capital_mm = text.font_size * CAPITAL_RATIO / panel.pixels_per_mm();
    if capital_mm < CAPITAL_MM * panel.view_ratio() - 0.1 {
        faults.push(format!("{words:?} has capitals of {capital_mm:.2} mm"));
    }
    faults
}

fn target_faults(button: &Element, panel: &Panel) -> Vec<String> {
    let ppm = panel.pixels_per_mm();
    let mut faults = Vec::new();
    if button.width.min(button.height) < TARGET_MM * ppm {
        faults.push(format!("[{}] is {:.0} x {:.0} px", button.label, button.width, button.height));
    }
    let (top, bottom) = panel.touch_band_mm();
    if button.y < top * ppm || button.y + button.height > bottom * ppm + SLACK_PX {
        faults.push(format!(
            "[{}] is out of reach: {:.0} to {:.0} px",
            button.label,
            button.y,
            button.y + button.height
        ));
    }
    faults
}

/// A button acts when the finger lifts on it, and only then.
fn touch_faults(easel: &Easel, view: &View, button: &Element) -> Vec<String> {
    let mut faults = Vec::new();
    let inside = button.centre();
    let outside = (button.x - 2.0, button.y - 2.0);
    match easel.touch(&[inside]).as_deref() {
        Ok([Input::Touched(control)]) if view.controls().any(|offered| offered == control) => {}
        other => faults.push(format!("[{}] touched gave {other:?}", button.label)),
    }
    match easel.touch(&[inside, outside]).as_deref() {
        Ok([]) => {}
        other => faults.push(format!("[{}] with the finger slid off gave {other:?}", button.label)),
    }
    faults
}

/// A press shows at once, on the button alone, and goes away when the finger slides off.
pub fn press_faults(easel: &Easel) -> Vec<String> {
    let before = easel.picture().expect("a picture");
    let mut faults = Vec::new();
    for button in easel.elements().iter().filter(|element| element.enabled) {
        let outside = (button.x - 2.0, button.y - 2.0);
        easel.press(&[button.centre()]).expect("a finger down");
        let pressed = easel.picture().expect("a picture");
        let changed = changed_pixels(&before, &pressed);
        if changed.is_empty() {
            faults.push(format!("[{}] does not show that it is pressed", button.label));
        }
        if changed.iter().any(|(x, y)| !within(button, *x, *y)) {
            faults.push(format!("[{}] draws beside itself when it is pressed", button.label));
        }
        easel.slide(outside).expect("a finger that slides");
        if easel.picture().expect("a picture") != before {
            faults.push(format!("[{}] looks pressed when the finger has slid off", button.label));
        }
        easel.lift(&[outside]).expect("a finger up");
    }
    faults
}

/// A keyboard reaches the buttons in their order, shows where it is, and activates.
pub fn keyboard_faults(easel: &Easel, view: &View) -> Vec<String> {
    let before = easel.picture().expect("a picture");
    let mut faults = Vec::new();
    for control in view.controls() {
        easel.key(Key::Tab).expect("a key");
        if easel.picture().expect("a picture") == before {
            faults.push(format!("the focus on {control:?} is not shown"));
        }
        match easel.key(Key::Return).as_deref() {
            Ok([Input::Touched(activated)]) if activated == control => {}
            other => faults.push(format!("the focus should be on {control:?}, and Return gave {other:?}")),
        }
    }
    faults
}

#[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
fn changed_pixels(one: &Picture, other: &Picture) -> Vec<(f32, f32)> {
    let width = one.width as usize;
    let pairs = one.rgb.chunks_exact(3).zip(other.rgb.chunks_exact(3)).enumerate();
    pairs.filter(|(_, (a, b))| a != b).map(|(at, _)| ((at % width) as f32, (at / width) as f32)).collect()
}

fn within(button: &Element, x: f32, y: f32) -> bool {
    let across = button.x - SLACK_PX..button.x + button.width + SLACK_PX;
    let down = button.y - SLACK_PX..button.y + button.height + SLACK_PX;
    across.contains(&x) && down.contains(&y)
}

/// The room between two elements; negative where they overlap.
fn gap(one: &Element, other: &Element) -> f32 {
    let apart = |start: f32, length: f32, other_start: f32, other_length: f32| {
        (other_start - start - length).max(start - other_start - other_length)
    };
    apart(one.x, one.width, other.x, other.width).max(apart(one.y, one.height, other.y, other.height))
}

/// A new screen comes from the end of the reading direction, and is in its place after 150 ms (design, "Motion").
pub fn slide_faults(easel: &Easel, one: &View, other: &View, panel: &Panel) -> Vec<String> {
    let width = panel.width_px as f32;
    let left_edge = || easel.elements().iter().map(|element| element.x).fold(f32::INFINITY, f32::min);
    easel.show(other);
    let home = left_edge();
    easel.show(one);
    easel.set_motion(true);
    easel.show(other);
    let steps = [0, 75, 75, 1].map(|ms| {
        easel.pass(Duration::from_millis(ms));
        left_edge() - home
    });
    easel.set_motion(false);
    let [begun, half, over, later] = steps;
    let good = begun > 0.9 * width && half > 0.0 && half < 0.9 * width && over == 0.0 && later == 0.0;
    if good { Vec::new() } else { vec![format!("the slide went through {steps:?} of {width} px")] }
}
