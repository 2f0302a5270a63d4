//! A jack of the sound card: an input device with the switch `SW_HEADPHONE_INSERT`.

use std::fs::{self, OpenOptions};
use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use evdev::raw_stream::RawDevice;
use evdev::{EventType, InputEvent, SwitchCode, SynchronizationCode};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{JackError, JackSelector, Source};

/// Bytes of an event: a time, whose size is the machine's, and eight bytes of type, code and value.
const EVENT: usize = size_of::<InputEvent>();

/// A jack that tells of headphones.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    node: PathBuf,
    name: String,
}

/// The jacks of this machine that tell of headphones, by name, as selectors that a configuration may hold.
#[must_use]
pub fn jacks() -> Vec<JackSelector> {
    search(Path::new("/sys")).into_iter().map(|found| JackSelector::Named(found.name)).collect()
}

fn search(sys: &Path) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(sys.join("class/input")) else { return Vec::new() };
    let found = |entry: fs::DirEntry| {
        let file = entry.file_name().into_string().ok().filter(|name| name.starts_with("event"))?;
        let device = entry.path().join("device");
        let text = |file: &str| fs::read_to_string(device.join(file)).ok().map(|text| text.trim().to_owned());
        let switches = text("capabilities/sw")?;
        // Words of hexadecimal digits, the lowest last.
        let lowest = u64::from_str_radix(switches.split_whitespace().next_back()?, 16).ok()?;
        let tells = lowest >> SwitchCode::SW_HEADPHONE_INSERT.0 & 1 == 1;
        tells.then(|| Found { node: Path::new("/dev/input").join(file), name: text("name").unwrap_or_default() })
    };
    let mut all: Vec<Found> = entries.flatten().filter_map(found).collect();
    all.sort_by(|a, b| (a.node.as_os_str().len(), &a.node).cmp(&(b.node.as_os_str().len(), &b.node)));
    all
}

/// One or, with `jack:auto`, all that there are; a headset in any of them is in.
struct Switches {
    jack: JackSelector,
    all: Vec<Switch>,
}

struct Switch {
    device: RawDevice,
    present: bool,
    buffer: Vec<u8>,
    /// Bytes at the start of the buffer that are no whole event yet.
    held: usize,
}

pub(super) fn open(jack: &JackSelector) -> Result<Box<dyn Source>, JackError> {
    let nodes: Vec<PathBuf> = match jack {
        JackSelector::Node(node) => vec![node.clone()],
        JackSelector::Named(name) => {
            search(Path::new("/sys")).into_iter().filter(|found| found.name == *name).map(|found| found.node).collect()
        }
        JackSelector::Auto | JackSelector::Card(_) | JackSelector::Line(_) => {
            search(Path::new("/sys")).into_iter().map(|found| found.node).collect()
        }
    };
    if nodes.is_empty() {
        return Err(JackError::Absent { jack: jack.clone() });
    }
    let all = nodes.iter().map(|node| Switch::open(jack, node)).collect::<Result<_, _>>()?;
    Ok(Box::new(Switches { jack: jack.clone(), all }))
}

