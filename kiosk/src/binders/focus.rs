//! Where the keypad is: the rings stand round the element that a view names.

use kiosk_flow::view::Focus;
use kiosk_ui::{AppWindow, Ring, Tok};
use slint::ComponentHandle as _;

use crate::display::elements;

/// Puts the rings round an element, or takes them away.
pub(super) fn show(app: &AppWindow, focus: Option<&Focus>) {
    let ring = app.global::<Ring<'_>>();
    let place = focus.and_then(|focus| {
        elements::of(app.window())
            .into_iter()
            .filter(|element| element.label == focus.label && (element.role == "button") == focus.button)
            .filter(|element| element.role != "image")
            .nth(focus.nth)
    });
    let Some(element) = place else {
        if let Some(focus) = focus {
            tracing::warn!(focus.button, focus.nth, "the keypad is at an element that is not on the screen");
        }
        return ring.set_shown(false);
    };
    // From pixels of the picture to lengths of a screen that is not scaled.
    let pixels = app.window().scale_factor();
    let scale = app.global::<Tok<'_>>().get_scale();
    ring.set_x((element.x / pixels - app.get_corner_x()) / scale);
    ring.set_y((element.y / pixels - app.get_corner_y()) / scale);
    ring.set_width(element.width / pixels / scale);
    ring.set_height(element.height / pixels / scale);
    ring.set_button(focus.is_some_and(|focus| focus.button));
    ring.set_shown(true);
}
