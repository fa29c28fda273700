//! The small set that the gate's frozen form measures on: generated strata of a fixed seed, and the handwritten test part.
//! Made at run time from the repository alone, so that CI needs no checkouts and no built set.

use std::path::Path;

use anyhow::{Context as _, ensure};
use secretscan::judge::digest::sha256_hex;
use secretscan::rule::RuleSet;
use trainer::data::handwritten;
use trainer::example::{Example, Split};
use trainer::synth;

use super::limits::Frozen;
use crate::report::Dataset;

/// Where handwritten examples lie in the repository.
pub const HANDWRITTEN: &str = "trainer/data/handwritten";

/// The examples, and the dataset that they are.
pub fn examples(frozen: &Frozen, repository: &Path) -> anyhow::Result<(Vec<Example>, Dataset)> {
    let mut examples = Vec::new();
    for stratum in synth::strata() {
        let made = synth::generate(&stratum.name, frozen.seed, frozen.each)
            .with_context(|| format!("cannot generate stratum {}", stratum.name))?;
        examples.extend(made.into_iter().map(|example| Example { split: Split::Test, ..example }));
    }
    let folder = repository.join(HANDWRITTEN);
    let by_hand = handwritten::load(&folder, &RuleSet::builtin()).with_context(|| {
        format!("cannot load {}; give the repository's root with --repository", folder.display())
    })?;
    ensure!(
        !by_hand.is_empty(),
        "no handwritten example in {}; give the repository's root with --repository",
        folder.display()
    );
    examples.extend(by_hand.into_iter().filter(|example| example.split == Split::Test));
    let sha256 = digest(&examples)?;
    let dataset = Dataset {
        name: "frozen".to_owned(),
        split: "test".to_owned(),
        // Generated from a seed that no training uses, and split by a hash: that is what a receipt would say.
        receipt: Some(format!("generated, seed {}", frozen.seed)),
        sha256,
        ..Dataset::default()
    };
    Ok((examples, dataset))
}

/// SHA-256 of the examples as JSON lines.
fn digest(examples: &[Example]) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for example in examples {
        serde_json::to_writer(&mut lines, example).context("an example is not serialisable")?;
        lines.push(b'\n');
    }
    Ok(sha256_hex(&lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frozen_set_is_the_same_every_time() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let frozen = Frozen { seed: 7, each: 2, scores: Vec::new() };
        let (first, data) = examples(&frozen, &root).expect("made");
        let (_, again) = examples(&frozen, &root).expect("made");
        assert_eq!(data, again);
        assert!(first.iter().any(|e| e.source == "hand") && first.iter().any(|e| e.source == "synth"));
        assert!(first.iter().all(|e| e.split == Split::Test));
        let (_, other) = examples(&Frozen { seed: 8, ..frozen.clone() }, &root).expect("made");
        assert_ne!(data.sha256, other.sha256);
        let error = format!("{:#}", examples(&frozen, Path::new("/nowhere")).expect_err("nothing there"));
        assert!(error.contains("--repository"), "{error}");
    }
}
