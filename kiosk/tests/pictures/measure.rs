//! The design's checklist, as far as a machine can go through it without drawing.

use borne::display::{Easel, Panel, TextFit};
use kiosk_flow::Input;
use kiosk_flow::view::{Focus, Screen, Stop, View};
use kiosk_runtime::screen::Element;

/// Smallest target in mm (checklist 1).
const TARGET_MM: f32 = 20.0;
/// Smallest gap between targets in mm (checklist 2).
const GAP_MM: f32 = 3.0;
/// Smallest capital height in mm, seen from 600 mm (checklist 7, 8).
const CAPITAL_MM: f32 = 3.8;
const LARGE_CAPITAL_MM: f32 = 7.33;
/// Rounding to whole pixels.
const SLACK_PX: f32 = 1.0;

/// What is wrong with the screen that is shown.
pub fn faults(easel: &Easel, view: &View, panel: &Panel) -> Vec<String> {
    let elements = easel.elements();
    let buttons: Vec<&Element> = elements.iter().filter(|element| element.role == "button").collect();
    let mut faults = Vec::new();
    for text in easel.texts() {
        faults.extend(text_faults(&text, view, panel));
    }
    faults.extend(stop_faults(&elements, &view.stops()));
    for button in &buttons {
        faults.extend(target_faults(button, panel));
    }
    let gap_px = GAP_MM * panel.pixels_per_mm() - SLACK_PX;
    for (rank, one) in buttons.iter().enumerate() {
        for other in &buttons[rank + 1..] {
            let gap = gap(one, other);
            if gap < gap_px {
                faults.push(format!("{gap:.0} px between [{}] and [{}]", one.label, other.label));
            }
        }
    }
    for (rank, one) in elements.iter().enumerate() {
        for other in &elements[rank + 1..] {
            if gap(one, other) < 0.0 {
                faults.push(format!("{:?} lies {:.0} px on {:?}", one.label, -gap(one, other), other.label));
            }
        }
    }
    faults
}

fn text_faults(text: &TextFit, view: &View, panel: &Panel) -> Vec<String> {
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
    let stage = [0.0, 0.0, panel.width_px as f32, panel.height_px as f32];
    let [left, top, across, down] = text.button.unwrap_or(stage);
    // A number takes the height of its capitals: above and below them its line is empty.
    let is_number = words.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || c.is_whitespace());
    let empty = if is_number { 0.3 * text.font_size } else { 0.0 };
    let (y, height) = (y + empty, height - 2.0 * empty);
    if x < left - SLACK_PX
        || y < top - SLACK_PX
        || x + width > left + across + SLACK_PX
        || y + height > top + down + SLACK_PX
    {
        faults.push(format!("{words:?} at {:?} leaves its place {:?}", text.place, text.button));
    }
    let ratio = match text.font_family.as_str() {
        "Noto Sans" | "Noto Sans Arabic UI" => 0.714,
        "Noto Sans SC" => 0.733,
        _ => 0.668,
    };
    let capital_mm = text.font_size * ratio / panel.pixels_per_mm();
    if capital_mm < least_capital_mm(text, view, panel) * panel.view_ratio() - 0.1 {
        faults.push(format!("{words:?} has capitals of {capital_mm:.2} mm"));
    }
    faults
}

/// Large text has room for all of it but the screens of staff; where little is within reach, the footer; on a panel of
/// 7 inches it is larger by a step only.
fn least_capital_mm(text: &TextFit, view: &View, panel: &Panel) -> f32 {
    let (top, bottom) = panel.touch_band_mm();
    let footer = view.chrome.footer.iter().any(|button| button.label == text.text) && bottom - top < 250.0;
    let staff = matches!(view.screen, Screen::Maintenance(_) | Screen::Entry(_)) && view.chrome.footer.is_empty();
    if !view.chrome.look.large_text || staff || (footer && panel.portrait()) || *panel == Panel::SMALL {
        CAPITAL_MM
    } else {
        LARGE_CAPITAL_MM
    }
}

/// Every place where the keypad stops is one element, and every button is such a place.
fn stop_faults(elements: &[Element], stops: &[Stop]) -> Vec<String> {
    let mut faults = Vec::new();
    for stop in stops {
        let wanted = stops.iter().filter(|s| s.label == stop.label && s.is_button() == stop.is_button()).count();
        let found = elements.iter().filter(|element| is(element, stop)).count();
        if found != wanted {
            faults.push(format!("{:?} is there {found} times instead of {wanted}", stop.label));
        }
    }
    let (buttons, controls) =
        (elements.iter().filter(|e| e.role == "button").count(), stops.iter().filter(|s| s.is_button()).count());
    if buttons != controls {
        faults.push(format!("{buttons} buttons for {controls} controls"));
    }
    faults
}

fn is(element: &Element, stop: &Stop) -> bool {
    let role = if stop.is_button() { "button" } else { "text" };
    element.label == stop.label && element.role == role
}

