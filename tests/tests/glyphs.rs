//! Nothing that the borne can say shows as a box or a blank: every character of every text has a glyph, in both weights,
//! in the fonts that its language is set in. One main font a language; another only where that is listed here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use integration_tests::project;
use ttf_parser::Face;
use wire::ids::Language;

const ATKINSON: &str = "AtkinsonHyperlegibleNext";
const NOTO: &str = "NotoSans";
const NOTO_ARABIC: &str = "NotoSansArabicUI";
const NOTO_CHINESE: &str = "NotoSansSC";

/// The fonts of a language by the first part of its tag: the main one, then those that may help out.
const FONTS: [(&str, &[&str]); 8] = [
    ("fr", &[ATKINSON]),
    ("en", &[ATKINSON]),
    ("es", &[ATKINSON]),
    ("pt", &[ATKINSON]),
    ("tr", &[ATKINSON]),
    ("uk", &[NOTO]),
    // Digits, Latin names and quotation marks.
    ("ar", &[NOTO_ARABIC, ATKINSON]),
    // Accented Latin names.
    ("zh", &[NOTO_CHINESE, ATKINSON]),
];

/// Texts of a site that is in French unless it says otherwise.
const SITE_LANGUAGE: &str = "fr";

fn fonts_of(tag: &str) -> Option<&'static [&'static str]> {
    let language = tag.split(['-', '_']).next()?;
    FONTS.iter().find(|(name, _)| *name == language).map(|(_, fonts)| *fonts)
}

/// One weight of one family, as a file of `assets/fonts`.
struct Font {
    family: String,
    file: PathBuf,
    data: Vec<u8>,
}

impl Font {
    fn face(&self) -> Face<'_> {
        Face::parse(&self.data, 0).unwrap_or_else(|error| panic!("{}: {error}", self.file.display()))
    }
}

/// The files of a folder with that ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let found: BTreeSet<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    found.into_iter().collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn fonts() -> Vec<Font> {
    files(&project().join("assets/fonts"), "ttf")
        .into_iter()
        .map(|file| {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let family = name.split(['-', '_']).next().unwrap_or_default().to_owned();
            let data = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            Font { family, file, data }
        })
        .collect()
}

