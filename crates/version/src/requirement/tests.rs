//! Requirements and the versions that they allow.

use super::*;

fn assert_allowed(language: &str, text: &str, versions: &[(&str, bool)]) {
    let ranges = requirement(language, text);
    let ranges = ranges.unwrap_or_else(|| panic!("{language}: {text} is no requirement"));
    let known = LANGUAGES.iter().find(|known| known.id == language);
    let id = known.map_or(language, |language| language.scheme);
    let scheme = scheme(id).expect("a scheme");
    let outside = complement(scheme, &ranges).expect("an order");
    for (version, is_allowed) in versions {
        let found = allows(scheme, &ranges, version);
        assert_eq!(found, Some(*is_allowed), "{language}: {text} allows {version}? {ranges:?}");
        assert_eq!(allows(scheme, &outside, version), Some(!is_allowed), "{text} {version}");
    }
}

#[test]
fn every_language_stands_once_and_has_its_scheme() {
    assert!(LANGUAGES.is_sorted_by(|one, other| one.id < other.id));
    for language in LANGUAGES {
        assert!(scheme(language.scheme).is_some(), "{}", language.id);
        // Only Cargo's is none of its scheme's own.
        assert_eq!(language.id == language.scheme, language.id != "cargo", "{}", language.id);
    }
}

#[test]
fn comparators_hold_together_and_alternatives_apart() {
    assert_allowed(
        "deb",
        ">= 1.0, < 2.0 || = 3.1 || > 4~rc1 != 5",
        &[("1.0", true), ("2.0~", true), ("2.0", false), ("3.1", true), ("4", true), ("5", false)],
    );
    assert_allowed("rpm", "", &[("1.0-1", true)]);
    assert_allowed("semver", "<2,>3", &[("1.0.0", false), ("2.5.0", false), ("4.0.0", false)]);
    assert_allowed("apk", ">=1.0<2.0", &[("1.5", true), ("2.0", false)]);
}

#[test]
fn what_is_no_requirement_is_told_from_one_that_allows_nothing() {
    for text in ["1.0 ||", "|| 1.0", "> ", "<> 1", "1.0 | 2.0", "(1", "> 1, latest", "^a", "1.*"] {
        assert_eq!(requirement("semver", text), None, "{text}");
    }
    assert_eq!(requirement("deb", "~> 1.0"), None);
    assert_eq!(requirement("lexicographic", "| 1.0"), None);
    assert_eq!(requirement("no scheme", ">1"), None);
    assert_eq!(requirement("deb", "< 1, > 2"), Some(Vec::new()));
    assert_eq!(requirement("deb", "< 1, >= 1"), Some(Vec::new()));
    assert_eq!(requirement("deb", &"1 ".repeat(MAXIMUM_LENGTH)), None);
}

#[test]
fn a_version_without_order_is_neither_allowed_nor_not() {
    let semver = scheme("semver").unwrap();
    let ranges = requirement("semver", "< 2.0.0").unwrap();
    assert_eq!(allows(semver, &ranges, "latest"), None);
    assert_eq!(allows(semver, &[], "latest"), None);
    let odd = [VersionRange::exactly("latest"), VersionRange::exactly("1.0.0")];
    assert_eq!(allows(semver, &odd, "1.0.0"), Some(true));
    assert_eq!(allows(semver, &odd, "2.0.0"), None);
    assert_eq!(complement(semver, &odd), None);
}

#[test]
fn many_versions_left_out_take_no_time() {
    let text: Vec<_> = (0..2_000).map(|number| format!("!={number}")).collect();
    assert_allowed("deb", &text.join(" "), &[("77", false), ("77.1", true), ("2000", true)]);
}

