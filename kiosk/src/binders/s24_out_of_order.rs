//! S24: nothing works here.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S24OutOfOrder};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;

pub(super) fn show(app: &AppWindow, view: &view::OutOfOrder) -> Shown {
    let global = app.global::<S24OutOfOrder<'_>>();
    global.set_title(SharedString::from(&view.title));
    global.set_text(SharedString::from(&view.text));
    Page::OutOfOrder
}
