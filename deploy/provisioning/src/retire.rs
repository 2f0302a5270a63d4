//! A borne becomes a machine again: its rights end, what it stored is wiped, what was written for it goes.

use std::time::Instant;

use crate::facts::{Facts, OBSERVE, Unsent};
use crate::files::{OWN, OWN_SECRETS};
use crate::inventory::{Keys, Target};
use crate::link::{Link, LinkError, Ssh};
use crate::network::{Connection, NETWORKD, NM};
use crate::perform;
use crate::provision::{Around, identity};
use crate::report::{Change, Identity, Outcome};
use crate::server::Known;
use crate::suits::READ_ONLY;

const RETIRE: &str = include_str!("scripts/retire.sh");
const STOP: &str =
    "if systemctl is-active --quiet accueil-borne; then systemctl stop accueil-borne && echo stopped; fi";
const START_AGAIN: &str = "systemctl start accueil-borne";
/// Ours, whichever of them are there.
const PACKAGES: &str = "borne borne-lockdown borne-updates borne-first-boot";
/// Where wpa_supplicant's files stand; others may have some there too.
const SUPPLICANTS: &str = "/etc/wpa_supplicant/";

/// What a retirement may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Tell what would be done, and do nothing.
    pub dry_run: bool,
    /// Tickets and answers that the server has not got are lost.
    pub lose_unsent: bool,
}

/// Retires a borne. What was written for it goes, but for how it is connected: it is reached afterwards as it is now.
#[must_use]
pub fn retire(host: &str, keys: &Keys, options: Options, around: Around<'_>) -> Outcome {
    let began = Instant::now();
    let name = keys.name.clone().unwrap_or_default();
    let mut outcome = Outcome { host: host.to_owned(), name, ..Outcome::default() };
    if let Err(e) = through(host, keys, options, around, &mut outcome) {
        outcome.faults.push(e.to_string());
    }
    outcome.good = outcome.faults.is_empty();
    outcome.took_s = began.elapsed().as_secs();
    outcome
}

fn through(
    host: &str,
    keys: &Keys,
    options: Options,
    around: Around<'_>,
    outcome: &mut Outcome,
) -> Result<(), LinkError> {
    (around.say)("connecting");
    let ssh = Ssh::to(&Target::of(host, keys))?;
    ssh.open()?;
    let facts = observe(&ssh)?;
    let who = facts.finding("identity").and_then(|found| identity(&found.detail));
    let is_borne = facts.identity || !facts.packages.is_empty();
    let written = written(&facts);
    if !is_borne && written.is_empty() {
        outcome.notices.push("it is no borne: nothing to retire".to_owned());
        return Ok(());
    }
    if facts.read_only {
        outcome.faults.push(READ_ONLY.to_owned());
        return Ok(());
    }
    if let Some(why) = lost(unsent(&facts)).filter(|_| !options.lose_unsent) {
        outcome.faults.push(why);
        return Ok(());
    }
    // From here on nobody is given a ticket that the server would not learn of any more.
    let stopped = !options.dry_run && perform::run(&ssh, STOP)?.contains("stopped");
    let looks_again = stopped && !options.lose_unsent && tells_when_stopped(&facts);
    let still = if looks_again { observe(&ssh).map(|facts| lost(unsent(&facts))) } else { Ok(None) };
    let rights = match still {
        Ok(None) => end_rights(who, options, around, outcome),
        Ok(Some(why)) => Err(LinkError::Failed(why)),
        Err(e) => Err(e),
    };
    if rights.is_err() && stopped && perform::run(&ssh, START_AGAIN).is_err() {
        outcome.notices.push(format!("it was stopped for this, and is so still: start it there (`{START_AGAIN}`)"));
    }
    let mut steps = rights?;
    steps.push("remove the packages, and wipe what the borne stored".to_owned());
    let Connected { gone, stays } = connected(&facts);
    let units: Vec<String> = gone.iter().filter_map(|path| perform::unit(path)).collect();
    let paths: Vec<String> = written.into_iter().chain(gone).collect();
    if !paths.is_empty() {
        steps.push(format!("remove {}", paths.join(", ")));
    }
    if facts.locked {
        steps.push("open the machine as it was".to_owned());
    }
    if !options.dry_run {
        (around.say)("wiping");
        let given = format!("PATHS='{}'\nUNITS='{}'\nPACKAGES='{PACKAGES}'\n", paths.join(" "), units.join(" "));
        perform::run(&ssh, &format!("{given}{RETIRE}"))?;
    }
    outcome.notices.extend(told(&stays));
    outcome.changed = steps.into_iter().map(|what| Change { what, lines: Vec::new() }).collect();
    Ok(())
}

