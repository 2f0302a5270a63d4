//! `/parc/mises-a-jour`: which borne gets updates when, and which.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;
use wire::ids::OriginId;
use wire::wanted::{Release, Ring, Wanted};

use super::Answer;
use crate::app::App;
use crate::fleet::Known;
use crate::fleet::rings::{Member, Share, promotion, shares};
use crate::fleet::wanted::{Wish, read};
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::french::count;
use crate::pages::page::{not_found, render};
use crate::pages::session::Person;
use crate::store::StoreError;

/// The page's address.
pub(super) const ADDRESS: &str = "/parc/mises-a-jour";

#[derive(Template)]
#[template(path = "fleet/rings.html")]
struct Page {
    bar: Bar,
    wrong: Option<String>,
    done: Option<String>,
    rings: Vec<RingRow>,
    rows: Vec<Row>,
    asked: Asked,
}

/// A ring.
struct RingRow {
    name: &'static str,
    suite: &'static str,
    members: String,
    /// What runs there.
    runs: Vec<String>,
    /// What is asked for there.
    asked: Vec<String>,
    offer: Option<Offer>,
}

/// What the next ring could be given.
struct Offer {
    version: String,
    next: &'static str,
    because: String,
}

/// A borne.
struct Row {
    id: OriginId,
    name: String,
    ring: &'static str,
    release: String,
    runs: Option<String>,
    state: String,
    chosen: bool,
}

/// What somebody chose.
#[derive(Default)]
struct Asked {
    bornes: Vec<Uuid>,
    ring: String,
    release: String,
    exact: String,
}

impl Asked {
    fn read(body: &[u8]) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "borne" => asked.bornes.extend(value.parse::<Uuid>().ok()),
                "anneau" => asked.ring = value.into_owned(),
                "version" => asked.release = value.into_owned(),
                "exacte" => value.trim().clone_into(&mut asked.exact),
                _ => {}
            }
        }
        asked
    }

    /// What it asks for, or why it cannot be.
    fn change(&self) -> Result<Change, &'static str> {
        let ring = match self.ring.as_str() {
            "" => None,
            "machine" => Some(None),
            name => Some(Some(name.parse::<Ring>().map_err(|_| "Choisissez un des anneaux proposés.")?)),
        };
        let release = match self.release.as_str() {
            "" => None,
            "newest" => Some(Release::Newest),
            "hold" => Some(Release::Hold),
            "exact" => {
                let name =
                    self.exact.parse().map_err(|_| "Écrivez la version comme les paquets la nomment\u{a0}: 0.2.0.");
                Some(Release::Exact(name?))
            }
            _ => return Err("Choisissez une des versions proposées."),
        };
        if ring.is_none() && release.is_none() {
            return Err("Choisissez un anneau ou une version.");
        }
        if self.bornes.is_empty() {
            return Err("Cochez au moins une borne.");
        }
        Ok(Change { ring, release })
    }
}

/// What changes.
struct Change {
    ring: Option<Option<Ring>>,
    release: Option<Release>,
}

impl Change {
    fn of(&self, wanted: &mut Wanted) {
        if let Some(ring) = self.ring {
            wanted.ring = ring;
        }
        if let Some(release) = &self.release {
            wanted.release.clone_from(release);
        }
    }
}

pub(super) async fn page(State(app): State<Arc<App>>, person: Person) -> Answer {
    show(&app, StatusCode::OK, &person, Asked::default(), None, None).await
}

pub(super) async fn change(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Answer {
    let asked = Asked::read(&body);
    let change = match asked.change() {
        Ok(change) => change,
        Err(why) => return show(&app, REFUSED, &person, asked, Some(why.to_owned()), None).await,
    };
    let all = here(&app, &person).await?;
    let mut chosen = Vec::new();
    for id in &asked.bornes {
        let Some(known) = all.iter().find(|known| known.borne.id.0 == *id) else {
            return Ok(not_found().await);
        };
        chosen.push(known);
    }
    let mut changed = 0;
    for known in chosen {
        changed += usize::from(app.want(&person, known, None, |wanted| change.of(wanted)).await? == Wish::Made);
    }
    show(&app, StatusCode::OK, &person, Asked::default(), None, Some(told(changed))).await
}

/// Which ring's version goes on to the next one, and which version that was when the page was drawn.
#[derive(Deserialize)]
pub(super) struct Promoted {
    anneau: String,
    version: String,
}

pub(super) async fn promote(
    State(app): State<Arc<App>>,
    person: Person,
    axum::Form(asked): axum::Form<Promoted>,
) -> Answer {
    let all = here(&app, &person).await?;
    let members = members(&app, &person, &all).await?;
    let offered = asked.anneau.parse::<Ring>().ok().and_then(|ring| promotion(&members, ring));
    let Some((_, release, next)) = offered.filter(|(share, _, _)| share.version == asked.version) else {
        let wrong = "Ce que fait tourner cet anneau a changé entre-temps. Rien n’a changé\u{a0}: regardez de nouveau.";
        return show(&app, REFUSED, &person, Asked::default(), Some(wrong.to_owned()), None).await;
    };
    let mut changed = 0;
    for member in members.iter().filter(|member| member.wanted.ring == Some(next)) {
        let exact = Release::Exact(release.clone());
        let made = app.want(&person, member.known, None, |wanted| wanted.release.clone_from(&exact)).await?;
        changed += usize::from(made == Wish::Made);
    }
    show(&app, StatusCode::OK, &person, Asked::default(), None, Some(told(changed))).await
}

fn told(changed: usize) -> String {
    match changed {
        0 => "Rien n’a changé\u{a0}: c’était déjà demandé.".to_owned(),
        1 => "C’est demandé. La borne l’apprend à son prochain échange, dans la minute.".to_owned(),
        n => format!("C’est demandé à {n}\u{a0}bornes. Elles l’apprennent à leur prochain échange, dans la minute."),
    }
}

/// The bornes of the person's site that are not retired.
async fn here(app: &App, person: &Person) -> Result<Vec<Known>, StoreError> {
    let mut all = app.bornes_of(&person.site).await?;
    all.retain(|known| known.borne.revoked_at.is_none());
    Ok(all)
}

async fn members<'a>(app: &App, person: &Person, all: &'a [Known]) -> Result<Vec<Member<'a>>, StoreError> {
    let (now, wanted) = (app.clock.now(), app.store.all_wanted(person.site.id).await?);
    let norm = app.norm_of(&person.site, now).await?;
    let of = |known: &'a Known| {
        let wanted = wanted.iter().find(|wanted| wanted.borne == known.borne.id).and_then(read);
        Member::of(known, wanted, &norm, now)
    };
    Ok(all.iter().map(of).collect())
}

