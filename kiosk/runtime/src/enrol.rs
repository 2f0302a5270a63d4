//! A borne becomes a site's: a key made here, a one-time code from the server's administrator.

use std::path::Path;

use wire::enrolment::{EnrolRequest, EnrolmentCode, VERSION};
use wire::ids::OriginId;

use crate::clock::Clock;
use crate::config::Server;
use crate::identity::{DeviceKey, Identity, IdentityError};
use crate::random;
use crate::store::{Store, StoreError};
use crate::sync::{CallError, Client, ClientError};

/// Enrolment had no success; nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// There is an identity already.
    #[error("this borne is enrolled already as {0}; to enrol it anew, revoke it at the server and pass --again")]
    Already(OriginId),
    /// The address.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The data folder.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data folder cannot be made.
    #[error("the data folder cannot be made: {0}")]
    Folder(#[from] std::io::Error),
}

/// Enrols this borne and keeps its identity in `data`. `again` replaces an identity that is there.
pub async fn enrol(
    server: &Server,
    code: EnrolmentCode,
    name: &str,
    data: &Path,
    again: bool,
) -> Result<Identity, EnrolError> {
    std::fs::create_dir_all(data)?;
    match Identity::load(data) {
        Ok(identity) if !again => return Err(EnrolError::Already(identity.borne)),
        Ok(_) | Err(IdentityError::NotEnrolled) => {}
        Err(_) if again => {}
        Err(error) => return Err(error.into()),
    }
    let client = Client::new(server, &Clock::default())?;
    // Kept before it is sent: where the answer is lost, the same key and code are answered again.
    let key = DeviceKey::pending(data, random::bytes())?;
    let request = EnrolRequest { v: VERSION, code, public_key: key.public(), name: name.to_owned() };
    let reply = client.enrol(&request).await?;
    let identity = Identity::new(key, &reply);
    if let Some(before) = Identity::load(data).ok().filter(|before| before.borne != identity.borne) {
        set_store_aside(data, before.borne)?;
    }
    identity.save(data)?;
    // A machine without a clock of its own begins its next start here rather than in 1970.
    Store::open(data)?.confirm_time(reply.server_time)?;
    Ok(identity)
}

/// A log belongs to the identity that wrote it: another one begins its own at 1, and the old one stays beside it.
fn set_store_aside(data: &Path, origin: OriginId) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let (from, to) = (data.join(format!("borne.db{ending}")), data.join(format!("borne-{origin}.db{ending}")));
        match std::fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
