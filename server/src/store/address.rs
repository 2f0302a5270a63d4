//! Where a store is: `sqlite:PATH` or `postgres://…`. Whatever shows an address hides its secrets.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::postgres::PgConnectOptions;
use wire::redaction::redact;

/// What a PostgreSQL address may say after its `?`. The library would log another key with its value.
const PARAMETERS: [&str; 9] =
    ["host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Where a store is.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// A file on this machine; made where it is missing.
    Sqlite(PathBuf),
    /// A database, shared by as many servers as use it.
    Postgres(PostgresAddress),
}

/// A database's address, as `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full`, or
/// `postgres:///DATABASE?host=/run/postgresql` for a socket of this machine. What it leaves out comes from `PGUSER`,
/// `PGPASSWORD` and their like, and from `~/.pgpass`.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAddress(String);

/// A text that is no address of a store. It quotes nothing: there may be a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreAddressError {
    /// Neither of the two.
    #[error("use `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    Kind,
    /// It cannot be read.
    #[error(
        "the address of a PostgreSQL store cannot be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with \
         characters such as @ : / in a password as %40 %3A %2F"
    )]
    Postgres,
    /// It says what no address says.
    #[error(
        "after its `?` the address of a PostgreSQL store takes host, port, dbname, user, password, sslmode, sslrootcert, sslcert and sslkey"
    )]
    Parameter,
}

impl StoreAddress {
    /// The same, where a relative path begins in a folder.
    #[must_use]
    pub fn within(self, folder: &Path) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(folder.join(path)),
            Self::Postgres(address) => Self::Postgres(address),
        }
    }
}

impl PostgresAddress {
    /// What the library connects with.
    pub(super) fn options(&self) -> Result<PgConnectOptions, StoreAddressError> {
        PgConnectOptions::from_str(&self.0).map_err(|_| StoreAddressError::Postgres)
    }

    /// What the programs that come with PostgreSQL connect with, as variables of their environment. What the address leaves
    /// out they find where the library does.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let (place, parameters) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let mut all = Vec::new();
        if let Ok(options) = self.options() {
            let socket = options.get_socket().map(|folder| folder.display().to_string());
            all.push(("PGHOST", socket.unwrap_or_else(|| options.get_host().to_owned())));
            all.push(("PGPORT", options.get_port().to_string()));
            all.push(("PGUSER", options.get_username().to_owned()));
            all.extend(options.get_database().map(|name| ("PGDATABASE", name.to_owned())));
        }
        let (_, authority) = place.split_once("://").unwrap_or_default();
        let who = authority.split('/').next().and_then(|authority| authority.rsplit_once('@')).map(|(who, _)| who);
        let password = who.and_then(|who| who.split_once(':')).map(|(_, password)| password);
        // In a form's text a plus stands for a space, in an address for itself.
        let decoded = password.map(|password| format!("p={}", password.replace('+', "%2B").replace('&', "%26")));
        let pairs = form_urlencoded::parse(decoded.as_deref().unwrap_or_default().as_bytes());
        all.extend(pairs.map(|(_, password)| ("PGPASSWORD", password.into_owned())));
        all.extend(form_urlencoded::parse(parameters.as_bytes()).filter_map(|(key, value)| {
            let variable = match &*key {
                "password" => "PGPASSWORD",
                "sslmode" => "PGSSLMODE",
                "sslrootcert" => "PGSSLROOTCERT",
                "sslcert" => "PGSSLCERT",
                "sslkey" => "PGSSLKEY",
                _ => return None,
            };
            Some((variable, value.into_owned()))
        }));
        all
    }
}

impl FromStr for StoreAddress {
    type Err = StoreAddressError;
    fn from_str(text: &str) -> Result<Self, StoreAddressError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(StoreAddressError::Kind) } else { Ok(Self::Sqlite(path.into())) };
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(StoreAddressError::Kind);
        }
        let parameters = text.split_once('?').map_or("", |(_, parameters)| parameters);
        let keys = parameters.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split('=').next());
        if !keys.flatten().all(|key| PARAMETERS.contains(&key)) {
            return Err(StoreAddressError::Parameter);
        }
        let address = PostgresAddress(text.to_owned());
        address.options()?;
        Ok(Self::Postgres(address))
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.0))
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for StoreAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StoreAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_address_says_which_store_it_is() {
        let sqlite = |text: &str| text.parse::<StoreAddress>().unwrap().within(Path::new("/var/lib/accueil"));
        assert_eq!(sqlite("sqlite:accueil.db"), StoreAddress::Sqlite("/var/lib/accueil/accueil.db".into()));
        assert_eq!(sqlite("sqlite:///srv/a.db"), StoreAddress::Sqlite("/srv/a.db".into()));
        let StoreAddress::Postgres(socket) = sqlite("postgres:///hall?host=/run/postgresql&user=accueil") else {
            panic!("PostgreSQL");
        };
        let options = socket.options().unwrap();
        assert_eq!(options.get_socket(), Some(&PathBuf::from("/run/postgresql")));
        assert_eq!((options.get_database(), options.get_username()), (Some("hall"), "accueil"));
        for (wrong, why) in [
            ("accueil.db", StoreAddressError::Kind),
            ("sqlite:", StoreAddressError::Kind),
            ("mysql://host/db", StoreAddressError::Kind),
            ("postgres://u:p@host:port/db", StoreAddressError::Postgres),
            ("postgres://host/db?passwort=geheim", StoreAddressError::Parameter),
        ] {
            assert_eq!(wrong.parse::<StoreAddress>(), Err(why), "{wrong}");
        }
    }

    #[test]
    fn programs_are_told_what_the_library_is_told() {
        let told = |text: &str| match text.parse::<StoreAddress>().unwrap() {
            StoreAddress::Postgres(address) => address.environment().into_iter().collect::<BTreeMap<_, _>>(),
            StoreAddress::Sqlite(path) => panic!("{}", path.display()),
        };
        let all = told("postgres://accueil:s%40%26+b@db.example:5433/hall?sslmode=verify-full&sslrootcert=/etc/ca.pem");
        assert_eq!(all["PGHOST"], "db.example");
        assert_eq!((all["PGPORT"].as_str(), all["PGUSER"].as_str()), ("5433", "accueil"));
        assert_eq!((all["PGDATABASE"].as_str(), all["PGPASSWORD"].as_str()), ("hall", "s@&+b"));
        assert_eq!((all["PGSSLMODE"].as_str(), all["PGSSLROOTCERT"].as_str()), ("verify-full", "/etc/ca.pem"));
        let socket = told("postgres:///hall?host=/run/postgresql&user=accueil&password=x");
        assert_eq!((socket["PGHOST"].as_str(), socket["PGPASSWORD"].as_str()), ("/run/postgresql", "x"));
        assert!(!told("postgres://u@h/d").contains_key("PGPASSWORD"));
    }

    #[test]
    fn no_secret_is_shown() {
        for secret in [
            "postgres://u:s3cret@host/db",
            "postgres://u:s3@cret@host/db",
            "postgresql://host/db?user=u&password=s3cret",
        ] {
            if let Ok(address) = secret.parse::<StoreAddress>() {
                for shown in [address.to_string(), format!("{address:?}"), serde_json::to_string(&address).unwrap()] {
                    assert!(shown.contains("host/db") && shown.contains('*') && !shown.contains("s3"), "{shown}");
                }
            }
        }
    }
}
