//! The folder of copies. A file has its name once it is whole and on the disk.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use wire::token::Hash32;

use crate::store::CopyError;

/// What a file is called while it is written.
const PART: &str = "part";

/// Where copies are kept.
pub(super) struct Folder<'a>(pub(super) &'a Path);

/// A copy's name: when it was begun, in universal time.
pub(super) fn name(at: Timestamp, suffix: &str) -> String {
    format!("accueil-{}.{suffix}", at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S%3fZ"))
}

/// When the copy of a name was begun.
fn begun(name: &str, suffix: &str) -> Option<Timestamp> {
    let at = DateTime::strptime("accueil-%Y%m%dT%H%M%S%fZ", name.strip_suffix(suffix)?.strip_suffix('.')?).ok()?;
    at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

impl Folder<'_> {
    /// An empty file for a copy, which nobody else reads: it holds keys and passwords' hashes. What a server left half written
    /// when it was ended goes.
    pub(super) fn begin(&self, name: &str) -> Result<PathBuf, CopyError> {
        let failed = |source| file_error(self.0, source);
        DirBuilder::new().recursive(true).mode(0o700).create(self.0).map_err(failed)?;
        for entry in fs::read_dir(self.0).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with("accueil-") && path.extension().is_some_and(|end| end == PART) {
                fs::remove_file(&path).map_err(failed)?;
            }
        }
        let part = self.0.join(format!("{name}.{PART}"));
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(&part).map_err(failed)?;
        Ok(part)
    }

    /// Gives a copy its name once it is on the disk. Answers its length and its hash.
    pub(super) async fn finish(&self, part: PathBuf, name: &str) -> Result<(u64, Hash32), CopyError> {
        let measured = measure(part.clone()).await?;
        let failed = |source| file_error(&part, source);
        let whole = self.0.join(name);
        let folder = self.0.to_owned();
        let from = part.clone();
        let settled = tokio::task::spawn_blocking(move || {
            File::open(&from)?.sync_all()?;
            fs::rename(&from, whole)?;
            File::open(folder)?.sync_all()
        });
        settled.await.map_err(io::Error::other).and_then(|settled| settled).map_err(failed)?;
        Ok(measured)
    }

    /// Copies by their names, and when each was begun.
    pub(super) fn copies(&self, suffix: &str) -> Result<Vec<(String, Timestamp)>, CopyError> {
        let failed = |source| file_error(self.0, source);
        let entries = match fs::read_dir(self.0) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let names: io::Result<Vec<String>> =
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect();
        let copy = |name: String| begun(&name, suffix).map(|at| (name, at));
        Ok(names.map_err(failed)?.into_iter().filter_map(copy).collect())
    }

    /// Whether a path leads to a file in the folder.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        folder.is_some_and(|folder| fs::canonicalize(self.0).is_ok_and(|own| own == folder))
    }

    /// Removes a copy; one that is not there any more is removed.
    pub(super) fn remove(&self, name: &str) -> Result<(), CopyError> {
        let path = self.0.join(name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(file_error(&path, e)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// A file's length and hash.
pub(super) async fn measure(path: PathBuf) -> Result<(u64, Hash32), CopyError> {
    let shown = path.clone();
    let measured = tokio::task::spawn_blocking(move || {
        let mut file = File::open(path)?;
        let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; 1 << 16]);
        loop {
            let n = file.read(&mut piece)?;
            let Some(read) = piece.get(..n).filter(|read| !read.is_empty()) else {
                return Ok((bytes, Hash32(hash.finalize().into())));
            };
            hash.update(read);
            bytes += n as u64;
        }
    });
    measured.await.map_err(io::Error::other).and_then(|measured| measured).map_err(|e| file_error(&shown, e))
}

fn file_error(path: &Path, source: io::Error) -> CopyError {
    CopyError::File { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_name_tells_when_its_copy_was_begun() {
        let at: Timestamp = "2026-11-21T02:30:00.042Z".parse().unwrap();
        assert_eq!(name(at, "db"), "accueil-20261121T023000042Z.db");
        assert_eq!(begun(&name(at, "db"), "db"), Some(at));
        for other in
            ["accueil-20261121T023000042Z.db.part", "accueil-20261121T023000042Z.dump", "accueil-mine.db", "db"]
        {
            assert_eq!(begun(other, "db"), None, "{other}");
        }
    }

    #[test]
    fn nobody_else_reads_a_copy_while_it_is_written() {
        let folder = tempfile::TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for _ in 0..2 {
            let part = Folder(folder.path()).begin("accueil-1.db").unwrap();
            let written = fs::metadata(&part).unwrap();
            assert_eq!((written.permissions().mode() & 0o777, written.len()), (0o600, 0));
        }
    }
}
