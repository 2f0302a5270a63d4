//! S03: the services.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S03Services};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::slots::{Slots, Touch, set_list};

#[derive(Default)]
pub(super) struct Services {
    cards: Slots,
}

impl Services {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S03Services<'_>>();
        global.on_chosen(binder.cards.touched(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Services) -> Shown {
        let global = app.global::<S03Services<'_>>();
        global.set_title(SharedString::from(&view.title));
        set_list(&global.get_cards(), self.cards.put(app, &view.cards), |list| global.set_cards(list));
        Page::Services
    }
}
