//! S23: is somebody still there?

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S23StillThere};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::slots::{Slots, Touch};

#[derive(Default)]
pub(super) struct StillThere {
    primary: Slots,
    secondary: Slots,
}

impl StillThere {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S23StillThere<'_>>();
        global.on_primary_activated(binder.primary.touched_one(touch));
        global.on_secondary_activated(binder.secondary.touched_one(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::StillThere) -> Shown {
        let global = app.global::<S23StillThere<'_>>();
        global.set_title(SharedString::from(&view.title));
        global.set_text(SharedString::from(&view.text));
        global.set_seconds(SharedString::from(&view.seconds));
        global.set_primary(self.primary.put_one(&view.primary));
        global.set_secondary(self.secondary.put_one(&view.secondary));
        Page::StillThere
    }
}
