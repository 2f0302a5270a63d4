//! Sounds kept in memory: as many bytes as it is given, those used last.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::phrase::ClipName;

/// Sounds by what they say.
#[derive(Debug)]
pub(super) struct Cache {
    room: usize,
    taken: usize,
    sounds: HashMap<ClipName, Arc<[u8]>>,
    /// The one used longest ago first.
    order: VecDeque<ClipName>,
}

impl Cache {
    pub(super) fn new(room: usize) -> Self {
        Self { room, taken: 0, sounds: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn get(&mut self, name: &ClipName) -> Option<Arc<[u8]>> {
        let sound = self.sounds.get(name).cloned()?;
        self.order.retain(|known| known != name);
        self.order.push_back(name.clone());
        Some(sound)
    }

    pub(super) fn put(&mut self, name: ClipName, sound: Arc<[u8]>) {
        if sound.len() > self.room || self.sounds.contains_key(&name) {
            return;
        }
        while self.taken + sound.len() > self.room {
            let Some(oldest) = self.order.pop_front() else { break };
            self.taken -= self.sounds.remove(&oldest).map_or(0, |gone| gone.len());
        }
        self.taken += sound.len();
        self.order.push_back(name.clone());
        self.sounds.insert(name, sound);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_stays_and_the_room_is_never_exceeded() {
        let name = |n: u8| format!("{n:032x}").parse::<ClipName>().unwrap();
        let mut cache = Cache::new(100);
        (0..3).for_each(|n| cache.put(name(n), vec![n; 33].into()));
        assert!(cache.get(&name(0)).is_some());
        cache.put(name(3), vec![3; 33].into());
        let held: Vec<bool> = (0..4).map(|n| cache.get(&name(n)).is_some()).collect();
        assert_eq!(held, [true, false, true, true]);
        cache.put(name(9), vec![9; 101].into());
        assert!(cache.get(&name(9)).is_none(), "larger than the whole room");
        assert!(cache.taken <= cache.room && cache.order.len() == cache.sounds.len());
    }
}
