//! What the pages of rules show.

use std::collections::BTreeMap;

use askama::Template;
use jiff::Timestamp;
use queue_engine::Policy;
use wire::ids::AgentRef;

use crate::pages::bar::Bar;
use crate::pages::french::moment;
use crate::pages::session::Person;
use crate::rules::sentences::{self, Chapter};
use crate::rules::{Names, faults};
use crate::site::Site;
use crate::store::{PublicationHead, PublicationKind, StoreError};

/// As many versions as are listed.
const VERSIONS: u32 = 50;

/// The rules in force, the draft, the versions.
#[derive(Template)]
#[template(path = "rules/page.html")]
pub(super) struct Overview {
    bar: Bar,
    message: Option<String>,
    version: u32,
    chapters: Vec<Chapter>,
    cautions: Vec<&'static str>,
    draft: Option<DraftShown>,
    versions: Vec<Version>,
    /// « samedi 21 novembre à 4 h 00 »
    next_day: String,
}

struct DraftShown {
    revision: u64,
    by: String,
    at: String,
    faults: Vec<String>,
    cautions: Vec<&'static str>,
    /// What it says otherwise than the rules in force.
    changes: Vec<Change>,
}

struct Version {
    number: u64,
    by: String,
    at: String,
    from: String,
    reason: String,
    state: &'static str,
    in_force: bool,
}

/// A version, with what it changed.
#[derive(Template)]
#[template(path = "rules/version.html")]
pub(super) struct VersionPage {
    bar: Bar,
    number: u64,
    published: Option<(String, String, String)>,
    reason: String,
    chapters: Vec<Chapter>,
    in_force: bool,
    changes: Vec<Change>,
}

/// What one says otherwise than another, about one matter.
pub(super) struct Change {
    pub(super) title: &'static str,
    pub(super) gone: Vec<String>,
    pub(super) new: Vec<String>,
}

/// What `to` says otherwise than `from`.
pub(super) fn changes(from: &Policy, to: &Policy, names: &Names) -> Vec<Change> {
    let (before, after) = (sentences::of(from, names), sentences::of(to, names));
    let of = |all: &[Chapter], title: &str| {
        all.iter().find(|chapter| chapter.title == title).map_or_else(Vec::new, |chapter| chapter.sentences.clone())
    };
    let mut titles: Vec<&'static str> = before.iter().chain(&after).map(|chapter| chapter.title).collect();
    titles.dedup();
    let mut seen = std::collections::BTreeSet::new();
    titles.retain(|title| seen.insert(*title));
    let change = |title: &'static str| {
        let (old, new) = (of(&before, title), of(&after, title));
        let gone: Vec<String> = old.iter().filter(|sentence| !new.contains(sentence)).cloned().collect();
        let new: Vec<String> = new.into_iter().filter(|sentence| !old.contains(sentence)).collect();
        Change { title, gone, new }
    };
    titles.into_iter().map(change).filter(|change| !change.gone.is_empty() || !change.new.is_empty()).collect()
}

fn cautions(policy: &Policy) -> Vec<&'static str> {
    policy.cautions().into_iter().map(queue_engine::policy::Caution::in_french).collect()
}

/// Who did what is named by their account, gone ones by their number.
fn by(names: &Names, agent: Option<AgentRef>) -> String {
    let Some(agent) = agent else { return "la configuration".to_owned() };
    let known: BTreeMap<_, _> = names.agents.iter().cloned().collect();
    known.get(&agent).cloned().unwrap_or_else(|| format!("compte {agent}"))
}

impl Overview {
    pub(super) async fn draw(person: &Person, message: Option<String>) -> Result<Self, StoreError> {
        let site = &*person.site;
        let (now, plan, names) = (site.clock.now(), site.plan(), site.names().await?);
        let draft = site.drafted().await?.map(|drafted| DraftShown {
            revision: drafted.draft.revision,
            by: by(&names, drafted.draft.by),
            at: drafted.draft.at.map_or_else(String::new, |at| moment(site, at)),
            faults: faults(&drafted.policy, &plan.catalogue),
            cautions: cautions(&drafted.policy),
            changes: changes(&plan.policy, &drafted.policy, &names),
        });
        let heads = site.store.publications(site.id, PublicationKind::Policy, VERSIONS).await?;
        Ok(Self {
            bar: Bar::of(person, "/regles"),
            message,
            version: plan.policy.version,
            chapters: sentences::of(&plan.policy, &names),
            cautions: cautions(&plan.policy),
            draft,
            versions: versions(site, &names, &heads, plan.policy.version, now),
            next_day: moment(site, site.live.read(now, queue_engine::Hall::day).end(&site.zone)),
        })
    }
}

fn versions(site: &Site, names: &Names, heads: &[PublicationHead], current: u32, now: Timestamp) -> Vec<Version> {
    let newest = heads.first().map_or(0, |head| head.version);
    let version = |head: &PublicationHead| {
        let in_force = head.version == u64::from(current);
        let state = match (in_force, head.valid_from > now) {
            (true, _) => "en vigueur",
            (false, true) if head.version == newest => "à venir",
            (false, true) => "remplacée avant son heure",
            (false, false) => "remplacée",
        };
        Version {
            number: head.version,
            by: by(names, head.by),
            at: moment(site, head.at),
            from: moment(site, head.valid_from),
            reason: head.reason.clone(),
            state,
            in_force,
        }
    };
    heads.iter().map(version).collect()
}

impl VersionPage {
    pub(super) async fn draw(person: &Person, number: u64) -> Result<Option<Self>, StoreError> {
        let site = &*person.site;
        let (plan, names) = (site.plan(), site.names().await?);
        let Some(policy) = site.rules_of(number).await? else { return Ok(None) };
        let head = site.store.publication(site.id, PublicationKind::Policy, number).await?.map(|found| found.head);
        let published =
            head.as_ref().map(|head| (by(&names, head.by), moment(site, head.at), moment(site, head.valid_from)));
        Ok(Some(Self {
            bar: Bar::of(person, "/regles"),
            number,
            published,
            reason: head.map(|head| head.reason).unwrap_or_default(),
            chapters: sentences::of(&policy, &names),
            in_force: u64::from(plan.policy.version) == number,
            changes: changes(&plan.policy, &policy, &names),
        }))
    }
}
