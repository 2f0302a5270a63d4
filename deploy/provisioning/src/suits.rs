//! Whether a machine can be a borne at all, and what somebody should know of it.

use crate::facts::Facts;
use crate::plan::BORNE;

/// Room that packages take, with what they are unpacked from, in MiB.
const PACKAGES_MIB: u64 = 500;
/// Room that a year of events takes, in MiB.
const EVENTS_MIB: u64 = 200;
/// The borne takes under 60 MiB, Debian under 150.
const MEMORY_MIB: u64 = 400;
/// Beyond this many seconds certificates fail and codes expire too early.
const CLOCK_S: i64 = 300;

/// What a technician does first where the root is read-only.
pub const READ_ONLY: &str = "nobody can write to its root, and what is changed now would be gone after a restart: \
                             `borne-readonly-root off` there, restart it, run this again, then `borne-readonly-root on`";

/// What there is to say of a machine before anything is done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suits {
    /// Why it cannot be a borne.
    pub faults: Vec<String>,
    /// What it can be one without.
    pub notices: Vec<String>,
}

/// How far its clock is off by the technician's (`now_s`, in seconds since 1970), where that is too far.
#[must_use]
pub fn clock_off(facts: &Facts, now_s: i64) -> Option<String> {
    let off = facts.clock_s.map(|clock| clock - now_s).filter(|off| off.abs() > CLOCK_S)?;
    Some(format!("its clock is {} s {} yours", off.abs(), if off > 0 { "ahead of" } else { "behind" }))
}

/// Looks at a machine by what it says; `now_s` is the technician's clock, in seconds since 1970. Of a clock that will be set
/// (`sets_clock`) there is nothing to say before.
#[must_use]
pub fn suits(facts: &Facts, now_s: i64, survey_only: bool, sets_clock: bool) -> Suits {
    let mut suits = Suits::default();
    let mut fault = |text: String| suits.faults.push(text);
    let name = if facts.os_name.is_empty() { "an unknown system" } else { &facts.os_name };
    if !["debian", "raspbian"].contains(&facts.os.as_str()) || facts.os_version.is_none_or(|version| version < 12) {
        fault(format!("it runs {name}: a borne needs Debian or Raspberry Pi OS, 12 or newer"));
    }
    if !["amd64", "arm64"].contains(&facts.architecture.as_str()) {
        let is = if facts.architecture.is_empty() { "unknown" } else { &facts.architecture };
        fault(format!(
            "its processor is {is}: packages are made for amd64 and arm64 (a 64-bit system on a Raspberry Pi)"
        ));
    }
    if !facts.systemd {
        fault("systemd does not run it: the borne's unit could not be started".to_owned());
    }
    // A machine with just the room is a borne afterwards, and is looked at again.
    let installed = facts.packages.contains_key(BORNE);
    let needed = if installed { EVENTS_MIB } else { PACKAGES_MIB + EVENTS_MIB };
    if let Some(free) = facts.disk_free_mib.filter(|free| *free < needed) {
        fault(format!("{free} MiB are free under /var: make room, {needed} MiB are needed"));
    }
    if let Some(memory) = facts.memory_mib.filter(|memory| *memory < MEMORY_MIB) {
        fault(format!("it has {memory} MiB of memory: {MEMORY_MIB} MiB are needed"));
    }
    let mut notice = |text: String| suits.notices.push(text);
    if let Some(off) = clock_off(facts, now_s).filter(|_| !sets_clock) {
        notice(format!("{off}: name time_servers, or set it with `date`"));
    }
    if !facts.clock_set && !sets_clock {
        notice("nothing sets its clock: name time_servers".to_owned());
    }
    if !facts.screens.iter().any(|screen| screen.connected) {
        let why = if facts.screens.is_empty() { "it has no graphics" } else { "no screen is plugged in" };
        notice(format!("{why}: the borne waits for a screen"));
    }
    if facts.sounds.is_empty() {
        notice("it has no sound: nobody can use the borne without seeing it".to_owned());
    }
    if !survey_only && facts.doctor.is_some() {
        let shut: Vec<_> = facts.devices("printer").filter(|printer| !printer.may_open).collect();
        for printer in shut {
            notice(format!(
                "the borne may not open {} ({}): `borne doctor` names the rule",
                printer.name, printer.selector
            ));
        }
    }
    suits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Screen;

    fn good() -> Facts {
        Facts {
            os: "debian".into(),
            os_name: "Debian GNU/Linux 12 (bookworm)".into(),
            os_version: Some(12),
            architecture: "amd64".into(),
            systemd: true,
            disk_free_mib: Some(5_000),
            memory_mib: Some(1_900),
            clock_s: Some(1_000_000),
            clock_set: true,
            screens: vec![Screen { connector: "HDMI-A-1".into(), connected: true, mode: "1920x1080".into() }],
            sounds: vec!["Headphones".into()],
            ..Facts::default()
        }
    }

    #[test]
    fn a_machine_that_suits_has_nothing_said_of_it() {
        assert_eq!(suits(&good(), 1_000_010, false, false), Suits::default());
    }

    #[test]
    fn what_is_installed_asks_for_its_room_once() {
        let free = |mib| {
            let packages = [(BORNE.to_owned(), "0.1.0".to_owned())].into();
            suits(&Facts { packages, disk_free_mib: Some(mib), ..good() }, 1_000_000, false, false).faults.join("\n")
        };
        assert_eq!(free(200), "", "a machine that had just the room is no borne any more for what it was given");
        assert!(free(199).contains("200 MiB are needed"), "{}", free(199));
    }

    #[test]
    fn what_a_machine_lacks_is_told_with_what_to_do() {
        let fault = |facts: Facts| suits(&facts, 1_000_000, false, false).faults.join("\n");
        assert!(
            fault(Facts { os: "ubuntu".into(), os_name: "Ubuntu 24.04".into(), ..good() }).contains("Ubuntu 24.04")
        );
        assert!(fault(Facts { os_version: Some(11), ..good() }).contains("12 or newer"));
        assert!(fault(Facts { architecture: "armhf".into(), ..good() }).contains("64-bit"));
        assert!(fault(Facts { disk_free_mib: Some(90), ..good() }).contains("90 MiB are free"));
        assert!(fault(Facts { disk_free_mib: Some(699), ..good() }).contains("700 MiB are needed"));
        assert_eq!(fault(Facts { disk_free_mib: Some(700), ..good() }), "");
        assert!(fault(Facts { systemd: false, ..good() }).contains("systemd"));
        let notice = |facts: Facts| suits(&facts, 1_000_000, false, false).notices.join("\n");
        assert!(notice(Facts { clock_s: Some(990_000), ..good() }).contains("10000 s behind"));
        assert!(notice(Facts { clock_set: false, ..good() }).contains("nothing sets its clock"));
        let unset = Facts { clock_s: Some(990_000), clock_set: false, ..good() };
        assert_eq!(suits(&unset, 1_000_000, false, true), Suits::default(), "its clock will be set");
        assert!(notice(Facts { screens: Vec::new(), ..good() }).contains("no graphics"));
        assert!(notice(Facts { sounds: Vec::new(), ..good() }).contains("no sound"));
    }
}
