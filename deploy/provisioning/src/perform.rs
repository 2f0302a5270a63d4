//! Steps as scripts, and what carries them out.

use std::fmt::Write as _;

use data_encoding::BASE64;
use wire::enrolment::EnrolmentCode;

use crate::files::{DROP_IN, File, TIME};
use crate::link::{Link, LinkError, quoted};
use crate::network::{NETWORK_MANAGER, NM, Proof};
use crate::plan::Step;

/// What every script begins with.
const HEAD: &str = include_str!("scripts/head.sh");
const SETTINGS: &str = include_str!("scripts/settings.sh");
const START: &str = include_str!("scripts/start.sh");
const NETWORK: &str = include_str!("scripts/network.sh");
const NETWORK_STAYS: &str = include_str!("scripts/network_stays.sh");
const TIME_IS_TOLD: &str = include_str!("scripts/time.sh");
const ENROL: &str = include_str!("scripts/enrol.sh");

/// Carries a step out that needs nothing from here. Packages and codes come from elsewhere: [`crate::bundle`],
/// [`crate::server`].
///
/// # Errors
/// When the machine is not reached, or says that it cannot.
pub fn perform(link: &dyn Link, step: &Step) -> Result<(), LinkError> {
    link.run(&script(step)).map(drop)
}

/// A step for `sh`.
#[must_use]
pub fn script(step: &Step) -> String {
    let mut script = String::from(HEAD);
    let _ = match step {
        Step::Install { packages } => {
            let names: Vec<String> = packages.iter().map(|(name, _, _)| quoted(name)).collect();
            writeln!(script, "install_packages {}", names.join(" "))
        }
        Step::Put { file, .. } => writeln!(script, "{}\n{}", put(file), after(&file.path)),
        Step::Settings { files, .. } => {
            let candidates: Vec<String> = files.iter().map(candidate).collect();
            writeln!(script, "{}\n{SETTINGS}", candidates.join("\n"))
        }
        Step::Remove { path } => writeln!(script, "rm -f {}\n{}", quoted(path), after(path)),
        Step::Start => writeln!(script, "ACTION=start\n{START}"),
        Step::Restart => writeln!(script, "ACTION=restart\n{START}"),
        // What is closed already takes its settings anew.
        Step::Lockdown => writeln!(script, "borne-lockdown on >/dev/null"),
        Step::Unlock => writeln!(script, "borne-lockdown off >/dev/null"),
        Step::Network { files, gone, proof } => {
            let puts: Vec<String> = files.iter().map(put).collect();
            let goes: Vec<String> = gone.iter().map(|path| format!("rm -f {}", quoted(path))).collect();
            let write = format!("write_new() {{\n:\n{}\n{}\n}}", puts.join("\n"), goes.join("\n"));
            writeln!(script, "{}{write}\n{NETWORK}", network(files, gone, proof))
        }
        // What it needs comes from elsewhere.
        Step::Enrol => Ok(()),
    };
    script
}

/// Enrols the borne with a code. Answers what it says: both fingerprints.
///
/// # Errors
/// When the machine is not reached, or the server does not take the code.
pub fn enrol(link: &dyn Link, code: &EnrolmentCode) -> Result<String, LinkError> {
    link.run(&format!("{HEAD}CODE={}\n{ENROL}", quoted(&code.reveal())))
}

/// What became of a change of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It stays.
    Stays,
    /// It is taken back, and why.
    TakenBack(String),
    /// It is not told yet, or another machine is asked.
    NotYet,
}

/// Asks what became of a change of the network. Who claims lets it stay, where it is what it was to be.
///
/// # Errors
/// As [`Link::run`].
pub fn settled(link: &dyn Link, claims: bool) -> Result<Settled, LinkError> {
    let said = link.run(&format!("{HEAD}CLAIM={}\n{NETWORK_STAYS}", if claims { "yes" } else { "no" }))?;
    Ok(match said.trim().split_once(' ').unwrap_or((said.trim(), "")) {
        ("stays", _) => Settled::Stays,
        ("undone", why) => Settled::TakenBack(why.to_owned()),
        _ => Settled::NotYet,
    })
}

