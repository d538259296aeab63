//! Other roots in an image: of a chroot, of an unpacked root file system, of the layers that a container engine in it keeps. What lies
//! below one is a system of its own, with its own distribution.

use crate::extractors::lies_in_tests;

/// Directories of which a root is made: what lies in them belongs to the root above.
pub(crate) const PARTS_OF_ROOT: [&str; 6] = ["etc", "lib", "usr", "usr/lib", "var", "var/lib"];

/// Directories into which languages install packages, with what these bring to test themselves.
const LIBRARIES: [&str; 6] =
    ["dist-packages", "gems", "mod", "node_modules", "site-packages", "vendor"];

/// Where OSTree keeps the deployments of which one is the image's own root.
const DEPLOYMENTS: [&str; 2] = ["ostree/deploy", "sysroot/ostree/deploy"];

/// True for a directory that may be the root of a system of its own. What a library brings to test itself is none.
pub(crate) fn may_be_root(directory: &str) -> bool {
    let tests = directory.split_inclusive('/').scan(0, |end, component| {
        *end += component.len();
        Some((component.trim_end_matches('/'), *end))
    });
    let mut inside = tests.filter(|(component, _)| LIBRARIES.contains(component));
    !inside.any(|(_, end)| lies_in_tests(&directory[end..]))
}

/// True for a deployment of OSTree's: where the image has a system of its own, it is one of these, and the others are its older forms.
pub(crate) fn is_deployment(directory: &str) -> bool {
    DEPLOYMENTS.iter().any(|above| inside(above, directory).is_some())
}

/// The part of a path that lies below a directory; `None` where it lies elsewhere. The empty text is the root of the image.
pub(crate) fn inside<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    match directory {
        "" => Some(path),
        _ => path.strip_prefix(directory)?.strip_prefix('/'),
    }
}

/// What of a path lies below that directory, of whichever root; `None` where it lies elsewhere.
pub(crate) fn below_any_root<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    path.match_indices(directory).find_map(|(start, _)| {
        let is_component = start == 0 || path.as_bytes().get(start - 1) == Some(&b'/');
        let rest = path.get(start + directory.len()..)?.strip_prefix('/')?;
        is_component.then_some(rest)
    })
}

/// The path of what lies below a directory.
pub(crate) fn join(directory: &str, inside: &str) -> String {
    if directory.is_empty() { inside.to_owned() } else { format!("{directory}/{inside}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_bring_to_test_themselves_is_no_root() {
        for (directory, expected) in [
            ("srv/chroot", true),
            ("srv/test/rootfs", true),
            ("examples", true),
            ("usr/lib/python3/dist-packages/scanner/tests/data", false),
            ("srv/app/node_modules/a/fixtures/root", false),
            ("srv/tests/node_modules/a/root", true),
            ("root/go/pkg/mod/example.com/a@v1/testdata", false),
        ] {
            assert_eq!(may_be_root(directory), expected, "{directory}");
        }
    }

    #[test]
    fn a_directory_of_any_root_is_found_by_whole_components() {
        for (path, expected) in [
            ("opt/bitnami/a", Some("a")),
            ("srv/b/opt/bitnami/a", Some("a")),
            ("srv/copt/bitnami/a", None),
            ("opt/bitnamis/opt/bitnami/b", Some("b")),
            ("opt/bitnami", None),
        ] {
            assert_eq!(below_any_root(path, "opt/bitnami"), expected, "{path}");
        }
    }
}
