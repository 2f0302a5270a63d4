//! `GET /v1/catalogue`: the catalogue that a server published, signed with the key that bornes pinned at enrolment.
//!
//! The signature covers the catalogue's bytes, so they travel and are kept as they were signed. A catalogue that was
//! published before the one in use is refused, however well it is signed: nobody brings last year's hours back.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, CatalogueError};
use crate::enrolment::PublicKey;
use crate::ids::SiteId;
use crate::sealed::ServerSignature;
use crate::token::Hash32;

/// The version of the protocol.
pub const VERSION: u8 = 1;
/// Where a borne fetches it.
pub const PATH: &str = "/v1/catalogue";

/// A catalogue as it was published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignedCatalogue {
    /// [`VERSION`].
    pub v: u8,
    /// Whose it is.
    pub site: SiteId,
    /// The catalogue's own version.
    pub version: u64,
    /// The catalogue as JSON, byte for byte as it was signed.
    pub catalogue: String,
    /// Whose signature it bears; a reader trusts the key that it pinned, not this one.
    pub key: PublicKey,
    /// Over [`signed_text`].
    pub signature: ServerSignature,
}

/// The text that is signed: a name that no other signature of this key begins with, the site, the version, and the hash of
/// the catalogue's bytes; each on a line of its own.
#[must_use]
pub fn signed_text(site: &SiteId, version: u64, catalogue: &str) -> String {
    format!("accueil-catalogue-v1\n{site}\n{version}\n{}\n", Hash32::of(catalogue.as_bytes()))
}

/// A published catalogue that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicationError {
    /// A version this program does not speak.
    #[error("the publication has version {0}: use version 1")]
    Version(u8),
    /// It was not signed with the pinned key.
    #[error("the catalogue is not signed by the server that enrolled this borne: look who answers in its place")]
    Signature,
    /// It is another site's, or says otherwise inside than outside.
    #[error("the catalogue is of site {0}: enrol this borne at its own site")]
    OtherSite(SiteId),
    /// It was published before the one in use.
    #[error("version {offered} of the catalogue is older than version {held}, which is in use: publish it anew")]
    Older {
        /// Its version.
        offered: u64,
        /// The version in use.
        held: u64,
    },
    /// The version outside is not that inside.
    #[error("the catalogue says version {inside} and was published as version {outside}")]
    OtherVersion {
        /// The catalogue's.
        inside: u64,
        /// The publication's.
        outside: u64,
    },
    /// It cannot be used.
    #[error("the catalogue cannot be used")]
    Catalogue(#[source] CatalogueError),
}

impl SignedCatalogue {
    /// Publishes a catalogue under its own version.
    #[must_use]
    pub fn sign(catalogue: &Catalogue, key: &SigningKey) -> Self {
        let (site, version, text) = (catalogue.site.id, catalogue.version, catalogue.to_json());
        let signature = ServerSignature::of(&signed_text(&site, version, &text), key);
        let key = PublicKey(key.verifying_key().to_bytes());
        Self { v: VERSION, site, version, catalogue: text, key, signature }
    }

