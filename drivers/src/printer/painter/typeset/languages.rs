//! Texts of every script that the shipped fonts write: no character without a glyph, Arabic joined and from the right.

use cosmic_text::fontdb::Source;

use super::*;
use crate::printer::painter::TEXT;

fn typesetter() -> Typesetter {
    Typesetter::open(&FontSource::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/fonts"))).expect("fonts")
}

fn set(typesetter: &mut Typesetter, text: &str, weight: Weight) {
    typesetter.set(&Request {
        text,
        cap: 24.0,
        weight,
        align: Align::Start,
        rtl: false,
        x: 0,
        width: 568,
        measure: TEXT,
    });
}

/// The families of the glyphs of the text that was set last, one a glyph, in the order in which they stand.
fn families(typesetter: &Typesetter) -> Vec<String> {
    let db = typesetter.fonts.db();
    let glyphs = typesetter.buffer.layout_runs().flat_map(|run| run.glyphs.iter());
    glyphs.map(|glyph| db.face(glyph.font_id).expect("a face").families[0].0.clone()).collect()
}

fn missing(typesetter: &Typesetter) -> usize {
    typesetter.buffer.layout_runs().flat_map(|run| run.glyphs.iter()).filter(|glyph| glyph.glyph_id == 0).count()
}

#[test]
fn every_script_is_set_whole_in_a_face_of_its_own() {
    let mut typesetter = typesetter();
    for (text, family) in [
        ("Türkçe ğİ ışŞ, não, ¿qué?", "Atkinson Hyperlegible Next"),
        ("Українська ґєії: зал А, близько 20 хв", "Noto Sans"),
        ("Список № 12, Mairie de Bonneveine", "Noto Sans"),
        ("العربية", "Noto Sans Arabic UI"),
        ("简体中文：办理身份证、护照（约 20 分钟）", "Noto Sans SC"),
        ("身份证 · Mairie 1er étage", "Noto Sans SC"),
    ] {
        for weight in [Weight::Regular, Weight::Bold] {
            set(&mut typesetter, text, weight);
            assert_eq!(missing(&typesetter), 0, "{text}");
            let families = families(&typesetter);
            assert!(!families.is_empty() && families.iter().all(|found| found == family), "{text}: {families:?}");
        }
    }
}

#[test]
fn what_a_face_lacks_comes_from_another() {
    let mut typesetter = typesetter();
    for text in ["العربية: Mairie, 1er étage", "\u{2066}B 42\u{2069} رقمكم", "中文 ğ İ ї ґ", "№ 12", "Salle 简 Ї ع"]
    {
        for weight in [Weight::Regular, Weight::Bold] {
            set(&mut typesetter, text, weight);
            assert_eq!(missing(&typesetter), 0, "{text}");
        }
    }
    set(&mut typesetter, "\u{16a0}", Weight::Regular);
    assert_eq!(missing(&typesetter), 1, "a rune, which no shipped font writes, is counted as missing");
}

#[test]
fn arabic_joins_and_runs_from_the_right() {
    let mut typesetter = typesetter();
    set(&mut typesetter, "العربية", Weight::Regular);
    let runs: Vec<_> = typesetter.buffer.layout_runs().collect();
    let [run] = &runs[..] else { panic!("one line") };
    assert!(run.rtl);
    // In the order of the text: each letter stands left of the one before.
    assert!(run.glyphs.is_sorted_by(|before, after| before.start < after.start && before.x > after.x));
    assert_eq!((run.glyphs[0].start, run.glyphs.last().map(|glyph| glyph.end)), (0, Some(run.text.len())));
    let joined: Vec<u16> = run.glyphs.iter().map(|glyph| glyph.glyph_id).collect();
    let apart: Vec<u16> = "العربية"
        .chars()
        .map(|letter| {
            set(&mut typesetter, &letter.to_string(), Weight::Regular);
            typesetter.buffer.layout_runs().flat_map(|run| run.glyphs.iter()).map(|glyph| glyph.glyph_id).next()
        })
        .map(|glyph| glyph.expect("a glyph"))
        .collect();
    assert_ne!(joined, apart, "letters that stand apart are not Arabic");
}

#[test]
fn a_face_is_mapped_when_a_text_first_needs_it() {
    let mapped = |typesetter: &Typesetter| -> Vec<String> {
        let faces = typesetter.fonts.db().faces();
        faces.filter(|f| matches!(f.source, Source::SharedFile(..))).map(|f| f.post_script_name.clone()).collect()
    };
    let mut typesetter = typesetter();
    set(&mut typesetter, "Carte d’identité, passeport", Weight::Bold);
    set(&mut typesetter, "Українська", Weight::Regular);
    let before = mapped(&typesetter);
    assert!(before.iter().all(|name| !name.contains("SC") && !name.contains("Arabic")), "{before:?}");
    set(&mut typesetter, "简体中文", Weight::Regular);
    let after = mapped(&typesetter);
    assert!(after.contains(&"NotoSansSC-Regular".to_owned()), "{after:?}");
    assert!(!after.contains(&"NotoSansSC-Bold".to_owned()), "{after:?}");
    assert!(typesetter.fonts.db().faces().all(|face| !matches!(face.source, Source::Binary(_))));
}
