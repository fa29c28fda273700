//! PDF documents (ISO 32000-2): the text of each page as `doc.pdf!/page-3`, what forms, links, comments and scripts hold
//! as `doc.pdf!/fields`, embedded files, and what the document says about itself.
//!
//! Read here and not by a crate, for two reasons. What a scanner needs is the text and where lines and words end, which crates
//! leave out (`lopdf` runs lines into one another) or panic about (`pdf-extract`). And memory: a document of 1 MB that unpacks
//! to 1 GB of objects takes `hayro-syntax` 0.9 to 1,052 MB, and `lopdf` 0.47, which has a limit for that, takes 1,252 MB for
//! 21 MB of small objects (measured; 48 MB here). Here objects are read where they lie, each stream is unpacked under the
//! container's budget, and each reading is counted in it.
//!
//! Not read: images of text, fonts whose codes have no Unicode (a notice says so), LZW (a failure). The identifiers that
//! editors write into every file (`xmpMM:DocumentID` and the like) are left out.

mod content;
mod document;
mod filter;
mod font;
mod metadata;
mod syntax;

use std::collections::BTreeSet;
use std::io;

use self::content::Pages;
use self::document::Document;
use self::filter::Content;
use self::syntax::{Dictionary, Value};
use super::limit::Held;
use super::name;
use super::problem::Problem;
use super::unpack::Unpacker;
use crate::source::BlobSink;

/// Memory for a page, and for the way to it.
const PAGE: u64 = 128;

/// Hands on every page, and what else holds text.
pub(super) fn walk(unpacker: &mut Unpacker<'_, impl BlobSink>, path: &str, file: &[u8]) -> io::Result<()> {
    let budget = unpacker.budget;
    let mut document = Document::read(file, budget)?;
    if document.is_empty() {
        // A text that only begins like a document.
        unpacker.plain(path, &mut &*file);
        return Ok(());
    }
    for error in std::mem::take(&mut document.errors) {
        unpacker.failed(path, &error);
    }
    let document = document;
    let (order, held) = page_order(&document)?;
    if order.is_empty() {
        return Err(Problem::Damaged("it has no pages").into());
    }
    let mut pages = Pages::new(&document)?;
    for (at, page) in order.iter().enumerate() {
        budget.entry()?;
        let inner = name::inside(path, format!("page-{}", at + 1).as_bytes());
        let text = scan_page(unpacker, &document, &mut pages, page, &inner)?;
        unpacker.plain(&inner, &mut text.as_bytes());
        // A page that reached a limit ends the document.
        if let Some(problem) = budget.refusal() {
            return Err(problem.into());
        }
    }
    if pages.unreadable {
        unpacker.sink.notice(format!(
            "{path}: some text is not scanned: its fonts do not say which characters their codes are"
        ));
    }
    drop((pages, order, held));
    scan_rest(unpacker, &document, path)
}

/// A page, and the resources that it inherits.
struct Page<'d> {
    dictionary: Dictionary<'d>,
    resources: Option<Dictionary<'d>>,
}

/// The pages in the order of their tree, then those that no tree names (of an older version, or a damaged one).
fn page_order<'d>(document: &'d Document<'_>) -> io::Result<(Vec<Page<'d>>, Held<'d>)> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    // Where lists of kids lie that were gone through: nodes may share one, of a million kids.
    let mut lists = BTreeSet::new();
    let mut held = document.budget.hold(0)?;
    let root = document.root.and_then(|root| document.dictionary(root));
    let tree = root.and_then(|root| root.get(b"Pages")?.reference());
    seen.extend(tree);
    let mut open: Vec<_> = tree.map(|tree| (tree, None)).into_iter().collect();
    while let Some((number, inherited)) = open.pop() {
        let Some(dictionary) = document.dictionary(number) else { continue };
        let resources = document.get(dictionary, b"Resources").and_then(Value::dictionary).or(inherited);
        if let Some(kids) = document.get(dictionary, b"Kids") {
            if let Value::Array(list) = kids
                && !lists.insert(list.as_ptr())
            {
                continue;
            }
            held.grow(PAGE)?;
            let from = open.len();
            for kid in kids.items().filter_map(Value::reference) {
                // Nodes may share their kids: each is noted once.
                if document.has(kid) && seen.insert(kid) {
                    held.grow(PAGE)?;
                    open.push((kid, resources));
                }
            }
            open[from..].reverse();
        } else {
            order.push(Page { dictionary, resources });
        }
    }
    for &number in &document.pages {
        if seen.insert(number)
            && let Some(dictionary) = document.dictionary(number)
        {
            held.grow(PAGE)?;
            let resources = document.get(dictionary, b"Resources").and_then(Value::dictionary);
            order.push(Page { dictionary, resources });
        }
    }
    Ok((order, held))
}

/// The text of a page. What of it cannot be unpacked is a failure of the page.
fn scan_page<'d>(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    document: &'d Document<'_>,
    pages: &mut Pages<'d>,
    page: &Page<'d>,
    path: &str,
) -> io::Result<String> {
    let contents = page.dictionary.get(b"Contents").map(|contents| match document.resolve(contents) {
        Some(array @ Value::Array(_)) => array,
        _ => contents,
    });
    let mut whole: Option<Content<'_>> = None;
    for number in contents.into_iter().flat_map(Value::items).filter_map(Value::reference) {
        match document.stream(number) {
            Some(Ok(part)) => {
                if let Some(error) = &part.error {
                    unpacker.failed(path, error);
                }
                match &mut whole {
                    Some(whole) => whole.append(&part.bytes)?,
                    None => whole = Some(part),
                }
            }
            Some(Err(error)) => unpacker.failed(path, &error),
            None => {}
        }
    }
    let content = whole.as_ref().map_or(&[][..], |whole| &whole.bytes);
    let (text, error) = pages.text(content, page.resources);
    if let Some(error) = error {
        unpacker.failed(path, &error);
    }
    Ok(text)
}

/// What is on no page.
fn scan_rest(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    document: &Document<'_>,
    path: &str,
) -> io::Result<()> {
    let budget = unpacker.budget;
    let parts = [
        ("fields", metadata::fields(document, budget)?),
        ("info", metadata::info(document, budget)?),
        ("metadata", metadata::xml(document, budget)?),
    ];
    for (part, text) in parts {
        if !text.bytes.is_empty() {
            budget.entry()?;
            unpacker.plain(&name::inside(path, part.as_bytes()), &mut text.bytes.as_slice());
        }
    }
    for (at, &number) in document.files.iter().enumerate() {
        budget.entry()?;
        let given = metadata::file_name(document, number).unwrap_or_default();
        let inner = name::inside(path, format!("file-{}/{given}", at + 1).as_bytes());
        match document.stream(number) {
            Some(Ok(content)) => {
                if let Some(error) = &content.error {
                    unpacker.failed(&inner, error);
                }
                unpacker.entry(&inner, &mut &*content.bytes);
            }
            Some(Err(error)) => unpacker.failed(&inner, &error),
            None => {}
        }
    }
    budget.refusal().map_or(Ok(()), |problem| Err(problem.into()))
}
