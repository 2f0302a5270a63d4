//! A form's fields, as pages draw them and as differences name them.

use askama::Template;
use wire::ids::Language;

/// Fields that belong together.
pub(in crate::pages) struct Group {
    pub(in crate::pages) title: String,
    pub(in crate::pages) help: String,
    pub(in crate::pages) fields: Vec<Field>,
}

impl Group {
    /// Whether it is many lines of one kind, which stand beside one another where there is room.
    pub(in crate::pages) fn is_several(&self) -> bool {
        const MANY: usize = 5;
        let short = |field: &Field| match &field.kind {
            Kind::Text { most, .. } => *most <= 60 && field.help.is_empty(),
            Kind::Number { .. } => field.help.is_empty(),
            Kind::Date { .. }
            | Kind::Check { .. }
            | Kind::One { .. }
            | Kind::Several { .. }
            | Kind::Stretches { .. } => false,
        };
        self.fields.len() >= MANY && self.fields.iter().all(short)
    }
}

/// A field.
#[derive(Template)]
#[template(path = "admin/field.html")]
pub(in crate::pages) struct Field {
    pub(in crate::pages) name: String,
    pub(in crate::pages) label: String,
    /// What it is for; empty where its name says it.
    pub(in crate::pages) help: String,
    pub(in crate::pages) kind: Kind,
    /// What is wrong with what was typed.
    pub(in crate::pages) wrong: Option<String>,
}

/// How a field is filled in. Values are what was typed.
pub(in crate::pages) enum Kind {
    /// A line of text.
    Text { value: String, most: usize, lang: Language },
    /// A number, with its unit.
    Number { value: String, unit: &'static str },
    /// A day.
    Date { value: String },
    /// Yes or no.
    Check { on: bool },
    /// One of several.
    One { choices: Vec<Choice> },
    /// Some of several.
    Several { choices: Vec<Choice> },
    /// Stretches of a day.
    Stretches { pairs: Vec<Pair> },
}

/// Something to choose.
pub(in crate::pages) struct Choice {
    pub(in crate::pages) key: String,
    pub(in crate::pages) text: String,
    pub(in crate::pages) on: bool,
}

impl Choice {
    pub(in crate::pages) fn new(key: &str, text: &str, on: bool) -> Self {
        Self { key: key.to_owned(), text: text.to_owned(), on }
    }
}

/// From and to.
pub(in crate::pages) struct Pair {
    pub(in crate::pages) n: usize,
    pub(in crate::pages) from: String,
    pub(in crate::pages) to: String,
}

impl Field {
    /// The identity of its element on the page.
    pub(in crate::pages) fn id(&self) -> String {
        format!("f-{}", self.name.replace('.', "-"))
    }

    /// The elements that describe it: help and fault.
    pub(in crate::pages) fn described(&self) -> String {
        let help = (!self.help.is_empty()).then(|| format!("{}-aide", self.id()));
        let wrong = self.wrong.as_ref().map(|_| format!("{}-faute", self.id()));
        help.into_iter().chain(wrong).collect::<Vec<_>>().join(" ")
    }

    /// What it says, in words: the same words are the same value.
    pub(in crate::pages) fn words(&self) -> String {
        let named = |choices: &[Choice]| {
            choices.iter().filter(|choice| choice.on).map(|choice| choice.text.clone()).collect::<Vec<_>>().join(", ")
        };
        match &self.kind {
            Kind::Text { value, .. } => value.clone(),
            Kind::Date { value } => value.parse().map_or_else(|_| value.clone(), super::words::short_date),
            Kind::Number { value, unit } if !value.is_empty() && !unit.is_empty() => format!("{value}\u{a0}{unit}"),
            Kind::Number { value, .. } => value.clone(),
            Kind::Check { on } => if *on { "oui" } else { "non" }.to_owned(),
            Kind::One { choices } | Kind::Several { choices } => named(choices),
            Kind::Stretches { pairs } => pairs
                .iter()
                .filter(|pair| !pair.from.is_empty() || !pair.to.is_empty())
                .map(|pair| format!("{}–{}", pair.from, pair.to))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}
