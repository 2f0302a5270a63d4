//! One binder a screen: it puts what the journey says into the screen's properties. It translates and decides nothing.

mod bidi;
mod choices;
mod chrome;
mod code;
mod detail;
mod entry;
mod faces;
mod focus;
mod home;
mod icons;
mod keypad;
mod languages;
mod maintenance;
mod message;
mod sheet;
mod ticket;

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_flow::Input;
use kiosk_flow::view::{Screen, View};
use kiosk_ui::{AppWindow, Keys, Page, Touch};
use slint::ComponentHandle as _;

pub use bidi::plain;
use code::Code;
pub use keypad::{KeyNameError, Keypad};
use sheet::{Controls, Sheet};

/// The binders of every screen. Clones share what the buttons do.
#[derive(Clone)]
pub struct Binders(Arc<Screens>);

#[derive(Default)]
struct Screens {
    /// The generation of the view that is shown.
    shown: Mutex<Option<u64>>,
    controls: Controls,
    keypad: Keypad,
    detail: Code,
    message: Code,
    ticket: Code,
}

impl Binders {
    /// Connects what the screens report; `on_input` hears what was touched and which key moved, in the event loop.
    pub fn bind(app: &AppWindow, keypad: Keypad, on_input: impl Fn(Input) + 'static) -> Self {
        let screens = Screens { keypad: keypad.clone(), ..Screens::default() };
        let on_input: Rc<dyn Fn(Input)> = Rc::new(on_input);
        icons::bind(app);
        app.global::<Touch<'_>>().on_activated(screens.controls.touched(Rc::clone(&on_input)));
        app.global::<Keys<'_>>().on_moved(move |text, down, again| {
            if let Some(input) = keypad.input(&text, down, again) {
                on_input(input);
            }
        });
        Self(Arc::new(screens))
    }

    /// The keys of the keypad.
    pub fn keypad(&self) -> &Keypad {
        &self.0.keypad
    }

    /// Puts a view on the screen. To be called in the event loop.
    pub fn show(&self, app: &AppWindow, view: &View) {
        let screens = &*self.0;
        let mut sheet = Sheet::new(app, view.chrome.lang);
        chrome::show(&mut sheet, &view.chrome);
        let page = match &view.screen {
            Screen::Home(view) => home::show(&mut sheet, view),
            Screen::Languages(view) => languages::show(&mut sheet, view),
            Screen::Choices(view) => choices::show(&mut sheet, view),
            Screen::Detail(view) => detail::show(&mut sheet, &screens.detail, view),
            Screen::Message(view) => message::show(&mut sheet, &screens.message, view),
            Screen::Ticket(view) => ticket::show(&mut sheet, &screens.ticket, view),
            Screen::Faces(view) => faces::show(&mut sheet, view),
            Screen::Entry(view) => entry::show(&mut sheet, view),
            Screen::Maintenance(view) => maintenance::show(&mut sheet, view),
        };
        let other = screens.controls.replace(sheet);
        let before = screens.shown.lock().unwrap_or_else(PoisonError::into_inner).replace(view.generation);
        app.set_page(page);
        let turns = before != Some(view.generation);
        if turns || other {
            let touch = app.global::<Touch<'_>>();
            touch.set_screen(touch.get_screen().wrapping_add(1));
        }
        if turns || view.chrome.focus.is_some() {
            app.invoke_settle();
        }
        focus::show(app, view.chrome.focus.as_ref());
        // The first screen of all comes from nowhere.
        if turns && before.is_some() {
            app.invoke_turn();
        }
    }
}

/// What a screen's binder answers when it is shown: the page to turn to.
type Shown = Page;
