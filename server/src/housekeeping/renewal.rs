//! What TLS is spoken with is read or made anew in time.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Job;
use crate::app::App;
use crate::store::StoreError;

/// Looks after the certificate, where the server speaks TLS itself.
#[derive(Debug)]
pub(super) struct RenewingTls;

#[async_trait]
impl Job for RenewingTls {
    fn name(&self) -> &'static str {
        "tls"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        if let Some(tls) = &app.tls {
            tls.look(now);
        }
        Ok(())
    }
}
