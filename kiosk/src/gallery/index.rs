//! The page that shows the pictures, without a script: choices are anchors and folded parts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Drawn;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Accueil: every screen</title>\n\
<style>body{font:16px sans-serif;margin:1rem;background:#ddd}details{margin:.5rem 0}\
summary{font-weight:700;cursor:pointer}figure{display:inline-block;margin:.4rem;vertical-align:top}\
img{max-height:26rem;max-width:24rem;border:1px solid #888;background:#fff}figcaption{font-size:.8rem}</style>\n";

/// The page: one folded part a screen, its pictures by panel.
pub(super) fn page(drawn: &[Drawn]) -> String {
    let mut screens: BTreeMap<&str, Vec<&Drawn>> = BTreeMap::new();
    for picture in drawn {
        screens.entry(&picture.screen).or_default().push(picture);
    }
    let mut page = format!("{HEAD}<h1>{} pictures of {} screens</h1>\n", drawn.len(), screens.len());
    for (screen, pictures) in screens {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "<details id=\"{screen}\"><summary>{screen} ({})</summary>", pictures.len());
        for picture in pictures {
            let file = picture.file.display();
            let large = if picture.large { " · large" } else { "" };
            let words = format!("{} · {} · {}{large}", picture.panel, picture.lang.tag(), picture.theme);
            let _ = writeln!(
                page,
                "<figure><a href=\"{file}\"><img loading=\"lazy\" src=\"{file}\" alt=\"{screen}, {words}\"></a>\
                 <figcaption>{words}</figcaption></figure>"
            );
        }
        page += "</details>\n";
    }
    page
}
