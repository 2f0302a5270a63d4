//! The machine's hardware watchdog, for the technician: systemd feeds it, the borne never opens it.

use std::path::{Path, PathBuf};

use crate::discovery::{Access, DeviceKind, Found};

/// Where the kernel tells of watchdogs (Linux ABI, sysfs-class-watchdog).
pub const SYSFS: &str = "/sys/class/watchdog";

const UNFED: &str = "nobody feeds it: write RuntimeWatchdogSec=10s under [Manager] in \
                     /etc/systemd/system.conf.d/watchdog.conf, and restart";
const SILENT: &str = "the kernel does not tell whether anybody feeds it: look for RuntimeWatchdogUSec in \
                      `systemctl show`";

/// Finds the hardware watchdogs; the selector is what systemd's `WatchdogDevice=` takes.
pub fn discover() -> Vec<Found> {
    discover_in(Path::new(SYSFS))
}

/// The same, of another folder than [`SYSFS`].
pub fn discover_in(sysfs: &Path) -> Vec<Found> {
    let Ok(entries) = std::fs::read_dir(sysfs) else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort();
    folders.iter().filter_map(|folder| found(folder)).collect()
}

fn found(folder: &Path) -> Option<Found> {
    let node = Path::new("/dev").join(folder.file_name()?);
    let attribute = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let name = attribute("identity").unwrap_or_else(|| "hardware watchdog".to_owned());
    let name = match attribute("timeout") {
        Some(seconds) => format!("{name}, resets after {seconds} s"),
        None => name,
    };
    let access = match attribute("state").as_deref() {
        // As it should be: systemd holds it.
        Some("active") => Access::Busy { node: node.clone() },
        Some(_) => Access::Fault(UNFED.to_owned()),
        None => Access::Fault(SILENT.to_owned()),
    };
    let selector = node.display().to_string();
    Some(Found { kind: DeviceKind::Watchdog, selector, name, firmware: attribute("fw_version"), access })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_watchdog_is_listed_with_whether_anybody_feeds_it() {
        let sysfs = TempDir::new().unwrap();
        let write = |watchdog: &str, attributes: &[(&str, &str)]| {
            let folder = sysfs.path().join(watchdog);
            std::fs::create_dir(&folder).unwrap();
            for (name, text) in attributes {
                std::fs::write(folder.join(name), text).unwrap();
            }
        };
        write("watchdog1", &[("identity", "Software Watchdog\n"), ("state", "inactive\n"), ("timeout", "60\n")]);
        write(
            "watchdog0",
            &[("identity", "iTCO_wdt\n"), ("state", "active\n"), ("timeout", "10\n"), ("fw_version", "6\n")],
        );
        write("watchdog2", &[]);
        let found = discover_in(sysfs.path());
        let rows: Vec<_> =
            found.iter().map(|row| (row.selector.as_str(), row.name.as_str(), row.firmware.as_deref())).collect();
        assert_eq!(
            rows,
            [
                ("/dev/watchdog0", "iTCO_wdt, resets after 10 s", Some("6")),
                ("/dev/watchdog1", "Software Watchdog, resets after 60 s", None),
                ("/dev/watchdog2", "hardware watchdog", None),
            ]
        );
        assert_eq!(found[0].access, Access::Busy { node: "/dev/watchdog0".into() });
        assert_eq!(found[1].access, Access::Fault(UNFED.to_owned()));
        assert_eq!(found[2].access, Access::Fault(SILENT.to_owned()));
    }

    #[test]
    fn a_machine_without_a_watchdog_has_none() {
        assert_eq!(discover_in(Path::new("/nowhere")), []);
    }
}
