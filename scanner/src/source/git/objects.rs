//! Reading objects: the repository's own, its alternates', and those of a push that is still in quarantine.

use std::path::{Path, PathBuf};

use gix::hash::Kind as HashKind;
use gix::objs::{Data, Exists, Find, FindHeader, Header, Kind};
use gix::odb::pack::cache::DecodeEntry;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use gix::{ObjectId, Repository, oid};

use super::error::{GitError, chain};
use super::repository::GitEnvironment;

/// git keeps a file in memory as a whole, and so do we; a larger one is reported instead of scanned.
pub(super) const LARGEST: u64 = 1024 * 1024 * 1024;
/// What all threads together keep of the bases that packed objects are stored as differences to.
const BASES: usize = 64 * 1024 * 1024;
/// The least that a thread keeps of them.
const LEAST_BASES: usize = 8 * 1024 * 1024;

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectError {
    /// It is not there: a partial or damaged clone.
    #[error("object {id} is missing")]
    Missing { id: ObjectId },
    /// It is there and cannot be read.
    #[error("object {id} is damaged: {cause}")]
    Damaged { id: ObjectId, cause: String },
    /// It is something else than what it is named as.
    #[error("object {id} is damaged: it is a {found} where a {wanted} belongs")]
    Kind { id: ObjectId, found: Kind, wanted: Kind },
    /// It does not fit.
    #[error("object {id} has {size} bytes, more than {limit}")]
    Large { id: ObjectId, size: u64, limit: u64 },
}

/// A repository's objects, as they are: `refs/replace` is not followed. One for each thread.
#[derive(Clone)]
pub(super) struct Objects {
    main: gix::OdbHandle,
    /// Further stores: the quarantine of a push, and what it borrows from.
    further: Vec<gix::odb::Handle>,
    folders: Vec<PathBuf>,
    pub(super) hash: HashKind,
}

impl Objects {
    /// The objects of `repository`, and of the folders that `environment` names.
    pub(super) fn new(repository: &Repository, environment: &GitEnvironment) -> Result<Self, GitError> {
        let hash = repository.object_hash();
        let mut main = repository.objects.clone();
        main.ignore_replacements = true;
        main.set_pack_cache(|| Box::new(Bases::new()));
        let store = repository.objects.store_ref();
        let own = store.path().canonicalize().ok();
        let mut further = Vec::new();
        let mut folders = vec![store.path().to_path_buf()];
        folders.extend(store.alternate_db_paths().unwrap_or_default());
        for folder in environment.object_directories() {
            if folder.canonicalize().ok().is_some_and(|folder| Some(folder) != own) {
                further.push(open(&folder, hash)?);
                folders.push(folder);
            }
        }
        Ok(Self { main, further, folders, hash })
    }

    /// The folders that objects lie in.
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The ids of all objects, sorted.
    pub(super) fn all(&self) -> Result<Vec<ObjectId>, GitError> {
        let unread =
            |error: gix::Error| GitError::Open { path: self.folders[0].clone(), cause: chain(&error) };
        let mut ids = Vec::new();
        for store in std::iter::once(&*self.main).chain(&self.further) {
            for id in store.iter().map_err(unread)? {
                ids.push(id.map_err(|error| GitError::Open {
                    path: self.folders[0].clone(),
                    cause: chain(&error),
                })?);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// True if there is such an object.
    pub(super) fn contains(&self, id: &oid) -> bool {
        self.exists(id)
    }

    /// Kind and size of an object.
    pub(super) fn header(&self, id: ObjectId) -> Result<Header, ObjectError> {
        let damaged = |error: gix::Error| ObjectError::Damaged { id, cause: chain(&error) };
        self.try_header(&id).map_err(damaged)?.ok_or(ObjectError::Missing { id })
    }

    /// Reads an object of the kind `wanted` into `buffer`, whose content before is lost.
    pub(super) fn read_into(
        &self,
        id: ObjectId,
        wanted: Kind,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ObjectError> {
        let damaged = |error: gix::Error| ObjectError::Damaged { id, cause: chain(&error) };
        let found = self.try_find(&id, buffer).map_err(damaged)?.ok_or(ObjectError::Missing { id })?.kind;
        if found == wanted { Ok(()) } else { Err(ObjectError::Kind { id, found, wanted }) }
    }

    /// A tree's bytes.
    pub(super) fn tree(&self, id: ObjectId) -> Result<Vec<u8>, ObjectError> {
        if id.is_empty_tree() {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::new();
        self.read_into(id, Kind::Tree, &mut bytes)?;
        Ok(bytes)
    }

    /// A file's bytes, if there are at most `limit`.
    pub(super) fn blob(&self, id: ObjectId, limit: u64) -> Result<Vec<u8>, ObjectError> {
        let size = self.header(id)?.size;
        if size > limit {
            return Err(ObjectError::Large { id, size, limit });
        }
        let mut bytes = Vec::new();
        self.read_into(id, Kind::Blob, &mut bytes)?;
        Ok(bytes)
    }
}

/// One thread's bases. The cache inside would keep a copy of what it cannot take; that is not even offered to it.
struct Bases {
    cache: MemoryCappedHashmap,
    largest: usize,
}

impl Bases {
    fn new() -> Self {
        let bytes = (BASES / crate::source::files::threads(0)).max(LEAST_BASES);
        Self { cache: MemoryCappedHashmap::new(bytes), largest: bytes / 4 }
    }
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        if data.len() <= self.largest {
            self.cache.put(pack, offset, data, kind, compressed_size);
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        self.cache.get(pack, offset, out)
    }
}

fn open(folder: &Path, hash: HashKind) -> Result<gix::odb::Handle, GitError> {
    let options =
        gix::odb::store::init::Options { alloc_limit_bytes: Some(LARGEST as usize), ..Default::default() };
    let mut store = gix::odb::at_opts(folder, hash, None, options)
        .map_err(|error| GitError::Open { path: folder.to_path_buf(), cause: chain(&error) })?;
    store.set_pack_cache(|| Box::new(Bases::new()));
    Ok(store)
}

impl Exists for Objects {
    fn exists(&self, id: &oid) -> bool {
        self.further.iter().any(|store| store.exists(id)) || self.main.exists(id)
    }
}

impl Find for Objects {
    fn try_find<'a>(&self, id: &oid, buffer: &'a mut Vec<u8>) -> gix::Result<Option<Data<'a>>> {
        match self.further.iter().find(|store| store.exists(id)) {
            Some(store) => store.try_find(id, buffer),
            None => self.main.try_find(id, buffer),
        }
    }
}

impl FindHeader for Objects {
    fn try_header(&self, id: &oid) -> gix::Result<Option<Header>> {
        match self.further.iter().find(|store| store.exists(id)) {
            Some(store) => FindHeader::try_header(store, id),
            None => FindHeader::try_header(&self.main, id),
        }
    }
}
