//! What is on the screen as assistive technology would see it, read from the tree of items.

use i_slint_core::accessibility::{AccessibleStringProperty, accessible_descendents};
use i_slint_core::item_tree::ItemRc;
use i_slint_core::items::AccessibleRole;
use i_slint_core::window::WindowInner;
use kiosk_runtime::screen::Element;

/// What can be read or operated, in reading order, in pixels of the picture. What a button contains is part of it.
pub(super) fn of(window: &slint::Window) -> Vec<Element> {
    let Some(root) = WindowInner::from_pub(window).try_component() else { return Vec::new() };
    accessible_descendents(&ItemRc::new_root(root))
        .filter(ItemRc::is_visible)
        .filter_map(|item| element(&item, window.scale_factor()))
        .collect()
}

fn element(item: &ItemRc, scale: f32) -> Option<Element> {
    let role = item.accessible_role();
    let role = if role == AccessibleRole::Button {
        "button"
    } else if role == AccessibleRole::Text {
        "text"
    } else if role == AccessibleRole::Image {
        "image"
    } else {
        return None;
    };
    let property = |which| item.accessible_string_property(which);
    let label = property(AccessibleStringProperty::Label)?.to_string();
    if label.is_empty() {
        return None;
    }
    let geometry = item.geometry();
    let origin = item.map_to_window(geometry.origin);
    let operable = role == "button" && property(AccessibleStringProperty::Enabled).is_none_or(|on| on == "true");
    Some(Element {
        role: role.to_owned(),
        label,
        x: origin.x * scale,
        y: origin.y * scale,
        width: geometry.width() * scale,
        height: geometry.height() * scale,
        enabled: operable,
    })
}
