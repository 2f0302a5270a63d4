//! The files that make a machine a borne: what is to stand in each of a fixed set of paths, or that it is not to be there.
//! A path that is not in the set is never touched.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::facts::{Device, Facts, Found};
use crate::network::Connection;
use crate::wanted::{Choice, Source, Wanted};

/// The borne's settings.
pub const SETTINGS: &str = "/etc/borne/borne.toml";
/// The site's catalogue.
pub const SITE: &str = "/etc/borne/site.toml";
/// The authority of the server's certificate.
pub const AUTHORITY: &str = "/etc/borne/authority.pem";
/// What the borne's unit is told beside.
pub const DROP_IN: &str = "/etc/systemd/system/accueil-borne.service.d/50-provisioned.conf";
/// The office's proxy, for the borne: it may hold a password, which a unit's own settings would show to everybody.
pub const ENVIRONMENT: &str = "/etc/borne/environment";
/// Who tells the time.
pub const TIME: &str = "/etc/systemd/timesyncd.conf.d/50-accueil.conf";
/// The proxy for packages.
pub const APT_PROXY: &str = "/etc/apt/apt.conf.d/50accueil-proxy";
/// The repository of packages.
pub const APT_SOURCE: &str = "/etc/apt/sources.list.d/accueil.sources";
/// The key that signs it.
pub const APT_KEY: &str = "/etc/apt/keyrings/accueil.asc";
/// From where technicians come, for `borne-lockdown`.
pub const LOCKDOWN: &str = "/etc/borne-lockdown.conf";
/// Those of ours, whatever the network, whose content may be shown.
pub const OWN: [&str; 8] = [SETTINGS, SITE, AUTHORITY, DROP_IN, TIME, APT_SOURCE, APT_KEY, LOCKDOWN];
/// The secret ones beside them.
pub const OWN_SECRETS: [&str; 2] = [ENVIRONMENT, APT_PROXY];

/// What is to stand in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where.
    pub path: String,
    /// Its permissions; it is root's.
    pub mode: u32,
    /// Whether what stands in it is never shown.
    pub secret: bool,
    /// What stands in it.
    pub text: String,
}

impl File {
    /// One that everybody may read.
    #[must_use]
    pub fn plain(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), mode: 0o644, secret: false, text: text.to_owned() }
    }

    /// One that only root may read, and that is never shown.
    #[must_use]
    pub fn secret(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), mode: 0o600, secret: true, text: text.to_owned() }
    }

    /// SHA-256 of what stands in it, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.text.as_bytes()))
    }

    /// Whether a file that is there is this one.
    #[must_use]
    pub fn is(&self, found: &Found) -> bool {
        found.sha256 == self.sha256() && found.owned == format!("root:root {:o}", self.mode)
    }
}

/// What the files are to be, where that can be told by now; or why it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Each path of the set, with what is to stand there.
    pub all: BTreeMap<String, Option<File>>,
    /// What a choice of devices came to, in words.
    pub chosen: Vec<String>,
}

/// The paths that a machine is asked about: those whose content may be shown, and the secret ones.
#[must_use]
pub fn paths(manager: &str, interface: &str) -> (Vec<String>, Vec<String>) {
    let (plain, secret): (Vec<_>, Vec<_>) =
        Connection::paths(manager, interface).into_iter().partition(|path| path.ends_with(".network"));
    (
        OWN.map(str::to_owned).into_iter().chain(plain).collect(),
        OWN_SECRETS.map(str::to_owned).into_iter().chain(secret).collect(),
    )
}

