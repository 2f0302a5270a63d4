//! Passwords: Argon2id with the library's parameters (19 MiB, two passes).

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// The shortest password, in characters.
pub const LENGTH_MIN: usize = 8;
/// The longest, in bytes: hashing must not become a way to keep the server busy.
pub const LENGTH_MAX: usize = 256;

/// The GNU C library maps whatever is larger by itself, in bytes; what of it is never touched costs nothing.
const MAPPED: usize = 32 << 20;

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
    password.len() <= LENGTH_MAX && PasswordHash::new(kept).is_ok_and(|kept| matches(password, &kept).unwrap_or(false))
}

/// The library's own comparison leaves its 19 MiB with the allocator, once for each thread that ever hashed: a hundred MiB
/// after a morning of sign-ins. What is larger than [`MAPPED`] is a mapping of its own, and goes back to the system.
fn matches(password: &str, kept: &PasswordHash) -> argon2::Result<bool> {
    let (Some(salt), Some(expected)) = (&kept.salt, &kept.hash) else {
        return Ok(false);
    };
    let (Ok(algorithm), Ok(params)) = (Algorithm::try_from(kept.algorithm.as_str()), Params::try_from(kept)) else {
        return Ok(false);
    };
    let version = kept.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let mut memory: Vec<Block> = Vec::with_capacity(params.block_count().max(MAPPED / Block::SIZE + 1));
    memory.resize(params.block_count(), Block::default());
    let mut computed = vec![0; expected.len()];
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut computed, memory.as_mut_slice())?;
    // Takes as long whatever differs.
    Ok(Output::new(&computed).is_ok_and(|computed| computed == *expected))
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
