//! What stands around every screen, and how all of it is drawn.

use kiosk_flow::{Control, view};
use kiosk_ui::{Choice, Theme, Tok};
use slint::ComponentHandle as _;

use super::sheet::{Sheet, script, set_list};

pub(super) fn show(sheet: &mut Sheet<'_>, view: &view::Chrome) {
    let tokens = sheet.app.global::<Tok<'_>>();
    tokens.set_theme(match view.look.theme {
        view::Theme::Standard => Theme::Standard,
        view::Theme::HighContrast => Theme::HighContrast,
        view::Theme::Night => Theme::Night,
    });
    tokens.set_large(view.look.large_text);
    tokens.set_script(script(view.lang));
    sheet.app.set_still(!view.look.motion);

    let global = sheet.app.global::<kiosk_ui::Chrome<'_>>();
    global.set_site_name(sheet.text(&view.site));
    global.set_clock(sheet.text(&view.clock));
    // Four places or none: a place keeps its button while others come and go.
    let places = if view.footer.is_empty() { 0 } else { PLACES };
    let mut footer: Vec<Choice> = (0..places).map(|id| Choice { id, ..Choice::default() }).collect();
    for button in &view.footer {
        let shown = sheet.button(place(&button.control), button);
        if let Some(free) = footer.iter_mut().find(|free| free.id == shown.id) {
            *free = shown;
        }
    }
    set_list(&global.get_footer(), footer, |list| global.set_footer(list));
}

/// The footer's places.
const PLACES: i32 = 4;

/// Where a button of the footer stands on every screen.
fn place(control: &Control) -> i32 {
    let places = [&Control::Languages, &Control::Display, &Control::CallPerson];
    places.iter().zip(1..).find(|(of, _)| **of == control).map_or(0, |(_, place)| place)
}
