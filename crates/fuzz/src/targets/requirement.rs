//! Requirements in every language: what they leave out is what they do not allow.

use plimsoll_version::{
    NpmOptions, SCHEMES, Scheme, VersionRange, allows, comparators, complement, npm_satisfies,
    requirement, scheme, vers,
};

use super::version::NOT_TRANSITIVE;
use crate::Fixed;
use crate::bytes::{framed, lines};

pub static REQUIREMENT: Fixed = Fixed {
    name: "requirement",
    about: "requirements on versions in the languages of their tools, and vers",
    sources: &["version/src/requirement"],
    fixtures: &[],
    frames: &[b"\0"],
    seeds,
    run,
};

/// One of each kind, in every language.
fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        ">= 1.0, < 2.0 || = 3.1\n1.5\n2.0",
        "~> 1.2.3, != 1.2.5\n1.2.4\n1.3.a",
        "^0.3 || 1.2.* - 2\n0.3.1-rc.1\n2.0.0",
        "[1.0,2.0),(3.0,]\n1.0-alpha\n3.1",
        "~=1.4.5,!=1.4.*,>2.post1\n1.4.5.dev1\n2+a",
        "vers:npm/>=1.0.0|<2.0.0|!=1.5.0\n1.5.0\n1%2E0",
    ];
    let languages = 0..=u8::try_from(SCHEMES.len()).expect("there are not so many");
    languages
        .flat_map(|language| texts.map(|text| [&[language], text.as_bytes()].concat()))
        .collect()
}

fn run(input: &[u8]) {
    let (choice, input) = framed(input);
    let [text, a, b] = lines(input);
    let versions = [a.as_str(), b.as_str()];
    // Cargo's is the one language that is not named after its scheme.
    let cargo = ("cargo", scheme("semver").expect("a scheme"));
    let (language, scheme) = match SCHEMES.get(usize::from(choice) % (SCHEMES.len() + 1)) {
        Some(scheme) => (scheme.id, *scheme),
        None => cargo,
    };
    for ranges in [requirement(language, &text), comparators(scheme, &text)].into_iter().flatten() {
        check(scheme, &ranges, &versions);
    }
    if let Some((id, ranges)) = vers(&text) {
        check(plimsoll_version::scheme(id).expect("a scheme"), &ranges, &versions);
    }
    for options in [false, true].map(|loose| NpmOptions { loose, include_prerelease: loose }) {
        let _ = npm_satisfies(&a, &text, options);
    }
}

fn check(scheme: &Scheme, ranges: &[VersionRange], versions: &[&str]) {
    let Some(outside) = complement(scheme, ranges) else { return };
    let Some(inside) = complement(scheme, &outside) else { return };
    if NOT_TRANSITIVE.contains(&scheme.id) {
        return;
    }
    for version in versions {
        let Some(allowed) = allows(scheme, ranges, version) else { continue };
        assert_eq!(allows(scheme, &outside, version), Some(!allowed), "{version}: {ranges:?}");
        assert_eq!(allows(scheme, &inside, version), Some(allowed), "{version}: {ranges:?}");
    }
}
