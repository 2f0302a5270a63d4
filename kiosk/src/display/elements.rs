//! What is on the screen as assistive technology would see it, read from the tree of items.

use std::rc::Rc;

use i_slint_core::accessibility::{AccessibleStringProperty, accessible_descendents};
use i_slint_core::item_tree::{ItemRc, ParentItemTraversalMode};
use i_slint_core::items::{AccessibleRole, ComplexText, Orientation, SimpleText};
use i_slint_core::window::{WindowAdapter, WindowInner};
use kiosk_runtime::screen::Element;
use slint::SharedString;

use crate::binders::plain;

/// What can be read or operated, in reading order, in pixels of the picture. What a button contains is part of it.
pub(crate) fn of(window: &slint::Window) -> Vec<Element> {
    let inner = WindowInner::from_pub(window);
    // A list that changed since the last picture would still show its old rows.
    inner.ensure_tree_instantiated();
    let Some(root) = inner.try_component() else {
        return Vec::new();
    };
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
    let label = plain(&property(AccessibleStringProperty::Label)?);
    if label.is_empty() {
        return None;
    }
    let [x, y, width, height] = place(item, scale);
    let operable = role == "button" && property(AccessibleStringProperty::Enabled).is_none_or(|on| on == "true");
    Some(Element { role: role.to_owned(), label, x, y, width, height, enabled: operable })
}

/// A text on the screen: the room it has, the room it needs. Pixels of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct TextFit {
    /// What it says.
    pub text: String,
    /// Left, top, width, height.
    pub place: [f32; 4],
    /// The height that its lines need at this width.
    pub needed_height: f32,
    /// The width of its longest unbreakable part.
    pub needed_width: f32,
    /// Size of the letters.
    pub font_size: f32,
    /// Their font.
    pub font_family: String,
    /// The button it is on, if any: left, top, width, height.
    pub button: Option<[f32; 4]>,
}

/// Every visible text, what buttons contain included.
pub(super) fn texts(window: &slint::Window) -> Vec<TextFit> {
    let inner = WindowInner::from_pub(window);
    inner.ensure_tree_instantiated();
    let Some(root) = inner.try_component() else {
        return Vec::new();
    };
    let adapter = inner.window_adapter();
    let mut found = Vec::new();
    visit(&ItemRc::new_root(root), &mut |item| {
        found.extend(text_fit(item, &adapter, window.scale_factor()));
    });
    found
}

fn visit(item: &ItemRc, each: &mut impl FnMut(&ItemRc)) {
    each(item);
    let mut next = item.first_child();
    while let Some(child) = next {
        visit(&child, each);
        next = child.next_sibling();
    }
}

fn text_fit(item: &ItemRc, adapter: &Rc<dyn WindowAdapter>, scale: f32) -> Option<TextFit> {
    let (text, font_size, family) = if let Some(text) = item.downcast::<ComplexText>() {
        (text.as_pin_ref().text(), text.as_pin_ref().font_size(), text.as_pin_ref().font_family())
    } else {
        // Only the one with every property has a font of its own.
        let text = item.downcast::<SimpleText>()?;
        (text.as_pin_ref().text(), text.as_pin_ref().font_size(), SharedString::default())
    };
    if text.is_empty() || !item.is_visible() {
        return None;
    }
    let width = item.geometry().width();
    let needs = |orientation, across| item.borrow().as_ref().layout_info(orientation, across, adapter, item);
    Some(TextFit {
        text: plain(&text),
        place: place(item, scale),
        needed_height: needs(Orientation::Vertical, width).preferred * scale,
        needed_width: needs(Orientation::Horizontal, -1.0).min * scale,
        font_size: font_size.get() * scale,
        font_family: family.to_string(),
        button: button_around(item).map(|button| place(&button, scale)),
    })
}

fn button_around(item: &ItemRc) -> Option<ItemRc> {
    let mut around = item.parent_item(ParentItemTraversalMode::StopAtPopups);
    while let Some(ancestor) = around {
        if ancestor.accessible_role() == AccessibleRole::Button {
            return Some(ancestor);
        }
        around = ancestor.parent_item(ParentItemTraversalMode::StopAtPopups);
    }
    None
}

/// Left, top, width, height in pixels of the picture.
fn place(item: &ItemRc, scale: f32) -> [f32; 4] {
    let geometry = item.geometry();
    let origin = item.map_to_window(geometry.origin);
    [origin.x, origin.y, geometry.width(), geometry.height()].map(|length| length * scale)
}