async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    asked: Asked,
    wrong: Option<String>,
    done: Option<String>,
) -> Answer {
    let all = here(app, person).await?;
    let members = members(app, person, &all).await?;
    let page = Page {
        bar: Bar::of(person, super::ADDRESS),
        wrong,
        done,
        rings: Ring::ALL.into_iter().map(|ring| ring_row(&members, ring)).collect(),
        rows: members.iter().map(|member| row(member, &asked)).collect(),
        asked,
    };
    Ok(render(status, &page))
}

fn ring_row(members: &[Member<'_>], ring: Ring) -> RingRow {
    let own: Vec<&Member<'_>> = members.iter().filter(|member| member.wanted.ring == Some(ring)).collect();
    let runs = shares(own.iter().copied());
    let runs = runs.iter().map(|share| {
        let run = (share.all > 0)
            .then(|| format!("{}, dont {} sans alarme", count(share.all, "borne", "bornes"), share.well));
        let fell_back = (share.taken_back > 0)
            .then(|| format!("essayée et reprise par {}", count(share.taken_back, "borne", "bornes")));
        let told: Vec<String> = run.into_iter().chain(fell_back).collect();
        format!("{}\u{a0}: {}", share.version, told.join(", "))
    });
    let mut asked: Vec<String> = own.iter().map(|member| release(&member.wanted.release)).collect();
    asked.sort();
    asked.dedup();
    let offer = promotion(members, ring).map(|(share, version, next)| Offer {
        version: version.to_string(),
        next: name(next),
        because: because(&share, own.len()),
    });
    RingRow {
        name: name(ring),
        suite: ring.as_str(),
        members: count(own.len(), "borne", "bornes"),
        runs: runs.collect(),
        asked,
        offer,
    }
}

/// What speaks for giving a version to the next ring, and what against it.
fn because(share: &Share, members: usize) -> String {
    let runs = format!(
        "{} sur {} la {} tourner sans alarme.",
        share.well,
        count(members, "borne", "bornes"),
        if share.well < 2 { "fait" } else { "font" }
    );
    match share.taken_back {
        0 => runs,
        1 => format!("{runs} 1\u{a0}borne l’a essayée et reprise\u{a0}: regardez d’abord pourquoi."),
        n => format!("{runs} {n}\u{a0}bornes l’ont essayée et reprise\u{a0}: regardez d’abord pourquoi."),
    }
}

fn row(member: &Member<'_>, asked: &Asked) -> Row {
    let borne = &member.known.borne;
    let state = match (&member.wanted.release, member.runs()) {
        (_, None) => "Elle n’a encore rien dit",
        (Release::Exact(version), Some(runs)) if version.as_str() == runs => "En service",
        (_, Some(_)) if !member.holds() => "Pas encore apprise",
        (Release::Exact(version), Some(_)) if Some(version.as_str()) == member.took_back() => "Essayée et reprise",
        (Release::Exact(_), Some(_)) => "Apprise, s’installe quand la salle est fermée",
        (Release::Hold, Some(_)) => "Ne change pas",
        (Release::Newest, Some(_)) => "Suit son anneau",
    };
    Row {
        id: borne.id,
        name: borne.name.clone(),
        ring: member.wanted.ring.map_or("Celui de la machine", name),
        release: release(&member.wanted.release),
        runs: member.runs().map(str::to_owned),
        state: match (&member.wanted.release, member.took_back()) {
            (Release::Newest, Some(version)) => format!("{state}. {version} essayée et reprise"),
            _ => state.to_owned(),
        },
        chosen: asked.bornes.contains(&borne.id.0),
    }
}

const fn name(ring: Ring) -> &'static str {
    match ring {
        Ring::Pilot => "Pilote",
        Ring::Early => "En avance",
        Ring::Stable => "Stable",
    }
}

fn release(release: &Release) -> String {
    match release {
        Release::Newest => "La plus récente".to_owned(),
        Release::Hold => "Celle qu’elle a".to_owned(),
        Release::Exact(version) => version.to_string(),
    }
}
