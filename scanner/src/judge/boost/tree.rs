//! Trees as one array of nodes.

/// A leaf's `feature`.
const LEAF: u32 = u32::MAX;
/// Bit of `feature`: a missing number goes left.
const MISSING_LEFT: u32 = 1 << 31;

/// One node of a tree, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// Goes to `left` if the feature's number is below `threshold`, to `right` if not.
    Split {
        /// Position of the feature in a row.
        feature: u16,
        /// Finite.
        threshold: f32,
        /// Position of a later node of the same tree.
        left: u32,
        /// Position of a later node of the same tree.
        right: u32,
        /// Where NaN goes.
        missing_left: bool,
    },
    /// What the tree adds, in log-odds. Finite.
    Leaf(f32),
}

/// A node in 16 bytes: four fill a cache line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Packed {
    feature: u32,
    /// Threshold, or the leaf's value.
    number: f32,
    left: u32,
    right: u32,
}

/// What is wrong with an array of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The roots do not cut the nodes into trees.
    #[error("the roots are not increasing positions of nodes that begin with 0")]
    Roots,
    /// A number is NaN or infinite.
    #[error("node {0} has a number that is not finite")]
    NotFinite(usize),
    /// A child is not a later node of the tree: a walk could leave it or never end.
    #[error("node {0} has a child that is not a later node of its tree")]
    Child(usize),
    /// There are not so many features.
    #[error("node {0} asks for feature {1} of {2}")]
    Feature(usize, u16, usize),
}

/// Checked trees: children stand after their parents within their tree, features are in range, numbers are finite.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trees {
    nodes: Vec<Packed>,
    roots: Vec<u32>,
    features: usize,
}

impl Trees {
    /// Checks and packs. `roots` are the positions of the trees' first nodes, increasing from 0; a tree ends where the
    /// next begins. `features` is the number of features of a row.
    pub fn new(nodes: &[Node], roots: &[u32], features: usize) -> Result<Self, TreeError> {
        let increasing = roots.is_sorted_by(|a, b| a < b);
        let within = roots.last().is_none_or(|last| (*last as usize) < nodes.len());
        if !increasing
            || !within
            || roots.first().is_some_and(|first| *first != 0)
            || roots.is_empty() != nodes.is_empty()
        {
            return Err(TreeError::Roots);
        }
        let ends = roots.iter().skip(1).map(|root| *root as usize).chain([nodes.len()]);
        for (root, end) in roots.iter().zip(ends) {
            for at in *root as usize..end {
                check(nodes[at], at, end, features)?;
            }
        }
        Ok(Self { nodes: nodes.iter().map(|node| pack(*node)).collect(), roots: roots.to_vec(), features })
    }

    /// Number of trees.
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// True without trees.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Number of features of a row.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Positions of the trees' first nodes.
    pub fn roots(&self) -> &[u32] {
        &self.roots
    }

    /// The nodes, as given.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = Node> {
        self.nodes.iter().map(|node| unpack(*node))
    }

    /// Sum of the leaves that `row` falls into, in the trees' order (so that the sum is the same everywhere). Numbers
    /// beyond the row's end count as missing.
    pub fn sum(&self, row: &[f32]) -> f32 {
        let mut sum = 0.0_f64;
        for &root in &self.roots {
            let mut node = &self.nodes[root as usize];
            while node.feature != LEAF {
                let number = row.get((node.feature & !MISSING_LEFT) as usize).copied().unwrap_or(f32::NAN);
                let left = number < node.number || number.is_nan() && node.feature & MISSING_LEFT != 0;
                node = &self.nodes[if left { node.left } else { node.right } as usize];
            }
            sum += f64::from(node.number);
        }
        sum as f32
    }
}

fn check(node: Node, at: usize, end: usize, features: usize) -> Result<(), TreeError> {
    match node {
        Node::Leaf(value) if value.is_finite() => Ok(()),
        Node::Split { threshold, .. } if !threshold.is_finite() => Err(TreeError::NotFinite(at)),
        Node::Leaf(_) => Err(TreeError::NotFinite(at)),
        Node::Split { feature, .. } if usize::from(feature) >= features => {
            Err(TreeError::Feature(at, feature, features))
        }
        Node::Split { left, right, .. } => {
            let later = |child: u32| (at + 1..end).contains(&(child as usize));
            if later(left) && later(right) { Ok(()) } else { Err(TreeError::Child(at)) }
        }
    }
}

fn pack(node: Node) -> Packed {
    match node {
        Node::Leaf(value) => Packed { feature: LEAF, number: value, left: 0, right: 0 },
        Node::Split { feature, threshold, left, right, missing_left } => Packed {
            feature: u32::from(feature) | if missing_left { MISSING_LEFT } else { 0 },
            number: threshold,
            left,
            right,
        },
    }
}

fn unpack(node: Packed) -> Node {
    if node.feature == LEAF {
        return Node::Leaf(node.number);
    }
    Node::Split {
        feature: (node.feature & !MISSING_LEFT) as u16,
        threshold: node.number,
        left: node.left,
        right: node.right,
        missing_left: node.feature & MISSING_LEFT != 0,
    }
}
