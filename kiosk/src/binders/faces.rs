//! S18: the first question.

use kiosk_flow::view;
use kiosk_ui::{Faces, Page};
use slint::ComponentHandle as _;

use super::Shown;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, view: &view::Faces) -> Shown {
    let global = sheet.app.global::<Faces<'_>>();
    global.set_title(sheet.text(&view.title));
    global.set_text(sheet.text(&view.text));
    let faces = sheet.buttons(ids::CHOICES, &view.faces);
    set_list(&global.get_faces(), faces, |list| global.set_faces(list));
    let languages = sheet.buttons(ids::LANGUAGES, &view.languages);
    set_list(&global.get_languages(), languages, |list| global.set_languages(list));
    Page::Faces
}