#[test]
fn a_pessimistic_requirement_of_a_gem_keeps_all_but_the_last_number() {
    assert_allowed(
        "gem",
        "~> 1.2.3",
        &[("1.2.2", false), ("1.2.3", true), ("1.2.99", true), ("1.3.a", false), ("1.3", false)],
    );
    assert_allowed("gem", "~> 1.2", &[("1.99", true), ("2.0.rc1", false)]);
    assert_allowed("gem", "~> 1", &[("1.99", true), ("2", false)]);
    assert_allowed("gem", "~> 5.x", &[("5.0.0.rc2", false), ("5.0.0", true), ("6.a", false)]);
    assert_allowed("gem", "~> 1.2.3.b2", &[("1.2.3.b1", false), ("1.2.3.b3", true)]);
    assert_allowed("gem", "~> 1.2.3b2", &[("1.2.9", true), ("1.3", false)]);
}

#[test]
fn semantic_requirements_end_before_the_next_pre_release() {
    assert_allowed("semver", "^1.2.3", &[("1.2.3-a", false), ("1.9.0", true), ("2.0.0-0", false)]);
    assert_allowed("semver", "^0.2.3", &[("0.2.9", true), ("0.3.0", false)]);
    assert_allowed("semver", "^0.0.3", &[("0.0.3", true), ("0.0.4", false)]);
    assert_allowed("semver", "^0.0", &[("0.0.9", true), ("0.1.0", false)]);
    assert_allowed("semver", "~1.2", &[("1.2.9", true), ("1.3.0", false)]);
    assert_allowed("cargo", "1.2", &[("1.1.9", false), ("1.9.0", true), ("2.0.0", false)]);
    assert_allowed("cargo", "=1.2", &[("1.2.9", true), ("1.3.0", false)]);
    assert_allowed("cargo", "=1.2.3", &[("1.2.3", true), ("1.2.4", false)]);
    assert_allowed("cargo", "1.*", &[("1.9.0", true), ("2.0.0", false)]);
    assert_allowed("cargo", "*", &[("1.9.0", true)]);
}

#[test]
fn requirements_of_elixir_and_dart() {
    assert_allowed("hex", "~> 2.0.1", &[("2.0.0", false), ("2.0.9", true), ("2.1.0-dev", false)]);
    assert_allowed(
        "hex",
        ">= 1.0.0 and < 1.2.0 or == 2.0.0",
        &[("1.1.0", true), ("1.2.0", false), ("2.0.0", true)],
    );
    assert_allowed("pub", "any", &[("1.0.0", true)]);
    assert_allowed("pub", "^1.2.0", &[("1.2.0+1", true), ("2.0.0-a", false)]);
    assert_allowed("pub", ">=1.0.0 <1.2.0", &[("1.1.0", true), ("1.2.0", false)]);
    assert_eq!(requirement("pub", "~1.0.0"), None);
}

#[test]
fn a_version_alone_is_the_lowest_of_nuget() {
    assert_allowed("nuget", "1.0", &[("0.9", false), ("1.0.0", true), ("2.0", true)]);
    assert_allowed("nuget", "= 1.0", &[("1.0.0.0", true), ("1.0.0.1", false)]);
    assert_allowed("nuget", "(1.0,2.0]", &[("1.0", false), ("2.0", true), ("2.0.1", false)]);
}

#[test]
fn intervals_of_maven() {
    assert_allowed("maven", "[1.0,2.0),[3.0,)", &[("1.0", true), ("2.0", false), ("3.1", true)]);
    assert_allowed("maven", "(,1.0],(1.2,)", &[("1.0", true), ("1.2", false), ("1.3", true)]);
    assert_allowed("maven", "[1.5]", &[("1.5.0", true), ("1.5.1", false)]);
    for text in ["[1.0,2.0", "[1.0", "(1.0)", "[]", "[1,2) 3"] {
        assert_eq!(requirement("maven", text), None, "{text}");
    }
}

