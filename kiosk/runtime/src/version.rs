//! The version that this program is of.

use std::path::Path;
use std::sync::OnceLock;

use wire::wanted::ReleaseName;

/// Where a package says which version it is, from the folder that holds `bin`.
const TOLD: &str = "share/borne/version";

/// The version of the package that this program came in; that of its sources where it came in none.
///
/// It is read once: ask as the program starts, since an update replaces the package below a program that still runs.
#[must_use]
pub fn installed() -> &'static str {
    static INSTALLED: OnceLock<String> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let told = std::env::current_exe().ok().and_then(|program| beside(&program));
        told.map_or_else(|| env!("CARGO_PKG_VERSION").to_owned(), |version| version.to_string())
    })
}

/// What stands beside a program: `/usr/share/borne/version` is of `/usr/bin/borne`, and of no program that is compiled on a
/// machine which has the package too.
fn beside(program: &Path) -> Option<ReleaseName> {
    let told = program.parent()?.parent()?.join(TOLD);
    std::fs::read_to_string(told).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_version_of_its_package() {
        let prefix = tempfile::tempdir().unwrap();
        let program = prefix.path().join("bin/borne");
        let write = |text: &str| {
            let told = prefix.path().join(TOLD);
            std::fs::create_dir_all(told.parent().unwrap()).unwrap();
            std::fs::write(told, text).unwrap();
            beside(&program).map(|version| version.to_string())
        };
        assert_eq!(beside(&program), None, "it came in no package");
        assert_eq!(write("0.1.0+next1\n").as_deref(), Some("0.1.0+next1"));
        assert_eq!(write(""), None);
        assert_eq!(write("no version\n"), None, "what is told to the server names a release");
    }

    #[test]
    fn a_program_that_came_in_no_package_has_the_version_of_its_sources() {
        assert_eq!(installed(), env!("CARGO_PKG_VERSION"));
    }
}
