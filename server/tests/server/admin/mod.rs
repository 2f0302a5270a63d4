//! Administration: drafts, publication, accounts, and what bornes are told of it.

mod accounts;
mod drafts;
mod publications;
mod sites;

use accueil_server::password;
use accueil_server::roles::Role;
use accueil_server::store::{Grant, NewAccount};
use wire::ids::SiteId;

use crate::support::Site;
use crate::support::pages::form;
use crate::web::{Agent, PASSWORD, Web, browser};

pub async fn administrator(site: &Site, name: &str, at: Option<SiteId>) {
    let password = Some(password::hash(PASSWORD).unwrap());
    let account = NewAccount { name: name.into(), password, ..NewAccount::default() };
    let id = site.store().put_account(&account).await.unwrap();
    assert!(site.store().set_grants(id, &[Grant { site: at, role: Role::Administrator }]).await.unwrap());
}

/// Somebody who administers, at their own pace: each post waits a second of the server's clock.
pub struct Admin<'a> {
    site: &'a Site,
    agent: Agent,
}

impl<'a> Admin<'a> {
    pub async fn sign_in(site: &'a Site, web: &Web, name: &str) -> Self {
        let admin = Self { site, agent: Agent { browser: browser(), base: web.url("") } };
        let (status, _) = admin.post("/connexion", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!(status, 200);
        admin
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let page = self.agent.get(path).await;
        (page.status().as_u16(), page.text().await.unwrap())
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        self.site.advance(1);
        let page = self.agent.post(path, fields).await;
        (page.status().as_u16(), page.text().await.unwrap())
    }

    /// The form of a page as a browser would send it, with some fields typed otherwise.
    pub async fn fill(&self, path: &str, typed: &[(&str, &str)]) -> (u16, String) {
        let (status, page) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {page}");
        self.send(&page, path, typed).await
    }

    pub async fn send(&self, page: &str, path: &str, typed: &[(&str, &str)]) -> (u16, String) {
        let mut fields = form(page, path);
        for (name, value) in typed {
            fields.retain(|(key, _)| key != name);
            if *value != UNTICKED {
                fields.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.post(path, &fields).await
    }

    pub async fn publish(&self) -> (u16, String) {
        self.fill_as("/admin/brouillon", "/admin/publier", &[("raison", "Un essai")]).await
    }

    pub async fn import(&self, file: &str) -> (u16, String) {
        self.fill_as("/admin/transfert", "/admin/importer", &[("fichier", file)]).await
    }

    pub async fn fill_as(&self, page: &str, action: &str, typed: &[(&str, &str)]) -> (u16, String) {
        let (_, page) = self.get(page).await;
        self.send(&page, action, typed).await
    }
}

const UNTICKED: &str = "\0";

fn quota(site: &Site) -> Option<u32> {
    site.catalogue().service(&"titres".parse().unwrap()).unwrap().quota
}
