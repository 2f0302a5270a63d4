//! What stands around every screen.

use kiosk_flow::{Control, view};
use kiosk_ui::AppWindow;
use slint::{ComponentHandle as _, SharedString};

use super::slots::{Slots, Touch};

#[derive(Default)]
pub(super) struct Chrome {
    back: Slots,
    languages: Slots,
    help: Slots,
}

impl Chrome {
    pub fn bind(app: &AppWindow, touch: &Touch) -> Self {
        let binder = Self::default();
        let global = app.global::<kiosk_ui::Chrome<'_>>();
        global.on_back_activated(binder.back.touched_one(touch));
        global.on_language_activated(binder.languages.touched_one(touch));
        global.on_help_activated(binder.help.touched_one(touch));
        binder
    }

    pub fn show(&self, app: &AppWindow, view: &view::Chrome) {
        let global = app.global::<kiosk_ui::Chrome<'_>>();
        let button = |control| view.footer.iter().find(|button| button.control == control);
        global.set_site_name(SharedString::from(&view.site));
        global.set_clock(SharedString::from(&view.clock));
        global.set_back(self.back.put_one(button(Control::Back)));
        global.set_language(self.languages.put_one(button(Control::Languages)));
        global.set_help(self.help.put_one(button(Control::CallPerson)));
    }
}
