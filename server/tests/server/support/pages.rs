//! What a page says, read as a browser or a person reads it.

use accueil_server::simulate::page::{self, attribute};

/// What the first form with this action holds, as a browser would send it unchanged.
pub fn form(page: &str, action: &str) -> Vec<(String, String)> {
    let start = page.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form {action} in:\n{page}"));
    let form = &page[start..start + page[start..].find("</form>").unwrap()];
    let value = |tag: &str, name: &str| attribute(tag, name).map(plain);
    let mut fields: Vec<(String, Option<String>)> = Vec::new();
    for tag in form.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        if tag.starts_with("input") && (!tag.contains("type=\"checkbox\"") || tag.contains(" checked")) {
            fields.push((value(tag, "name").unwrap(), Some(value(tag, "value").unwrap_or_default())));
        } else if tag.starts_with("select") {
            fields.push((value(tag, "name").unwrap(), None));
        } else if tag.starts_with("option") {
            // The first one, where none is chosen.
            let chosen = &mut fields.last_mut().unwrap().1;
            if chosen.is_none() || tag.contains(" selected") {
                *chosen = value(tag, "value");
            }
        }
    }
    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn plain(text: &str) -> String {
    text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&")
}

/// The hidden fields of the first form with this action.
pub fn hidden_fields(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page::form(page, action).unwrap_or_else(|| panic!("no form {action} in:\n{page}"));
    form.hidden().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What a page says that it was drawn for.
pub fn drawn(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("name=\"ici\" value=\"")?;
    Some(rest.split('"').next()?.to_owned())
}

/// The number in large letters, with plain spaces.
pub fn number(page: &str) -> Option<String> {
    page::number(page).map(spaced)
}

/// A text with plain spaces.
pub fn spaced(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// What stands between two marks.
pub fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = &page[page.find(before).unwrap_or_else(|| panic!("no {before} in:\n{page}")) + before.len()..];
    &rest[..rest.find(after).unwrap()]
}

/// The page's words, without its marks.
pub fn words(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in page.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(if c == '\u{a0}' { ' ' } else { c }),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
