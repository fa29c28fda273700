use proptest::prelude::*;

use super::tree::TreeError;
use super::*;

const COUNT: usize = 3;

fn split(feature: u16, threshold: f32, left: u32, right: u32, missing_left: bool) -> Node {
    Node::Split { feature, threshold, left, right, missing_left }
}

/// Two trees: a split on feature 0 with a split on feature 2 below, and a stump on feature 1.
fn model() -> Ensemble {
    let nodes = [
        split(0, 1.5, 1, 2, true),
        Node::Leaf(-1.0),
        split(2, 0.0, 3, 4, false),
        Node::Leaf(0.25),
        Node::Leaf(2.0),
        split(1, 10.0, 6, 7, false),
        Node::Leaf(0.5),
        Node::Leaf(-0.5),
    ];
    let trees = Trees::new(&nodes, &[0, 5], COUNT).expect("sound");
    let alert = Additive { trees, bias: 0.125, calibration: Calibration { scale: 2.0, shift: -1.0 } };
    let real = Additive {
        trees: Trees::new(&[], &[], COUNT).expect("none"),
        bias: 0.75,
        calibration: Calibration::default(),
    };
    Ensemble { alert, real }
}

#[test]
fn rows_fall_into_the_leaves_that_a_reader_would_find() {
    let model = model();
    for (row, raw) in [
        ([0.0, 0.0, 0.0], 0.125 - 1.0 + 0.5),
        ([1.5, 0.0, -0.1], 0.125 + 0.25 + 0.5),
        ([9.0, 10.0, 0.0], 0.125 + 2.0 - 0.5),
        ([f32::NAN, f32::NAN, 0.0], 0.125 - 1.0 - 0.5),
        ([9.0, 0.0, f32::NAN], 0.125 + 2.0 + 0.5),
        ([f32::INFINITY, f32::NEG_INFINITY, 0.0], 0.125 + 2.0 + 0.5),
    ] {
        assert!((model.alert.raw(&row) - raw).abs() < 1e-6, "{row:?}");
        assert!((model.alert.logit(&row) - (2.0 * raw - 1.0)).abs() < 1e-6, "{row:?}");
        assert!((model.real.logit(&row) - 0.75).abs() < 1e-6);
    }
    assert!((model.alert.raw(&[]) - model.alert.raw(&[f32::NAN; COUNT])).abs() < 1e-6);
}

#[test]
fn trees_side_by_side_add_up_like_trees_one_by_one() {
    // 21 trees of depth 0 to 4, a chain each: two batches and five single ones.
    let chain = |tree: u32| {
        let root = (0..tree).map(|n| 2 * (n % 5) + 1).sum::<u32>();
        let mut nodes = Vec::new();
        for step in 0..tree % 5 {
            let at = root + 2 * step;
            nodes.push(split((tree % 3) as u16, step as f32, at + 1, at + 2, tree.is_multiple_of(2)));
            nodes.push(Node::Leaf(tree as f32 + 0.1 * step as f32));
        }
        nodes.push(Node::Leaf(-(tree as f32)));
        (root, nodes)
    };
    let chains: Vec<_> = (0..21).map(chain).collect();
    let nodes: Vec<Node> = chains.iter().flat_map(|(_, nodes)| nodes.clone()).collect();
    let roots: Vec<u32> = chains.iter().map(|(root, _)| *root).collect();
    let trees = Trees::new(&nodes, &roots, COUNT).expect("sound");
    assert_eq!(trees.nodes().collect::<Vec<_>>(), nodes);
    for row in [[0.5, 1.5, 2.5], [9.0, 9.0, 9.0], [f32::NAN, -1.0, f32::NAN]] {
        let slow: f32 = roots
            .iter()
            .map(|root| {
                let mut at = *root as usize;
                while let Node::Split { feature, threshold, left, right, missing_left } = nodes[at] {
                    let number = row[usize::from(feature)];
                    let goes_left = if number.is_nan() { missing_left } else { number < threshold };
                    at = if goes_left { left } else { right } as usize;
                }
                let Node::Leaf(value) = nodes[at] else { panic!("a walk ends in a leaf") };
                value
            })
            .sum();
        assert!((trees.sum(&row) - slow).abs() < 1e-4, "{row:?}");
    }
}

#[test]
fn a_file_gives_the_model_back_and_is_the_same_each_time() {
    let model = model();
    let notes: Vec<_> = (0..20).map(|n| (format!("note {n}"), format!("{n}"))).collect();
    let bytes = model.to_bytes("hash", &notes);
    assert_eq!(bytes, model.to_bytes("hash", &notes));
    assert_eq!(Ensemble::for_features(&bytes, "hash", COUNT).expect("its own file"), model);
}

#[test]
fn files_for_other_features_or_formats_are_refused() {
    let bytes = model().to_bytes("hash", &[]);
    let refused =
        |bytes: &[u8], hash: &str, count| Ensemble::for_features(bytes, hash, count).expect_err("refused");
    assert!(matches!(refused(&bytes, "other", COUNT), LoadError::Features { .. }));
    assert!(matches!(
        refused(&bytes, "hash", 2),
        LoadError::Trees { source: TreeError::Feature(2, 2, 2), .. }
    ));
    assert!(matches!(Ensemble::from_bytes(&bytes), Err(LoadError::Features { .. })));
    let other = String::from_utf8_lossy(&bytes).find(FORMAT).expect("the format is in the header");
    let mut renamed = bytes.clone();
    renamed[other] = b'S';
    assert!(matches!(refused(&renamed, "hash", COUNT), LoadError::Format { .. }));
    for cut in [0, 4, 8, 100, bytes.len() - 1] {
        assert!(matches!(refused(&bytes[..cut], "hash", COUNT), LoadError::Container(_)), "{cut}");
    }
}

#[test]
fn broken_trees_are_refused() {
    let leaf = Node::Leaf(0.0);
    for (nodes, roots, error) in [
        (vec![split(0, 0.0, 0, 1, true), leaf], vec![0], TreeError::Child(0)),
        (vec![split(0, 0.0, 1, 2, true), leaf], vec![0], TreeError::Child(0)),
        (vec![split(0, 0.0, 1, 2, true), leaf, leaf], vec![0, 2], TreeError::Child(0)),
        (vec![split(0, f32::NAN, 1, 1, true), leaf], vec![0], TreeError::NotFinite(0)),
        (vec![Node::Leaf(f32::INFINITY)], vec![0], TreeError::NotFinite(0)),
        (vec![split(3, 0.0, 1, 1, true), leaf], vec![0], TreeError::Feature(0, 3, 3)),
        (vec![leaf, leaf], vec![1], TreeError::Roots),
        (vec![leaf, leaf], vec![0, 0], TreeError::Roots),
        (vec![leaf], vec![0, 1], TreeError::Roots),
        (vec![leaf], vec![], TreeError::Roots),
        (vec![], vec![0], TreeError::Roots),
    ] {
        assert_eq!(Trees::new(&nodes, &roots, COUNT).expect_err("broken"), error, "{nodes:?} {roots:?}");
    }
}

proptest! {
    /// Whatever bytes change, loading fails or gives a model that walks to a number.
    #[test]
    fn a_changed_file_is_refused_or_walks(at in 0..4096_usize, byte: u8, row in prop::array::uniform3(any::<f32>())) {
        let mut bytes = model().to_bytes("hash", &[]);
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(model) = Ensemble::for_features(&bytes, "hash", COUNT) {
            prop_assert!(!model.alert.raw(&row).is_nan());
        }
    }
}
