//! `/premiers-pas`: the first site and the first administrator, while there is no account at all.
//!
//! Whoever reads the server's terminal has the code. Nothing is kept until the last page: what was typed travels along.

mod site;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Extensions, HeaderMap, StatusCode, header};
use wire::catalogue::Catalogue;
use wire::enrolment::EnrolmentCode;
use wire::ids::{AgentRef, SiteId};
use wire::token::Hash32;

pub(super) use self::site::NewSite;
use self::site::Offer;
use super::REFUSED;
use super::admin::field::Group;
use super::admin::form::{Form, Sent};
use super::admin::{NAME_MAX, hashed};
use super::entrance::open;
use super::page::{Failure, not_found, render, too_many};
use super::session::cookie;
use crate::app::{App, StartError, random};
use crate::audit::{Action, Entry};
use crate::limits::subscriber;
use crate::password::{LENGTH_MAX, LENGTH_MIN};
use crate::roles::Role;
use crate::room::{Access, Rate, Room};
use crate::store::{Grant, NewAccount, StoreError};
use crate::{address, publish};

/// The store's setting that holds the code: servers that share a store ask for the same one.
const CODE: &str = "first_code";
/// Far more than the pages' fields need.
const FORM_MAX: usize = 32 << 10;

pub(super) fn room(app: &Arc<App>) -> Room {
    Room::new(app, Rate::a_second(2)).with_forms_of(FORM_MAX).get("/premiers-pas", Access::Public, page).post(
        "/premiers-pas",
        Access::Public,
        step,
    )
}

/// The pages, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Code,
    Site,
    Offer,
    Administrator,
}

impl Step {
    fn of(text: &str) -> Self {
        match text {
            "site" => Self::Site,
            "demarches" => Self::Offer,
            "compte" => Self::Administrator,
            _ => Self::Code,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Site => "site",
            Self::Offer => "demarches",
            Self::Administrator => "compte",
        }
    }
}

#[derive(Template)]
#[template(path = "first/page.html")]
struct Page {
    step: &'static str,
    title: &'static str,
    /// « Étape 1 sur 3 »; empty where it does not count.
    place: String,
    groups: Vec<Group>,
    hidden: Vec<(String, String)>,
    message: Option<String>,
    least: usize,
    name: String,
    back: bool,
    last: bool,
}

impl App {
    /// The code that the first administrator is asked for; none once there is an account.
    pub async fn first_code(&self) -> Result<Option<EnrolmentCode>, StartError> {
        if !self.is_new().await? {
            return Ok(None);
        }
        let fresh = random::<10>().map_err(StartError::Random)?;
        let kept = self.store.setting_or(CODE, fresh.to_vec()).await?;
        let unreadable = |_| StoreError::Unreadable { what: "the code of the first administrator" };
        Ok(Some(EnrolmentCode::from_random(kept.try_into().map_err(unreadable)?)))
    }

    /// Whether nobody may sign in yet.
    pub(in crate::pages) async fn is_new(&self) -> Result<bool, StoreError> {
        if self.peopled.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let peopled = self.store.has_accounts().await?;
        self.peopled.store(peopled, Ordering::Relaxed);
        Ok(!peopled)
    }
}

/// Publishes a site that is new and serves it. False where there is one of its identity: that one stays as it is.
pub(super) async fn create(app: &App, catalogue: &Catalogue, by: Option<AgentRef>) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let made = publish::import(&app.store, &app.key, catalogue, by, "Création du site", now).await?;
    match app.open_site(catalogue.site.id).await {
        Ok(()) => Ok(made),
        Err(StartError::Store(e)) => Err(e),
        Err(e) => Err(StoreError::Unavailable(e.into())),
    }
}

async fn page(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    if !app.is_new().await? {
        return Ok(not_found().await);
    }
    Ok(Wizard::new(&app, Sent::default()).show(StatusCode::OK, Step::Code, None))
}

