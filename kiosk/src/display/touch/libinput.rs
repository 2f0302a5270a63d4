//! Fingers, mice and keyboards of a machine without a desktop, as libinput tells of them before Slint hears.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use input::DeviceCapability;
use input::event::EventTrait as _;
use input::event::keyboard::{KeyState, KeyboardEvent, KeyboardEventTrait as _};
use input::event::pointer::{ButtonState, PointerEvent};
use input::event::touch::{TouchEvent, TouchEventPosition, TouchEventSlot, TouchEventTrait};
use input::event::{DeviceEvent, Event};
use slint::{ComponentHandle as _, PlatformError, Window};

use super::Glass;
use super::filter::{Mouse, Phase, Touch};
use super::keys::Held;
use super::rotation::Rotation;

/// The left button of a mouse (`BTN_LEFT`, linux/input-event-codes.h).
const LEFT: u32 = 0x110;

/// Lays the glass over the machine's screen: answers whether an event is withheld from Slint.
pub(in crate::display) fn hook(glass: Arc<Glass>) -> impl Fn(&Event) -> bool + 'static {
    let rotation = Rotation::of_the_screen();
    let keys = RefCell::new(Held::default());
    move |event| {
        if let Event::Keyboard(KeyboardEvent::Key(key)) = event {
            return keys.borrow_mut().withholds(key.key(), key.key_state() == KeyState::Pressed);
        }
        // Until there is a window nothing can be touched.
        let Some(app) = glass.app.get().and_then(slint::Weak::upgrade) else {
            return true;
        };
        withholds(&glass, app.window(), rotation, event).unwrap_or_else(|error| {
            tracing::warn!(%error, "the screen did not take a touch");
            true
        })
    }
}

fn withholds(glass: &Glass, window: &Window, rotation: Rotation, event: &Event) -> Result<bool, PlatformError> {
    if let Event::Touch(event) = event {
        let size = window.size();
        if let Some(touch) = translated(event, rotation, (size.width, size.height)) {
            glass.touch(window, touch)?;
        }
        return Ok(true);
    }
    if let Event::Device(DeviceEvent::Removed(event)) = event
        && event.device().has_capability(DeviceCapability::Touch)
    {
        glass.unplugged(window)?;
    }
    let Event::Pointer(event) = event else {
        return Ok(false);
    };
    let mouse = if let PointerEvent::Button(button) = event {
        match (button.button(), button.button_state()) {
            (LEFT, ButtonState::Pressed) => Mouse::Down,
            (LEFT, ButtonState::Released) => Mouse::Up,
            // No screen has a use for the other buttons.
            _ => return Ok(true),
        }
    } else {
        Mouse::Motion
    };
    glass.lets_pass(window, mouse).map(|passes| !passes)
}

/// What libinput tells of one finger, in pixels of a window of this size. Nothing of where a frame ends: each contact
/// is judged by when it came, not by what came with it.
fn translated(event: &TouchEvent, rotation: Rotation, size: (u32, u32)) -> Option<Touch> {
    match event {
        TouchEvent::Down(event) => Some(placed(event, Phase::Down, rotation, size)),
        TouchEvent::Motion(event) => Some(placed(event, Phase::Motion, rotation, size)),
        TouchEvent::Up(event) => Some(ended(event, Phase::Up)),
        TouchEvent::Cancel(event) => Some(ended(event, Phase::Cancel)),
        TouchEvent::Frame(_) | _ => None,
    }
}

fn placed<E>(event: &E, phase: Phase, rotation: Rotation, size: (u32, u32)) -> Touch
where
    E: TouchEventPosition + TouchEventSlot + TouchEventTrait,
{
    let (x, y) = rotation.place((event.x_transformed(1), event.y_transformed(1)), size);
    Touch { x, y, ..ended(event, phase) }
}

/// libinput says only which finger, and when.
fn ended(event: &(impl TouchEventSlot + TouchEventTrait), phase: Phase) -> Touch {
    let at = Duration::from_micros(event.time_usec());
    Touch { finger: event.seat_slot().into(), phase, x: f32::NAN, y: f32::NAN, at }
}
