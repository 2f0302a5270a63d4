//! The card readers of this machine, those that pcscd does not serve included.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::event::DaemonFault;
use super::pcscd::{self, Listed};
use super::selector::CardSelector;
use crate::discovery::{Access, DeviceKind, Found};

/// How long the daemon may take. A reader with a card that does not answer holds it up.
const LIMIT: Duration = Duration::from_secs(3);
/// Where the system tells of USB devices and their interfaces.
const USB_DEVICES: &str = "/sys/bus/usb/devices";
/// The class of a USB interface that reads cards (USB CCID 1.1, 4.1).
const CCID: &str = "0b";

/// Every reader that pcscd serves; or, where it serves none, why.
#[must_use]
pub fn discover() -> Vec<Found> {
    let (sender, answer) = mpsc::channel();
    let asking = thread::Builder::new().name("card-discover".to_owned()).spawn(move || {
        // Nobody waits any more where this is late.
        let _unless_late = sender.send(pcscd::list());
    });
    let answer = match asking {
        Ok(_asked) => answer.recv_timeout(LIMIT).unwrap_or_else(|_| Err(silent())),
        Err(error) => Err(DaemonFault::Failed(error.to_string())),
    };
    found(answer, &plugged_in(Path::new(USB_DEVICES)))
}

fn silent() -> DaemonFault {
    DaemonFault::Failed(format!("no answer within {} s, take cards off the readers", LIMIT.as_secs()))
}

/// What the daemon says, and the names of the USB card readers that are plugged in, make the list.
fn found(answer: Result<Vec<Listed>, DaemonFault>, plugged_in: &[String]) -> Vec<Found> {
    let reader = |selector: CardSelector, name: String, firmware, access| Found {
        kind: DeviceKind::CardReader,
        selector: selector.to_string(),
        name,
        firmware,
        access,
    };
    match answer {
        Ok(listed) if listed.is_empty() => {
            let idle = |name: &String| {
                let why = "pcscd does not serve this reader: install its driver (apt install libccid), then restart \
                           pcscd (systemctl restart pcscd)";
                reader(CardSelector::Any, name.clone(), None, Access::Fault(why.to_owned()))
            };
            plugged_in.iter().map(idle).collect()
        }
        Ok(listed) => {
            let served = |Listed { name, firmware, held }| {
                let access = if held { Access::Busy { node: (&name).into() } } else { Access::Granted };
                reader(CardSelector::Named(name.clone()), name, firmware, access)
            };
            listed.into_iter().map(served).collect()
        }
        Err(fault) => {
            let name = if plugged_in.is_empty() { "card readers".to_owned() } else { plugged_in.join(", ") };
            vec![reader(CardSelector::Any, name, None, Access::Fault(fault.to_string()))]
        }
    }
}

/// The products with an interface of the class of card readers. `devices` holds a folder for each USB device (`1-2`) and
/// for each of its interfaces (`1-2:1.0`).
fn plugged_in(devices: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(devices) else {
        return Vec::new();
    };
    let read = |path: &Path| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let reader = |interface: String| {
        let (device, _) = interface.split_once(':')?;
        let class = read(&devices.join(&interface).join("bInterfaceClass"))?;
        let product = || read(&devices.join(device).join("product"));
        (class == CCID).then(|| product().unwrap_or_else(|| format!("a USB card reader at {device}")))
    };
    let interfaces = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = interfaces.filter_map(reader).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, held: bool) -> Listed {
        Listed { name: name.to_owned(), firmware: Some("1.2.3".to_owned()), held }
    }

    #[test]
    fn readers_are_listed_with_a_selector_that_finds_them_again() {
        let all = found(Ok(vec![listed("ACS ACR1252 00 00", false), listed("Omnikey 01 00", true)]), &[]);
        assert_eq!(all.len(), 2);
        for reader in &all {
            assert!(reader.selector.parse::<CardSelector>().unwrap().selects(&reader.name));
        }
        assert_eq!((&all[0].access, all[0].firmware.as_deref()), (&Access::Granted, Some("1.2.3")));
        assert_eq!(all[1].access, Access::Busy { node: "Omnikey 01 00".into() });
    }

    #[test]
    fn no_daemon_is_a_fault_that_says_what_to_do() {
        let all = found(Err(DaemonFault::NotRunning), &[]);
        assert!(matches!(&all[0].access, Access::Fault(why) if why.contains("systemctl enable --now pcscd.socket")));
        let refused = found(Err(DaemonFault::Refused), &["ACR122U".to_owned()]);
        assert!(matches!(&refused[0].access, Access::Fault(why) if why.contains("polkit")));
        assert_eq!(refused[0].name, "ACR122U");
    }

    #[test]
    fn a_reader_without_its_driver_is_not_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let file = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        file("1-2/product", "ACR122U PICC Interface\n");
        file("1-2:1.0/bInterfaceClass", "0b\n");
        file("1-3/product", "TM-T20III\n");
        file("1-3:1.0/bInterfaceClass", "07\n");
        file("1-4:1.0/bInterfaceClass", "0b\n");
        let names = plugged_in(folder.path());
        assert_eq!(names, ["ACR122U PICC Interface", "a USB card reader at 1-4"]);
        let all = found(Ok(vec![]), &names);
        assert!(matches!(&all[0].access, Access::Fault(why) if why.contains("libccid")));
        assert!(found(Ok(vec![]), &[]).is_empty());
        assert!(plugged_in(&folder.path().join("none")).is_empty());
    }
}
