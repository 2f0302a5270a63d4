//! S07, S26, the size of a group: keys to type with.

use kiosk_flow::view;
use kiosk_ui::{Entry, Key, Page, Tok};
use slint::{ComponentHandle as _, SharedString};

use super::Shown;
use super::sheet::{Sheet, ids, set_list};

/// How many keys stand in a row where there is width rather than height: digits, letters (design, S07).
const WIDE_COLUMNS: (usize, usize) = (6, 9);

pub(super) fn show(sheet: &mut Sheet<'_>, view: &view::Entry) -> Shown {
    let global = sheet.app.global::<Entry<'_>>();
    let tokens = sheet.app.global::<Tok<'_>>();
    let columns = match (tokens.get_landscape() || tokens.get_low(), view.columns <= WIDE_COLUMNS.0) {
        (false, _) => view.columns,
        (true, true) => WIDE_COLUMNS.0,
        (true, false) => WIDE_COLUMNS.1,
    };
    global.set_title(sheet.text(&view.title));
    global.set_text(sheet.text(&view.text));
    let places: Vec<SharedString> = view.places.iter().map(SharedString::from).collect();
    set_list(&global.get_places(), places, |list| global.set_places(list));
    let mut cells = Cells::of(columns);
    let keys: Vec<Key> = (ids::CHOICES..)
        .zip(&view.keys)
        .map(|(id, key)| {
            // A word takes the room of two letters.
            let span = if columns > WIDE_COLUMNS.0 && key.label.chars().count() > 1 { 2 } else { 1 };
            let (column, row) = cells.take(span);
            Key { choice: sheet.button(id, key), column: whole(column), row: whole(row), span: whole(span) }
        })
        .collect();
    set_list(&global.get_keys(), keys, |list| global.set_keys(list));
    global.set_columns(whole(columns));
    global.set_rows(whole(cells.rows()));
    let actions = sheet.buttons(ids::ACTIONS, &view.buttons);
    set_list(&global.get_actions(), actions, |list| global.set_actions(list));
    Page::Entry
}

/// Fills rows of so many cells.
struct Cells {
    columns: usize,
    column: usize,
    row: usize,
}

impl Cells {
    fn of(columns: usize) -> Self {
        Self { columns: columns.max(1), column: 0, row: 0 }
    }

    /// Where something that takes so many cells stands: its column and its row.
    fn take(&mut self, span: usize) -> (usize, usize) {
        if self.column + span > self.columns && self.column > 0 {
            (self.column, self.row) = (0, self.row + 1);
        }
        let place = (self.column, self.row);
        self.column += span;
        place
    }

    fn rows(&self) -> usize {
        self.row + 1
    }
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fill_their_rows_and_words_take_two_cells() {
        let mut cells = Cells::of(10);
        for _ in 0..36 {
            cells.take(1);
        }
        assert_eq!(cells.take(2), (6, 3));
        assert_eq!(cells.take(2), (8, 3));
        assert_eq!(cells.rows(), 4);
        assert_eq!(cells.take(2), (0, 4));
    }
}
