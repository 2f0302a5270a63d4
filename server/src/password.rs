//! Passwords: Argon2id with the library's parameters (19 MiB, two passes).

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// The shortest password, in characters.
pub const LENGTH_MIN: usize = 8;
/// The longest, in bytes: hashing must not become a way to keep the server busy.
pub const LENGTH_MAX: usize = 256;

/// A password that cannot be one.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {LENGTH_MIN} characters or more, and {LENGTH_MAX} bytes at most")]
    Length,
    /// The library failed.
    #[error("the password cannot be hashed")]
    Hash(#[source] argon2::password_hash::Error),
}

/// The PHC string that is kept. Takes tens of milliseconds.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < LENGTH_MIN || password.len() > LENGTH_MAX {
        return Err(PasswordError::Length);
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether a password is the one that is kept. Takes tens of milliseconds.
#[must_use]
pub fn verify(password: &str, kept: &str) -> bool {
    password.len() <= LENGTH_MAX
        && PasswordHash::new(kept)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_opens() {
        let kept = hash("accueil-demo").unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(verify("accueil-demo", &kept));
        assert!(!verify("accueil-dem0", &kept));
        assert!(!verify("accueil-demo", "no hash"));
        assert!(hash("short").is_err());
    }
}
