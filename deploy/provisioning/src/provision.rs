//! One machine, from what it is to what is wanted of it.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wire::catalogue::Catalogue;

use crate::bundle::Bundle;
use crate::facts::{Asked, Facts, OBSERVE};
use crate::files::{self, SITE};
use crate::inventory::Keys;
use crate::link::{Link, LinkError, Ssh};
use crate::perform::{self, Settled, perform};
use crate::plan::{Offered, Plan, Step, plan};
use crate::report::{Change, Identity, Outcome};
use crate::server::Server;
use crate::suits::{clock_off, suits};
use crate::wanted::Wanted;

/// A run settles in two rounds; what needs more is at odds with itself.
const ROUNDS: usize = 4;
/// The machine takes its network back after two minutes, and is some seconds at that.
const SETTLES_WITHIN: Duration = Duration::from_secs(180);

/// What a run does beside what is wanted of machines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Tell what would be done, and do nothing.
    pub dry_run: bool,
    /// Print a test slip though the machine was a borne before.
    pub print_test: bool,
}

/// Whom a run asks and tells.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The server, where it can be asked.
    pub server: Option<&'a Server>,
    /// The server's catalogue, where it was asked for one.
    pub site: Option<&'a str>,
    /// Tells what goes on with a machine.
    pub say: &'a (dyn Fn(&str) + Sync),
}

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
}

/// Makes a machine what is wanted of it.
#[must_use]
pub fn provision(host: &str, keys: &Keys, options: Options, around: Around<'_>) -> Outcome {
    let began = Instant::now();
    let name = keys.name.clone().unwrap_or_default();
    let mut outcome = Outcome { host: host.to_owned(), name, ..Outcome::default() };
    match Wanted::read(host, keys, around.site) {
        Err(e) => outcome.faults.push(e.to_string()),
        Ok(wanted) => {
            match Run::open(wanted, options, around, &mut outcome).and_then(|mut run| run.through(&mut outcome)) {
                Ok(()) => {}
                Err(Stop::Told) => {}
                Err(Stop::Link(e)) => outcome.faults.push(e.to_string()),
            }
        }
    }
    outcome.good = outcome.faults.is_empty();
    outcome.took_s = began.elapsed().as_secs();
    outcome
}

/// Why a run ends early.
enum Stop {
    /// The outcome says why.
    Told,
    /// The machine says why.
    Link(LinkError),
}

impl From<LinkError> for Stop {
    fn from(e: LinkError) -> Self {
        Self::Link(e)
    }
}

struct Run<'a> {
    wanted: Wanted,
    options: Options,
    around: Around<'a>,
    ssh: Option<Ssh>,
    bundle: Option<Bundle>,
    offered: Offered,
    facts: Facts,
}

impl<'a> Run<'a> {
    fn open(wanted: Wanted, options: Options, around: Around<'a>, outcome: &mut Outcome) -> Result<Self, Stop> {
        (around.say)("connecting");
        let ssh = Ssh::to(&wanted.target)?;
        if let Some(key) = ssh.open()? {
            outcome.notices.push(format!("its host key was not known before: {key}"));
        }
        let bundle = match wanted.bundle.as_deref().map(Bundle::open).transpose() {
            Ok(bundle) => bundle,
            Err(e) => {
                outcome.faults.push(e.to_string());
                return Err(Stop::Told);
            }
        };
        let (offered, facts) = (Offered::new(), Facts::default());
        let mut run = Self { wanted, options, around, ssh: Some(ssh), bundle, offered, facts };
        (around.say)("looking");
        run.facts = run.look(Asked::Devices)?;
        if let Some(bundle) = &run.bundle {
            match bundle.offered(&run.facts.architecture, &run.wanted.packages(&run.facts.network_manager)) {
                Ok(offered) => run.offered = offered,
                Err(e) => {
                    outcome.faults.push(e.to_string());
                    return Err(Stop::Told);
                }
            }
        }
        run.keep_site();
        Ok(run)
    }

    fn link(&self) -> Result<&Ssh, Stop> {
        self.ssh.as_ref().ok_or(Stop::Link(LinkError::Away("the connection ended".to_owned())))
    }

    /// What the machine is.
    fn look(&self, asked: Asked) -> Result<Facts, Stop> {
        let (manager, interface) = match &self.wanted.connection {
            // Both kinds of files are asked about until it is known what sees to the network.
            Some(connection) => {
                let known = if self.facts.network_manager.is_empty() { "" } else { &self.facts.network_manager };
                (known, connection.interface(&self.facts).unwrap_or_default())
            }
            None => ("", ""),
        };
        let (plain, secret) = files::paths(manager, interface);
        let packages =
            self.wanted.packages(&self.facts.network_manager).into_iter().map(|name| match self.offered.get(name) {
                Some(version) => format!("{name}={version}"),
                None => name.to_owned(),
            });
        let packages: Vec<String> = packages.collect();
        let script = format!(
            "FILES='{}'\nSECRETS='{}'\nPACKAGES='{}'\nDOCTOR={asked}\n{OBSERVE}",
            plain.join(" "),
            secret.join(" "),
            packages.join(" ")
        );
        let said = self.link()?.run(&script)?;
        Facts::read(&said).map_err(|e| Stop::Link(LinkError::Failed(e.to_string())))
    }

