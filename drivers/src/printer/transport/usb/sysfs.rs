//! What the kernel tells of USB devices without their being opened: names, drivers, and who holds them.

use std::fs;
use std::path::{Path, PathBuf};

use super::descriptors::Names;

/// Where the kernel lists USB devices.
const DEVICES: &str = "/sys/bus/usb/devices";
/// String descriptors hold at most 126 characters (USB 2.0, 9.6.7).
const LONGEST_NAME: usize = 126;

/// The folder of a device.
pub(crate) fn folder(bus: u8, address: u8) -> Option<PathBuf> {
    let number = |folder: &Path, file: &str| fs::read_to_string(folder.join(file)).ok()?.trim().parse::<u8>().ok();
    fs::read_dir(DEVICES)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|folder| number(folder, "busnum") == Some(bus) && number(folder, "devnum") == Some(address))
}

/// What the device says it is.
pub(crate) fn names(folder: &Path) -> Names {
    let name = |file: &str| clean(&fs::read_to_string(folder.join(file)).ok()?);
    Names { maker: name("manufacturer"), product: name("product"), serial: name("serial") }
}

/// The driver that holds an interface; `usbfs` is another program, or this one.
pub(crate) fn driver(folder: &Path, interface: u8) -> Option<String> {
    let device = folder.file_name()?.to_str()?;
    let interfaces = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let ours = format!(".{interface}");
    let path = interfaces.into_iter().find(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(device) && name.contains(':') && name.ends_with(&ours)
    })?;
    Some(fs::read_link(path.join("driver")).ok()?.file_name()?.to_str()?.to_owned())
}

/// The device file.
pub(crate) fn node(bus: u8, address: u8) -> PathBuf {
    PathBuf::from(format!("/dev/bus/usb/{bus:03}/{address:03}"))
}

/// A name as a device gave it, made fit to be shown; `None` where nothing is left.
pub(crate) fn clean(name: &str) -> Option<String> {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_without_what_a_terminal_would_obey() {
        assert_eq!(clean("EPSON TM-T20III\n").as_deref(), Some("EPSON TM-T20III"));
        assert_eq!(clean("\u{1B}[2J\0 A1 ").as_deref(), Some("[2J A1"));
        assert_eq!(clean(" \n"), None);
        assert_eq!(clean(&"x".repeat(1000)).map(|name| name.len()), Some(LONGEST_NAME));
    }
}
