//! What is to be done for a machine to become what is wanted of it.

use std::collections::BTreeMap;
use std::fmt;

use similar::{ChangeTag, TextDiff};

use crate::facts::Facts;
use crate::files::{
    self, APT_AUTHORITY, APT_KEY, APT_PROXY, APT_SOURCE, APT_TRUST, DROP_IN, ENVIRONMENT, File, Files, LOCKDOWN,
    SETTINGS, SITE, TIME,
};
use crate::network::{Connection, Proof};
use crate::suits::READ_ONLY;
use crate::wanted::Wanted;

/// The package of the borne.
pub const BORNE: &str = "borne";

/// Something to be done. Each may be done twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Install packages, or newer versions of them.
    Install {
        /// Each with the version that is there, where one is, and the version that comes, where that is known.
        packages: Vec<(String, Option<String>, Option<String>)>,
    },
    /// Write a file.
    Put {
        /// What.
        file: File,
        /// What stands there now, where it may be shown.
        before: Option<String>,
    },
    /// Write the borne's settings and its site, once the borne has found them good.
    Settings {
        /// Both files, as they are to be.
        files: Vec<File>,
        /// What stands there now.
        before: BTreeMap<String, String>,
    },
    /// Remove a file.
    Remove {
        /// Which.
        path: String,
    },
    /// Enrol the borne at its server with a one-time code.
    Enrol,
    /// Let the borne start with the machine, and start it.
    Start,
    /// Start the borne anew, so that it takes its settings.
    Restart,
    /// Close the machine to everybody but the technicians.
    Lockdown,
    /// Open it again.
    Unlock,
    /// Change how it is connected; taken back by itself unless it is reached afterwards.
    Network {
        /// The files that say so.
        files: Vec<File>,
        /// Those that say otherwise.
        gone: Vec<String>,
        /// By what the machine tells that it is so.
        proof: Proof,
    },
}

/// What is to be done now, and what can only be told when that is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    /// What follows, in words.
    pub then: Vec<String>,
    /// What a choice of devices came to, in words.
    pub chosen: Vec<String>,
}

/// What a source of packages offers: versions by name. Empty where the machine finds out itself.
pub type Offered = BTreeMap<String, String>;

/// What is to be done. Nothing, where the machine is what is wanted.
///
/// # Errors
/// Sentences, where somebody has to do something first.
pub fn plan(wanted: &Wanted, facts: &Facts, offered: &Offered) -> Result<Plan, Vec<String>> {
    let plan = steps(wanted, facts, offered)?;
    let lost = plan.steps.iter().find(|step| !matches!(step, Step::Start | Step::Restart));
    match lost.filter(|_| facts.read_only) {
        Some(step) => Err(vec![format!("{READ_ONLY} (wanted: {step})")]),
        None => Ok(plan),
    }
}

