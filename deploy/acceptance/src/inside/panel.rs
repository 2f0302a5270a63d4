//! A touchscreen of this machine, by the kernel's uinput: what no virtual machine's panel can tell, it tells.

use std::io;
use std::thread;
use std::time::Duration;

use evdev::uinput::VirtualDevice;
use evdev::{AbsInfo, AbsoluteAxisCode, AttributeSet, EventType, InputEvent, KeyCode, PropType, UinputAbsSetup};

/// Thousandths of the screen.
const RANGE: i32 = 1000;
/// `MT_TOOL_FINGER` and `MT_TOOL_PALM` (Linux, input.h).
const FINGER: i32 = 0;
const PALM: i32 = 2;

/// Says when the panel is there, and is touched for each line.
pub(crate) fn be_touched(x: i32, y: i32) -> anyhow::Result<()> {
    let axis = |code, max| UinputAbsSetup::new(code, AbsInfo::new(0, 0, max, 0, 0, 10));
    let mut panel = VirtualDevice::builder()?
        .name("Rig's panel")
        .with_keys(&AttributeSet::from_iter([KeyCode::BTN_TOUCH]))?
        .with_properties(&AttributeSet::from_iter([PropType::DIRECT]))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_X, RANGE))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_Y, RANGE))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_MT_SLOT, 4))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_MT_TRACKING_ID, 65_535))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_MT_POSITION_X, RANGE))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_MT_POSITION_Y, RANGE))?
        .with_absolute_axis(&axis(AbsoluteAxisCode::ABS_MT_TOOL_TYPE, PALM))?
        .build()?;
    let absolute = |code: AbsoluteAxisCode, value| InputEvent::new(EventType::ABSOLUTE.0, code.0, value);
    let touch = |value| InputEvent::new(EventType::KEY.0, KeyCode::BTN_TOUCH.0, value);
    let press = |tool| {
        [
            absolute(AbsoluteAxisCode::ABS_MT_SLOT, 0),
            absolute(AbsoluteAxisCode::ABS_MT_TRACKING_ID, 1),
            absolute(AbsoluteAxisCode::ABS_MT_TOOL_TYPE, tool),
            absolute(AbsoluteAxisCode::ABS_MT_POSITION_X, x),
            absolute(AbsoluteAxisCode::ABS_MT_POSITION_Y, y),
            touch(1),
            absolute(AbsoluteAxisCode::ABS_X, x),
            absolute(AbsoluteAxisCode::ABS_Y, y),
        ]
    };
    let lift = [absolute(AbsoluteAxisCode::ABS_MT_TRACKING_ID, -1), touch(0)];
    for node in panel.enumerate_dev_nodes_blocking()? {
        crate::say(&node?.display().to_string());
    }
    let moment = || thread::sleep(Duration::from_millis(300));
    for line in io::stdin().lines() {
        match line?.trim() {
            // Its tool changes while it is down: the touch is taken back.
            "cancelled" => {
                panel.emit(&press(FINGER))?;
                moment();
                panel.emit(&[absolute(AbsoluteAxisCode::ABS_MT_TOOL_TYPE, PALM)])?;
                moment();
            }
            "palm" => {
                panel.emit(&press(PALM))?;
                moment();
            }
            // The control: the same panel presses buttons.
            "finger" => {
                panel.emit(&press(FINGER))?;
                moment();
            }
            other => anyhow::bail!("{other}: say cancelled, palm or finger"),
        }
        panel.emit(&lift)?;
        crate::say("lifted");
    }
    Ok(())
}
