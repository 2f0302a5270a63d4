//! Selectors and profiles: what a configuration may say, and what it is told when it says anything else.

use std::path::PathBuf;

use drivers::printer::{Form, PrinterSelector, Profile};

#[test]
fn selectors_print_as_they_are_read() {
    let table = [
        ("tcp:10.0.0.7", "tcp:10.0.0.7:9100"),
        ("tcp:10.0.0.7:9101", "tcp:10.0.0.7:9101"),
        ("tcp:imprimante-hall.local", "tcp:imprimante-hall.local:9100"),
        ("tcp:[fe80::1]", "tcp:[fe80::1]:9100"),
        ("tcp:[::1]:19100", "tcp:[::1]:19100"),
        ("usb:", "usb:"),
        ("usb:04B8:0e15", "usb:04b8:0e15"),
        ("usb:04b8:0e15:A1B2", "usb:04b8:0e15:A1B2"),
        ("usb:04b8:0e15:n° 7:2 ", "usb:04b8:0e15:n° 7:2 "),
        ("serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0@9600,rtscts"),
        ("serial:/dev/ttyUSB0@115200", "serial:/dev/ttyUSB0@115200,rtscts"),
        ("serial:/dev/ttyS1@19200,xonxoff", "serial:/dev/ttyS1@19200,xonxoff"),
        ("serial:/dev/serial/by-id/usb-A@B-if00@38400,none", "serial:/dev/serial/by-id/usb-A@B-if00@38400,none"),
        ("virtual:/tmp/tickets", "virtual:/tmp/tickets"),
        ("virtual:un dossier:bis", "virtual:un dossier:bis"),
    ];
    for (written, printed) in table {
        let selector: PrinterSelector = written.parse().expect(written);
        assert_eq!(selector.to_string(), printed);
        assert_eq!(printed.parse(), Ok(selector), "{printed} is read back");
    }
    assert_eq!("virtual:/a".parse(), Ok(PrinterSelector::Virtual { folder: PathBuf::from("/a") }));
}

#[test]
fn wrong_selectors_are_answered_with_what_is_allowed() {
    let table = [
        ("", "use usb:, usb:VID:PID"),
        ("10.0.0.7", "use usb:, usb:VID:PID"),
        ("lpt:1", "use usb:, usb:VID:PID"),
        ("TCP:host", "use usb:, usb:VID:PID"),
        ("tcp:", "tcp:[IPV6]:PORT"),
        ("tcp::9100", "tcp:[IPV6]:PORT"),
        ("tcp:fe80::1", "tcp:[IPV6]:PORT"),
        ("tcp:[fe80::1", "tcp:[IPV6]:PORT"),
        ("tcp:[fe80::1]9100", "tcp:[IPV6]:PORT"),
        ("tcp:[host]:9100", "tcp:[IPV6]:PORT"),
        ("tcp:ho st", "tcp:[IPV6]:PORT"),
        ("tcp:host:", "1 to 65535"),
        ("tcp:host:0", "1 to 65535"),
        ("tcp:host:65536", "1 to 65535"),
        ("tcp:host:+80", "1 to 65535"),
        ("tcp:host:raw", "1 to 65535"),
        ("virtual:", "virtual:FOLDER"),
        ("usb:04b8", "usb:VID:PID"),
        ("usb:04b8:", "usb:VID:PID"),
        ("usb:4b8:0e15", "usb:VID:PID"),
        ("usb:04b8:0g15", "usb:VID:PID"),
        ("usb:+4b8:0e15", "usb:VID:PID"),
        ("usb:04b8:0e15:", "usb:VID:PID:SERIAL"),
        ("usb:04b8:0e15:A\n1", "usb:VID:PID:SERIAL"),
        ("serial:", "serial:/dev/ttyUSB0"),
        ("serial:ttyUSB0", "serial:/dev/ttyUSB0"),
        ("serial:/dev/ttyUSB0@", "300 to 4000000"),
        ("serial:/dev/ttyUSB0@+9600", "300 to 4000000"),
        ("serial:/dev/ttyUSB0@50", "300 to 4000000"),
        ("serial:/dev/ttyUSB0@9600,", "rtscts, xonxoff or none"),
        ("serial:/dev/ttyUSB0@9600,dtr", "rtscts, xonxoff or none"),
    ];
    for (written, allowed) in table {
        let error = written.parse::<PrinterSelector>().expect_err(written).to_string();
        assert!(error.contains(allowed), "{written}: {error}");
        assert!(error.contains(&format!("\"{written}\"")), "{written}: {error}");
    }
}

