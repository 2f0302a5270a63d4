//! One letter on its way to the mail server.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use reqwest::Certificate as Pem;

use super::Letter;
use crate::refusal::chain;
use crate::settings::{self, MailTls};

/// How long a mail server may take for each answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// And for all of them.
const DEADLINE_OF_ALL: Duration = Duration::from_secs(60);
/// As much of what went wrong as is kept.
const DETAIL_MAX: usize = 300;

/// Hands letters to the mail server that the settings name.
pub struct Post {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What the settings say of addressees.
    pub(super) settings: settings::Mail,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Why nobody is written to.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address that is none.
    #[error("`{address}` in {place} is no e-mail address: write `technique@ville.fr` or `Accueil <accueil@ville.fr>`")]
    Address {
        /// Where it stands.
        place: String,
        /// What stands there.
        address: String,
    },
    /// Passwords and alarms would travel in the clear.
    #[error(
        "mail.tls is \"none\", which only a mail server on this machine may have: write \"starttls\" or \"tls\" for `{0}`"
    )]
    Plain(String),
    /// A name without its password, or the other way round.
    #[error("mail.user and mail.password_file go together: write both, or neither")]
    HalfAUser,
    /// A file that cannot be read.
    #[error("cannot read `{path}` of {setting}: check the path and its rights")]
    File {
        /// Which setting names it.
        setting: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An empty password.
    #[error("`{0}` of mail.password_file is empty: write the password into it, on one line")]
    NoPassword(PathBuf),
    /// Certificates that are none, or none that can be asked for.
    #[error("TLS with the mail server `{host}` cannot be prepared: check mail.host and the PEM file of mail.authority")]
    Tls {
        /// Which server.
        host: String,
        /// Why.
        #[source]
        source: lettre::transport::smtp::Error,
    },
    /// A file without a certificate.
    #[error("`{0}` of mail.authority holds no certificate in PEM")]
    NoCertificate(PathBuf),
}

impl Post {
    /// Reads the settings, and the password; nobody is asked yet. None where the settings name no server.
    pub fn new(settings: &settings::Mail) -> Result<Option<Self>, MailError> {
        let Some(host) = settings.host.clone() else {
            return Ok(None);
        };
        let from = mailbox("mail.from", &settings.from)?;
        for address in &settings.to {
            mailbox("mail.to", address)?;
        }
        for (site, addresses) in &settings.sites {
            for address in addresses {
                mailbox(&format!("mail.sites.{site}"), address)?;
            }
        }
        let tls = match settings.tls {
            MailTls::None if !is_here(&host) => return Err(MailError::Plain(host)),
            MailTls::None => Tls::None,
            MailTls::Starttls => Tls::Required(parameters(&host, settings.authority.as_deref())?),
            MailTls::Tls => Tls::Wrapper(parameters(&host, settings.authority.as_deref())?),
        };
        let port = settings.port.unwrap_or(settings.tls.port());
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(port).tls(tls);
        server = server.timeout(Some(DEADLINE));
        if let Ok(own) = rustix::system::uname().nodename().to_str() {
            server = server.hello_name(ClientId::Domain(own.to_owned()));
        }
        match (&settings.user, &settings.password_file) {
            (None, None) => {}
            (Some(user), Some(path)) => {
                server = server.credentials(Credentials::new(user.clone(), password(path)?));
            }
            (Some(_), None) | (None, Some(_)) => return Err(MailError::HalfAUser),
        }
        Ok(Some(Self { server: server.build(), from, settings: settings.clone() }))
    }

    /// Hands a letter over. Without an error the mail server has taken it; otherwise what went wrong is said.
    pub async fn send(&self, to: &str, letter: &Letter) -> Result<(), String> {
        let message = self.message(to, letter)?;
        match tokio::time::timeout(DEADLINE_OF_ALL, self.server.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(e)) => Err(chain(&e).chars().take(DETAIL_MAX).collect()),
            Err(_) => Err("the mail server took too long".to_owned()),
        }
    }

    fn message(&self, to: &str, letter: &Letter) -> Result<Message, String> {
        let to = mailbox("mail.to", to).map_err(|e| e.to_string())?;
        let id = format!("<{}@{}>", letter.id, self.from.email.domain());
        // Programs that answer while somebody is away leave such mail alone (RFC 3834).
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(id))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .subject(letter.subject.replace(char::is_control, " "))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone());
        message.map_err(|e| chain(&e))
    }
}

fn mailbox(place: &str, address: &str) -> Result<Mailbox, MailError> {
    let wrong = |_| MailError::Address { place: place.to_owned(), address: address.to_owned() };
    address.trim().parse().map_err(wrong)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn password(path: &Path) -> Result<String, MailError> {
    let read = std::fs::read_to_string(path).map(zeroize::Zeroizing::new);
    let text =
        read.map_err(|source| MailError::File { setting: "mail.password_file", path: path.to_owned(), source })?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() { Err(MailError::NoPassword(path.to_owned())) } else { Ok(password.to_owned()) }
}

fn parameters(host: &str, authority: Option<&Path>) -> Result<TlsParameters, MailError> {
    // Another part of the program may have chosen it before: it is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = |source| MailError::Tls { host: host.to_owned(), source };
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = authority {
        let setting = "mail.authority";
        let pem = std::fs::read(path).map_err(|source| MailError::File { setting, path: path.to_owned(), source })?;
        if Pem::from_pem_bundle(&pem).map_or(true, |all| all.is_empty()) {
            return Err(MailError::NoCertificate(path.to_owned()));
        }
        parameters = parameters.add_root_certificate(Certificate::from_pem(&pem).map_err(tls)?);
    }
    parameters.build().map_err(tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut settings::Mail)) -> String {
        let mut settings = settings::Mail {
            host: Some("127.0.0.1".to_owned()),
            tls: MailTls::None,
            from: "Accueil <accueil@ville.test>".to_owned(),
            to: vec!["technique@ville.test".to_owned()],
            ..settings::Mail::default()
        };
        assert!(Post::new(&settings).unwrap().is_some());
        change(&mut settings);
        Post::new(&settings).unwrap_err().to_string()
    }

    #[test]
    fn settings_that_cannot_be_used_are_named() {
        assert!(Post::new(&settings::Mail::default()).unwrap().is_none());
        assert!(refused(|mail| mail.from.clear()).contains("mail.from"));
        assert!(refused(|mail| mail.to.push("nobody".to_owned())).contains("`nobody` in mail.to"));
        assert!(refused(|mail| mail.host = Some("smtp.ville.test".to_owned())).contains("starttls"));
        assert!(refused(|mail| mail.host = Some("192.168.4.2".to_owned())).contains("on this machine"));
        assert!(refused(|mail| mail.user = Some("accueil".to_owned())).contains("go together"));
        let missing = refused(|mail| {
            (mail.user, mail.password_file) = (Some("accueil".to_owned()), Some("/nowhere/password".into()));
        });
        assert!(missing.contains("/nowhere/password") && missing.contains("mail.password_file"), "{missing}");
    }
}
