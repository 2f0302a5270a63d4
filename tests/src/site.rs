//! A virtual site of its own: a server that runs, and whatever is put beside it.

use std::path::{Path, PathBuf};

use kiosk_runtime::config::Server as Address;
use kiosk_runtime::enrol::enrol;
use kiosk_runtime::identity::Identity;
use tempfile::TempDir;

use crate::borne::{Borne, Options};
use crate::server::Server;
use crate::{free_port, project};

/// A server that runs in a folder of its own, which goes with it.
pub struct Site {
    /// The server.
    pub server: Server,
    place: TempDir,
}

/// The example site that stands for any other: several services, counters, languages.
#[must_use]
pub fn example() -> PathBuf {
    project().join("config/examples/marseille/site.toml")
}

impl Site {
    /// The example.
    pub async fn open() -> anyhow::Result<Self> {
        Self::of(&example()).await
    }

    /// Another one, of this catalogue.
    pub async fn of(catalogue: &Path) -> anyhow::Result<Self> {
        let place = tempfile::tempdir()?;
        let mut server = Server::prepare(&place.path().join("server"), catalogue, free_port()?)?;
        server.start().await?;
        Ok(Self { server, place })
    }

    /// Its folder: the server's log and the borne's lie in `server/server.log` and `borne/borne.log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.place.path()
    }

    /// A borne that has never been on.
    pub fn borne(&self, options: &Options<'_>) -> anyhow::Result<Borne> {
        Borne::prepare(&self.folder().join("borne"), &self.server, options)
    }

    /// The same, on: it has enrolled, and shows a screen.
    pub async fn start_borne(&self, options: &Options<'_>) -> anyhow::Result<Borne> {
        let mut borne = self.borne(options)?;
        borne.start(options, Some(&self.server.enrolment_code()?)).await?;
        Ok(borne)
    }

    /// Enrols a borne whose data lie in a folder, without its program; `again` where it is somebody already.
    pub async fn enrol(&self, data: &Path, again: bool) -> anyhow::Result<Identity> {
        let code = self.server.enrolment_code()?.parse()?;
        Ok(enrol(&Address::at(self.server.url()), code, "Borne 01", data, again).await?)
    }
}