async fn step(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Result<Response, Failure> {
    // Sent twice, or finished by somebody else.
    if !app.is_new().await? {
        return Ok(Redirect::to("/").into_response());
    }
    let from: IpAddr = address::client(&extensions, &headers, &app.http.trusted_proxies);
    if let Err(seconds) = app.limits.sign_ins.take(subscriber(from), app.clock.now()) {
        return Ok(too_many(seconds));
    }
    let sent = Sent::parse(&body);
    let at = Step::of(sent.get("etape"));
    let mut wizard = Wizard::new(&app, sent);
    let right = app.first_code().await.ok().flatten();
    let typed = wizard.sent.get("code").trim().parse::<EnrolmentCode>().ok();
    if right.is_none() || typed.map(|code| code.hash()) != right.map(|code| code.hash()) {
        let text = "Ce code n’est pas le bon. Il est écrit là où le serveur a démarré\u{a0}: dans son terminal, ou par journalctl.";
        return Ok(wizard.show(REFUSED, Step::Code, Some(text.to_owned())));
    }
    wizard.browser = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default().to_owned();
    if wizard.sent.has("retour") {
        return Ok(wizard.show(StatusCode::OK, wizard.before(at), None));
    }
    if at == Step::Administrator {
        return wizard.finish().await;
    }
    if !wizard.is_well(at) {
        return Ok(wizard.show(REFUSED, at, None));
    }
    let next = wizard.after(at);
    Ok(wizard.show(StatusCode::OK, next, None))
}

/// What has been typed so far.
struct Wizard<'a> {
    app: &'a App,
    sent: Sent,
    /// How the browser calls this server: `https://accueil.example.fr`.
    browser: String,
    /// Whether a site is there already, of a file.
    has_site: bool,
}

impl<'a> Wizard<'a> {
    fn new(app: &'a App, sent: Sent) -> Self {
        Self { app, sent, browser: String::new(), has_site: !app.sites().is_empty() }
    }

    const fn after(&self, step: Step) -> Step {
        match step {
            Step::Code if !self.has_site => Step::Site,
            Step::Site => Step::Offer,
            Step::Code | Step::Offer | Step::Administrator => Step::Administrator,
        }
    }

    const fn before(&self, step: Step) -> Step {
        match step {
            Step::Administrator if !self.has_site => Step::Offer,
            Step::Offer => Step::Site,
            Step::Code | Step::Site | Step::Administrator => Step::Code,
        }
    }

    fn is_well(&self, step: Step) -> bool {
        let (mut site, mut offer) = (NewSite::at(&self.browser), Offer::default());
        match step {
            Step::Code | Step::Administrator => true,
            Step::Site => {
                let mut form = Form::read(&self.sent, |form| site.declare(form));
                site.check(self.app, &mut form);
                form.is_well()
            }
            Step::Offer => {
                let form = Form::read(&self.sent, |form| offer.declare(form));
                form.is_well() && !offer.services().is_empty()
            }
        }
    }