/// Ends what a borne may do at its server, and tells what that took.
fn end_rights(
    who: Option<(String, String)>,
    options: Options,
    around: Around<'_>,
    outcome: &mut Outcome,
) -> Result<Vec<String>, LinkError> {
    let mut steps = Vec::new();
    let Some((borne, fingerprint)) = who else { return Ok(steps) };
    match around.server {
        Some(server) => {
            if holds(&server.bornes()?, &borne, &fingerprint)? {
                steps.push(format!("revoke {borne} at the server"));
                if !options.dry_run {
                    (around.say)("revoking");
                    server.revoke(&borne)?;
                }
            }
        }
        None => outcome.notices.push(format!("end its rights at the server: accueil-server borne revoke {borne}")),
    }
    outcome.identity = Some(Identity { borne, fingerprint, server_agrees: None });
    Ok(steps)
}

fn observe(ssh: &Ssh) -> Result<Facts, LinkError> {
    Facts::read(&ssh.run(&observation())?).map_err(|e| LinkError::Failed(e.to_string()))
}

/// Whether a borne has rights at the server. One whose key is another there is another machine, whose rights would end.
fn holds(known: &[Known], borne: &str, fingerprint: &str) -> Result<bool, LinkError> {
    let Some(known) = known.iter().find(|known| known.id == borne && known.holds) else { return Ok(false) };
    if known.fingerprint == fingerprint {
        return Ok(true);
    }
    Err(LinkError::Failed(format!(
        "it says that it is {borne} and shows the key {fingerprint}, and the server knows that one by {}: it is another machine, and nothing          was done. Find out which one, and end its rights at the server: accueil-server borne revoke",
        known.fingerprint
    )))
}

/// What the machine is asked.
fn observation() -> String {
    let secret = [OWN_SECRETS.join(" "), Connection::paths("NetworkManager", "").join(" ")].join(" ");
    // Those of ours alone, for whichever interface.
    let supplicants =
        format!("$(grep -ls '^# Written by provisioning\\.' {SUPPLICANTS}wpa_supplicant-*.conf 2>/dev/null)");
    format!(
        "FILES='{}'\nSECRETS=\"{NETWORKD} {secret} {supplicants}\"\nPACKAGES='{PACKAGES}'\n{OBSERVE}",
        OWN.join(" ")
    )
}

/// What was written for the borne, whatever its network.
fn written(facts: &Facts) -> Vec<String> {
    OWN.iter()
        .chain(&OWN_SECRETS)
        .filter(|path| facts.files.contains_key(**path))
        .map(|path| (*path).to_owned())
        .collect()
}

/// What says how the machine is connected, of what was written for it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Connected {
    /// What nothing is connected by.
    gone: Vec<String>,
    /// What it is reached by, with the secrets that this takes.
    stays: Vec<String>,
}

fn connected(facts: &Facts) -> Connected {
    let ours = Connection::paths("NetworkManager", "");
    let network =
        facts.files.keys().filter(|path| *path == NETWORKD || path.starts_with(SUPPLICANTS) || ours.contains(path));
    let by = |file: &str| facts.connected_by.contains(file);
    let (stays, gone) = network.cloned().partition(|path| match path.as_str() {
        NM => by(NM),
        path if path == NETWORKD || path.starts_with(SUPPLICANTS) => by(NETWORKD),
        _ => by(NM) || by(NETWORKD),
    });
    Connected { gone, stays }
}

