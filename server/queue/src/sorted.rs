//! A map of few entries: a sorted list, which takes no more room than they do. A hall holds some for each of its tickets,
//! most of them with one entry.

/// A map of few entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Sorted<K, V> {
    /// What stands under a key, made where there is nothing.
    pub(crate) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let place = match self.0.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(place) => place,
            Err(place) => {
                self.0.reserve_exact(usize::from(self.0.is_empty()));
                self.0.insert(place, (key, make()));
                place
            }
        };
        &mut self.0[place].1
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.binary_search_by(|(known, _)| known.cmp(key)).ok().map(|place| &self.0[place].1)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    pub(crate) fn last(&self) -> Option<(&K, &V)> {
        self.0.last().map(|(key, value)| (key, value))
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }
}
