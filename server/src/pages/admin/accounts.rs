//! `/admin/comptes`: who may sign in, and what they are. An administrator of one site sees the people of that site, and has
//! no power over those who also work elsewhere.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use wire::ids::{AgentRef, Language, SiteId};

use super::field::Group;
use super::form::{Form, Sent};
use super::frame::Frame;
use super::items::{Told, mark};
use super::words::moment;
use crate::app::{App, random};
use crate::audit::{Action, Diff};
use crate::pages::REFUSED;
use crate::pages::page::{Failure, not_found, render};
use crate::pages::session::Person;
use crate::password;
use crate::roles::{Permission, Role};
use crate::store::{Account, Grant, NewAccount, StoreError};

/// The longest name, in characters.
pub(in crate::pages) const NAME_MAX: usize = 40;
/// What passwords for one time are made of: nothing that is taken for something else on paper.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

const ROLES_CHANGED: &str = "Les rôles ont changé pendant que vous les modifiiez. Voici ce que vous avez coché\u{a0}: relisez, \
                             puis enregistrez.";

#[derive(Template)]
#[template(path = "admin/accounts.html")]
struct ListPage {
    frame: Frame,
    open: Vec<Row>,
    closed: Vec<Row>,
    saved: bool,
}

struct Row {
    id: u32,
    name: String,
    roles: String,
    note: String,
}

#[derive(Template)]
#[template(path = "admin/account.html")]
struct AccountPage {
    frame: Frame,
    /// None for one that is not there yet.
    account: Option<Shown>,
    title: String,
    groups: Vec<Group>,
    mark: String,
    message: Option<String>,
}

struct Shown {
    id: u32,
    /// Whether it may be reset and closed from here.
    mine: bool,
    own: bool,
    /// Another service signs them in.
    elsewhere: bool,
    closed_since: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/password.html")]
struct PasswordPage {
    frame: Frame,
    name: String,
    password: String,
}

/// What a role is called, and what it is for.
const fn role_words(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Agent => ("Agent", "reçoit à un guichet"),
        Role::Reception => ("Accueil", "oriente, donne et réimprime des tickets, reçoit à un guichet"),
        Role::Supervisor => ("Responsable", "voit toute la salle, arrête les tickets, règle l’ordre d’appel"),
        Role::Administrator => ("Administrateur", "règle le site et les comptes, et tout ce qui précède"),
        Role::Technician => ("Technicien", "s’occupe des bornes et des écrans, ne voit aucun usager"),
        Role::Dpo => ("Délégué à la protection des données", "lit le journal des actions"),
    }
}

/// Roles while they are edited: here, and everywhere.
struct Roles {
    here: Vec<Role>,
    all: Vec<Role>,
}

impl Roles {
    fn of(grants: &[Grant], site: SiteId) -> Self {
        let at = |wanted: Option<SiteId>| {
            grants.iter().filter(|grant| grant.site == wanted).map(|grant| grant.role).collect::<Vec<_>>()
        };
        Self { here: at(Some(site)), all: at(None) }
    }

    fn declare(&mut self, person: &Person, form: &mut Form<'_>) {
        let options: Vec<(Role, String, String)> = Role::ALL
            .into_iter()
            .map(|role| {
                let (name, what) = role_words(role);
                (role, role.as_str().to_owned(), format!("{name}\u{a0}: {what}"))
            })
            .collect();
        let site = person.site.plan().catalogue.site.name.get(Language::Fr).to_owned();
        form.group("Rôles", "");
        form.several("role", &format!("À {site}"), "", &options, &mut self.here);
        if person.may_everywhere(Permission::Accounts) {
            form.several("partout", "Sur tous les sites, ceux à venir aussi", "", &options, &mut self.all);
        }
    }

    /// The account's roles with these: what it is at other sites stays.
    fn grants(&self, before: &[Grant], site: SiteId) -> Vec<Grant> {
        let others = before.iter().filter(|grant| grant.site.is_some_and(|at| at != site)).copied();
        let here = self.here.iter().map(|role| Grant { site: Some(site), role: *role });
        let all = self.all.iter().map(|role| Grant { site: None, role: *role });
        all.chain(here).chain(others).collect()
    }
}