/// What somebody should know of a network that stays.
fn told(stays: &[String]) -> Option<String> {
    let (settings, secrets): (Vec<&str>, Vec<&str>) =
        stays.iter().map(String::as_str).partition(|path| *path == NETWORKD);
    match (settings.is_empty(), secrets.is_empty()) {
        (true, true) => None,
        (false, true) => {
            Some(format!("it stays connected as it is, by {NETWORKD}: whoever gets the machine writes their own"))
        }
        (_, false) => Some(format!(
            "it stays connected as it is, by {}, which hold the secrets of its network: remove them when somebody connects it otherwise, \
             and before it leaves the house",
            stays.join(", ")
        )),
    }
}

/// What the server has not got; none where nobody can tell.
fn unsent(facts: &Facts) -> Option<Unsent> {
    let told = facts.doctor.as_ref().and_then(|doctor| doctor.unsent);
    // Who was never enrolled gave no ticket.
    told.or_else(|| of_older(facts)).or_else(|| (!facts.identity).then(Unsent::default))
}

/// Whether the borne tells what it has not sent when it does not run, too: earlier ones told it of their running program alone.
fn tells_when_stopped(facts: &Facts) -> bool {
    facts.doctor.as_ref().is_some_and(|doctor| doctor.unsent.is_some())
}

/// What a running borne says that is older than the figure.
fn of_older(facts: &Facts) -> Option<Unsent> {
    let detail = &facts.finding("program")?.detail;
    let events = detail.split(" · ").find_map(|part| part.strip_suffix(" events to send"))?;
    Some(Unsent { events: events.parse().ok()?, answers: 0 })
}

