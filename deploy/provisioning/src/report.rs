//! What came of a run, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

/// What came of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its address or name.
    pub host: String,
    /// What technicians call the borne.
    pub name: String,
    /// Whether it is what is wanted.
    pub good: bool,
    /// What was changed; in a dry run, what would be.
    pub changed: Vec<Change>,
    /// What follows in a dry run that cannot be told yet.
    pub then: Vec<String>,
    /// What somebody should know.
    pub notices: Vec<String>,
    /// What went wrong, and what to do.
    pub faults: Vec<String>,
    /// The borne's identity and its key's fingerprint, and whether the server knows it by that.
    pub identity: Option<Identity>,
    /// The fingerprint that the server showed the borne when it enrolled in this run.
    pub server_fingerprint: Option<String>,
    /// How long it took, in seconds.
    pub took_s: u64,
}

/// Something that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What.
    pub what: String,
    /// Lines of files that changed.
    pub lines: Vec<String>,
}

/// Who a borne is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Its identity.
    pub borne: String,
    /// Its key's fingerprint, as it shows it.
    pub fingerprint: String,
    /// Whether the server says the same; none where it could not be asked.
    pub server_agrees: Option<bool>,
}

impl Outcome {
    /// For people.
    #[must_use]
    pub fn text(&self, dry: bool) -> String {
        let mut text = String::new();
        let sign = if self.good { "✓" } else { "✕" };
        let name = if self.name.is_empty() { String::new() } else { format!(" · {}", self.name) };
        let what = match (self.good, dry, self.changed.is_empty()) {
            (false, _, _) => "not done",
            (true, true, false) => "would change",
            (true, true, true) if !self.then.is_empty() => "would change",
            (true, _, true) => "nothing to change",
            (true, false, false) => "done",
        };
        let _ = writeln!(text, "{sign} {}{name}: {what}, {} s", self.host, self.took_s);
        for change in &self.changed {
            let _ = writeln!(text, "    {}", change.what);
            change.lines.iter().for_each(|line| _ = writeln!(text, "        {line}"));
        }
        if !self.then.is_empty() {
            let _ = writeln!(text, "    then, as it turns out there: {}", self.then.join(", "));
        }
        if let Some(Identity { borne, fingerprint, server_agrees }) = &self.identity {
            let _ = writeln!(text, "    borne {borne}");
            let _ = match server_agrees {
                Some(true) => writeln!(text, "    fingerprint {fingerprint}, the same at the server"),
                Some(false) => writeln!(text, "    fingerprint {fingerprint}, WHICH THE SERVER DOES NOT KNOW"),
                None => writeln!(text, "    fingerprint {fingerprint}: compare it with `accueil-server borne list`"),
            };
        }
        if let Some(fingerprint) = &self.server_fingerprint {
            let _ = writeln!(text, "    the server showed it the fingerprint {fingerprint}");
        }
        self.notices.iter().for_each(|notice| _ = writeln!(text, "    ! {notice}"));
        self.faults.iter().for_each(|fault| _ = writeln!(text, "    ✕ {fault}"));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_changed_and_what_to_look_at() {
        let identity = Identity { borne: "0199".into(), fingerprint: "AB12".into(), server_agrees: Some(true) };
        let change = Change { what: "write /etc/x".into(), lines: vec!["+ a = 1".into()] };
        let outcome = Outcome {
            host: "10.1.4.21".into(),
            name: "Borne 01".into(),
            good: true,
            changed: vec![change],
            notices: vec!["it has no sound".into()],
            identity: Some(identity),
            server_fingerprint: Some("CD34".into()),
            took_s: 92,
            ..Outcome::default()
        };
        let text = outcome.text(false);
        let lines = "✓ 10.1.4.21 · Borne 01: done, 92 s\n    write /etc/x\n        + a = 1\n    borne 0199\n    fingerprint AB12, the same at the server\n    the server showed it the fingerprint CD34\n    ! it has no sound\n";
        assert_eq!(text, lines);
        let none = Outcome { host: "a".into(), good: true, ..Outcome::default() };
        assert_eq!(none.text(false), "✓ a: nothing to change, 0 s\n");
    }
}
