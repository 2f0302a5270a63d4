//! Every input that fuzzing begins with, or that ever failed, through what its target runs: what `make fuzz` found once,
//! `make test` remembers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

/// What a target does with an input; it panics where a promise is broken.
type Body = fn(&[u8]);

/// Each target with its body, by name.
const TARGETS: &[(&str, Body)] = &[
    ("apdu", fuzz::apdu::run),
    ("codes", fuzz::codes::run),
    ("demultiplexer", fuzz::demultiplexer::run),
    ("framing", fuzz::framing::run),
    ("interpreter", fuzz::interpreter::run),
    ("keys", fuzz::keys::run),
    ("reports", fuzz::reports::run),
];

/// Bytes of an input, at most: the corpus stays small.
const INPUT_MAX: usize = 16_384;

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &Path, ending: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8"))
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[test]
fn no_committed_input_fails_its_target() {
    for (target, body) in TARGETS {
        let folder = home().join("corpus").join(target);
        let inputs = names(&folder, "");
        assert!(!inputs.is_empty(), "{target} has no input to begin with");
        for input in inputs {
            let data = fs::read(folder.join(&input)).expect("an input");
            assert!(data.len() <= INPUT_MAX, "{target}/{input} is too large");
            // Shown where the body panics.
            eprintln!("{target}/{input}");
            body(&data);
        }
    }
}

#[test]
fn inputs_of_no_and_of_one_byte_fail_no_target() {
    for (target, body) in TARGETS {
        for data in [&[][..], &[0], b"\n", &[0x7F], &[0xFF]] {
            eprintln!("{target}: {data:?}");
            body(data);
        }
    }
}

/// A target that stands in one list only would be fuzzed and not remembered, or the reverse.
#[test]
fn every_target_is_listed_everywhere() {
    let known: Vec<String> = TARGETS.iter().map(|(target, _)| (*target).to_owned()).collect();
    let manifest = fs::read_to_string(home().join("Cargo.toml")).expect("the fuzz crate's manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let bins: BTreeMap<String, String> = manifest["bin"]
        .as_array()
        .expect("a list of targets")
        .iter()
        .map(|bin| (bin["name"].as_str().expect("a name").to_owned(), bin["path"].as_str().expect("a path").to_owned()))
        .collect();
    assert_eq!(bins.keys().cloned().collect::<Vec<_>>(), known);
    for (name, path) in bins {
        assert_eq!(path, format!("targets/{name}.rs"));
        let target = fs::read_to_string(home().join(&path)).expect("a target");
        assert!(target.contains(&format!("fuzz::{name}::run(data)")), "{path} runs another body");
    }
    for (folder, ending) in [("targets", ".rs"), ("corpus", "")] {
        assert_eq!(names(&home().join(folder), ending), known, "tests/fuzz/{folder}");
    }
}
