//! Packages on board: a folder that `deploy/bundle` made, with a list of what lies in it (`Packages`, as Debian's
//! repositories have it). Only what a machine lacks is sent, and what it has got of an earlier run is not sent again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::link::{Link, LinkError};
use crate::perform::run;
use crate::plan::Offered;

const CARRY: &str = include_str!("scripts/carry.sh");
/// Where packages lie on the machine.
const BOARD: &str = "/var/cache/accueil-provision";

/// A folder with packages.
#[derive(Clone, Debug)]
pub struct Bundle {
    folder: PathBuf,
    packages: Vec<Package>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Package {
    name: String,
    version: String,
    architecture: String,
    file: String,
    sha256: String,
}

/// A bundle is none.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Its list cannot be read.
    #[error("{path} cannot be read: {source}; a bundle is a folder that `deploy/bundle` made")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something is not in it that is needed.
    #[error("the bundle {folder} has no package `{package}` for {architecture}: make it again with `deploy/bundle`")]
    Missing {
        /// Which folder.
        folder: PathBuf,
        /// Which package.
        package: String,
        /// For which machine.
        architecture: String,
    },
}

impl Bundle {
    /// Opens a folder.
    ///
    /// # Errors
    /// When it holds no list of packages.
    pub fn open(folder: &Path) -> Result<Self, BundleError> {
        let path = folder.join("Packages");
        let text = fs::read_to_string(&path).map_err(|source| BundleError::Read { path, source })?;
        Ok(Self { folder: folder.to_owned(), packages: read(&text) })
    }

    /// What it offers to a machine, of what is wanted of it.
    ///
    /// # Errors
    /// When the borne itself is not in it.
    pub fn offered(&self, architecture: &str, wanted: &[&str]) -> Result<Offered, BundleError> {
        let fits = |package: &&Package| ["all", architecture].contains(&package.architecture.as_str());
        let all = self.packages.iter().filter(fits);
        let offered: Offered = all.map(|package| (package.name.clone(), package.version.clone())).collect();
        // What Debian brings may come from its own mirrors; what is ours does not.
        let missing = wanted.iter().find(|name| name.starts_with("borne") && !offered.contains_key(**name));
        match missing {
            None => Ok(offered),
            Some(package) => Err(BundleError::Missing {
                folder: self.folder.clone(),
                package: (*package).to_owned(),
                architecture: architecture.to_owned(),
            }),
        }
    }

    /// Sends what a machine lacks to install packages. Answers how many packages were sent.
    ///
    /// # Errors
    /// When the machine is not reached, or has no room.
    pub fn carry(&self, link: &dyn Link, packages: &[&str], say: &mut dyn FnMut(&str)) -> Result<usize, LinkError> {
        // An installation that goes on there takes its packages from the folder, and takes it away at the end.
        run(link, &format!("in_turn mkdir -p {BOARD}"))?;
        link.send(&self.folder.join("Packages"), &format!("{BOARD}/Packages"))?;
        let names: BTreeMap<&str, &Package> =
            self.packages.iter().map(|package| (package.file.as_str(), package)).collect();
        // `carry.sh` answers which files apt would take from the list, and which of them are there already.
        let said = run(link, &format!("WANTED='{}'\n{CARRY}", packages.join(" ")))?;
        let mut sent = 0;
        for line in said.lines() {
            let Some((file, there)) = line.split_once(' ') else { continue };
            let file = plain(file);
            let Some(package) = names.get(file.as_str()).filter(|package| package.sha256 != there) else { continue };
            say(&format!("sending {} {}", package.name, package.version));
            link.send(&self.folder.join(&file), &format!("{BOARD}/{file}"))?;
            sent += 1;
        }
        run(link, &format!("chmod -R a+rX {BOARD}"))?;
        Ok(sent)
    }
}

/// A file's name, of an address in which some of its letters are written as `%2b` (RFC 3986, 2.1).
fn plain(address: &str) -> String {
    let mut pieces = address.split('%');
    let mut name = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(letter) => {
                name.push(char::from(letter));
                name.push_str(&piece[2..]);
            }
            None => {
                name.push('%');
                name.push_str(piece);
            }
        }
    }
    name
}

/// A list as Debian's repositories have it (deb822(5)).
fn read(text: &str) -> Vec<Package> {
    let stanza = |text: &str| {
        let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        let field = |name: &str| fields.get(name).map(|value| value.trim().to_owned());
        Some(Package {
            name: field("Package")?,
            version: field("Version")?,
            architecture: field("Architecture")?,
            file: field("Filename")?.trim_start_matches("./").to_owned(),
            sha256: field("SHA256")?,
        })
    };
    text.split("\n\n").filter_map(stanza).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "Package: borne\nVersion: 0.2.0\nArchitecture: amd64\nDescription: a kiosk\n with: a colon\nFilename: ./borne_0.2.0_amd64.deb\nSHA256: aa\n\n\
                        Package: fonts-x\nVersion: 1\nArchitecture: all\nFilename: ./fonts-x_1_all.deb\nSHA256: bb\n";

    #[test]
    fn a_file_is_found_by_its_address() {
        assert_eq!(plain("libpng16-16_1.6.39-2%2bdeb12u6_amd64.deb"), "libpng16-16_1.6.39-2+deb12u6_amd64.deb");
        assert_eq!(plain("borne_0.1.0%7et1_amd64.deb"), "borne_0.1.0~t1_amd64.deb");
        assert_eq!(plain("a%zz%"), "a%zz%");
    }

    #[test]
    fn a_bundle_offers_what_fits_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Packages"), LIST).unwrap();
        let bundle = Bundle::open(folder.path()).unwrap();
        let offered = bundle.offered("amd64", &["borne", "systemd-timesyncd"]).unwrap();
        assert_eq!((offered["borne"].as_str(), offered["fonts-x"].as_str()), ("0.2.0", "1"));
        let said = bundle.offered("arm64", &["borne"]).unwrap_err().to_string();
        assert!(said.contains("no package `borne` for arm64"), "{said}");
        let none = tempfile::tempdir().unwrap();
        assert!(Bundle::open(none.path()).unwrap_err().to_string().contains("deploy/bundle"));
    }
}
