//! S01: the start.

use kiosk_flow::view;
use kiosk_ui::{Home, Page};
use slint::ComponentHandle as _;

use super::Shown;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, view: &view::Home) -> Shown {
    let global = sheet.app.global::<Home<'_>>();
    global.set_title(sheet.text(&view.title));
    global.set_text(sheet.text(&view.text));
    let choices = sheet.buttons(ids::CHOICES, &view.choices);
    set_list(&global.get_choices(), choices, |list| global.set_choices(list));
    let languages = sheet.buttons(ids::LANGUAGES, &view.languages);
    set_list(&global.get_languages(), languages, |list| global.set_languages(list));
    Page::Home
}
