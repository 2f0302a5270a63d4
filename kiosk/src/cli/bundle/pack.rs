//! The file itself: a compressed archive that only its owner reads, and the README that says what is in it.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, fchown};
use std::path::Path;

use anyhow::{Context as _, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use wire::redaction::{redact, redact_lines};

/// The most of one file that is packed, in bytes: its end, which is its newest.
const LARGEST: usize = 4 << 20;

const NEVER: &str = "\
Never in it, on purpose: names and answers of visitors, tickets and their numbers, what was scanned, cards and badges,
keys and certificates, the store (/var/lib/borne), passwords, remarks in configuration files, the site's catalogue.
Addresses of your network and serial numbers of devices may be in it: look through it before you send it.
";

/// What was found, and what was not.
pub(super) struct Pack {
    found: Vec<Found>,
    missing: Vec<(&'static str, &'static str, String)>,
}

struct Found {
    name: &'static str,
    what: &'static str,
    text: String,
}

/// Makes the file, where nothing is yet.
pub(super) fn create(path: &Path) -> anyhow::Result<File> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.with_context(|| {
        format!("{} cannot be made: name a new file in a folder that takes one, with --out", path.display())
    })
}

impl Pack {
    pub(super) const fn new() -> Self {
        Self { found: Vec::new(), missing: Vec::new() }
    }

    /// Takes what was found, without what lets anybody in; else the reason.
    pub(super) fn put(&mut self, name: &'static str, what: &'static str, found: Result<String, String>) {
        match found {
            Ok(text) => {
                let end = &text[text.ceil_char_boundary(text.len().saturating_sub(LARGEST))..];
                // A document's lines are no settings.
                let text = if name.ends_with(".json") { redact(end) } else { redact_lines(end) };
                self.found.push(Found { name, what, text: text + "\n" });
            }
            Err(why) => self.missing.push((name, what, redact_lines(why.trim()))),
        }
    }

    pub(super) const fn files(&self) -> usize {
        self.found.len()
    }

    pub(super) const fn missing(&self) -> usize {
        self.missing.len()
    }

    fn readme(&self, at: Timestamp) -> String {
        let mut text = format!(
            "What helps those who help with a borne of Accueil. Made at {}.\n\n",
            at.strftime("%Y-%m-%d %H:%M:%S UTC")
        );
        let width = self.found.iter().map(|found| found.name.len()).max().unwrap_or_default();
        for Found { name, what, .. } in &self.found {
            text.push_str(&format!("{name:<width$}  {what}\n"));
        }
        if !self.missing.is_empty() {
            text.push_str("\nWhat could not be had, and why:\n");
        }
        for (name, what, why) in &self.missing {
            text.push_str(&format!("- {name} ({what}): {}\n", why.replace('\n', " ")));
        }
        text + "\n" + NEVER
    }

    /// Writes it all, durably, and answers its size. What is half-written is taken away.
    pub(super) fn write(&self, file: File, path: &Path, folder: &str, at: Timestamp) -> anyhow::Result<u64> {
        let written = self.pack(file, folder, at);
        if written.is_err() {
            // The reason is told; that it cannot be removed either would add nothing.
            let _ = std::fs::remove_file(path);
        }
        written.with_context(|| {
            format!("{} cannot be written: make room, or name another place with --out", path.display())
        })
    }

    fn pack(&self, file: File, folder: &str, at: Timestamp) -> anyhow::Result<u64> {
        let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
        let readme = self.readme(at);
        let all = self.found.iter().map(|found| (found.name, found.text.as_str()));
        for (name, text) in [("README.txt", readme.as_str())].into_iter().chain(all) {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o600);
            header.set_mtime(u64::try_from(at.as_second()).unwrap_or_default());
            archive.append_data(&mut header, format!("{folder}/{name}"), text.as_bytes())?;
        }
        let mut file = archive.into_inner()?.finish()?;
        file.flush()?;
        give_to_caller(&file)?;
        file.sync_all()?;
        Ok(file.stream_position()?)
    }
}

/// Under sudo the file is for whoever called: they fetch it in their own name.
fn give_to_caller(file: &File) -> anyhow::Result<()> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let (Some(user), Some(group)) = (number("SUDO_UID"), number("SUDO_GID")) else { return Ok(()) };
    if let Err(error) = fchown(file, Some(user), Some(group)) {
        bail!("it cannot be given to the user {user} who called sudo: {error}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_and_what_was_not_stand_in_the_readme() {
        let mut pack = Pack::new();
        pack.put("a.txt", "the first", Ok("see http://u:s3cret@h\npassword = s3cret".to_owned()));
        pack.put("b.json", "the second", Err("http://u:s3cret@h\ndoes not answer".to_owned()));
        let readme = pack.readme(Timestamp::UNIX_EPOCH);
        assert!(
            readme.contains("a.txt  the first")
                && readme.contains("b.json (the second): http://u:***@h does not answer"),
            "{readme}"
        );
        assert!(!pack.found[0].text.contains("s3cret") && pack.found[0].text.contains("http://u:***@h"));
        assert_eq!((pack.files(), pack.missing()), (1, 1));
    }

    #[test]
    fn the_end_of_what_is_long_is_packed() {
        let mut pack = Pack::new();
        pack.put("a.txt", "long", Ok("é".repeat(LARGEST) + "end"));
        assert!(pack.found[0].text.len() <= LARGEST + 1 && pack.found[0].text.ends_with("end\n"));
    }

    #[test]
    fn nothing_is_written_over() {
        let path = std::env::temp_dir().join(format!("borne-pack-{}", std::process::id()));
        let file = create(&path).unwrap();
        assert!(create(&path).is_err());
        assert!(Pack::new().write(file, &path, "x", Timestamp::UNIX_EPOCH).unwrap() > 0);
        std::fs::remove_file(&path).unwrap();
    }
}
