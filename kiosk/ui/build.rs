//! Compiles the screens, with the icons of `assets/icons` turned into path commands.
//!
//! Paths are drawn at any size, so that the borne needs neither an SVG library nor one picture a size.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

fn main() {
    if let Err(error) = compile() {
        panic!("the screens do not compile: {error}");
    }
}

fn compile() -> Result<(), Box<dyn std::error::Error>> {
    let icons = Path::new("../../assets/icons");
    println!("cargo:rerun-if-changed={}", icons.display());
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("icons.slint");
    let text = icons_global(icons)?;
    // The compiler's own inputs name the file: written anew, or later than this began, it would have the screens compiled
    // once more.
    if std::fs::read_to_string(&out).ok().as_deref() != Some(&*text) {
        std::fs::write(&out, text)?;
        std::fs::File::options().write(true).open(&out)?.set_modified(icons.metadata()?.modified()?)?;
    }

    let config =
        slint_build::CompilerConfiguration::new().with_library_paths(HashMap::from([("icons".to_owned(), out)]));
    slint_build::compile_with_config("ui/app.slint", config)?;
    Ok(())
}

/// A `.slint` global with one string of path commands an icon, named like its file.
fn icons_global(folder: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut icons = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let commands = path_commands(&std::fs::read_to_string(&path)?)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            icons.insert(name, commands);
        }
    }
    let mut text = String::from("export global Icon {\n");
    for (name, commands) in icons {
        text += &format!("    out property <string> {name}: \"{commands}\";\n");
    }
    Ok(text + "}\n")
}

/// The shapes of a Lucide icon (24 x 24, strokes of 2) as one string of path commands.
fn path_commands(svg: &str) -> Result<String, Box<dyn std::error::Error>> {
    let document = roxmltree::Document::parse(svg)?;
    let root = document.root_element();
    if root.attribute("viewBox") != Some("0 0 24 24") || root.attribute("stroke-width") != Some("2") {
        return Err("expected a viewBox of 0 0 24 24 and strokes of 2".into());
    }
    let mut commands = Vec::new();
    for shape in root.children().filter(roxmltree::Node::is_element) {
        let number = |name: &str| shape.attribute(name).unwrap_or("0").parse::<f32>();
        commands.push(match shape.tag_name().name() {
            // Without a first point of its own, a relative "m" would continue from the shape before.
            "path" => absolute_start(shape.attribute("d").ok_or("a path without commands")?),
            "circle" => {
                let (cx, cy, r) = (number("cx")?, number("cy")?, number("r")?);
                format!(
                    "M{} {cy}A{r} {r} 0 1 1 {} {cy}A{r} {r} 0 1 1 {} {cy}Z",
                    cx - r,
                    cx + r,
                    cx - r
                )
            }
            "rect" => {
                let (x, y) = (number("x")?, number("y")?);
                let (w, h, r) = (number("width")?, number("height")?, number("rx")?);
                let (right, bottom) = (x + w, y + h);
                format!(
                    "M{} {y}H{}A{r} {r} 0 0 1 {right} {}V{}A{r} {r} 0 0 1 {} {bottom}H{}A{r} {r} 0 0 1 {x} {}V{}A{r} {r} 0 0 1 {} {y}Z",
                    x + r,
                    right - r,
                    y + r,
                    bottom - r,
                    right - r,
                    x + r,
                    bottom - r,
                    y + r,
                    x + r
                )
            }
            other => return Err(format!("cannot turn <{other}> into a path").into()),
        });
    }
    Ok(commands.join(" "))
}

/// The first `m` of a path is absolute by definition; said so, the path can follow another.
fn absolute_start(commands: &str) -> String {
    match commands.strip_prefix('m') {
        Some(rest) => match implicit_line(rest) {
            Some(at) => format!("M{}l{}", &rest[..at], &rest[at..]),
            None => format!("M{rest}"),
        },
        None => commands.to_owned(),
    }
}

/// Where a third number follows `m`'s two: those are relative lines, which a capital `M` would make absolute.
fn implicit_line(rest: &str) -> Option<usize> {
    let mut numbers = 0;
    let mut inside = false;
    for (at, c) in rest.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => return None,
            ' ' | ',' => inside = false,
            _ if c == '-' || !inside => {
                numbers += 1;
                inside = true;
                if numbers == 3 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}
