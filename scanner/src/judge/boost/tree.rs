//! Trees as one array of nodes.

/// Bit of `feature`: a missing number goes left.
const MISSING_LEFT: u32 = 1 << 31;
/// Trees that are walked side by side: the loads of one hide the wait for those of another. Eight were measured to be
/// five times as fast as one.
const LANES: usize = 8;

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

/// A node in 16 bytes: four fill a cache line. A leaf is its own child, so that all trees of a batch can take as many
/// steps as the deepest one, without a branch to mispredict.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Packed {
    feature: u32,
    /// Threshold, or the leaf's value.
    number: f32,
    /// Left and right.
    children: [u32; 2],
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
    /// Steps to the deepest leaf of each batch of [`LANES`] trees.
    depths: Vec<u32>,
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
            let start = *root as usize;
            for (at, node) in (start..end).zip(&nodes[start..end]) {
                check(*node, at, end, features)?;
            }
        }
        let packed = nodes.iter().zip(0..).map(|(node, at)| pack(*node, at)).collect();
        let depths = depths(nodes, roots);
        let depths = depths.chunks(LANES).map(|batch| batch.iter().copied().max().unwrap_or(0)).collect();
        Ok(Self { nodes: packed, roots: roots.to_vec(), depths, features })
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
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.nodes.iter().zip(0..).map(|(node, at)| unpack(*node, at))
    }

    /// Sum of the leaves that `row` falls into, in the trees' order (so that the sum is the same everywhere). Numbers
    /// beyond the row's end count as missing.
    pub fn sum(&self, row: &[f32]) -> f32 {
        if row.len() < self.features {
            let mut padded = row.to_vec();
            padded.resize(self.features, f32::NAN);
            return self.sum(&padded);
        }
        let mut sum = 0.0_f64;
        for (batch, depth) in self.roots.chunks(LANES).zip(&self.depths) {
            if let Ok(batch) = <[u32; LANES]>::try_from(batch) {
                self.walk(batch, *depth, row, &mut sum);
            } else {
                for &root in batch {
                    self.walk([root], *depth, row, &mut sum);
                }
            }
        }
        sum as f32
    }

    /// Takes `depth` steps down each tree and adds the leaves.
    fn walk<const N: usize>(&self, mut at: [u32; N], depth: u32, row: &[f32], sum: &mut f64) {
        for _ in 0..depth {
            for at in &mut at {
                let node = &self.nodes[*at as usize];
                let number = row[(node.feature & !MISSING_LEFT) as usize];
                // No branch: a wrongly guessed one costs more than both comparisons.
                #[expect(clippy::needless_bitwise_bool, reason = "lazy operators would branch")]
                let left = (number < node.number) | (number.is_nan() & (node.feature & MISSING_LEFT != 0));
                *at = node.children[usize::from(!left)];
            }
        }
        for at in at {
            *sum += f64::from(self.nodes[at as usize].number);
        }
    }
}

/// Steps to the deepest leaf of each tree. Children stand after their parents.
fn depths(nodes: &[Node], roots: &[u32]) -> Vec<u32> {
    let mut depth = vec![0_u32; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        if let Node::Split { left, right, .. } = *node {
            for child in [left, right] {
                depth[child as usize] = depth[child as usize].max(depth[at] + 1);
            }
        }
    }
    let ends = roots.iter().skip(1).map(|root| *root as usize).chain([nodes.len()]);
    let deepest = |(root, end): (&u32, usize)| depth[*root as usize..end].iter().copied().max().unwrap_or(0);
    roots.iter().zip(ends).map(deepest).collect()
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

fn pack(node: Node, at: u32) -> Packed {
    match node {
        Node::Leaf(value) => Packed { feature: 0, number: value, children: [at, at] },
        Node::Split { feature, threshold, left, right, missing_left } => Packed {
            feature: u32::from(feature) | if missing_left { MISSING_LEFT } else { 0 },
            number: threshold,
            children: [left, right],
        },
    }
}

fn unpack(node: Packed, at: u32) -> Node {
    let [left, right] = node.children;
    if left == at {
        return Node::Leaf(node.number);
    }
    Node::Split {
        feature: (node.feature & !MISSING_LEFT) as u16,
        threshold: node.number,
        left,
        right,
        missing_left: node.feature & MISSING_LEFT != 0,
    }
}
