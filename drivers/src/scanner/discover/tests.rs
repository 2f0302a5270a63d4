use std::fs;

use super::*;

const DESCRIPTOR: &[u8] = &[0x05, 0x8C, 0x75, 0x08, 0x95, 0x08, 0x09, 0xFE, 0x81, 0x02];

#[test]
fn what_can_be_a_scanner_is_listed_with_what_chooses_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, contents: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    };
    for (node, descriptor) in [("hidraw0", DESCRIPTOR), ("hidraw1", &[0x05, 0x01])] {
        write(&format!("sys/class/hidraw/{node}/device/uevent"), b"HID_ID=0003:000005F9:00004204\nHID_NAME=Gryphon\n");
        write(&format!("sys/class/hidraw/{node}/device/report_descriptor"), descriptor);
        write(&format!("dev/{node}"), b"");
    }
    let keyboard = "sys/class/input/event5/device";
    for (file, contents) in
        [("name", "Honeywell Scanner"), ("id/bustype", "0003"), ("id/vendor", "0c2e"), ("id/product", "0901")]
    {
        write(&format!("{keyboard}/{file}"), contents.as_bytes());
    }
    write(&format!("{keyboard}/capabilities/key"), b"febeffdfffefffff fffffffffffffffe");
    let port = "sys/class/tty/ttyACM0/device";
    for (file, contents) in [("idVendor", "1a86"), ("idProduct", "7523"), ("product", "USB Serial")] {
        write(&format!("{port}/{file}"), contents.as_bytes());
    }
    write("dev/ttyACM0", b"");

    let found = discover_in(&Sysfs::at(&folder.path().join("sys"), &folder.path().join("dev")));
    let listed: Vec<(&str, &str)> = found.iter().map(|found| (found.selector.as_str(), found.name.as_str())).collect();
    let port = format!("serial:{}@9600", folder.path().join("dev/ttyACM0").display());
    assert_eq!(
        listed,
        [
            ("hidraw:05f9:4204", "Gryphon (point-of-sale scanner)"),
            ("keyboard:0c2e:0901", "Honeywell Scanner (scanner as keyboard)"),
            (port.as_str(), "USB Serial (serial port)"),
        ]
    );
    assert!(found.iter().all(|found| found.kind == DeviceKind::Scanner));
    for found in &found {
        assert_eq!(found.selector.parse::<ScannerSelector>().unwrap().to_string(), found.selector);
    }
    assert_eq!(found[0].access, Access::Granted);
    assert!(matches!(&found[1].access, Access::Fault(why) if why.contains("not there")), "{:?}", found[1].access);
    assert_eq!(found[2].access, Access::Granted);
}

#[test]
fn a_held_scanner_is_busy_and_a_forbidden_one_comes_with_its_rule() {
    let folder = tempfile::tempdir().unwrap();
    let node = folder.path().join("hidraw0");
    fs::write(&node, b"").unwrap();
    let file = open_node(&node, false).unwrap();
    lock(&file, &node).unwrap();
    let second = open_node(&node, false).and_then(|file| lock(&file, &node));
    let selector: ScannerSelector = "hidraw:05f9:4204".parse().unwrap();
    assert_eq!(
        entry(selector.clone(), String::new(), second, String::new()).access,
        Access::Busy { node: node.clone() }
    );
    let id = UsbId { vendor: 0x05F9, product: 0x4204, serial: None };
    let line = rule("KERNEL==\"hidraw*\"", ["idVendor", "idProduct"], &id, "");
    let forbidden = Err(fault(&node, std::io::Error::from_raw_os_error(13)));
    assert_eq!(
        entry(selector, String::new(), forbidden, line.clone()).access,
        Access::Forbidden { node, rule: line.clone() }
    );
    assert_eq!(
        line,
        "KERNEL==\"hidraw*\", ATTRS{idVendor}==\"05f9\", ATTRS{idProduct}==\"4204\", GROUP=\"borne\", MODE=\"0660\""
    );
}

#[test]
fn a_machine_is_searched_whatever_it_has() {
    for found in discover() {
        assert_eq!(found.kind, DeviceKind::Scanner);
        assert!(found.selector.parse::<ScannerSelector>().is_ok(), "{}", found.selector);
    }
}

#[test]
fn the_package_of_the_borne_opens_the_scanners_of_every_known_maker() {
    let makers = MAKERS.map(|(vendor, _)| format!("{vendor:04x}")).join("|");
    let shipped = include_str!("../../../../deploy/package/borne/60-borne.rules");
    for attribute in ["idVendor", "id/vendor"] {
        assert!(shipped.contains(&format!("ATTRS{{{attribute}}}==\"{makers}\"")), "{makers}");
    }
}
