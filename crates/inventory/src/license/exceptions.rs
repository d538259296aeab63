//! Exceptions by the names that they go by beside their SPDX identifiers.

use super::expression::Tree;
use super::identifiers;

/// The words of the name without "exception", which licence it is granted to (by the beginning of its identifier), and the identifier.
/// An exception of which there are several texts (OpenSSL's, Autoconf's) is not here: the name does not say which.
#[rustfmt::skip]
const NAMED: &[(&str, &str, &str)] = &[
    ("bison", "GPL-3.0", "Bison-exception-2.2"),
    ("classpath", "", "Classpath-exception-2.0"),
    ("classpath 2", "", "Classpath-exception-2.0"),
    ("cpe", "GPL-2.0", "Classpath-exception-2.0"),
    ("font", "GPL", "Font-exception-2.0"),
    ("gcc", "GPL-3.0", "GCC-exception-3.1"),
    ("gcc runtime library", "GPL-3.0", "GCC-exception-3.1"),
    ("gnu classpath", "", "Classpath-exception-2.0"),
    ("libtool", "", "Libtool-exception"),
    ("linux syscall note", "", "Linux-syscall-note"),
    ("llvm", "", "LLVM-exception"),
    ("ocaml linking", "LGPL", "OCaml-LGPL-linking-exception"),
    ("runtime library", "Apache-2.0", "Swift-exception"),
    ("swift", "Apache-2.0", "Swift-exception"),
    ("texinfo", "", "Texinfo-exception"),
    ("wxwidgets", "", "WxWindows-exception-3.1"),
    ("wxwindows", "", "WxWindows-exception-3.1"),
];

/// The licence with the exception that these words name.
pub(super) fn with(license: &Tree, stated: &str, words: &[String]) -> Option<Tree> {
    let Tree::Leaf(id) = license else { return None };
    let is_meant = |word: &&String| !matches!(word.as_str(), "exception" | "exceptions");
    let key = words.iter().filter(is_meant).map(String::as_str).collect::<Vec<_>>().join(" ");
    let named = || {
        let mut known =
            NAMED.iter().filter(|(name, granted_to, _)| *name == key && id.starts_with(granted_to));
        known.next().map(|(_, _, exception)| *exception)
    };
    let exception = identifiers::exception(stated.trim()).or_else(named)?;
    (!id.contains(" WITH ")).then(|| Tree::Leaf(format!("{id} WITH {exception}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_of_the_table_is_in_the_list() {
        assert!(NAMED.is_sorted());
        for (name, _, id) in NAMED {
            assert_eq!(identifiers::exception(id), Some(*id), "{name}");
            assert_eq!(super::super::words::words(name).join(" "), *name);
        }
    }
}
