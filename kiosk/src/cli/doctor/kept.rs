//! What the borne keeps: whether it can be written, who it is, what its server has not got.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use kiosk_runtime::identity::Identity;
use kiosk_runtime::store::Unsent;
use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::super::whole;
use super::{Finding, bad, good, look_at};

/// Looks into the folder, as far as this user may.
pub(super) fn looked_at(folder: &Path, unsent: &anyhow::Result<Unsent>) -> Vec<Finding> {
    let owner = std::fs::metadata(folder).ok().map(|folder| folder.uid());
    let denied = access(folder, Access::WRITE_OK | Access::EXEC_OK) == Err(Errno::ACCESS);
    if denied && is_anothers(owner, rustix::process::geteuid().as_raw()) {
        return closed(folder);
    }
    let store = unsent.as_ref().err().map(|error| bad("store", whole(error)));
    [at_data(folder), at_identity(folder)].into_iter().chain(store).collect()
}

/// Whether a folder that is closed to somebody is rightly so. The borne's own user is shut out of what is theirs, or of what
/// root made in their place, by mistake.
const fn is_anothers(owner: Option<u32>, user: u32) -> bool {
    match owner {
        Some(owner) => owner != user && owner != 0,
        None => true,
    }
}

fn closed(folder: &Path) -> Vec<Finding> {
    let folder = folder.display();
    let told = format!("only the borne's own user and root may look into {folder}: run `sudo borne doctor`");
    vec![look_at("data", told), look_at("identity", format!("in {folder}: see data"))]
}

fn at_data(folder: &Path) -> Finding {
    let probe = folder.join(".doctor");
    let written = std::fs::File::create(&probe).and_then(|mut f| f.write_all(b"x").and_then(|()| f.sync_all()));
    // What could not be written cannot be removed either.
    let _ = std::fs::remove_file(&probe);
    let free = rustix::fs::statvfs(folder).map(|s| s.f_bavail.saturating_mul(s.f_frsize) >> 20);
    match (written, free) {
        (Err(error), _) => bad("data", format!("{} cannot be written: {error}", folder.display())),
        (Ok(()), Ok(mb)) if mb < 100 => look_at("data", format!("{mb} MB free in {}; make room", folder.display())),
        (Ok(()), Ok(mb)) => good("data", format!("{} · {mb} MB free", folder.display())),
        (Ok(()), Err(_)) => good("data", folder.display()),
    }
}

fn at_identity(folder: &Path) -> Finding {
    match Identity::load(folder) {
        Ok(i) => {
            let (series, print) = (i.series.digit(), i.key.public().fingerprint());
            good("identity", format!("{} · series {series} · fingerprint {print}", i.borne))
        }
        Err(error) => bad("identity", error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn only_a_strangers_user_is_sent_for_root() {
        let (borne, technician) = (998, 1_000);
        assert!(is_anothers(Some(borne), technician), "in the borne's group perhaps");
        assert!(is_anothers(None, technician), "not even its owner is told");
        assert!(!is_anothers(Some(borne), borne), "its own folder, which it may not write");
        assert!(!is_anothers(Some(0), borne), "one that root made for it");
    }

    #[test]
    fn what_this_user_may_not_see_is_no_fault() {
        let told = closed(Path::new("/var/lib/borne"));
        assert!(told.iter().all(|finding| finding.health == Health::Look), "{told:?}");
        assert!(told[0].detail.contains("sudo borne doctor"), "{told:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_bad() {
        let told = looked_at(Path::new("/nowhere/borne"), &Ok(Unsent::default()));
        assert!(told.iter().all(|finding| finding.health == Health::Bad), "{told:?}");
    }
}
