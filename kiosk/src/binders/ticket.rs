//! S15, S16: the visitor's number.

use kiosk_flow::view;
use kiosk_ui::{Page, Ticket};
use slint::ComponentHandle as _;

use super::Shown;
use super::code::Code;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, code: &Code, view: &view::Ticket) -> Shown {
    let global = sheet.app.global::<Ticket<'_>>();
    global.set_title(sheet.text(&view.title));
    global.set_text(sheet.text(&view.text));
    global.set_icon(sheet.icon(view.icon));
    global.set_number(sheet.text(&view.number));
    global.set_headline(sheet.text(&view.headline));
    set_list(&global.get_lines(), sheet.texts(&view.lines), |list| global.set_lines(list));
    global.set_qr(code.of(sheet, global.get_qr(), view.qr.as_ref()));
    // The place of the warning is kept from the start where the screen goes home by itself.
    global.set_counts(view.code == "S15" || view.countdown.is_some());
    let (countdown, stay) = sheet.countdown(view.countdown.as_ref());
    global.set_countdown(countdown);
    global.set_stay(stay);
    let actions = [&view.primary].into_iter().chain(&view.more).chain(&view.secondary);
    let actions = sheet.buttons(ids::ACTIONS, actions);
    set_list(&global.get_actions(), actions, |list| global.set_actions(list));
    Page::Ticket
}
