//! The rooms of the house: which of our crates may depend on which, and what the pure ones must never reach.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::MetadataCommand;

/// Each of our crates with those of ours that it may depend on, for tests and build scripts as well.
const ROOMS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("drivers", &[]),
    ("kiosk-canvas", &[]),
    ("kiosk-ui", &[]),
    ("kiosk-flow", &["wire"]),
    ("queue-engine", &["wire"]),
    ("kiosk-runtime", &["kiosk-flow", "drivers", "wire"]),
    ("borne", &["kiosk-canvas", "kiosk-flow", "kiosk-runtime", "kiosk-ui", "drivers", "wire"]),
    ("throwaway-postgres", &[]),
    ("accueil-server", &["queue-engine", "throwaway-postgres", "wire"]),
    ("acceptance", &["drivers"]),
    ("manual", &["accueil-server", "borne"]),
    ("provisioning", &["wire"]),
    (
        "integration-tests",
        &[
            "accueil-server",
            "borne",
            "drivers",
            "kiosk-flow",
            "kiosk-runtime",
            "queue-engine",
            "throwaway-postgres",
            "wire",
        ],
    ),
];

/// Crates that get time and randomness as arguments, and never touch a thread, a socket or a store.
const PURE: &[&str] = &["wire", "kiosk-flow", "queue-engine"];

/// What the pure crates must not reach through any number of dependencies.
const IMPURE_CRATES: &[&str] = &[
    // runtimes
    "tokio",
    "async-std",
    "smol",
    "mio",
    // SQL
    "rusqlite",
    "libsqlite3-sys",
    "sqlx",
    "sqlx-core",
    // random sources
    "getrandom",
    "rand",
    "rand_core",
    "fastrand",
    // HTTP
    "reqwest",
    "hyper",
    "axum",
    "http",
    "ureq",
    // devices and pictures
    "rusb",
    "slint",
    "i-slint-core",
];

/// What the pure crates must not write themselves: the crates that they use, and the standard library, have clocks,
/// random sources and threads too.
const IMPURE_CALLS: &[&str] = &[
    "::now(",
    "SystemTime",
    "TimeZone::system(",
    "new_v4(",
    "now_v7(",
    "RandomState",
    "std::thread",
    "std::net",
    "thread::sleep",
];

/// A crate's name and the names that it depends on directly.
type Arrows = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The workspace's members with the folder of each and its dependencies on other members, of every kind.
fn members() -> (Arrows, BTreeMap<String, PathBuf>) {
    // Without the graph of dependencies, which would ask for crates of other systems that were never fetched.
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--locked".to_owned(), "--offline".to_owned()])
        .exec()
        .expect("cargo metadata");
    let mut arrows = Arrows::new();
    let mut folders = BTreeMap::new();
    for package in &metadata.packages {
        let ours = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
            .map(|dependency| dependency.name.to_string())
            .collect();
        arrows.insert(package.name.to_string(), ours);
        let folder = package.manifest_path.parent().expect("folder of a manifest");
        folders.insert(package.name.to_string(), folder.into());
    }
    (arrows, folders)
}

/// What is wrong with the arrows among our crates, one line each; empty where all is well.
fn violations(rooms: &[(&str, &[&str])], arrows: &Arrows) -> Vec<String> {
    let allowed: BTreeMap<_, _> = rooms.iter().copied().collect();
    let mut found = Vec::new();
    for (from, targets) in arrows {
        let Some(may) = allowed.get(from.as_str()) else {
            found.push(format!("{from} has no row in ROOMS: say what it may depend on"));
            continue;
        };
        for to in targets {
            if !may.contains(&to.as_str()) {
                found.push(format!("{from} must not depend on {to}"));
            }
        }
    }
    for (room, _) in rooms {
        if !arrows.contains_key(*room) {
            found.push(format!("{room} has a row in ROOMS but is no member of the workspace"));
        }
    }
    found
}

/// The dependencies of one crate built by itself, as `cargo tree --prefix depth` prints them: other members' choice of
/// features (an identifier library's random source, say) must not be charged to it.
fn tree_of(package: &str) -> Arrows {
    let output = Command::new(cargo())
        .current_dir(root())
        .args(["tree", "--locked", "--offline", "--prefix", "depth", "--charset", "ascii"])
        .args(["--edges", "normal,no-proc-macro", "--package", package])
        .output()
        .expect("cargo tree");
    let printed = String::from_utf8(output.stdout).expect("UTF-8 from cargo tree");
    assert!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    parse_tree(&printed)
}