    /// The catalogue, if it is this site's, signed with the pinned key, and no older than the version `held`. The same
    /// version again is taken: a borne whose copy was spoilt asks once more.
    pub fn verify(&self, pinned: &PublicKey, site: &SiteId, held: Option<u64>) -> Result<Catalogue, PublicationError> {
        if self.v != VERSION {
            return Err(PublicationError::Version(self.v));
        }
        if !self.signature.holds(&signed_text(&self.site, self.version, &self.catalogue), pinned) {
            return Err(PublicationError::Signature);
        }
        if self.site != *site {
            return Err(PublicationError::OtherSite(self.site));
        }
        if let Some(held) = held.filter(|held| self.version < *held) {
            return Err(PublicationError::Older { offered: self.version, held });
        }
        let catalogue = Catalogue::from_json(&self.catalogue).map_err(PublicationError::Catalogue)?;
        if catalogue.site.id != *site {
            return Err(PublicationError::OtherSite(catalogue.site.id));
        }
        if catalogue.version != self.version {
            return Err(PublicationError::OtherVersion { inside: catalogue.version, outside: self.version });
        }
        Ok(catalogue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
version = 7
[site]
id = "0190a5b0-0000-7000-8000-000000000013"
name = { fr = "Mairie" }
time_zone = "Europe/Paris"
public_url = "http://127.0.0.1:8080"
address = "1 place de la Mairie, 13008 Marseille"
[[site.zone]]
id = "hall-a"
name = { fr = "Hall A" }
[[service]]
id = "titres"
letter = "A"
name = { fr = "Titres" }
commitment_min = 20
[[counter]]
id = "1"
name = { fr = "Guichet 1" }
services = ["titres"]
zone = "hall-a"
capabilities = ["pmr"]
[[display]]
id = "hall"
name = { fr = "Hall" }
layout = "partage"
zones = ["hall-a"]
diagonal_in = 43
distance_m = 2.5
media = [{ file = "affiche.png", text = { fr = "Fermé le 25" }, seconds = 20 }]
"#;

    fn server(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn pinned(byte: u8) -> PublicKey {
        PublicKey(server(byte).verifying_key().to_bytes())
    }

    fn small() -> Catalogue {
        Catalogue::from_toml(SMALL).unwrap()
    }

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let signed = SignedCatalogue::sign(&small(), &server(7));
        let text = signed_text(&signed.site, signed.version, &signed.catalogue);
        let text = serde_json::to_string(&signed).unwrap() + "\n" + &text;
        assert_eq!(text, include_str!("../golden/catalogue-v1.txt"));
    }

    #[test]
    fn what_the_pinned_server_published_is_taken_and_again() {
        let (catalogue, site) = (small(), small().site.id);
        let sent = serde_json::to_string(&SignedCatalogue::sign(&catalogue, &server(7))).unwrap();
        let read: SignedCatalogue = serde_json::from_str(&sent).unwrap();
        for held in [None, Some(0), Some(6), Some(7)] {
            assert_eq!(read.verify(&pinned(7), &site, held), Ok(catalogue.clone()));
        }
        let older = PublicationError::Older { offered: 7, held: 8 };
        assert_eq!(read.verify(&pinned(7), &site, Some(8)), Err(older));
    }

    #[test]
    fn nothing_else_is_taken() {
        let (good, site) = (SignedCatalogue::sign(&small(), &server(7)), small().site.id);
        let refused = |signed: &SignedCatalogue| signed.verify(&pinned(7), &site, None).unwrap_err();
        assert_eq!(good.verify(&pinned(8), &site, None), Err(PublicationError::Signature), "another server");
        let own_key = SignedCatalogue::sign(&small(), &server(8));
        assert_eq!(refused(&own_key), PublicationError::Signature, "the key beside a signature proves nothing");
        assert_eq!(refused(&SignedCatalogue { version: 8, ..good.clone() }), PublicationError::Signature);
        let catalogue = good.catalogue.replace("Titres", "Titre");
        assert_eq!(refused(&SignedCatalogue { catalogue, ..good.clone() }), PublicationError::Signature);
        assert_eq!(refused(&SignedCatalogue { v: 2, ..good.clone() }), PublicationError::Version(2));
        let elsewhere: SiteId = "0190a5b0-0000-7000-8000-000000000014".parse().unwrap();
        assert_eq!(good.verify(&pinned(7), &elsewhere, None), Err(PublicationError::OtherSite(site)));
        // The server's own mistakes: another version or site inside, and a catalogue that breaks a rule.
        let signed = |version, site, catalogue: String| {
            let signature = ServerSignature::of(&signed_text(&site, version, &catalogue), &server(7));
            SignedCatalogue { v: VERSION, site, version, catalogue, key: pinned(7), signature }
        };
        let inside = PublicationError::OtherVersion { inside: 7, outside: 9 };
        assert_eq!(refused(&signed(9, site, good.catalogue.clone())), inside);
        let other = good.catalogue.replace(&site.to_string(), &elsewhere.to_string());
        assert_eq!(refused(&signed(7, site, other)), PublicationError::OtherSite(elsewhere));
        let broken = good.catalogue.replace(r#""letter":"A""#, r#""letter":"R""#);
        assert!(matches!(refused(&signed(7, site, broken)), PublicationError::Catalogue(CatalogueError::Rules(_))));
        let no_json = signed(7, site, "{".to_owned());
        assert!(matches!(refused(&no_json), PublicationError::Catalogue(CatalogueError::Syntax(_))));
    }
}
