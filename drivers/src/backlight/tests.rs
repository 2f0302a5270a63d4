//! Backlights in a folder that looks as the kernel's does.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Command;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A folder of backlights: name, type, greatest brightness, brightness.
fn sysfs(backlights: &[(&str, &str, &str, &str)]) -> TempDir {
    let sysfs = TempDir::new().unwrap();
    for (name, kind, max, level) in backlights {
        let folder = sysfs.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        for (attribute, text) in [("type", kind), ("max_brightness", max), ("brightness", level), ("bl_power", &"0")] {
            std::fs::write(folder.join(attribute), format!("{text}\n")).unwrap();
        }
    }
    sysfs
}

fn read(sysfs: &TempDir, attribute: &str) -> String {
    std::fs::read_to_string(sysfs.path().join(attribute)).unwrap().trim().to_owned()
}

fn open(sysfs: &TempDir, selector: &str) -> Result<Backlight, BacklightError> {
    Backlight::open_in(sysfs.path(), &selector.parse().unwrap())
}

#[test]
fn it_is_set_switched_and_left_as_it_was_found() {
    let sysfs = sysfs(&[("panel", "raw", "937", "600")]);
    let mut backlight = open(&sysfs, "backlight:panel").unwrap();
    backlight.set_percent(50).unwrap();
    assert_eq!(read(&sysfs, "panel/brightness"), "469");
    backlight.off().unwrap();
    assert_eq!((read(&sysfs, "panel/bl_power"), read(&sysfs, "panel/brightness")), ("4".into(), "469".into()));
    backlight.on().unwrap();
    assert_eq!((read(&sysfs, "panel/bl_power"), read(&sysfs, "panel/brightness")), ("0".into(), "469".into()));
    backlight.off().unwrap();
    drop(backlight);
    assert_eq!((read(&sysfs, "panel/bl_power"), read(&sysfs, "panel/brightness")), ("0".into(), "600".into()));
}

#[test]
fn a_driver_without_a_power_switch_is_switched_by_its_brightness() {
    let sysfs = sysfs(&[("panel", "raw", "255", "200")]);
    std::fs::remove_file(sysfs.path().join("panel/bl_power")).unwrap();
    let mut backlight = open(&sysfs, "auto").unwrap();
    backlight.set_percent(10).unwrap();
    backlight.off().unwrap();
    assert_eq!(read(&sysfs, "panel/brightness"), "0");
    backlight.on().unwrap();
    assert_eq!(read(&sysfs, "panel/brightness"), "26");
    drop(backlight);
    assert_eq!(read(&sysfs, "panel/brightness"), "200");
    assert!(!sysfs.path().join("panel/bl_power").exists());
}

#[test]
fn auto_takes_what_the_kernels_manual_prefers_and_asks_where_that_is_several() {
    let both = sysfs(&[("intel", "raw", "937", "1"), ("acpi_video0", "firmware", "15", "2")]);
    assert_eq!(open(&both, "auto").unwrap().max, 15);
    let twins = sysfs(&[("left", "raw", "9", "1"), ("right", "raw", "9", "1")]);
    let error = open(&twins, "auto").unwrap_err().to_string();
    assert!(error.ends_with("choose backlight:left or backlight:right"), "{error}");
    assert!(open(&twins, "backlight:right").is_ok());
}

#[test]
fn each_fault_says_what_to_do() {
    let none = sysfs(&[]);
    let one = sysfs(&[("panel", "raw", "many", "1")]);
    for (error, said) in [
        (open(&none, "auto").unwrap_err(), "tells of no backlight: set the brightness at the screen"),
        (open(&one, "backlight:other").unwrap_err(), "no backlight \"other\", only backlight:panel"),
        (open(&one, "auto").unwrap_err(), "max_brightness holds no number"),
        ("backlight:".parse::<BacklightSelector>().unwrap_err(), "use auto or backlight:NAME"),
        ("backlight:../x".parse::<BacklightSelector>().unwrap_err(), "use auto or backlight:NAME"),
        ("".parse::<BacklightSelector>().unwrap_err(), "use auto or backlight:NAME"),
    ] {
        assert!(error.to_string().contains(said), "{error}");
    }
    let denied = refusal("/sys/x/brightness".into(), io::ErrorKind::PermissionDenied.into());
    let said = denied.to_string();
    assert!(said.contains("may not write /sys/x/brightness: add the udev rule `SUBSYSTEM==\"backlight\""), "{said}");
    assert!(matches!(access(denied), Access::Forbidden { .. }));
}

#[test]
fn the_package_of_the_borne_brings_the_rule() {
    let shipped = include_str!("../../../deploy/package/borne/60-borne.rules");
    assert!(shipped.lines().any(|line| line == UDEV_RULE), "{UDEV_RULE}");
}

/// The program of the rule, run as udev runs it, but with this folder and this user's group.
#[test]
fn the_rule_lets_a_group_write_what_there_is() {
    let whole = sysfs(&[("panel", "raw", "937", "600")]);
    let without_switch = sysfs(&[("panel", "raw", "937", "600")]);
    std::fs::remove_file(without_switch.path().join("panel/bl_power")).unwrap();
    for (sysfs, attributes) in [(whole, &["brightness", "bl_power"][..]), (without_switch, &["brightness"])] {
        let folder = sysfs.path().join("panel");
        let mode = |attribute| std::fs::metadata(folder.join(attribute)).unwrap().permissions().mode() & 0o777;
        for attribute in attributes {
            std::fs::set_permissions(folder.join(attribute), Permissions::from_mode(0o644)).unwrap();
        }
        let (_, program) = UDEV_RULE.split_once("/bin/sh -c '").unwrap();
        let program = program
            .strip_suffix("'\"")
            .unwrap()
            .replace("borne", &std::fs::metadata(&folder).unwrap().gid().to_string())
            .replace("/sys$devpath", &folder.display().to_string());
        Command::new("/bin/sh").args(["-c", &program]).output().unwrap();
        let modes: Vec<u32> = attributes.iter().map(mode).collect();
        assert_eq!(modes, vec![0o664; attributes.len()], "{program}");
    }
}

#[test]
fn the_search_lists_each_with_its_selector_and_range() {
    let sysfs = sysfs(&[("panel", "raw", "937", "600"), ("odd", "raw", "937", "?")]);
    let found = discover_in(sysfs.path());
    let rows: Vec<_> = found.iter().map(|row| (row.selector.as_str(), row.name.as_str())).collect();
    assert_eq!(rows, [("backlight:odd", "odd (raw)"), ("backlight:panel", "panel (raw), 600 of 937")]);
    assert!(matches!(&found[0].access, Access::Fault(why) if why.contains("holds no number")));
    assert_eq!(found[1].access, Access::Granted);
    assert_eq!(discover_in(Path::new("/nowhere")), []);
}

proptest! {
    #[test]
    fn a_part_stays_within_the_range_and_grows_with_the_percentage(max in any::<u32>(), percent in 0u8..=255) {
        let level = fraction(max, percent);
        prop_assert!(level <= max);
        prop_assert_eq!(level == 0, percent == 0 || max == 0);
        prop_assert!(percent == 0 || fraction(max, percent - 1) <= level);
        prop_assert_eq!(fraction(max, 100), max);
    }

    #[test]
    fn selectors_print_as_they_were_written(text in "auto|backlight:.{0,20}") {
        if let Ok(selector) = text.parse::<BacklightSelector>() {
            prop_assert_eq!(selector.to_string(), text);
        }
    }
}
