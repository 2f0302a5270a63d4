//! Accueil.
