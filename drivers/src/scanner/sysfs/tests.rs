use super::*;

/// A machine with these files below `/sys`, and these links.
fn machine(files: &[(&str, &[u8])], links: &[(&str, &str)]) -> (tempfile::TempDir, Sysfs) {
    let folder = tempfile::tempdir().unwrap();
    for (path, contents) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
    for (link, target) in links {
        let link = folder.path().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, link).unwrap();
    }
    let sysfs = Sysfs::at(&folder.path().join("sys"), &folder.path().join("dev"));
    (folder, sysfs)
}

const KEYS: &[u8] = b"1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n";

#[test]
fn raw_hid_devices_are_listed_in_the_order_of_their_numbers() {
    let event = b"DRIVER=hid-generic\nHID_ID=0003:000005F9:00004204\nHID_NAME=Datalogic HID POS\nHID_UNIQ=S1\n";
    let (folder, sysfs) = machine(
        &[
            ("sys/class/hidraw/hidraw10/device/uevent", b"HID_ID=0003:00000001:00000002\nHID_UNIQ=\n"),
            ("sys/class/hidraw/hidraw10/device/report_descriptor", b"\x05\x01"),
            ("sys/class/hidraw/hidraw2/device/uevent", event),
            ("sys/class/hidraw/hidraw2/device/report_descriptor", b"\x05\x8c"),
            ("sys/class/hidraw/hidraw3/device/uevent", b"HID_ID=nonsense\n"),
            ("sys/class/hidraw/hidraw4/device/uevent", b"HID_ID=0003:FFFFFFFF:00000002\n"),
            ("sys/class/hidraw/hidrawx/device/uevent", event),
        ],
        &[],
    );
    let found = sysfs.hid_nodes();
    assert_eq!(
        found,
        [
            HidNode {
                node: folder.path().join("dev/hidraw2"),
                id: UsbId { vendor: 0x05F9, product: 0x4204, serial: Some("S1".to_owned()) },
                name: "Datalogic HID POS".to_owned(),
                descriptor: vec![0x05, 0x8C],
            },
            HidNode {
                node: folder.path().join("dev/hidraw10"),
                id: UsbId { vendor: 1, product: 2, serial: None },
                name: String::new(),
                descriptor: vec![0x05, 0x01],
            },
        ]
    );
}

#[test]
fn keyboards_are_told_from_buttons_and_from_what_is_built_in() {
    fn device(name: &str, bus: &'static [u8], keys: &'static [u8]) -> Vec<(String, &'static [u8])> {
        let file = |file: &str| format!("sys/class/input/{name}/device/{file}");
        vec![
            (file("name"), b"Honeywell Scanner\n"),
            (file("uniq"), b"\n"),
            (file("id/bustype"), bus),
            (file("id/vendor"), b"0c2e\n"),
            (file("id/product"), b"0901\n"),
            (file("capabilities/key"), keys),
        ]
    }
    let devices = [
        device("event5", b"0003\n", KEYS),
        device("event6", b"0011\n", KEYS),
        device("event7", b"0003\n", b"10000000000000 0\n"),
        device("mouse0", b"0003\n", KEYS),
    ]
    .concat();
    let files: Vec<(&str, &[u8])> = devices.iter().map(|(path, contents)| (path.as_str(), *contents)).collect();
    let (folder, sysfs) = machine(&files, &[]);
    let id = UsbId { vendor: 0x0C2E, product: 0x0901, serial: None };
    let node = folder.path().join("dev/input/event5");
    assert_eq!(sysfs.keyboards(), [KeyboardNode { node, id, name: "Honeywell Scanner".to_owned() }]);
}

#[test]
fn serial_ports_of_usb_devices_are_named_by_what_stays() {
    let usb = "sys/devices/usb1/1-3";
    let (folder, sysfs) = machine(
        &[
            (&format!("{usb}/idVendor"), b"05f9\n"),
            (&format!("{usb}/idProduct"), b"4204\n"),
            (&format!("{usb}/manufacturer"), b"Datalogic\n"),
            (&format!("{usb}/product"), b"Magellan\n"),
            (&format!("{usb}/serial"), b"S2\n"),
            (&format!("{usb}/1-3:1.0/bInterfaceClass"), b"02\n"),
            ("sys/devices/platform/serial8250/x", b""),
        ],
        &[
            ("sys/class/tty/ttyACM0/device", "../../../devices/usb1/1-3/1-3:1.0"),
            ("sys/class/tty/ttyUSB0/device", "../../../devices/usb1/1-3/1-3:1.0"),
            ("sys/class/tty/ttyUSB1/device", "../../../devices/platform/serial8250"),
            ("sys/class/tty/ttyS0/device", "../../../devices/platform/serial8250"),
            ("dev/serial/by-id/usb-Datalogic_Magellan-if00", "../../ttyACM0"),
        ],
    );
    let id = UsbId { vendor: 0x05F9, product: 0x4204, serial: Some("S2".to_owned()) };
    let port = |node: &str| SerialNode {
        node: folder.path().join("dev").join(node),
        id: id.clone(),
        name: "Datalogic Magellan".to_owned(),
    };
    assert_eq!(sysfs.serial_nodes(), [port("serial/by-id/usb-Datalogic_Magellan-if00"), port("ttyUSB0")]);
}

#[test]
fn a_machine_without_devices_has_none() {
    let (_folder, sysfs) = machine(&[], &[]);
    assert!(sysfs.hid_nodes().is_empty());
    assert!(sysfs.keyboards().is_empty());
    assert!(sysfs.serial_nodes().is_empty());
}

#[test]
fn bits_are_counted_from_the_last_word() {
    let bitmap = "4 0 8000000000000001";
    let set: Vec<u32> = (0..200).filter(|bit| has_bit(bitmap, *bit)).collect();
    assert_eq!(set, [0, 63, 130]);
    assert!(!has_bit("", 0));
    assert!(!has_bit("xyz", 0));
}
