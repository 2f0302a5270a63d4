//! The checks that `make test` runs beside the tests must be able to fail, and the set-up script must do nothing where
//! nothing is missing. Each is run here as a program, on made-up input.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// A program that one test is still writing cannot be started, and a process that another test starts meanwhile holds it
/// open for writing: one test at a time.
static WRITING_PROGRAMS: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    WRITING_PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `cargo test` prints for one binary of which a test was ignored.
const LOG_WITH_ONE_IGNORED: &str = "
     Running unittests src/lib.rs (target/debug/deps/wire-0123456789abcdef)

running 2 tests
test ids::round_trip ... ok
test ids::slow ... ignored, needs an hour

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

fn compare_ignored(log: &str, agreed: &str) -> Output {
    let _alone = alone();
    let folder = TempDir::new().expect("temporary folder");
    let (log_file, list_file) = (folder.path().join("log"), folder.path().join("list"));
    fs::write(&log_file, log).expect("log");
    fs::write(&list_file, agreed).expect("list");
    Command::new(root().join("tests/gates/ignored-tests")).args([log_file, list_file]).output().expect("ignored-tests")
}

#[test]
fn ignored_tests_that_were_agreed_on_pass() {
    let output = compare_ignored(LOG_WITH_ONE_IGNORED, "# why\n\nwire::ids::slow: needs an hour\n");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn an_ignored_test_that_is_not_listed_fails_and_is_named() {
    let output = compare_ignored(LOG_WITH_ONE_IGNORED, "# nothing\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("+wire::ids::slow: needs an hour"), "{}", text(&output.stderr));
}

#[test]
fn a_listed_test_that_is_not_ignored_any_more_fails_and_is_named() {
    let log = LOG_WITH_ONE_IGNORED.replace("ignored, needs an hour", "ok").replace("1 ignored", "0 ignored");
    let output = compare_ignored(&log, "wire::ids::slow: needs an hour\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("-wire::ids::slow: needs an hour"), "{}", text(&output.stderr));
}

#[test]
fn an_ignored_test_without_a_reason_fails() {
    let log = LOG_WITH_ONE_IGNORED.replace(", needs an hour", "");
    let output = compare_ignored(&log, "wire::ids::slow:\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("without a reason"), "{}", text(&output.stderr));
}

#[test]
fn an_ignored_test_whose_line_is_garbled_fails() {
    let log = LOG_WITH_ONE_IGNORED.replace("test ids::slow", "test ids::[log line of a child]\nslow");
    let output = compare_ignored(&log, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("0 can be named"), "{}", text(&output.stderr));
}

#[test]
fn a_log_in_which_no_test_ran_fails() {
    let output = compare_ignored("error: could not compile `wire`\n", "");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("did the tests run?"), "{}", text(&output.stderr));
}

#[test]
fn the_tests_of_pages_are_not_passed_in_silence_where_chromium_is_missing() {
    let _alone = alone();
    let folder = TempDir::new().expect("temporary folder");
    for tool in ["bash", "dirname"] {
        let found = ["/usr/bin", "/bin"].iter().map(|place| Path::new(place).join(tool)).find(|path| path.exists());
        std::os::unix::fs::symlink(found.expect(tool), folder.path().join(tool)).expect("link to a program");
    }
    let output = Command::new(root().join("tests/gates/browser")).env("PATH", folder.path()).output().expect("browser");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("chromium is missing: run deploy/dev/setup test"),
        "{}",
        text(&output.stderr)
    );
}

/// A machine for the set-up script: our own folder of programs comes first on its PATH.
struct Machine {
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { folder: TempDir::new().expect("temporary folder"), _alone: alone() };
        fs::create_dir(machine.programs()).expect("folder of programs");
        machine.program("id", "echo 0");
        machine.program("cargo", "exit 0");
        machine.program("rustc", "echo 'rustc 1.95.0 (0123456 2026-04-14)'");
        // Notes each call, and makes a file of the name of each installed package.
        machine.program(
            "apt-get",
            &format!(
                "cd {} && echo \"$@\" >>calls; for word in \"$@\"; do case $word in thing*) touch $word ;; esac; done",
                machine.folder.path().display()
            ),
        );
        machine.program("flock", "shift; exec \"$@\"");
        machine
    }

    fn programs(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.programs().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("program");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode of a program");
    }

    /// Runs the script with a package list in which `thing-d` is needed for the demo, `thing-b` for measuring, `thing-t`
    /// for the tests and `thing-f` for fuzzing.
    fn setup(&self, profile: &str) -> Output {
        let here = self.folder.path().display();
        let list = format!(
            "# list\ndemo thing-d file:{here}/thing-d shows it\nbench thing-b file:{here}/thing-b measures it\n\
             test thing-t file:{here}/thing-t tests it\nfuzz thing-f file:{here}/thing-f fuzzes it\n"
        );
        self.setup_with(profile, &list)
    }

    fn setup_with(&self, profile: &str, list: &str) -> Output {
        let packages = self.folder.path().join("packages");
        fs::write(&packages, list).expect("package list");
        Command::new(root().join("deploy/dev/setup"))
            .arg(profile)
            .env("ACCUEIL_PACKAGES", packages)
            .env("ACCUEIL_TOOLS", self.folder.path().join("tools"))
            .env("ACCUEIL_NO_CLUSTER", self.folder.path().join("clusters/none.conf"))
            .env("PATH", format!("{}:/usr/bin:/bin", self.programs().display()))
            .output()
            .expect("setup")
    }

    fn apt_calls(&self) -> Vec<String> {
        fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

#[test]
fn set_up_updates_the_lists_and_then_installs_what_is_missing_and_says_why() {
    let machine = Machine::new();
    let output = machine.setup("demo");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("thing-d: shows it"));
    let calls = machine.apt_calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[0].ends_with("update"), "{calls:?}");
    assert!(calls[1].ends_with("install --yes --no-install-recommends thing-d"), "{calls:?}");
}

#[test]
fn set_up_for_measuring_installs_what_the_demo_and_the_devices_need_and_no_more() {
    let machine = Machine::new();
    let output = machine.setup("bench");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let calls = machine.apt_calls();
    assert!(calls[1].ends_with("install --yes --no-install-recommends thing-d thing-b"), "{calls:?}");
}

#[test]
fn set_up_calls_no_package_manager_where_nothing_is_missing() {
    let machine = Machine::new();
    assert!(machine.setup("demo").status.success());
    fs::remove_file(machine.folder.path().join("calls")).expect("calls of the first run");
    let output = machine.setup("demo");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(machine.apt_calls(), Vec::<String>::new());
}

#[test]
fn set_up_lets_postgresql_make_no_database_and_leaves_nothing_of_that() {
    let machine = Machine::new();
    let here = machine.folder.path().display().to_string();
    let notes =
        format!("cat {here}/clusters/* >>{here}/told 2>/dev/null; echo \"$@\" >>{here}/calls; touch {here}/server");
    machine.program("apt-get", &notes);
    let list = format!("demo postgresql-99 file:{here}/server keeps it\n");
    let output = machine.setup_with("demo", &list);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        fs::read_to_string(machine.folder.path().join("told")).expect("a word"),
        "create_main_cluster = false\n"
    );
    assert_eq!(fs::read_dir(machine.folder.path().join("clusters")).expect("its folder").count(), 0);
    assert_eq!(machine.apt_calls().len(), 2);
}

