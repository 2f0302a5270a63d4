//! S05, S14, S17, S20, S22, S23, S24, S28: what happened, and what to do.

use kiosk_flow::view::{self, Icon};
use kiosk_ui::{Message, Page, Tone};
use slint::ComponentHandle as _;

use super::Shown;
use super::code::Code;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, code: &Code, view: &view::Message) -> Shown {
    let global = sheet.app.global::<Message<'_>>();
    let drawn = matches!(view.icon, Icon::RollOpen | Icon::RollPlace | Icon::RollPull | Icon::RollSlip);
    global.set_icon(sheet.icon(if drawn { Icon::None } else { view.icon }));
    global.set_drawing(sheet.icon(if drawn { view.icon } else { Icon::None }));
    global.set_tone(match view.tone {
        view::Tone::Plain => Tone::Plain,
        view::Tone::Good => Tone::Good,
        view::Tone::Warning => Tone::Warning,
        view::Tone::Fault => Tone::Fault,
    });
    global.set_title(sheet.text(&view.title));
    global.set_text(sheet.text(&view.text));
    global.set_seconds(sheet.text(&view.seconds));
    global.set_qr(code.of(sheet, global.get_qr(), view.qr.as_ref()));
    // The place of the warning is kept from the start where the screen goes home by itself.
    global.set_counts(view.code == "S20" || view.countdown.is_some());
    let (countdown, stay) = sheet.countdown(view.countdown.as_ref());
    global.set_countdown(countdown);
    global.set_stay(stay);
    let actions = sheet.buttons(ids::ACTIONS, &view.buttons);
    set_list(&global.get_actions(), actions, |list| global.set_actions(list));
    global.set_equal(view.equal);
    global.set_anywhere(ids::ANYWHERE);
    global.set_touchable(view.anywhere.is_some());
    if let Some(control) = &view.anywhere {
        sheet.control(ids::ANYWHERE, control);
    }
    Page::Message
}
