//! The bare screen of a Linux machine: kernel mode setting and libinput, no desktop.

use super::DisplayError;

/// Makes the one window of this thread the machine's screen.
#[cfg(feature = "kms")]
pub(super) fn select() -> Result<(), DisplayError> {
    slint::BackendSelector::new().backend_name("linuxkms".into()).renderer_name("software".into()).select()?;
    Ok(())
}

/// Makes the one window of this thread the machine's screen.
#[cfg(not(feature = "kms"))]
pub(super) fn select() -> Result<(), DisplayError> {
    Err(DisplayError::NotBuilt { kind: super::Kind::Kms })
}
