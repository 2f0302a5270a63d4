//! Letters about alarms: what begins together comes together, what is not taken is tried again, and no password is told.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use accueil_server::Housekeeping;
use accueil_server::roles::Role;
use accueil_server::settings::{Mail, MailTls};
use accueil_server::store::{Delivery, DeliveryState};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::fleet::{report, well, with};
use crate::support::program::Program;
use crate::support::{SECOND, Site, site_id};
use crate::web::{Agent, DEADLINE, Web, account_as};

const PASSWORD: &str = "motdepasse-de-la-poste";

/// A letter as a mail server got it.
#[derive(Debug)]
struct Received {
    to: String,
    text: String,
    /// What its sender said of itself, if it was asked to.
    signed_in: Option<String>,
}

impl Received {
    /// Header and body as people read them.
    fn read(&self) -> String {
        let text = self.text.replace("=\r\n", "");
        let bytes = text.as_bytes();
        let (mut plain, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let escaped = (bytes[at] == b'=').then(|| text.get(at + 1..at + 3)).flatten();
            if let Some(byte) = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                plain.push(byte);
                at += 3;
            } else {
                plain.push(bytes[at]);
                at += 1;
            }
        }
        String::from_utf8_lossy(&plain).into_owned()
    }

    fn subject(&self) -> String {
        let header = self.text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let line = header.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
        // Words of other letters than ASCII travel in base64; the space between two of them is none.
        let (mut plain, mut coded) = (String::new(), true);
        for word in line.split(' ') {
            let hidden = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            let joined = coded && hidden.is_some();
            if !plain.is_empty() && !joined {
                plain.push(' ');
            }
            coded = hidden.is_some();
            match hidden {
                Some(text) => {
                    plain.push_str(&String::from_utf8(data_encoding::BASE64.decode(text.as_bytes()).unwrap()).unwrap());
                }
                None => plain.push_str(word),
            }
        }
        plain
    }
}

/// How a mail server behaves.
#[derive(Clone, Default)]
struct Manners {
    /// It says 451 to so many letters before it takes one.
    refusals: Arc<AtomicUsize>,
    /// It wants a name and a password.
    signs_in: bool,
    tls: Option<TlsAcceptor>,
}

/// A small mail server.
struct PostOffice {
    port: u16,
    came: mpsc::UnboundedReceiver<Received>,
}

impl PostOffice {
    async fn open(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, came) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manners, sender) = (manners.clone(), sender.clone());
                tokio::spawn(async move {
                    let mut plain = BufReader::new(stream);
                    plain.write_all(b"220 here\r\n").await.unwrap();
                    if talk(&mut plain, &manners, manners.tls.is_some(), &sender).await {
                        let acceptor = manners.tls.clone().unwrap();
                        if let Ok(secure) = acceptor.accept(plain.into_inner()).await {
                            talk(&mut BufReader::new(secure), &manners, false, &sender).await;
                        }
                    }
                });
            }
        });
        Self { port, came }
    }

    async fn next(&mut self) -> Received {
        tokio::time::timeout(DEADLINE, self.came.recv()).await.expect("a letter comes").unwrap()
    }

    /// The settings that lead to it.
    fn settings(&self) -> Mail {
        Mail {
            host: Some("127.0.0.1".to_owned()),
            port: Some(self.port),
            tls: MailTls::None,
            from: "Accueil <accueil@ville.test>".to_owned(),
            to: vec!["technique@ville.test".to_owned()],
            ..Mail::default()
        }
    }
}

/// Until the other side leaves, or both go on over TLS.
async fn talk(
    stream: &mut (impl AsyncBufReadExt + AsyncRead + AsyncWrite + Unpin),
    manners: &Manners,
    before_tls: bool,
    came: &mpsc::UnboundedSender<Received>,
) -> bool {
    let (mut to, mut signed_in) = (String::new(), None);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        let line = line.trim_end().to_owned();
        let verb = line.split(' ').next().unwrap().to_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" if before_tls => b"250-here\r\n250 STARTTLS\r\n",
            "EHLO" if manners.signs_in => b"250-here\r\n250 AUTH PLAIN\r\n",
            "STARTTLS" => {
                stream.write_all(b"220 go on\r\n").await.unwrap();
                return true;
            }
            // In the clear nobody is listened to who could speak TLS.
            _ if before_tls => b"530 STARTTLS first\r\n",
            "EHLO" => b"250 here\r\n",
            "AUTH" => {
                let coded = line.rsplit(' ').next().unwrap();
                let said = data_encoding::BASE64.decode(coded.as_bytes()).unwrap();
                let said = String::from_utf8(said).unwrap();
                let right = said == format!("\0accueil\0{PASSWORD}");
                signed_in = Some(said);
                if right { b"235 welcome\r\n" } else { b"535 wrong name or password\r\n" }
            }
            "MAIL" if manners.signs_in && signed_in.is_none() => b"530 sign in first\r\n",
            "RCPT" => {
                to = line[line.find('<').unwrap() + 1..line.find('>').unwrap()].to_owned();
                b"250 yes\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut text).await.unwrap();
                }
                let less =
                    manners.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                let _ = came.send(Received { to: to.clone(), text, signed_in: signed_in.clone() });
                if less.is_ok() { b"451 not now\r\n" } else { b"250 taken\r\n" }
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await.unwrap();
                return false;
            }
            _ => b"250 yes\r\n",
        };
        stream.write_all(answer).await.unwrap();
    }
}

