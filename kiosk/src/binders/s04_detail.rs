//! S04: one service.

use kiosk_flow::view;
use kiosk_ui::{AppWindow, Page, S04Detail};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::code::Code;
use super::slots::{Slots, Touch, icon, set_texts};

#[derive(Default)]
pub(super) struct Detail {
    primary: Slots,
    secondary: Slots,
    code: Code,
}

impl Detail {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<S04Detail<'_>>();
        global.on_primary_activated(binder.primary.touched_one(touch));
        global.on_secondary_activated(binder.secondary.touched_one(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Detail) -> Shown {
        let global = app.global::<S04Detail<'_>>();
        global.set_title(SharedString::from(&view.title));
        global.set_wait(SharedString::from(&view.wait));
        global.set_ahead(SharedString::from(&view.ahead));
        global.set_documents_title(SharedString::from(&view.documents_title));
        set_texts(&global.get_documents(), &view.documents, |list| global.set_documents(list));
        let code = view.online.as_ref();
        global.set_online(code.map(|code| SharedString::from(&code.caption)).unwrap_or_default());
        global.set_online_note(code.map(|code| SharedString::from(&code.note)).unwrap_or_default());
        self.code.show(code.map(|code| code.link.as_str()), |image| {
            global.set_has_code(image.is_some());
            global.set_code(image.unwrap_or_default());
        });
        global.set_notice(SharedString::from(&view.notice));
        global.set_primary(self.primary.put_one(&view.primary));
        global.set_primary_icon(icon(app, view.primary.icon));
        global.set_secondary(self.secondary.put_one(&view.secondary));
        Page::Detail
    }
}
