//! Accueil's borne.
fn main() {}
