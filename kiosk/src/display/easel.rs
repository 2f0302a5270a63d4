//! One screen after another in memory, without an event loop: for pictures, for tests, for measures.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use kiosk_flow::Input;
use kiosk_flow::view::View;
use kiosk_runtime::screen::{Element, Picture, ScreenError};
use kiosk_ui::AppWindow;
use slint::ComponentHandle as _;
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Key, Platform, WindowAdapter};

use super::elements::{self, TextFit};
use super::headless::Canvas;
use super::{DisplayError, Panel, fonts, lay_out, screen};
use crate::binders::Binders;

/// A screen in memory. One a thread, and none where [`super::open`] was called.
pub struct Easel {
    app: AppWindow,
    window: Rc<MinimalSoftwareWindow>,
    binders: Binders,
    canvas: Canvas,
    touched: Rc<RefCell<Vec<Input>>>,
    time: Rc<Cell<Duration>>,
}

/// A platform that has one window, no loop, and a time that passes when it is told to.
struct Still {
    window: Rc<MinimalSoftwareWindow>,
    time: Rc<Cell<Duration>>,
}

impl Platform for Still {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, slint::PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.time.get()
    }
}

impl Easel {
    /// Lays the screens out for a panel.
    ///
    /// # Errors
    /// As [`super::open`].
    pub fn new(panel: &Panel, fonts_folder: &Path) -> Result<Self, DisplayError> {
        panel.check()?;
        fonts::check(fonts_folder)?;
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        window.set_size(slint::PhysicalSize::new(panel.width_px, panel.height_px));
        let time = Rc::new(Cell::new(Duration::ZERO));
        slint::platform::set_platform(Box::new(Still { window: window.clone(), time: Rc::clone(&time) }))
            .map_err(|error| slint::PlatformError::Other(error.to_string()))?;
        let app = AppWindow::new()?;
        lay_out(&app, panel);
        let touched = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&touched);
        let binders = Binders::bind(&app, move |input| heard.borrow_mut().push(input));
        app.show()?;
        Ok(Self { app, window, binders, canvas: Canvas::default(), touched, time })
    }

    /// Shows a view.
    pub fn show(&self, view: &View) {
        self.binders.show(&self.app, view);
        slint::platform::update_timers_and_animations();
    }

    /// Whether screens slide in; at first they do not.
    pub fn set_motion(&self, motion: bool) {
        self.app.set_motion(motion);
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.time.set(self.time.get() + time);
        slint::platform::update_timers_and_animations();
    }

    /// Draws what changed. Whether anything did.
    pub fn draw(&mut self) -> bool {
        self.canvas.draw(&self.window)
    }

    /// What is drawn, whole.
    ///
    /// # Errors
    /// The renderer cannot read its picture back.
    pub fn picture(&self) -> Result<Picture, ScreenError> {
        screen::picture(&self.app)
    }

    /// What can be read or operated.
    #[must_use]
    pub fn elements(&self) -> Vec<Element> {
        elements::of(self.app.window())
    }

    /// Every text, with the room it has and the room it needs.
    #[must_use]
    pub fn texts(&self) -> Vec<TextFit> {
        elements::texts(self.app.window())
    }

    /// A finger that goes down, moves to each of the points in turn, and lifts at the last. What was activated.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn touch(&self, points: &[(f32, f32)]) -> Result<Vec<Input>, ScreenError> {
        screen::press(&self.app, points)?;
        screen::lift(&self.app, points)?;
        Ok(self.touched.take())
    }

    /// As [`Easel::touch`], without lifting the finger.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn press(&self, points: &[(f32, f32)]) -> Result<(), ScreenError> {
        screen::press(&self.app, points)
    }

    /// Moves the finger that is down.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn slide(&self, point: (f32, f32)) -> Result<(), ScreenError> {
        screen::slide(&self.app, point)
    }

    /// A key of a keyboard, down and up. What was activated.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn key(&self, key: Key) -> Result<Vec<Input>, ScreenError> {
        screen::key(&self.app, key)?;
        Ok(self.touched.take())
    }

    /// Lifts the finger where it was last.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn lift(&self, points: &[(f32, f32)]) -> Result<Vec<Input>, ScreenError> {
        screen::lift(&self.app, points)?;
        Ok(self.touched.take())
    }
}
