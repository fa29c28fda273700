//! The sign-flip permutation test by repository: if two systems are equally good, each repository's difference could as
//! well have the other sign.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Up to so many clusters all sign patterns are tried; more are sampled.
const EXACT: usize = 16;

/// Two-sided probability of a mean difference as large as this one, under random signs. 1 for no difference at all.
///
/// With more than 16 non-zero differences, `samples` random patterns; the pattern seen counts too, so it is never 0.
pub fn sign_flip(differences: &[f64], samples: usize, seed: u64) -> f64 {
    let moved: Vec<f64> = differences.iter().copied().filter(|d| d.abs() > 1e-15).collect();
    if moved.is_empty() {
        return 1.0;
    }
    let observed = moved.iter().sum::<f64>().abs() - 1e-12;
    if moved.len() <= EXACT {
        let patterns = 1_u32 << moved.len();
        let extreme = (0..patterns)
            .filter(|signs| {
                let sum: f64 =
                    moved.iter().enumerate().map(|(n, d)| if signs >> n & 1 == 1 { -d } else { *d }).sum();
                sum.abs() >= observed
            })
            .count();
        return extreme as f64 / f64::from(patterns);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let extreme = (0..samples)
        .filter(|_| {
            let sum: f64 = moved.iter().map(|d| if random.random::<bool>() { -d } else { *d }).sum();
            sum.abs() >= observed
        })
        .count();
    (extreme + 1) as f64 / (samples + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::sign_flip;

    #[test]
    fn few_clusters_are_counted_out() {
        // All of one sign: only that pattern and its mirror are as extreme.
        assert!((sign_flip(&[1.0, 2.0, 0.0, 3.0], 10, 1) - 0.25).abs() < 1e-12);
        assert!((sign_flip(&[1.0, -1.0], 10, 1) - 1.0).abs() < 1e-12);
        assert!((sign_flip(&[0.0, 0.0], 10, 1) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn many_clusters_are_sampled_near_the_normal_approximation() {
        // Sum 40 * 0.2 of 100 unit differences (60 against 40): z = 20 / 10 = 2, two-sided 0.0455; discrete: 0.0569.
        let differences: Vec<f64> = (0..100).map(|n| if n < 60 { 1.0 } else { -1.0 }).collect();
        let p = sign_flip(&differences, 20_000, 7);
        assert!((p - 0.0569).abs() < 0.006, "{p}");
        assert!(sign_flip(&[1.0; 60], 1_000, 7) > 0.0);
    }
}