/// Whether an account is within an administrator's reach: nobody resets the password of somebody who may more elsewhere.
fn within_reach(person: &Person, account: &Account) -> bool {
    person.may_everywhere(Permission::Accounts) || account.grants.iter().all(|grant| grant.site == Some(person.site.id))
}

/// The accounts that somebody may know of.
async fn known(person: &Person) -> Result<Vec<Account>, StoreError> {
    let site = (!person.may_everywhere(Permission::Accounts)).then_some(person.site.id);
    person.site.store.accounts(site).await
}

async fn find(person: &Person, id: u32) -> Result<Option<Account>, StoreError> {
    Ok(known(person).await?.into_iter().find(|account| account.id == AgentRef(id)))
}

async fn frame(person: &Person) -> Result<Frame, StoreError> {
    let draft = person.site.draft().await?;
    Frame::of(person, "/admin/comptes", &draft).await
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    person: Person,
    Query(told): Query<Told>,
) -> Result<Response, Failure> {
    let named = |site: Option<SiteId>| match site {
        None => "tous les sites".to_owned(),
        Some(id) => app.site(id).map_or_else(
            || "un autre site".to_owned(),
            |site| site.plan().catalogue.site.name.get(Language::Fr).to_owned(),
        ),
    };
    let all_sees = person.may_everywhere(Permission::Accounts);
    let row = |account: &Account| {
        let shown = account
            .grants
            .iter()
            .filter(|grant| all_sees || grant.site.is_none() || grant.site == Some(person.site.id));
        let roles = shown.map(|grant| {
            let (role, _) = role_words(grant.role);
            if all_sees || grant.site.is_none() { format!("{role} ({})", named(grant.site)) } else { role.to_owned() }
        });
        let roles = roles.collect::<Vec<_>>().join(", ");
        let note = match (account.disabled_at, account.must_change, &account.password) {
            (Some(at), ..) => format!("fermé le {}", moment(at, &person.site.zone)),
            (None, true, _) => "doit choisir son mot de passe".to_owned(),
            (None, false, None) => "se connecte par le service de l’organisation".to_owned(),
            (None, false, Some(_)) => String::new(),
        };
        Row { id: account.id.0, name: account.name.clone(), roles, note }
    };
    let all = known(&person).await?;
    let (closed, open): (Vec<&Account>, Vec<&Account>) = all.iter().partition(|account| account.disabled_at.is_some());
    let page = ListPage {
        frame: frame(&person).await?,
        open: open.into_iter().map(row).collect(),
        closed: closed.into_iter().map(row).collect(),
        saved: told.fait.is_some(),
    };
    Ok(render(StatusCode::OK, &page))
}

pub(super) async fn blank(person: Person) -> Result<Response, Failure> {
    let (mut name, mut roles) = (String::new(), Roles { here: vec![Role::Agent], all: Vec::new() });
    let form = Form::draw(|form| declare_new(form, &person, &mut name, &mut roles));
    show_new(&person, StatusCode::OK, form, None).await
}

fn declare_new(form: &mut Form<'_>, person: &Person, name: &mut String, roles: &mut Roles) {
    form.group("", "");
    form.text("nom", "Nom", "Avec lequel la personne se connecte\u{a0}; ses collègues le voient.", NAME_MAX, name);
    roles.declare(person, form);
}

async fn show_new(
    person: &Person,
    status: StatusCode,
    form: Form<'_>,
    message: Option<String>,
) -> Result<Response, Failure> {
    let title = "Ajouter une personne".to_owned();
    let (groups, frame) = (form.groups, frame(person).await?);
    Ok(render(status, &AccountPage { frame, account: None, title, groups, mark: String::new(), message }))
}