#[test]
fn specifiers_of_python() {
    assert_allowed("pep440", ">2.0", &[("2.0.post1", false), ("2.0+a", false), ("2.0.1", true)]);
    assert_allowed("pep440", "<2.0", &[("2.0rc1", false), ("2.0.dev0", false), ("1.9", true)]);
    assert_allowed("pep440", "<=2.0", &[("2.0+local", true), ("2.0.post0.dev0", false)]);
    assert_allowed("pep440", "==2.0", &[("2.0+local", true), ("2.0.post1", false)]);
    assert_allowed("pep440", "==2.0+a", &[("2.0", false), ("2.0+a", true)]);
    assert_allowed("pep440", "!=2.0", &[("2.0+local", false), ("2.0rc1", true), ("2.1", true)]);
    assert_allowed("pep440", "==2.0.*", &[("2.0.dev1", true), ("2.0.9", true), ("2.1a1", false)]);
    assert_allowed("pep440", "~=1.4.5", &[("1.4.4", false), ("1.4.9", true), ("1.5.dev0", false)]);
    assert_allowed("pep440", "~=1!1.4a2", &[("1!1.4a1", false), ("1!1.9", true), ("1.9", false)]);
    assert_allowed("pep440", ">1.0a1", &[("1.0a1.post1", false), ("1.0a2", true), ("1.0", true)]);
}

#[test]
fn ranges_of_npm_include_pre_releases() {
    assert_allowed("npm", "*", &[("1.0.0-a", true)]);
    assert_allowed("npm", "<2.0.0", &[("1.5.0-beta", true), ("2.0.0-beta", true)]);
    assert_allowed("npm", ">= 1.0, < 2.0", &[("1.0.0-a", true), ("2.0.0-a", false)]);
    assert_allowed("npm", "^1.2.3", &[("1.2.2", false), ("1.9.0", true), ("2.0.0-0", false)]);
    assert_allowed("npm", "~> 1.2", &[("1.2.9", true), ("1.3.0", false)]);
    assert_allowed("npm", "1.2.x || >2", &[("1.2.9", true), ("2.9.9", false), ("3.0.0", true)]);
    assert_allowed("npm", "1.2 - 2.3", &[("1.2.0", true), ("2.3.9", true), ("2.4.0", false)]);
    assert_allowed("npm", "1 - 2.3.4", &[("1.0.0", true), ("2.3.4", true), ("2.3.5", false)]);
    assert_allowed("npm", "^0.0.3", &[("0.0.3", true), ("0.0.4", false)]);
    assert_allowed("npm", "<*", &[("0.0.0", false)]);
    assert_eq!(requirement("npm", "latest"), None);
}

#[test]
fn npm_allows_only_the_pre_releases_that_a_range_names() {
    let (strict, loose) = (NpmOptions::default(), NpmOptions { loose: true, ..Default::default() });
    let included = NpmOptions { include_prerelease: true, ..strict };
    for (version, range, options, expected) in [
        ("1.2.3-beta.4", ">1.2.3-beta.2", strict, Some(true)),
        ("1.2.4-beta.4", ">1.2.3-beta.2", strict, Some(false)),
        ("1.2.4-beta.4", ">1.2.3-beta.2", included, Some(true)),
        ("1.0.0-a", "1.x", strict, Some(false)),
        ("1.0.0-a", "1.x", included, Some(true)),
        ("1.0.0", ">=0.9 <  =1", strict, Some(true)),
        ("01.2.3", "*", strict, None),
        ("01.2.3", "*", loose, Some(true)),
        ("1.2.3", "=v1.2 latest", strict, None),
        ("1.2.3", "=v1.2 latest", loose, Some(true)),
        ("1.2.3", "latest", loose, None),
        ("8.0", "*", loose, None),
    ] {
        assert_eq!(npm_satisfies(version, range, options), expected, "{version} {range}");
    }
}