    /// A site that came from the server is newer there with each publication, and the borne takes those by itself: of the
    /// same site it stays as it is.
    fn keep_site(&mut self) {
        if self.around.site.is_none_or(|site| site != self.wanted.site) {
            return;
        }
        let there = self.facts.files.get(SITE).and_then(|found| found.text.clone());
        let of = |text: &str| Catalogue::from_toml(text).ok().map(|catalogue| catalogue.site.id);
        if let Some(there) = there.filter(|there| of(there).is_some() && of(there) == of(&self.wanted.site)) {
            self.wanted.site = there;
        }
    }

    fn through(&mut self, outcome: &mut Outcome) -> Result<(), Stop> {
        let fit = suits(&self.facts, now_s(), self.wanted.role == "survey", !self.wanted.time_servers.is_empty());
        outcome.notices.extend(fit.notices);
        if !fit.faults.is_empty() {
            outcome.faults.extend(fit.faults);
            return Err(Stop::Told);
        }
        let was_borne = self.facts.identity;
        for _ in 0..ROUNDS {
            // Once more with what was learnt: what is offered, and what sees to the network.
            self.facts = self.look(Asked::Devices)?;
            let plan = match plan(&self.wanted, &self.facts, &self.offered) {
                Ok(plan) => plan,
                Err(faults) => {
                    outcome.faults.extend(faults);
                    return Err(Stop::Told);
                }
            };
            if self.options.dry_run {
                tell(&plan, outcome);
                return Ok(());
            }
            if plan.steps.is_empty() {
                self.facts = self.look(Asked::Whole)?;
                return self.finish(!was_borne, &plan, outcome);
            }
            for step in &plan.steps {
                (self.around.say)(&step.to_string());
                let reached_at = self.wanted.target.host.clone();
                self.carry_out(step, outcome)?;
                if self.wanted.target.host != reached_at {
                    let now = &self.wanted.target.host;
                    outcome.notices.push(format!("it is at {now} now: write that into the inventory for {reached_at}"));
                }
                outcome.changed.push(Change { what: step.to_string(), lines: step.lines() });
            }
        }
        let rest = plan(&self.wanted, &self.facts, &self.offered).map(|plan| plan.steps).unwrap_or_default();
        let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
        outcome
            .faults
            .push(format!("it does not stay as it was made: something there changes it back ({})", rest.join("; ")));
        Err(Stop::Told)
    }

    fn carry_out(&mut self, step: &Step, outcome: &mut Outcome) -> Result<(), Stop> {
        match step {
            Step::Install { packages } => {
                let names: Vec<&str> = packages.iter().map(|(name, _, _)| name.as_str()).collect();
                if let Some(bundle) = &self.bundle {
                    bundle.carry(self.link()?, &names, &mut |line| (self.around.say)(line))?;
                    (self.around.say)("installing");
                }
                Ok(perform(self.link()?, step)?)
            }
            Step::Enrol => {
                let code = match (&self.wanted.code, self.around.server) {
                    (Some(code), _) => code.clone(),
                    (None, Some(server)) => server.code(&self.wanted.name)?,
                    (None, None) => {
                        let why = "it is to be enrolled: give a code (`accueil-server enrol-code`), or say where the server can be asked: server_ssh";
                        return Err(Stop::Link(LinkError::Failed(why.to_owned())));
                    }
                };
                let said = perform::enrol(self.link()?, &code)?;
                outcome.server_fingerprint = server_fingerprint(&said);
                Ok(())
            }
            Step::Network { .. } => {
                perform(self.link()?, step)?;
                self.reach_again()?;
                // What it spoke with over the network before would time out first, and be told as a fault.
                Ok(perform(self.link()?, &Step::Restart)?)
            }
            Step::Put { .. }
            | Step::Settings { .. }
            | Step::Remove { .. }
            | Step::Start
            | Step::Restart
            | Step::Lockdown
            | Step::Unlock => Ok(perform(self.link()?, step)?),
        }
    }

