//! What a machine says of itself.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use serde::Deserialize;

/// The script that tells, for `sh`. It changes nothing. Before it stand `FILES`, the paths that are asked about, `SECRETS`,
/// those of which no content is told, and `PACKAGES`, each with `=` and the version that is offered, where that is known;
/// and `DOCTOR`, an [`Asked`].
pub const OBSERVE: &str = include_str!("scripts/observe.sh");

/// What `borne doctor` is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What is plugged in. Its settings' printer and server are not waited for: before it is a borne they are an example's.
    Devices,
    /// Every part.
    Whole,
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Devices => "devices",
            Self::Whole => "whole",
        })
    }
}

/// What a machine says of itself. Figures it could not tell are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `debian` or `raspbian`.
    pub os: String,
    /// As people read it.
    pub os_name: String,
    /// Such as 12.
    pub os_version: Option<u32>,
    /// `amd64` or `arm64`, as dpkg says.
    pub architecture: String,
    /// Whether systemd runs it.
    pub systemd: bool,
    /// Whether what is written to its root is gone after a restart (borne-readonly-root).
    pub read_only: bool,
    /// Free room under /var, in MiB.
    pub disk_free_mib: Option<u64>,
    /// Memory in MiB.
    pub memory_mib: Option<u64>,
    /// Its clock, in seconds since 1970.
    pub clock_s: Option<i64>,
    /// Whether something sets its clock.
    pub clock_set: bool,
    /// Connectors of screens, each with whether one is plugged in, and its widest mode.
    pub screens: Vec<Screen>,
    /// Sound cards, by name.
    pub sounds: Vec<String>,
    /// Whether an input device tells that a headset is plugged in.
    pub headset_switch: bool,
    /// What sees to the network: `NetworkManager`, `systemd-networkd`, `ifupdown`, or nothing known.
    pub network_manager: String,
    /// The interface that the way out goes through.
    pub interface: String,
    /// The files by which its interfaces are connected now, as far as it is known what sees to the network.
    pub connected_by: BTreeSet<String>,
    /// Wireless interfaces.
    pub wireless: Vec<String>,
    /// Packages that are installed, of those asked about, with their versions.
    pub packages: BTreeMap<String, String>,
    /// Those of them that are older than what is offered.
    pub older: BTreeSet<String>,
    /// Files that are there, of those asked about.
    pub files: BTreeMap<String, Found>,
    /// Whether the borne's unit starts with the machine.
    pub enabled: bool,
    /// Whether it runs.
    pub active: bool,
    /// When it was started, in seconds since 1970.
    pub started_s: Option<i64>,
    /// When its settings were written last, in seconds since 1970.
    pub settings_s: Option<i64>,
    /// Whether the machine is closed to everybody but the technicians.
    pub locked: bool,
    /// Whether the machine is enrolled.
    pub identity: bool,
    /// What `borne doctor` finds of what it was asked, once the program is there.
    pub doctor: Option<Doctor>,
}

/// A connector of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Such as `HDMI-A-1`.
    pub connector: String,
    /// Whether a screen is plugged in.
    pub connected: bool,
    /// Such as `1920x1080`; empty where it says none.
    pub mode: String,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Owner, group, and permissions in octal: `root:root 644`.
    pub owned: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// What stands in it, unless it is a secret or long.
    pub text: Option<String>,
}

/// What `borne doctor --json` says, as far as it is of use here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Doctor {
    /// Parts and how they are.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What is plugged in.
    #[serde(default)]
    pub devices: Vec<Device>,
    /// What would be lost with its store; none where it cannot tell, or is older than this figure.
    #[serde(default)]
    pub unsent: Option<Unsent>,
}

/// What a borne holds that its server does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Unsent {
    /// Events of its log.
    pub events: u64,
    /// Answers to the survey.
    #[serde(default)]
    pub answers: u64,
}

/// A part and how it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Finding {
    /// Which.
    pub part: String,
    /// `good`, `look` or `bad`.
    pub health: String,
    /// In words.
    pub detail: String,
}

/// A device that is plugged in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Device {
    /// `printer`, `scanner`, `card reader` and so on.
    pub kind: String,
    /// As the borne's settings name it.
    pub selector: String,
    /// As people name it.
    pub name: String,
    /// Whether the borne may open it.
    pub may_open: bool,
}

