//! S27: how the machine is, and what staff can do.

use kiosk_flow::view;
use kiosk_ui::{Fact, Level, Maintenance, Page};
use slint::ComponentHandle as _;

use super::Shown;
use super::sheet::{Sheet, ids, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, view: &view::Maintenance) -> Shown {
    let global = sheet.app.global::<Maintenance<'_>>();
    global.set_title(sheet.text(&view.title));
    global.set_text(sheet.text(&view.text));
    let facts = view.facts.iter().map(|fact| Fact { level: level(fact.level), text: sheet.text(&fact.text) }).collect();
    set_list(&global.get_facts(), facts, |list| global.set_facts(list));
    let actions = sheet.buttons(ids::ACTIONS, &view.buttons);
    set_list(&global.get_actions(), actions, |list| global.set_actions(list));
    Page::Maintenance
}

fn level(level: view::Level) -> Level {
    match level {
        view::Level::Good => Level::Good,
        view::Level::Warning => Level::Warning,
        view::Level::Fault => Level::Fault,
        view::Level::Plain => Level::Plain,
    }
}