    /// Reaches the machine where it is to be now, and lets it stay so. It takes everything back otherwise.
    fn reach_again(&mut self) -> Result<(), Stop> {
        self.ssh = None;
        let before = self.wanted.target.clone();
        let mut target = before.clone();
        let address = self.wanted.connection.as_ref().and_then(|connection| connection.address.as_deref());
        // Who was reached by name is so again.
        if let (Some(address), Ok(_)) = (address, target.host.parse::<std::net::IpAddr>()) {
            address.split('/').next().unwrap_or_default().clone_into(&mut target.host);
        }
        (self.around.say)(&format!("reaching it at {}", target.host));
        let began = Instant::now();
        loop {
            // Where it was it only tells what became of it.
            let ways = [Some((&target, true)), (before.host != target.host).then_some((&before, false))];
            for (target, claims) in ways.into_iter().flatten() {
                let ssh = Ssh::to(target)?.impatient();
                if ssh.open().is_err() {
                    continue;
                }
                match perform::settled(&ssh, claims) {
                    Ok(Settled::Stays) => {
                        self.wanted.target = target.clone();
                        let ssh = Ssh::to(target)?;
                        ssh.open()?;
                        self.ssh = Some(ssh);
                        return Ok(());
                    }
                    Ok(Settled::TakenBack(why)) => {
                        let why = format!(
                            "its new network does not work ({why}): it has the one before again, at {}; correct `network`, and run \
                             this again",
                            before.host
                        );
                        return Err(Stop::Link(LinkError::Failed(why)));
                    }
                    // It may be another machine, or lose the way while it is asked.
                    Ok(Settled::NotYet) | Err(_) => {}
                }
            }
            if began.elapsed() > SETTLES_WITHIN {
                let why = format!(
                    "neither at {} with its new network nor at {} with the one before: look at its cable and its screen",
                    target.host, before.host
                );
                return Err(Stop::Link(LinkError::Away(why)));
            }
            thread::sleep(Duration::from_secs(1));
        }
    }

    /// Everything is as it is wanted: looks at how it goes.
    fn finish(&self, is_new: bool, plan: &Plan, outcome: &mut Outcome) -> Result<(), Stop> {
        outcome.notices.extend(plan.chosen.iter().cloned());
        if let Some(off) = clock_off(&self.facts, now_s()).filter(|_| !self.wanted.time_servers.is_empty()) {
            let named = self.wanted.time_servers.join(", ");
            outcome
                .faults
                .push(format!("{off}, and {named} did not set it: does the network let it ask there (UDP 123)?"));
        }
        let parts = self.facts.doctor.iter().flat_map(|doctor| &doctor.findings);
        for finding in parts {
            let told = format!("{}: {}", finding.part, finding.detail);
            match finding.health.as_str() {
                "bad" => outcome.faults.push(told),
                "look" => outcome.notices.push(told),
                _ => {}
            }
        }
        if let Some((borne, fingerprint)) = self.facts.finding("identity").and_then(|found| identity(&found.detail)) {
            let known = self.around.server.map(Server::bornes).transpose()?;
            let agrees = |known: Vec<crate::server::Known>| {
                known.iter().any(|known| known.id == borne && known.fingerprint == fingerprint && known.holds)
            };
            let server_agrees = known.map(agrees);
            if server_agrees == Some(false) {
                outcome.faults.push(
                    "the server does not know this borne by its fingerprint, or has ended its rights: retire it, and provision it anew"
                        .to_owned(),
                );
            }
            outcome.identity = Some(Identity { borne, fingerprint, server_agrees });
        }
        if self.wanted.role != "survey" && (is_new || self.options.print_test) {
            (self.around.say)("printing a test slip");
            print_slip(self.link()?, outcome)?;
        }
        Ok(())
    }
}

/// A test slip, and what the borne says became of it.
fn print_slip(link: &dyn Link, outcome: &mut Outcome) -> Result<(), Stop> {
    match perform::run(link, "borne print-test") {
        Ok(said) => outcome.changed.push(Change { what: said.trim().to_owned(), lines: Vec::new() }),
        Err(LinkError::Failed(why)) => outcome.faults.push(why.trim_start_matches("borne: ").to_owned()),
        Err(e) => return Err(Stop::Link(e)),
    }
    Ok(())
}

fn tell(plan: &Plan, outcome: &mut Outcome) {
    let change = |step: &Step| Change { what: step.to_string(), lines: step.lines() };
    outcome.changed = plan.steps.iter().map(change).collect();
    outcome.then.clone_from(&plan.then);
    outcome.notices.extend(plan.chosen.iter().cloned());
}

/// `ID · series N · fingerprint F`, as `borne doctor` says it.
pub(crate) fn identity(detail: &str) -> Option<(String, String)> {
    let id = detail.split(" · ").next()?;
    let fingerprint = detail.split(" · ").find_map(|part| part.strip_prefix("fingerprint "))?;
    Some((id.to_owned(), fingerprint.to_owned()))
}

/// The technician's clock, in seconds since 1970.
fn now_s() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// `the server's fingerprint:  F`, as `borne enrol` says it.
fn server_fingerprint(said: &str) -> Option<String> {
    said.lines().find_map(|line| line.strip_prefix("the server's fingerprint:")).map(|told| told.trim().to_owned())
}

#[cfg(test)]
mod tests;