    fn show(&self, status: StatusCode, step: Step, message: Option<String>) -> Response {
        let (mut site, mut offer) = (NewSite::at(&self.browser), Offer::default());
        // What was typed before, on a page that is shown again.
        let typed = |first: &str| self.sent.has(first);
        let mut form = match step {
            Step::Code | Step::Administrator => Form::draw(|_| {}),
            Step::Site if typed("nom") => Form::read(&self.sent, |form| site.declare(form)),
            Step::Site => Form::draw(|form| site.declare(form)),
            Step::Offer if typed("demarche1") => Form::read(&self.sent, |form| offer.declare(form)),
            Step::Offer => Form::draw(|form| offer.declare(form)),
        };
        if step == Step::Site {
            site.check(self.app, &mut form);
        }
        let no_service = step == Step::Offer && typed("demarche1") && offer.services().is_empty();
        let message = message.or_else(|| no_service.then(|| "Écrivez au moins une démarche.".to_owned()));
        let own: Vec<&str> = form.fields().map(|field| field.name.as_str()).collect();
        let apart =
            |name: &str| matches!(name, "etape" | "retour" | "passe" | "encore" | "compte") || own.contains(&name);
        let hidden = self.sent.pairs().filter(|(name, _)| !apart(name) && (step != Step::Code || *name != "code"));
        let hidden = hidden.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (title, place) = match step {
            Step::Code => ("Bienvenue", String::new()),
            Step::Site => ("Votre site", "Étape 1 sur 3".to_owned()),
            Step::Offer => ("Démarches et guichets", "Étape 2 sur 3".to_owned()),
            Step::Administrator if self.has_site => ("Premier administrateur", String::new()),
            Step::Administrator => ("Premier administrateur", "Étape 3 sur 3".to_owned()),
        };
        let page = Page {
            step: step.name(),
            title,
            place,
            groups: form.groups,
            hidden,
            message,
            least: LENGTH_MIN,
            name: self.sent.get("compte").to_owned(),
            back: matches!(step, Step::Offer) || (step == Step::Administrator && !self.has_site),
            last: step == Step::Administrator,
        };
        render(status, &page)
    }

    /// Makes the site, the account and its session.
    async fn finish(&self) -> Result<Response, Failure> {
        for step in [Step::Site, Step::Offer].into_iter().filter(|_| !self.has_site) {
            if !self.is_well(step) {
                return Ok(self.show(REFUSED, step, None));
            }
        }
        let name = self.sent.get("compte").trim().to_owned();
        let (password, again) = (self.sent.get("passe"), self.sent.get("encore"));
        let wrong = if !(1..=NAME_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            Some(format!("Votre nom a de 1 à {NAME_MAX} caractères."))
        } else if password != again {
            Some("Les deux mots de passe ne sont pas les mêmes.".to_owned())
        } else if password.chars().count() < LENGTH_MIN || password.len() > LENGTH_MAX {
            Some(format!("Le mot de passe a {LENGTH_MIN} caractères au moins, et {LENGTH_MAX} au plus."))
        } else {
            None
        };
        if wrong.is_some() {
            return Ok(self.show(REFUSED, Step::Administrator, wrong));
        }
        let (Some(hash), Ok(bits)) = (hashed(self.app, password.to_owned()).await, random::<32>()) else {
            let text = "Le serveur n’a pas pu garder ce mot de passe. Réessayez.".to_owned();
            return Ok(self.show(REFUSED, Step::Administrator, Some(text)));
        };
        if !self.has_site {
            let (mut site, mut offer) = (NewSite::at(&self.browser), Offer::default());
            Form::read(&self.sent, |form| {
                site.declare(form);
                offer.declare(form);
            });
            // Whoever finishes at once, at whichever server, makes the same one site: the first one's holds.
            let Ok(Some(code)) = self.app.first_code().await else { return Ok(Redirect::to("/").into_response()) };
            let bits = Hash32::of(format!("first site {}", code.hash()).as_bytes()).0;
            let mut catalogue = offer.fill(site.catalogue());
            if let Some(bits) = bits.first_chunk() {
                catalogue.site.id = SiteId(uuid::Builder::from_random_bytes(*bits).into_uuid());
            }
            create(self.app, &catalogue, None).await?;
        }
        let account = NewAccount { name: name.clone(), password: Some(hash), ..NewAccount::default() };
        let everywhere = [Grant { site: None, role: Role::Administrator }];
        if self.app.store.add_first_account(&account, &everywhere).await?.is_none() {
            return Ok(Redirect::to("/connexion").into_response());
        }
        let Some(account) = self.app.store.account(&name).await? else { return Ok(not_found().await) };
        open(self.app, &account, &bits).await?;
        self.app.audit(Entry::new(self.app.clock.now(), &name, Action::Account, "premiers pas")).await;
        let cookie = cookie(self.app.is_secure(), &bits);
        Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/admin")).into_response())
    }
}
