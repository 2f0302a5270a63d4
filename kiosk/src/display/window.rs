//! A window on a desktop: for the demo and for work on the screens.

use std::sync::Arc;

use kiosk_ui::AppWindow;

use super::touch::Glass;
use super::{DisplayError, Panel};

/// What a desktop keeps for its own bars, of the screen's width and height.
#[cfg(feature = "window")]
const DESKTOP_SHARE: f32 = 0.88;

/// The height of a window before the desktop's size is known, in pixels.
#[cfg(feature = "window")]
const FIRST_HEIGHT: f32 = 720.0;

/// Makes the windows of this thread desktop windows.
#[cfg(feature = "window")]
pub(super) fn select() -> Result<(), DisplayError> {
    slint::BackendSelector::new().backend_name("winit".into()).renderer_name("software".into()).select()?;
    Ok(())
}

/// Makes the windows of this thread desktop windows.
#[cfg(not(feature = "window"))]
pub(super) fn select() -> Result<(), DisplayError> {
    Err(DisplayError::NotBuilt { kind: super::Kind::Window })
}

/// Lays the glass over the window.
#[cfg(feature = "window")]
pub(super) fn cover(app: &AppWindow, glass: &Arc<Glass>) {
    super::touch::winit::cover(app, Arc::clone(glass));
}

/// There is no window.
#[cfg(not(feature = "window"))]
pub(super) fn cover(_: &AppWindow, _: &Arc<Glass>) {}

/// Gives the window the panel's proportions, as large as the desktop has room for once it tells its size.
#[cfg(feature = "window")]
pub(super) fn fit(app: &AppWindow, panel: &Panel) -> Result<(), DisplayError> {
    use i_slint_backend_winit::WinitWindowAccessor as _;
    use slint::ComponentHandle as _;

    app.window().set_size(sized(panel, (f32::MAX, FIRST_HEIGHT)));
    let (weak, panel) = (app.as_weak(), *panel);
    let grown = slint::spawn_local(async move {
        let Some(app) = weak.upgrade() else { return };
        let Ok(window) = app.window().winit_window().await else {
            return;
        };
        let Some(monitor) = window.current_monitor().or_else(|| window.available_monitors().next()) else {
            return;
        };
        let desktop = monitor.size().to_logical::<f32>(monitor.scale_factor());
        app.window().set_size(sized(&panel, (desktop.width * DESKTOP_SHARE, desktop.height * DESKTOP_SHARE)));
    });
    grown.map(drop).map_err(|error| slint::PlatformError::Other(error.to_string()).into())
}

/// Gives the window the panel's proportions.
#[cfg(not(feature = "window"))]
pub(super) fn fit(_: &AppWindow, _: &Panel) -> Result<(), DisplayError> {
    Err(DisplayError::NotBuilt { kind: super::Kind::Window })
}

/// The panel's proportions within a width and a height, never larger than the panel.
#[cfg(feature = "window")]
#[expect(clippy::cast_precision_loss, reason = "a panel has thousands of pixels")]
fn sized(panel: &Panel, room: (f32, f32)) -> slint::LogicalSize {
    let (width, height) = (panel.width_px as f32, panel.height_px as f32);
    let scale = (room.0 / width).min(room.1 / height).min(1.0);
    slint::LogicalSize::new((width * scale).round(), (height * scale).round())
}
