//! What a machine reaches outside, beside its server: the repository of packages, and the office's proxy.

use crate::files::File;
use crate::wanted::{Repository, Wanted};

/// The office's proxy, for the borne: it may hold a password, which a unit's own settings would show to everybody.
pub const ENVIRONMENT: &str = "/etc/borne/environment";
/// The proxy for packages.
pub const APT_PROXY: &str = "/etc/apt/apt.conf.d/50accueil-proxy";
/// The repository of packages.
pub const APT_SOURCE: &str = "/etc/apt/sources.list.d/accueil.sources";
/// The key that signs it.
pub const APT_KEY: &str = "/etc/apt/keyrings/accueil.asc";
/// The authority of its certificate, where that is no public one.
pub const APT_AUTHORITY: &str = "/etc/apt/keyrings/accueil-authority.pem";
/// What tells apt of that authority.
pub const APT_TRUST: &str = "/etc/apt/apt.conf.d/50accueil-authority";

/// Each path of these, with what is to stand there.
pub(super) fn files(wanted: &Wanted) -> impl Iterator<Item = (String, Option<File>)> {
    let repository = wanted.repository.as_ref();
    let plain = [
        (APT_SOURCE, repository.map(listed)),
        (APT_KEY, repository.map(|from| from.key.clone())),
        (APT_AUTHORITY, repository.and_then(|from| from.authority.clone())),
        (APT_TRUST, repository.and_then(trusted)),
    ];
    let secret = [(APT_PROXY, wanted.proxy.as_deref().map(apt_proxy)), (ENVIRONMENT, environment(wanted))];
    let plain = plain.map(|(path, text)| (path.to_owned(), text.map(|text| File::plain(path, &text))));
    let secret = secret.map(|(path, text)| (path.to_owned(), text.map(|text| File::secret(path, &text))));
    plain.into_iter().chain(secret)
}

/// Host and port of what a closed machine has to reach of these.
pub(super) fn endpoints(wanted: &Wanted) -> Vec<String> {
    let repository = wanted.repository.as_ref().map(|from| from.url.as_str());
    wanted.proxy.as_deref().into_iter().chain(repository).filter_map(endpoint).collect()
}

/// A repository as apt's lists have it (sources.list(5)).
fn listed(from: &Repository) -> String {
    let Repository { url, suite, .. } = from;
    format!("Types: deb\nURIs: {url}\nSuites: {suite}\nComponents: main\nSigned-By: {APT_KEY}\n")
}

