//! The journal of the borne's unit without what is of visitors: what the machine's start-up program says of the unit, our own
//! lines as they are sent to /parc, and the sentence with which the program ended.

use super::super::logging;

/// Whose lines systemd writes: itself, and what it becomes before it is our program.
const STARTER: [&str; 2] = ["systemd[", "("];

/// Of lines as `journalctl -o short-iso` writes them; how many were left out stands at the end.
pub(super) fn without_visitors(text: &str) -> String {
    let all = text.lines().count();
    let kept: Vec<String> = text.lines().filter_map(kept).collect();
    let left_out = all - kept.len();
    format!("{}\n-- {left_out} lines left out: not known to be free of what is of visitors --\n", kept.join("\n"))
}

fn kept(line: &str) -> Option<String> {
    if line.starts_with("-- ") {
        return Some(line.to_owned());
    }
    let (head, said) = line.split_once(": ")?;
    let who = head.rsplit(' ').next()?;
    if STARTER.iter().any(|starter| who.starts_with(starter)) {
        return Some(line.to_owned());
    }
    let said = if is_ending(said) { Some(said.to_owned()) } else { logging::kept_of(said) };
    said.filter(|_| who.starts_with("borne[")).map(|said| format!("{head}: {said}"))
}

/// The program's last sentence, or where in it what could not be happened.
fn is_ending(said: &str) -> bool {
    said.starts_with("borne: ") || (said.starts_with("thread '") && said.contains(" panicked at "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_told_without_visitors() {
        let head = "2026-11-23T09:42:00+0100 hall";
        let text = format!(
            "-- Boot 0123 --\n\
             {head} systemd[1]: accueil-borne.service: Main process exited, code=exited, status=1/FAILURE\n\
             {head} (borne)[812]: accueil-borne.service: Failed at step EXEC\n\
             {head} borne[812]: 2026-11-23T08:42:00.123456Z  INFO kiosk_runtime::core::effects: ticket issued ticket.label=A 142 ticket.seq=9\n\
             {head} borne[812]: 2026-11-23T08:42:00.123456Z  WARN hyper::proto: what it was given\n\
             {head} borne[812]: thread 'core' panicked at kiosk/src/x.rs:1:2:\n\
             {head} borne[812]: a text of a visitor\n\
             {head} espeak-ng[813]: bonjour\n\
             {head} borne[812]: borne: the store /var/lib/borne/borne.db cannot be used\n"
        );
        let told = without_visitors(&text);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 7, "{told}");
        assert!(lines[3].ends_with("borne[812]: 2026-11-23T08:42:00Z INFO ticket issued"), "{told}");
        assert!(lines[5].ends_with("borne: the store /var/lib/borne/borne.db cannot be used"), "{told}");
        assert!(lines[6].starts_with("-- 3 lines left out"), "{told}");
    }
}
