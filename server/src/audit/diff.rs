//! What changed, field by field. A secret never stands in it: fields with a name of a secret's say only that they changed.

use serde::Serialize;
use serde_json::{Map, Value};

/// The most bytes that a diff takes; beyond, it says which fields changed, and then how many.
const BYTES_MAX: usize = 16 << 10;

/// A name that contains one of these is that of a secret.
const SECRETS: [&str; 4] = ["password", "passe", "secret", "token"];

/// And one of which one of these is a word, as in `pin` or `api_key`.
const SECRET_WORDS: [&str; 8] = ["pin", "key", "code", "hash", "salt", "cookie", "nonce", "signature"];

/// Names with such a word and no secret: whoever reads the trail wants them.
const NO_SECRETS: [&str; 2] = ["public_key", "postal_code"];

/// What stands where a secret would.
const HIDDEN: &str = "•";

/// What changed, field by field, in JSON: `[{"field": "/services/0/hours", "before": …, "after": …}]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff(Vec<Change>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Change {
    field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
}

impl Diff {
    /// Nothing changed, or the action says it all.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// One field, with what it was (null: it was not there) and what it is.
    #[must_use]
    pub fn with(mut self, field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let name = |value: Value| if is_secret(field) { hide(value) } else { cleaned(value) };
        self.push(field.to_owned(), name(before.into()), name(after.into()));
        self
    }

    /// Every field in which two records differ, the deepest ones, by their path. What cannot be written as JSON is nothing.
    #[must_use]
    pub fn between(before: &impl Serialize, after: &impl Serialize) -> Self {
        let value = |record: Result<Value, serde_json::Error>| record.unwrap_or(Value::Null);
        let mut diff = Self::none();
        diff.compare("", value(serde_json::to_value(before)), value(serde_json::to_value(after)));
        diff
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is kept.
    #[must_use]
    pub fn to_json(&self) -> String {
        let whole = serde_json::to_string(&self.0).unwrap_or_else(|_| "[]".to_owned());
        if whole.len() <= BYTES_MAX {
            return whole;
        }
        let fields: Vec<&str> = self.0.iter().map(|change| change.field.as_str()).collect();
        let short = serde_json::json!([{ "field": "", "changed": fields }]).to_string();
        if short.len() <= BYTES_MAX {
            return short;
        }
        serde_json::json!([{ "field": "", "changed": fields.len() }]).to_string()
    }

    fn push(&mut self, field: String, before: Value, after: Value) {
        let there = |value: Value| (!value.is_null()).then_some(value);
        self.0.push(Change { field, before: there(before), after: there(after) });
    }

    fn compare(&mut self, path: &str, before: Value, after: Value) {
        if before == after {
            return;
        }
        if is_secret(path.rsplit('/').next().unwrap_or("")) {
            return self.push(path.to_owned(), hide(before), hide(after));
        }
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.compare_fields(path, before, after),
            (Value::Array(before), Value::Array(after)) => {
                let most = before.len().max(after.len());
                let (mut before, mut after) = (before.into_iter(), after.into_iter());
                for n in 0..most {
                    let [b, a] = [&mut before, &mut after].map(|list| list.next().unwrap_or(Value::Null));
                    self.compare(&format!("{path}/{n}"), b, a);
                }
            }
            (before, after) => self.push(path.to_owned(), cleaned(before), cleaned(after)),
        }
    }

    fn compare_fields(&mut self, path: &str, mut before: Map<String, Value>, mut after: Map<String, Value>) {
        let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let [b, a] = [&mut before, &mut after].map(|fields| fields.remove(&name).unwrap_or(Value::Null));
            self.compare(&format!("{path}/{name}"), b, a);
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    !NO_SECRETS.contains(&name.as_str())
        && (SECRETS.iter().any(|secret| name.contains(secret)) || words.any(|word| SECRET_WORDS.contains(&word)))
}

fn hide(value: Value) -> Value {
    if value.is_null() { value } else { Value::String(HIDDEN.to_owned()) }
}

/// A record that came or went whole, without its secrets.
fn cleaned(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let clean = |(name, value): (String, Value)| {
                let value = if is_secret(&name) { hide(value) } else { cleaned(value) };
                (name, value)
            };
            Value::Object(fields.into_iter().map(clean).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(cleaned).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
