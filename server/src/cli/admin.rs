//! Commands that work on the store, beside a running server or without one.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use accueil_server::audit::{Action, Diff};
use accueil_server::roles::Role;
use accueil_server::store::{Alarm, AlarmKind, Borne, DisplayCode, Grant, NewAccount, Store};
use accueil_server::{Settings, password};
use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use wire::catalogue::Site;
use wire::enrolment::EnrolmentCode;
use wire::ids::{DisplayId, Language, OriginId, SiteId};

use super::audit;

const CODE_LIFE: SignedDuration = SignedDuration::from_hours(24);
const NAME_MAX: usize = 40;
/// As many as a technician reads.
const ALARMS_SHOWN: u32 = 100;

async fn store(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    Ok(accueil_server::store::open(&settings.store.address).await?)
}

pub(super) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    store(settings).await?;
    writeln!(io::stdout(), "{} is up to date", settings.store.address)?;
    Ok(())
}

pub(super) async fn add_user(settings: &Settings, name: String, site: Option<&Site>, role: Role) -> anyhow::Result<()> {
    check_name(&name)?;
    let mut password = String::new();
    io::stdin().lock().read_line(&mut password).context("cannot read the password")?;
    let password = password::hash(password.trim_end_matches(['\r', '\n']))?;
    let store = store(settings).await?;
    let account = NewAccount { name: name.clone(), password: Some(password), ..NewAccount::default() };
    let id = store.put_account(&account).await?;
    store.set_grants(id, &[Grant { site: site.map(|site| site.id), role }]).await?;
    let changed = Diff::none().with("rôle", (), role.as_str()).with("mot de passe", (), "donné");
    audit::keep(store.as_ref(), site.map(|site| site.id), Action::Account, &name, changed).await?;
    match site {
        None => writeln!(io::stdout(), "{name} may sign in as {role}")?,
        Some(site) => writeln!(io::stdout(), "{name} may sign in as {role} at {}", site.name.get(Language::Fr))?,
    }
    Ok(())
}

pub(super) async fn enrol_code(settings: &Settings, site: SiteId, name: Option<String>) -> anyhow::Result<()> {
    name.as_deref().map(check_name).transpose()?;
    let mut bits = [0; 10];
    getrandom::fill(&mut bits).context("the system gives no random bits")?;
    let code = EnrolmentCode::from_random(bits);
    let expires = Timestamp::now() + CODE_LIFE;
    let store = store(settings).await?;
    store.add_code(site, code.hash(), name.as_deref(), expires).await?;
    let given = Diff::none().with("enrôlement", (), "une borne dans les 24 h");
    audit::keep(store.as_ref(), Some(site), Action::Borne, name.as_deref().unwrap_or("-"), given).await?;
    writeln!(io::stdout(), "{}", code.reveal())?;
    writeln!(io::stderr(), "valid once, until {}", Timestamp::from_second(expires.as_second())?)?;
    Ok(())
}

pub(super) async fn display_code(settings: &Settings, site: SiteId, display: DisplayId) -> anyhow::Result<()> {
    let mut bits = [0; 10];
    getrandom::fill(&mut bits).context("the system gives no random bits")?;
    let code = EnrolmentCode::from_random(bits);
    let now = Timestamp::now();
    let expires_at = now + CODE_LIFE;
    let kept = DisplayCode { hash: code.hash(), site, display, expires_at };
    let store = store(settings).await?;
    store.add_display_code(&kept, now).await?;
    let given = Diff::none().with("enrôlement", (), "un écran dans les 24 h");
    audit::keep(store.as_ref(), Some(site), Action::Display, kept.display.as_str(), given).await?;
    writeln!(io::stdout(), "{}", code.reveal())?;
    writeln!(io::stderr(), "valid once, until {}", Timestamp::from_second(expires_at.as_second())?)?;
    Ok(())
}

pub(super) async fn list_bornes(settings: &Settings, site: SiteId) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for borne in store(settings).await?.bornes(site).await? {
        let Borne { id, name, series, hwm, public_key, .. } = &borne;
        let (series, key) = (series.digit(), public_key.fingerprint());
        writeln!(out, "{id}\tseries {series}\t{}\t{hwm} events\tkey {key}\t{name}", state(&borne))?;
    }
    Ok(())
}

pub(super) async fn revoke(settings: &Settings, id: OriginId) -> anyhow::Result<()> {
    let store = store(settings).await?;
    let site = store.borne(id).await?.map(|borne| borne.site);
    if !store.revoke(id, Timestamp::now()).await? {
        bail!("there is no borne {id} with rights to end: see `accueil-server borne list`");
    }
    audit::keep(store.as_ref(), site, Action::Borne, &id.to_string(), Diff::none().with("état", "enrôlée", "révoquée"))
        .await?;
    writeln!(io::stdout(), "{id} is revoked; its series is free on the next service day")?;
    Ok(())
}

pub(super) async fn alarms(settings: &Settings, site: SiteId) -> anyhow::Result<()> {
    let store = store(settings).await?;
    let bornes = store.bornes(site).await?;
    let mut out = io::stdout().lock();
    for Alarm { at, origin, kind, detail, .. } in store.alarms(site, ALARMS_SHOWN).await? {
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