/// What the script wrote is not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the machine's answer is not understood at `{line}`: is something in its shell's start-up files writing there?"
)]
pub struct FactsError {
    line: String,
}

impl Facts {
    /// Reads what the script wrote: a key, a tab, a value a line.
    ///
    /// # Errors
    /// When a line is none of the script's, or its last one is missing.
    pub fn read(written: &str) -> Result<Self, FactsError> {
        let mut facts = Self::default();
        let mut whole = false;
        for line in written.lines() {
            let wrong = || FactsError { line: line.chars().take(80).collect() };
            let (key, value) = line.split_once('\t').ok_or_else(wrong)?;
            let yes = value == "yes";
            match key {
                "os" => value.clone_into(&mut facts.os),
                "os-name" => value.clone_into(&mut facts.os_name),
                "os-version" => facts.os_version = value.parse().ok(),
                "architecture" => value.clone_into(&mut facts.architecture),
                "systemd" => facts.systemd = yes,
                "read-only" => facts.read_only = yes,
                "disk-free-mib" => facts.disk_free_mib = value.parse().ok(),
                "memory-mib" => facts.memory_mib = value.parse().ok(),
                "clock" => facts.clock_s = value.parse().ok(),
                "clock-set" => facts.clock_set = yes,
                "screen" => facts.screens.push(Screen::read(value).ok_or_else(wrong)?),
                "sound" => facts.sounds.push(value.to_owned()),
                "headset-switch" => facts.headset_switch = yes,
                "network-manager" => value.clone_into(&mut facts.network_manager),
                "interface" => value.clone_into(&mut facts.interface),
                "connected-by" => _ = facts.connected_by.insert(value.to_owned()),
                "wireless" => facts.wireless.push(value.to_owned()),
                "package" => {
                    let (name, version) = value.split_once(' ').ok_or_else(wrong)?;
                    facts.packages.insert(name.to_owned(), version.to_owned());
                }
                "file" => {
                    let (path, found) = Found::read(value).ok_or_else(wrong)?;
                    facts.files.insert(path, found);
                }
                "older" => _ = facts.older.insert(value.to_owned()),
                "settings" => facts.settings_s = value.parse().ok(),
                "locked" => facts.locked = yes,
                "enabled" => facts.enabled = yes,
                "active" => facts.active = yes,
                "started" => facts.started_s = value.parse().ok(),
                "identity" => facts.identity = yes,
                "doctor" => {
                    let text = BASE64.decode(value.as_bytes()).map_err(|_| wrong())?;
                    facts.doctor = serde_json::from_slice(&text).ok();
                }
                "end" => whole = true,
                _ => return Err(wrong()),
            }
        }
        if whole { Ok(facts) } else { Err(FactsError { line: "its end, which is missing".to_owned() }) }
    }

    /// What the doctor says of a part.
    #[must_use]
    pub fn finding(&self, part: &str) -> Option<&Finding> {
        self.doctor.as_ref()?.findings.iter().find(|finding| finding.part == part)
    }

    /// Devices of a kind.
    pub fn devices<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Device> {
        self.doctor.iter().flat_map(|doctor| &doctor.devices).filter(move |device| device.kind == kind)
    }
}

impl Screen {
    /// `HDMI-A-1 connected 1920x1080`, the last one where there is a mode.
    fn read(value: &str) -> Option<Self> {
        let mut words = value.split(' ');
        let (connector, status) = (words.next()?.to_owned(), words.next()?);
        Some(Self { connector, connected: status == "connected", mode: words.next().unwrap_or_default().to_owned() })
    }
}