/// What the files are to be.
///
/// # Errors
/// Sentences, where devices are to be found by themselves and are not, or not one alone.
pub fn files(wanted: &Wanted, facts: &Facts) -> Result<Files, Vec<String>> {
    let (settings, chosen) = settings(wanted, facts)?;
    let mut all: BTreeMap<String, Option<File>> = BTreeMap::new();
    let mut put = |path: &str, text: Option<String>| {
        all.insert(path.to_owned(), text.map(|text| File::plain(path, &text)));
    };
    put(SETTINGS, Some(settings));
    put(SITE, Some(wanted.site.clone()));
    put(AUTHORITY, wanted.authority.clone());
    put(DROP_IN, drop_in(wanted));
    let time = (!wanted.time_servers.is_empty()).then(|| format!("[Time]\nNTP={}\n", wanted.time_servers.join(" ")));
    put(TIME, time);
    // Its package brings the file, and takes it along.
    if !wanted.technicians.is_empty() {
        put(LOCKDOWN, Some(lockdown(wanted)));
    }
    match &wanted.source {
        Source::Bundle(_) => {
            put(APT_SOURCE, None);
            put(APT_KEY, None);
        }
        Source::Repository { url, key, suite } => {
            let source = format!("Types: deb\nURIs: {url}\nSuites: {suite}\nComponents: main\nSigned-By: {APT_KEY}\n");
            put(APT_SOURCE, Some(source));
            put(APT_KEY, Some(key.clone()));
        }
    }
    let apt_proxy = |proxy: &String| format!("Acquire::http::Proxy \"{proxy}\";\nAcquire::https::Proxy \"{proxy}\";\n");
    for (path, text) in [(APT_PROXY, wanted.proxy.as_ref().map(apt_proxy)), (ENVIRONMENT, environment(wanted))] {
        all.insert(path.to_owned(), text.map(|text| File::secret(path, &text)));
    }
    if let Some(connection) = &wanted.connection {
        let interface = connection.interface(facts).map_err(|why| vec![why])?;
        for path in Connection::paths(&facts.network_manager, interface) {
            all.insert(path, None);
        }
        for file in connection.files(&facts.network_manager, interface) {
            all.insert(file.path.clone(), Some(file));
        }
    }
    Ok(Files { all, chosen })
}

/// What a closed machine lets in and out, beside what the borne's settings name.
fn lockdown(wanted: &Wanted) -> String {
    let archive = match &wanted.source {
        Source::Repository { url, .. } => endpoint(url),
        Source::Bundle(_) => None,
    };
    let reach: Vec<String> = wanted.proxy.as_deref().and_then(endpoint).into_iter().chain(archive).collect();
    format!(
        "# Written by provisioning, which writes it anew: change the inventory. borne-lockdown(8) tells what there is.\n\
         technicians = {}\nssh_port = {}\nreach = {}\ndns =\nntp = {}\nusb = {}\n",
        wanted.technicians.join(" "),
        wanted.target.port.unwrap_or(22),
        reach.join(" "),
        wanted.time_servers.join(" "),
        wanted.usb.join(" "),
    )
}

/// Host and port of an address.
fn endpoint(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    let host = host.rsplit('@').next().unwrap_or(host);
    let has_port =
        host.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let port = if scheme == "https" { 443 } else { 80 };
    Some(if has_port { host.to_owned() } else { format!("{host}:{port}") })
}

/// What the borne's unit is told beside: one key turns picture and touch, the borne's display reads it for both.
fn drop_in(wanted: &Wanted) -> Option<String> {
    let mut told = String::new();
    if wanted.rotation != 0 {
        let _ = writeln!(told, "Environment=SLINT_KMS_ROTATION={}", wanted.rotation);
    }
    if wanted.proxy.is_some() {
        let _ = writeln!(told, "EnvironmentFile=-{ENVIRONMENT}");
    }
    (!told.is_empty()).then(|| format!("[Service]\n{told}"))
}

/// The office's proxy, as systemd reads it (systemd.exec(5), `EnvironmentFile`), and shells for `borne enrol`.
fn environment(wanted: &Wanted) -> Option<String> {
    let proxy = wanted.proxy.as_ref()?;
    let own = ["localhost", "127.0.0.1"].map(str::to_owned);
    let without: Vec<String> = own.into_iter().chain(wanted.no_proxy.iter().cloned()).collect();
    Some(format!("HTTPS_PROXY='{proxy}'\nHTTP_PROXY='{proxy}'\nNO_PROXY='{}'\n", without.join(",")))
}

