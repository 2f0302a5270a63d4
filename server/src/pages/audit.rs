//! `/admin/audit`: who did what, for administrators and for who sees to the protection of data.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::tz::TimeZone;
use serde::Deserialize;
use wire::ids::{Language, SiteId};

use super::bar::Bar;
use super::page::{Failure, render};
use super::session::Person;
use crate::app::App;
use crate::audit::{Action, Link};
use crate::roles::{Permission, Role};
use crate::room::{Access, Rate, Room};
use crate::store::StoreError;

/// As many entries as a page shows.
const SHOWN: u32 = 100;
/// As many as one export holds: a year of a busy site.
const EXPORTED: u32 = 100_000;

#[derive(Template)]
#[template(path = "audit/page.html")]
struct Page {
    bar: Bar,
    entries: Vec<Row>,
    /// Whether entries of every site are shown, and which site each is of.
    everywhere: bool,
    /// The number before which older entries stand.
    older: Option<u64>,
    /// Whether newer ones stand before these.
    newer: bool,
}

struct Row {
    n: u64,
    at: String,
    actor: String,
    role: String,
    site: String,
    action: String,
    object: String,
    label: String,
    changes: Vec<String>,
}

#[derive(Deserialize)]
struct Place {
    avant: Option<u64>,
}

pub(super) fn room(app: &Arc<App>) -> Room {
    Room::new(app, Rate::a_second(1)).get("/admin/audit", Access::MayFreshly(Permission::Audit), page).get(
        "/admin/audit.csv",
        Access::MayFreshly(Permission::Audit),
        export,
    )
}

/// Which site's entries somebody may read: every one's, and what concerns them all, where they have the right everywhere.
fn scope(person: &Person) -> Option<SiteId> {
    let everywhere = person.grants.iter().any(|grant| grant.site.is_none() && grant.role.may(Permission::Audit));
    (!everywhere).then_some(person.site.id)
}

async fn page(
    State(app): State<Arc<App>>,
    person: Person,
    Query(Place { avant }): Query<Place>,
) -> Result<Response, Failure> {
    let site = scope(&person);
    let links = app.store.audit_before(avant, site, SHOWN).await?;
    let full = links.len() == usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let older = links.last().filter(|last| full && last.n > 1).map(|last| last.n);
    let entries = links.iter().map(|link| row(&app, link, &person.site.zone)).collect::<Result<_, StoreError>>()?;
    let (bar, newer) = (Bar::of(&person, "/admin/audit"), avant.is_some());
    Ok(render(StatusCode::OK, &Page { bar, entries, everywhere: site.is_none(), older, newer }))
}

/// Everything that the page shows and the hashes, to be read elsewhere.
async fn export(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    app.audit(person.did(app.clock.now(), Action::Export, "audit")).await;
    let mut csv = String::from("\u{feff}numero;date;qui;role;site;action;objet;ticket;changements;empreinte\r\n");
    for link in app.store.audit_before(None, scope(&person), EXPORTED).await? {
        let at = link.at()?.to_string();
        let site = link.site.map(|site| site.to_string()).unwrap_or_default();
        let label = link.label.as_ref().map(|labelled| labelled.label.as_str()).unwrap_or_default();
        let (n, hash) = (link.n.to_string(), link.hash.to_string());
        let cells = [&n, &at, &link.actor, &link.role, &site, &link.action, &link.object, label, &link.diff, &hash];
        csv += &cells.map(cell).join(";");
        csv += "\r\n";
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"journal.csv\""),
    ];
    Ok((headers, csv).into_response())
}

/// A text as a cell. What a spreadsheet would reckon stays a text: it may be what a stranger typed.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

fn row(app: &App, link: &Link, zone: &TimeZone) -> Result<Row, StoreError> {
    let name = |id| {
        let site = app.site(id);
        site.map_or_else(|| "?".to_owned(), |site| site.plan().catalogue.site.name.get(Language::Fr).to_owned())
    };
    Ok(Row {
        n: link.n,
        at: link.at()?.to_zoned(zone.clone()).strftime("%d/%m/%Y %H:%M:%S").to_string(),
        actor: link.actor.clone(),
        role: roles(&link.role),
        site: link.site.map_or_else(|| "tous".to_owned(), name),
        action: Action::named(&link.action).map_or_else(|| link.action.clone(), |action| action.in_french().to_owned()),
        object: link.object.clone(),
        label: link.label.as_ref().map(|labelled| labelled.label.replace(' ', "\u{a0}")).unwrap_or_default(),
        changes: changes(&link.diff),
    })
}

/// Roles as staff call them; what a later version wrote stays as it is.
fn roles(names: &str) -> String {
    let french = |name: &str| match name.split('@').next().unwrap_or(name).parse() {
        Ok(Role::Agent) => "agent".to_owned(),
        Ok(Role::Reception) => "accueil".to_owned(),
        Ok(Role::Supervisor) => "superviseur".to_owned(),
        Ok(Role::Administrator) => "administrateur".to_owned(),
        Ok(Role::Technician) => "technicien".to_owned(),
        Ok(Role::Dpo) => "délégué à la protection des données".to_owned(),
        Err(_) => name.to_owned(),
    };
    names.split(", ").map(french).collect::<Vec<_>>().join(", ")
}

/// « /hours/mon : "9-12" → "9-16" », a line a field.
fn changes(diff: &str) -> Vec<String> {
    let Ok(serde_json::Value::Array(all)) = serde_json::from_str(diff) else {
        return vec![diff.to_owned()];
    };
    let text = |value: Option<&serde_json::Value>| match value {
        None => "rien".to_owned(),
        Some(serde_json::Value::String(text)) => format!("«\u{a0}{text}\u{a0}»"),
        Some(other) => other.to_string(),
    };
    let line = |change: &serde_json::Value| match (change.get("field").and_then(|f| f.as_str()), change.get("changed"))
    {
        (_, Some(changed)) => format!("trop de changements pour les montrer\u{a0}: {changed}"),
        (field, None) => {
            format!("{}\u{a0}: {} → {}", field.unwrap_or("?"), text(change.get("before")), text(change.get("after")))
        }
    };
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_reckoned() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("Léa \"L\"; x"), "\"Léa \"\"L\"\"; x\"");
    }

    #[test]
    fn roles_are_told_as_staff_call_them() {
        assert_eq!(roles("dpo, supervisor@019aa5f0"), "délégué à la protection des données, superviseur");
        assert_eq!((roles(""), roles("pilot")), (String::new(), "pilot".to_owned()));
    }

    #[test]
    fn changes_are_told_a_line_a_field() {
        let diff = crate::audit::Diff::none().with("roles", "agent", "dpo").with("place", (), 3).to_json();
        assert_eq!(changes(&diff), ["roles\u{a0}: «\u{a0}agent\u{a0}» → «\u{a0}dpo\u{a0}»", "place\u{a0}: rien → 3"]);
        assert_eq!(changes(r#"[{"field":"","changed":7}]"#), ["trop de changements pour les montrer\u{a0}: 7"]);
    }
}
