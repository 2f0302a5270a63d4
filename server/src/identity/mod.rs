//! Who somebody is, as another service says: OpenID Connect beside local accounts.
//!
//! [`claims`] says what the provider's word is worth here, without any I/O; [`oidc`] asks the provider.

pub(crate) mod claims;
pub(crate) mod oidc;

pub use claims::MappingError;
pub use oidc::OidcError;
