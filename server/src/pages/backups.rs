//! `/admin/sauvegardes`: copies of the store, whether they can be relied on, and one more now.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::REFUSED;
use super::bar::Bar;
use super::page::{Failure, render};
use super::session::Person;
use crate::app::App;
use crate::audit::Action;
use crate::backup::{BackupError, SHOWN, Trouble};
use crate::roles::Permission;
use crate::room::{Access, Rate, Room};
use crate::store::{Backup, BackupOutcome};

/// The page's address.
pub(super) const ADDRESS: &str = "/admin/sauvegardes";

/// How long somebody waits for a copy before they are told that it is under way.
const PATIENCE: Duration = Duration::from_secs(8);

/// How soon after a copy somebody may make another one: each is as large as the store, and is kept for days.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn room(app: &Arc<App>) -> Room {
    Room::new(app, Rate::a_second(1)).get(ADDRESS, Access::MayFreshly(Permission::Backups), page).post(
        ADDRESS,
        Access::MayFreshly(Permission::Backups),
        make,
    )
}

#[derive(Template)]
#[template(path = "upkeep/backups.html")]
struct Page {
    bar: Bar,
    message: Option<&'static str>,
    troubles: Vec<Told>,
    /// Where copies go and when they are made; absent where none are.
    plan: Option<Plan>,
    busy: bool,
    copies: Vec<Line>,
}

struct Plan {
    folder: String,
    at: String,
    days: u16,
}

/// What is wrong, what it means, and what a program said about it.
struct Told {
    title: String,
    text: &'static str,
    detail: String,
}

struct Line {
    at: String,
    state: &'static str,
    good: bool,
    checked: String,
    events: String,
    size: String,
    place: String,
    detail: String,
}

async fn page(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    show(&app, StatusCode::OK, &person, None).await
}

async fn make(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    let now = app.clock.now();
    let known = app.store.backups(SHOWN).await?;
    let kept = |backup: &&Backup| backup.outcome.is_good() || backup.outcome == BackupOutcome::Unchecked;
    if known.iter().filter(kept).any(|backup| now.duration_since(backup.at).abs() < AGAIN) {
        let message = "Une sauvegarde a été faite il y a moins d’une heure. Attendez un peu avant la suivante.";
        return show(&app, REFUSED, &person, Some(message)).await;
    }
    app.audit(person.did(now, Action::Backup, "")).await;
    // It goes on where somebody no longer waits for it.
    let making = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.back_up().await }
    });
    match tokio::time::timeout(PATIENCE, making).await {
        Err(_) => Ok(Redirect::to(ADDRESS).into_response()),
        Ok(Ok(Ok(_))) => Ok(Redirect::to(ADDRESS).into_response()),
        Ok(Ok(Err(BackupError::Store(e)))) => Err(e.into()),
        Ok(Ok(Err(BackupError::Busy))) => {
            let message = "Une sauvegarde est déjà en cours. Attendez qu’elle se termine.";
            show(&app, REFUSED, &person, Some(message)).await
        }
        Ok(Ok(Err(BackupError::Off | BackupError::None(_))) | Err(_)) => {
            let message = "La sauvegarde n’a pas été faite.";
            show(&app, REFUSED, &person, Some(message)).await
        }
    }
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    message: Option<&'static str>,
) -> Result<Response, Failure> {
    let zone = app.backup_zone();
    let settings = &app.copies.settings;
    let plan = settings.folder.as_ref().map(|folder| Plan {
        folder: folder.display().to_string(),
        at: settings.at.strftime("%-H\u{a0}h\u{a0}%M").to_string(),
        days: settings.keep_days.get(),
    });
    let troubles = app.backup_troubles().await?.iter().map(|trouble| told(trouble, &zone)).collect();
    let copies = app.store.backups(SHOWN).await?.iter().map(|backup| line(backup, &zone)).collect();
    let page = Page { bar: Bar::of(person, ADDRESS), message, troubles, plan, busy: app.copies.busy(), copies };
    Ok(render(status, &page))
}

