//! The server's settings: default < file < environment < command line.
//!
//! Each section is a struct of its own; a key that none knows is refused. Environment: `ACCUEIL_SERVER__HTTP__LISTEN`.

mod backup;
mod fleet;
mod hooks;
mod mail;
mod metrics;
mod oidc;
mod tls;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use queue_engine::Policy;
use queue_engine::policy::NoShow;
use serde::{Deserialize, Serialize};
use wire::redaction::redact_lines;

pub use backup::Backup;
pub use fleet::Fleet;
pub(crate) use fleet::minutes;
pub use hooks::{Hooks, Network, NetworkError};
pub use mail::{Mail, MailTls};
pub use metrics::Metrics;
pub use oidc::{Oidc, Secret};
pub use tls::{Tls, TlsMode};

use crate::store::StoreAddress;

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where it listens.
    pub http: Http,
    /// How it is reached over TLS.
    pub tls: Tls,
    /// Whom staff sign in with beside local accounts.
    pub oidc: Oidc,
    /// Which places it serves.
    pub site: SiteSettings,
    /// Where it keeps things.
    pub store: StoreSettings,
    /// Copies of it.
    pub backup: Backup,
    /// What other programs are told.
    pub hooks: Hooks,
    /// Whom alarms are mailed to.
    pub mail: Mail,
    /// When technicians are told of a borne.
    pub fleet: Fleet,
    /// The rules of calls.
    pub calls: Calls,
    /// What the hall's screens show and say.
    pub display: DisplaySettings,
    /// Days that are played.
    pub simulation: SimulationSettings,
    /// What it tells technicians.
    pub log: Log,
    /// What it tells Prometheus.
    pub metrics: Metrics,
}

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address and port.
    pub listen: SocketAddr,
    /// Reverse proxies whose `X-Forwarded-For` is believed. They must hand on `Host` as they got it.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long a client may take to send a request's head, in seconds, and to let its connection idle. Bornes come every
    /// 30 s; below that they would connect anew each time.
    pub head_deadline_s: NonZeroU32,
    /// How long a client may take to send a request's body, in seconds.
    pub body_deadline_s: NonZeroU32,
    /// How many connections are open at once; more wait. It stays below the limit of open files (`ulimit -n`).
    pub connections_max: NonZeroU32,
    /// How many of them one address may hold (an IPv6 line counts as one), trusted proxies apart; more are closed. A site's
    /// machines often share an address.
    pub connections_per_address_max: NonZeroU32,
}

impl Http {
    pub(crate) fn head_deadline(&self) -> Duration {
        Duration::from_secs(self.head_deadline_s.get().into())
    }

    pub(crate) fn body_deadline(&self) -> Duration {
        Duration::from_secs(self.body_deadline_s.get().into())
    }

    pub(crate) fn connections(&self) -> usize {
        size(self.connections_max)
    }

    /// How many connections an address may hold: a proxy brings everybody from one.
    pub(crate) fn connections_of(&self, address: IpAddr) -> usize {
        let trusted = self.trusted_proxies.contains(&address.to_canonical());
        if trusted { usize::MAX } else { size(self.connections_per_address_max) }
    }
}

const fn at_least_one(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

fn size(n: NonZeroU32) -> usize {
    usize::try_from(n.get()).unwrap_or(usize::MAX)
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            trusted_proxies: Vec::new(),
            head_deadline_s: at_least_one(60),
            body_deadline_s: at_least_one(30),
            connections_max: at_least_one(800),
            connections_per_address_max: at_least_one(200),
        }
    }
}

/// Which places it serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SiteSettings {
    /// The sites' catalogues, imported when a site is seen for the first time. Their `public_url` decides about cookies: with `https://` they are `Secure` and `__Host-`.
    pub catalogue: Catalogues,
}

/// Files of catalogues: one path, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Catalogues {
    /// Of the only site.
    One(PathBuf),
    /// One a site.
    Each(Vec<PathBuf>),
    /// Nothing was said: this one, where it is there. Sites may as well be made in the browser.
    #[serde(skip_deserializing)]
    Usual(PathBuf),
}

impl Catalogues {
    /// Every file.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Usual(path) if path.exists() => std::slice::from_ref(path),
            Self::Usual(_) => &[],
            Self::Each(paths) => paths,
        }
    }

    /// The same, relative to a folder.
    fn within(&self, folder: &Path) -> Self {
        match self {
            Self::One(path) => Self::One(folder.join(path)),
            Self::Usual(path) => Self::Usual(folder.join(path)),
            Self::Each(paths) => Self::Each(paths.iter().map(|path| folder.join(path)).collect()),
        }
    }
}

impl Default for Catalogues {
    fn default() -> Self {
        Self::Usual("site.toml".into())
    }
}

