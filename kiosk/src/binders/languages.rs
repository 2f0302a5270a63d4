//! S02: the languages.

use kiosk_flow::view;
use kiosk_ui::{Languages, Page};
use slint::ComponentHandle as _;

use super::Shown;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, view: &view::Languages) -> Shown {
    let global = sheet.app.global::<Languages<'_>>();
    global.set_title(sheet.text(&view.title));
    let languages = sheet.buttons(ids::LANGUAGES, &view.languages);
    set_list(&global.get_languages(), languages, |list| global.set_languages(list));
    Page::Languages
}
