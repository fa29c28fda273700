//! The model file: a safetensors container.
//!
//! ```text
//! metadata   format = "secretscan-boost-1", features = hash of their names, and what people want to know
//! alert.root          u32 [trees]     first node of each tree
//! alert.feature       i32 [nodes]     -1 for a leaf
//! alert.threshold     f32 [nodes]     of a leaf its value
//! alert.left, .right  u32 [nodes]     0 in a leaf
//! alert.missing       u8  [nodes]     1: a missing number goes left
//! alert.head          f32 [3]         bias, scale, shift
//! real.…              likewise
//! ```

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};

use super::tree::{Node, TreeError, Trees};
use super::{Additive, Calibration, Ensemble};

/// Name of the layout; a file of another one is refused.
pub const FORMAT: &str = "secretscan-boost-1";

/// Why a model file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Not a safetensors container, or a cut one.
    #[error(
        "the feature model is no intact safetensors file: {0}; get the file again, or train one with `trainer boost train`"
    )]
    Container(#[source] SafeTensorError),
    /// Not the layout that this program reads.
    #[error(
        "the feature model has the format {found:?}, this program reads {FORMAT:?}; train it with this version"
    )]
    Format {
        /// What the file says; empty if nothing.
        found: String,
    },
    /// Trained for another list of features.
    #[error(
        "the feature model was trained for other features ({found:?}, this program has {expected:?}); train it again"
    )]
    Features {
        /// The file's.
        found: String,
        /// This program's.
        expected: String,
    },
    /// A tensor is missing or has another type or length.
    #[error("the feature model's tensor {name:?} {problem}; train it again")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The trees do not hold together.
    #[error("the feature model's trees {name:?} are broken: {source}; train it again")]
    Trees {
        /// `alert` or `real`.
        name: &'static str,
        /// What is wrong.
        source: TreeError,
    },
}

pub(super) fn read(bytes: &[u8], hash: &str, count: usize) -> Result<Ensemble, LoadError> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(LoadError::Container)?;
    let said =
        |key: &str| metadata.metadata().as_ref().and_then(|all| all.get(key).cloned()).unwrap_or_default();
    let found = said("format");
    if found != FORMAT {
        return Err(LoadError::Format { found });
    }
    let found = said("features");
    if found != hash {
        return Err(LoadError::Features { found, expected: hash.to_owned() });
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(LoadError::Container)?;
    Ok(Ensemble { alert: additive(&tensors, "alert", count)?, real: additive(&tensors, "real", count)? })
}

fn additive(tensors: &SafeTensors<'_>, name: &'static str, features: usize) -> Result<Additive, LoadError> {
    let words = |part: &str, dtype: Dtype| words(tensors, &format!("{name}.{part}"), dtype);
    let (roots, feature) = (words("root", Dtype::U32)?, words("feature", Dtype::I32)?);
    let (threshold, head) = (words("threshold", Dtype::F32)?, words("head", Dtype::F32)?);
    let (left, right) = (words("left", Dtype::U32)?, words("right", Dtype::U32)?);
    let missing = tensor(tensors, &format!("{name}.missing"), Dtype::U8)?;
    let problem = |part: &str, problem| LoadError::Tensor { name: format!("{name}.{part}"), problem };
    for (part, len) in [
        ("threshold", threshold.len()),
        ("left", left.len()),
        ("right", right.len()),
        ("missing", missing.len()),
    ] {
        if len != feature.len() {
            return Err(problem(part, "is not as long as the list of features asked for"));
        }
    }
    let [bias, scale, shift] = head[..] else { return Err(problem("head", "has not three numbers")) };
    let head = [bias, scale, shift].map(f32::from_bits);
    if head.iter().any(|number| !number.is_finite()) || head[1] <= 0.0 {
        return Err(problem("head", "has a number out of range"));
    }
    let nodes: Vec<Node> = (0..feature.len())
        .map(|n| match feature[n].cast_signed() {
            -1 => Ok(Node::Leaf(f32::from_bits(threshold[n]))),
            wanted => Ok(Node::Split {
                feature: u16::try_from(wanted)
                    .map_err(|_| problem("feature", "has a number out of range"))?,
                threshold: f32::from_bits(threshold[n]),
                left: left[n],
                right: right[n],
                missing_left: missing[n] == 1,
            }),
        })
        .collect::<Result<_, LoadError>>()?;
    let trees = Trees::new(&nodes, &roots, features).map_err(|source| LoadError::Trees { name, source })?;
    Ok(Additive { trees, bias: head[0], calibration: Calibration { scale: head[1], shift: head[2] } })
}

