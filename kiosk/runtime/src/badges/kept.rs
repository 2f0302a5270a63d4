//! The files of the badges, readable by the borne's own user only and written whole or not at all.

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wire::ids::SiteId;
use wire::staff::StaffList;

use super::BadgeError;
use super::attempts::Counts;
use crate::identity::write_secret;

/// The list, in the borne's data folder.
const LIST: &str = "staff.json";
/// Wrong PINs, beside it: some lines, written once an attempt.
const ATTEMPTS: &str = "staff-attempts.json";

#[derive(Deserialize)]
struct Read {
    site: SiteId,
    list: StaffList,
}

#[derive(Serialize)]
struct Written<'a> {
    site: SiteId,
    list: &'a StaffList,
}

pub(super) fn list(folder: &Path, site: SiteId) -> Option<StaffList> {
    read::<Read>(folder, LIST).filter(|kept| kept.site == site).map(|kept| kept.list)
}

pub(super) fn attempts(folder: &Path) -> Counts {
    read(folder, ATTEMPTS).unwrap_or_default()
}

pub(super) fn keep_list(folder: &Path, site: SiteId, list: &StaffList) -> Result<(), BadgeError> {
    write(folder, LIST, &Written { site, list })
}

pub(super) fn keep_attempts(folder: &Path, attempts: &Counts) -> Result<(), BadgeError> {
    write(folder, ATTEMPTS, attempts)
}

fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Option<T> {
    let path = folder.join(name);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::error!(%error, path = %path.display(), "a file of badges cannot be read");
            return None;
        }
    };
    // A parser's message may quote what stands there.
    let parsed = serde_json::from_str(&text);
    parsed.inspect_err(|_| tracing::error!(path = %path.display(), "a file of badges is damaged; it is made anew")).ok()
}

fn write(folder: &Path, name: &str, content: &impl Serialize) -> Result<(), BadgeError> {
    let path = folder.join(name);
    let text = serde_json::to_string(content).map_err(io::Error::from);
    text.and_then(|text| write_secret(&path, &text)).map_err(|source| BadgeError { path, source })
}
