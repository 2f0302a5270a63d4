//! Chance from a seed: the same seed, the same day.

/// A stream of numbers that look random (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// 2014). Its whole state is one figure, so every visitor can have a stream of their own.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from above 0 to 1.
    fn even(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something happens that happens so often.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.even() <= probability
    }

    /// One of `0..count`.
    pub(super) fn one_of(&mut self, count: u8) -> u8 {
        ((self.even() * f64::from(count)) as u8).min(count.saturating_sub(1))
    }

    /// The gap to the next of things that come at a rate.
    pub(super) fn gap(&mut self, rate: f64) -> f64 {
        -self.even().ln() / rate
    }

    /// A duration whose logarithm is normal: `mean` is its mean, `sigma` the deviation of the logarithm.
    pub(super) fn lognormal(&mut self, mean: f64, sigma: f64) -> f64 {
        let normal = (-2.0 * self.even().ln()).sqrt() * (std::f64::consts::TAU * self.even()).cos();
        (mean.ln() - sigma * sigma / 2.0 + sigma * normal).exp()
    }
}
