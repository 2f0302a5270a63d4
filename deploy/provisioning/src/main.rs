//! `deploy/provision` and `deploy/retire`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use provisioning::fleet::{self, Machine};
use provisioning::inventory::{Inventory, Keys, Repository};
use provisioning::provision::{self, Around};
use provisioning::report::Outcome;
use provisioning::retire;
use provisioning::server::Server;
use provisioning::sites::Sites;

/// Makes machines into bornes over SSH, and bornes into machines again.
#[derive(Debug, Parser)]
#[command(name = "accueil-provision", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make machines into bornes; run again, it changes what differs and nothing else
    Provision {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        wanted: Box<Wanted>,
        /// Print a test slip though the machine was a borne before
        #[arg(long)]
        print_test: bool,
    },
    /// End a borne's rights, wipe what it stored, remove its packages
    Retire {
        #[command(flatten)]
        which: Which,
        /// Tickets and answers that the server has not got are lost
        #[arg(long)]
        lose_unsent: bool,
        /// Where the server can be asked: user@host
        #[arg(long, value_name = "USER@HOST")]
        server_ssh: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// The machines, as `ssh` takes them; left out: all of the inventory
    hosts: Vec<String>,
    /// What is wanted of which machine
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How many machines at once
    #[arg(long, default_value_t = 8, value_name = "N")]
    jobs: usize,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    /// Whom to sign in as: root, or somebody who may sudo without a password
    #[arg(long)]
    user: Option<String>,
    /// The port of SSH
    #[arg(long)]
    port: Option<u16>,
    /// The private key to sign in with
    #[arg(long, value_name = "FILE")]
    identity_file: Option<PathBuf>,
}

/// What is wanted of every machine of the run, over the inventory.
#[derive(Debug, Args)]
struct Wanted {
    /// What technicians call the borne
    #[arg(long)]
    name: Option<String>,
    /// ticket, survey or both
    #[arg(long)]
    role: Option<String>,
    /// The site's catalogue; left out: the server's
    #[arg(long, value_name = "FILE")]
    site: Option<PathBuf>,
    /// The server's address: https://…
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The authority of its certificate, in PEM
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Where the server can be asked for a code and for fingerprints: user@host
    #[arg(long, value_name = "USER@HOST")]
    server_ssh: Option<String>,
    /// The site at the server, where it serves several
    #[arg(long, value_name = "SITE")]
    server_site: Option<String>,
    /// A one-time code, of `accueil-server enrol-code`
    #[arg(long)]
    code: Option<String>,
    /// auto, or a device as `borne doctor` lists it
    #[arg(long, value_name = "DEVICE")]
    printer: Option<String>,
    /// auto, or a device
    #[arg(long, value_name = "DEVICE")]
    scanner: Option<String>,
    /// auto, or a device
    #[arg(long, value_name = "DEVICE")]
    card: Option<String>,
    /// What tells that a headset is in: auto, or a line such as pi:17
    #[arg(long, value_name = "JACK")]
    headset: Option<String>,
    /// How far picture and touch are turned, clockwise
    #[arg(long, value_name = "DEGREES")]
    rotation: Option<u16>,
    /// Packages on board: a folder that `deploy/bundle` made
    #[arg(long, value_name = "FOLDER")]
    bundle: Option<PathBuf>,
    /// From where technicians come, such as 10.9.0.0/24: locks the machine down
    #[arg(long, value_name = "NETWORK")]
    technicians: Option<Vec<String>>,
    /// A signed repository: the borne updates itself from it, and takes its packages there where none are on board
    #[arg(long, value_name = "URL", requires = "repository_key")]
    repository: Option<String>,
    /// The key that signs it, as `gpg --export --armor` writes it
    #[arg(long, value_name = "FILE", requires = "repository")]
    repository_key: Option<PathBuf>,
    /// Its ring; left out: stable
    #[arg(long, value_name = "RING", requires = "repository")]
    repository_suite: Option<String>,
    /// The authority of its certificate, in PEM, where that is no public one
    #[arg(long, value_name = "FILE", requires = "repository")]
    repository_authority: Option<PathBuf>,
}

impl Which {
    fn keys(&self) -> Keys {
        let (user, identity_file) = (self.user.clone(), self.identity_file.clone());
        Keys { user, port: self.port, identity_file, ..Keys::default() }
    }

