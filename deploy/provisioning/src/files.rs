//! The files that make a machine a borne: what is to stand in each of a fixed set of paths, or that it is not to be there.
//! A path that is not in the set is never touched.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::facts::{Device, Facts, Found};
use crate::network::Connection;
use crate::wanted::{Choice, Wanted};

mod outside;

pub use outside::{APT_AUTHORITY, APT_KEY, APT_PROXY, APT_SOURCE, APT_TRUST, ENVIRONMENT};

/// The borne's settings.
pub const SETTINGS: &str = "/etc/borne/borne.toml";
/// The site's catalogue.
pub const SITE: &str = "/etc/borne/site.toml";
/// The authority of the server's certificate.
pub const AUTHORITY: &str = "/etc/borne/authority.pem";
/// What the borne's unit is told beside.
pub const DROP_IN: &str = "/etc/systemd/system/accueil-borne.service.d/50-provisioned.conf";
/// Who tells the time.
pub const TIME: &str = "/etc/systemd/timesyncd.conf.d/50-accueil.conf";
/// From where technicians come, for `borne-lockdown`.
pub const LOCKDOWN: &str = "/etc/borne-lockdown.conf";
/// Those of ours, whatever the network, whose content may be shown.
pub const OWN: [&str; 10] =
    [SETTINGS, SITE, AUTHORITY, DROP_IN, TIME, APT_SOURCE, APT_KEY, APT_AUTHORITY, APT_TRUST, LOCKDOWN];
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
    let (settings, mut chosen) = settings(wanted, facts)?;
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
        chosen.extend(left_open(wanted));
    }
    all.extend(outside::files(wanted));
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

/// The name servers that are known to be all that the machine asks.
fn name_servers(wanted: &Wanted) -> Vec<String> {
    wanted.connection.iter().flat_map(Connection::name_servers).map(ToString::to_string).collect()
}

/// What a closed machine may still ask of anybody: data could leave by it.
fn left_open(wanted: &Wanted) -> Option<String> {
    let names = name_servers(wanted).is_empty().then_some("name server (network: address and dns)");
    let time = wanted.time_servers.is_empty().then_some("time server (time_servers)");
    let any: Vec<&str> = names.into_iter().chain(time).collect();
    (!any.is_empty()).then(|| format!("closed, it may ask any {} until they are named", any.join(" and any ")))
}

/// What a closed machine lets in and out, beside what the borne's settings name.
fn lockdown(wanted: &Wanted) -> String {
    format!(
        "# Written by provisioning, which writes it anew: change the inventory. borne-lockdown(8) tells what there is.\n\
         technicians = {}\nssh_port = {}\nreach = {}\ndns = {}\nntp = {}\nusb = {}\n",
        wanted.technicians.join(" "),
        wanted.target.port.unwrap_or(22),
        outside::endpoints(wanted).join(" "),
        name_servers(wanted).join(" "),
        wanted.time_servers.join(" "),
        wanted.usb.join(" "),
    )
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

    /// What is wanted of a machine with a printer of the network, and with what is said of it over that.
    pub(super) fn wanted(said: Keys) -> Result<Wanted, String> {
        let others = Keys {
            name: Some("Borne 01".into()),
            server: Some("https://accueil.example.fr".into()),
            printer: Some("tcp:10.1.4.50".into()),
            ..Keys::default()
        };
        let site = include_str!("../../../config/examples/marseille/site.toml");
        Wanted::read("10.1.4.21", &said.over(&others), Some(site)).map_err(|e| e.to_string())
    }

    #[test]
    fn a_borne_that_only_asks_is_told_that_it_has_no_printer() {
        let written = |role: &str, printer: &str| {
            let keys = Keys { role: Some(role.into()), printer: Some(printer.into()), ..Keys::default() };
            let facts = Facts { doctor: Some(Doctor::default()), ..Facts::default() };
            let wanted = wanted(Keys { bundle: Some("bundle".into()), ..keys }).unwrap();
            settings(&wanted, &facts).map(|(text, _)| text)
        };
        for printer in ["none", "auto"] {
            let text = written("survey", printer).unwrap();
            assert!(text.contains("[printer]\ndevice = \"\"\n"), "{text}");
            assert!(written("both", printer).is_err());
        }
        assert!(written("survey", "usb:").unwrap().contains("device = \"usb:\""));
    }

    #[test]
    fn a_closed_machine_asks_the_name_servers_that_it_was_given_and_says_so_where_it_may_ask_any() {
        let closed = |network: &str, time: &[&str]| {
            let keys = Keys {
                bundle: Some("bundle".into()),
                technicians: Some(vec!["10.9.0.0/24".to_owned()]),
                network: toml::from_str(network).ok(),
                time_servers: Some(time.iter().map(|&name| name.to_owned()).collect()),
                ..Keys::default()
            };
            let facts = Facts { interface: "eth0".to_owned(), ..Facts::default() };
            let Files { all, chosen } = files(&wanted(keys).unwrap(), &facts).unwrap();
            let rules = all[LOCKDOWN].as_ref().unwrap().text.clone();
            let dns = rules.lines().find_map(|line| line.strip_prefix("dns =")).unwrap().trim().to_owned();
            (dns, chosen.into_iter().find(|told| told.starts_with("closed")).unwrap_or_default())
        };
        let fixed = "address = \"10.1.4.40/24\"\ngateway = \"10.1.4.1\"\ndns = [\"10.1.0.53\", \"2001:db8::53\"]";
        assert_eq!(closed(fixed, &["ntp.example.fr"]), ("10.1.0.53 2001:db8::53".to_owned(), String::new()));
        // DHCP may name others.
        let (dns, told) = closed("dns = [\"10.1.0.53\"]", &["ntp.example.fr"]);
        assert!(dns.is_empty() && told.contains("any name server") && !told.contains("time"), "{dns} {told}");
        let (_, told) = closed(fixed, &[]);
        assert!(told.contains("any time server") && !told.contains("name server"), "{told}");
    }

    #[test]
    fn a_headset_is_told_by_the_machine_or_by_the_line_that_is_named() {
        let written = |headset: &str, headset_switch: bool| {
            let wanted =
                wanted(Keys { headset: Some(headset.into()), bundle: Some("bundle".into()), ..Keys::default() })
                    .unwrap();
            settings(&wanted, &Facts { headset_switch, ..Facts::default() }).unwrap()
        };
        let (text, chosen) = written("auto", true);
        assert!(text.contains("[audio]\njack = \"jack:auto\"\n") && chosen.len() == 1, "{text}");
        assert!(written("pi:17", true).0.contains("[audio]\njack = \"pi:17\"\n"));
        assert!(!written("auto", false).0.contains("jack") && !written("none", true).0.contains("jack"));
    }
}
