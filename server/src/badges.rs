//! The badges of the site's staff: kept here, opened by bornes (`wire::staff`).

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use wire::ids::SiteId;
use wire::staff::{BadgeKey, Pin, PinHash, StaffList};

use crate::app::{StartError, random};
use crate::site::Site;
use crate::store::{Store, StoreError};

/// The key that cards' numbers are hashed with, made when it is asked for first. It is the site's: a badge opens at all
/// of its bornes.
pub(crate) async fn key(store: &dyn Store, site: SiteId) -> Result<BadgeKey, StartError> {
    let fresh = random::<32>().map_err(StartError::Random)?.to_vec();
    let key = store.setting_or(&format!("badge_key.{site}"), fresh).await?;
    let key = key.try_into().map_err(|_| StoreError::Unreadable { what: "the badges' key" })?;
    Ok(BadgeKey::from_random(key))
}

/// The list for a borne that holds this version; `None` where it is up to date, or does not want it.
pub(crate) async fn news(site: &Site, held: Option<&str>) -> Result<Option<StaffList>, StoreError> {
    let Some(held) = held else {
        return Ok(None);
    };
    let badges = site.store.badges(site.id).await?;
    let list = StaffList::new(site.badge_key.clone(), badges);
    Ok((list.version != held).then_some(list))
}

/// What is kept of a PIN: Argon2id with the library's parameters (19 MiB, two passes). Takes tens of milliseconds.
pub fn hash_pin(pin: &Pin) -> Result<PinHash, argon2::password_hash::Error> {
    Ok(PinHash(Argon2::default().hash_password(pin.reveal().as_bytes())?.to_string()))
}
