//! Somebody who is signed in at the server's pages, as a browser without scripts: pages, forms, streams.

use accueil_server::simulate::page;
use anyhow::{Context, ensure};
use reqwest::{Client, Response};

use crate::client;
use crate::server::Server;

/// A browser that somebody has signed in with.
pub struct Office {
    http: Client,
    url: String,
}

const PASSWORD: &str = "une longue phrase";

impl Office {
    /// Makes an account with a role, and signs in with it.
    pub async fn open(server: &Server, name: &str, role: &str) -> anyhow::Result<Self> {
        server.add_person(name, role, PASSWORD)?;
        Self::open_again(server, name).await
    }

    /// Signs in with an account that was made so.
    pub async fn open_again(server: &Server, name: &str) -> anyhow::Result<Self> {
        let (http, url) = (client()?.cookie_store(true).build()?, server.url());
        let fields = [("name", name), ("password", PASSWORD)];
        let home = http.post(format!("{url}/connexion")).form(&fields).send().await?;
        ensure!(
            home.status().is_success() && home.url().path() != "/connexion",
            "{name} is not let in: {}",
            home.status()
        );
        Ok(Self { http, url })
    }

    /// What is at a path, or at an address.
    pub async fn get(&self, path: &str) -> anyhow::Result<Response> {
        let address = if path.starts_with('/') { format!("{}{path}", self.url) } else { path.to_owned() };
        Ok(self.http.get(address).send().await?.error_for_status()?)
    }

    /// A page's text.
    pub async fn read(&self, path: &str) -> anyhow::Result<String> {
        Ok(self.get(path).await?.text().await?)
    }

    /// Sends the form of a page that leads to `action`, its hidden fields as they stand, the others as they are filled in.
    pub async fn submit(&self, page: &str, action: &str, filled: &[(&str, &str)]) -> anyhow::Result<Response> {
        let form = page::form(page, action).with_context(|| format!("no form {action} in {page}"))?;
        let stands = form.hidden().into_iter().filter(|(name, _)| filled.iter().all(|(other, _)| other != name));
        let fields: Vec<(&str, &str)> = stands.chain(filled.iter().copied()).collect();
        let answer = self.http.post(format!("{}{action}", self.url)).form(&fields).send().await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        anyhow::bail!("{action}: {}: {}", answer.status(), answer.text().await?)
    }

    /// Is at the reception desk as long as the answer is held: meanwhile bornes come back every few seconds.
    pub async fn at_reception(&self) -> anyhow::Result<Response> {
        self.get("/accueil/flux").await
    }
}
