//! An agent at the console, whose calls are timed.

use std::time::Instant;

use accueil_server::simulate::agent::{Agent as Browser, Pressed};
use accueil_server::simulate::page;
use anyhow::{Context, bail};
use reqwest::{ClientBuilder, Response};

use crate::client;

const CALL: &str = "/guichet/appeler";

/// A call that was made.
pub struct Called {
    /// When the agent pressed.
    pub pressed: Instant,
    /// After how many seconds the call was made.
    pub took_s: f64,
    /// The console's page then.
    pub page: String,
}

impl Called {
    /// The number that was called, as it is shown.
    pub fn number(&self) -> anyhow::Result<&str> {
        page::number(&self.page).context("nobody was called")
    }
}

/// Somebody signed in at a counter.
pub struct Agent(Browser);

impl Agent {
    /// Signs in and takes a counter.
    pub async fn sign_in(url: &str, name: &str, password: &str, counter: &str) -> anyhow::Result<Self> {
        Self::sign_in_on(client()?, url, name, password, counter).await
    }

    /// The same on a machine of their own.
    pub async fn sign_in_on(
        machine: ClientBuilder,
        url: &str,
        name: &str,
        password: &str,
        counter: &str,
    ) -> anyhow::Result<Self> {
        let agent = Browser::sign_in(machine, url, name, password).await?;
        done("/poste", agent.sit(counter).await?)?;
        Ok(Self(agent))
    }

    /// The console's page.
    pub async fn console(&self) -> anyhow::Result<String> {
        Ok(self.0.console().await?)
    }

    /// The console's stream of changes.
    pub async fn stream(&self) -> anyhow::Result<Response> {
        Ok(self.0.stream().await?)
    }

    /// Calls the next person, and looks at the clock.
    pub async fn time_call(&self) -> anyhow::Result<Called> {
        let page = self.console().await?;
        let fields = page::form(&page, CALL).context("the console offers no call")?.hidden();
        let pressed = Instant::now();
        let answer = self.0.send(CALL, &fields).await?;
        let took_s = pressed.elapsed().as_secs_f64();
        Ok(Called { pressed, took_s, page: done(CALL, self.0.follow(CALL, answer).await?)? })
    }

    /// Calls the next person; answers the console's page.
    pub async fn call_next(&self) -> anyhow::Result<String> {
        self.submit(CALL).await
    }

    /// The person is there.
    pub async fn start(&self) -> anyhow::Result<String> {
        self.submit("/guichet/demarrer").await
    }

    /// The person has been served.
    pub async fn finish(&self) -> anyhow::Result<String> {
        self.submit("/guichet/terminer").await
    }

    /// Goes to whoever asks for help.
    pub async fn answer_help(&self) -> anyhow::Result<String> {
        self.submit("/guichet/aide").await
    }

    async fn submit(&self, action: &str) -> anyhow::Result<String> {
        done(action, self.0.press(action).await?)
    }
}

/// The page that followed a press, which must have been possible.
fn done(action: &str, pressed: Pressed) -> anyhow::Result<String> {
    match pressed {
        Pressed::Done(page) => Ok(page),
        Pressed::Refused(page) => {
            bail!("{action} is refused: {}", page::refusal(&page).unwrap_or_else(|| "nobody says why".to_owned()))
        }
        Pressed::NotOffered => bail!("the console offers no {action}"),
    }
}
