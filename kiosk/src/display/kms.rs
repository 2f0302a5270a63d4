//! The bare screen of a Linux machine: kernel mode setting and libinput, no desktop.

use std::sync::Arc;

use super::DisplayError;
use super::touch::Glass;

/// Makes the one window of this thread the machine's screen, and lays the glass over it.
#[cfg(feature = "kms")]
pub(super) fn select(glass: &Arc<Glass>) -> Result<(), DisplayError> {
    slint::BackendSelector::new()
        .backend_name("linuxkms".into())
        .renderer_name("software".into())
        .with_libinput_event_hook(super::touch::libinput::hook(Arc::clone(glass)))
        .select()?;
    Ok(())
}

/// Makes the one window of this thread the machine's screen, and lays the glass over it.
#[cfg(not(feature = "kms"))]
pub(super) fn select(_: &Arc<Glass>) -> Result<(), DisplayError> {
    Err(DisplayError::NotBuilt { kind: super::Kind::Kms })
}