/// Characters that steer a text and show nothing, for which shapers need no glyph: line ends, joiners, directions.
fn shows_nothing(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A text, the file that holds it, the tag of its language.
struct Text {
    file: String,
    tag: String,
    text: String,
}

/// The characters without a glyph, each named with its file, its text and its code.
fn without_glyph(fonts: &[Font], texts: &[Text]) -> Vec<String> {
    // Weights are looked at apart: a bold title must not fall back to another family.
    let weights: Vec<Vec<(&str, Face<'_>)>> = ["Regular", "Bold"]
        .iter()
        .map(|weight| {
            let files = fonts.iter().filter(|font| font.file.to_string_lossy().contains(weight));
            files.map(|font| (font.family.as_str(), font.face())).collect()
        })
        .collect();
    let mut found = BTreeSet::new();
    for Text { file, tag, text } in texts {
        let Some(families) = fonts_of(tag) else {
            found.insert(format!("{file}: no font is named for the language {tag:?}: add it to FONTS"));
            continue;
        };
        for character in text.chars().filter(|character| !shows_nothing(*character)) {
            let drawn = weights.iter().all(|faces| {
                let allowed = faces.iter().filter(|(family, _)| families.contains(family));
                allowed.into_iter().any(|(_, face)| face.glyph_index(character).is_some())
            });
            if !drawn {
                let code = u32::from(character);
                found.insert(format!("{file}: {text:?} has {character:?} (U+{code:04X}), which {families:?} lack"));
            }
        }
    }
    found.into_iter().collect()
}

/// The translations, and the English wordings that are their keys.
fn translations() -> Vec<Text> {
    let mut texts = Vec::new();
    for path in files(&project().join("assets/translations"), "po") {
        let file = format!("assets/translations/{}", path.file_name().expect("a name").to_string_lossy());
        let tag = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let catalog = polib::po_file::parse_from_reader(read(&path).as_bytes()).expect("a catalogue");
        let mut add = |tag: &str, text: &str| {
            texts.push(Text { file: file.clone(), tag: tag.to_owned(), text: text.to_owned() });
        };
        for message in catalog.messages() {
            add("en", message.msgid());
            if message.is_plural() {
                add("en", message.msgid_plural().expect("a plural"));
                message.msgstr_plural().expect("plural forms").iter().for_each(|form| add(&tag, form));
            } else {
                add(&tag, message.msgstr().expect("a translation"));
            }
        }
    }
    texts
}

fn endonyms() -> Vec<Text> {
    let text = |language: Language| Text {
        file: "wire/src/ids.rs".to_owned(),
        tag: language.tag().to_owned(),
        text: language.endonym().to_owned(),
    };
    Language::ALL.into_iter().map(text).collect()
}

/// Every text below a value of TOML; a key that is a language's tag tells the language of what it holds.
fn texts_below(file: &str, tag: &str, value: &toml::Value, texts: &mut Vec<Text>) {
    if let Some(text) = value.as_str() {
        texts.push(Text { file: file.to_owned(), tag: tag.to_owned(), text: text.to_owned() });
    }
    for item in value.as_array().into_iter().flatten() {
        texts_below(file, tag, item, texts);
    }
    for (key, item) in value.as_table().into_iter().flatten() {
        texts_below(file, if fonts_of(key).is_some() { key } else { tag }, item, texts);
    }
}

fn sites() -> Vec<Text> {
    let mut texts = Vec::new();
    let examples = project().join("config/examples");
    let entries = fs::read_dir(&examples).unwrap_or_else(|error| panic!("{}: {error}", examples.display()));
    for folder in entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()) {
        for path in files(&folder, "toml") {
            let file = path.strip_prefix(project()).expect("a file of the project").display().to_string();
            let site: toml::Value = toml::from_str(&read(&path)).unwrap_or_else(|error| panic!("{file}: {error}"));
            texts_below(&file, SITE_LANGUAGE, &site, &mut texts);
        }
    }
    texts
}

fn assert_all_drawn(texts: &[Text]) {
    assert!(!texts.is_empty());
    let found = without_glyph(&fonts(), texts);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_translation_can_be_drawn() {
    assert_all_drawn(&translations());
}

#[test]
fn every_language_can_name_itself() {
    assert_all_drawn(&endonyms());
}

#[test]
fn every_text_of_the_example_sites_can_be_drawn() {
    assert_all_drawn(&sites());
}

#[test]
fn what_cannot_be_drawn_is_named_with_its_file_its_text_and_its_character() {
    let text = |tag: &str, text: &str| Text { file: "x.po".to_owned(), tag: tag.to_owned(), text: text.to_owned() };
    let texts = [
        text("fr", "10\u{202f}h"),
        text("uk", "Їжак ✓"),
        text("zh-Hans", "中ї"),
        text("ar", "\u{2066}A 1\u{2069} رقم"),
    ];
    assert_eq!(
        without_glyph(&fonts(), &texts),
        [
            r#"x.po: "10\u{202f}h" has '\u{202f}' (U+202F), which ["AtkinsonHyperlegibleNext"] lack"#,
            r#"x.po: "Їжак ✓" has '✓' (U+2713), which ["NotoSans"] lack"#,
            r#"x.po: "中ї" has 'ї' (U+0457), which ["NotoSansSC", "AtkinsonHyperlegibleNext"] lack"#,
        ]
    );
    let unknown = without_glyph(&fonts(), &[text("tlh", "nuqneH")]);
    assert_eq!(unknown, [r#"x.po: no font is named for the language "tlh": add it to FONTS"#]);
}

/// Whatever name a service has: all of GB 2312, decoded by what browsers decode it with.
#[test]
fn chinese_covers_gb_2312_in_both_weights() {
    let mut hanzi = BTreeSet::new();
    let mut signs = BTreeSet::new();
    for row in 0xa1..=0xf7_u8 {
        for cell in 0xa1..=0xfe_u8 {
            let bytes = [row, cell];
            let (text, _, failed) = encoding_rs::GBK.decode(&bytes);
            let Some(character) = text.chars().next().filter(|c| !failed && !('\u{e000}'..='\u{f8ff}').contains(c))
            else {
                continue;
            };
            if row >= 0xb0 {
                hanzi.insert(character)
            } else {
                signs.insert(character)
            };
        }
    }
    assert_eq!(hanzi.len(), 6763, "the standard's number of hanzi");
    let full_width = '！'..='～';
    for font in fonts().iter().filter(|font| font.family == NOTO_CHINESE) {
        let face = font.face();
        let wanted = hanzi.iter().copied().chain(full_width.clone()).chain("、。〈〉《》「」『』【】—…“”‘’·".chars());
        let lacking: String = wanted.filter(|character| face.glyph_index(*character).is_none()).collect();
        assert_eq!(lacking, "", "{}", font.file.display());
    }
}

/// What a family is for fontconfig, and that its rules offer each: Atkinson first, Chinese last.
#[test]
fn the_rules_name_the_folders_families_in_order() {
    let rules = read(&project().join("assets/fonts/fonts.conf"));
    let named: Vec<&str> = rules.split("<string>").skip(1).filter_map(|rest| rest.split("</string>").next()).collect();
    assert_eq!(named, ["Atkinson Hyperlegible Next", "Noto Sans", "Noto Sans Arabic UI", "Noto Sans SC"]);
    let mut shipped = BTreeSet::new();
    for font in fonts() {
        let face = font.face();
        let family =
            face.names().into_iter().find(|name| name.name_id == ttf_parser::name_id::FAMILY && name.is_unicode());
        shipped.insert((family.and_then(|name| name.to_string()).expect("a family"), face.weight().to_number()));
    }
    let expected: BTreeSet<_> =
        named.iter().flat_map(|name| [400, 700].map(|weight| ((*name).to_owned(), weight))).collect();
    assert_eq!(shipped, expected);
}

/// A package may weigh 25 MB, programs and voices included.
#[test]
fn the_fonts_stay_light() {
    let bytes: usize = fonts().iter().map(|font| font.data.len()).sum();
    assert!(bytes < 8_000_000, "{bytes} bytes of fonts");
}
