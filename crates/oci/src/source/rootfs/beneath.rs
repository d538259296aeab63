use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

/// A directory of the host that nothing opened through it leaves: no symbolic link is followed, whatever is renamed meanwhile.
pub(super) struct Beneath {
    root: OwnedFd,
    /// Linux 5.6 and later, and only where no filter of system calls forbids it.
    has_openat2: bool,
}

/// A directory below, open.
pub(super) struct OpenDirectory {
    descriptor: OwnedFd,
}

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A file that became a pipe since it was looked at must not hold the walk up.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

impl Beneath {
    /// The root itself may be named through links: the person who typed it said so.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(root, flags, Mode::empty())?;
        let has_openat2 = openat2(&root, c".").is_ok();
        Ok(Self { root, has_openat2 })
    }

    /// Opens a directory by its path below the root; the empty path is the root.
    pub(super) fn directory(&self, path: &[u8]) -> io::Result<OpenDirectory> {
        let descriptor = if path.is_empty() {
            openat(&self.root, c".")?
        } else if self.has_openat2 {
            openat2(&self.root, &CString::new(path)?)?
        } else {
            self.by_components(path)?
        };
        Ok(OpenDirectory { descriptor })
    }

    fn by_components(&self, path: &[u8]) -> io::Result<OwnedFd> {
        let mut descriptor = openat(&self.root, c".")?;
        for component in path.split(|&byte| byte == b'/') {
            if matches!(component, b"" | b"." | b"..") {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            descriptor = openat(&descriptor, &CString::new(component)?)?;
        }
        Ok(descriptor)
    }
}

fn openat(directory: &OwnedFd, name: &CStr) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(directory, name, DIRECTORY, Mode::empty())
}

fn openat2(directory: &OwnedFd, path: &CStr) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
    rustix::fs::openat2(directory, path, DIRECTORY, Mode::empty(), resolve)
}

impl OpenDirectory {
    pub(super) fn device(&self) -> io::Result<u64> {
        Ok(rustix::fs::fstat(&self.descriptor)?.st_dev)
    }

    /// The magic number of the file system, as the kernel's `linux/magic.h` has them.
    pub(super) fn file_system(&self) -> io::Result<u64> {
        // The field is wide enough for its numbers on every platform, but signed on some.
        Ok(u64::from(rustix::fs::fstatfs(&self.descriptor)?.f_type as u32))
    }

    /// The names in it, sorted, `limit` of them at most; true where there are more.
    pub(super) fn names(&self, limit: usize) -> io::Result<(Vec<Vec<u8>>, bool)> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.descriptor)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            if names.len() >= limit {
                return Ok((names, true));
            }
            names.push(name.to_vec());
        }
        names.sort_unstable();
        Ok((names, false))
    }

    pub(super) fn stat(&self, name: &[u8]) -> io::Result<Stat> {
        let name = OsStr::from_bytes(name);
        Ok(rustix::fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    pub(super) fn link_target(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        let name = OsStr::from_bytes(name);
        Ok(rustix::fs::readlinkat(&self.descriptor, name, Vec::new())?.into_bytes())
    }

    /// Opens a regular file in the directory; anything else that stands at its name by now is refused.
    pub(super) fn file(&self, name: &[u8]) -> io::Result<File> {
        let name = OsStr::from_bytes(name);
        let descriptor = rustix::fs::openat(&self.descriptor, name, FILE, Mode::empty())?;
        let mode = rustix::fs::fstat(&descriptor)?.st_mode;
        if FileType::from_raw_mode(mode) == FileType::RegularFile {
            return Ok(File::from(descriptor));
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file any more"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_of_opening_leaves_the_root() {
        let outside = tempfile::tempdir().unwrap();
        let root = outside.path().join("root");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::os::unix::fs::symlink("..", root.join("up")).unwrap();
        std::os::unix::fs::symlink("a", root.join("link")).unwrap();
        std::os::unix::fs::symlink("/proc/self/root", root.join("magic")).unwrap();
        let mut beneath = Beneath::open(&root).unwrap();
        for has_openat2 in [beneath.has_openat2, false] {
            beneath.has_openat2 = has_openat2;
            assert!(beneath.directory(b"").is_ok());
            assert!(beneath.directory(b"a/b").is_ok());
            for path in [
                &b".."[..],
                b"a/../..",
                b"/etc",
                b"up",
                b"up/root",
                b"link",
                b"link/b",
                b"magic/etc",
                b"a\0",
            ] {
                let path_text = String::from_utf8_lossy(path);
                assert!(beneath.directory(path).is_err(), "{path_text} {has_openat2}");
            }
        }
    }
}