pub(super) async fn add(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let (mut name, mut roles) = (String::new(), Roles { here: Vec::new(), all: Vec::new() });
    let form = Form::read(&sent, |form| declare_new(form, &person, &mut name, &mut roles));
    let grants = roles.grants(&[], person.site.id);
    let message = if !form.is_well() {
        None
    } else if grants.is_empty() {
        Some("Cochez au moins un rôle.".to_owned())
    } else if app.store.account(&name).await?.is_some() {
        Some(taken(&name))
    } else {
        let Some((password, hash)) = one_time(&app).await else {
            return show_new(&person, REFUSED, form, Some("Le serveur n’a pas pu faire de mot de passe.".into())).await;
        };
        let account =
            NewAccount { name: name.clone(), password: Some(hash), must_change: true, ..NewAccount::default() };
        // Sent twice, or by two administrators at once: one password is kept, and the other one is never shown.
        if app.store.add_account(&account, &grants).await?.is_none() {
            return show_new(&person, REFUSED, form, Some(taken(&name))).await;
        }
        note(&app, &person, Action::Account, &name, grants_diff(&[], &grants)).await;
        return show_password(&person, name, password).await;
    };
    show_new(&person, REFUSED, form, message).await
}

fn taken(name: &str) -> String {
    format!(
        "«\u{a0}{name}\u{a0}» existe déjà. Si c’est une personne d’un autre site, un administrateur de tous les sites peut lui \
         donner un rôle ici\u{a0}; sinon, choisissez un autre nom."
    )
}

pub(super) async fn edit(person: Person, Path(id): Path<u32>) -> Result<Response, Failure> {
    show(&person, StatusCode::OK, id, None, None).await
}

async fn show(
    person: &Person,
    status: StatusCode,
    id: u32,
    sent: Option<&Sent>,
    message: Option<String>,
) -> Result<Response, Failure> {
    let Some(account) = find(person, id).await? else { return Ok(not_found().await) };
    let mut roles = Roles::of(&account.grants, person.site.id);
    let form = match sent {
        None => Form::draw(|form| roles.declare(person, form)),
        Some(sent) => Form::read(sent, |form| roles.declare(person, form)),
    };
    let shown = Shown {
        id,
        mine: within_reach(person, &account),
        own: account.id == person.account,
        elsewhere: account.password.is_none(),
        closed_since: account.disabled_at.map(|at| moment(at, &person.site.zone)),
    };
    let page = AccountPage {
        frame: frame(person).await?,
        title: account.name.clone(),
        account: Some(shown),
        groups: form.groups,
        mark: grants_mark(&account),
        message,
    };
    Ok(render(status, &page))
}

fn grants_mark(account: &Account) -> String {
    mark(&account.grants.iter().map(|grant| (grant.site, grant.role.as_str())).collect::<Vec<_>>())
}

pub(super) async fn save(
    State(app): State<Arc<App>>,
    person: Person,
    Path(id): Path<u32>,
    body: Bytes,
) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let Some(account) = find(&person, id).await? else { return Ok(not_found().await) };
    if account.id == person.account {
        let text = "Un autre administrateur change vos rôles\u{a0}: personne ne s’enferme dehors.".to_owned();
        return show(&person, REFUSED, id, Some(&sent), Some(text)).await;
    }
    if grants_mark(&account) != sent.get("vu") {
        return show(&person, REFUSED, id, Some(&sent), Some(ROLES_CHANGED.to_owned())).await;
    }
    let mut roles = Roles::of(&account.grants, person.site.id);
    if !Form::read(&sent, |form| roles.declare(&person, form)).is_well() {
        return show(&person, REFUSED, id, Some(&sent), None).await;
    }
    let grants = roles.grants(&account.grants, person.site.id);
    if !app.store.change_grants(account.id, Some(&account.grants), &grants).await? {
        return show(&person, REFUSED, id, Some(&sent), Some(ROLES_CHANGED.to_owned())).await;
    }
    note(&app, &person, Action::Account, &account.name, grants_diff(&account.grants, &grants)).await;
    Ok(Redirect::to("/admin/comptes?fait=1").into_response())
}

