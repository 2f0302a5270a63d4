//! A borne becomes a machine again: its rights end, what it stored is wiped, what was written for it goes.

use std::time::Instant;

use crate::facts::{Facts, OBSERVE};
use crate::files;
use crate::inventory::{Keys, Target};
use crate::link::{Link, LinkError, Ssh};
use crate::perform;
use crate::provision::{Around, identity};
use crate::report::{Change, Identity, Outcome};
use crate::suits::READ_ONLY;

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
    if facts.read_only {
        outcome.faults.push(READ_ONLY.to_owned());
        return Ok(());
    }
    if let Some(unsent) = unsent(&facts).filter(|_| !options.lose_unsent) {
        outcome.faults.push(format!(
            "{unsent} events are not at the server yet, and would be lost: wait until it is reached, or say --lose-unsent"
        ));
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

/// How many events the server has not got yet; none where the borne does not say.
fn unsent(facts: &Facts) -> Option<u64> {
    let detail = &facts.finding("program")?.detail;
    let events = detail.split(" · ").find_map(|part| part.strip_suffix(" events to send"))?;
    events.parse().ok().filter(|unsent| *unsent > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Doctor, Finding};

    #[test]
    fn events_that_were_not_sent_are_seen() {
        let detail = |detail: &str| {
            let finding = Finding { part: "program".into(), health: "good".into(), detail: detail.into() };
            Facts { doctor: Some(Doctor { findings: vec![finding], ..Doctor::default() }), ..Facts::default() }
        };
        assert_eq!(unsent(&detail("runs · screen s01 · 3 events to send")), Some(3));
        assert_eq!(unsent(&detail("runs · screen s01 · 0 events to send")), None);
        assert_eq!(unsent(&Facts::default()), None);
    }
}
