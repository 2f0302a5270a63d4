//! An agent at the console, as a browser without scripts: pages, forms, cookies.

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::{SimulateError, answered};

/// Somebody signed in at a counter.
pub(super) struct Agent {
    http: Client,
    url: String,
}

/// What a press came to.
pub(super) enum Pressed {
    /// The page that followed.
    Done(String),
    /// The console says why not: its page.
    Refused(String),
    /// The console offers no such form.
    NotOffered,
}

impl Agent {
    /// Signs in and takes a counter, which opens it.
    pub(super) async fn sign_in(url: &str, name: &str, password: &str, counter: &str) -> Result<Self, SimulateError> {
        let http = super::client()?.cookie_store(true).redirect(Policy::none()).build()?;
        let agent = Self { http, url: url.to_owned() };
        agent.post("/connexion", &[("name", name), ("password", password)]).await?;
        let seats = agent.get("/poste").await?;
        agent.post("/poste", &seat(&seats, counter)).await?;
        Ok(agent)
    }

    /// The console's page.
    pub(super) async fn console(&self) -> Result<String, SimulateError> {
        self.get("/guichet").await
    }

    /// Sends a form of the console as it stands on the page.
    pub(super) async fn press(&self, action: &str) -> Result<Pressed, SimulateError> {
        let page = self.console().await?;
        let Some(form) = form(&page, action) else { return Ok(Pressed::NotOffered) };
        let (refused, page) = self.post(action, &hidden(form)).await?;
        Ok(if refused { Pressed::Refused(page) } else { Pressed::Done(page) })
    }

    /// Is away from the counter until it is opened again.
    pub(super) async fn pause(&self) -> Result<(), SimulateError> {
        const PAUSE: &str = "/guichet/pause";
        let panel = self.get(PAUSE).await?;
        let mut fields = form(&panel, PAUSE).map(hidden).unwrap_or_default();
        fields.push(("reason", "break"));
        self.post(PAUSE, &fields).await?;
        Ok(())
    }

    async fn get(&self, path: &str) -> Result<String, SimulateError> {
        Ok(answered(self.http.get(format!("{}{path}", self.url)), path).await?.text().await?)
    }

    /// Whether it was refused, and the page that an answer leads to.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<(bool, String), SimulateError> {
        let answer = answered(self.http.post(format!("{}{path}", self.url)).form(fields), path).await?;
        if !answer.status().is_redirection() {
            return Ok((answer.status() == StatusCode::CONFLICT, answer.text().await?));
        }
        let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("/").to_owned();
        Ok((false, self.get(&to).await?))
    }
}

/// The number in large letters, with plain spaces.
pub(super) fn number(page: &str) -> Option<String> {
    let from = &page[page.find("id=\"numero\"")?..];
    let text = &from[from.find('>')? + 1..];
    Some(text[..text.find('<')?].replace('\u{a0}', " ").trim().to_owned())
}

/// The first form with that action that goes no further (« Terminer et appeler » comes beside « Terminer »).
fn form<'a>(page: &'a str, action: &str) -> Option<&'a str> {
    let opening = format!("action=\"{action}\"");
    let forms = page.split("<form").skip(1).filter(|form| form.contains(&opening));
    let mut forms = forms.filter_map(|form| form.split("</form>").next());
    forms.find(|form| {
        !form.contains("name=\"next\"") && !form.contains("appeler le suivant") || action.ends_with("appeler")
    })
}

/// What the form of a counter sends, on the page where one is chosen; where it is not offered, what says which was meant.
fn seat<'a>(page: &'a str, counter: &'a str) -> Vec<(&'a str, &'a str)> {
    let forms = page.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
    let wanted = ("counter", counter);
    forms.map(hidden).find(|fields| fields.contains(&wanted)).unwrap_or_else(|| vec![wanted])
}

/// The hidden fields of a form.
fn hidden(form: &str) -> Vec<(&str, &str)> {
    let inputs = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
    let attribute = |input: &'_ str, name: &str| -> Option<(usize, usize)> {
        let start = input.find(&format!(" {name}=\""))? + name.len() + 3;
        Some((start, start + input[start..].find('"')?))
    };
    inputs
        .filter(|input| input.contains("type=\"hidden\""))
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
    fn a_form_is_sent_as_it_stands_and_the_number_is_read() {
        let page = r#"<p class="number" id="numero">A1&#160;x</p><form action="/g"><input type="hidden" name="a" value="1">
            <button>Terminer et appeler le suivant</button></form><form action="/g"><input type="hidden" name="b" value="2"></form>"#;
        assert_eq!(form(page, "/g").map(hidden), Some(vec![("b", "2")]));
        assert_eq!(form(page, "/h").map(hidden), None);
        let seats = r#"<form action="/poste"><input type="hidden" name="ici" value="x"><input type="hidden" name="counter" value="1"></form>"#;
        assert_eq!(seat(seats, "1"), [("ici", "x"), ("counter", "1")]);
        assert_eq!(seat(seats, "2"), [("counter", "2")]);
        assert_eq!(number("<p id=\"numero\" class=\"x\">A1\u{a0}42</p>").as_deref(), Some("A1 42"));
        assert_eq!(number("<p>rien</p>"), None);
    }
}
