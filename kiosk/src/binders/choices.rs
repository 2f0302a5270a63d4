//! S03, S19, S29: cards to choose from.

use kiosk_flow::view;
use kiosk_ui::{Choices, Page};
use slint::ComponentHandle as _;

use super::Shown;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, view: &view::Choices) -> Shown {
    let global = sheet.app.global::<Choices<'_>>();
    global.set_title(sheet.text(&view.title));
    global.set_text(sheet.text(&view.text));
    let cards = sheet.buttons(ids::CHOICES, &view.cards);
    set_list(&global.get_cards(), cards, |list| global.set_cards(list));
    Page::Choices
}