/// Where it keeps things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// `sqlite:PATH`, or `postgres://…` where several servers share one.
    pub address: StoreAddress,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { address: StoreAddress::Sqlite("accueil.db".into()) }
    }
}

/// What the hall's screens show and say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisplaySettings {
    /// Where the pictures are that displays show beside the numbers.
    pub media: PathBuf,
    /// What says the numbers.
    pub voice: Voice,
}

impl Default for DisplaySettings {
    fn default() -> Self {
        Self { media: "media".into(), voice: Voice::EspeakNg }
    }
}

/// Days that are played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulationSettings {
    /// Where the keys of their bornes and agents are kept from one day to the next; made where it is missing.
    pub folder: PathBuf,
}

impl Default for SimulationSettings {
    fn default() -> Self {
        Self { folder: "simulation".into() }
    }
}

/// What says the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Voice {
    /// The program espeak-ng of this machine.
    EspeakNg,
    /// Nothing: the screens chime.
    None,
}

/// The rules of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calls {
    /// How often a ticket rings, the call included, before it may be marked absent.
    pub no_show_min_calls: u32,
    /// How long after its first call it may be marked absent, in seconds.
    pub no_show_wait_s: u32,
    /// How far two rings of a ticket are apart, in seconds.
    pub recall_gap_s: u32,
}

impl Default for Calls {
    fn default() -> Self {
        let NoShow { min_calls, wait_s, recall_gap_s, .. } = NoShow::default();
        Self { no_show_min_calls: min_calls, no_show_wait_s: wait_s, recall_gap_s }
    }
}

impl Calls {
    /// The policy of a site that has published none: what nobody chose, with these rules of calls.
    #[must_use]
    pub fn policy(self) -> Policy {
        let Self { no_show_min_calls: min_calls, no_show_wait_s: wait_s, recall_gap_s } = self;
        let no_show = NoShow { min_calls, wait_s, recall_gap_s, ..NoShow::default() };
        Policy { no_show, ..Policy::default() }
    }
}

/// What it tells technicians.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `info`, `debug`, or `accueil_server=debug,info`. Libraries say no more than `info`: in their finer lines requests
    /// stand as they came, secrets and all.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into(), format: LogFormat::Text }
    }
}

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings `{path}`: check the path and its rights")]
    File {
        /// Where.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A wrong key or value in the file, with its line.
    #[error("settings `{path}`: {reason}")]
    Content {
        /// Where.
        path: String,
        /// Line, key and what is allowed.
        reason: String,
    },
    /// A wrong key or value in the environment.
    #[error("settings from the environment (ACCUEIL_SERVER__SECTION__KEY): {0}")]
    Environment(String),
}

impl Settings {
    /// Reads settings. Paths in the file are relative to the file.
    pub fn load(file: Option<&Path>, listen: Option<SocketAddr>) -> Result<Self, SettingsError> {
        let mut layers = config::Config::builder();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| SettingsError::File { path: path.display().to_string(), source })?;
            // Read by itself first: only here are lines known.
            toml::from_str::<Self>(&text).map_err(|e| SettingsError::Content {
                path: path.display().to_string(),
                reason: redact_lines(e.to_string().trim()),
            })?;
            layers = layers.add_source(config::File::from_str(&text, config::FileFormat::Toml));
        }
        let wrong = |e: config::ConfigError| SettingsError::Environment(redact_lines(&e.to_string()));
        let merged = layers.add_source(environment()).build().map_err(wrong)?;
        let mut settings: Self = merged.try_deserialize().map_err(wrong)?;
        if let Some(listen) = listen {
            settings.http.listen = listen;
        }
        if let Some(folder) = file.and_then(Path::parent) {
            settings.site.catalogue = settings.site.catalogue.within(folder);
            settings.store.address = settings.store.address.within(folder);
            settings.tls.certificate = folder.join(&settings.tls.certificate);
            settings.tls.key = folder.join(&settings.tls.key);
            settings.oidc.authority = settings.oidc.authority.map(|path| folder.join(path));
            settings.display.media = folder.join(&settings.display.media);
            settings.simulation.folder = folder.join(&settings.simulation.folder);
            settings.mail = settings.mail.within(folder);
            settings.backup = settings.backup.within(folder);
        }
        Ok(settings)
    }
}

fn environment() -> config::Environment {
    config::Environment::with_prefix("ACCUEIL_SERVER")
        .prefix_separator("__")
        .separator("__")
        .list_separator(",")
        .with_list_parse_key("http.trusted_proxies")
        .with_list_parse_key("tls.names")
        .with_list_parse_key("oidc.scopes")
        .with_list_parse_key("hooks.allowed_networks")
        .with_list_parse_key("mail.to")
        .try_parsing(true)
}
