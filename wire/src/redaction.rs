//! Texts that leave a machine, without what would let anybody in.

/// What stands where a secret stood.
const HIDDEN: &str = "***";
/// What a key is called whose value is a secret.
const SECRET: [&str; 6] = ["secret", "passw", "passphrase", "token", "psk", "credential"];

/// A text in which the passwords of addresses are hidden: whatever tells of a settings file may quote a line of it.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = address.find(|c: char| c.is_whitespace() || c == '"' || c == '\'').unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        shown.push_str(&hide(address));
        rest = after;
    }
    shown + rest
}

/// A text in which no line gives away what a key of it says is secret, nor an address its password.
#[must_use]
pub fn redact_lines(text: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some((key, _)) if SECRET.iter().any(|word| key.to_ascii_lowercase().contains(word)) => format!("{key}= …"),
        Some(_) | None => line.to_owned(),
    };
    redact(&text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

/// What follows the `://` of an address, without its secrets.
fn hide(address: &str) -> String {
    let (place, parameters) = address.split_once('?').map_or((address, None), |(place, rest)| (place, Some(rest)));
    // The last @: a password that holds one was not written as it should be, and is hidden all the same.
    let mut shown = match place.rsplit_once('@') {
        Some((who, host)) => match who.split_once(':') {
            Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
            None => place.to_owned(),
        },
        None => place.to_owned(),
    };
    for (nth, pair) in parameters.into_iter().flat_map(|all| all.split('&')).enumerate() {
        shown.push(if nth == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((key, _)) if key.contains("pass") => shown.push_str(&format!("{key}={HIDDEN}")),
            Some(_) | None => shown.push_str(pair),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_secret() {
        for secret in [
            "postgres://u:s3cret@host/db",
            "postgres://u:s3@cret@host/db",
            "postgresql://host/db?user=u&password=s3cret",
        ] {
            let line = redact(&format!("line 2: address = \"{secret}\" in server.toml"));
            assert!(line.ends_with(" in server.toml") && line.contains("host/db") && !line.contains("s3"), "{line}");
        }
        let plain = "see https://accueil.test/a?b=c and sqlite:x";
        assert_eq!(redact(plain), plain);
    }

    #[test]
    fn a_line_that_names_a_secret_is_told_without_it() {
        let text = "a = 1\nclient_secret = \"s3cret\"\npassword=s3cret and more\nproxy = http://u:s3cret@h:1";
        let shown = redact_lines(text);
        assert!(!shown.contains("s3cret") && shown.contains("a = 1") && shown.contains("client_secret = …"), "{shown}");
        assert!(shown.ends_with("http://u:***@h:1"), "{shown}");
    }
}
