//! An agent at the console, as a browser without scripts: pages, forms, cookies.

use std::time::Instant;

use anyhow::{Context, bail};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};

use crate::client;

/// Where pages lead on and on, something is wrong.
const REDIRECTS_MAX: usize = 5;

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
        let number = self.page.split("id=\"numero\">").nth(1).and_then(|rest| rest.split('<').next());
        number.context("nobody was called")
    }
}

/// Somebody signed in at a counter.
pub struct Agent {
    http: Client,
    url: String,
}

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
        let http = machine.cookie_store(true).redirect(Policy::none()).build()?;
        let agent = Self { http, url: url.to_owned() };
        agent.post("/connexion", &[("name", name), ("password", password)]).await?;
        let seats = agent.get("/poste").await?;
        agent.post("/poste", &seat(&seats, counter)).await?;
        Ok(agent)
    }

    /// The console's page.
    pub async fn console(&self) -> anyhow::Result<String> {
        self.get("/guichet").await
    }

    async fn get(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    /// The console's stream of changes.
    pub async fn stream(&self) -> anyhow::Result<Response> {
        Ok(self.http.get(format!("{}/guichet/flux", self.url)).send().await?.error_for_status()?)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        let answer = self.press(path, fields).await?;
        self.follow(path, answer).await
    }

    async fn press(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Response> {
        Ok(self.http.post(format!("{}{path}", self.url)).form(fields).send().await?)
    }

    /// The page that an answer leads to.
    async fn follow(&self, path: &str, mut answer: Response) -> anyhow::Result<String> {
        // Signing in leads to what somebody may open, which leads to its only room.
        for _ in 0..REDIRECTS_MAX {
            if !answer.status().is_redirection() {
                break;
            }
            let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).context("it leads nowhere")?;
            answer = self.http.get(format!("{}{to}", self.url)).send().await?;
        }
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("{path} answers {status}");
        }
        Ok(text)
    }

    /// Sends a form of the console as it stands on the page.
    async fn submit(&self, action: &str) -> anyhow::Result<String> {
        let page = self.console().await?;
        let form = form(&page, action).with_context(|| format!("the console offers no {action}"))?;
        let fields: Vec<(&str, &str)> = hidden(form);
        self.post(action, &fields).await
    }

    /// Calls the next person, and looks at the clock.
    pub async fn time_call(&self) -> anyhow::Result<Called> {
        let page = self.console().await?;
        let form = form(&page, "/guichet/appeler").context("the console offers no call")?;
        let pressed = Instant::now();
        let answer = self.press("/guichet/appeler", &hidden(form)).await?;
        let took_s = pressed.elapsed().as_secs_f64();
        Ok(Called { pressed, took_s, page: self.follow("/guichet/appeler", answer).await? })
    }

    /// Calls the next person; answers the console's page.
    pub async fn call_next(&self) -> anyhow::Result<String> {
        self.submit("/guichet/appeler").await
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
}

/// The first form with that action.
fn form<'a>(page: &'a str, action: &str) -> Option<&'a str> {
    let opening = format!("action=\"{action}\"");
    let forms = page.split("<form").skip(1).filter(|form| form.contains(&opening));
    forms.filter_map(|form| form.split("</form>").next()).next()
}

/// What the form of a counter sends, on the page where one is chosen.
fn seat<'a>(page: &'a str, counter: &'a str) -> Vec<(&'a str, &'a str)> {
    let forms = page.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
    let wanted = ("counter", counter);
    forms.map(hidden).find(|fields| fields.contains(&wanted)).unwrap_or_else(|| vec![wanted])
}

fn hidden(form: &str) -> Vec<(&str, &str)> {
    let inputs = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
    let attribute = |input: &'_ str, name: &str| -> Option<(usize, usize)> {
        let start = input.find(&format!("{name}=\""))? + name.len() + 2;
        Some((start, start + input[start..].find('"')?))
    };
    inputs
        .filter_map(|input| {
            let (name, value) = (attribute(input, "name")?, attribute(input, "value")?);
            Some((&input[name.0..name.1], &input[value.0..value.1]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_sent_as_it_stands() {
        let page = r#"<form method="post" action="/x"><input type="hidden" name="a" value="1"><input name="b" value="2"></form>"#;
        assert_eq!(hidden(form(page, "/x").unwrap()), [("a", "1"), ("b", "2")]);
        assert_eq!(form(page, "/y"), None);
    }
}
