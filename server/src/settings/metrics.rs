//! Figures for Prometheus.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Figures for Prometheus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address and port of a listener that tells them, and nothing else, to whoever asks. Without one nobody is told.
    pub listen: Option<SocketAddr>,
}
