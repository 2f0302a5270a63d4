//! S14: the ticket is being printed.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S14Printing};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;

pub(super) fn show(app: &AppWindow, view: &view::Printing) -> Shown {
    let global = app.global::<S14Printing<'_>>();
    global.set_title(SharedString::from(&view.title));
    global.set_text(SharedString::from(&view.text));
    Page::Printing
}
