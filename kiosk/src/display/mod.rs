//! Where the screens are drawn: a window, the bare screen of the machine, or memory. All three use the same renderer
//! and the same port, [`kiosk_runtime::screen::Screen`].

mod cost;
mod easel;
pub(crate) mod elements;
pub mod fonts;
mod headless;
mod kind;
mod kms;
mod panel;
mod screen;
mod touch;
mod window;

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use drivers::watchdog::{Heart, Watchdog};
use kiosk_flow::Input;
use kiosk_runtime::screen::Screen;
use kiosk_ui::{AppWindow, Tok};
use slint::ComponentHandle as _;

pub use cost::{CostError, FrameCost, frame_cost};
pub use easel::Easel;
pub use elements::TextFit;
pub use fonts::FontsError;
pub use kind::{Kind, KindError};
pub use panel::{Panel, PanelError};
pub use touch::filter;

use crate::binders::{Binders, Keypad};
use kind::Surroundings;
use screen::SlintScreen;
use touch::Glass;

/// Opens the display on this thread, which must be the main one, and lays the screens out for a panel.
///
/// `keypad` says which keys are the keypad's. `on_input` hears every control and key that is activated, on this thread, while [`EventLoop::run`] runs. The port works
/// from any thread; what it is asked before the loop runs is answered when it does.
///
/// # Errors
/// The panel is impossible, the fonts are not in force ([`fonts::put_in_force`]), or the display is not compiled in or
/// does not open.
pub fn open(
    kind: Kind,
    panel: &Panel,
    fonts_folder: &Path,
    keypad: Keypad,
    on_input: impl Fn(Input) + 'static,
) -> Result<(Arc<dyn Screen>, EventLoop), DisplayError> {
    panel.check()?;
    fonts::check(fonts_folder)?;
    let kind = kind.settle(&Surroundings::here());
    let glass = Glass::new(panel);
    match kind {
        Kind::Window => window::select()?,
        Kind::Kms => kms::select(&glass)?,
        Kind::Auto | Kind::Headless => headless::select(panel)?,
    }
    let app = AppWindow::new()?;
    lay_out(&app, panel);
    glass.cover(&app);
    if kind == Kind::Window {
        window::cover(&app, &glass);
    }
    // A picture in memory is looked at in the middle of anything, and a tap finds its button by its place.
    app.set_motion(kind != Kind::Headless);
    let binders = Binders::bind(&app, keypad, on_input);
    let screen = Arc::new(SlintScreen::new(app.as_weak(), binders, glass));
    Ok((screen, EventLoop { app, kind, panel: *panel }))
}

/// Tells the screens how large the panel is.
fn lay_out(app: &AppWindow, panel: &Panel) {
    let tokens = app.global::<Tok<'_>>();
    tokens.set_panel_width(i32::try_from(panel.width_px).unwrap_or(i32::MAX));
    tokens.set_panel_height(i32::try_from(panel.height_px).unwrap_or(i32::MAX));
    tokens.set_pixels_per_mm(panel.pixels_per_mm());
    let (top, bottom) = panel.touch_band_mm();
    tokens.set_touch_top_mm(top);
    tokens.set_touch_bottom_mm(bottom);
    tokens.set_view_ratio(panel.view_ratio());
}

/// The display's event loop. Dropping it closes the display.
pub struct EventLoop {
    app: AppWindow,
    kind: Kind,
    panel: Panel,
}

impl EventLoop {
    /// What draws: never [`Kind::Auto`].
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Draws and listens until [`Screen::quit`], or until the window is closed.
    ///
    /// # Errors
    /// The display was lost, or could not be opened now that it was needed.
    pub fn run(self, watchdog: &Watchdog) -> Result<(), DisplayError> {
        if self.kind == Kind::Window {
            window::fit(&self.app, &self.panel)?;
        }
        self.app.show()?;
        let heart = watchdog.heart("screen");
        let beat = heart.interval();
        let heart = Rc::new(Cell::new(Some(heart)));
        let timer = slint::Timer::default();
        if let Some(every) = beat {
            let heart = Rc::clone(&heart);
            timer.start(slint::TimerMode::Repeated, every, move || {
                let beating = heart.take();
                beating.iter().for_each(Heart::beat);
                heart.set(beating);
            });
        }
        watchdog.ready();
        let ended = slint::run_event_loop();
        heart.take().into_iter().for_each(Heart::retire);
        Ok(ended?)
    }
}

/// The screens cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DisplayError {
    /// The panel's figures.
    #[error(transparent)]
    Panel(#[from] PanelError),
    /// The fonts.
    #[error(transparent)]
    Fonts(#[from] FontsError),
    /// This program was built without it.
    #[error("this program was built without the display `{kind}`; use another, or build it with --features {kind}")]
    NotBuilt {
        /// What was asked for.
        kind: Kind,
    },
    /// The display does not open.
    #[error("the display does not open")]
    Platform(#[from] slint::PlatformError),
}
