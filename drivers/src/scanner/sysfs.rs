//! What the kernel says of devices in `/sys`, readable without permission for the devices themselves.

use std::fs;
use std::path::{Path, PathBuf};

use super::selector::UsbId;

/// Where the kernel's files are; tests have folders of their own.
#[derive(Debug, Clone)]
pub(super) struct Sysfs {
    sys: PathBuf,
    dev: PathBuf,
}

/// A raw HID device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HidNode {
    pub(super) node: PathBuf,
    pub(super) id: UsbId,
    pub(super) name: String,
    pub(super) descriptor: Vec<u8>,
}

/// An input device with the keys of a typewriter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyboardNode {
    pub(super) node: PathBuf,
    pub(super) id: UsbId,
    pub(super) name: String,
}

/// A serial port of a USB device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SerialNode {
    /// The name that stays, where there is one; else the node.
    pub(super) node: PathBuf,
    pub(super) id: UsbId,
    pub(super) name: String,
}

/// `BUS_USB` and `BUS_BLUETOOTH` of the Linux input system.
const PLUGGED_BUSES: [u16; 2] = [0x03, 0x05];

impl Sysfs {
    pub(super) fn system() -> Self {
        Self::at(Path::new("/sys"), Path::new("/dev"))
    }

    pub(super) fn at(sys: &Path, dev: &Path) -> Self {
        Self { sys: sys.to_owned(), dev: dev.to_owned() }
    }

    /// All raw HID devices, in the order of their numbers.
    pub(super) fn hid_nodes(&self) -> Vec<HidNode> {
        self.class("hidraw", "hidraw").into_iter().filter_map(|name| self.hid_node(&name)).collect()
    }

    fn hid_node(&self, name: &str) -> Option<HidNode> {
        let device = self.sys.join("class/hidraw").join(name).join("device");
        let event = fs::read_to_string(device.join("uevent")).ok()?;
        let value = |key: &str| event.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let mut id = value("HID_ID")?.split(':').skip(1);
        let mut number = || u16::try_from(u32::from_str_radix(id.next()?, 16).ok()?).ok();
        let (vendor, product) = (number()?, number()?);
        let serial = value("HID_UNIQ").filter(|serial| !serial.is_empty()).map(str::to_owned);
        Some(HidNode {
            node: self.dev.join(name),
            id: UsbId { vendor, product, serial },
            name: value("HID_NAME").unwrap_or_default().to_owned(),
            descriptor: fs::read(device.join("report_descriptor")).ok()?,
        })
    }

    /// All keyboards that are plugged in or paired, in the order of their numbers.
    pub(super) fn keyboards(&self) -> Vec<KeyboardNode> {
        self.class("input", "event").into_iter().filter_map(|name| self.keyboard(&name)).collect()
    }

    fn keyboard(&self, name: &str) -> Option<KeyboardNode> {
        let device = self.sys.join("class/input").join(name).join("device");
        let number = |file: &str| u16::from_str_radix(&text(&device.join("id").join(file))?, 16).ok();
        let keys = text(&device.join("capabilities/key"))?;
        let typewriter = (2..=11).chain(16..=25).chain([28]).all(|key| has_bit(&keys, key));
        if !typewriter || !PLUGGED_BUSES.contains(&number("bustype")?) {
            return None;
        }
        let serial = text(&device.join("uniq")).filter(|serial| !serial.is_empty());
        Some(KeyboardNode {
            node: self.dev.join("input").join(name),
            id: UsbId { vendor: number("vendor")?, product: number("product")?, serial },
            name: text(&device.join("name")).unwrap_or_default(),
        })
    }

    /// All serial ports of USB devices, in the order of their numbers.
    pub(super) fn serial_nodes(&self) -> Vec<SerialNode> {
        let links = self.stable_names();
        let mut ports = self.class("tty", "ttyACM");
        ports.extend(self.class("tty", "ttyUSB"));
        ports.into_iter().filter_map(|port| self.serial_node(&port, &links)).collect()
    }

    fn serial_node(&self, port: &str, stable_names: &[(PathBuf, String)]) -> Option<SerialNode> {
        let device = fs::canonicalize(self.sys.join("class/tty").join(port).join("device")).ok()?;
        let usb = device.ancestors().find(|folder| folder.join("idVendor").exists())?;
        let number = |file: &str| u16::from_str_radix(&text(&usb.join(file))?, 16).ok();
        let words = ["manufacturer", "product"].map(|file| text(&usb.join(file)).unwrap_or_default());
        let stable = stable_names.iter().find(|(_, target)| target == port).map(|(link, _)| link.clone());
        Some(SerialNode {
            node: stable.unwrap_or_else(|| self.dev.join(port)),
            id: UsbId {
                vendor: number("idVendor")?,
                product: number("idProduct")?,
                serial: text(&usb.join("serial")).filter(|serial| !serial.is_empty()),
            },
            name: words.join(" ").trim().to_owned(),
        })
    }

    /// The links of `/dev/serial/by-id` with the name of the node that each leads to.
    fn stable_names(&self) -> Vec<(PathBuf, String)> {
        let folder = self.dev.join("serial/by-id");
        let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
        let link = |entry: fs::DirEntry| {
            let target = fs::read_link(entry.path()).ok()?;
            Some((entry.path(), target.file_name()?.to_str()?.to_owned()))
        };
        entries.flatten().filter_map(link).collect()
    }

    /// The members of a class whose names start so, in the order of their numbers.
    fn class(&self, class: &str, prefix: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.sys.join("class").join(class)) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.strip_prefix(prefix).is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit())))
            .collect();
        names.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        names
    }
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

/// A bit of a bitmap as the kernel prints it: words of hexadecimal digits, the highest first, without leading zeros.
fn has_bit(bitmap: &str, bit: u32) -> bool {
    let place = usize::try_from(bit / usize::BITS).unwrap_or(usize::MAX);
    let word = bitmap.split_whitespace().rev().nth(place).and_then(|word| usize::from_str_radix(word, 16).ok());
    word.is_some_and(|word| word >> (bit % usize::BITS) & 1 == 1)
}

#[cfg(test)]
mod tests;
