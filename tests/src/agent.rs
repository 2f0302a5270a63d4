//! An agent at the console, as a browser without scripts: pages, forms, cookies.

use anyhow::{Context, bail};
use reqwest::Client;

use crate::client;

/// Somebody signed in at a counter.
pub struct Agent {
    http: Client,
    url: String,
}

impl Agent {
    /// Signs in and takes a counter.
    pub async fn sign_in(url: &str, name: &str, password: &str, counter: &str) -> anyhow::Result<Self> {
        let agent = Self { http: client()?.cookie_store(true).build()?, url: url.to_owned() };
        agent.post("/connexion", &[("name", name), ("password", password)]).await?;
        agent.post("/poste", &[("counter", counter)]).await?;
        Ok(agent)
    }

    /// The console's page.
    pub async fn console(&self) -> anyhow::Result<String> {
        let answer = self.http.get(format!("{}/guichet", self.url)).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        let answer = self.http.post(format!("{}{path}", self.url)).form(fields).send().await?;
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

/// The first form with that action that holds no second action (« Terminer et appeler » comes beside « Terminer »).
fn form<'a>(page: &'a str, action: &str) -> Option<&'a str> {
    let opening = format!("action=\"{action}\"");
    let forms = page.split("<form").skip(1).filter(|form| form.contains(&opening));
    let forms: Vec<&str> = forms.filter_map(|form| form.split("</form>").next()).collect();
    let alone = |form: &&&str| action == "/guichet/appeler" || !form.contains("name=\"call_id\"");
    forms.iter().find(alone).copied()
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