fn steps(wanted: &Wanted, facts: &Facts, offered: &Offered) -> Result<Plan, Vec<String>> {
    let mut plan = Plan::default();
    let Files { all, chosen } = files::files(wanted, facts)?;
    plan.chosen = chosen;
    let differing = |path: &str| all.get(path).and_then(|file| change(facts, path, file.as_ref()));

    // How packages come.
    plan.steps.extend([APT_PROXY, APT_KEY, APT_AUTHORITY, APT_TRUST, APT_SOURCE].into_iter().filter_map(differing));
    // Whether what is there is older than what is offered, the machine has told.
    let missing = |name: &&str| !facts.packages.contains_key(*name) || facts.older.contains(*name);
    let packages: Vec<_> = wanted.packages(&facts.network_manager).into_iter().filter(missing).collect();
    if !packages.is_empty() {
        let versions = |name: &str| (name.to_owned(), facts.packages.get(name).cloned(), offered.get(name).cloned());
        plan.steps.push(Step::Install { packages: packages.into_iter().map(versions).collect() });
    }
    if !facts.packages.contains_key(BORNE) {
        plan.then = ["settings", "enrolment", "start", "tests"].map(str::to_owned).to_vec();
        return Ok(plan);
    }

    // What it is.
    plan.steps.extend([files::AUTHORITY, TIME, ENVIRONMENT, DROP_IN].into_iter().filter_map(differing));
    let settings = [SETTINGS, SITE];
    if settings.into_iter().any(|path| differing(path).is_some()) {
        let files = settings.into_iter().filter_map(|path| all.get(path).cloned().flatten()).collect();
        let before = settings.into_iter().filter_map(|path| {
            let text = facts.files.get(path)?.text.clone()?;
            Some((path.to_owned(), text))
        });
        plan.steps.push(Step::Settings { files, before: before.collect() });
    }
    if !facts.identity {
        plan.steps.push(Step::Enrol);
    }
    let changed = plan.steps.iter().any(|step| match step {
        Step::Settings { .. } => true,
        Step::Put { file, .. } => is_the_bornes(&file.path),
        Step::Remove { path } => is_the_bornes(path),
        Step::Install { .. }
        | Step::Enrol
        | Step::Start
        | Step::Restart
        | Step::Lockdown
        | Step::Unlock
        | Step::Network { .. } => false,
    });
    let behind = facts.started_s.zip(facts.settings_s).is_some_and(|(started, settings)| started < settings);
    if !facts.enabled || !facts.active {
        plan.steps.push(Step::Start);
    } else if changed || behind {
        plan.steps.push(Step::Restart);
    }

    // How it is reached, and who may come in: last, since a slip there ends the conversation.
    if let Some(connection) = &wanted.connection {
        let interface = connection.interface(facts).map_err(|why| vec![why])?;
        let paths = Connection::paths(&facts.network_manager, interface);
        if paths.iter().any(|path| differing(path).is_some()) {
            let (there, gone): (Vec<_>, Vec<_>) =
                paths.into_iter().partition(|path| matches!(all.get(path), Some(Some(_))));
            let files = there.iter().filter_map(|path| all.get(path).cloned().flatten()).collect();
            let gone = gone.into_iter().filter(|path| facts.files.contains_key(path)).collect();
            plan.steps.push(Step::Network { files, gone, proof: connection.proof(interface) });
        }
    }
    // Closed to what its network is then, and not to one that was taken back.
    let put = differing(LOCKDOWN);
    if wanted.technicians.is_empty() {
        plan.steps.extend(facts.locked.then_some(Step::Unlock));
    } else if put.is_some() || !facts.locked {
        plan.steps.extend(put);
        plan.steps.push(Step::Lockdown);
    }
    Ok(plan)
}

/// Whether the borne reads it when it starts.
fn is_the_bornes(path: &str) -> bool {
    [SETTINGS, SITE, DROP_IN, ENVIRONMENT, files::AUTHORITY].contains(&path)
}

/// What makes one path what it is to be.
fn change(facts: &Facts, path: &str, file: Option<&File>) -> Option<Step> {
    match (file, facts.files.get(path)) {
        (Some(file), Some(found)) if file.is(found) => None,
        (Some(file), found) => {
            let before = found.and_then(|found| found.text.clone()).filter(|_| !file.secret);
            Some(Step::Put { file: file.clone(), before })
        }
        (None, Some(_)) => Some(Step::Remove { path: path.to_owned() }),
        (None, None) => None,
    }
}

impl Step {
    /// The lines that change in files, as far as they may be shown.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Put { file, before } if !file.secret => {
                differences(before.as_deref().unwrap_or_default(), &file.text)
            }
            Self::Settings { files, before } => {
                let lines = files.iter().flat_map(|file| {
                    let before = before.get(&file.path).map_or("", String::as_str);
                    let lines = differences(before, &file.text);
                    // A whole catalogue is no news, what changes in one is.
                    let new = before.is_empty() && file.path == SITE;
                    if new { vec![format!("+ {}: {} lines", file.path, lines.len())] } else { lines }
                });
                lines.collect()
            }
            Self::Put { .. }
            | Self::Install { .. }
            | Self::Remove { .. }
            | Self::Enrol
            | Self::Start
            | Self::Restart
            | Self::Lockdown
            | Self::Unlock
            | Self::Network { .. } => Vec::new(),
        }
    }
}

