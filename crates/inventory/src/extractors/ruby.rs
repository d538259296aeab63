//! Ruby gems: the specifications that `gem install`, Bundler and the distributions write beside the code.
//!
//! RubyGems' own format ("Specification Reference", `Gem::Specification#to_ruby`) is a Ruby program of plain assignments, with a
//! comment at its head that says the same for a quick look. Only what is written out is taken, nothing is computed. The copy that lies
//! with the code of a gem (`gems/NAME-VERSION/NAME.gemspec`) is its author's program, and says nothing that the specification does not.

mod specification;

use plimsoll_core::{ImagePath, PackageType};

use self::specification::Specification;
use crate::fields::{MOST_STATEMENTS, choice, component, field, malformed};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static RUBY: Extractor = Extractor {
    id: "ruby",
    version: 3,
    summary: "Ruby gems as installed: by RubyGems, by Bundler from git, with Ruby, by Debian",
    patterns: &[Pattern::Extension(".gemspec")],
    wants: |candidate: &Candidate<'_>| place(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

/// Who wrote a gemspec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// RubyGems: its name is the gem's with version and platform.
    Specifications,
    /// Bundler, over the gem's own: `bundler/gems/NAME-REVISION/NAME.gemspec`.
    BundlerGit,
}

fn place(path: &ImagePath) -> Option<Place> {
    // Those that come with Ruby lie one directory deeper, in `default`.
    if path.parent().split('/').any(|name| name == "specifications") {
        return Some(Place::Specifications);
    }
    let is_git = component(path, 2) == Some("gems") && component(path, 3) == Some("bundler");
    is_git.then_some(Place::BundlerGit)
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(place) = place(file.path) else { return Extraction::default() };
    let mut extraction = Extraction::default();
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => {
            extraction.problems.push(problem);
            "".into()
        }
    };
    let specification = Specification::parse(&text);
    let named = match place {
        Place::Specifications => file_name(file.path.file_name()),
        Place::BundlerGit => None,
    };
    let stated = specification.name.as_deref().zip(specification.version.as_deref());
    // A specification that computes its version has it in its name all the same, because RubyGems named the file.
    let Some((name, version)) = stated.or(named) else {
        if place == Place::Specifications && extraction.problems.is_empty() {
            extraction.problems.push(malformed("a specification without a name or a version"));
        }
        return extraction;
    };
    let mut package = FoundPackage::new(PackageType::Gem, name, version);
    let authors: Vec<_> = specification.authors.iter().filter_map(|text| field(text)).collect();
    package.vendor = field(&authors.join(", ")).map(str::to_owned);
    // Several are those of which one may choose: RubyGems' guide for a gem that has two.
    let licenses = specification.licenses.iter().filter_map(|text| field(text));
    let mut licenses: Vec<_> = licenses.map(str::to_owned).take(MOST_STATEMENTS).collect();
    licenses.dedup();
    package.licenses = choice(&licenses).into_iter().collect();
    extraction.push(package);
    extraction
}

/// Name and version in `NAME-VERSION[-PLATFORM].gemspec`.
fn file_name(file_name: &str) -> Option<(&str, &str)> {
    let stem = file_name.strip_suffix(".gemspec")?;
    let hyphens = stem.match_indices('-').map(|(at, _)| stem.split_at(at));
    let mut found = hyphens.filter_map(|(name, rest)| {
        let (version, platform) = match rest.strip_prefix('-')?.split_once('-') {
            Some((version, platform)) => (version, Some(platform)),
            None => (rest.strip_prefix('-')?, None),
        };
        let is_gem = is_name(name) && is_version(version) && platform.is_none_or(is_platform);
        is_gem.then_some((name, version))
    });
    found.next()
}

/// A version without the platform that RubyGems writes behind it: `1.15.4` of `1.15.4-x86_64-linux`.
pub(crate) fn without_platform(version: &str) -> &str {
    let mut hyphens = version.match_indices('-').map(|(at, _)| version.split_at(at));
    let found = hyphens.find(|(_, rest)| is_platform(rest.trim_start_matches('-')));
    found.map_or(version, |(version, _)| version)
}