/// Why nothing is wiped.
fn lost(unsent: Option<Unsent>) -> Option<String> {
    match unsent {
        Some(Unsent { events: 0, answers: 0 }) => None,
        Some(Unsent { events, answers }) => Some(format!(
            "{events} events and {answers} answers are not at the server yet, and would be lost: let the borne run until it has sent them, or say --lose-unsent"
        )),
        None => Some(
            "nobody can tell what is not at the server yet, and would be lost: start the borne there (`systemctl start accueil-borne`) and \
             run this again, or say --lose-unsent"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Doctor, Finding, Found};
    use crate::files::{APT_PROXY, ENVIRONMENT, SETTINGS};

    #[test]
    fn what_was_not_sent_is_seen_and_what_nobody_can_tell_is_not_nothing() {
        let borne = |detail: &str, unsent| {
            let finding = Finding { part: "program".into(), health: "good".into(), detail: detail.into() };
            let doctor = Doctor { findings: vec![finding], unsent, ..Doctor::default() };
            Facts { identity: true, doctor: Some(doctor), ..Facts::default() }
        };
        let stopped = "no borne answers at /run/borne/control.sock; start it with `borne run`";
        let some = |events, answers| Some(Unsent { events, answers });
        for (facts, expected) in [
            (borne(stopped, some(3, 2)), some(3, 2)),
            (borne(stopped, some(0, 0)), some(0, 0)),
            (borne(stopped, None), None),
            // One that is older.
            (borne("runs · screen s01 · 3 events to send", None), some(3, 0)),
            (borne("runs · screen s01 · 0 events to send", None), some(0, 0)),
            (Facts { identity: true, ..Facts::default() }, None),
            (Facts::default(), some(0, 0)),
        ] {
            assert_eq!(unsent(&facts), expected, "{facts:?}");
        }
        let earlier = borne("runs · screen S17 · 0 events to send", None);
        assert!(!tells_when_stopped(&earlier), "it is asked while it runs, and not once it is stopped");
        assert!(tells_when_stopped(&borne(stopped, some(0, 0))));
        assert_eq!(lost(some(0, 0)), None);
        assert!(lost(some(0, 2)).is_some_and(|why| why.contains("2 answers") && why.contains("--lose-unsent")));
        assert!(lost(None).is_some_and(|why| why.contains("nobody can tell")));
        let json = r#"{"findings":[],"devices":[],"unsent":{"events":3,"answers":2}}"#;
        assert_eq!(serde_json::from_str::<Doctor>(json).unwrap().unsent, some(3, 2));
        assert_eq!(serde_json::from_str::<Doctor>(r#"{"unsent":null}"#).unwrap().unsent, None);
    }

    #[test]
    fn rights_end_of_the_machine_in_hand_alone() {
        let known = |id: &str, key: &str, holds| Known { id: id.into(), fingerprint: key.into(), holds };
        let all = [known("a", "1111", true), known("b", "2222", true), known("c", "3333", false)];
        assert!(holds(&all, "a", "1111").unwrap());
        assert!(!holds(&all, "c", "3333").unwrap() && !holds(&all, "d", "4444").unwrap());
        let why = holds(&all, "b", "1111").unwrap_err().to_string();
        assert!(why.contains("1111") && why.contains("2222") && why.contains("another machine"), "{why}");
    }

    #[test]
    fn a_machine_stays_connected_and_keeps_no_secret_beyond_that() {
        const KEY: &str = "/etc/accueil-network/key.pem";
        const SUPPLICANT: &str = "/etc/wpa_supplicant/wpa_supplicant-wired-eth0.conf";
        let found = || Found { owned: "root:root 600".into(), sha256: String::new(), text: None };
        let machine = |by: &[&str]| {
            let files = [NETWORKD, SUPPLICANT, KEY, NM, SETTINGS].map(|path| (path.to_owned(), found()));
            let connected_by = by.iter().map(|path| (*path).to_owned()).collect();
            Facts { files: files.into(), connected_by, ..Facts::default() }
        };
        let sorted = |paths: &[&str]| {
            let mut paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            paths.sort();
            paths
        };
        for (by, stays, gone) in [
            (NETWORKD, &[NETWORKD, SUPPLICANT, KEY][..], &[NM][..]),
            (NM, &[NM, KEY], &[NETWORKD, SUPPLICANT]),
            ("/etc/systemd/network/80-wired.network", &[], &[NETWORKD, SUPPLICANT, KEY, NM]),
        ] {
            let expected = Connected { stays: sorted(stays), gone: sorted(gone) };
            assert_eq!(connected(&machine(&[by])), expected, "{by}");
        }
        let mut proxied = machine(&[NETWORKD]);
        proxied.files.extend([ENVIRONMENT, APT_PROXY].map(|path| (path.to_owned(), found())));
        assert_eq!(written(&proxied), [SETTINGS, ENVIRONMENT, APT_PROXY], "a proxy's password goes");
        assert_eq!(told(&[]), None);
        assert!(told(&[NETWORKD.to_owned()]).is_some_and(|said| !said.contains("secret")));
        assert!(told(&sorted(&[NETWORKD, KEY])).is_some_and(|said| said.contains(KEY) && said.contains("secret")));
    }

    #[test]
    fn what_a_machine_is_asked_is_a_script() {
        let asked = observation();
        for path in [SETTINGS, APT_PROXY, ENVIRONMENT, NETWORKD, NM, "/etc/accueil-network/key.pem", SUPPLICANTS] {
            assert!(asked.split(OBSERVE).next().is_some_and(|head| head.contains(path)), "{path}: {asked}");
        }
        let shown = asked.lines().next().unwrap();
        assert!(shown.starts_with("FILES=") && OWN_SECRETS.iter().all(|path| !shown.contains(path)), "{shown}");
        let text = format!("if false; then\n{asked}\nfi\n");
        let said = std::process::Command::new("sh").args(["-n", "-c", &text]).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}
