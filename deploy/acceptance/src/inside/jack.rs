//! A headset socket of this machine, by the kernel's uinput: a virtual machine's sound card has none that tells.

use std::io;

use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, EventType, InputEvent, SwitchCode};

/// Says what goes in and out, as each line asks.
pub(crate) fn be_plugged() -> anyhow::Result<()> {
    let tells = AttributeSet::from_iter([SwitchCode::SW_HEADPHONE_INSERT]);
    let mut socket = VirtualDevice::builder()?.name("HDA Intel Headphone").with_switches(&tells)?.build()?;
    for line in io::stdin().lines() {
        let inside = match line?.trim() {
            "in" => 1,
            "out" => 0,
            other => anyhow::bail!("{other}: say in or out"),
        };
        socket.emit(&[InputEvent::new(EventType::SWITCH.0, SwitchCode::SW_HEADPHONE_INSERT.0, inside)])?;
    }
    Ok(())
}