/// The account of an address, where its password and its sessions are this administrator's to end.
async fn in_hand(person: &Person, id: u32) -> Result<Result<Account, Response>, Failure> {
    let Some(account) = find(person, id).await? else { return Ok(Err(not_found().await)) };
    let text = if account.id == person.account {
        "C’est votre propre compte\u{a0}: un autre administrateur s’en occupe."
    } else if !within_reach(person, &account) {
        "Cette personne a aussi un rôle ailleurs\u{a0}: un administrateur de tous les sites s’en occupe."
    } else {
        return Ok(Ok(account));
    };
    Ok(Err(show(person, REFUSED, id, None, Some(text.to_owned())).await?))
}

pub(super) async fn reset(
    State(app): State<Arc<App>>,
    person: Person,
    Path(id): Path<u32>,
) -> Result<Response, Failure> {
    let account = match in_hand(&person, id).await? {
        Ok(account) => account,
        Err(refused) => return Ok(refused),
    };
    if account.password.is_none() {
        let text =
            "Cette personne se connecte par le service de l’organisation\u{a0}: son mot de passe se change là-bas.";
        return show(&person, REFUSED, id, None, Some(text.to_owned())).await;
    }
    let Some((password, hash)) = one_time(&app).await else {
        return show(&person, REFUSED, id, None, Some("Le serveur n’a pas pu faire de mot de passe.".into())).await;
    };
    app.store.set_password(account.id, &hash, true, None).await?;
    app.store.close_sessions_of(account.id).await?;
    person.site.live.touch();
    note(&app, &person, Action::Password, &account.name, Diff::none()).await;
    show_password(&person, account.name, password).await
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    person: Person,
    Path(id): Path<u32>,
) -> Result<Response, Failure> {
    let account = match in_hand(&person, id).await? {
        Ok(account) => account,
        Err(refused) => return Ok(refused),
    };
    person.site.store.disable(account.id, Some(person.site.clock.now())).await?;
    person.site.live.touch();
    note(&app, &person, Action::Account, &account.name, Diff::none().with("open", true, false)).await;
    Ok(Redirect::to("/admin/comptes?fait=1").into_response())
}

pub(super) async fn open(
    State(app): State<Arc<App>>,
    person: Person,
    Path(id): Path<u32>,
) -> Result<Response, Failure> {
    let account = match in_hand(&person, id).await? {
        Ok(account) => account,
        Err(refused) => return Ok(refused),
    };
    person.site.store.disable(account.id, None).await?;
    note(&app, &person, Action::Account, &account.name, Diff::none().with("open", false, true)).await;
    Ok(Redirect::to("/admin/comptes?fait=1").into_response())
}

/// Keeps what was done to an account.
async fn note(app: &App, person: &Person, action: Action, name: &str, diff: Diff) {
    app.audit(person.signed_in().did(app.clock.now(), action, name).changing(diff)).await;
}

fn grants_diff(before: &[Grant], after: &[Grant]) -> Diff {
    let words = |grants: &[Grant]| {
        let site = |grant: &Grant| grant.site.map_or_else(|| "*".to_owned(), |site| site.to_string());
        grants.iter().map(|grant| format!("{}@{}", grant.role, site(grant))).collect::<Vec<_>>().join(" ")
    };
    Diff::none().with("roles", words(before), words(after))
}

async fn show_password(person: &Person, name: String, password: String) -> Result<Response, Failure> {
    Ok(render(StatusCode::OK, &PasswordPage { frame: frame(person).await?, name, password }))
}

/// A password of sixty random bits, and what is kept of it.
async fn one_time(app: &App) -> Option<(String, String)> {
    let bits = random::<12>().ok()?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups: Vec<String> = bits.chunks(4).map(|four| four.iter().map(letter).collect()).collect();
    let password = groups.join("-");
    let hash = hashed(app, password.clone()).await?;
    Some((password, hash))
}

/// On a thread for work that takes long, two at once at most.
pub(in crate::pages) async fn hashed(app: &App, password: String) -> Option<String> {
    let _permit = app.hashing.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || password::hash(&password)).await.ok()?.ok()
}
