//! Administration: what an office changes of its site, and who may do what.
//!
//! Pages of the catalogue write into the draft and nothing else; publishing it is a page of its own.

mod accounts;
mod closures;
mod counters;
mod diff;
mod draft;
mod faults;
pub(in crate::pages) mod field;
pub(in crate::pages) mod form;
mod frame;
pub(super) mod hindered;
mod items;
mod place;
mod preview;
mod services;
mod single;
mod sites;
mod transfer;
pub(in crate::pages) mod words;

use std::sync::Arc;

use wire::catalogue::{Counter, Display, Family, Question, Service, Zone};
use wire::opening::Exception;

pub(in crate::pages) use self::accounts::{NAME_MAX, hashed};
use self::place::{Hours, Place, Quotas, SurveyPage};
use super::drawn::Stale;
use crate::app::App;
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};

/// A form in nine languages, each letter of which may take nine bytes on its way.
const FORM_MAX: usize = 256 << 10;

pub(super) fn room(app: &Arc<App>) -> Room {
    const SITES: Access = Access::MayFreshly(Permission::Sites);
    const ACCOUNTS: Access = Access::MayFreshly(Permission::Accounts);
    Room::new(app, Rate::a_second(1))
        .with_forms_of(FORM_MAX)
        .get("/admin/sites", SITES, sites::page)
        .post("/admin/sites", Access::MayFreshly(Permission::NewSites), sites::add)
        .drawn_by(Same::SITE, Stale::alone)
        .get("/admin", SITES, draft::home)
        .get("/admin/site", SITES, single::page::<Place>)
        .post("/admin/site", SITES, single::save::<Place>)
        .get("/admin/horaires", SITES, single::page::<Hours>)
        .post("/admin/horaires", SITES, single::save::<Hours>)
        .get("/admin/quotas", SITES, single::page::<Quotas>)
        .post("/admin/quotas", SITES, single::save::<Quotas>)
        .get("/admin/enquete/reglages", SITES, single::page::<SurveyPage>)
        .post("/admin/enquete/reglages", SITES, single::save::<SurveyPage>)
        .get("/admin/enquete", SITES, items::list::<Question>)
        .get("/admin/enquete/{key}", SITES, items::edit::<Question>)
        .post("/admin/enquete/{key}", SITES, items::save::<Question>)
        .get("/admin/fermetures", SITES, items::list::<Exception>)
        .get("/admin/fermetures/{key}", SITES, items::edit::<Exception>)
        .post("/admin/fermetures/{key}", SITES, items::save::<Exception>)
        .get("/admin/salles", SITES, items::list::<Zone>)
        .get("/admin/salles/{key}", SITES, items::edit::<Zone>)
        .post("/admin/salles/{key}", SITES, items::save::<Zone>)
        .get("/admin/familles", SITES, items::list::<Family>)
        .get("/admin/familles/{key}", SITES, items::edit::<Family>)
        .post("/admin/familles/{key}", SITES, items::save::<Family>)
        .get("/admin/services", SITES, items::list::<Service>)
        .get("/admin/services/{key}", SITES, items::edit::<Service>)
        .post("/admin/services/{key}", SITES, items::save::<Service>)
        .get("/admin/guichets", SITES, items::list::<Counter>)
        .get("/admin/guichets/{key}", SITES, items::edit::<Counter>)
        .post("/admin/guichets/{key}", SITES, items::save::<Counter>)
        .get("/admin/affichages", SITES, items::list::<Display>)
        .get("/admin/affichages/{key}", SITES, items::edit::<Display>)
        .post("/admin/affichages/{key}", SITES, items::save::<Display>)
        .get("/admin/brouillon", SITES, draft::page)
        .post("/admin/publier", SITES, draft::publish)
        .post("/admin/abandonner", SITES, draft::discard)
        .get("/admin/publications", SITES, draft::versions)
        .get("/admin/publications/{version}", SITES, draft::version)
        .post("/admin/revenir/{version}", SITES, draft::go_back)
        .get("/admin/transfert", SITES, transfer::page)
        .get("/admin/exporter", SITES, transfer::export)
        .post("/admin/importer", SITES, transfer::import)
        .get("/admin/comptes", ACCOUNTS, accounts::list)
        .get("/admin/comptes/nouveau", ACCOUNTS, accounts::blank)
        .post("/admin/comptes/nouveau", ACCOUNTS, accounts::add)
        .get("/admin/comptes/{account}", ACCOUNTS, accounts::edit)
        .post("/admin/comptes/{account}", ACCOUNTS, accounts::save)
        .post("/admin/comptes/{account}/mot-de-passe", ACCOUNTS, accounts::reset)
        .post("/admin/comptes/{account}/fermer", ACCOUNTS, accounts::close)
        .post("/admin/comptes/{account}/rouvrir", ACCOUNTS, accounts::open)
}
