//! Where a finger must go.

use anyhow::Context as _;
use serde_json::Value;

/// The middle of a button, in thousandths of the screen's size.
pub(crate) fn place(screen: &Value, label: &str, size: &str) -> anyhow::Result<String> {
    let (width, height) = size.split_once(',').context("write WIDTH,HEIGHT")?;
    let (width, height): (f64, f64) = (width.parse()?, height.parse()?);
    let elements = screen["elements"].as_array().context("this is no screen")?;
    let is_it = |element: &&Value| {
        element["role"] == "button" && element["label"].as_str().is_some_and(|text| text.contains(label))
    };
    let button = elements.iter().find(is_it).with_context(|| {
        let there: Vec<&str> = elements.iter().filter_map(|element| element["label"].as_str()).collect();
        format!("no button says {label}; there are: {}", there.join(" · "))
    })?;
    let middle = |from: &str, length: &str, of: f64| {
        let at = button[from].as_f64().unwrap_or_default() + button[length].as_f64().unwrap_or_default() / 2.0;
        format!("{:.0}", (at / of * 1000.0).clamp(0.0, 999.0))
    };
    Ok(format!("{},{}", middle("x", "width", width), middle("y", "height", height)))
}
