//! From fingers to clicks. A panel tells of contacts, the [`filter`] decides which of them a button may see, and the
//! one window sees them as a pointer. Slint's own handling of touches is bypassed on every display: it clicks where
//! none is right, and does not where one is.
//!
//! Nothing here says that somebody is there: idle times count what was activated, not what touches the glass.

pub mod filter;
#[cfg(any(feature = "kms", test))]
mod keys;
#[cfg(feature = "kms")]
pub(super) mod libinput;
#[cfg(any(feature = "kms", test))]
mod rotation;
#[cfg(feature = "window")]
pub(super) mod winit;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use kiosk_ui::AppWindow;
use rustix::time::{ClockId, clock_gettime};
use slint::platform::{PointerEventButton, WindowEvent, WindowEventDispatchResult};
use slint::{ComponentHandle as _, LogicalPosition, PlatformError, Weak, Window};

use super::Panel;
use filter::{Decision, Filter, Phase, Touch};

/// What is this far apart or less is one place, in mm: a finger that trembles, never the next key (20 mm on, or 14).
const NEAR_MM: f32 = 6.0;

/// The finger of who taps from afar.
const REMOTE: u64 = u64::MAX;

/// The glass over the one window of this process. Places on it are pixels of the picture.
pub(super) struct Glass {
    panel: Panel,
    app: OnceLock<Weak<AppWindow>>,
    touched: Mutex<Touched>,
}

struct Touched {
    filter: Filter,
    /// Which screen is behind the glass.
    generation: Option<u64>,
}

impl Glass {
    /// Over a panel on which nothing is shown yet.
    pub fn new(panel: &Panel) -> Arc<Self> {
        let filter = Filter::new(NEAR_MM * panel.pixels_per_mm());
        let touched = Mutex::new(Touched { filter, generation: None });
        Arc::new(Self { panel: *panel, app: OnceLock::new(), touched })
    }

    /// Lays it over a window, for who hears of fingers without a window.
    pub fn cover(&self, app: &AppWindow) {
        // A second window would be one that nobody asked for.
        let _ = self.app.set(app.as_weak());
    }

    /// Something happened to a finger.
    ///
    /// # Errors
    /// The window does not take events.
    pub fn touch(&self, window: &Window, touch: Touch) -> Result<(), PlatformError> {
        let decision = {
            let mut touched = self.touched();
            touched.filter.set_near(self.near(window));
            touched.filter.touch(touch)
        };
        self.obey(window, decision)
    }

    /// A finger that comes down and is lifted at once, from afar: it neither trembles nor bounces.
    ///
    /// # Errors
    /// As [`Glass::touch`].
    pub fn tap(&self, window: &Window, (x, y): (f32, f32)) -> Result<(), PlatformError> {
        [Phase::Down, Phase::Up]
            .into_iter()
            .try_for_each(|phase| self.touch(window, Touch { finger: REMOTE, phase, x, y, at: now() }))?;
        self.touched().filter.settle();
        Ok(())
    }

    /// Whether the window may see what a mouse did.
    ///
    /// # Errors
    /// As [`Glass::touch`].
    #[cfg(any(feature = "kms", feature = "window"))]
    pub fn lets_pass(&self, window: &Window, mouse: filter::Mouse) -> Result<bool, PlatformError> {
        let verdict = self.touched().filter.mouse(mouse);
        if verdict == filter::Verdict::DropAndCancel {
            self.obey(window, Decision::Cancel)?;
        }
        Ok(verdict == filter::Verdict::Pass)
    }

    /// The panel was unplugged.
    ///
    /// # Errors
    /// As [`Glass::touch`].
    #[cfg(feature = "kms")]
    pub fn unplugged(&self, window: &Window) -> Result<(), PlatformError> {
        let decision = self.touched().filter.unplugged();
        self.obey(window, decision)
    }

    /// A screen is about to be shown. Where it is another one, whoever holds a control of the last does not click on
    /// what takes its place.
    pub fn turn(&self, window: &Window, generation: u64) {
        let decision = {
            let mut touched = self.touched();
            let before = touched.generation.replace(generation);
            if before == Some(generation) { Decision::Nothing } else { touched.filter.interrupt() }
        };
        if let Err(error) = self.obey(window, decision) {
            tracing::warn!(%error, "the press on the last screen was not taken back");
        }
    }

    /// Shows the window what the one pointer does. It is asked and told without the lock: a click may lead anywhere.
    fn obey(&self, window: &Window, decision: Decision) -> Result<(), PlatformError> {
        let button = PointerEventButton::Left;
        let scale = window.scale_factor();
        let logical = |(x, y): filter::Place| LogicalPosition::new(x / scale, y / scale);
        let see = |event| window.dispatch_event_with_result(event);
        if matches!(decision, Decision::Cancel | Decision::Instead(_)) {
            see(WindowEvent::PointerExited)?;
        }
        match decision {
            Decision::Nothing | Decision::Cancel => {}
            Decision::Press(place) | Decision::Instead(place) => {
                let seen = see(WindowEvent::PointerPressed { position: logical(place), button })?;
                self.touched().filter.landed(seen == WindowEventDispatchResult::Accepted);
            }
            Decision::Move(place) => {
                see(WindowEvent::PointerMoved { position: logical(place) })?;
            }
            Decision::Release(place) => {
                see(WindowEvent::PointerReleased { position: logical(place), button })?;
                // A finger that is lifted hovers over nothing.
                see(WindowEvent::PointerExited)?;
            }
        }
        Ok(())
    }

    fn touched(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`NEAR_MM`] in pixels of a window that may be smaller than the panel.
    #[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
    fn near(&self, window: &Window) -> f32 {
        let (size, panel) = (window.size(), &self.panel);
        let across = size.width as f32 / panel.width_px as f32;
        let down = size.height as f32 / panel.height_px as f32;
        NEAR_MM * panel.pixels_per_mm() * across.min(down)
    }
}

/// The time by which touches are told apart: the clock of libinput and of the kernel's input events.
pub(super) fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
}