/// What RubyGems allows in a name (`Gem::Specification::VALID_NAME_PATTERN`).
fn is_name(text: &str) -> bool {
    field(text) == Some(text)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// What RubyGems takes as a version (`Gem::Version::VERSION_PATTERN`).
fn is_version(text: &str) -> bool {
    field(text) == Some(text)
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

/// A platform begins with a processor, or is one of the few that are none (`Gem::Platform`).
fn is_platform(text: &str) -> bool {
    const STARTS: [&str; 18] = [
        "aarch",
        "arm",
        "dalvik",
        "dotnet",
        "i386",
        "i586",
        "i686",
        "java",
        "jruby",
        "loongarch",
        "mips",
        "mswin",
        "powerpc",
        "ppc",
        "riscv",
        "s390",
        "universal",
        "x",
    ];
    STARTS.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const RACK: &str = "usr/local/bundle/specifications/rack-2.2.7.gemspec";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(path: &str, content: &str) -> Option<(String, String)> {
        let extraction = run(path, content.as_bytes());
        assert_eq!(extraction.problems, [], "{path}");
        let package = extraction.packages().next()?;
        Some((package.name.clone(), package.version.clone()))
    }

    #[test]
    fn only_specifications_and_bundlers_checkouts_are_wanted() {
        for (path, expected) in [
            (RACK, Some(Place::Specifications)),
            (
                "usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec",
                Some(Place::Specifications),
            ),
            (
                "usr/share/rubygems-integration/all/specifications/rake-13.0.6.gemspec",
                Some(Place::Specifications),
            ),
            (
                "usr/local/bundle/bundler/gems/rails-0a1b2c3d4e5f/activerecord/activerecord.gemspec",
                None,
            ),
            ("usr/local/bundle/bundler/gems/foo-0a1b2c3d4e5f/foo.gemspec", Some(Place::BundlerGit)),
            ("opt/a/specifications/local/b/a-1.0.gemspec", Some(Place::Specifications)),
            ("usr/local/bundle/gems/rack-2.2.7/rack.gemspec", None),
            ("srv/app/app.gemspec", None),
            ("srv/default/app.gemspec", None),
            ("app.gemspec", None),
        ] {
            assert_eq!(place(&ImagePath::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn an_installed_gem_is_what_its_specification_assigns() {
        let text = "# -*- encoding: utf-8 -*-\n# stub: rack 2.2.7 ruby lib\n\n\
            Gem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  s.version = \"2.2.7\"\n\n  \
            s.authors = [\"Leah Neukirchen\".freeze, \"A. \\u00C9\".freeze]\n  \
            s.licenses = [\"MIT\".freeze, \"Ruby\".freeze]\n  s.add_dependency(%q<a>.freeze, [\"= 9\"])\nend\n";
        let extraction = run(RACK, text.as_bytes());
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("rack", "2.2.7"));
        assert_eq!(package.licenses, ["MIT OR Ruby"]);
        assert_eq!(package.vendor.as_deref(), Some("Leah Neukirchen, A. É"));
    }

    #[test]
    fn a_platform_is_no_part_of_the_version() {
        let text = "# stub: nokogiri 1.15.4 x86_64-linux lib\nGem::Specification.new do |s|\n  s.name = \"nokogiri\"\n  \
            s.version = \"1.15.4\"\n  s.platform = \"x86_64-linux\"\nend\n";
        let path = "usr/local/bundle/specifications/nokogiri-1.15.4-x86_64-linux.gemspec";
        let expected = Some(("nokogiri".to_owned(), "1.15.4".to_owned()));
        assert_eq!(found(path, text), expected);
        for (name, expected) in [
            ("rack-2.2.7.gemspec", Some(("rack", "2.2.7"))),
            ("nokogiri-1.15.4-x86_64-linux.gemspec", Some(("nokogiri", "1.15.4"))),
            ("foo-1.0-universal-java-1.8.gemspec", Some(("foo", "1.0"))),
            ("foo-1.0.0.rc1-java.gemspec", Some(("foo", "1.0.0.rc1"))),
            ("net-http2-2-0.1.gemspec", Some(("net-http2-2", "0.1"))),
            ("rack.gemspec", None),
            ("rack-.gemspec", None),
            ("-1.0.gemspec", None),
            ("a b-1.0.gemspec", None),
        ] {
            assert_eq!(file_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_version_that_is_computed_is_taken_from_the_files_name_or_from_nowhere() {
        let text = "Gem::Specification.new do |spec|\n  spec.name = 'foo'\n  spec.version = Foo::VERSION\nend\n";
        let expected = Some(("foo".to_owned(), "1.2".to_owned()));
        assert_eq!(found("usr/lib/ruby/gems/3.1.0/specifications/foo-1.2.gemspec", text), expected);
        assert_eq!(found("b/bundler/gems/foo-0a1b2c3/foo.gemspec", text), None);
        let text =
            "Gem::Specification.new do |spec|\n  spec.name = 'foo'\n  spec.version = '1.2'\nend\n";
        assert_eq!(found("b/bundler/gems/foo-0a1b2c3/foo.gemspec", text), expected);
    }

    #[test]
    fn a_specification_too_large_to_be_read_is_a_gem_and_a_problem() {
        let path = ImagePath::new(RACK);
        let content = vec![b'#'; 200];
        let limits = Limits { text_bytes: 100, ..Limits::default() };
        let extraction = extract(&WantedFile::whole(&path, &content, &limits));
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(content: Vec<u8>) {
            prop_assert_eq!(run(RACK, &content).packages().count(), 1);
        }

        #[test]
        fn any_assignments_are_read(text in r#"(s\.(name|version|licenses) ?= ?|"|'|[ab1]|\\u\{?|#\{|\.freeze|\[|\]|,|\n|\(|%q<){0,20}"#) {
            run("b/bundler/gems/foo-0a1b2c3/foo.gemspec", text.as_bytes());
            prop_assert_eq!(run(RACK, text.as_bytes()).packages().count(), 1);
        }
    }
}