fn parse_tree(printed: &str) -> Arrows {
    let mut arrows = Arrows::new();
    let mut ancestors: Vec<String> = Vec::new();
    for line in printed.lines() {
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let depth: usize = line[..digits].parse().expect("depth before the name");
        let name = line[digits..].split(' ').next().expect("name after the depth").to_owned();
        ancestors.truncate(depth);
        if let Some(parent) = ancestors.last() {
            arrows.entry(parent.clone()).or_default().insert(name.clone());
        }
        arrows.entry(name.clone()).or_default();
        ancestors.push(name);
    }
    arrows
}

/// The shortest way from `from` to each crate in `forbidden` that it reaches, one line each.
fn impurities(from: &str, tree: &Arrows, forbidden: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([from.to_owned()]);
    let mut ways = VecDeque::from([vec![from.to_owned()]]);
    while let Some(way) = ways.pop_front() {
        let here = way.last().expect("a way has a start");
        if forbidden.contains(&here.as_str()) {
            found.push(way.join(" -> "));
            continue;
        }
        for next in tree.get(here).into_iter().flatten() {
            if seen.insert(next.clone()) {
                ways.push_back([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    found
}

/// Lines of code, comments left out, that hold one of `forbidden`.
fn impure_lines(file: &str, source: &str, forbidden: &[&str]) -> Vec<String> {
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    source
        .lines()
        .enumerate()
        .flat_map(|(index, line)| {
            let code = code(line);
            forbidden
                .iter()
                .filter(move |call| code.contains(**call))
                .map(move |call| format!("{file}:{}: {call}", index + 1))
        })
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("folder of sources") {
        let path = entry.expect("entry of a folder").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn arrows(list: &[(&str, &[&str])]) -> Arrows {
    list.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|to| (*to).to_owned()).collect())).collect()
}

#[test]
fn our_crates_depend_only_on_the_rooms_below_them() {
    let (members, _) = members();
    assert_eq!(violations(ROOMS, &members), Vec::<String>::new());
}

#[test]
fn pure_crates_reach_no_runtime_store_network_or_random_source() {
    for package in PURE {
        let tree = tree_of(package);
        assert!(tree.contains_key("serde"), "{package}: cargo tree showed nothing");
        assert_eq!(impurities(package, &tree, IMPURE_CRATES), Vec::<String>::new());
    }
}

#[test]
fn pure_crates_call_no_clock_random_source_or_thread() {
    let (_, folders) = members();
    for package in PURE {
        let files = rust_files(&folders[*package].join("src"));
        assert!(!files.is_empty(), "{package} has no sources");
        for file in files {
            let source = fs::read_to_string(&file).expect("source file");
            let lines = impure_lines(&file.to_string_lossy(), &source, IMPURE_CALLS);
            assert_eq!(lines, Vec::<String>::new());
        }
    }
}

#[test]
fn a_forbidden_arrow_an_unknown_crate_and_a_stale_row_are_named() {
    let rooms: &[(&str, &[&str])] = &[("wire", &[]), ("kiosk-flow", &["wire"]), ("attic", &[])];
    let bad = arrows(&[("wire", &["kiosk-flow"]), ("kiosk-flow", &["wire"]), ("shed", &[])]);
    assert_eq!(
        violations(rooms, &bad),
        [
            "shed has no row in ROOMS: say what it may depend on",
            "wire must not depend on kiosk-flow",
            "attic has a row in ROOMS but is no member of the workspace",
        ]
    );
}

#[test]
fn a_forbidden_crate_is_found_through_others_with_the_way_to_it() {
    let tree =
        parse_tree("0wire v0.1.0 (/src/wire)\n1uuid v1.29.1\n2getrandom v0.4.3\n1serde v1.0.229\n1uuid v1.29.1 (*)\n");
    assert_eq!(
        tree,
        arrows(&[("wire", &["uuid", "serde"]), ("uuid", &["getrandom"]), ("serde", &[]), ("getrandom", &[])])
    );
    assert_eq!(impurities("wire", &tree, IMPURE_CRATES), ["wire -> uuid -> getrandom"]);
}

#[test]
fn a_forbidden_call_is_found_in_code_but_not_in_a_comment() {
    let source = "// Instant::now() would be wrong\nlet now = Instant::now();\nlet id = Uuid::new_v4(); // random\n";
    assert_eq!(impure_lines("flow.rs", source, IMPURE_CALLS), ["flow.rs:2: ::now(", "flow.rs:3: new_v4("]);
}
