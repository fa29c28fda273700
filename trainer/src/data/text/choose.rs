//! Chooses files: in an order that only the seed decides, within shares of extensions and roots, without copies.

use std::collections::{BTreeMap, BTreeSet};

use super::super::guard::minhash::{Index, Signature, hash};
use super::mix::sort;
use super::{Document, Root, Summary};
use crate::data::split;

/// Files outside of these sizes are left out; of longer ones than [`LONGEST`] the beginning is taken.
const SMALLEST: usize = 64;
const LARGEST: u64 = 1 << 20;
/// Bytes of one document.
const LONGEST: usize = 24 << 10;
/// A line longer than this is minified, or data.
const LONGEST_LINE: usize = 2000;
/// Words of a shingle, and the share of common ones from which on two files are copies.
const SHINGLE: usize = 13;
const NEAR: f32 = 0.7;
/// How far the shares of extensions and roots are exceeded, pass by pass, if there is not enough.
const PASSES: [f32; 3] = [1.0, 2.0, 6.0];
/// Share of one root; of small ones there are many.
const ROOT_SHARE: f32 = 0.25;

/// One file that may be taken.
struct File<'a> {
    root: usize,
    path: &'a str,
    sort: &'static str,
    share: f32,
}

/// What was taken so far.
#[derive(Default)]
struct Taken {
    bytes: usize,
    by_sort: BTreeMap<&'static str, usize>,
    by_root: BTreeMap<usize, usize>,
    exact: BTreeSet<u64>,
    index: Index,
    signatures: Vec<Signature>,
}

/// The chosen documents with the number of their root, in the order of choice.
pub(super) fn choose(
    roots: &[Root],
    wanted: usize,
    seed: u64,
    summary: &mut Summary,
) -> Vec<(usize, Document)> {
    let mut files: Vec<File<'_>> = Vec::new();
    for (number, root) in roots.iter().enumerate() {
        for path in &root.checkout.files {
            match sort(path) {
                Some((sort, share)) => files.push(File { root: number, path, sort, share }),
                None => *summary.left_out.entry("unwanted-sort".to_owned()).or_default() += 1,
            }
        }
    }
    files.sort_by_cached_key(|file| {
        split::seed(&["text", &seed.to_string(), &roots[file.root].name, file.path])
    });
    let bar = crate::data::command::bar(wanted as u64, "choosing");
    let mut taken = Taken::default();
    let mut documents = Vec::new();
    let root_cap = (wanted as f32 * ROOT_SHARE) as usize;
    for slack in PASSES {
        files.retain(|file| {
            if taken.bytes >= wanted {
                return true;
            }
            let sort_cap = (wanted as f32 * file.share * slack) as usize;
            if taken.by_sort.get(file.sort).is_some_and(|&n| n >= sort_cap)
                || taken.by_root.get(&file.root).is_some_and(|&n| n >= root_cap)
            {
                return true;
            }
            match take(roots, file, &mut taken) {
                Ok(document) => {
                    bar.set_position(taken.bytes as u64);
                    *summary.extensions.entry(file.sort.to_owned()).or_default() += document.text.len();
                    *summary.roots.entry(roots[file.root].name.clone()).or_default() += document.text.len();
                    documents.push((file.root, document));
                }
                Err(reason) => *summary.left_out.entry(reason.to_owned()).or_default() += 1,
            }
            false
        });
    }
    bar.finish_and_clear();
    *summary.left_out.entry("beyond-its-share".to_owned()).or_default() += files.len();
    documents
}

/// Reads a file and takes it, unless it is unfit or a copy.
fn take(roots: &[Root], file: &File<'_>, taken: &mut Taken) -> Result<Document, &'static str> {
    let path = roots[file.root].checkout.root.join(file.path);
    let size = std::fs::metadata(&path).map_err(|_| "unreadable")?.len();
    if size < SMALLEST as u64 || size > LARGEST {
        return Err("size");
    }
    let bytes = std::fs::read(&path).map_err(|_| "unreadable")?;
    let mut text = String::from_utf8(bytes).map_err(|_| "no-utf-8")?;
    if text.contains('\0') {
        return Err("binary");
    }
    if text.len() > LONGEST {
        let cut = text.as_bytes()[..LONGEST].iter().rposition(|&b| b == b'\n').ok_or("long-lines")?;
        text.truncate(cut + 1);
    }
    if text.lines().any(|line| line.len() > LONGEST_LINE) {
        return Err("long-lines");
    }
    let words: Vec<u64> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| hash(w.as_bytes()))
        .collect();
    if !taken.exact.insert(words.iter().fold(0, |h, w| hash(&(h ^ w).to_le_bytes()))) {
        return Err("copy");
    }
    // One in four shingles, by value: as good an estimate at a quarter of the cost.
    let shingles = words.windows(SHINGLE).map(|words| {
        words.iter().fold(1_u64, |h, w| (h ^ w).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23))
    });
    let long = words.len() > 40 * SHINGLE;
    let signature = Signature::of(shingles.filter(|shingle| !long || shingle.trailing_zeros() >= 2));
    if words.len() > 2 * SHINGLE {
        let near = taken
            .index
            .candidates(&signature)
            .into_iter()
            .any(|n| taken.signatures[n as usize].similarity(&signature) >= NEAR);
        if near {
            return Err("near-copy");
        }
        taken.index.insert(&signature, taken.signatures.len() as u32);
        taken.signatures.push(signature);
    }
    taken.bytes += text.len();
    *taken.by_sort.entry(file.sort).or_default() += text.len();
    *taken.by_root.entry(file.root).or_default() += text.len();
    Ok(Document { path: file.path.to_owned(), text })
}
