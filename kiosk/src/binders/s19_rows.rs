//! S19: one more question.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S19Rows};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::slots::{Slots, Touch, set_list};

#[derive(Default)]
pub(super) struct Rows {
    rows: Slots,
}

impl Rows {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S19Rows<'_>>();
        global.on_chosen(binder.rows.touched(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Rows) -> Shown {
        let global = app.global::<S19Rows<'_>>();
        global.set_title(SharedString::from(&view.title));
        set_list(&global.get_rows(), self.rows.put(app, &view.rows), |list| global.set_rows(list));
        Page::Rows
    }
}