fn target_faults(button: &Element, panel: &Panel) -> Vec<String> {
    let ppm = panel.pixels_per_mm();
    let mut faults = Vec::new();
    if button.width.min(button.height) < TARGET_MM * ppm - SLACK_PX {
        faults.push(format!("[{}] is {:.1} x {:.1} mm", button.label, button.width / ppm, button.height / ppm));
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

/// Every button does what the view says, when the finger lifts on it, and only then; whether it is enabled or not.
pub fn touch_faults(easel: &Easel, view: &View) -> Vec<String> {
    let mut faults = Vec::new();
    let elements = easel.elements();
    let beside = view.anywhere().cloned().map(Input::Touched);
    for (stop, control) in view.stops().iter().filter(|stop| stop.is_button()).zip(view.controls()) {
        let Some(button) = elements.iter().find(|element| is(element, stop)) else { continue };
        let (inside, outside) = (button.centre(), (button.x - 2.0, button.y - 2.0));
        let activated = easel.touch(&[inside]);
        let same = view.stops().iter().filter(|other| other.label == stop.label).count() > 1;
        if !same && activated.as_deref().ok() != Some(&[Input::Touched(control)]) {
            faults.push(format!("[{}] touched gave {activated:?}", button.label));
        }
        let slid = easel.touch(&[inside, outside]);
        if slid.as_deref().ok() != Some(&[]) {
            faults.push(format!("[{}] with the finger slid off gave {slid:?}", button.label));
        }
    }
    if let Some(beside) = beside {
        let touched = easel.touch(&[(2.0, 60.0)]);
        if touched.as_deref().ok() != Some(std::slice::from_ref(&beside)) {
            faults.push(format!("a touch beside the buttons gave {touched:?}"));
        }
    }
    faults
}

/// At every place the rings stand round its element, whole on the screen and off its neighbours.
pub fn ring_faults(easel: &Easel, view: &View, panel: &Panel) -> Vec<String> {
    let mut faults = Vec::new();
    let elements = easel.elements();
    let stops = view.stops();
    let ppm = panel.pixels_per_mm();
    #[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
    let (width, height) = (panel.width_px as f32, panel.height_px as f32);
    for (rank, stop) in stops.iter().enumerate() {
        let nth = stops[..rank].iter().filter(|s| s.label == stop.label && s.is_button() == stop.is_button()).count();
        let mut there = view.clone();
        there.chrome.focus = Some(Focus { label: stop.label.clone(), button: stop.is_button(), nth });
        easel.show(&there);
        let element = elements.iter().filter(|element| is(element, stop)).nth(nth);
        let (Some(element), Some(([x, y, w, h], button))) = (element, easel.ring()) else {
            faults.push(format!("no ring at {:?}", stop.label));
            continue;
        };
        if (x - element.x)
            .abs()
            .max((y - element.y).abs())
            .max((w - element.width).abs())
            .max((h - element.height).abs())
            > SLACK_PX
        {
            faults.push(format!("the ring of {:?} is at {:?}", stop.label, [x, y, w, h]));
        }
        let reach = if button { 3.0 } else { 2.0 } * ppm;
        let whole = x - reach > -2.0 * SLACK_PX
            && y - reach > -2.0 * SLACK_PX
            && x + w + reach < width + 2.0 * SLACK_PX
            && y + h + reach < height + 2.0 * SLACK_PX;
        if !whole {
            faults.push(format!("the ring of {:?} leaves the screen: {:?}", stop.label, [x, y, w, h]));
        }
    }
    easel.show(view);
    if easel.ring().is_some() {
        faults.push("a ring stays where there is no focus".to_owned());
    }
    faults
}

/// In Arabic every element stands where it stands in French, seen in a mirror.
pub fn mirror_faults(french: &[Element], arabic: &[Element], view: &View, panel: &Panel) -> Vec<String> {
    #[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
    let width = panel.width_px as f32;
    let buttons = |elements: &[Element]| -> Vec<Element> {
        elements.iter().filter(|element| element.role == "button").cloned().collect()
    };
    let (french, arabic) = (buttons(french), buttons(arabic));
    if french.len() != arabic.len() {
        return vec![format!("{} buttons instead of {}", arabic.len(), french.len())];
    }
    // Keys are never mirrored: only the place of all of them is.
    let keys = if let Screen::Entry(entry) = &view.screen { entry.keys.len() } else { 0 };
    let first_key = |elements: &[Element]| elements.iter().position(|e| e.label.chars().count() == 1);
    let origins = first_key(&french).zip(first_key(&arabic)).map(|(fr, ar)| arabic[ar].x - french[fr].x);
    french
        .iter()
        .zip(&arabic)
        .filter(|(fr, ar)| {
            let key = keys > 0 && ar.label.chars().count() == 1;
            let wanted = if key { fr.x + origins.unwrap_or_default() } else { width - fr.x - fr.width };
            (ar.x - wanted).abs() > 2.0 * SLACK_PX
        })
        .map(|(fr, ar)| format!("[{}] is at {:.0}, [{}] at {:.0} of {width:.0}", fr.label, fr.x, ar.label, ar.x))
        .collect()
}

/// The room between two elements; negative where they overlap.
fn gap(one: &Element, other: &Element) -> f32 {
    let apart = |start: f32, length: f32, other_start: f32, other_length: f32| {
        (other_start - start - length).max(start - other_start - other_length)
    };
    apart(one.x, one.width, other.x, other.width).max(apart(one.y, one.height, other.y, other.height))
}
