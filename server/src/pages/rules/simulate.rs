//! `/regles/simuler`: what other rules would have made of a day that was. It compares, promises nothing, activates nothing.

use askama::Template;
use axum::Form;
use http::StatusCode;
use jiff::SignedDuration;
use queue_engine::Policy;
use queue_engine::simulation::{Report, Waits};
use serde::Deserialize;
use wire::service_day::ServiceDay;

use super::Answer;
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::french::{date, service, span};
use crate::pages::page::render;
use crate::pages::session::Person;
use crate::replay::{Checked, Replay};
use crate::site::Plan;
use crate::store::{KEPT_DAYS, PublicationKind, StoreError};

/// As many versions as may be tried.
const VERSIONS: u32 = 20;

#[derive(Template)]
#[template(path = "rules/simulate.html")]
struct Page {
    bar: Bar,
    message: Option<String>,
    days: Vec<Choice>,
    rules: Vec<Choice>,
    result: Option<Shown>,
}

struct Choice {
    value: String,
    text: String,
    chosen: bool,
}

/// What came of it.
struct Shown {
    day: String,
    against: String,
    tickets: usize,
    /// Enough tickets to conclude anything.
    conclusive: bool,
    lanes: Vec<Row>,
    services: Vec<Row>,
    figures: Vec<(&'static str, String, String)>,
    checked: String,
}

/// Waits of some people, by either rules.
struct Row {
    name: String,
    people: usize,
    current: [String; 3],
    proposed: [String; 3],
    /// Whether the longest waits get better or worse, in words.
    change: String,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    jour: String,
    contre: String,
}

pub(super) async fn page(person: Person) -> Answer {
    show(StatusCode::OK, &person, None, None, None).await
}

pub(super) async fn run(person: Person, Form(fields): Form<Fields>) -> Answer {
    let site = &person.site;
    let now = site.clock.now();
    let day = fields.jour.parse().ok().filter(|day| days(site.live.read(now, queue_engine::Hall::day)).contains(day));
    let Some(day) = day else {
        let text = "Choisissez un des jours proposés\u{a0}: les tickets sont gardés sept jours.";
        return show(REFUSED, &person, Some(text.into()), Some(&fields), None).await;
    };
    let Some((against, proposed)) = proposed(&person, &fields.contre).await? else {
        let text = "Ces règles n’existent plus. Choisissez-en d’autres.";
        return show(REFUSED, &person, Some(text.into()), Some(&fields), None).await;
    };
    let replay = site.replay(day, proposed).await?;
    let shown = shown(&site.plan(), day, against, &replay);
    show(StatusCode::OK, &person, None, Some(&fields), Some(shown)).await
}

/// The days whose tickets are kept, the last one first.
fn days(today: ServiceDay) -> Vec<ServiceDay> {
    (0..=KEPT_DAYS).map(|back| today.days_before(back)).collect()
}

/// The rules to try, and what they are called.
async fn proposed(person: &Person, which: &str) -> Result<Option<(String, Policy)>, StoreError> {
    if which == "brouillon" {
        return Ok(person.site.drafted().await?.map(|drafted| ("le brouillon".to_owned(), drafted.policy)));
    }
    let Ok(version) = which.parse::<u64>() else { return Ok(None) };
    Ok(person.site.rules_of(version).await?.map(|policy| (format!("la version {version}"), policy)))
}

fn shown(plan: &Plan, day: ServiceDay, against: String, replay: &Replay) -> Shown {
    let Replay { current, proposed, checked } = replay;
    let rows = |of: &dyn Fn(&Report) -> Waits, name: &str| row(name.to_owned(), of(current), of(proposed));
    let lanes = vec![
        rows(&|report| report.all, "Toutes les personnes"),
        rows(&|report| report.with_priority, "Personnes prioritaires"),
        rows(&|report| report.with_appointment, "Rendez-vous"),
        rows(&|report| report.ordinary, "Autres personnes"),
    ];
    let of_service = |(id, waits): (&wire::ids::ServiceId, &Waits)| {
        row(service(plan, id), *waits, proposed.by_service.get(id).copied().unwrap_or_default())
    };
    Shown {
        day: date(day.0),
        against,
        tickets: current.tickets,
        conclusive: current.is_conclusive(),
        lanes: lanes.into_iter().filter(|row| row.people > 0).collect(),
        services: current.by_service.iter().map(of_service).collect(),
        figures: figures(current, proposed),
        checked: said(*checked),
    }
}

fn figures(current: &Report, proposed: &Report) -> Vec<(&'static str, String, String)> {
    let share = |report: &Report| {
        let share = report.commitment.share();
        share.map_or_else(|| "aucun engagement".to_owned(), |share| format!("{:.0}\u{a0}%", share * 100.0))
    };
    let each = |of: &dyn Fn(&Report) -> usize| (of(current).to_string(), of(proposed).to_string());
    let (overtaken, absent, gave_up, not_received, left) = (
        each(&|report| report.overtaken),
        each(&|report| report.absent),
        each(&|report| report.gave_up),
        each(&|report| report.not_received),
        each(&|report| report.left_waiting),
    );
    vec![
        ("Dans l’engagement d’attente", share(current), share(proposed)),
        ("Personnes dépassées par une autre, arrivée après, pour la même démarche", overtaken.0, overtaken.1),
        ("Absences", absent.0, absent.1),
        ("Renoncements", gave_up.0, gave_up.1),
        ("Non reçus à la clôture de la journée", not_received.0, not_received.1),
        ("Encore en attente à la fin", left.0, left.1),
    ]
}

fn row(name: String, current: Waits, proposed: Waits) -> Row {
    let texts =
        |waits: Waits| [waits.median_s, waits.p90_s, waits.longest_s].map(|s| span(SignedDuration::from_secs(s)));
    let more = (proposed.p90_s - current.p90_s) / 60;
    let change = match more {
        0 => "pareil".to_owned(),
        more if more > 0 => format!("+{more}\u{a0}min"),
        less => format!("−{}\u{a0}min", less.unsigned_abs()),
    };
    Row { name, people: current.people, current: texts(current), proposed: texts(proposed), change }
}

/// How far the day's own calls are chosen again by the rules they were made by.
fn said(Checked { calls, same, by_hand }: Checked) -> String {
    let hand = match by_hand {
        0 => String::new(),
        1 => " Un appel choisi à la main n’est pas compté.".to_owned(),
        n => format!(" {n}\u{a0}appels choisis à la main ne sont pas comptés."),
    };
    match calls {
        0 => format!("Aucun appel de ce jour n’est vérifiable.{hand}"),
        _ if same == calls => {
            format!(
                "Vérification\u{a0}: aux instants d’appel de ce jour, ses règles choisissent les mêmes personnes ({same}\u{a0}appels sur {calls}).{hand}"
            )
        }
        _ => format!(
            "Vérification\u{a0}: aux instants d’appel de ce jour, ses règles choisissent la même personne pour {same}\u{a0}appels sur {calls}. Des tickets sont arrivés après coup, ou la configuration a changé.{hand}"
        ),
    }
}

async fn show(
    status: StatusCode,
    person: &Person,
    message: Option<String>,
    asked: Option<&Fields>,
    result: Option<Shown>,
) -> Answer {
    let site = &*person.site;
    let today = site.live.read(site.clock.now(), queue_engine::Hall::day);
    let (jour, contre) = asked.map_or(("", ""), |fields| (&*fields.jour, &*fields.contre));
    let day = |(back, day): (usize, ServiceDay)| Choice {
        value: day.to_string(),
        text: if back == 0 { format!("{} (aujourd’hui, jusqu’à maintenant)", date(day.0)) } else { date(day.0) },
        chosen: if jour.is_empty() { back == 1 } else { day.to_string() == jour },
    };
    let mut rules = Vec::new();
    if site.drafted().await?.is_some() {
        let chosen = contre.is_empty() || contre == "brouillon";
        rules.push(Choice { value: "brouillon".into(), text: "Le brouillon".into(), chosen });
    }
    let heads = site.store.publications(site.id, PublicationKind::Policy, VERSIONS).await?;
    let known = heads.iter().map(|head| head.version).chain(std::iter::once(0));
    let current = u64::from(site.plan().policy.version);
    rules.extend(known.map(|version| {
        let text = match version {
            n if n == current => format!("La version {n} (en vigueur)"),
            0 => "Les règles d’origine".to_owned(),
            n => format!("La version {n}"),
        };
        Choice { value: version.to_string(), text, chosen: version.to_string() == contre }
    }));
    let page = Page {
        bar: Bar::of(person, "/regles"),
        message,
        days: days(today).into_iter().enumerate().map(day).collect(),
        rules,
        result,
    };
    Ok(render(status, &page))
}
