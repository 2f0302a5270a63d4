//! One screen after another in memory, without an event loop: for pictures, for tests, for measures.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use kiosk_canvas::Canvas;
use kiosk_flow::Input;
use kiosk_flow::view::View;
use kiosk_runtime::screen::{Element, Picture, ScreenError};
use kiosk_ui::{AppWindow, Palette, Ring, Tok};
use slint::ComponentHandle as _;
use slint::platform::software_renderer::{MinimalSoftwareWindow, RenderingRotation, RepaintBufferType};
use slint::platform::{Key, Platform, WindowAdapter};

use super::elements::{self, TextFit};
use super::touch::Glass;
use super::touch::filter::{Phase, Touch};
use super::{DisplayError, Panel, fonts, lay_out, screen};
use crate::binders::{Binders, Keypad};

/// The finger of the gestures.
const FINGER: u64 = 0;

/// How long a hand waits between two gestures: nobody would take them for one.
const BETWEEN: Duration = Duration::from_secs(1);

/// A screen in memory. One a thread, and none where [`super::open`] was called.
pub struct Easel {
    app: AppWindow,
    window: Rc<MinimalSoftwareWindow>,
    binders: Binders,
    canvas: Canvas,
    touched: Rc<RefCell<Vec<Input>>>,
    time: Rc<Cell<Duration>>,
    glass: Arc<Glass>,
    /// When the glass was last touched.
    hand: Cell<Duration>,
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
        let glass = Glass::new(panel);
        glass.cover(&app);
        let touched = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&touched);
        let binders = Binders::bind(&app, Keypad::default(), move |input| heard.borrow_mut().push(input));
        app.show()?;
        Ok(Self { app, window, binders, canvas: Canvas::default(), touched, time, glass, hand: Cell::default() })
    }

    /// Shows a view. Who holds a control of another one holds nothing any more.
    pub fn show(&self, view: &View) {
        self.glass.turn(self.app.window(), view.generation);
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

    /// What is on the screen: drawn as on a panel, where only what changed is drawn again.
    pub fn picture(&mut self) -> Picture {
        self.draw();
        let (width, height) = self.canvas.size();
        Picture { width, height, rgb: self.canvas.rgb() }
    }

    /// What somebody sees who asks for a picture from afar, where the screen shows everything turned.
    ///
    /// # Errors
    /// The picture cannot be read back.
    pub fn picture_from_afar(&self, turned: RenderingRotation) -> Result<Picture, ScreenError> {
        let turn = |rotation| {
            self.app.window().request_redraw();
            self.window.draw_if_needed(|renderer| renderer.set_rendering_rotation(rotation));
        };
        turn(turned);
        let picture = screen::picture(&self.app);
        turn(RenderingRotation::NoRotation);
        self.app.window().request_redraw();
        picture
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

    /// Where the rings of the keypad are, without their own width: left, top, width, height, and whether it is a button.
    #[must_use]
    pub fn ring(&self) -> Option<([f32; 4], bool)> {
        let ring = self.app.global::<Ring<'_>>();
        let place = [ring.get_x(), ring.get_y(), ring.get_width(), ring.get_height()];
        ring.get_shown().then(|| (place, ring.get_button()))
    }

    /// The colours in force.
    #[must_use]
    pub fn palette(&self) -> Palette {
        self.app.global::<Tok<'_>>().get_c()
    }

    /// A finger that goes down, moves to each of the points in turn, and lifts at the last. What was activated.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn touch(&self, points: &[(f32, f32)]) -> Result<Vec<Input>, ScreenError> {
        self.press(points)?;
        self.lift(&[])
    }

    /// As [`Easel::touch`], without lifting the finger.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn press(&self, points: &[(f32, f32)]) -> Result<(), ScreenError> {
        self.hand.set(self.hand.get() + BETWEEN);
        for (rank, point) in points.iter().enumerate() {
            self.gesture(if rank == 0 { Phase::Down } else { Phase::Motion }, *point)?;
        }
        Ok(())
    }

    /// Moves the finger that is down.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn slide(&self, point: (f32, f32)) -> Result<(), ScreenError> {
        self.gesture(Phase::Motion, point)
    }

    /// Moves the finger that is down to each of the points in turn, and lifts it. What was activated.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn lift(&self, points: &[(f32, f32)]) -> Result<Vec<Input>, ScreenError> {
        points.iter().try_for_each(|point| self.slide(*point))?;
        self.gesture(Phase::Up, (0.0, 0.0))?;
        Ok(self.touched.take())
    }

    /// What a panel tells of any number of fingers, in the order of time. What was activated. Gestures that follow are
    /// made a second after the last of it.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn raw_touch(&self, touches: &[Touch]) -> Result<Vec<Input>, ScreenError> {
        for touch in touches {
            self.glass.touch(self.app.window(), *touch).map_err(|_| ScreenError::Gone)?;
            self.hand.set(self.hand.get().max(touch.at));
        }
        Ok(self.touched.take())
    }

    /// A key of a keyboard, down and up. What was activated.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn key(&self, key: Key) -> Result<Vec<Input>, ScreenError> {
        screen::key(&self.app, key)?;
        Ok(self.touched.take())
    }

    fn gesture(&self, phase: Phase, (x, y): (f32, f32)) -> Result<(), ScreenError> {
        let touch = Touch { finger: FINGER, phase, x, y, at: self.hand.get() };
        self.glass.touch(self.app.window(), touch).map_err(|_| ScreenError::Gone)
    }
}