/// Runs a piece of script that stands by itself, with what all begin with.
///
/// # Errors
/// As [`Link::run`].
pub fn run(link: &dyn Link, script: &str) -> Result<String, LinkError> {
    link.run(&format!("{HEAD}{script}\n"))
}

/// What is changed of a machine's network, and by what it is seen to be so, for the script.
fn network(files: &[File], gone: &[String], proof: &Proof) -> String {
    let written: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    let units = |paths: &[&str]| paths.iter().filter_map(|path| unit(path)).collect::<Vec<_>>().join(" ");
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let words = [
        ("MANAGER", if written.contains(&NM) { NETWORK_MANAGER } else { "systemd-networkd" }.to_owned()),
        ("PATHS", [written.as_slice(), gone.as_slice()].concat().join(" ")),
        ("INTERFACE", proof.interface.clone()),
        ("ADDRESS", proof.address.clone()),
        ("GATEWAY", proof.gateway.clone()),
        ("DNS", proof.dns.join(" ")),
        ("RESOLVES", yes(proof.resolves)),
        ("AUTHENTICATED", yes(proof.authenticated)),
        ("SUPPLICANTS", units(&written)),
        ("SUPPLICANTS_GONE", units(&gone)),
    ];
    words.into_iter().map(|(name, word)| format!("{name}={}\n", quoted(&word))).collect()
}

/// Writes a file, whole or not at all.
fn put(file: &File) -> String {
    format!("put {} {:o} {}", quoted(&file.path), file.mode, quoted(&BASE64.encode(file.text.as_bytes())))
}

/// Writes it beside, to be looked at first.
fn candidate(file: &File) -> String {
    format!("candidate {} {:o} {}", quoted(&file.path), file.mode, quoted(&BASE64.encode(file.text.as_bytes())))
}

/// What takes a file that was changed.
fn after(path: &str) -> &'static str {
    match path {
        TIME => TIME_IS_TOLD,
        DROP_IN => "systemctl daemon-reload",
        _ => "",
    }
}