    /// The machines, with what is said over the inventory.
    fn machines(&self, over: &Keys) -> anyhow::Result<Vec<Machine>> {
        let inventory = self.inventory.as_deref().map(Inventory::read).transpose()?.unwrap_or_default();
        let keys = |keys: &Keys| over.clone().over(keys).over(&inventory.all);
        if self.hosts.is_empty() {
            if inventory.borne.is_empty() {
                anyhow::bail!("name a machine, or an inventory with --inventory");
            }
            return Ok(inventory.borne.iter().map(|entry| (entry.host.clone(), keys(&entry.keys))).collect());
        }
        if self.inventory.is_none() {
            return Ok(self.hosts.iter().map(|host| (host.clone(), keys(&Keys::default()))).collect());
        }
        let of = |host: &String| {
            let entry =
                inventory.borne.iter().find(|entry| entry.host == *host || entry.keys.name.as_ref() == Some(host));
            let entry = entry.ok_or_else(|| anyhow::anyhow!("the inventory has no machine `{host}`"))?;
            Ok((entry.host.clone(), keys(&entry.keys)))
        };
        self.hosts.iter().map(of).collect()
    }
}

impl Wanted {
    fn over(self: Box<Self>, which: &Which) -> Keys {
        let Self { name, role, site, server, authority, server_ssh, server_site, code, .. } = *self;
        let Self { printer, scanner, card, headset, rotation, bundle, technicians, .. } = *self;
        let Self { repository, repository_key, repository_suite: suite, repository_authority, .. } = *self;
        let repository = repository.zip(repository_key);
        let repository = repository.map(|(url, key)| Repository { url, key, suite, authority: repository_authority });
        Keys {
            name,
            role,
            site,
            server,
            authority,
            server_ssh,
            server_site,
            code,
            printer,
            scanner,
            card,
            headset,
            rotation,
            bundle,
            technicians,
            repository,
            ..which.keys()
        }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            let _ = writeln!(io::stderr(), "accueil-provision: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<bool> {
    let (which, over) = match &cli.command {
        Command::Provision { which, .. } => (which, None),
        Command::Retire { which, server_ssh, .. } => {
            (which, Some(Keys { server_ssh: server_ssh.clone(), ..which.keys() }))
        }
    };
    let (dry_run, json, jobs) = (which.dry_run, which.json, which.jobs);
    let (machines, retiring, print_test) = match cli.command {
        Command::Provision { which, wanted, print_test } => (which.machines(&wanted.over(&which))?, None, print_test),
        Command::Retire { ref which, lose_unsent, .. } => {
            (which.machines(&over.unwrap_or_default())?, Some(lose_unsent), false)
        }
    };
    if machines.len() > 1 && machines.iter().any(|(_, keys)| keys.code.is_some()) {
        anyhow::bail!("a code enrols one machine: write codes into the inventory, or name the server with server_ssh");
    }
    let sites = Sites::of(&machines, retiring.is_none(), Server::of)?;

    let all = machines.len();
    let several = all > 1;
    let work = |host: &str, keys: &Keys| {
        let say = |line: &str| {
            let host = if several { format!("{host}: ") } else { String::new() };
            let _ = writeln!(io::stderr(), "{host}{line}");
        };
        let (server, site) = sites.around(keys);
        let around = Around { server, site, say: &say };
        match retiring {
            None => provision::provision(host, keys, provision::Options { dry_run, print_test }, around),
            Some(lose_unsent) => retire::retire(host, keys, retire::Options { dry_run, lose_unsent }, around),
        }
    };
    let told = |outcome: &Outcome, done: usize| {
        if several {
            let how = if outcome.good { "done" } else { "not done" };
            let _ = writeln!(io::stderr(), "{}: {how} ({done} of {all})", outcome.host);
        }
    };
    let outcomes = fleet::each(&machines, jobs, work, told);
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&outcomes)?)?;
    } else {
        outcomes.iter().try_for_each(|outcome| write!(out, "{}", outcome.text(dry_run)))?;
    }
    Ok(outcomes.iter().all(|outcome| outcome.good))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of machines by a command line.
    fn said(words: &str) -> Result<Keys, clap::Error> {
        let words = format!("accueil-provision provision 10.1.4.21 {words}");
        match Cli::try_parse_from(words.split_whitespace())?.command {
            Command::Provision { which, wanted, .. } => Ok(wanted.over(&which)),
            Command::Retire { .. } => panic!("another command"),
        }
    }

    #[test]
    fn a_repository_is_named_with_its_key() {
        let here = Repository {
            url: "https://paquets.example.fr".to_owned(),
            key: "accueil.asc".into(),
            suite: None,
            authority: None,
        };
        let few = "--repository https://paquets.example.fr --repository-key accueil.asc";
        assert_eq!(said(few).unwrap().repository.as_ref(), Some(&here));
        let more = said(&format!("{few} --repository-suite pilot --repository-authority office.pem")).unwrap();
        let there = Repository { suite: Some("pilot".to_owned()), authority: Some("office.pem".into()), ..here };
        assert_eq!((more.repository, more.authority), (Some(there), None), "the server's authority is another");
        assert_eq!(said("--bundle bundle").unwrap().repository, None);
        for alone in
            ["--repository https://a", "--repository-key a", "--repository-suite a", "--repository-authority a"]
        {
            assert!(said(alone).is_err(), "{alone}");
        }
    }
}