#[test]
fn set_up_fails_where_a_package_does_not_bring_what_was_asked_for() {
    let machine = Machine::new();
    machine.program("apt-get", "exit 0");
    let output = machine.setup("demo");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("still missing"), "{}", text(&output.stderr));
}

#[test]
fn set_up_for_tests_fetches_what_the_lists_pin_and_only_once() {
    let machine = Machine::new();
    let calls = machine.folder.path().join("fetched");
    let notes = |name: &str| format!("echo {name} \"$@\" >>{}", calls.display());
    // `python3 -m venv FOLDER` makes a python in it.
    let python = format!(
        "mkdir -p \"$3/bin\" && printf '#!/bin/sh\\n%s\\n' '{}' >\"$3/bin/python\" && chmod +x \"$3/bin/python\"",
        notes("pip")
    );
    machine.program("python3", &python);
    machine.program("npm", &notes("npm"));
    let fetched = || fs::read_to_string(&calls).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let output = machine.setup("test");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("cargo-deny: checks") && said.contains("receiptio: prints"), "{said}");
    assert!(said.contains("playwright-core: drives") && said.contains("axe-core: finds"), "{said}");
    let first = fetched();
    assert!(first[0].starts_with("pip") && first[0].contains("--require-hashes"), "{first:?}");
    assert!(first[1].starts_with("npm ci") && first[1].contains("--ignore-scripts"), "{first:?}");
    assert!(machine.setup("test").status.success());
    assert_eq!(fetched(), first, "what is there is not fetched again");

    machine.program("npm", "exit 1");
    fs::remove_file(machine.folder.path().join("tools/oracles/installed.json")).expect("a mark of what is there");
    let output = machine.setup("test");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("these programs cannot be fetched"), "{}", text(&output.stderr));
}