/// The unit that reads a supplicant's file, where it is one: `wpa_supplicant[-wired]@INTERFACE`.
pub(crate) fn unit(path: &str) -> Option<String> {
    let name = path.strip_prefix("/etc/wpa_supplicant/wpa_supplicant")?.strip_suffix(".conf")?;
    let (kind, interface) =
        name.strip_prefix("-wired-").map_or_else(|| ("", name.strip_prefix('-')), |i| ("-wired", Some(i)));
    Some(format!("wpa_supplicant{kind}@{}.service", interface?))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::network::NETWORKD;

    /// What a script does in a folder of its own.
    fn done(script: &str) -> std::process::Output {
        let mut sh = Command::new("sh")
            .arg("-s")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        sh.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        sh.wait_with_output().unwrap()
    }

    #[test]
    fn a_file_is_written_as_it_is_with_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b/it's.conf");
        let text = "né en « 1984 »\n$HOME `id`\n";
        let file = File { path: path.to_str().unwrap().to_owned(), mode: 0o600, secret: true, text: text.to_owned() };
        let script = script(&Step::Put { file, before: None });
        let said = done(&script);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else stays");
    }

    #[test]
    fn every_script_is_one_that_sh_can_read() {
        let file = File::plain(NETWORKD, "[Match]\n");
        let wpa = File::secret("/etc/wpa_supplicant/wpa_supplicant-wired-eth0.conf", "network={\n}\n");
        let steps = [
            Step::Install { packages: vec![("borne".to_owned(), None, None)] },
            Step::Put { file: file.clone(), before: None },
            Step::Settings { files: vec![file.clone()], before: std::collections::BTreeMap::new() },
            Step::Remove { path: TIME.to_owned() },
            Step::Start,
            Step::Restart,
            Step::Lockdown,
            Step::Unlock,
            Step::Network { files: vec![file, wpa], gone: vec!["/etc/x".to_owned()], proof: Proof::default() },
        ];
        for step in steps {
            let text = format!("if false; then\n{}\nfi\n", script(&step));
            let said = done(&text);
            assert!(said.status.success(), "{step}: {}", String::from_utf8_lossy(&said.stderr));
        }
    }

    #[test]
    fn a_supplicants_file_has_its_unit() {
        let of = |name: &str| unit(&format!("/etc/wpa_supplicant/wpa_supplicant{name}.conf"));
        assert_eq!(of("-wired-eth0").as_deref(), Some("wpa_supplicant-wired@eth0.service"));
        assert_eq!(of("-wlan0").as_deref(), Some("wpa_supplicant@wlan0.service"));
        assert_eq!(unit(NETWORKD), None);
    }

    #[test]
    fn what_runs_as_the_borne_goes_out_by_the_offices_proxy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("environment");
        std::fs::write(&file, "HTTPS_PROXY='http://a:b%40$c@proxy:3128'\n").unwrap();
        // Who it is run as is another matter.
        let head = HEAD.replace("/etc/borne/environment", file.to_str().unwrap());
        let head =
            head.replace("exec setpriv --reuid=borne --regid=borne --init-groups env HOME=/var/lib/borne", "exec");
        let said = done(&format!("{head}\nas_borne printenv HTTPS_PROXY\n"));
        assert_eq!(String::from_utf8_lossy(&said.stdout), "http://a:b%40$c@proxy:3128\n");
    }

    /// Packages are installed by `stub` in the place of apt, in a folder of its own.
    fn installing(folder: &tempfile::TempDir, stub: &str) -> String {
        let own = folder.path().display();
        format!("{HEAD}BOARD={own}/board\nTURN={own}/turn\ndpkg() {{ :; }}\n{stub}install_packages borne\n")
    }

    #[test]
    fn one_installation_goes_on_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let stub = "apt() { [ \"$1\" != install ] || ! flock --nonblock \"$TURN\" true || echo alone >&2; }\n";
        let script = installing(&folder, stub);
        let said = done(&script);
        assert!(said.status.success() && said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
        // A run that was cut off still installs.
        let turn = std::fs::File::open(folder.path().join("turn")).unwrap();
        turn.lock().unwrap();
        assert!(script.contains("--timeout 300"));
        let said = done(&script.replace("--timeout 300", "--timeout 0"));
        let told = String::from_utf8_lossy(&said.stderr);
        assert!(!said.status.success() && told.contains("still being installed by an earlier run"), "{told}");
    }

    #[test]
    fn what_could_not_be_asked_is_told_where_packages_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        // Of a repository that is away apt says no more than that its packages are not known.
        let stub = "apt() { case \"$*\" in\n*update) echo 'E: Failed to fetch https://paquets.example.fr' >&2 ;;\n\
                    *) echo 'E: Unable to locate package borne' >&2 ;;\nesac\nfalse; }\n";
        let said = done(&installing(&folder, stub));
        let told = String::from_utf8_lossy(&said.stderr);
        assert!(!said.status.success());
        for part in ["Unable to locate package borne", "Failed to fetch https://paquets.example.fr", "or a bundle"] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn one_interface_is_taken_out_of_what_ifupdown_sees_to() {
        let begins = NETWORK.find("without_interface() {").unwrap();
        let ends = begins + NETWORK[begins..].find("\n}\n").unwrap() + 3;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("interfaces");
        let before = "source /etc/network/interfaces.d/*\n\nauto lo eth0 eth1\niface lo inet loopback\n\nallow-hotplug eth0\n\
                      iface eth0 inet static\n    address 10.1.4.21/24\niface eth0 inet6 auto\niface eth1 inet dhcp\n    metric 5\n";
        std::fs::write(&path, before).unwrap();
        let call = format!("INTERFACE=eth0\n{}without_interface {}\n", &NETWORK[begins..ends], path.display());
        assert!(done(&call).status.success());
        let after = "source /etc/network/interfaces.d/*\n\nauto lo eth1\niface lo inet loopback\n\niface eth1 inet dhcp\n    metric 5\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else stays");
    }

    /// A machine on which scripts are run as they are, in a folder that stands for the change's own.
    struct Here(String);

    impl Link for Here {
        fn run(&self, script: &str) -> Result<String, LinkError> {
            Ok(String::from_utf8(done(&script.replace("/var/lib/accueil-network", &self.0)).stdout).unwrap())
        }

        fn send(&self, _: &std::path::Path, _: &str) -> Result<(), LinkError> {
            Err(LinkError::Failed("nothing is sent here".to_owned()))
        }
    }

    #[test]
    fn only_what_is_applied_stays_and_only_for_whoever_claims_it() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        let here = Here(kept.to_str().unwrap().to_owned());
        assert_eq!(settled(&here, true).unwrap(), Settled::NotYet, "another machine has that address");
        std::fs::create_dir(&kept).unwrap();
        std::fs::write(kept.join("what"), "").unwrap();
        assert_eq!(settled(&here, true).unwrap(), Settled::NotYet, "nothing is applied yet");
        std::fs::write(kept.join("applied"), "").unwrap();
        assert_eq!(settled(&here, false).unwrap(), Settled::NotYet, "it is asked where it was before");
        assert!(kept.join("applied").exists());
        std::fs::remove_file(kept.join("applied")).unwrap();
        std::fs::write(kept.join("undone"), "").unwrap();
        assert_eq!(settled(&here, true).unwrap(), Settled::TakenBack("nobody reached it so".to_owned()));
        std::fs::write(kept.join("why"), "the gateway 10.1.4.9 does not answer\n").unwrap();
        let why = "the gateway 10.1.4.9 does not answer".to_owned();
        assert_eq!(settled(&here, true).unwrap(), Settled::TakenBack(why));
    }

    #[test]
    fn a_closed_machine_takes_its_rules_anew_with_the_settings() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap();
        for name in ["borne.toml.new", "site.toml.new"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        // What is called there stands for itself, and tells what is written by then.
        let stubs = format!("as_borne() {{ :; }}\nborne-lockdown() {{ cat {at}/borne.toml; echo \" $1\"; }}\n");
        let stubs = stubs.replace("borne-lockdown()", "borne_lockdown()");
        let settings = SETTINGS.replace("/etc/borne", at);
        let settings =
            settings.replace("command -v borne-lockdown", "true").replace("borne-lockdown", "borne_lockdown");
        let settings = settings.replace("quietly ", "");
        let said = done(&format!("{HEAD}{stubs}{settings}"));
        let told = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(told.contains("borne.toml.new reload"), "{told}{}", String::from_utf8_lossy(&said.stderr));
    }

    /// What is written there to be run later has nothing of what all steps begin with.
    #[test]
    fn what_runs_by_itself_defines_what_it_calls() {
        let functions = |text: &str| -> Vec<String> {
            text.lines()
                .filter_map(|line| line.trim_start().split_once("() ").map(|(name, _)| name.to_owned()))
                .collect()
        };
        let shared = functions(HEAD);
        assert!(shared.contains(&"seconds".to_owned()), "{shared:?}");
        for end in ["UNDO", "APPLY"] {
            let (_, from) = NETWORK.split_once(&format!("<<'{end}'\n")).unwrap();
            let (body, _) = from.split_once(&format!("\n{end}\n")).unwrap();
            let own = functions(body);
            let words = |line: &str| {
                line.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect::<Vec<_>>()
            };
            let code = body.lines().filter(|line| !line.trim_start().starts_with('#'));
            let called: Vec<String> =
                code.flat_map(words).filter(|word| shared.contains(word) && !own.contains(word)).collect();
            assert!(called.is_empty(), "{end}: {called:?}");
        }
    }
}
