//! The fonts slips are drawn with: files of one folder, never the system's.

use std::path::{Path, PathBuf};

use cosmic_text::{FontSystem, fontdb};

/// The family Latin tickets are drawn with.
const MAIN_FAMILY: &str = "Atkinson Hyperlegible Next";

/// Where fonts are and which family comes first; the folder's other families serve the characters it lacks.
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

    /// Loads the files; nothing outside the folder is ever used.
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
        // The order of a folder is chance; fallback follows the order of loading.
        files.sort();
        let mut database = fontdb::Database::new();
        for path in files {
            let bytes = std::fs::read(&path).map_err(|e| unreadable(&path, e))?;
            database.load_font_data(bytes);
        }
        for weight in [400, 700] {
            let present = database
                .faces()
                .any(|face| face.weight.0 == weight && face.families.iter().any(|(name, _)| *name == self.family));
            if !present {
                return Err(FontError::Missing { folder: self.folder.clone(), family: self.family.clone(), weight });
            }
        }
        Ok(FontSystem::new_with_locale_and_db("fr".to_owned(), database))
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
