//! Commands that work on the store, beside a running server or without one.

use std::io::{self, BufRead, Write};

use accueil_server::store::sqlite::SqliteStore;
use accueil_server::store::{Account, Alarm, AlarmKind, Borne, Role, Store};
use accueil_server::{Settings, app, password};
use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use wire::enrolment::EnrolmentCode;
use wire::ids::OriginId;

const CODE_LIFE: SignedDuration = SignedDuration::from_hours(24);
const NAME_MAX: usize = 40;
/// As many as a technician reads.
const ALARMS_SHOWN: u32 = 100;

async fn store(settings: &Settings) -> anyhow::Result<SqliteStore> {
    Ok(SqliteStore::open(&settings.store.path).await?)
}

pub(super) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    store(settings).await?;
    writeln!(io::stdout(), "{} is up to date", settings.store.path.display())?;
    Ok(())
}

pub(super) async fn add_user(settings: &Settings, name: String, role: Role) -> anyhow::Result<()> {
    check_name(&name)?;
    let mut password = String::new();
    io::stdin().lock().read_line(&mut password).context("cannot read the password")?;
    let password = password::hash(password.trim_end_matches(['\r', '\n']))?;
    store(settings).await?.put_account(&Account { name: name.clone(), role, password }).await?;
    writeln!(io::stdout(), "{name} may sign in as {role}")?;
    Ok(())
}

pub(super) async fn enrol_code(settings: &Settings, name: Option<String>) -> anyhow::Result<()> {
    name.as_deref().map(check_name).transpose()?;
    let site = app::read_catalogue(&settings.site.catalogue)?.site.id;
    let mut bits = [0; 10];
    getrandom::fill(&mut bits).context("the system gives no random bits")?;
    let code = EnrolmentCode::from_random(bits);
    let expires = Timestamp::now() + CODE_LIFE;
    store(settings).await?.add_code(site, code.hash(), name.as_deref(), expires).await?;
    writeln!(io::stdout(), "{}", code.reveal())?;
    writeln!(io::stderr(), "valid once, until {}", Timestamp::from_second(expires.as_second())?)?;
    Ok(())
}

pub(super) async fn list_bornes(settings: &Settings) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for borne in store(settings).await?.bornes().await? {
        let Borne { id, name, series, hwm, public_key, .. } = &borne;
        let (series, key) = (series.digit(), public_key.fingerprint());
        writeln!(out, "{id}\tseries {series}\t{}\t{hwm} events\tkey {key}\t{name}", state(&borne))?;
    }
    Ok(())
}

pub(super) async fn revoke(settings: &Settings, id: OriginId) -> anyhow::Result<()> {
    if !store(settings).await?.revoke(id, Timestamp::now()).await? {
        bail!("there is no borne {id} with rights to end: see `accueil-server borne list`");
    }
    writeln!(io::stdout(), "{id} is revoked; its series is free on the next service day")?;
    Ok(())
}

pub(super) async fn alarms(settings: &Settings) -> anyhow::Result<()> {
    let store = store(settings).await?;
    let bornes = store.bornes().await?;
    let mut out = io::stdout().lock();
    for Alarm { at, origin, kind, detail } in store.alarms(ALARMS_SHOWN).await? {
        let id = origin.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let name = bornes.iter().find(|borne| Some(borne.id) == origin).map_or("-", |borne| &borne.name);
        let remedy = AlarmKind::ALL.into_iter().find(|known| known.as_str() == kind).map_or("-", AlarmKind::remedy);
        writeln!(out, "{at}\t{kind}\t{id}\t{name}\t{detail}\t{remedy}")?;
    }
    Ok(())
}

fn check_name(name: &str) -> anyhow::Result<()> {
    if !(1..=NAME_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        bail!("a name has 1 to {NAME_MAX} printable characters");
    }
    Ok(())
}

const fn state(borne: &Borne) -> &'static str {
    match (borne.revoked_at, borne.quarantined_at) {
        (Some(_), _) => "revoked",
        (None, Some(_)) => "quarantined",
        (None, None) => "enrolled",
    }
}
