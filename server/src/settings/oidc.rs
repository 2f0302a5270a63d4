//! `[oidc]`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The provider that staff sign in with beside local accounts. Without an issuer there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oidc {
    /// The provider's address, as it names itself: `https://auth.example.fr/realms/ville`.
    pub issuer: Option<String>,
    /// What the button says: « Se connecter avec … ».
    pub name: String,
    /// This server's name at the provider.
    pub client_id: String,
    /// Its secret, where the provider gave one.
    pub client_secret: Option<Secret>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that shows who somebody is to colleagues.
    pub display_claim: Option<String>,
    /// The claim that holds somebody's groups or roles, a text or a list; `realm_access.roles` names one within another.
    pub role_claim: Option<String>,
    /// What a value of that claim grants: `"accueil-agents" = "agent"`, or at one site only, `"agent@SITE"`.
    pub roles: BTreeMap<String, String>,
    /// A file of PEM certificates, where the provider's is of an authority that this machine does not know.
    pub authority: Option<PathBuf>,
}

/// What must not be shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
