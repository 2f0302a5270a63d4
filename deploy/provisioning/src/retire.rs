//! A borne becomes a machine again: its rights end, what it stored is wiped, what was written for it goes.

use std::time::Instant;

use crate::facts::{Facts, OBSERVE, Unsent};
use crate::files;
use crate::inventory::{Keys, Target};
use crate::link::{Link, LinkError, Ssh};
use crate::perform;
use crate::provision::{Around, identity};
use crate::report::{Change, Identity, Outcome};

const RETIRE: &str = include_str!("scripts/retire.sh");

/// What a retirement may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Tell what would be done, and do nothing.
    pub dry_run: bool,
    /// Tickets and answers that the server has not got are lost.
    pub lose_unsent: bool,
}

/// Retires a borne. Its network and its packages' sources stay as they are.
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
    let (plain, _) = files::paths("", "");
    let said = ssh.run(&format!("FILES='{}'\nPACKAGES='borne borne-lockdown'\n{OBSERVE}", plain.join(" ")))?;
    let facts = Facts::read(&said).map_err(|e| LinkError::Failed(e.to_string()))?;
    let who = facts.finding("identity").and_then(|found| identity(&found.detail));
    let is_borne = facts.identity || facts.packages.contains_key("borne");
    if !is_borne && plain.iter().all(|path| !facts.files.contains_key(path)) {
        outcome.notices.push("it is no borne: nothing to retire".to_owned());
        return Ok(());
    }
    if let Some(why) = lost(unsent(&facts)).filter(|_| !options.lose_unsent) {
        outcome.faults.push(why);
        return Ok(());
    }
    let mut steps = Vec::new();
    if let Some((borne, fingerprint)) = who {
        match around.server {
            Some(server) => {
                let known = server.bornes()?.into_iter().find(|known| known.id == borne);
                if known.is_some_and(|known| known.holds) {
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
    }
    steps.push("remove the packages, and wipe what the borne stored".to_owned());
    let paths: Vec<String> = plain.into_iter().filter(|path| facts.files.contains_key(path)).collect();
    if !paths.is_empty() {
        steps.push(format!("remove {}", paths.join(", ")));
    }
    if facts.locked {
        steps.push("open the machine as it was".to_owned());
    }
    if !options.dry_run {
        (around.say)("wiping");
        let installed: Vec<&str> = facts.packages.keys().map(String::as_str).collect();
        perform::run(&ssh, &format!("PATHS='{}'\nINSTALLED='{}'\n{RETIRE}", paths.join(" "), installed.join(" ")))?;
    }
    outcome.changed = steps.into_iter().map(|what| Change { what, lines: Vec::new() }).collect();
    Ok(())
}

/// What the server has not got; none where nobody can tell.
fn unsent(facts: &Facts) -> Option<Unsent> {
    let told = facts.doctor.as_ref().and_then(|doctor| doctor.unsent);
    // Who was never enrolled gave no ticket.
    told.or_else(|| of_older(facts)).or_else(|| (!facts.identity).then(Unsent::default))
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
            "{events} events and {answers} answers are not at the server yet, and would be lost: wait until it is reached, or say --lose-unsent"
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
    use crate::facts::{Doctor, Finding};

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
        assert_eq!(lost(some(0, 0)), None);
        assert!(lost(some(0, 2)).is_some_and(|why| why.contains("2 answers") && why.contains("--lose-unsent")));
        assert!(lost(None).is_some_and(|why| why.contains("nobody can tell")));
        let json = r#"{"findings":[],"devices":[],"unsent":{"events":3,"answers":2}}"#;
        assert_eq!(serde_json::from_str::<Doctor>(json).unwrap().unsent, some(3, 2));
        assert_eq!(serde_json::from_str::<Doctor>(r#"{"unsent":null}"#).unwrap().unsent, None);
    }
}