async fn look(site: &Site) {
    Housekeeping::default().look(&site.app).await;
}

/// Looks until something is so.
async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let seen = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, seen).await.expect("it comes to be so")
}

/// Whom letters of a site go to, once that is kept.
async fn addressees(site: &Site, of: wire::ids::SiteId) -> Vec<String> {
    let all = site.store().hooks(Some(of)).await.unwrap();
    all.iter().filter_map(|hook| hook.addressee().map(str::to_owned)).collect()
}

async fn registered(site: &Site) {
    until(async || Some(addressees(site, site_id()).await).filter(|known| !known.is_empty())).await;
}

async fn on_its_way(site: &Site) -> Vec<Delivery> {
    let hook = site.store().hooks(Some(site_id())).await.unwrap().remove(0);
    site.store().deliveries(hook.id, 100).await.unwrap()
}

#[tokio::test]
async fn alarms_that_begin_within_a_minute_come_in_one_letter() {
    let mut office = PostOffice::open(Manners::default()).await;
    let site = Site::open_as(|settings| settings.mail = office.settings()).await;
    let web = Web::start(&site).await;
    registered(&site).await;
    let (first, second) = (site.borne(1).await, site.borne(2).await);
    report(&site, &first, 1, &with(&site, "paper", "out")).await;
    look(&site).await;
    site.advance(40);
    report(&site, &second, 1, &with(&site, "clock_uncertain", true)).await;
    look(&site).await;
    assert_eq!(on_its_way(&site).await.len(), 2);
    site.advance(20);
    let letter = office.next().await;
    assert_eq!(letter.to, "technique@ville.test");
    assert_eq!(letter.subject(), "Mairie de Bonneveine, 2\u{a0}bornes\u{a0}: 2\u{a0}alarmes");
    let text = letter.read();
    for told in [
        "Borne 01, le 21/11/2026",
        "Plus de papier.",
        "Mettez un rouleau.",
        "h\u{a0}43\u{a0}: Heure douteuse.",
        &format!("/parc/{}", first.id),
        "Auto-Submitted: auto-generated",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    until(async || on_its_way(&site).await.iter().all(|one| one.state == DeliveryState::Delivered).then_some(())).await;

    // What ended is told too, a minute later, and what was told is not told again.
    report(&site, &first, 1, &well(&site)).await;
    look(&site).await;
    site.advance(60);
    let letter = office.next().await;
    assert_eq!(letter.subject(), "Mairie de Bonneveine, Borne 01\u{a0}: fin de «\u{a0}Plus de papier\u{a0}»");
    assert!(!letter.read().contains("Heure douteuse"), "{}", letter.read());
    web.stop().await;
}

#[tokio::test]
async fn what_is_refused_is_tried_again_also_after_a_restart() {
    let manners = Manners { refusals: Arc::new(AtomicUsize::new(2)), ..Manners::default() };
    let mut office = PostOffice::open(manners).await;
    let mut site = Site::open_as(|settings| settings.mail = office.settings()).await;
    let web = Web::start(&site).await;
    registered(&site).await;
    let borne = site.borne(1).await;
    report(&site, &borne, 1, &with(&site, "paper", "out")).await;
    look(&site).await;
    site.advance(60);
    let refused = office.next().await;
    let waits = async || on_its_way(&site).await.pop().filter(|one| one.attempts > 0);
    let waiting = until(waits).await;
    assert!(waiting.detail.contains("not now"), "{}", waiting.detail);
    web.stop().await;

    site.reopen().await;
    let web = Web::start(&site).await;
    for attempts in 2..=3 {
        site.advance(10);
        let again = office.next().await;
        let same = |letter: &Received| {
            let id = letter.text.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
            (id, letter.subject(), letter.to.clone())
        };
        assert_eq!(same(&again), same(&refused), "the same letter");
        until(async || on_its_way(&site).await.pop().filter(|one| one.attempts == attempts)).await;
    }
    assert_eq!(on_its_way(&site).await[0].state, DeliveryState::Delivered);
    web.stop().await;
}

#[tokio::test]
async fn each_site_has_its_addressees_and_those_that_the_settings_forget_are_forgotten() {
    let office = PostOffice::open(Manners::default()).await;
    let mut mail = office.settings();
    let other = wire::ids::SiteId(SECOND.parse().unwrap());
    mail.sites.insert(other, vec!["annexe@ville.test".to_owned(), "technique@ville.test".to_owned()]);
    let mut site = Site::open_as(|settings| settings.mail = mail).await;
    site.second().await;
    let web = Web::start(&site).await;
    registered(&site).await;
    let known = async || Some(addressees(&site, other).await).filter(|known| known.len() == 2);
    let mut of_other = until(known).await;
    of_other.sort();
    assert_eq!(of_other, ["annexe@ville.test", "technique@ville.test"], "each once");
    assert_eq!(addressees(&site, site_id()).await, ["technique@ville.test"]);
    // They are no addresses of programs, whoever asks.
    account_as(site.store().as_ref(), "Noé", Role::Administrator, Some(site_id())).await;
    let noe = Agent::sign_in_home(&web, "Noé").await;
    let page = noe.read("/admin/webhooks").await;
    assert!(page.contains("Aucune adresse") && !page.contains("technique@"), "{page}");
    let hook = site.store().hooks(Some(site_id())).await.unwrap().remove(0);
    for act in ["supprimer", "suspendre"] {
        assert_eq!(noe.post(&format!("/admin/webhooks/{}/{act}", hook.id), &[]).await.status(), 404, "{act}");
    }
    web.stop().await;

    site.settings_mut().mail.to.clear();
    site.reopen().await;
    let web = Web::start(&site).await;
    until(async || addressees(&site, site_id()).await.is_empty().then_some(())).await;
    web.stop().await;
}

/// A certificate for this machine's own address that signs itself, and who speaks TLS with it.
fn certificate(folder: &Path) -> (std::path::PathBuf, TlsAcceptor) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = rcgen::KeyPair::generate().unwrap();
    let made = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let path = folder.join("authority.pem");
    std::fs::write(&path, made.pem()).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(made.pem().as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    (path, TlsAcceptor::from(Arc::new(config)))
}

/// Settings as a technician writes them.
fn written(office: &PostOffice, folder: &Path, more: &str) {
    let site = "[site]\ncatalogue = \"site.toml\"\n[store]\naddress = \"sqlite:accueil.db\"\n";
    let mail = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {}\nfrom = \"accueil@ville.test\"\nuser = \"accueil\"\n\
         password_file = \"mail.password\"\n{more}\n",
        office.port
    );
    std::fs::write(folder.join("server.toml"), format!("{site}{mail}")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_tried_from_the_command_line_and_no_password_is_told() {
    let program = Program::new();
    let (_, acceptor) = certificate(program.folder());
    let said = Arc::new(Mutex::new(String::new()));
    let manners = Manners { signs_in: true, tls: Some(acceptor), ..Manners::default() };
    let mut office = PostOffice::open(manners).await;
    let run = |input: &[&str]| {
        let output = program.run(input, "", &[("ACCUEIL_SERVER__LOG__FILTER", "debug")]);
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        said.lock().unwrap().push_str(&told);
        (output.status.success(), told)
    };
    let test = ["mail", "test", "chef@ville.test"];
    assert!(run(&test).1.contains("name no mail server"));

    // A mail server that nobody vouches for gets no password.
    std::fs::write(program.folder().join("mail.password"), format!("{PASSWORD}\n")).unwrap();
    written(&office, program.folder(), "");
    let (well, told) = run(&test);
    assert!(!well && told.contains("was not taken"), "{told}");

    written(&office, program.folder(), "authority = \"authority.pem\"");
    let (well, told) = run(&test);
    assert!(well && told.contains("has taken a letter for chef@ville.test"), "{told}");
    let letter = office.next().await;
    assert_eq!((letter.to.as_str(), letter.signed_in), ("chef@ville.test", Some(format!("\0accueil\0{PASSWORD}"))));

    std::fs::write(program.folder().join("mail.password"), "another-secret\n").unwrap();
    let (well, told) = run(&test);
    assert!(!well && told.contains("wrong name or password") && told.contains("password_file"), "{told}");
    // Where somebody writes the password into the settings, it is refused and not shown.
    written(&office, program.folder(), &format!("password = \"{PASSWORD}\""));
    let (well, told) = run(&test);
    assert!(!well && told.contains("password"), "{told}");

    let said = said.lock().unwrap();
    for secret in
        [PASSWORD, "another-secret", &data_encoding::BASE64.encode(format!("\0accueil\0{PASSWORD}").as_bytes())]
    {
        assert!(!said.contains(secret), "{said}");
    }
}
