//! The scanners that are plugged in, whether or not they may be opened.

use std::path::Path;

use evdev::raw_stream::RawDevice;

use super::event::ScannerFault;
use super::hid_pos::ReportFormat;
use super::selector::{ScannerSelector, UsbId};
use super::sysfs::Sysfs;
use super::transport::{fault, lock, open_node};
use crate::discovery::{Access, DeviceKind, Found};

/// Makers of scanners by the vendor number that their devices tell (USB-IF, *Vendor IDs*).
const MAKERS: [(u16, &str); 9] = [
    (0x0536, "Hand Held Products"),
    (0x05E0, "Zebra (Symbol)"),
    (0x05F9, "Datalogic (PSC)"),
    (0x065A, "Opticon"),
    (0x080C, "Datalogic"),
    (0x0C2E, "Honeywell (Metrologic)"),
    (0x1EAB, "Newland"),
    (0x1FBB, "Code Corporation"),
    (0x23D0, "Unitech"),
];

/// Everything that can be a scanner: point-of-sale scanners, keyboards, serial ports of USB devices.
///
/// A scanner that poses as a keyboard cannot be told from one, nor one on a serial port from a modem: what no known
/// maker made is said to be a keyboard or a serial port. Nothing is read. A known maker's keyboard is held for a moment,
/// so that one that another program holds is said to be busy; a technician's own is not, for the screen would miss that
/// its key came up again. A serial port is not opened, for that would signal to the device.
pub fn discover() -> Vec<Found> {
    discover_in(&Sysfs::system())
}

pub(super) fn discover_in(sysfs: &Sysfs) -> Vec<Found> {
    let mut found = Vec::new();
    for node in sysfs.hid_nodes() {
        if ReportFormat::from_descriptor(&node.descriptor).is_none() {
            continue;
        }
        let access = open_node(&node.node, false).and_then(|file| lock(&file, &node.node));
        let rule = rule("KERNEL==\"hidraw*\"", ["idVendor", "idProduct"], &node.id, "");
        let name = described(&node.name, &node.id, "point-of-sale scanner");
        found.push(entry(ScannerSelector::HidPos(node.id), name, access, rule));
    }
    for node in sysfs.keyboards() {
        let access = open_node(&node.node, false).and_then(|file| match maker(&node.id) {
            Some(_) => {
                let mut device = RawDevice::from_fd(file.into()).map_err(|error| fault(&node.node, error))?;
                device.grab().map_err(|error| fault(&node.node, error))
            }
            None => Ok(()),
        });
        // The display must not listen to it either, not even before the scanner is held.
        let deaf = ", ENV{LIBINPUT_IGNORE_DEVICE}=\"1\"";
        let event = "SUBSYSTEM==\"input\", KERNEL==\"event*\"";
        let rule = rule(event, ["id/vendor", "id/product"], &node.id, deaf);
        let name = described(&node.name, &node.id, "keyboard");
        found.push(entry(ScannerSelector::Keyboard(node.id), name, access, rule));
    }
    for node in sysfs.serial_nodes() {
        let access = may_open(&node.node);
        let rule = rule("SUBSYSTEM==\"tty\"", ["idVendor", "idProduct"], &node.id, "");
        let name = described(&node.name, &node.id, "serial port");
        found.push(entry(ScannerSelector::Serial { path: node.node, baud: super::selector::BAUD }, name, access, rule));
    }
    found
}

fn entry(selector: ScannerSelector, name: String, access: Result<(), ScannerFault>, rule: String) -> Found {
    let access = match access {
        Ok(()) => Access::Granted,
        Err(ScannerFault::Forbidden { node }) => Access::Forbidden { node, rule },
        Err(ScannerFault::Busy { node }) => Access::Busy { node },
        Err(fault @ (ScannerFault::Absent | ScannerFault::Unsuited { .. } | ScannerFault::Failed(_))) => {
            Access::Fault(fault.to_string())
        }
    };
    Found { kind: DeviceKind::Scanner, selector: selector.to_string(), name, firmware: None, access }
}

fn maker(id: &UsbId) -> Option<&'static str> {
    MAKERS.iter().find(|(vendor, _)| *vendor == id.vendor).map(|(_, maker)| *maker)
}

fn described(name: &str, id: &UsbId, what: &str) -> String {
    let maker = maker(id);
    let name = if name.is_empty() { maker.unwrap_or("unnamed device") } else { name };
    match maker {
        Some(_) if what != "point-of-sale scanner" => format!("{name} (scanner as {what})"),
        Some(_) | None => format!("{name} ({what})"),
    }
}

/// One line for a file of `/etc/udev/rules.d`.
fn rule(node: &str, [vendor, product]: [&str; 2], id: &UsbId, more: &str) -> String {
    format!(
        "{node}, ATTRS{{{vendor}}}==\"{:04x}\", ATTRS{{{product}}}==\"{:04x}\", GROUP=\"borne\", MODE=\"0660\"{more}",
        id.vendor, id.product
    )
}

fn may_open(node: &Path) -> Result<(), ScannerFault> {
    use rustix::fs::{Access, access};
    access(node, Access::READ_OK | Access::WRITE_OK).map_err(|error| fault(node, error.into()))
}

#[cfg(test)]
mod tests;