#[test]
fn constraints_of_composer() {
    assert_allowed("composer", ">=2.0,<2.0.17", &[("2.0-dev", true), ("2.0.17-RC1", false)]);
    assert_allowed("composer", "<=2.0", &[("2.0.0", true), ("2.0.0-p1", false)]);
    assert_allowed("composer", "~1.2", &[("1.2-dev", true), ("1.9", true), ("2.0-dev", false)]);
    assert_allowed("composer", "~1.2.3-beta", &[("1.2.3-alpha", false), ("1.3-dev", false)]);
    assert_allowed("composer", "~2.x-dev", &[("2.x-dev", true), ("3.0", false)]);
    assert_allowed("composer", "^0.3", &[("0.3.9", true), ("0.4.0-dev", false)]);
    assert_allowed("composer", "^1.2 | ^3", &[("1.9", true), ("2.0", false), ("3.1", true)]);
    assert_allowed("composer", "1.2.*", &[("1.2.0-dev", true), ("1.2.9", true), ("1.3", false)]);
    assert_allowed("composer", "1.0 - 2.1", &[("1.0-dev", true), ("2.1.9", true), ("2.2", false)]);
    assert_allowed("composer", "1.0 - 2.1.0 !=1.5", &[("1.5.0", false), ("2.1.0", true)]);
    assert_allowed("composer", ">=1.0@beta", &[("1.0-alpha", false), ("1.0-beta", true)]);
    assert_allowed("composer", "1.0", &[("1.0.0.0", true), ("1.0.1", false)]);
    assert_allowed("composer", ">1.0 as 2.0,<3", &[("1.5", true), ("3.0", false)]);
    for text in ["", "~> 1.0", "1.0 ||", ">=1.*", "latest", "1.0 -"] {
        assert_eq!(requirement("composer", text), None, "{text}");
    }
}

#[test]
fn a_version_of_bitnami_stands_for_its_revisions() {
    assert_allowed("bitnami", "= 2.3.1", &[("2.3.1", true), ("2.3.1-7", true), ("2.3.2", false)]);
    assert_allowed("bitnami", "<= 2.3.1", &[("2.3.1-1", true), ("2.3.2-alpha", false)]);
    assert_allowed("bitnami", "> 2.3.1", &[("2.3.1-1", false), ("2.3.2", true)]);
    assert_allowed("bitnami", "!= 2.3.1", &[("2.3.1-1", false), ("2.3.1-rc1", true)]);
    assert_allowed("bitnami", ">= 1.2.3-1", &[("1.2.3", false), ("1.2.3-1", true)]);
}

#[test]
fn vers_names_its_scheme() {
    for (text, id, allowed, refused) in [
        ("vers:npm/1.2.3", "npm", "1.2.3", "1.2.4"),
        ("vers:npm/<2.0.0|>=1.0.0|!=1.5.0", "npm", "1.4.0", "1.5.0"),
        ("vers:npm/>1.0.0|>=1.5.0|<=2.0.0|<3.0.0", "npm", "2.9.0", "1.0.0"),
        ("vers:pypi/<1.0|>=2.0|<2.1|3.0", "pep440", "3.0", "2.1"),
        ("vers:deb/!=1%3A2.0-1|!=3", "deb", "2.0-1", "1:2.0-1"),
        ("vers:GOLANG/>=1.0.0|!=v1.0.0", "go", "v1.0.1", "v1.0.0"),
        ("vers:gem/ > 1.0 | < 2.0 ", "gem", "1.5", "2.0"),
        ("vers:maven/<=1.0|>2.0", "maven", "1.0", "2.0"),
    ] {
        let (found, ranges) = vers(text).unwrap_or_else(|| panic!("{text} is none"));
        assert_eq!(found, id, "{text}");
        let scheme = scheme(found).unwrap();
        assert_eq!(allows(scheme, &ranges, allowed), Some(true), "{text} {ranges:?}");
        assert_eq!(allows(scheme, &ranges, refused), Some(false), "{text} {ranges:?}");
    }
    assert_eq!(vers("vers:npm/*"), Some(("npm", vec![VersionRange::everything()])));
    for text in ["", "npm/1.0.0", "vers:npm", "vers:npm/", "vers:none/*", "vers:npm/latest"] {
        assert_eq!(vers(text), None, "{text}");
    }
    for text in ["vers:deb/%", "vers:deb/%+1", "vers:deb/%ff", "vers:deb/1||2"] {
        assert_eq!(vers(text), None, "{text}");
    }
}
