//! `/parc/{borne}/configuration`: the settings that are changed from afar, each change shown before it is asked for, and
//! taken back by a version that is the same as one before.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;
use wire::ids::OriginId;
use wire::report::{SettingFrom, SettingsReport};
use wire::wanted::{SETTINGS, VALUE_MAX, Wanted};

use super::Answer;
use super::borne::Hangs;
use crate::app::App;
use crate::fleet::Known;
use crate::fleet::wanted::{Wish, read};
use crate::pages::REFUSED;
use crate::pages::backups::moment;
use crate::pages::bar::Bar;
use crate::pages::page::{not_found, render};
use crate::pages::session::Person;
use crate::store::{StoreError, WantedVersion};

/// As many versions as are shown.
const SHOWN: u32 = 30;

/// Names and values.
type Settings = BTreeMap<String, String>;

#[derive(Template)]
#[template(path = "fleet/configuration.html")]
struct Page {
    bar: Bar,
    id: OriginId,
    name: String,
    wrong: Option<&'static str>,
    /// What the borne says that it cannot take.
    refused: Option<String>,
    state: &'static str,
    rows: Vec<Row>,
    /// What is measured at the machine, and not changed from afar.
    mounting: Option<Hangs>,
    versions: Vec<Version>,
}

/// A setting.
struct Row {
    key: &'static str,
    name: &'static str,
    help: &'static str,
    /// What is in force, and where it comes from.
    now: Option<(String, &'static str)>,
    wanted: String,
}

/// A version that was wanted.
struct Version {
    number: u64,
    at: String,
    by: String,
    lines: Vec<Line>,
    /// It is what is wanted now.
    is_latest: bool,
}

/// A setting that differs.
struct Line {
    name: &'static str,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "fleet/difference.html")]
struct Difference {
    bar: Bar,
    id: OriginId,
    name: String,
    version: u64,
    lines: Vec<Line>,
    fields: Vec<(&'static str, String)>,
    others: usize,
}

/// What somebody typed.
#[derive(Default)]
struct Asked {
    /// Which version it was drawn beside.
    version: u64,
    settings: Settings,
    /// Also at the other bornes of the site.
    all: bool,
}

impl Asked {
    fn read(body: &[u8]) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "version" => asked.version = value.parse().unwrap_or_default(),
                "toutes" => asked.all = true,
                key if SETTINGS.contains(&key) && !value.trim().is_empty() => {
                    asked.settings.insert(key.to_owned(), value.trim().to_owned());
                }
                _ => {}
            }
        }
        asked
    }

    /// Why a borne could not be told; what it can do with it, it says itself.
    fn wrong(&self) -> Option<&'static str> {
        let long = |value: &String| value.len() > VALUE_MAX || value.chars().any(char::is_control);
        self.settings.values().any(long).then_some("Une valeur est trop longue. Rien n’a changé.")
    }
}

pub(super) async fn page(State(app): State<Arc<App>>, person: Person, Path(borne): Path<Uuid>) -> Answer {
    show(&app, StatusCode::OK, &person, borne, None, None).await
}