fn told(trouble: &Trouble, zone: &TimeZone) -> Told {
    let of = |backup: &Backup| moment(backup.at, zone);
    match trouble {
        Trouble::Off => Told {
            title: "Aucune sauvegarde n’est faite.".to_owned(),
            text: "Si le disque du serveur tombe en panne, tout est perdu. Indiquez un dossier, de préférence sur un \
                   autre disque, dans les réglages du serveur\u{a0}: «\u{a0}folder\u{a0}» sous «\u{a0}[backup]\u{a0}».",
            detail: String::new(),
        },
        Trouble::Failed(backup) => Told {
            title: format!("La sauvegarde du {} a échoué.", of(backup)),
            text: "Elle est essayée de nouveau une heure après, puis de plus en plus rarement. Vérifiez la place et les droits du dossier.",
            detail: backup.detail.clone(),
        },
        Trouble::Damaged(backup) => Told {
            title: format!("La sauvegarde du {} est abîmée.", of(backup)),
            text: "Elle ne pourrait pas servir. Faites-en une autre, et faites vérifier le disque du dossier.",
            detail: backup.detail.clone(),
        },
        Trouble::Unchecked(backup) => Told {
            title: format!("La sauvegarde du {} n’a pas pu être vérifiée.", of(backup)),
            text: "Le fichier est là, mais rien ne prouve qu’il pourrait servir. La vérification est essayée de nouveau, de \
                   plus en plus rarement.",
            detail: backup.detail.clone(),
        },
        Trouble::NotRestored(backup) => Told {
            title: format!("La sauvegarde du {} a été relue, mais pas restaurée à l’essai.", of(backup)),
            text: "Le rôle du serveur dans PostgreSQL ne peut pas créer de base\u{a0}: donnez-lui le droit CREATEDB pour \
                   que chaque sauvegarde soit restaurée et comparée.",
            detail: String::new(),
        },
        Trouble::Late(Some(backup)) => Told {
            title: format!("La dernière bonne sauvegarde date du {}.", of(backup)),
            text: "Il devrait y en avoir une par jour. Faites-en une maintenant pour voir ce qui l’empêche.",
            detail: String::new(),
        },
        Trouble::Late(None) => Told {
            title: "Il n’y a aucune bonne sauvegarde.".to_owned(),
            text: "Il devrait y en avoir une par jour. Faites-en une maintenant pour voir ce qui l’empêche.",
            detail: String::new(),
        },
    }
}

fn line(backup: &Backup, zone: &TimeZone) -> Line {
    let state = match backup.outcome {
        BackupOutcome::Restored => "Restaurée à l’essai, mêmes événements",
        BackupOutcome::Read => "Relue, non restaurée",
        BackupOutcome::Unchecked => "Non vérifiée",
        BackupOutcome::Damaged => "Abîmée",
        BackupOutcome::Failed => "Échouée",
    };
    let place = if !backup.file.is_empty() {
        format!("{} sur {}", backup.file, backup.host)
    } else if backup.outcome == BackupOutcome::Failed {
        "–".to_owned()
    } else {
        "supprimée depuis".to_owned()
    };
    Line {
        at: moment(backup.at, zone),
        state,
        good: backup.outcome.is_good(),
        checked: backup.checked_at.map_or_else(|| "–".to_owned(), |at| moment(at, zone)),
        events: grouped(backup.events),
        size: size(backup.bytes),
        place,
        detail: backup.detail.clone(),
    }
}

/// `21/11/2026 à 2 h 30`, which does not break.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d/%m/%Y\u{a0}à\u{a0}%-H\u{a0}h\u{a0}%M").to_string()
}

/// `12 345`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if left > 0 && left % 3 == 0 {
            text.push('\u{202f}');
        }
    }
    text
}

pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0 => "–".to_owned(),
        1..1_000_000 => format!("{}\u{a0}ko", bytes.div_ceil(1_000)),
        _ => format!("{}\u{a0}Mo", grouped(bytes.div_ceil(1_000_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_in_french() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(12_345_678), "12\u{202f}345\u{202f}678");
        assert_eq!((size(0), size(1), size(2_500_000)), ("–".into(), "1\u{a0}ko".into(), "3\u{a0}Mo".into()));
        let paris = TimeZone::get("Europe/Paris").unwrap();
        assert_eq!(moment("2026-11-21T01:05:00Z".parse().unwrap(), &paris), "21/11/2026\u{a0}à\u{a0}2\u{a0}h\u{a0}05");
    }
}
