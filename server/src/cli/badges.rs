//! `badge`: the badges of the site's staff. Bornes get them, and lose them, with their next sync.

use std::io::{self, BufRead, IsTerminal, Write};

use accueil_server::audit::{Action, Diff};
use accueil_server::store::{self, BadgeOutcome};
use accueil_server::{Settings, badges};
use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use wire::catalogue::Site;
use wire::staff::{BadgeHash, LABEL_MAX, MAX_BADGES, Pin, StaffBadge, StaffRole};

use super::audit;

#[derive(Debug, Subcommand)]
pub(super) enum BadgeCommand {
    /// Add a badge, or give it another PIN, role or label. The PIN is asked for twice, or read from the standard input, one
    /// line.
    Add {
        /// What `borne card-test` shows of the card, 64 hexadecimal digits.
        badge: BadgeHash,
        /// What people call it. Not anybody's name: bornes show and log it.
        #[arg(long, value_name = "\"Badge 12\"")]
        label: String,
        /// What it opens: staff or technician.
        #[arg(long, default_value = "staff", value_parser = role)]
        role: StaffRole,
        /// Its last day.
        #[arg(long, value_name = "YYYY-MM-DD")]
        last_day: Option<Date>,
    },
    /// Every badge: its label, its role, until when, the beginning of what card-test shows.
    List,
    /// Remove a badge.
    Remove {
        /// What people call it.
        label: String,
    },
}

pub(super) async fn run(settings: &Settings, site: &Site, command: BadgeCommand) -> anyhow::Result<()> {
    match command {
        BadgeCommand::Add { badge, label, role, last_day } => add(settings, site, badge, label, role, last_day).await,
        BadgeCommand::List => list(settings, site).await,
        BadgeCommand::Remove { label } => remove(settings, site, &label).await,
    }
}

async fn add(
    settings: &Settings,
    site: &Site,
    badge: BadgeHash,
    label: String,
    role: StaffRole,
    last_day: Option<Date>,
) -> anyhow::Result<()> {
    if !(1..=LABEL_MAX).contains(&label.chars().count()) || label.chars().any(char::is_control) {
        bail!("a label has 1 to {LABEL_MAX} printable characters");
    }
    let zone = TimeZone::get(&site.time_zone)?;
    let expires = last_day.map(|day| end_of(day, zone)).transpose()?;
    let pin = badges::hash_pin(&read_pin()?).context("the PIN cannot be hashed")?;
    let store = store::open(&settings.store.address).await?;
    let entry = StaffBadge { badge, pin, role, label: label.clone(), expires };
    match store.put_badge(site.id, &entry).await? {
        BadgeOutcome::Added => writeln!(io::stdout(), "{label} opens with the bornes' next sync")?,
        BadgeOutcome::Changed => writeln!(io::stdout(), "{label} is changed with the bornes' next sync")?,
        BadgeOutcome::LabelTaken => bail!("another badge is called {label}: choose another label, or remove that one"),
        BadgeOutcome::Full => bail!("the site has {MAX_BADGES} badges: remove one"),
    }
    let changed = Diff::none().with("rôle", (), role_name(role)).with("pin", (), "donné");
    audit::keep(store.as_ref(), Some(site.id), Action::Badge, &label, changed).await
}

async fn list(settings: &Settings, site: &Site) -> anyhow::Result<()> {
    let zone = TimeZone::get(&site.time_zone)?;
    let mut out = io::stdout().lock();
    for badge in store::open(&settings.store.address).await?.badges(site.id).await? {
        let StaffBadge { label, role, expires, badge, pin: _ } = badge;
        let until = expires.map_or_else(|| "-".to_owned(), |at| format!("until {}", at.to_zoned(zone.clone())));
        let card = badge.to_string();
        writeln!(out, "{label}\t{}\t{until}\t{}…", role_name(role), &card[..8])?;
    }
    Ok(())
}

async fn remove(settings: &Settings, site: &Site, label: &str) -> anyhow::Result<()> {
    let store = store::open(&settings.store.address).await?;
    if !store.remove_badge(site.id, label).await? {
        bail!("no badge is called {label}: see `accueil-server badge list`");
    }
    audit::keep(store.as_ref(), Some(site.id), Action::Badge, label, Diff::none().with("état", "valable", "retiré"))
        .await?;
    writeln!(io::stdout(), "{label} opens nothing from the bornes' next sync on")?;
    Ok(())
}

fn role(text: &str) -> Result<StaffRole, String> {
    [StaffRole::Staff, StaffRole::Technician]
        .into_iter()
        .find(|role| role_name(*role) == text)
        .ok_or_else(|| "use staff or technician".to_owned())
}

const fn role_name(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Staff => "staff",
        StaffRole::Technician => "technician",
        StaffRole::Unknown => "unknown",
    }
}

fn end_of(day: Date, zone: TimeZone) -> anyhow::Result<Timestamp> {
    Ok(day.tomorrow().and_then(|next| next.to_zoned(zone)).context("the last day is too far away")?.timestamp())
}

/// From a terminal, unseen and twice; else one line.
fn read_pin() -> anyhow::Result<Pin> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Ok(Pin::chosen(&read_line()?)?);
    }
    let _unseen = Unseen::begin()?;
    let first = Pin::chosen(&ask("PIN: ")?)?;
    if first.reveal() != ask("PIN again: ")?.as_str() {
        bail!("the two differ: begin again");
    }
    Ok(first)
}

fn ask(question: &str) -> anyhow::Result<zeroize::Zeroizing<String>> {
    write!(io::stderr(), "{question}")?;
    let line = read_line()?;
    writeln!(io::stderr())?;
    Ok(line)
}

fn read_line() -> anyhow::Result<zeroize::Zeroizing<String>> {
    let mut line = zeroize::Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line).context("cannot read the PIN")?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

/// A terminal that does not show what is typed, until this is dropped. Its keys raise no signals meanwhile: they would
/// end the program and leave the terminal so.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> anyhow::Result<Self> {
        let before = tcgetattr(io::stdin()).context("the terminal cannot be asked to hide the PIN")?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden).context("the terminal cannot hide the PIN")?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0) {
            let _ = writeln!(io::stderr(), "the terminal stays dumb ({error}): type `stty sane`");
        }
    }
}
