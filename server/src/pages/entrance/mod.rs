//! Coming in: signing in, choosing a site, one's own password, confirming who one is before what concerns everybody.

mod again;
mod home;
mod own_password;
mod sign_in;
mod sites;
mod sso;

use std::sync::Arc;

pub(crate) use self::again::confirm;
pub(super) use self::sign_in::open;
use crate::app::App;
use crate::room::{Access, Rate, Room};

pub(super) fn room(app: &Arc<App>) -> Room {
    Room::new(app, Rate::a_second(5))
        .get("/", Access::SignedIn, home::page)
        .get("/connexion", Access::Public, sign_in::form)
        .post("/connexion", Access::Public, sign_in::sign_in)
        .get("/connexion/encore", Access::SignedIn, again::page)
        .post("/connexion/encore", Access::SignedIn, again::confirmed)
        .get("/connexion/sso", Access::Public, sso::send)
        .get(sso::BACK, Access::Public, sso::come_back)
        .post("/deconnexion", Access::SignedIn, sign_in::sign_out)
        .get("/site", Access::SignedIn, sites::page)
        .post("/site", Access::SignedIn, sites::choose)
        .get("/moi", Access::SignedIn, own_password::page)
        .post("/moi", Access::SignedIn, own_password::change)
}
