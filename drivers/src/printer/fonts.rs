//! The fonts slips are drawn with: files of one folder, never the system's.

use std::path::{Path, PathBuf};

use cosmic_text::{Fallback, FontSystem, fontdb};
use unicode_script::{Script, UnicodeScript as _};

/// The family Latin tickets are drawn with.
const MAIN_FAMILY: &str = "Atkinson Hyperlegible Next";

/// Where fonts are and which family comes first. Texts in Cyrillic, Arabic or Chinese are set in the family of their
/// script where the folder has it; the folder's other families serve the characters that a text's own lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FontSource {
    /// Folder with `.ttf` or `.otf` files, weights 400 and 700 of the main family among them.
    pub folder: PathBuf,
    /// The main family.
    pub family: String,
}

impl FontSource {
    /// The folder's fonts, Atkinson Hyperlegible Next first.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), family: MAIN_FAMILY.to_owned() }
    }

    /// Looks at the files; nothing outside the folder is ever used. A face is mapped when a text first needs it, so that
    /// megabytes of Chinese cost nothing where nobody reads Chinese.
    pub(crate) fn load(&self) -> Result<FontSystem, FontError> {
        let unreadable = |path: &Path, source| FontError::Unreadable { path: path.to_owned(), source };
        let entries = std::fs::read_dir(&self.folder).map_err(|e| unreadable(&self.folder, e))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| unreadable(&self.folder, e))?.path();
            if path.extension().is_some_and(|extension| extension == "ttf" || extension == "otf") {
                files.push(path);
            }
        }
        // The order of a folder is chance; faces that fit equally well are taken in the order of loading.
        files.sort();
        let mut database = fontdb::Database::new();
        for path in files {
            database.load_font_file(&path).map_err(|e| unreadable(&path, e))?;
        }
        for weight in [400, 700] {
            let present = database
                .faces()
                .any(|face| face.weight.0 == weight && face.families.iter().any(|(name, _)| *name == self.family));
            if !present {
                return Err(FontError::Missing { folder: self.folder.clone(), family: self.family.clone(), weight });
            }
        }
        Ok(FontSystem::new_with_locale_and_db_and_fallback("fr".to_owned(), database, ShippedOrder))
    }
}

/// What the texts of a script are set in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Face {
    script: Script,
    pub(crate) family: &'static str,
    /// How much larger than the capital height asks for: Arabic letters are low beside Latin capitals.
    pub(crate) enlargement: f32,
}

/// The scripts that the main family does not write.
const FACES: [Face; 3] = [
    Face { script: Script::Cyrillic, family: "Noto Sans", enlargement: 1.0 },
    Face { script: Script::Arabic, family: "Noto Sans Arabic UI", enlargement: 1.1 },
    Face { script: Script::Han, family: "Noto Sans SC", enlargement: 1.0 },
];

/// Where a character is looked for that the family of its text lacks. Chinese comes last: it lacks ğ, İ and ї, which a
/// word would then mix with another family's letters.
const ORDER: [&str; 4] = [MAIN_FAMILY, FACES[0].family, FACES[1].family, FACES[2].family];

/// What a text is set in where it is not the main family: one face for all of it, its figures and Latin names too.
pub(crate) fn face_of(text: &str) -> Option<Face> {
    text.chars().find_map(|character| {
        let script = character.script();
        FACES.into_iter().find(|face| face.script == script)
    })
}

struct ShippedOrder;

impl Fallback for ShippedOrder {
    fn common_fallback(&self) -> &[&'static str] {
        &ORDER
    }

    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }

    fn script_fallback(&self, _: Script, _: &str) -> &[&'static str] {
        &[]
    }
}

/// Why fonts cannot be used; the text says what to put where.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// A file or the folder cannot be read.
    #[error("cannot read the fonts in {path}: check that it exists and is readable", path = path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The main family lacks a weight.
    #[error(
        "{folder} has no \"{family}\" of weight {weight}: put its static .ttf file there", folder = folder.display()
    )]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The family.
        family: String,
        /// 400 or 700.
        weight: u16,
    },
}