/// The borne's settings, and what choices came to.
fn settings(wanted: &Wanted, facts: &Facts) -> Result<(String, Vec<String>), Vec<String>> {
    let (mut chosen, mut wrong) = (Vec::new(), Vec::new());
    let mut all = toml::Table::new();
    let mut set = |section: &str, key: &str, value: &str| {
        let table = all.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(table) = table {
            table.insert(key.to_owned(), value.into());
        }
    };
    set("borne", "name", &wanted.name);
    set("borne", "role", &wanted.role);
    set("server", "url", &wanted.server);
    if wanted.authority.is_some() {
        set("server", "authority", AUTHORITY);
    }
    let devices = [
        ("printer", "printer", &wanted.printer, wanted.role != "survey"),
        ("scanner", "scanner", &wanted.scanner, false),
        ("card", "card reader", &wanted.card, false),
    ];
    for (section, kind, choice, needed) in devices {
        match choice {
            Choice::None if needed => {
                wrong.push(format!("a borne that gives tickets needs a {kind}: {section} = \"auto\", or its device"));
            }
            // The borne's own settings name a printer where nothing else is said.
            Choice::None if section == "printer" => set(section, "device", ""),
            Choice::None => {}
            Choice::Device(device) => set(section, "device", device),
            Choice::Auto => match found(facts, kind, needed) {
                Ok(Some((device, told))) => {
                    // A reader's name tells which socket it is in: any reader will do.
                    set(section, "device", if section == "card" { "pcsc:" } else { &device });
                    chosen.push(told);
                }
                Ok(None) if section == "printer" && !needed && facts.doctor.is_some() => set(section, "device", ""),
                Ok(None) => {}
                Err(why) => wrong.push(why),
            },
        }
    }
    if let Some(profile) = &wanted.profile {
        set("printer", "profile", profile);
    }
    match &wanted.headset {
        Choice::Auto if facts.headset_switch => {
            set("audio", "jack", "jack:auto");
            chosen.push("headset: the machine's own jack tells".to_owned());
        }
        Choice::Auto | Choice::None => {}
        Choice::Device(jack) => set("audio", "jack", jack),
    }
    merge(&mut all, wanted.settings.clone());
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let text = toml::to_string(&all).map_err(|e| vec![format!("the settings cannot be written: {e}")])?;
    let head = "# Written by provisioning, which writes it anew: change the inventory. `borne config example` tells what there is.\n\n";
    Ok((format!("{head}{text}"), chosen))
}

/// The one device of a kind that is plugged in; none where the program that finds it is not there yet. A serial port does not
/// tell whether a printer is behind it, and most machines have one: it is taken by name alone.
fn found(facts: &Facts, kind: &str, needed: bool) -> Result<Option<(String, String)>, String> {
    if facts.doctor.is_none() {
        return Ok(None);
    }
    let (ports, devices): (Vec<_>, Vec<_>) =
        facts.devices(kind).partition(|device| kind == "printer" && device.selector.starts_with("serial:"));
    let names =
        |devices: &[&Device]| devices.iter().map(|device| device.selector.as_str()).collect::<Vec<_>>().join(", ");
    match devices.as_slice() {
        [one] => Ok(Some((one.selector.clone(), format!("{kind}: {} ({})", one.name, one.selector)))),
        [] if needed && !ports.is_empty() => Err(format!(
            "no {kind} is plugged in that is known: check its power and cable, or name its device; one on a serial port cannot be \
             told from here ({})",
            names(&ports)
        )),
        [] if needed => {
            Err(format!("no {kind} is plugged in that is known: check its power and cable, or name its device"))
        }
        [] => Ok(None),
        several => Err(format!("several {kind}s are plugged in ({}): name one, or unplug the others", names(several))),
    }
}