/// For its host alone: what else apt asks is of public authorities, as before (apt-transport-https(1)). apt looks an IPv6
/// address up there without its brackets.
fn trusted(from: &Repository) -> Option<String> {
    from.authority.as_ref()?;
    let endpoint = endpoint(&from.url)?;
    let host = endpoint.rsplit_once(':').map_or(endpoint.as_str(), |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(format!("Acquire::https::{host}::CAInfo \"{APT_AUTHORITY}\";\n"))
}

fn apt_proxy(proxy: &str) -> String {
    format!("Acquire::http::Proxy \"{proxy}\";\nAcquire::https::Proxy \"{proxy}\";\n")
}

/// The office's proxy, as systemd reads it (systemd.exec(5), `EnvironmentFile`), and shells for `borne enrol`.
fn environment(wanted: &Wanted) -> Option<String> {
    let proxy = wanted.proxy.as_ref()?;
    let own = ["localhost", "127.0.0.1"].map(str::to_owned);
    let without: Vec<String> = own.into_iter().chain(wanted.no_proxy.iter().cloned()).collect();
    Some(format!("HTTPS_PROXY='{proxy}'\nHTTP_PROXY='{proxy}'\nNO_PROXY='{}'\n", without.join(",")))
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::facts::Facts;
    use crate::files::tests::wanted;
    use crate::files::{DROP_IN, LOCKDOWN, files, paths};
    use crate::inventory::Keys;

    /// What is wanted of a machine that is given packages so.
    fn supplied(bundle: bool, repository: Option<&str>, updates: Option<bool>) -> Result<Wanted, String> {
        let folder = tempfile::tempdir().unwrap();
        let files =
            [("accueil.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"), ("ca.pem", "-----BEGIN CERTIFICATE-----\n")];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let text = repository.unwrap_or_default().replace('@', &format!("{}/", folder.path().display()));
        let repository = repository.map(|_| toml::from_str(&text).unwrap());
        wanted(Keys { bundle: bundle.then(|| "bundle".into()), repository, updates, ..Keys::default() })
    }

    /// What stands in one of its files.
    fn text(wanted: &Wanted, path: &str) -> Option<String> {
        files(wanted, &Facts::default()).unwrap().all[path].as_ref().map(|file| file.text.clone())
    }

    #[test]
    fn packages_on_board_and_updates_from_a_repository_go_together() {
        let office = "url = \"https://paquets.example.fr:8443/accueil\"\nkey = \"@accueil.asc\"\nsuite = \"early\"\nauthority = \"@ca.pem\"";
        let public = "url = \"https://paquets.example.fr/accueil\"\nkey = \"@accueil.asc\"";
        let both = supplied(true, Some(office), None).unwrap();
        assert!(both.updates && both.packages("").contains(&"borne-updates"), "it is named to be used");
        let source = text(&both, APT_SOURCE).unwrap();
        assert!(source.contains("URIs: https://paquets.example.fr:8443/accueil\nSuites: early\n"), "{source}");
        let trust = "Acquire::https::paquets.example.fr::CAInfo \"/etc/apt/keyrings/accueil-authority.pem\";\n";
        assert_eq!(text(&both, APT_TRUST).as_deref(), Some(trust), "for that host alone");
        assert!(text(&both, APT_AUTHORITY).unwrap().contains("CERTIFICATE"));
        for (bundle, repository) in [(false, Some(public)), (true, None)] {
            let wanted = supplied(bundle, repository, None).unwrap();
            assert_eq!(wanted.updates, repository.is_some());
            assert_eq!(text(&wanted, APT_SOURCE).is_some(), repository.is_some());
            assert_eq!((text(&wanted, APT_TRUST), text(&wanted, APT_AUTHORITY)), (None, None));
        }
        for (bundle, repository, updates, why) in [
            (false, None, None, "bundle, repository, or both"),
            (true, None, Some(true), "updates come from a signed repository"),
            (true, Some("url = \"https://a\\\"b\"\nkey = \"@accueil.asc\""), None, "is no repository"),
            (true, Some("url = \"http://a\"\nkey = \"@accueil.asc\"\nauthority = \"@ca.pem\""), None, "https://"),
            (
                true,
                Some("url = \"https://a\"\nkey = \"@accueil.asc\"\nauthority = \"@nowhere.pem\""),
                None,
                "cannot be read",
            ),
        ] {
            let said = supplied(bundle, repository, updates).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn an_authority_counts_for_the_host_as_apt_looks_it_up() {
        for (url, host) in [
            ("https://paquets.example.fr/accueil", "paquets.example.fr"),
            ("https://[2001:db8::9]:8444/accueil", "2001:db8::9"),
            ("https://[2001:db8::9]/accueil", "2001:db8::9"),
            ("https://[2001:db8::]", "2001:db8::"),
        ] {
            let said = format!("url = \"{url}\"\nkey = \"@accueil.asc\"\nauthority = \"@ca.pem\"");
            let wanted = supplied(false, Some(&said), None).unwrap();
            let trust = text(&wanted, APT_TRUST).unwrap();
            assert_eq!(trust, format!("Acquire::https::{host}::CAInfo \"{APT_AUTHORITY}\";\n"));
            assert!(text(&wanted, APT_SOURCE).unwrap().contains(&format!("URIs: {url}\n")));
        }
    }

    #[test]
    fn a_closed_machine_reaches_them() {
        let key = "key = \"@accueil.asc\"";
        let said = format!("url = \"https://[2001:db8::9]/accueil\"\n{key}");
        let Wanted { repository, .. } = supplied(false, Some(&said), None).unwrap();
        let technicians = Some(vec!["10.9.0.0/24".to_owned()]);
        let closed = Keys { technicians, bundle: Some("bundle".into()), ..Keys::default() };
        let closed = Keys { proxy: Some("http://a:b@proxy:3128".to_owned()), ..closed };
        let closed = Wanted { repository, ..wanted(closed).unwrap() };
        let rules = text(&closed, LOCKDOWN).unwrap();
        assert!(rules.contains("\nreach = proxy:3128 [2001:db8::9]:443\n"), "{rules}");
    }

    /// What is wanted of a machine behind a proxy.
    fn behind(proxy: &str, apart: &[&str]) -> Result<Wanted, String> {
        wanted(Keys {
            bundle: Some("bundle".into()),
            proxy: Some(proxy.to_owned()),
            no_proxy: Some(apart.iter().map(|name| (*name).to_owned()).collect()),
            ..Keys::default()
        })
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
        let read = Command::new("sh")
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
