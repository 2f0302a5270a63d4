//! Where a finger must go.

use anyhow::Context as _;
use serde_json::Value;

/// The middle of a button, in thousandths of the screen's size. Turned, the picture's upper edge is at the screen's right.
pub(crate) fn place(screen: &Value, label: &str, size: &str, turned: bool) -> anyhow::Result<(u32, u32)> {
    let (width, height) = size.split_once(',').context("write WIDTH,HEIGHT")?;
    let (width, height): (f64, f64) = (width.parse()?, height.parse()?);
    let (width, height) = if turned { (height, width) } else { (width, height) };
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
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "thousandths")]
        let thousandths = (at / of * 1000.0).clamp(0.0, 999.0) as u32;
        thousandths
    };
    let (across, down) = (middle("x", "width", width), middle("y", "height", height));
    Ok(if turned { (999 - down, across) } else { (across, down) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_is_where_the_picture_is_turned_to() {
        let button =
            serde_json::json!({ "role": "button", "label": "Plus", "x": 0, "y": 100, "width": 200, "height": 100 });
        let screen = serde_json::json!({ "elements": [button] });
        assert_eq!(place(&screen, "Plus", "1000,500", false).unwrap(), (100, 300));
        // Near the upper left corner of a landscape; its upper edge is at the right of a portrait screen.
        assert_eq!(place(&screen, "Plus", "500,1000", true).unwrap(), (699, 100));
        assert!(place(&screen, "Moins", "1000,500", false).unwrap_err().to_string().contains("there are: Plus"));
    }
}