/// The little-endian words of a tensor of one dimension.
fn words(tensors: &SafeTensors<'_>, name: &str, dtype: Dtype) -> Result<Vec<u32>, LoadError> {
    let data = tensor(tensors, name, dtype)?;
    Ok(data
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes(word.try_into().expect("chunks of four")))
        .collect())
}

fn tensor<'a>(tensors: &SafeTensors<'a>, name: &str, dtype: Dtype) -> Result<&'a [u8], LoadError> {
    let problem = |problem| LoadError::Tensor { name: name.to_owned(), problem };
    let view = tensors.tensor(name).map_err(|_| problem("is missing"))?;
    if view.dtype() != dtype || view.shape().len() != 1 {
        return Err(problem("has another type or shape than it should"));
    }
    Ok(view.data())
}

pub(super) fn write(model: &Ensemble, hash: &str, notes: &[(String, String)]) -> Vec<u8> {
    let mut parts: Vec<(String, Dtype, Vec<u8>)> = Vec::new();
    for (name, additive) in [("alert", &model.alert), ("real", &model.real)] {
        let mut add =
            |part: &str, dtype, bytes: Vec<u8>| parts.push((format!("{name}.{part}"), dtype, bytes));
        let all: Vec<Node> = additive.trees.nodes().collect();
        let column = |of: &dyn Fn(&Node) -> [u8; 4]| all.iter().flat_map(of).collect::<Vec<u8>>();
        let calibration = additive.calibration;
        let head = [additive.bias, calibration.scale, calibration.shift];
        add("root", Dtype::U32, additive.trees.roots().iter().flat_map(|root| root.to_le_bytes()).collect());
        add("head", Dtype::F32, head.iter().flat_map(|number| number.to_le_bytes()).collect());
        add(
            "feature",
            Dtype::I32,
            column(&|node| match node {
                Node::Split { feature, .. } => i32::from(*feature).to_le_bytes(),
                Node::Leaf(_) => (-1_i32).to_le_bytes(),
            }),
        );
        add(
            "threshold",
            Dtype::F32,
            column(&|node| match node {
                Node::Split { threshold: number, .. } | Node::Leaf(number) => number.to_le_bytes(),
            }),
        );
        for right_side in [false, true] {
            add(
                if right_side { "right" } else { "left" },
                Dtype::U32,
                column(&|node| match node {
                    Node::Split { left, right, .. } => if right_side { *right } else { *left }.to_le_bytes(),
                    Node::Leaf(_) => [0; 4],
                }),
            );
        }
        let missing = |node: &Node| u8::from(matches!(node, Node::Split { missing_left: true, .. }));
        add("missing", Dtype::U8, all.iter().map(missing).collect());
    }
    let views = parts.iter().map(|(name, dtype, bytes)| {
        let length = if *dtype == Dtype::U8 { bytes.len() } else { bytes.len() / 4 };
        (name, TensorView::new(*dtype, vec![length], bytes).expect("the length is that of the bytes"))
    });
    container(views, hash, notes)
}

/// The container. Its header is a map in no order, so it is written here in the order of names.
fn container<'a>(
    views: impl Iterator<Item = (&'a String, TensorView<'a>)>,
    hash: &str,
    notes: &[(String, String)],
) -> Vec<u8> {
    let mut metadata: HashMap<String, String> = notes.iter().cloned().collect();
    metadata.insert("format".to_owned(), FORMAT.to_owned());
    metadata.insert("features".to_owned(), hash.to_owned());
    let bytes = safetensors::serialize(views, Some(metadata)).expect("names are unique and lengths fit");
    sorted_header(&bytes)
}

/// The same container with its header's keys in the order of names: the crate writes the metadata in the order of a
/// hash map, which changes from run to run.
fn sorted_header(bytes: &[u8]) -> Vec<u8> {
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let mut header: serde_json::Value =
        serde_json::from_slice(&rest[..length]).expect("the crate writes JSON");
    header.sort_all_objects();
    let mut text = header.to_string();
    text.extend(std::iter::repeat_n(' ', text.len().next_multiple_of(8) - text.len()));
    let mut out = (text.len() as u64).to_le_bytes().to_vec();
    out.extend(text.as_bytes());
    out.extend(&rest[length..]);
    out
}
