//! Requirements: the versions that a text such as `~> 1.2.3` or `[1.0,2.0)` allows, in the language of a scheme's own tool.
//!
//! A language is a function from a text to ranges in its scheme's order. To add one: its file, and its line in [`LANGUAGES`].

mod bitnami;
mod bracket;
mod comparators;
mod composer;
mod gem;
mod npm;
mod pep440;
mod range;
mod semantic;
#[cfg(test)]
mod tests;
mod vers;

use comparators::Meaning;
pub use npm::{NpmOptions, npm_satisfies};
pub use range::{VersionRange, allows, complement};
pub use vers::vers;

use crate::{Scheme, scheme};

/// Longer texts are no requirements: the work grows with their length times that of their longest version.
const MAXIMUM_LENGTH: usize = 16 * 1024;

/// How the tools of some schemes write requirements. The other schemes have plain comparators.
static LANGUAGES: &[Language] = &[
    Language { id: "bitnami", scheme: "bitnami", grammar: Grammar::Comparators(bitnami::bitnami) },
    Language { id: "cargo", scheme: "semver", grammar: Grammar::Comparators(semantic::cargo) },
    Language { id: "composer", scheme: "composer", grammar: Grammar::Own(composer::composer) },
    Language { id: "gem", scheme: "gem", grammar: Grammar::Comparators(gem::gem) },
    Language { id: "hex", scheme: "hex", grammar: Grammar::Own(semantic::hex) },
    Language { id: "maven", scheme: "maven", grammar: Grammar::Own(bracket::maven) },
    Language { id: "npm", scheme: "npm", grammar: Grammar::Own(npm::npm) },
    Language { id: "nuget", scheme: "nuget", grammar: Grammar::Own(bracket::nuget) },
    Language { id: "pep440", scheme: "pep440", grammar: Grammar::Comparators(pep440::pep440) },
    Language { id: "pub", scheme: "pub", grammar: Grammar::Comparators(semantic::dart) },
    Language { id: "semver", scheme: "semver", grammar: Grammar::Comparators(semantic::semantic) },
];

struct Language {
    id: &'static str,
    /// The id of the scheme in whose order the ranges are.
    scheme: &'static str,
    grammar: Grammar,
}

enum Grammar {
    /// Comparators, of which this one is the meaning.
    Comparators(Meaning),
    Own(fn(&Scheme, &str) -> Option<Vec<VersionRange>>),
}

/// The ranges, of which one must hold a version, that a requirement allows. The scheme's id names the language; `cargo` is Cargo's, for
/// versions of `semver`. `None` where the text is none of that language, or names a version that the scheme does not order; no range
/// where nothing is allowed.
///
/// That npm passes over pre-releases which a range does not name is not in the ranges, since an advisory on `<2.0.0` speaks of
/// `1.5.0-beta` too; [`npm_satisfies`] has it.
#[must_use]
pub fn requirement(language: &str, text: &str) -> Option<Vec<VersionRange>> {
    if text.len() > MAXIMUM_LENGTH {
        return None;
    }
    let Some(language) = LANGUAGES.iter().find(|one| one.id == language) else {
        return comparators(scheme(language)?, text);
    };
    let scheme = scheme(language.scheme)?;
    match language.grammar {
        Grammar::Comparators(meaning) => comparators::read(scheme, text, meaning),
        Grammar::Own(read) => read(scheme, text),
    }
}

/// The ranges of plain comparators, `>= 1.0, < 2.0 || = 3.1`, whatever language the scheme has: `<` and the others follow the scheme's order
/// and nothing else. Else as [`requirement`].
#[must_use]
pub fn comparators(scheme: &Scheme, text: &str) -> Option<Vec<VersionRange>> {
    if text.len() > MAXIMUM_LENGTH {
        return None;
    }
    comparators::read(scheme, text, comparators::plain)
}