#[test]
fn set_up_for_fuzzing_installs_its_packages_and_the_pinned_fuzzer_once() {
    let machine = Machine::new();
    let here = machine.folder.path().display().to_string();
    // Notes each call, and leaves a program that tells the version it was asked for.
    machine.program(
        "cargo",
        &format!(
            "echo \"$@\" >>{here}/cargo-calls\n\
             mkdir -p {here}/tools/bin && echo 'echo cargo-fuzz 0.13.2' >{here}/tools/bin/cargo-fuzz\n\
             chmod +x {here}/tools/bin/cargo-fuzz"
        ),
    );
    for _ in 0..2 {
        let output = machine.setup("fuzz");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let calls = machine.apt_calls();
    assert!(calls.len() == 2 && calls[1].ends_with("thing-d thing-f"), "{calls:?}");
    let cargo = fs::read_to_string(machine.folder.path().join("cargo-calls")).expect("calls of cargo");
    assert_eq!(cargo, format!("install --quiet --locked --root {here}/tools --version =0.13.2 cargo-fuzz\n"));

    machine.program("cargo", "exit 1");
    fs::remove_file(machine.folder.path().join("tools/bin/cargo-fuzz")).expect("the fuzzer");
    let output = machine.setup("fuzz");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("cargo-fuzz 0.13.2 cannot be installed"), "{}", text(&output.stderr));
}

#[test]
fn set_up_says_what_to_do_about_an_old_rust_and_a_missing_clippy() {
    let machine = Machine::new();
    machine.program("rustc", "echo 'rustc 1.63.0 (0123456 2022-08-08)'");
    machine.program("cargo", "case $1 in clippy) exit 101 ;; esac");
    let output = machine.setup("test");
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains("Rust 1.63.0 is too old"), "{said}");
    assert!(said.contains("clippy is missing"), "{said}");
    assert!(!said.contains("rustfmt is missing"), "{said}");
    assert_eq!(machine.apt_calls(), Vec::<String>::new(), "nothing is installed before Rust is right");
}

#[test]
fn set_up_without_root_does_through_sudo_what_needs_it() {
    let machine = Machine::new();
    machine.program("id", "echo 1000");
    machine.program("sudo", "SUDO=yes exec \"$@\"");
    machine.program("flock", "shift; [ \"$SUDO\" = yes ] && [ \"$DEBIAN_FRONTEND\" = noninteractive ] && exec \"$@\"");
    let output = machine.setup("demo");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(machine.apt_calls().len(), 2);
}

#[test]
fn set_up_without_root_and_without_sudo_names_the_packages() {
    let machine = Machine::new();
    machine.program("id", "echo 1000");
    let search = machine.programs();
    for tool in ["bash", "sh", "sed", "awk", "sort", "head", "dirname", "mkdir", "cat", "git"] {
        let found = ["/usr/bin", "/bin", "/usr/local/bin"]
            .iter()
            .map(|folder| Path::new(folder).join(tool))
            .find(|path| path.exists());
        std::os::unix::fs::symlink(found.expect(tool), search.join(tool)).expect("link to a program");
    }
    let packages = machine.folder.path().join("packages");
    fs::write(&packages, "demo thing-d file:/nowhere/thing-d shows it\n").expect("package list");
    let output = Command::new(root().join("deploy/dev/setup"))
        .arg("demo")
        .env("ACCUEIL_PACKAGES", packages)
        .env("ACCUEIL_TOOLS", machine.folder.path().join("tools"))
        .env("PATH", search)
        .output()
        .expect("setup");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("apt-get install thing-d"), "{}", text(&output.stderr));
    assert_eq!(machine.apt_calls(), Vec::<String>::new());
}
