//! S15: the ticket is ready.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S15Ready};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::code::Code;
use super::slots::{Slots, Touch, set_texts};

#[derive(Default)]
pub(super) struct Ready {
    primary: Slots,
    secondary: Slots,
    stay: Slots,
    code: Code,
}

impl Ready {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S15Ready<'_>>();
        global.on_primary_activated(binder.primary.touched_one(touch));
        global.on_secondary_activated(binder.secondary.touched_one(touch));
        global.on_stay_activated(binder.stay.touched_one(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Ready) -> Shown {
        let global = app.global::<S15Ready<'_>>();
        global.set_title(SharedString::from(&view.title));
        global.set_number(SharedString::from(&view.number));
        global.set_headline(SharedString::from(&view.headline));
        set_texts(&global.get_facts(), &view.lines, |list| global.set_facts(list));
        global.set_follow(SharedString::from(&view.qr.caption));
        global.set_follow_detail(SharedString::from(&view.qr.note));
        self.code.show(Some(&view.qr.link), |image| {
            global.set_has_code(image.is_some());
            global.set_code(image.unwrap_or_default());
        });
        let countdown = view.countdown.as_ref();
        global.set_countdown(countdown.map(|countdown| SharedString::from(&countdown.text)).unwrap_or_default());
        global.set_stay(self.stay.put_one(countdown.map(|countdown| &countdown.stay)));
        global.set_primary(self.primary.put_one(&view.primary));
        global.set_secondary(self.secondary.put_one(&view.secondary));
        Page::Ready
    }
}
