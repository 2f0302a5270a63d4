//! Pictures of screens, compared.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};

/// Red, green and blue of each dot.
struct Picture {
    width: u32,
    height: u32,
    dots: Vec<[u8; 3]>,
}

fn read(path: &Path) -> anyhow::Result<Picture> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut decoder = png::Decoder::new(BufReader::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().with_context(|| path.display().to_string())?;
    let size = reader.output_buffer_size().context("a picture too large")?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).with_context(|| path.display().to_string())?;
    let step = match frame.color_type {
        png::ColorType::Rgb => 3,
        png::ColorType::Rgba => 4,
        png::ColorType::Grayscale | png::ColorType::Indexed | png::ColorType::GrayscaleAlpha => {
            bail!("{}: this is no picture of a screen", path.display())
        }
    };
    let dots = bytes[..frame.buffer_size()].chunks_exact(step).map(|dot| [dot[0], dot[1], dot[2]]).collect();
    Ok(Picture { width: frame.width, height: frame.height, dots })
}

/// By 90 degrees clockwise.
fn turn(picture: &Picture) -> Picture {
    let Picture { width, height, dots } = picture;
    let (across, down) = (*width as usize, *height as usize);
    let turned = (0..across).flat_map(|x| (0..down).rev().map(move |y| dots[y * across + x])).collect();
    Picture { width: *height, height: *width, dots: turned }
}

/// How many dots of a thousand differ by more than the tolerance in a colour, rounded up; of the other one turned by 90
/// degrees clockwise, where that is said.
pub(crate) fn differ(one: &Path, other: &Path, tolerance: u8, turned: bool) -> anyhow::Result<usize> {
    let (a, b) = (read(one)?, read(other)?);
    let b = if turned { turn(&b) } else { b };
    ensure!(
        (a.width, a.height) == (b.width, b.height),
        "{} is {}x{}, {} is {}x{}",
        one.display(),
        a.width,
        a.height,
        other.display(),
        b.width,
        b.height
    );
    let apart = |(p, q): &(&[u8; 3], &[u8; 3])| p.iter().zip(q.iter()).any(|(p, q)| p.abs_diff(*q) > tolerance);
    let different = a.dots.iter().zip(&b.dots).filter(apart).count();
    Ok((different * 1000).div_ceil(a.dots.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_picture_has_its_upper_edge_at_the_right() {
        let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6].map(|n| [n; 3]);
        let picture = Picture { width: 3, height: 2, dots: vec![a, b, c, d, e, f] };
        let turned = turn(&picture);
        assert_eq!((turned.width, turned.height), (2, 3));
        assert_eq!(turned.dots, [d, a, e, b, f, c]);
    }
}