#[test]
fn shipped_profiles_are_whole() {
    let widths: Vec<(String, u16, u16, bool)> = Profile::shipped()
        .map(|name| {
            let profile = Profile::load(name).expect(name);
            let answers = profile.answers;
            let tells = answers.gs_h || answers.asb || answers.dle_eot || answers.gs_r;
            (name.to_owned(), profile.paper_width_mm, profile.width_dots, tells)
        })
        .collect();
    let wanted = [
        ("epson-tm-t20iii", 80, 576, true),
        ("epson-tm-m30", 80, 576, true),
        ("epson-tm-t88vi", 80, 512, true),
        ("star-escpos", 80, 576, true),
        ("custom-kube-ii", 80, 576, true),
        ("pos-58", 58, 384, false),
        ("generic-80", 80, 576, false),
        ("generic-58", 58, 384, false),
        ("virtual", 80, 576, true),
    ];
    assert_eq!(widths, wanted.map(|(name, paper, dots, tells)| (name.to_owned(), paper, dots, tells)));
}

const PROFILE: &str = include_str!("../profiles/generic-80.toml");

#[test]
fn a_profile_of_ones_own_is_read_from_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clone.toml");
    let text = PROFILE.replace("code_page = 16", "code_page = 71").replace("raster", "text");
    std::fs::write(&path, text).expect("a file");
    let profile = Profile::load(path.to_str().expect("UTF-8")).expect("a profile");
    assert_eq!((profile.code_page, profile.form), (71, Form::Text));
}

#[test]
fn wrong_profiles_name_the_file_the_key_and_what_is_allowed() {
    let table = [
        ("cutter = \"full\"", "cuter = \"full\"", &["cuter", "expected one of"][..]),
        ("cutter = \"full\"\n", "", &["cutter", "missing"]),
        ("cutter = \"full\"", "cutter = \"yes\"", &["cutter", "full", "partial", "none"]),
        ("cutter", "buzzer = { command = \"esc_x\" }\ncutter", &["buzzer", "esc_paren_a", "esc_b"]),
        ("cutter", "stored_logo = { key = \"123\" }\ncutter", &["two characters"]),
        ("cutter", "stored_logo = { number = 0 }\ncutter", &["stored_logo", "nonzero"]),
        ("[answers]", "[usb]\nids = [\"04b8\"]\n[answers]", &["ids", "04b8:0e15"]),
        ("form = \"raster\"", "form = \"image\"", &["form", "raster", "text"]),
        ("gs_h = false", "gs_x = false", &["gs_x", "gs_h"]),
        ("width_dots = 576", "width_dots = 577", &["width_dots = 577", "multiple of 8"]),
        ("width_dots = 576", "width_dots = 5760", &["width_dots = 5760", "256 to 640"]),
        ("paper_width_mm = 80", "paper_width_mm = 72", &["paper_width_mm = 72", "58 or 80"]),
        ("speed_mm_per_s = 150", "speed_mm_per_s = 0", &["speed_mm_per_s = 0", "20 to 1000"]),
        ("code_page = 16", "code_page = 256", &["code_page", "256"]),
    ];
    for (from, to, wanted) in table {
        assert!(PROFILE.contains(from), "{from}");
        let error = Profile::parse("hall.toml", &PROFILE.replace(from, to)).expect_err(to).to_string();
        for part in wanted.iter().chain(&["hall.toml"]) {
            assert!(error.contains(part), "{to}: {part} is missing from: {error}");
        }
    }
}

#[test]
fn usb_devices_are_known_by_their_numbers() {
    let known = |id: &str| Profile::for_usb(id.parse().expect("a number"));
    assert_eq!(known("04b8:0e28"), Some("epson-tm-t20iii"));
    assert_eq!(known("0416:5011"), Some("pos-58"));
    assert_eq!(known("046d:c31c"), None, "a keyboard");
}

#[test]
fn unknown_names_and_missing_files_are_told_apart() {
    let unknown = Profile::load("epson").expect_err("no such profile").to_string();
    assert!(unknown.contains("\"epson\"") && unknown.contains("epson-tm-t20iii"), "{unknown}");
    let missing = Profile::load("/nowhere/x.toml").expect_err("no such file").to_string();
    assert!(missing.contains("/nowhere/x.toml"), "{missing}");
}
