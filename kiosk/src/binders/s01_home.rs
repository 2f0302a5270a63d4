//! S01: the start.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S01Home};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::slots::{Slots, Touch, set_list};

#[derive(Default)]
pub(super) struct Home {
    choices: Slots,
    languages: Slots,
}

impl Home {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S01Home<'_>>();
        global.on_chosen(binder.choices.touched(touch));
        global.on_language_chosen(binder.languages.touched(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Home) -> Shown {
        let global = app.global::<S01Home<'_>>();
        global.set_title(SharedString::from(&view.title));
        global.set_text(SharedString::from(&view.text));
        set_list(&global.get_choices(), self.choices.put(app, &view.choices), |list| global.set_choices(list));
        set_list(&global.get_languages(), self.languages.put(app, &view.languages), |list| global.set_languages(list));
        Page::Home
    }
}
