//! Latencies in nanoseconds, counted in buckets of 1/32 of a power of two: at most about 3 % off, no allocation.

const SUB: usize = 32;

pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

fn bucket(ns: u64) -> usize {
    if ns < SUB as u64 {
        return ns as usize;
    }
    let shift = ns.ilog2() as usize - 5;
    shift * SUB + (ns >> shift) as usize
}

/// The largest value that falls into a bucket.
fn upper(index: usize) -> u64 {
    if index < 2 * SUB {
        return index as u64;
    }
    let shift = index / SUB - 1;
    let mantissa = (index % SUB + SUB) as u64;
    ((mantissa + 1) << shift) - 1
}

impl Histogram {
    pub fn new() -> Self {
        Histogram { counts: vec![0; 61 * SUB], total: 0, max: 0 }
    }

    pub fn record(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.total += 1;
        self.max = self.max.max(ns);
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value that the share `q` (0 to 1) of all records does not exceed, in microseconds.
    pub fn quantile_us(&self, q: f64) -> f64 {
        let wanted = ((self.total as f64 * q).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(index).min(self.max) as f64 / 1000.0;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_values_within_a_thirtysecond() {
        for ns in (0..100_000).chain([1 << 40, (1 << 63) + 12345, u64::MAX / 3]) {
            let high = upper(bucket(ns));
            assert!(high >= ns && high - ns <= ns / 32, "{ns} counted as {high}");
        }
    }

    #[test]
    fn quantiles_of_a_ramp() {
        let mut h = Histogram::new();
        for us in 1..=1000 {
            h.record(us * 1000);
        }
        assert!((h.quantile_us(0.5) - 500.0).abs() < 17.0, "{}", h.quantile_us(0.5));
        assert_eq!(h.quantile_us(1.0), 1000.0);
    }
}