impl Switch {
    fn open(jack: &JackSelector, node: &Path) -> Result<Self, JackError> {
        let fault = |error: io::Error| match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::NXIO | Errno::NODEV) => JackError::Absent { jack: jack.clone() },
            Some(Errno::ACCESS | Errno::PERM) => JackError::Forbidden { jack: jack.clone(), node: node.to_owned() },
            Some(_) | None => JackError::Failed { jack: jack.clone(), what: error.to_string() },
        };
        // The bits of open(2) are those of the C library, which counts them in signed numbers.
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(node).map_err(fault)?;
        let device = RawDevice::from_fd(file.into()).map_err(fault)?;
        let tells = device.supported_switches().is_some_and(|all| all.contains(SwitchCode::SW_HEADPHONE_INSERT));
        if !tells {
            return Err(JackError::Failed { jack: jack.clone(), what: "it has no switch for headphones".to_owned() });
        }
        let present = state(&device).map_err(fault)?;
        Ok(Self { device, present, buffer: vec![0; 64 * EVENT], held: 0 })
    }

    /// Reads once what is there, and calls `changed` after each change.
    fn read(&mut self, changed: &mut dyn FnMut(bool)) -> io::Result<()> {
        let held = match rustix::io::read(&self.device, &mut self.buffer[self.held..]) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the device says no more")),
            Ok(length) => self.held + length,
            Err(Errno::WOULDBLOCK | Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let whole = held - held % EVENT;
        for start in (0..whole).step_by(EVENT) {
            let Some((kind, code, value)) = parse(&self.buffer[start..start + EVENT]) else { continue };
            let present = if kind == EventType::SWITCH.0 && code == SwitchCode::SW_HEADPHONE_INSERT.0 {
                value != 0
            } else if kind == EventType::SYNCHRONIZATION.0 && code == SynchronizationCode::SYN_DROPPED.0 {
                state(&self.device)?
            } else {
                continue;
            };
            if present != self.present {
                self.present = present;
                changed(present);
            }
        }
        self.buffer.copy_within(whole..held, 0);
        self.held = held - whole;
        Ok(())
    }
}

fn state(device: &RawDevice) -> io::Result<bool> {
    device.get_switch_state().map(|all| all.contains(SwitchCode::SW_HEADPHONE_INSERT))
}

/// Type, code and value of an event (`struct input_event`), which are its last eight bytes.
fn parse(event: &[u8]) -> Option<(u16, u16, i32)> {
    let [kind0, kind1, code0, code1, value @ ..] = *event.last_chunk::<8>()?;
    Some((u16::from_ne_bytes([kind0, kind1]), u16::from_ne_bytes([code0, code1]), i32::from_ne_bytes(value)))
}

impl Source for Switches {
    fn present(&self) -> bool {
        self.all.iter().any(|switch| switch.present)
    }

    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        self.all.iter().map(|switch| switch.device.as_fd()).collect()
    }

    fn changes(&mut self, told: &mut dyn FnMut(bool, Instant)) -> Result<(), JackError> {
        let mut others: Vec<bool> = self.all.iter().map(|switch| switch.present).collect();
        for (place, switch) in self.all.iter_mut().enumerate() {
            others[place] = false;
            let elsewhere = others.contains(&true);
            switch
                .read(&mut |present| told(present || elsewhere, Instant::now()))
                .map_err(|error| JackError::Failed { jack: self.jack.clone(), what: error.to_string() })?;
            others[place] = switch.present;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_jacks_that_tell_of_headphones_are_found_in_the_order_of_their_numbers() {
        let sys = tempfile::tempdir().unwrap();
        let device = |event: &str, switches: &str, name: &str| {
            let folder = sys.path().join("class/input").join(event).join("device/capabilities");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("sw"), format!("{switches}\n")).unwrap();
            fs::write(folder.parent().unwrap().join("name"), format!("{name}\n")).unwrap();
        };
        device("event12", "4", "HDA Intel PCH Front Headphone");
        device("event3", "14", "Headset Jack");
        device("event4", "0", "Keyboard");
        device("event5", "40", "HDMI");
        device("event6", "4 0", "a switch of another word");
        device("event7", "x", "nonsense");
        let found: Vec<String> = search(sys.path()).into_iter().map(|found| found.name).collect();
        assert_eq!(found, ["Headset Jack", "HDA Intel PCH Front Headphone"]);
        assert_eq!(search(Path::new("/nowhere")), []);
    }

    #[test]
    fn an_event_is_its_last_eight_bytes() {
        let event = [&[0xFF; 16][..], &[5, 0, 2, 0, 1, 0, 0, 0]].concat();
        assert_eq!(parse(&event), Some((5, 2, 1)));
        assert_eq!(parse(&[0; 7]), None);
    }
}
