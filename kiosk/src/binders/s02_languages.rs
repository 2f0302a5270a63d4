//! S02: the languages.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S02Languages};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::slots::{Slots, Touch, set_list};

#[derive(Default)]
pub(super) struct Languages {
    languages: Slots,
}

impl Languages {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S02Languages<'_>>();
        global.on_chosen(binder.languages.touched(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Languages) -> Shown {
        let global = app.global::<S02Languages<'_>>();
        global.set_title(SharedString::from(&view.title));
        set_list(&global.get_languages(), self.languages.put(app, &view.languages), |list| global.set_languages(list));
        Page::Languages
    }
}
