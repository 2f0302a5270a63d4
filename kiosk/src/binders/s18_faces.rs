//! S18: the first question, answered by a face.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S18Faces};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::slots::{Slots, Touch, set_list};

#[derive(Default)]
pub(super) struct Faces {
    faces: Slots,
    languages: Slots,
}

impl Faces {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S18Faces<'_>>();
        global.on_chosen(binder.faces.touched(touch));
        global.on_language_chosen(binder.languages.touched(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Faces) -> Shown {
        let global = app.global::<S18Faces<'_>>();
        global.set_title(SharedString::from(&view.title));
        global.set_text(SharedString::from(&view.text));
        set_list(&global.get_faces(), self.faces.put(app, &view.faces), |list| global.set_faces(list));
        set_list(&global.get_languages(), self.languages.put(app, &view.languages), |list| global.set_languages(list));
        Page::Faces
    }
}
