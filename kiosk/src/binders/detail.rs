//! S04: one service.

use kiosk_flow::view;
use kiosk_ui::{Detail, Page};
use slint::ComponentHandle as _;

use super::Shown;
use super::code::Code;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, code: &Code, view: &view::Detail) -> Shown {
    let global = sheet.app.global::<Detail<'_>>();
    global.set_title(sheet.text(&view.title));
    global.set_wait(sheet.text(&view.wait));
    global.set_ahead(sheet.text(&view.ahead));
    global.set_group(sheet.text(&view.group));
    set_list(&global.get_notices(), sheet.texts(&view.notices), |list| global.set_notices(list));
    global.set_documents_title(sheet.text(&view.documents_title));
    set_list(&global.get_documents(), sheet.texts(&view.documents), |list| global.set_documents(list));
    global.set_qr(code.of(sheet, global.get_qr(), view.online.as_ref()));
    let actions = [&view.primary].into_iter().chain(&view.more).chain(&view.secondary);
    let actions = sheet.buttons(ids::ACTIONS, actions);
    set_list(&global.get_actions(), actions, |list| global.set_actions(list));
    Page::Detail
}
