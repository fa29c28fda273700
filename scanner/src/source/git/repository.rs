//! Opening repositories and their indexes, read only.
//!
//! Only the repository's own configuration is read, no environment variable, and no program is run that it names.
//! Therefore the owner of the folder does not matter: what makes git stop in a container (`safe.directory`) cannot
//! do harm here, and must not end in a scan of nothing.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gix::Repository;
use gix::discover::upwards::{self, TrustPolicy};
use gix::index::File;
use gix::index::file::init::OpenError;
use gix::open::Options;
use gix::sec::Trust;

use super::error::{GitError, chain};
use super::objects::LARGEST;

/// What git tells its hooks through the environment. The caller reads it; this library never does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitEnvironment {
    /// `GIT_DIR`: the repository, instead of looking for one.
    pub git_dir: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: the index, instead of the repository's own. `git commit -a` and `git commit PATH` set it for
    /// their hooks. A relative path counts from the top of the work tree, as git reads it.
    pub index_file: Option<PathBuf>,
    /// The `git` program, asked for HEAD only where references are stored as a reftable. `git` from the search path
    /// if there is none given.
    pub git_program: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: where the objects of a push lie until its pre-receive hook has agreed. Read besides the
    /// repository's own.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`, as git writes it: further folders of objects.
    pub alternates: Option<OsString>,
}

impl GitEnvironment {
    /// The folders of objects that the variables name.
    pub(super) fn object_directories(&self) -> Vec<PathBuf> {
        let alternates = self.alternates.iter().flat_map(std::env::split_paths);
        let unquoted = alternates.map(|path| match path.to_str().and_then(|path| path.strip_prefix('"')) {
            // git quotes what holds a separator or begins with a quotation mark.
            Some(quoted) => PathBuf::from(quoted.trim_end_matches('"')),
            None => path,
        });
        self.object_directory.iter().cloned().chain(unquoted).filter(|path| path.is_dir()).collect()
    }

    /// The `git` program.
    pub(super) fn program(&self) -> &Path {
        self.git_program.as_deref().unwrap_or_else(|| Path::new("git"))
    }
}

fn read_only() -> Options {
    // What claims to be larger than what we read is refused before memory is taken for it.
    Options::isolated().with(Trust::Full).config_overrides([format!("gitoxide.objects.allocLimit={LARGEST}")])
}

/// The repository that `folder` is in.
pub(in crate::source) fn discover(folder: &Path) -> Result<Repository, GitError> {
    let options = upwards::Options { trust: TrustPolicy::Assume(Trust::Full), ..upwards::Options::default() };
    let not_found = |_| GitError::NotARepository { path: folder.to_path_buf() };
    let (found, _) = gix::discover::upwards_opts(folder, options).map_err(not_found)?;
    let (git_dir, work_tree) = found.into_repository_and_work_tree_directories();
    // Through the work tree where there is one, so that a `.git` file (worktree, submodule) is followed.
    open(work_tree.as_deref().unwrap_or(&git_dir), read_only())
}

/// The repository whose work tree is `folder`.
pub(in crate::source) fn open_work_tree(folder: &Path) -> Result<Repository, GitError> {
    open(folder, read_only())
}

/// The repository that the hook's environment or `folder` names.
pub(super) fn open_for(folder: &Path, environment: &GitEnvironment) -> Result<Repository, GitError> {
    match &environment.git_dir {
        None => discover(folder),
        Some(git_dir) if git_dir.exists() => open(git_dir, read_only().open_path_as_is(true)),
        Some(git_dir) => Err(GitError::NotARepository { path: git_dir.clone() }),
    }
}

fn open(path: &Path, options: Options) -> Result<Repository, GitError> {
    options
        .open(path)
        .map(|repository| repository.to_thread_local())
        .map_err(|error| GitError::Open { path: path.to_path_buf(), cause: chain(&error) })
}

/// The index at `path`; `None` if there is no such file.
pub(in crate::source) fn read_index(repository: &Repository, path: &Path) -> Result<Option<File>, GitError> {
    let options = gix::index::decode::Options::default();
    let error = match File::at(path, repository.object_hash(), false, options) {
        Ok(index) => return checked(index).map(Some),
        Err(error) => error,
    };
    let missing = error
        .downcast_any_ref::<OpenError>()
        .is_some_and(|open| open.path == path && open.source.kind() == ErrorKind::NotFound);
    if missing { Ok(None) } else { Err(GitError::Index { path: path.to_path_buf(), cause: chain(&error) }) }
}

/// The order of entries is what comparing relies on.
fn checked(index: File) -> Result<File, GitError> {
    let sorted = index
        .entries()
        .is_sorted_by(|a, b| (a.path(&index), a.stage_raw()) < (b.path(&index), b.stage_raw()));
    if sorted {
        Ok(index)
    } else {
        let cause = "its entries are out of order".to_owned();
        Err(GitError::Index { path: index.path().to_path_buf(), cause })
    }
}
