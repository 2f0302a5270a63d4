//! One binder a screen: it puts what the journey says into the screen's properties, and says what was touched. It
//! translates and decides nothing.

mod chrome;
mod code;
mod s01_home;
mod s02_languages;
mod s03_services;
mod s04_detail;
mod s14_printing;
mod s15_ready;
mod s16_unprinted;
mod s18_faces;
mod s19_rows;
mod s20_thanks;
mod s22_help;
mod s23_still_there;
mod s24_out_of_order;
mod slots;

use std::sync::{Arc, Mutex, PoisonError};

use kiosk_flow::Input;
use kiosk_flow::view::{Screen, View};
use kiosk_ui::{AppWindow, Page};

use slots::Touch;

/// The binders of every screen. Clones share what the buttons do.
#[derive(Clone)]
pub struct Binders(Arc<Screens>);

/// What is one screen to a visitor: each question of a survey is one of its own.
#[derive(Clone, PartialEq)]
struct Leaf {
    page: Page,
    question: Option<String>,
}

fn question(screen: &Screen) -> Option<String> {
    if let Screen::Rows(rows) = screen { Some(rows.title.clone()) } else { None }
}

struct Screens {
    shown: Mutex<Option<Leaf>>,
    chrome: chrome::Chrome,
    home: s01_home::Home,
    languages: s02_languages::Languages,
    services: s03_services::Services,
    detail: s04_detail::Detail,
    ready: s15_ready::Ready,
    unprinted: s16_unprinted::Unprinted,
    faces: s18_faces::Faces,
    rows: s19_rows::Rows,
    thanks: s20_thanks::Thanks,
    help: s22_help::Help,
    still_there: s23_still_there::StillThere,
}

impl Binders {
    /// Connects the callbacks of every screen; `on_input` hears what was touched, in the event loop.
    pub fn bind(app: &AppWindow, on_input: impl Fn(Input) + 'static) -> Self {
        let touch = Touch::new(on_input);
        Self(Arc::new(Screens {
            shown: Mutex::default(),
            chrome: chrome::Chrome::bind(app, &touch),
            home: s01_home::Home::bind(app, &touch),
            languages: s02_languages::Languages::bind(app, &touch),
            services: s03_services::Services::bind(app, &touch),
            detail: s04_detail::Detail::bind(app, &touch),
            ready: s15_ready::Ready::bind(app, &touch),
            unprinted: s16_unprinted::Unprinted::bind(app, &touch),
            faces: s18_faces::Faces::bind(app, &touch),
            rows: s19_rows::Rows::bind(app, &touch),
            thanks: s20_thanks::Thanks::bind(app, &touch),
            help: s22_help::Help::bind(app, &touch),
            still_there: s23_still_there::StillThere::bind(app, &touch),
        }))
    }

    /// Puts a view on the screen. To be called in the event loop.
    pub fn show(&self, app: &AppWindow, view: &View) {
        let screens = &*self.0;
        screens.chrome.show(app, &view.chrome);
        let page = match &view.screen {
            Screen::Home(view) => screens.home.show(app, view),
            Screen::Languages(view) => screens.languages.show(app, view),
            Screen::Services(view) => screens.services.show(app, view),
            Screen::Detail(view) => screens.detail.show(app, view),
            Screen::Printing(view) => s14_printing::show(app, view),
            Screen::Ready(view) => screens.ready.show(app, view),
            Screen::Unprinted(view) => screens.unprinted.show(app, view),
            Screen::Faces(view) => screens.faces.show(app, view),
            Screen::Rows(view) => screens.rows.show(app, view),
            Screen::Thanks(view) => screens.thanks.show(app, view),
            Screen::Help(view) => screens.help.show(app, view),
            Screen::StillThere(view) => screens.still_there.show(app, view),
            Screen::OutOfOrder(view) => s24_out_of_order::show(app, view),
        };
        let leaf = Leaf { page, question: question(&view.screen) };
        let before = screens.shown.lock().unwrap_or_else(PoisonError::into_inner).replace(leaf.clone());
        app.set_page(page);
        // The first screen of all comes from nowhere.
        if before.is_some_and(|before| before != leaf) {
            app.invoke_turn();
        }
    }
}

/// What a screen's binder answers when it is shown: the page to turn to.
type Shown = Page;
