//! S16: the number without its paper.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S16Unprinted};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::code::Code;
use super::slots::{Slots, Touch, icon, set_texts};

#[derive(Default)]
pub(super) struct Unprinted {
    primary: Slots,
    secondary: Slots,
    code: Code,
}

impl Unprinted {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S16Unprinted<'_>>();
        global.on_primary_activated(binder.primary.touched_one(touch));
        global.on_secondary_activated(binder.secondary.touched_one(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Unprinted) -> Shown {
        let global = app.global::<S16Unprinted<'_>>();
        global.set_title(SharedString::from(&view.title));
        global.set_text(SharedString::from(&view.text));
        global.set_icon(icon(app, view.icon));
        global.set_number(SharedString::from(&view.number));
        set_texts(&global.get_facts(), &view.lines, |list| global.set_facts(list));
        global.set_follow(SharedString::from(&view.qr.caption));
        global.set_follow_detail(SharedString::from(&view.qr.note));
        self.code.show(Some(&view.qr.link), |image| {
            global.set_has_code(image.is_some());
            global.set_code(image.unwrap_or_default());
        });
        global.set_primary(self.primary.put_one(&view.primary));
        global.set_secondary(self.secondary.put_one(&view.secondary));
        Page::Unprinted
    }
}