fn differences(before: &str, after: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let changes = diff.iter_all_changes().filter_map(|change| {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => return None,
        };
        Some(format!("{sign} {}", change.value().trim_end()))
    });
    changes.collect()
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Install { packages } => {
                let told = packages.iter().map(|(name, before, after)| match (before, after) {
                    (Some(before), Some(after)) => format!("{name} {before} → {after}"),
                    (None, Some(after)) => format!("{name} {after}"),
                    (_, None) => name.clone(),
                });
                write!(f, "install {}", told.collect::<Vec<_>>().join(", "))
            }
            Self::Put { file, .. } => write!(f, "write {}", file.path),
            Self::Settings { files, .. } => {
                let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
                write!(f, "write {}", paths.join(" and "))
            }
            Self::Remove { path } => write!(f, "remove {path}"),
            Self::Enrol => f.write_str("enrol at the server"),
            Self::Start => f.write_str("start the borne, now and with the machine"),
            Self::Restart => f.write_str("start the borne anew"),
            Self::Lockdown => f.write_str("close the machine to everybody but the technicians"),
            Self::Unlock => f.write_str("open the machine again"),
            Self::Network { files, .. } => {
                let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
                write!(f, "change the network by {}", paths.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::facts::{Device, Doctor, Found};
    use crate::inventory::{Keys, Network};

    const SITE_TEXT: &str = include_str!("../../../config/examples/marseille/site.toml");

    fn keys() -> Keys {
        Keys {
            name: Some("Borne 01".into()),
            server: Some("https://accueil.example.fr".into()),
            printer: Some("auto".into()),
            bundle: Some(PathBuf::from("bundle")),
            ..Keys::default()
        }
    }

    fn wanted(keys: &Keys) -> Wanted {
        Wanted::read("10.1.4.21", keys, Some(SITE_TEXT)).unwrap()
    }

    fn offered() -> Offered {
        let voice_and_cards = [("espeak-ng", "1.51"), ("pcscd", "1.9.9"), ("libccid", "1.5.2"), ("polkitd", "122")];
        [("borne", "0.2.0"), ("borne-lockdown", "0.2.0"), ("systemd-timesyncd", "252"), ("wpasupplicant", "2.10")]
            .into_iter()
            .chain(voice_and_cards)
            .map(|(name, version)| (name.to_owned(), version.to_owned()))
            .collect()
    }

    fn bare() -> Facts {
        let network_manager = "ifupdown".to_owned();
        Facts { interface: "eth0".into(), network_manager, ..Facts::default() }
    }

    fn printer() -> Device {
        let selector = "usb:04b8:0e28".to_owned();
        Device { kind: "printer".into(), selector, name: "EPSON TM-T20III".into(), may_open: true }
    }

    /// What a machine is after a step.
    fn done(facts: &mut Facts, step: &Step, now: i64) {
        let mut put = |file: &File| {
            let found = Found {
                owned: format!("root:root {:o}", file.mode),
                sha256: file.sha256(),
                text: (!file.secret).then(|| file.text.clone()),
            };
            facts.files.insert(file.path.clone(), found);
        };
        match step {
            Step::Install { packages } => {
                for (name, _, version) in packages {
                    facts.older.remove(name);
                    facts.packages.insert(name.clone(), version.clone().unwrap_or_default());
                }
                facts.doctor = Some(Doctor { devices: vec![printer()], ..Doctor::default() });
            }
            Step::Put { file, .. } => {
                put(file);
                facts.settings_s = if is_the_bornes(&file.path) { Some(now) } else { facts.settings_s };
            }
            Step::Settings { files, .. } => {
                files.iter().for_each(put);
                facts.settings_s = Some(now);
            }
            Step::Remove { path } => {
                facts.files.remove(path);
                facts.settings_s = if is_the_bornes(path) { Some(now) } else { facts.settings_s };
            }
            Step::Enrol => facts.identity = true,
            Step::Start => (facts.enabled, facts.active, facts.started_s) = (true, true, Some(now)),
            Step::Restart => facts.started_s = Some(now),
            Step::Lockdown => facts.locked = true,
            Step::Unlock => facts.locked = false,
            Step::Network { files, gone, .. } => {
                files.iter().for_each(put);
                gone.iter().for_each(|path| _ = facts.files.remove(path));
            }
        }
    }

    /// Goes round until nothing is to be done; `cut` tells after how many steps a run ends too early, again and again.
    fn settle(wanted: &Wanted, facts: &mut Facts, mut cut: impl FnMut() -> usize) -> usize {
        let mut now = 0;
        for round in 0..200 {
            let plan = plan(wanted, facts, &offered()).unwrap();
            if plan.steps.is_empty() && plan.then.is_empty() {
                return round;
            }
            for step in plan.steps.iter().take(cut()) {
                now += 1;
                done(facts, step, now);
            }
        }
        panic!("it never settles: {:?}", plan(wanted, facts, &offered()));
    }

    #[test]
    fn a_bare_machine_becomes_a_borne_in_two_rounds_and_stays_one() {
        let (wanted, mut facts) = (wanted(&keys()), bare());
        let first = plan(&wanted, &facts, &offered()).unwrap();
        assert_eq!(
            first.steps.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["install borne 0.2.0, espeak-ng 1.51"]
        );
        assert!(!first.then.is_empty());
        first.steps.iter().for_each(|step| done(&mut facts, step, 1));
        let second = plan(&wanted, &facts, &offered()).unwrap();
        assert_eq!(second.chosen, ["printer: EPSON TM-T20III (usb:04b8:0e28)"]);
        let told: Vec<String> = second.steps.iter().map(ToString::to_string).collect();
        let all = [
            "write /etc/borne/borne.toml and /etc/borne/site.toml",
            "enrol at the server",
            "start the borne, now and with the machine",
        ];
        assert_eq!(told, all);
        second.steps.iter().for_each(|step| done(&mut facts, step, 2));
        assert_eq!(plan(&wanted, &facts, &offered()).unwrap().steps, []);
    }

    #[test]
    fn what_changes_is_shown_line_by_line_and_secrets_are_not() {
        let mut facts = bare();
        settle(&wanted(&keys()), &mut facts, || usize::MAX);
        let other = wanted(&Keys { name: Some("Borne 02".into()), rotation: Some(90), ..keys() });
        let plan = plan(&other, &facts, &offered()).unwrap();
        let told: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains(DROP_IN) && told[2] == "start the borne anew", "{told:?}");
        assert_eq!(plan.steps[0].lines(), ["+ [Service]", "+ Environment=SLINT_KMS_ROTATION=90"]);
        assert_eq!(plan.steps[1].lines(), ["- name = \"Borne 01\"", "+ name = \"Borne 02\""]);
        let secret = Step::Put { file: File::secret("/x", "hunter2"), before: None };
        assert!(secret.lines().is_empty() && !secret.to_string().contains("hunter2"));
    }

    #[test]
    fn a_root_that_forgets_is_changed_by_nobody_and_looked_at_by_everybody() {
        let mut facts = bare();
        settle(&wanted(&keys()), &mut facts, || usize::MAX);
        facts.read_only = true;
        assert_eq!(plan(&wanted(&keys()), &facts, &offered()).unwrap().steps, []);
        facts.active = false;
        assert_eq!(plan(&wanted(&keys()), &facts, &offered()).unwrap().steps, [Step::Start]);
        let other = wanted(&Keys { rotation: Some(90), ..keys() });
        let said = plan(&other, &facts, &offered()).unwrap_err().join("\n");
        assert!(said.contains("borne-readonly-root off") && said.contains(DROP_IN), "{said}");
    }

    #[test]
    fn a_device_that_is_not_there_alone_is_somebodys_to_decide() {
        let (wanted, mut facts) = (wanted(&keys()), bare());
        facts.packages.insert(BORNE.to_owned(), "0.2.0".to_owned());
        facts.doctor = Some(Doctor::default());
        let said = plan(&wanted, &facts, &offered()).unwrap_err().join("\n");
        assert!(said.contains("no printer is plugged in that is known"), "{said}");
        facts.doctor = Some(Doctor { devices: vec![printer(), printer()], ..Doctor::default() });
        let said = plan(&wanted, &facts, &offered()).unwrap_err().join("\n");
        assert!(said.contains("several printers are plugged in"), "{said}");
        // Most machines have a serial port with nothing behind it.
        let port = Device { selector: "serial:/dev/ttyS0@9600,rtscts".into(), ..printer() };
        facts.doctor = Some(Doctor { devices: vec![port.clone(), printer()], ..Doctor::default() });
        let chosen = plan(&wanted, &facts, &offered()).unwrap().chosen.join("\n");
        assert!(chosen.contains("usb:04b8:0e28") && !chosen.contains("ttyS0"), "{chosen}");
        facts.doctor = Some(Doctor { devices: vec![port], ..Doctor::default() });
        let said = plan(&wanted, &facts, &offered()).unwrap_err().join("\n");
        assert!(said.contains("serial port cannot be told from here (serial:/dev/ttyS0"), "{said}");
    }

    #[test]
    fn what_speaks_and_reads_cards_is_installed_where_it_is_wanted() {
        let installed = |keys: Keys| wanted(&keys).packages("ifupdown");
        let all = installed(Keys { card: Some("auto".into()), ..keys() });
        assert!(["espeak-ng", "pcscd", "libccid", "polkitd"].iter().all(|name| all.contains(name)), "{all:?}");
        let voice = toml::toml! { audio = { voice = "none" } };
        let few = installed(Keys { settings: Some(voice), ..keys() });
        assert_eq!(few, ["borne"]);
    }

    #[test]
    fn a_network_that_is_taken_back_leaves_open_what_the_one_before_asks() {
        let mut facts = bare();
        settle(&wanted(&keys()), &mut facts, || usize::MAX);
        let network = Network {
            address: Some("10.1.4.21/24".into()),
            gateway: "10.1.4.1".parse().ok(),
            dns: vec!["10.2.0.53".parse().unwrap()],
            ..Network::default()
        };
        let technicians = Some(vec!["10.9.0.0/24".to_owned()]);
        let closed = wanted(&Keys { network: Some(network), technicians, ..keys() });
        let steps = plan(&closed, &facts, &offered()).unwrap().steps;
        // It ends there where nobody reaches the machine by it.
        let connected = steps.iter().position(|step| matches!(step, Step::Network { .. })).unwrap();
        let (before, after) = steps.split_at(connected);
        let closes = |step: &Step| matches!(step, Step::Put { file, .. } if file.text.contains("dns = 10.2.0.53"));
        assert!(!before.iter().any(closes) && !before.contains(&Step::Lockdown), "{before:?}");
        assert!(after.iter().any(closes) && after.contains(&Step::Lockdown), "{after:?}");
    }

    #[test]
    fn what_is_wanted_no_more_goes() {
        let mut facts = bare();
        let turned = Keys { rotation: Some(270), time_servers: Some(vec!["ntp.example.fr".into()]), ..keys() };
        settle(&wanted(&turned), &mut facts, || usize::MAX);
        assert!(facts.files.contains_key(DROP_IN) && facts.files.contains_key(TIME));
        settle(&wanted(&keys()), &mut facts, || usize::MAX);
        assert!(!facts.files.contains_key(DROP_IN) && !facts.files.contains_key(TIME));
    }

    proptest! {
        /// Whatever is wanted after whatever was, and wherever runs are cut off: it is what is wanted in the end, and a
        /// run after that changes nothing.
        #[test]
        fn runs_that_are_cut_off_are_run_again_until_nothing_is_to_be_done(
            wishes in proptest::collection::vec((0u16..4, any::<bool>(), any::<bool>(), any::<bool>(), "[a-z]{1,8}"), 1..4),
            cuts in proptest::collection::vec(1usize..5, 1..12),
        ) {
            let mut facts = bare();
            let mut cuts = cuts.into_iter().cycle();
            for (turns, fixed, proxy, locked, name) in wishes {
                let network = Network { address: Some("10.1.4.21/24".into()), gateway: "10.1.4.1".parse().ok(), ..Network::default() };
                let keys = Keys {
                    rotation: Some(turns * 90),
                    network: fixed.then_some(network),
                    proxy: proxy.then(|| "http://proxy:3128".to_owned()),
                    technicians: locked.then(|| vec!["10.9.0.0/24".to_owned()]),
                    name: Some(name.clone()),
                    ..keys()
                };
                let wanted = wanted(&keys);
                settle(&wanted, &mut facts, || cuts.next().unwrap_or(1));
                let again = plan(&wanted, &facts, &offered()).unwrap();
                prop_assert_eq!(again.steps, vec![]);
                let written = facts.files[SETTINGS].text.clone().unwrap();
                let line = format!("name = \"{name}\"");
                prop_assert!(written.contains(&line));
                prop_assert!(facts.active && facts.identity);
                prop_assert!(facts.started_s >= facts.settings_s, "it runs by what is written");
                prop_assert_eq!(facts.files.contains_key(DROP_IN), turns > 0 || proxy);
                prop_assert_eq!(facts.locked, locked);
            }
        }
    }
}
