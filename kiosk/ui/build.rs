//! Compiles the screens.
fn main() {
    if let Err(error) = slint_build::compile("ui/app.slint") {
        panic!("the screens do not compile: {error}");
    }
}
