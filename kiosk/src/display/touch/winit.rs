//! Fingers on a desktop's window.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use i_slint_backend_winit::winit::event::{ElementState, MouseButton, TouchPhase, WindowEvent};
use i_slint_backend_winit::{EventResult, WinitWindowAccessor as _};
use kiosk_ui::AppWindow;
use slint::{ComponentHandle as _, PlatformError, Window};

use super::filter::{Mouse, Phase, Touch};
use super::{Glass, now};

/// Lays the glass over a desktop's window.
pub(in crate::display) fn cover(app: &AppWindow, glass: Arc<Glass>) {
    app.window().on_winit_window_event(move |window, event| match let_pass(&glass, window, event) {
        Ok(true) => EventResult::Propagate,
        Ok(false) => EventResult::PreventDefault,
        Err(error) => {
            tracing::warn!(%error, "the window did not take a touch");
            EventResult::PreventDefault
        }
    });
}

fn let_pass(glass: &Glass, window: &Window, event: &WindowEvent) -> Result<bool, PlatformError> {
    if let WindowEvent::Touch(touch) = event {
        return glass.touch(window, translated(touch)).map(|()| false);
    }
    let mouse = if let WindowEvent::MouseInput { state, button, .. } = event {
        if *button != MouseButton::Left {
            // No screen has a use for the other buttons.
            return Ok(false);
        }
        if *state == ElementState::Pressed { Mouse::Down } else { Mouse::Up }
    } else if matches!(event, WindowEvent::CursorMoved { .. } | WindowEvent::CursorLeft { .. }) {
        // A desktop lets its cursor follow the first finger.
        Mouse::Motion
    } else {
        return Ok(true);
    };
    glass.lets_pass(window, mouse)
}

#[expect(clippy::cast_possible_truncation, reason = "a place in a window")]
fn translated(touch: &i_slint_backend_winit::winit::event::Touch) -> Touch {
    // Two panels may count their fingers alike.
    let mut finger = DefaultHasher::new();
    (touch.device_id, touch.id).hash(&mut finger);
    Touch {
        finger: finger.finish(),
        phase: match touch.phase {
            TouchPhase::Started => Phase::Down,
            TouchPhase::Moved => Phase::Motion,
            TouchPhase::Ended => Phase::Up,
            TouchPhase::Cancelled => Phase::Cancel,
        },
        x: touch.location.x as f32,
        y: touch.location.y as f32,
        at: now(),
    }
}
