//! S20: thanks.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S20Thanks};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::code::Code;
use super::slots::{Slots, Touch};

#[derive(Default)]
pub(super) struct Thanks {
    primary: Slots,
    stay: Slots,
    code: Code,
}

impl Thanks {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S20Thanks<'_>>();
        global.on_primary_activated(binder.primary.touched_one(touch));
        global.on_stay_activated(binder.stay.touched_one(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Thanks) -> Shown {
        let global = app.global::<S20Thanks<'_>>();
        global.set_title(SharedString::from(&view.title));
        global.set_text(SharedString::from(&view.text));
        let code = view.complaint.as_ref();
        global.set_complaint(code.map(|code| SharedString::from(&code.caption)).unwrap_or_default());
        global.set_complaint_note(code.map(|code| SharedString::from(&code.note)).unwrap_or_default());
        self.code.show(code.map(|code| code.link.as_str()), |image| {
            global.set_has_code(image.is_some());
            global.set_code(image.unwrap_or_default());
        });
        let countdown = view.countdown.as_ref();
        global.set_countdown(countdown.map(|countdown| SharedString::from(&countdown.text)).unwrap_or_default());
        global.set_stay(self.stay.put_one(countdown.map(|countdown| &countdown.stay)));
        global.set_primary(self.primary.put_one(&view.primary));
        Page::Thanks
    }
}
