//! What a page of the server says, read as text: its forms, the number in large letters, what it refuses.

/// The first form with an action, where the page has one.
#[must_use]
pub fn form<'a>(page: &'a str, action: &str) -> Option<Form<'a>> {
    forms(page).find(|form| form.0.split('>').next().is_some_and(|tag| attribute(tag, "action") == Some(action)))
}

/// The form of a counter, on the page where one is chosen; none where somebody is there.
#[must_use]
pub fn seat<'a>(page: &'a str, counter: &str) -> Option<Form<'a>> {
    forms(page).find(|form| form.hidden().contains(&("counter", counter)))
}

fn forms(page: &str) -> impl Iterator<Item = Form<'_>> {
    page.split("<form").skip(1).filter_map(|form| form.split("</form>").next()).map(Form)
}

/// A form as it stands on its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form<'a>(&'a str);

impl<'a> Form<'a> {
    /// Its hidden fields: what it sends where nobody fills anything in.
    #[must_use]
    pub fn hidden(self) -> Vec<(&'a str, &'a str)> {
        let inputs = self.0.split("<input").skip(1).filter_map(|input| input.split('>').next());
        let hidden = inputs.filter(|input| input.contains("type=\"hidden\""));
        hidden.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?))).collect()
    }
}

/// An attribute of a tag, as it is written.
#[must_use]
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = &tag[tag.find(&format!(" {name}=\""))? + name.len() + 3..];
    Some(&rest[..rest.find('"')?])
}

/// The number in large letters: whom the counter has.
#[must_use]
pub fn number(page: &str) -> Option<&str> {
    inside(page, "id=\"numero\"")
}

/// Why the console or the choice of a counter says no, with plain spaces.
#[must_use]
pub fn refusal(page: &str) -> Option<String> {
    let said = inside(page, "role=\"alert\"").or_else(|| inside(page, " data-refused"))?;
    Some(said.replace('\u{a0}', " ")).filter(|said| !said.is_empty())
}

/// The text of the element that is so marked, up to the next tag.
fn inside<'a>(page: &'a str, mark: &str) -> Option<&'a str> {
    let from = &page[page.find(mark)?..];
    let text = &from[from.find('>')? + 1..];
    Some(text[..text.find('<')?].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_sent_as_it_stands() {
        let page = r#"<a data-x=" action="/x""></a><form method="post" action="/x"><input type="hidden" name="a" value="1">
            <input name="b" value="2"><input type="hidden" data-name="no" name="c" value=""></form>
            <form action="/x"><input type="hidden" name="d" value="4"></form>"#;
        assert_eq!(form(page, "/x").map(Form::hidden), Some(vec![("a", "1"), ("c", "")]));
        assert_eq!(form(page, "/"), None);
        let seats = r#"<form action="/poste"><input type="hidden" name="ici" value="x"><input type="hidden" name="counter" value="1"></form>"#;
        assert_eq!(seat(seats, "1").map(Form::hidden), Some(vec![("ici", "x"), ("counter", "1")]));
        assert_eq!(seat(seats, "2"), None);
    }

    #[test]
    fn who_is_at_the_counter_and_why_not_are_read() {
        assert_eq!(number("<p id=\"numero\" class=\"x\">A1\u{a0}42</p>"), Some("A1\u{a0}42"));
        assert_eq!(number("<p>rien</p>"), None);
        let taken = "<p class=\"notice\" role=\"alert\">Guichet\u{a0}1 est occupé.</p>";
        assert_eq!(refusal(taken).as_deref(), Some("Guichet 1 est occupé."));
        let told = "<p id=\"message\" class=\"message\" data-refused>Trop tôt.</p>";
        assert_eq!(refusal(told).as_deref(), Some("Trop tôt."));
        assert_eq!(refusal("<p id=\"message\" class=\"message\"></p>"), None);
    }
}
