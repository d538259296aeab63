//! `perllocal.pod`: one entry for each `make install` of a distribution, appended and never taken away.

use std::collections::BTreeMap;

use plimsoll_core::{Limits, PackageType, Problem, ProblemKind};

use crate::fields::field;
use crate::{Extraction, FoundPackage};

/// Distributions whose name is not that of the module under which MakeMaker installs them.
const RENAMED: [(&str, &str); 8] = [
    ("Cwd", "PathTools"),
    ("LWP", "libwww-perl"),
    ("List-Util", "Scalar-List-Utils"),
    ("Mail", "MailTools"),
    ("Net", "libnet"),
    ("Template", "Template-Toolkit"),
    ("Term-ReadKey", "TermReadKey"),
    ("Text-Tabs", "Text-Tabs+Wrap"),
];

/// The distributions, each in the version of its last entry: a later installation replaces an earlier one.
pub(super) fn perllocal(text: &str, limits: &Limits) -> Extraction {
    let mut versions: BTreeMap<&str, &str> = BTreeMap::new();
    let mut dropped = 0_usize;
    let mut module = None;
    for line in text.lines() {
        if line.starts_with("=head") {
            module = module_of(line);
        } else if let Some(version) = version_of(line)
            && let Some(module) = module.take()
        {
            if versions.len() < limits.packages_per_file || versions.contains_key(module) {
                versions.insert(module, version);
            } else {
                dropped += 1;
            }
        }
    }
    let mut extraction = Extraction::default();
    for (module, version) in versions {
        let name = module.replace("::", "-");
        let renamed = RENAMED.iter().find(|(module, _)| *module == name);
        let name = renamed.map_or(name.as_str(), |(_, distribution)| distribution);
        extraction.push(FoundPackage::new(PackageType::Cpan, name, version));
    }
    if dropped > 0 {
        let detail = format!("{dropped} more distributions than are read of one file");
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    extraction
}

/// `=head2 DATE: C<Module> L<Foo::Bar|Foo::Bar>`
fn module_of(line: &str) -> Option<&str> {
    let (_, link) = line.split_once("C<Module> L<")?;
    let module = link.split(['|', '>']).next()?;
    let is_module =
        module.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte));
    field(module).filter(|_| is_module)
}

/// `C<VERSION: 1.23>`
fn version_of(line: &str) -> Option<&str> {
    let version = line.trim().strip_prefix("C<VERSION: ")?.strip_suffix('>')?;
    field(version).filter(|version| version.contains(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(module: &str, version: &str) -> String {
        format!(
            "=head2 Tue Sep  5 10:00:00 2023: C<Module> L<{module}|{module}>\n\n=over 4\n\n=item *\n\n\
             C<installed into: /usr/local/share/perl/5.36.0>\n\n=item *\n\nC<LINKTYPE: dynamic>\n\n=item *\n\n\
             C<VERSION: {version}>\n\n=item *\n\nC<EXE_FILES: >\n\n=back\n\n"
        )
    }

    fn listed(text: &str) -> Vec<(String, String)> {
        let extraction = perllocal(text, &Limits::default());
        extraction.packages().map(|found| (found.name.clone(), found.version.clone())).collect()
    }

    #[test]
    fn the_last_entry_of_a_module_counts() {
        let text = entry("Foo::Bar", "1.0") + &entry("LWP", "6.67") + &entry("Foo::Bar", "1.1");
        let row = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(listed(&text), [row("Foo-Bar", "1.1"), row("libwww-perl", "6.67")]);
    }

    #[test]
    fn an_entry_without_a_version_is_not_listed() {
        let text = entry("Foo", "") + &entry("Bar", "undef") + &entry("a b", "1.0");
        assert_eq!(listed(&text), []);
        assert_eq!(listed("C<VERSION: 1.0>\n"), []);
    }

    #[test]
    fn distributions_of_one_file_are_limited() {
        let text: String = (0..5).map(|number| entry(&format!("A{number}"), "1")).collect();
        let limits = Limits { packages_per_file: 2, ..Limits::default() };
        let extraction = perllocal(&text, &limits);
        assert_eq!(extraction.packages().count(), 2);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(=head2 |C<Module> L<|C<VERSION: |1|A|::|>|\\||\n){0,20}") {
            perllocal(&text, &Limits::default());
        }
    }
}
