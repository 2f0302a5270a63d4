//! What only a picture tells: presses, rings, codes, screens that slide.

use std::time::Duration;

use borne::display::{Easel, Panel};
use kiosk_flow::view::{Focus, Screen, View};
use kiosk_runtime::screen::{Element, Picture};

/// Rounding to whole pixels.
const SLACK_PX: f32 = 1.0;
/// How much the edge of an icon may differ when only a part of it is drawn again, and how many such pixels there are.
const ROUNDING: u8 = 96;
const EDGES: usize = 40;

/// A press shows at once, on the button alone, and goes away when the finger slides off.
pub fn press_faults(easel: &mut Easel) -> Vec<String> {
    let before = easel.picture();
    let mut faults = Vec::new();
    for button in easel.elements().iter().filter(|element| element.role == "button") {
        let outside = (button.x - 2.0, button.y - 2.0);
        easel.press(&[button.centre()]).expect("a finger down");
        let pressed = easel.picture();
        let changed = changed_pixels(&before, &pressed, 0);
        if changed.is_empty() {
            faults.push(format!("[{}] does not show that it is pressed", button.label));
        }
        if changed.iter().any(|(x, y)| !within(button, *x, *y, SLACK_PX)) {
            faults.push(format!("[{}] draws beside itself when it is pressed", button.label));
        }
        easel.slide(outside).expect("a finger that slides");
        if easel.picture() != before {
            faults.push(format!("[{}] looks pressed when the finger has slid off", button.label));
        }
        easel.lift(&[outside]).expect("a finger up");
    }
    faults
}

/// The rings are drawn round the element alone, and leave nothing behind.
pub fn ring_faults(easel: &mut Easel, view: &View, panel: &Panel) -> Vec<String> {
    let before = easel.picture();
    let mut faults = Vec::new();
    for stop in view.stops() {
        let mut there = view.clone();
        there.chrome.focus = Some(Focus { label: stop.label.clone(), button: stop.is_button(), nth: 0 });
        easel.show(&there);
        let changed = changed_pixels(&before, &easel.picture(), 0);
        let role = if stop.is_button() { "button" } else { "text" };
        let Some(element) =
            easel.elements().into_iter().find(|element| element.label == stop.label && element.role == role)
        else {
            continue;
        };
        let reach = 3.5 * panel.pixels_per_mm();
        if !changed.iter().any(|(x, y)| within(&element, *x, *y, reach)) {
            faults.push(format!("the rings at {:?} are not drawn", stop.label));
        }
    }
    easel.show(view);
    let left = changed_pixels(&before, &easel.picture(), ROUNDING);
    if left.len() > EDGES {
        faults.push(format!("the rings leave {} pixels behind, the first at {:?}", left.len(), left[0]));
    }
    faults
}

/// Every module of a code is a millimetre or more, black on white in every palette.
pub fn code_faults(easel: &mut Easel, view: &View, panel: &Panel) -> Vec<String> {
    let coded = match &view.screen {
        Screen::Detail(detail) => detail.online.is_some(),
        Screen::Message(message) => message.qr.is_some(),
        Screen::Ticket(ticket) => ticket.qr.is_some(),
        Screen::Home(_)
        | Screen::Languages(_)
        | Screen::Choices(_)
        | Screen::Faces(_)
        | Screen::Entry(_)
        | Screen::Maintenance(_) => false,
    };
    let elements = easel.elements();
    let Some(code) = elements.iter().find(|element| element.role == "image") else {
        return if coded { vec!["the code is not there".to_owned()] } else { Vec::new() };
    };
    let picture = easel.picture();
    let at = |x: f32, y: f32| {
        let place = (y as usize * picture.width as usize + x as usize) * 3;
        [picture.rgb[place], picture.rgb[place + 1], picture.rgb[place + 2]]
    };
    let mut faults = Vec::new();
    let (mut x, y) = (code.x.ceil(), code.y + code.height / 2.0);
    let mut runs: Vec<([u8; 3], f32)> = Vec::new();
    while x < code.x + code.width {
        let colour = at(x, y);
        match runs.last_mut() {
            Some((last, length)) if *last == colour => *length += 1.0,
            _ => runs.push((colour, 1.0)),
        }
        x += 1.0;
    }
    if runs.iter().any(|(colour, _)| ![[0; 3], [255; 3]].contains(colour)) {
        faults.push("the code is not black on white".to_owned());
    }
    let module = runs.iter().map(|(_, length)| *length).fold(f32::INFINITY, f32::min);
    if module < panel.pixels_per_mm() {
        faults.push(format!("the code's modules are {module} px wide"));
    }
    if runs.first().is_none_or(|(_, length)| *length < 4.0 * module) {
        faults.push("the code has no quiet zone".to_owned());
    }
    faults
}

/// Where two pictures differ by more than so much. Most rows are equal, and are compared as a whole.
#[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
fn changed_pixels(one: &Picture, other: &Picture, tolerance: u8) -> Vec<(f32, f32)> {
    let row = one.width as usize * 3;
    let rows = one.rgb.chunks_exact(row).zip(other.rgb.chunks_exact(row)).enumerate();
    rows.filter(|(_, (a, b))| a != b)
        .flat_map(|(y, (a, b))| {
            let pixels = a.chunks_exact(3).zip(b.chunks_exact(3)).enumerate();
            let differ = move |a: &[u8], b: &[u8]| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > tolerance);
            pixels.filter(move |(_, (a, b))| differ(a, b)).map(move |(x, _)| (x as f32, y as f32))
        })
        .collect()
}

fn within(button: &Element, x: f32, y: f32, slack: f32) -> bool {
    let across = button.x - slack..button.x + button.width + slack;
    let down = button.y - slack..button.y + button.height + slack;
    across.contains(&x) && down.contains(&y)
}

/// A new screen comes from the end of the reading direction, and is in its place after 150 ms (design, "Motion").
pub fn slide_faults(easel: &mut Easel, one: &View, other: &View, panel: &Panel, from_right: bool) -> Vec<String> {
    #[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
    let width = panel.width_px as f32;
    // What has not come in yet is not there; what stands round the page does not move.
    let left_edge = || {
        let elements = easel.elements();
        elements.iter().find(|element| element.label == other.screen.title()).map(|element| element.x)
    };
    let surround = || -> Vec<Element> {
        let stays = |label: &str| {
            let footer = other.chrome.footer.iter().map(|button| &button.label);
            [&other.chrome.clock, &other.chrome.site].into_iter().chain(footer).any(|text| text == label)
        };
        easel.elements().into_iter().filter(|element| stays(&element.label)).collect()
    };
    let show = |view: &View, generation| easel.show(&View { generation, ..view.clone() });
    show(other, 1);
    let (home, stays) = (left_edge(), surround());
    show(one, 2);
    easel.set_motion(true);
    show(other, 3);
    let mut moved = false;
    let steps = [0, 75, 75, 1].map(|ms| {
        easel.pass(Duration::from_millis(ms));
        moved |= surround() != stays;
        let gone = left_edge().zip(home).map_or(width, |(edge, home)| edge - home);
        if from_right || gone == width { gone } else { -gone }
    });
    easel.set_motion(false);
    let [begun, half, over, later] = steps;
    let good = begun > 0.9 * width && half > 0.0 && half < 0.9 * width && over == 0.0 && later == 0.0;
    if good && !moved {
        Vec::new()
    } else {
        vec![format!("the slide went through {steps:?} of {width} px; what stands round it moved: {moved}")]
    }
}