/// Shows what would change.
pub(super) async fn compare(
    State(app): State<Arc<App>>,
    person: Person,
    Path(borne): Path<Uuid>,
    body: Bytes,
) -> Answer {
    let asked = Asked::read(&body);
    let Some((known, others)) = find(&app, &person, borne).await? else {
        return Ok(not_found().await);
    };
    let wanted = app.wanted_of(known.borne.id).await?.unwrap_or(Wanted::nothing(known.borne.id));
    let lines = lines(&wanted.settings, &asked.settings);
    let wrong = asked.wrong().or_else(|| lines.is_empty().then_some("Rien ne change\u{a0}: c’est déjà demandé."));
    if wrong.is_some() {
        return show(&app, REFUSED, &person, borne, wrong, Some(asked.settings)).await;
    }
    let fields = SETTINGS.iter().filter_map(|key| Some((*key, asked.settings.get(*key)?.clone())));
    let page = Difference {
        bar: Bar::of(&person, super::ADDRESS),
        id: known.borne.id,
        name: known.borne.name.clone(),
        version: wanted.version,
        lines,
        fields: fields.collect(),
        others: others.len(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Asks for what was shown; of all bornes of the site, only what differs: what is special to one stays so.
pub(super) async fn apply(State(app): State<Arc<App>>, person: Person, Path(borne): Path<Uuid>, body: Bytes) -> Answer {
    let asked = Asked::read(&body);
    let Some((known, others)) = find(&app, &person, borne).await? else {
        return Ok(not_found().await);
    };
    let before = app.wanted_of(known.borne.id).await?.unwrap_or(Wanted::nothing(known.borne.id));
    if let Some(wrong) = asked.wrong() {
        return show(&app, REFUSED, &person, borne, Some(wrong), None).await;
    }
    let change = |wanted: &mut Wanted| wanted.settings.clone_from(&asked.settings);
    if app.want(&person, &known, Some(asked.version), change).await? == Wish::Overtaken {
        let wrong = "Quelqu’un a changé ces réglages entre-temps. Rien n’a changé\u{a0}: regardez ce qui est demandé maintenant.";
        return show(&app, REFUSED, &person, borne, Some(wrong), None).await;
    }
    if asked.all {
        for other in &others {
            let change = |wanted: &mut Wanted| carry_over(&before.settings, &asked.settings, &mut wanted.settings);
            app.want(&person, other, None, change).await?;
        }
    }
    Ok(Redirect::to(&address(known.borne.id)).into_response())
}

/// Which version's settings are to hold again.
#[derive(Deserialize)]
pub(super) struct Again {
    version: u64,
}

/// Makes a version that is the same as one before, as far as settings go.
pub(super) async fn again(
    State(app): State<Arc<App>>,
    person: Person,
    Path(borne): Path<Uuid>,
    axum::Form(Again { version }): axum::Form<Again>,
) -> Answer {
    let Some((known, _)) = find(&app, &person, borne).await? else {
        return Ok(not_found().await);
    };
    let versions = app.store.wanted_before(known.borne.id, SHOWN).await?;
    let Some(settings) = settings_of(&versions, version) else {
        return Ok(not_found().await);
    };
    app.want(&person, &known, None, |wanted| wanted.settings.clone_from(&settings)).await?;
    Ok(Redirect::to(&address(known.borne.id)).into_response())
}

/// The settings of a version, where it is one of these.
fn settings_of(versions: &[WantedVersion], version: u64) -> Option<Settings> {
    versions.iter().find(|kept| kept.version == version).and_then(read).map(|wanted| wanted.settings)
}

fn address(borne: OriginId) -> String {
    format!("{}/{borne}/configuration", super::ADDRESS)
}

/// A borne of the person's site that is not retired, and the others.
async fn find(app: &App, person: &Person, borne: Uuid) -> Result<Option<(Known, Vec<Known>)>, StoreError> {
    let mut all = app.bornes_of(&person.site).await?;
    all.retain(|known| known.borne.revoked_at.is_none());
    let at = all.iter().position(|known| known.borne.id.0 == borne);
    Ok(at.map(|at| (all.remove(at), all)))
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    borne: Uuid,
    wrong: Option<&'static str>,
    typed: Option<Settings>,
) -> Answer {
    let Some((known, _)) = find(app, person, borne).await? else {
        return Ok(not_found().await);
    };
    let id = known.borne.id;
    let kept = app.store.wanted_before(id, SHOWN).await?;
    let wanted = kept.first().and_then(read).unwrap_or(Wanted::nothing(id));
    let report = known.report.as_ref().map(|(_, report)| report);
    let settings = report.and_then(|report| report.settings.as_ref());
    let held = report.and_then(|report| report.wanted).unwrap_or_default();
    let refused = settings.and_then(|settings| settings.refused.clone()).filter(|_| held >= wanted.version);
    let state = match (settings, held >= wanted.version) {
        (None, _) => {
            "Cette borne n’a encore rien dit de ses réglages. Une version plus ancienne ne les prend pas d’ici."
        }
        (Some(_), false) => "Elle apprend ce qui est demandé à son prochain échange.",
        (Some(_), true) if refused.is_some() => "Elle refuse ce qui est demandé, et garde les réglages qu’elle avait.",
        (Some(_), true) => "Elle connaît ce qui est demandé. Un changement entre en vigueur entre deux visites.",
    };
    let shown = typed.as_ref().unwrap_or(&wanted.settings);
    let page = Page {
        bar: Bar::of(person, super::ADDRESS),
        id,
        name: known.borne.name.clone(),
        wrong,
        refused,
        state,
        rows: SETTINGS.iter().map(|key| row(key, settings, shown)).collect(),
        mounting: report.and_then(|report| report.panel).map(Hangs::of),
        versions: versions(&kept, &person.site.zone),
    };
    Ok(render(status, &page))
}

fn row(key: &'static str, report: Option<&SettingsReport>, wanted: &Settings) -> Row {
    let now = report.and_then(|report| report.in_force.iter().find(|setting| setting.key == key));
    let (name, help) = words(key);
    Row {
        key,
        name,
        help,
        now: now.map(|setting| (shown(&setting.value), from(setting.from))),
        wanted: wanted.get(key).cloned().unwrap_or_default(),
    }
}

/// Each version beside the one before; of the oldest that is read, none is known where it is not the first.
fn versions(kept: &[WantedVersion], zone: &jiff::tz::TimeZone) -> Vec<Version> {
    let latest = kept.first().map(|version| version.version);
    let of = |version: &WantedVersion| read(version).map(|wanted| wanted.settings).unwrap_or_default();
    let each = kept.iter().enumerate().map(|(at, version)| Version {
        number: version.version,
        at: moment(version.at, zone),
        by: version.by.clone(),
        lines: lines(&kept.get(at + 1).map(of).unwrap_or_default(), &of(version)),
        is_latest: Some(version.version) == latest,
    });
    each.collect()
}

/// What differs, a line a setting.
fn lines(before: &Settings, after: &Settings) -> Vec<Line> {
    let value = |settings: &Settings, key: &str| {
        settings.get(key).map_or_else(|| "comme la machine le dit".to_owned(), |value| shown(value))
    };
    let differ = SETTINGS.iter().filter(|key| before.get(**key) != after.get(**key));
    differ.map(|key| Line { name: words(key).0, before: value(before, key), after: value(after, key) }).collect()
}

/// Makes of other settings those that differ between two: what is special to them stays.
fn carry_over(before: &Settings, after: &Settings, others: &mut Settings) {
    for key in SETTINGS.iter().filter(|key| before.get(**key) != after.get(**key)) {
        match after.get(*key) {
            Some(value) => drop(others.insert((*key).to_owned(), value.clone())),
            None => drop(others.remove(*key)),
        }
    }
}

fn shown(value: &str) -> String {
    if value.is_empty() { "rien".to_owned() } else { value.to_owned() }
}

const fn from(from: SettingFrom) -> &'static str {
    match from {
        SettingFrom::Default => "d’origine",
        SettingFrom::File => "borne.toml",
        SettingFrom::Server => "d’ici",
        SettingFrom::Start => "donné au démarrage",
        SettingFrom::Other => "ailleurs",
    }
}

/// What a setting is called, and what it takes.
fn words(key: &str) -> (&'static str, &'static str) {
    match key {
        "panel.theme" => ("Couleurs", "standard, high_contrast ou night"),
        "panel.night" => ("Heures des couleurs de nuit", "17:30-08:00"),
        "backlight.percent" => ("Éclairage de l’écran", "20 à 100"),
        "audio.rate_wpm" => ("Vitesse de la voix", "80 à 300 mots par minute"),
        "audio.quiet_hours" => ("Heures où les sons sont plus doux", "20:00-08:00"),
        "printer.profile" => ("Profil de l’imprimante", "un profil livré\u{a0}: il dit la largeur du papier"),
        "gpio.presence_hold_s" => ("Mémoire du détecteur de présence", "1 à 600 secondes"),
        _ => ("Autre réglage", ""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some_settings() -> impl Strategy<Value = Settings> {
        prop::collection::btree_map(prop::sample::select(SETTINGS.to_vec()).prop_map(str::to_owned), "[a-c]", 0..5)
    }

    proptest! {
        #[test]
        fn what_is_carried_over_and_back_leaves_what_was_special(
            before in some_settings(), after in some_settings(), other in some_settings(),
        ) {
            let mut carried = other.clone();
            carry_over(&before, &after, &mut carried);
            for key in SETTINGS {
                let expected = if before.get(key) == after.get(key) { other.get(key) } else { after.get(key) };
                prop_assert_eq!(carried.get(key), expected);
            }
            let mut same = before.clone();
            carry_over(&before, &after, &mut same);
            prop_assert_eq!(same, after);
        }
    }

    #[test]
    fn every_setting_has_a_name_and_says_what_it_takes() {
        for key in SETTINGS {
            let (name, help) = words(key);
            assert!(name != "Autre réglage" && !help.is_empty(), "{key}");
        }
    }
}
