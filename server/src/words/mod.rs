//! What visitors read and hear, in nine languages: one file a place.

pub(crate) mod closing;
pub(crate) mod display;
pub(crate) mod moment;
pub(crate) mod phone;
pub(crate) mod slip;
pub(crate) mod spoken;

/// A pattern with each `{name}` replaced by its value. What a value holds is not read again.
pub(crate) fn fill(pattern: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(pattern.len() + 32);
    let mut rest = pattern;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        text.push_str(before);
        let named = from[1..].split_once('}');
        match named
            .and_then(|(name, after)| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, after)))
        {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('{');
                rest = &from[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_value_holds_is_not_read_again() {
        assert_eq!(fill("{a} et {b}.", &[("a", "{b}"), ("b", "2")]), "{b} et 2.");
        assert_eq!(fill("{inconnu} {", &[("a", "1")]), "{inconnu} {");
    }
}
