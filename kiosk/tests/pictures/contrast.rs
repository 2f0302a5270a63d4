//! Contrasts of the palettes, computed as WCAG 2.1 does.

use borne::display::Easel;
use slint::Color;

/// Letters on what is behind them.
const TEXT: f32 = 4.5;
/// Lines, icons, rings.
const LINE: f32 = 3.0;

/// What is too faint in the palette that is in force.
pub fn faults(easel: &Easel) -> Vec<String> {
    let c = easel.palette();
    let pairs = [
        ("ink on bg", c.ink, c.bg, TEXT),
        ("ink on surface", c.ink, c.surface, TEXT),
        ("ink2 on bg", c.ink2, c.bg, TEXT),
        ("ink2 on surface", c.ink2, c.surface, TEXT),
        ("ink on card-pressed", c.ink, c.card_pressed, TEXT),
        ("ink2 on card-pressed", c.ink2, c.card_pressed, TEXT),
        ("on-primary on primary", c.on_primary, c.primary, TEXT),
        ("on-primary on primary-pressed", c.on_primary, c.primary_pressed, TEXT),
        ("disabled-ink on disabled-bg", c.disabled_ink, c.disabled_bg, TEXT),
        ("warn-ink on warn-bg", c.warn_ink, c.warn_bg, TEXT),
        ("line on bg", c.line, c.bg, LINE),
        ("line on surface", c.line, c.surface, LINE),
        ("primary on bg", c.primary, c.bg, LINE),
        ("ok on surface", c.ok, c.surface, LINE),
        ("mid on surface", c.mid, c.surface, LINE),
        ("error on surface", c.error, c.surface, LINE),
        ("ok on bg", c.ok, c.bg, LINE),
        ("mid on bg", c.mid, c.bg, LINE),
        ("error on bg", c.error, c.bg, LINE),
        ("warn-ink on bg", c.warn_ink, c.bg, LINE),
        ("focus-inner on focus-outer", c.focus_inner, c.focus_outer, LINE),
    ];
    let faint = pairs.into_iter().filter(|(_, one, other, least)| ratio(*one, *other) < *least);
    let mut faults: Vec<String> =
        faint.map(|(name, one, other, least)| format!("{name}: {:.1} instead of {least}", ratio(one, other))).collect();
    // One of the two rings is seen on every background there is.
    for (name, behind) in [("bg", c.bg), ("surface", c.surface), ("primary", c.primary), ("warn-bg", c.warn_bg)] {
        let best = ratio(c.focus_inner, behind).max(ratio(c.focus_outer, behind));
        if best < LINE {
            faults.push(format!("both rings on {name}: {best:.1}"));
        }
    }
    faults
}

fn ratio(one: Color, other: Color) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Color) -> f32 {
    let linear = |channel: u8| {
        let share = f32::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.red()) + 0.7152 * linear(colour.green()) + 0.0722 * linear(colour.blue())
}