/// Puts a table into another, key by key.
fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(known)), toml::Value::Table(more)) => merge(known, more),
            (_, value) => _ = into.insert(key, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Doctor;
    use crate::inventory::Keys;

    #[test]
    fn a_borne_that_only_asks_is_told_that_it_has_no_printer() {
        let site = include_str!("../../../config/examples/marseille/site.toml");
        let written = |role: &str, printer: &str| {
            let keys = Keys {
                name: Some("Borne 01".into()),
                server: Some("https://accueil.example.fr".into()),
                role: Some(role.into()),
                printer: Some(printer.into()),
                bundle: Some("bundle".into()),
                ..Keys::default()
            };
            let facts = Facts { doctor: Some(Doctor::default()), ..Facts::default() };
            settings(&Wanted::read("10.1.4.21", &keys, Some(site)).unwrap(), &facts).map(|(text, _)| text)
        };
        for printer in ["none", "auto"] {
            let text = written("survey", printer).unwrap();
            assert!(text.contains("[printer]\ndevice = \"\"\n"), "{text}");
            assert!(written("both", printer).is_err());
        }
        assert!(written("survey", "usb:").unwrap().contains("device = \"usb:\""));
    }

    /// What is wanted of a machine behind a proxy.
    fn behind(proxy: &str, apart: &[&str]) -> Result<Wanted, String> {
        let keys = Keys {
            name: Some("Borne 01".into()),
            server: Some("https://accueil.example.fr".into()),
            printer: Some("tcp:10.1.4.50".into()),
            bundle: Some("bundle".into()),
            proxy: Some(proxy.to_owned()),
            no_proxy: Some(apart.iter().map(|name| (*name).to_owned()).collect()),
            ..Default::default()
        };
        let site = include_str!("../../../config/examples/marseille/site.toml");
        Wanted::read("10.1.4.21", &keys, Some(site)).map_err(|e| e.to_string())
    }

    #[test]
    fn a_proxys_password_reaches_the_borne_and_nobody_else() {
        let proxy = "http://borne:p%40$s`%25;%23&(x)@10.1.0.8:3128";
        let wanted = behind(proxy, &["10.1.0.0/16", ".mairie.example.fr"]).unwrap();
        let all = files(&wanted, &Facts::default()).unwrap().all;
        for file in all.values().flatten().filter(|file| file.text.contains("p%40")) {
            assert!(file.mode == 0o600 && file.secret, "{}", file.path);
        }
        let text = &all[ENVIRONMENT].as_ref().unwrap().text;
        // Both read single quotation marks alike, and nothing means anything between them.
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("environment"), text).unwrap();
        let read = std::process::Command::new("sh")
            .current_dir(folder.path())
            .args(["-c", "set -a; . ./environment; env"])
            .output()
            .unwrap();
        let read = String::from_utf8(read.stdout).unwrap();
        assert!(read.lines().any(|line| line == format!("HTTPS_PROXY={proxy}")), "{read}");
        assert!(read.contains("NO_PROXY=localhost,127.0.0.1,10.1.0.0/16,.mairie.example.fr\n"), "{read}");
        assert!(all[DROP_IN].as_ref().unwrap().text.contains(&format!("EnvironmentFile=-{ENVIRONMENT}")));
        let never_told = paths("", "").1;
        for file in all.values().flatten().filter(|file| file.secret) {
            assert!(never_told.contains(&file.path), "{}", file.path);
        }
    }

    #[test]
    fn what_is_no_proxy_is_told() {
        for none in ["proxy:3128", "http://a b:3128", "http://a:'@b:3128", "http://a:\"@b:3128", "http://a\\b:3128"] {
            assert!(behind(none, &[]).unwrap_err().contains("the proxy is none"), "{none}");
        }
        // An address ends where these begin, and its host is elsewhere then.
        for none in
            ["http://a:b#c@proxy:3128", "http://a:b?c@proxy:3128", "http://a:b/c@proxy:3128", "http://a:b@c@proxy:3128"]
        {
            assert!(behind(none, &[]).unwrap_err().contains("the proxy is none"), "{none}");
        }
        for none in
            ["http://a:50%@proxy:3128", "http://a:%4g@proxy:3128", "http://a:b@", "http://", "http://a:é@proxy:3128"]
        {
            assert!(behind(none, &[]).unwrap_err().contains("the proxy is none"), "{none}");
        }
        assert!(behind("http://a:b@[2001:db8::9]:3128/", &[]).is_ok());
        assert!(behind("http://proxy:3128", &["a,b"]).unwrap_err().contains("no_proxy"));
    }

    #[test]
    fn where_an_address_leads_is_read() {
        assert_eq!(endpoint("http://proxy:3128").as_deref(), Some("proxy:3128"));
        assert_eq!(endpoint("https://archive.example.fr/apt").as_deref(), Some("archive.example.fr:443"));
        assert_eq!(endpoint("http://user:word@[2001:db8::9]:80/").as_deref(), Some("[2001:db8::9]:80"));
        assert_eq!(endpoint("archive"), None);
    }
}
