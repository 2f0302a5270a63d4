//! Memory instead of a screen, drawn by the same renderer: for the live view, for tests, for machines without a panel.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use kiosk_canvas::Canvas;
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{EventLoopProxy, Platform, WindowAdapter};
use slint::{EventLoopError, PlatformError};

use super::{DisplayError, Panel};

/// The pace of a screen that is moving.
const FRAME: Duration = Duration::from_millis(16);

/// Makes the one window of this thread a picture in memory.
pub(super) fn select(panel: &Panel) -> Result<(), DisplayError> {
    slint::platform::set_platform(Box::new(HeadlessPlatform::new(panel)))
        .map_err(|error| PlatformError::Other(error.to_string()))?;
    Ok(())
}

/// What the loop is woken for.
enum Wake {
    Call(Box<dyn FnOnce() + Send>),
    Quit,
}

struct HeadlessPlatform {
    window: Rc<MinimalSoftwareWindow>,
    canvas: RefCell<Canvas>,
    wakes: Receiver<Wake>,
    waker: Sender<Wake>,
    running: Cell<bool>,
}

impl HeadlessPlatform {
    fn new(panel: &Panel) -> Self {
        let (waker, wakes) = channel();
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        window.set_size(slint::PhysicalSize::new(panel.width_px, panel.height_px));
        Self { window, canvas: RefCell::default(), wakes, waker, running: Cell::new(false) }
    }

    /// Waits for something to do, until the next timer at most.
    fn wait(&self) -> Result<Option<Wake>, PlatformError> {
        let until_timer = slint::platform::duration_until_next_timer_update();
        let until_frame = self.window.has_active_animations().then_some(FRAME);
        let wake = match [until_timer, until_frame].into_iter().flatten().min() {
            Some(limit) => match self.wakes.recv_timeout(limit) {
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Ok(wake) => Ok(wake),
                Err(RecvTimeoutError::Disconnected) => Err(()),
            },
            None => self.wakes.recv().map_err(|_| ()),
        };
        // The platform holds a sender itself.
        wake.map(Some).map_err(|()| PlatformError::Other("the loop lost its own end".into()))
    }

    fn obey(&self, wake: Wake) {
        match wake {
            Wake::Call(call) => call(),
            Wake::Quit => self.running.set(false),
        }
    }
}

impl Platform for HeadlessPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        self.running.set(true);
        while self.running.get() {
            slint::platform::update_timers_and_animations();
            self.canvas.borrow_mut().draw(&self.window);
            if let Some(wake) = self.wait()? {
                self.obey(wake);
            }
            while let Ok(wake) = self.wakes.try_recv() {
                self.obey(wake);
            }
        }
        Ok(())
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        Some(Box::new(Proxy(self.waker.clone())))
    }
}

struct Proxy(Sender<Wake>);

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.0.send(Wake::Quit).map_err(|_| EventLoopError::EventLoopTerminated)
    }

    fn invoke_from_event_loop(&self, call: Box<dyn FnOnce() + Send>) -> Result<(), EventLoopError> {
        self.0.send(Wake::Call(call)).map_err(|_| EventLoopError::EventLoopTerminated)
    }
}
