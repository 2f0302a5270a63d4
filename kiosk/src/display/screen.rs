//! The port of the runtime, for every display that Slint draws on.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use i_slint_core::renderer::RendererSealed as _;
use i_slint_core::window::WindowInner;
use kiosk_flow::view::View;
use kiosk_flow::{Key, Press};
use kiosk_runtime::screen::{Element, Picture, Screen, ScreenError};
use kiosk_ui::AppWindow;
use slint::platform::software_renderer::SoftwareRenderer;
use slint::platform::{Key as Code, WindowEvent};
use slint::{ComponentHandle as _, Weak};

use super::elements;
use super::touch::Glass;
use crate::binders::Binders;

/// How long the event loop may take to answer before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct SlintScreen {
    app: Weak<AppWindow>,
    binders: Binders,
    glass: Arc<Glass>,
    /// The view that waits for the event loop; a newer one takes its place.
    newest: Arc<Mutex<Option<View>>>,
}

impl SlintScreen {
    pub fn new(app: Weak<AppWindow>, binders: Binders, glass: Arc<Glass>) -> Self {
        Self { app, binders, glass, newest: Arc::default() }
    }

    /// Does something in the event loop and waits for its answer.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&AppWindow) -> Result<T, ScreenError> + Send + 'static,
    ) -> Result<T, ScreenError> {
        let (sender, answer): (SyncSender<_>, _) = sync_channel(1);
        self.app
            .upgrade_in_event_loop(move |app| {
                // Who asked may have lost patience.
                let _ = sender.send(question(&app));
            })
            .map_err(|_| ScreenError::Gone)?;
        answer.recv_timeout(PATIENCE).map_err(|_| ScreenError::Gone)?
    }
}

impl Screen for SlintScreen {
    fn show(&self, view: View) {
        let waiting = self.newest.lock().unwrap_or_else(PoisonError::into_inner).replace(view);
        if waiting.is_some() {
            return;
        }
        let (newest, binders, glass) = (Arc::clone(&self.newest), self.binders.clone(), Arc::clone(&self.glass));
        let posted = self.app.upgrade_in_event_loop(move |app| {
            let view = newest.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(view) = view {
                glass.turn(app.window(), view.generation);
                binders.show(&app, &view);
            }
        });
        if posted.is_err() {
            tracing::warn!("a view came after the end of the screen");
        }
    }

    fn picture(&self) -> Result<Picture, ScreenError> {
        self.ask(picture)
    }

    fn elements(&self) -> Result<Vec<Element>, ScreenError> {
        self.ask(|app| Ok(elements::of(app.window())))
    }

    fn tap(&self, x: f32, y: f32) -> Result<(), ScreenError> {
        let glass = Arc::clone(&self.glass);
        self.ask(move |app| glass.tap(app.window(), (x, y)).map_err(|_| ScreenError::Gone))
    }

    fn key(&self, key: Key, press: Press) -> Result<(), ScreenError> {
        let Some(text) = self.binders.keypad().text(key) else { return Ok(()) };
        self.ask(move |app| match press {
            Press::Down => dispatch(app, WindowEvent::KeyPressed { text }),
            Press::Up => dispatch(app, WindowEvent::KeyReleased { text }),
        })
    }

    fn quit(&self) {
        if slint::quit_event_loop().is_err() {
            tracing::debug!("the screen had ended already");
        }
    }
}

/// What is on the screen, upright. It is drawn by a renderer of its own: that of a screen which is turned panics when it is
/// asked for a snapshot (Slint 1.18.1, `SoftwareRenderer::take_snapshot`), and forgets what it need not draw again.
pub(super) fn picture(app: &AppWindow) -> Result<Picture, ScreenError> {
    let renderer = SoftwareRenderer::new();
    renderer.set_window_adapter(&WindowInner::from_pub(app.window()).window_adapter());
    let pixels = renderer.take_snapshot().map_err(|error| ScreenError::Picture(error.to_string()))?;
    let rgb = pixels.as_slice().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    Ok(Picture { width: pixels.width(), height: pixels.height(), rgb })
}

/// Presses and releases a key.
pub(super) fn key(app: &AppWindow, key: Code) -> Result<(), ScreenError> {
    dispatch(app, WindowEvent::KeyPressed { text: key.into() })?;
    dispatch(app, WindowEvent::KeyReleased { text: key.into() })
}

fn dispatch(app: &AppWindow, event: WindowEvent) -> Result<(), ScreenError> {
    app.window().dispatch_event_with_result(event).map(drop).map_err(|_| ScreenError::Gone)
}
