//! An agent at the console, as a browser without scripts: pages, forms, cookies.

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, StatusCode};

use super::asked::{AskError, answered};
use super::page::{form, number, seat};

/// Where pages lead on and on, something is wrong.
const REDIRECTS_MAX: usize = 5;
const SIGN_IN: &str = "/connexion";
const SIGN_OUT: &str = "/deconnexion";
const SEATS: &str = "/poste";
const CONSOLE: &str = "/guichet";
const PAUSE: &str = "/guichet/pause";
const LEAVE: &str = "/guichet/fermer";

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Agent {
    http: Client,
    url: String,
}

/// What a press came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The page that followed.
    Done(String),
    /// The page that says why not.
    Refused(String),
    /// The console offers no such form.
    NotOffered,
}

impl Agent {
    /// Signs in on a machine.
    pub async fn sign_in(machine: ClientBuilder, url: &str, name: &str, password: &str) -> Result<Self, AskError> {
        let http = machine.cookie_store(true).redirect(Policy::none()).build()?;
        let agent = Self { http, url: url.to_owned() };
        agent.post(SIGN_IN, &[("name", name), ("password", password)]).await?;
        Ok(agent)
    }

    /// Takes a counter, which opens it. Not offered, or refused, where somebody else is there.
    pub async fn sit(&self, counter: &str) -> Result<Pressed, AskError> {
        let page = self.read(SEATS).await?;
        let Some(form) = seat(&page, counter) else { return Ok(Pressed::NotOffered) };
        self.post(SEATS, &form.hidden()).await
    }

    /// The console's page.
    pub async fn console(&self) -> Result<String, AskError> {
        self.read(CONSOLE).await
    }

    /// Sends a form of the console as it stands on the page.
    pub async fn press(&self, action: &str) -> Result<Pressed, AskError> {
        self.press_on(CONSOLE, action, &[]).await
    }

    /// Is away from the counter until it is opened again.
    pub async fn pause(&self) -> Result<Pressed, AskError> {
        self.press_on(PAUSE, PAUSE, &[("reason", "break")]).await
    }

    /// Has done with whom the counter has, if it has anybody; how long that took says nothing. Whether it had.
    pub async fn let_go(&self) -> Result<bool, AskError> {
        if number(&self.console().await?).is_none() {
            return Ok(false);
        }
        self.press("/guichet/demarrer").await?;
        let done = self.press_on(CONSOLE, "/guichet/terminer", &[("inexact", "true")]).await?;
        Ok(matches!(done, Pressed::Done(_)))
    }

    /// Closes the counter and leaves it to others.
    pub async fn leave(&self) -> Result<Pressed, AskError> {
        self.press(LEAVE).await
    }

    /// Ends the session.
    pub async fn sign_out(&self) -> Result<(), AskError> {
        self.post(SIGN_OUT, &[]).await?;
        Ok(())
    }

    /// The console's stream of changes.
    pub async fn stream(&self) -> Result<Response, AskError> {
        answered(self.http.get(self.at("/guichet/flux")), "/guichet/flux").await
    }

    /// Sends a form once, whatever the answer.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Result<Response, AskError> {
        Ok(self.http.post(self.at(path)).form(fields).send().await?)
    }

    /// The page that an answer leads to. Where that is another than whoever does this comes to, nothing was done.
    pub async fn follow(&self, path: &str, mut answer: Response) -> Result<Pressed, AskError> {
        let mut led = None;
        // Signing in leads to what somebody may open, which leads to its only room.
        for _ in 0..REDIRECTS_MAX {
            if !answer.status().is_redirection() {
                break;
            }
            let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("/").to_owned();
            if to == SIGN_IN && path != SIGN_OUT {
                return Err(AskError::SignedOut);
            }
            answer = answered(self.http.get(self.at(&to)), &to).await?;
            led = Some(to);
        }
        if let Some(to) = led.filter(|to| path != SIGN_IN && to != leads_to(path)) {
            return Err(AskError::Elsewhere { path: path.to_owned(), to });
        }
        let status = answer.status();
        if status == StatusCode::CONFLICT {
            return Ok(Pressed::Refused(answer.text().await?));
        }
        if !status.is_success() {
            return Err(AskError::Answer { path: path.to_owned(), status });
        }
        Ok(Pressed::Done(answer.text().await?))
    }

    async fn press_on(&self, page: &str, action: &str, filled: &[(&str, &str)]) -> Result<Pressed, AskError> {
        let page = self.read(page).await?;
        let Some(form) = form(&page, action) else { return Ok(Pressed::NotOffered) };
        let mut fields = form.hidden();
        fields.extend(filled);
        self.post(action, &fields).await
    }

    async fn read(&self, path: &str) -> Result<String, AskError> {
        let answer = answered(self.http.get(self.at(path)), path).await?;
        match self.follow(path, answer).await? {
            Pressed::Done(page) | Pressed::Refused(page) => Ok(page),
            Pressed::NotOffered => Ok(String::new()),
        }
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Pressed, AskError> {
        let answer = answered(self.http.post(self.at(path)).form(fields), path).await?;
        self.follow(path, answer).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// Where whoever has done something finds themselves.
fn leads_to(path: &str) -> &str {
    match path {
        SIGN_OUT => SIGN_IN,
        LEAVE => SEATS,
        _ => CONSOLE,
    }
}
