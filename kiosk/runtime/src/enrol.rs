//! A borne becomes a site's: a key made here, a one-time code from the server's administrator.

use std::path::Path;

use wire::enrolment::{EnrolRequest, EnrolmentCode, VERSION};

use crate::identity::{DeviceKey, Identity, IdentityError};
use crate::random;
use crate::sync::{CallError, Client, ClientError};

/// Enrolment had no success; nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// There is an identity already.
    #[error("this borne is enrolled already as {0}; to enrol it anew, revoke it at the server and pass --again")]
    Already(wire::ids::OriginId),
    /// The address.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The data folder.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The data folder cannot be made.
    #[error("the data folder cannot be made: {0}")]
    Folder(#[from] std::io::Error),
}

/// Enrols this borne and keeps its identity in `data`. `again` replaces an identity that is there.
pub async fn enrol(
    server_url: &str,
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
    let client = Client::new(server_url)?;
    let key = DeviceKey::from_random(&random::bytes());
    let request = EnrolRequest { v: VERSION, code, public_key: key.public(), name: name.to_owned() };
    let reply = client.enrol(&request).await?;
    let identity = Identity::new(key, &reply, server_url);
    identity.save(data)?;
    Ok(identity)
}
