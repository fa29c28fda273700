//! The order in which blobs are read: as they lie in their packs, where the versions of a file are neighbours, stored
//! as differences to each other.

use std::collections::HashMap;
use std::path::Path;

use gix::ObjectId;

use super::introduce::Task;
use crate::source::git::objects::Objects;

/// A blob that takes more bytes than this in its pack is large.
const LARGE_PACKED: u64 = 1024 * 1024;
/// A blob with more bytes that lies alone is large.
const LARGE_LOOSE: u64 = 16 * 1024 * 1024;

/// Sorts `tasks`, and marks large ones; those in no pack come last. A pack whose index cannot be read here only costs
/// time.
pub(super) fn by_place(objects: &Objects, tasks: &mut Vec<Task>) {
    let mut numbers: HashMap<ObjectId, u32, gix::hashtable::hash::Builder> =
        tasks.iter().zip(0..).map(|(task, number)| (task.blob, number)).collect();
    let mut places: Vec<(u32, u64)> = vec![(u32::MAX, 0); tasks.len()];
    let mut packs = 0;
    for index in objects.folders().iter().flat_map(|folder| indexes(&folder.join("pack"))) {
        let Ok(index) = gix::odb::pack::index::File::at(&index, objects.hash) else { continue };
        let mut offsets: Vec<u64> = index.iter().map(|entry| entry.pack_offset).collect();
        offsets.sort_unstable();
        for entry in index.iter() {
            let Some(number) = numbers.remove(&entry.oid) else { continue };
            places[number as usize] = (packs, entry.pack_offset);
            let next = offsets.partition_point(|&offset| offset <= entry.pack_offset);
            let stored = offsets.get(next).map_or(0, |next| next - entry.pack_offset);
            tasks[number as usize].large = stored > LARGE_PACKED;
        }
        packs += 1;
    }
    for (task, _) in tasks.iter_mut().zip(&places).filter(|(_, place)| place.0 == u32::MAX) {
        task.large = objects.header(task.blob).is_ok_and(|header| header.size > LARGE_LOOSE);
    }
    let mut placed: Vec<_> = places.into_iter().zip(tasks.drain(..)).collect();
    placed.sort_by_key(|(place, _)| *place);
    tasks.extend(placed.into_iter().map(|(_, task)| task));
}

/// The index files in a folder, by name.
fn indexes(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .collect();
    found.sort();
    found
}
