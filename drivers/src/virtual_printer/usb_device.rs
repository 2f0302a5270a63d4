//! What a USB printer says of itself: descriptors (USB 2.0, chapter 9), the requests of the printer class (USB printer
//! class 1.1, chapter 4), and the form in which umockdev takes a device.

use std::fmt::Write;

use super::shared::Shared;
use super::{FIRMWARE, MAKER, MODEL};

/// By what a USB printer is told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbIdentity {
    /// The maker's number.
    pub vendor: u16,
    /// The maker's number for the product.
    pub product: u16,
    /// The serial number.
    pub serial: String,
    /// The device number it has each time, as a bus gives it again that has counted through; otherwise the next one.
    pub number: Option<u8>,
}

impl Default for UsbIdentity {
    /// An Epson TM-T20III as a printer-class device.
    fn default() -> Self {
        Self { vendor: 0x04B8, product: 0x0E28, serial: super::SERIAL.to_owned(), number: None }
    }
}

/// Device, configuration, interface (class 7, bidirectional), bulk out 0x01 and bulk in 0x82 of 64 bytes.
fn descriptors(identity: &UsbIdentity) -> Vec<u8> {
    let [vendor_low, vendor_high] = identity.vendor.to_le_bytes();
    let [product_low, product_high] = identity.product.to_le_bytes();
    let mut bytes = vec![18, 1, 0x00, 0x02, 0, 0, 0, 64];
    bytes.extend([vendor_low, vendor_high, product_low, product_high, 0x00, 0x01, 1, 2, 3, 1]);
    bytes.extend([9, 2, 32, 0, 1, 1, 0, 0xC0, 1]);
    bytes.extend([9, 4, 0, 0, 2, 7, 1, 2, 0]);
    bytes.extend([7, 5, 0x01, 2, 64, 0, 0]);
    bytes.extend([7, 5, 0x82, 2, 64, 0, 0]);
    bytes
}

/// The device as umockdev reads it: place, node, properties and attributes, one a line; the bus numbers it where it does
/// not bring its own.
pub(super) fn describe(identity: &UsbIdentity) -> String {
    let UsbIdentity { vendor, product, serial, number } = identity;
    // A printer stays where it is plugged in; two printers are told apart by their serial number.
    let port = serial.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 100_000 + 1;
    let hex = descriptors(identity).iter().fold(String::new(), |mut hex, byte| {
        let _never_fails = write!(hex, "{byte:02x}");
        hex
    });
    let place = format!("/devices/pci0000:00/0000:00:14.0/usb1/1-{port}");
    let text = [
        format!("P: {place}"),
        "N: bus/usb/001/@NUMBER@".to_owned(),
        "E: DEVNAME=/dev/bus/usb/001/@NUMBER@".to_owned(),
        "E: DEVTYPE=usb_device".to_owned(),
        "E: SUBSYSTEM=usb".to_owned(),
        "E: DRIVER=usb".to_owned(),
        "E: BUSNUM=001".to_owned(),
        "E: DEVNUM=@NUMBER@".to_owned(),
        format!("E: PRODUCT={vendor:x}/{product:x}/100"),
        "A: busnum=1\\n".to_owned(),
        "A: devnum=@number@\\n".to_owned(),
        format!("A: idVendor={vendor:04x}\\n"),
        format!("A: idProduct={product:04x}\\n"),
        format!("A: manufacturer={MAKER}\\n"),
        format!("A: product={MODEL}\\n"),
        format!("A: serial={serial}\\n"),
        "A: speed=12\\n".to_owned(),
        "A: bConfigurationValue=1\\n".to_owned(),
        format!("H: descriptors={hex}"),
        String::new(),
        format!("P: {place}/1-{port}:1.0"),
        "E: DEVTYPE=usb_interface".to_owned(),
        "E: SUBSYSTEM=usb".to_owned(),
        "A: bInterfaceNumber=00\\n".to_owned(),
        "A: bInterfaceClass=07\\n".to_owned(),
        String::new(),
        String::new(),
    ]
    .join("\n");
    match number {
        Some(number) => text.replace("@number@", &number.to_string()).replace("@NUMBER@", &format!("{number:03}")),
        None => text,
    }
}

/// Answers a control request: 8 bytes, then its data; `None` where the printer knows none such (a stall).
pub(super) fn control(request: &[u8], identity: &UsbIdentity, shared: &Shared) -> Option<Vec<u8>> {
    let &[kind, code, value_low, value_high, _, _, length_low, length_high, ..] = request else {
        return None;
    };
    let mut answer = match (kind, code) {
        // GET_DESCRIPTOR
        (0x80, 6) => match (value_high, value_low) {
            (1, 0) => descriptors(identity)[..18].to_vec(),
            (2, 0) => descriptors(identity)[18..].to_vec(),
            (3, 0) => vec![4, 3, 0x09, 0x04],
            (3, 1) => string(MAKER),
            (3, 2) => string(MODEL),
            (3, 3) => string(&identity.serial),
            _ => return None,
        },
        // GET_DEVICE_ID: a length of two bytes, itself included, the high one first.
        (0xA1, 0) => {
            let text = format!("MFG:{MAKER};CMD:ESC/POS;MDL:{MODEL};CLS:PRINTER;DES:{MODEL} {FIRMWARE};");
            let length = u16::try_from(text.len() + 2).ok()?;
            [&length.to_be_bytes(), text.as_bytes()].concat()
        }
        // GET_PORT_STATUS
        (0xA1, 1) => vec![shared.look(super::device::Device::port_status)],
        // SOFT_RESET
        (0x21, 2) => {
            shared.act(super::device::Device::soft_reset);
            Vec::new()
        }
        _ => return None,
    };
    answer.truncate(usize::from(u16::from_le_bytes([length_low, length_high])));
    Some(answer)
}

/// A string descriptor: UTF-16 behind its length and kind.
fn string(text: &str) -> Vec<u8> {
    let mut bytes = vec![0, 3];
    bytes.extend(text.encode_utf16().take(126).flat_map(u16::to_le_bytes));
    bytes[0] = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    bytes
}
