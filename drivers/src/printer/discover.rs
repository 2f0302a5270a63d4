//! The printers that are plugged in, and the serial ports where one may be.

use std::path::Path;
use std::time::{Duration, Instant};

use super::profile::Profile;
use super::protocol::{Demultiplexer, Info, PrinterIdentity, Reply};
use super::selector::{PrinterSelector, SHIPPED_BAUD, UsbId, UsbSelector};
use super::transport::usb::bus::{Bus, Libusb, Pipes};
use super::transport::usb::descriptors::{Port, UsbDevice};
use super::transport::usb::sysfs;
use crate::discovery::{Access, DeviceKind, Found};

mod serial;

/// How long a printer may take to say what it is.
const ANSWER: Duration = Duration::from_millis(500);
const READ_SLICE: Duration = Duration::from_millis(100);

/// Whether a search may open what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Nothing is opened: safe beside a running borne.
    Nothing,
    /// USB printers that may be opened, and that nobody holds, are asked for their model and firmware. Only those of a
    /// profile that says so, or that call ESC/POS their language, are asked in their stream: others would print the
    /// question.
    Firmware,
}

/// The USB printers of this machine, and its serial ports, whatever is behind those; a network is not searched.
///
/// What is there and may not be opened is listed with the udev rule that is missing. Serial ports are never opened: that
/// would signal to whatever is connected.
pub fn discover(ask: Ask) -> Vec<Found> {
    let mut found = usb_printers(&mut Libusb::default(), ask, access_to);
    found.extend(serial::ports(Path::new("/sys/class/tty")));
    found
}

/// Whether this program may open a device and whether another holds it.
fn access_to(device: &UsbDevice, port: Port) -> Access {
    let node = sysfs::node(device.bus, device.address);
    if let Err(error) = rustix::fs::access(&node, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK) {
        return match error {
            rustix::io::Errno::ACCESS | rustix::io::Errno::PERM => Access::Forbidden { node, rule: rule(device.id) },
            _ => Access::Fault(format!("{}: {error}", node.display())),
        };
    }
    let driver = sysfs::folder(device.bus, device.address).and_then(|folder| sysfs::driver(&folder, port.interface));
    // The kernel's own driver steps aside; a program does not.
    if driver.as_deref() == Some("usbfs") { Access::Busy { node } } else { Access::Granted }
}

/// One line for a file of `/etc/udev/rules.d`.
fn rule(id: UsbId) -> String {
    format!(
        "SUBSYSTEM==\"usb\", ENV{{DEVTYPE}}==\"usb_device\", ATTR{{idVendor}}==\"{:04x}\", ATTR{{idProduct}}==\"{:04x}\", \
         GROUP=\"borne\", MODE=\"0660\"",
        id.vendor, id.product
    )
}

fn usb_printers(bus: &mut dyn Bus, ask: Ask, access_to: impl Fn(&UsbDevice, Port) -> Access) -> Vec<Found> {
    let mut devices = match bus.devices() {
        Ok(devices) => devices,
        Err(error) => {
            tracing::info!(%error, "the USB bus cannot be searched");
            return Vec::new();
        }
    };
    devices.sort_by_key(|device| (device.bus, device.address));
    let printers = devices.iter().filter_map(|device| {
        let profile = Profile::for_usb(device.id);
        Some((device, device.port(profile.is_some())?, profile))
    });
    printers
        .map(|(device, port, profile)| {
            let mut access = access_to(device, port);
            let mut told = None;
            if ask == Ask::Firmware && access == Access::Granted {
                match bus.open(device, port) {
                    Ok(pipes) => told = what_it_is(&*pipes, port, profile),
                    Err(rusb::Error::Busy) => access = Access::Busy { node: sysfs::node(device.bus, device.address) },
                    Err(error) => access = Access::Fault(error.to_string()),
                }
            }
            Found {
                kind: DeviceKind::Printer,
                selector: PrinterSelector::Usb(selector(device)).to_string(),
                name: name(device, profile),
                firmware: told,
                access,
            }
        })
        .collect()
}

fn selector(device: &UsbDevice) -> UsbSelector {
    match &device.names.serial {
        Some(serial) => UsbSelector::Device { id: device.id, serial: serial.clone() },
        None => UsbSelector::Model(device.id),
    }
}

/// What it calls itself, and the profile that knows it.
fn name(device: &UsbDevice, profile: Option<&str>) -> String {
    let names = [&device.names.maker, &device.names.product];
    let told: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    let told = if told.is_empty() { "unnamed printer".to_owned() } else { told.join(" ") };
    match profile {
        Some(profile) => format!("{told} (profile {profile})"),
        None => told,
    }
}

/// Model and firmware in the printer's own words.
fn what_it_is(pipes: &dyn Pipes, port: Port, profile: Option<&str>) -> Option<String> {
    let device_id = pipes.device_id().unwrap_or_default();
    let speaks_escpos = device_id_field(&device_id, &["CMD", "COMMAND SET"]).is_some_and(|c| c.contains("ESC/POS"));
    let vouched = profile.and_then(|name| Profile::load(name).ok()).is_some_and(|profile| profile.answers.gs_i);
    let identity = (port.input.is_some() && (speaks_escpos || vouched)).then(|| ask_identity(pipes));
    let words = identity.map(|identity| [identity.model, identity.firmware]).unwrap_or_default();
    let words: Vec<String> = words.into_iter().flatten().collect();
    if words.is_empty() {
        device_id_field(&device_id, &["MDL", "MODEL"]).and_then(sysfs::clean)
    } else {
        sysfs::clean(&words.join(", "))
    }
}

/// A field of an IEEE 1284 device id.
fn device_id_field<'a>(device_id: &'a str, keys: &[&str]) -> Option<&'a str> {
    device_id
        .split(';')
        .filter_map(|field| field.split_once(':'))
        .find(|(key, _)| keys.contains(&key.trim()))
        .map(|(_, value)| value.trim())
}

/// Asks one question after another; the first that stays without an answer is the last.
fn ask_identity(pipes: &dyn Pipes) -> PrinterIdentity {
    let mut identity = PrinterIdentity::default();
    for info in Info::ALL {
        let Some(text) = ask(pipes, info) else { break };
        identity.set(info, text);
    }
    identity
}

fn ask(pipes: &dyn Pipes, info: Info) -> Option<String> {
    let question = info.request();
    if pipes.write(&question, ANSWER).ok()? < question.len() {
        return None;
    }
    let mut demultiplexer = Demultiplexer::default();
    let deadline = Instant::now() + ANSWER;
    let mut buffer = [0; 1024];
    while Instant::now() < deadline {
        let read = match pipes.read(&mut buffer, READ_SLICE) {
            Ok(read) => read,
            Err(rusb::Error::Timeout | rusb::Error::Interrupted) => 0,
            Err(_) => return None,
        };
        let mut answer = None;
        demultiplexer.feed(&buffer[..read], |reply| {
            if let Reply::Info(text) = reply {
                answer = Some(text);
            }
        });
        if answer.is_some() {
            return answer;
        }
    }
    None
}

#[cfg(test)]
mod tests;
