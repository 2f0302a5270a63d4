//! Serial ports where a printer may be, as the kernel lists them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{PrinterSelector, SHIPPED_BAUD, sysfs};
use crate::discovery::{Access, DeviceKind, Found};
use crate::printer::selector::FlowControl;

/// The ports under that folder of the kernel's, by their names.
pub(super) fn ports(class: &Path) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(class) else {
        return Vec::new();
    };
    let mut ports: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|port| is_port(port)).collect();
    ports.sort();
    ports.iter().filter_map(|port| found(port)).collect()
}

/// Consoles and pseudo-terminals have no device; a port that the board does not have is of type 0.
fn is_port(port: &Path) -> bool {
    let absent = fs::read_to_string(port.join("type")).is_ok_and(|kind| kind.trim() == "0");
    port.join("device").exists() && !absent
}

fn found(port: &Path) -> Option<Found> {
    let name = port.file_name()?.to_str()?;
    let node = Path::new("/dev").join(name);
    let usb = usb_device(port);
    let access = match rustix::fs::access(&node, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK) {
        Ok(()) => Access::Granted,
        Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => {
            Access::Forbidden { rule: rule(name, usb.as_deref()), node: node.clone() }
        }
        Err(error) => Access::Fault(format!("{}: {error}", node.display())),
    };
    let told = usb.as_deref().map(sysfs::names).unwrap_or_default();
    let told: Vec<String> = [told.maker, told.product].into_iter().flatten().collect();
    let adapter = if told.is_empty() { String::new() } else { format!(" of {}", told.join(" ")) };
    Some(Found {
        kind: DeviceKind::Printer,
        selector: PrinterSelector::Serial { path: node, baud: SHIPPED_BAUD, flow: FlowControl::RtsCts }.to_string(),
        name: format!("serial port{adapter}: a printer, if one is connected"),
        firmware: None,
        access,
    })
}

/// The folder of the USB device that a port belongs to.
fn usb_device(port: &Path) -> Option<PathBuf> {
    let device = fs::canonicalize(port.join("device")).ok()?;
    device.ancestors().take(4).find(|folder| folder.join("idVendor").exists()).map(Path::to_owned)
}

/// One line for a file of `/etc/udev/rules.d`.
fn rule(name: &str, usb: Option<&Path>) -> String {
    let number = |file: &str| {
        let text = fs::read_to_string(usb?.join(file)).ok()?;
        let text = text.trim();
        (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_owned())
    };
    let port = match (number("idVendor"), number("idProduct")) {
        (Some(vendor), Some(product)) => {
            format!("ATTRS{{idVendor}}==\"{vendor}\", ATTRS{{idProduct}}==\"{product}\"")
        }
        (_, None) | (None, _) => format!("KERNEL==\"{name}\""),
    };
    format!("SUBSYSTEM==\"tty\", {port}, GROUP=\"borne\", MODE=\"0660\"")
}