impl Found {
    /// Path, owner, permissions, hash, content in Base64 or `-`.
    fn read(value: &str) -> Option<(String, Self)> {
        let words: Vec<&str> = value.split(' ').collect();
        let [path, owner, mode, sha256, content] = words.as_slice() else { return None };
        let text = match *content {
            "-" => None,
            content => Some(String::from_utf8_lossy(&BASE64.decode(content.as_bytes()).ok()?).into_owned()),
        };
        let found = Self { owned: format!("{owner} {mode}"), sha256: (*sha256).to_owned(), text };
        Some(((*path).to_owned(), found))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_the_script_writes_is_understood() {
        let written = "os\tdebian\nos-version\t12\narchitecture\tamd64\nsystemd\tyes\nscreen\tHDMI-A-1 connected 1920x1080\n\
                       screen\tDP-1 disconnected\npackage\tborne 0.1.0\n\
                       file\t/etc/borne/borne.toml root:root 644 00ff WyBd\nfile\t/etc/x root:root 600 ff -\nend\t\n";
        let facts = Facts::read(written).unwrap();
        assert_eq!((facts.os.as_str(), facts.os_version, facts.systemd), ("debian", Some(12), true));
        assert_eq!(facts.screens[0].mode, "1920x1080");
        assert!(facts.screens[0].connected && !facts.screens[1].connected);
        assert_eq!(facts.packages["borne"], "0.1.0");
        let file = &facts.files["/etc/borne/borne.toml"];
        assert_eq!((file.owned.as_str(), file.text.as_deref()), ("root:root 644", Some("[ ]")));
        assert_eq!(facts.files["/etc/x"].text, None);
    }

    #[test]
    fn an_answer_that_is_cut_off_or_mixed_with_others_is_no_answer() {
        assert!(Facts::read("os\tdebian\n").unwrap_err().to_string().contains("its end, which is missing"));
        let greeted = Facts::read("Welcome to Debian!\nos\tdebian\nend\t\n").unwrap_err();
        assert!(greeted.to_string().contains("`Welcome to Debian!`"), "{greeted}");
    }

    /// What the script writes of this machine, where `borne` is a script too.
    fn told_with_borne(borne: &str, asked: Asked) -> Facts {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        put("borne", borne);
        // Nobody is `borne` here.
        put("setpriv", "shift 3 && exec \"$@\"");
        let here = format!("PATH={}:/usr", folder.path().display());
        let script = OBSERVE.replacen("PATH=/usr", &here, 1);
        Facts::read(&run(&format!("DOCTOR={asked}\n{script}"))).unwrap()
    }

    fn run(script: &str) -> String {
        let mut sh = Command::new("sh").arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        sh.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = sh.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        said
    }

    #[test]
    fn the_doctor_looks_at_devices_alone_where_nothing_else_is_wanted() {
        let known = r#"case "$*" in
            "doctor --devices --json") echo '{"devices":[{"kind":"printer","selector":"usb:1","name":"P","may_open":true}]}' ;;
            "doctor --json") echo '{"findings":[{"part":"site","health":"good","detail":""}],"devices":[]}' ;;
        esac"#;
        let devices = told_with_borne(known, Asked::Devices);
        assert_eq!((devices.devices("printer").count(), devices.finding("site")), (1, None));
        let whole = told_with_borne(known, Asked::Whole);
        assert!(whole.finding("site").is_some());
    }

    #[test]
    fn an_earlier_borne_is_asked_as_it_knows() {
        let earlier = r#"[ "$*" = "doctor --json" ] || { echo "unexpected argument" >&2; exit 2; }
            echo '{"findings":[],"devices":[{"kind":"printer","selector":"usb:1","name":"P","may_open":true}]}'"#;
        assert_eq!(told_with_borne(earlier, Asked::Devices).devices("printer").count(), 1);
    }

    #[test]
    fn the_script_tells_of_this_machine_and_of_the_files_it_is_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, secret) = (folder.path().join("plain"), folder.path().join("secret"));
        std::fs::write(&plain, "a\nb\n").unwrap();
        std::fs::write(&secret, "hunter2").unwrap();
        let asked = format!(
            "FILES='{} {}/none'\nSECRETS='{}'\n{OBSERVE}",
            plain.display(),
            folder.path().display(),
            secret.display()
        );
        let said = run(&asked);
        let facts = Facts::read(&said).unwrap();
        assert!(!facts.os.is_empty() && !facts.architecture.is_empty(), "{said}");
        assert!(!facts.read_only, "{said}");
        assert!(facts.disk_free_mib.is_some_and(|free| free > 0) && facts.memory_mib.is_some_and(|all| all > 0));
        assert!(facts.clock_s.is_some_and(|at| at > 1_700_000_000));
        assert_eq!(facts.files.len(), 2, "{said}");
        let found = &facts.files[plain.to_str().unwrap()];
        assert_eq!(found.text.as_deref(), Some("a\nb\n"));
        assert_eq!(found.sha256, "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2");
        assert_eq!(facts.files[secret.to_str().unwrap()].text, None, "a secret is not told");
        assert!(!said.contains("aHVudGVyMg"), "{said}");
    }
}
