//! The text format of Prometheus, version 0.0.4.

use std::fmt::Write;

/// What a family's values mean.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A page that is written family by family: all values of one stand together.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    family: &'static str,
}

impl Page {
    /// Begins a family. `help` has neither line breaks nor backslashes.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &'static str) {
        self.family = name;
        // Writing to memory cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {}\n", kind.as_str());
    }

    /// A value of the family.
    pub(super) fn value(&mut self, labels: &[(&str, &str)], value: f64) {
        self.part("", labels, value);
    }

    /// A value of a part of the family, as histograms have them.
    pub(super) fn part(&mut self, part: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "{}{part}{labels} {value}", self.family);
    }

    /// A family of one value.
    pub(super) fn single(&mut self, name: &'static str, kind: Kind, help: &'static str, value: f64) {
        self.family(name, kind, help);
        self.value(&[], value);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_as_the_format_says() {
        let mut page = Page::default();
        page.single("a_total", Kind::Counter, "How many.", 3.0);
        page.family("b", Kind::Gauge, "How much.");
        page.value(&[("room", "a\"b\\c\nd"), ("status", "2xx")], 0.25);
        let expected = "# HELP a_total How many.\n# TYPE a_total counter\na_total 3\n# HELP b How much.\n# TYPE b gauge\n\
                        b{room=\"a\\\"b\\\\c\\nd\",status=\"2xx\"} 0.25\n";
        assert_eq!(page.into_text(), expected);
    }
}
