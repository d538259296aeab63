//! Packs of SWI-Prolog: `pack/NAME/pack.pl`, facts about the pack (SWI-Prolog, "Structure of a pack").
//!
//! A purl has no type for packs yet, so they are generic: `swi-prolog/NAME`.

use plimsoll_core::{PackageType, Problem};

use crate::fields::{component, extraction, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static SWI_PROLOG: Extractor = Extractor {
    id: "swi-prolog",
    version: 1,
    summary: "Packs of SWI-Prolog",
    patterns: &[Pattern::Name("pack.pl")],
    wants: |candidate: &Candidate<'_>| component(candidate.path, 2) == Some("pack"),
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    extraction(file.text().and_then(|text| pack(&text)).map(Some))
}

fn pack(text: &str) -> Result<FoundPackage, Problem> {
    let value = |name| text.lines().find_map(|line| argument(line, name));
    let name = value("name").map(|name| format!("swi-prolog/{name}"));
    package(PackageType::Generic, "pack.pl", (name.as_deref(), value("version")))
}

/// The argument of a fact that has one line and one argument: `version('1.0').`
fn argument<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let inside = line.trim_start().strip_prefix(name)?.trim_start().strip_prefix('(')?.trim_start();
    for quote in ['\'', '"'] {
        if let Some(rest) = inside.strip_prefix(quote) {
            return rest.split_once(quote).map(|(value, _)| value);
        }
    }
    inside.split_once(')').map(|(value, _)| value.trim())
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new("root/.local/share/swi-prolog/pack/func/pack.pl");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn a_pack_is_what_its_facts_say() {
        for content in [
            "name(func).\nversion('0.4.2').\ntitle('Function notation').\n",
            "% version('9').\n name( 'func' ).\nversion(\"0.4.2\").",
        ] {
            let extraction = run(content.as_bytes());
            let package = extraction.packages().next().unwrap();
            assert_eq!(
                (package.name.as_str(), package.version.as_str()),
                ("swi-prolog/func", "0.4.2")
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for content in ["", "name(func).", "name('func", "version('1')."] {
            assert_eq!(
                run(content.as_bytes()).problems[0].kind,
                ProblemKind::Malformed,
                "{content}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_pack_or_a_problem(content: Vec<u8>) {
            let extraction = run(&content);
            prop_assert_eq!(extraction.facts.len() + extraction.problems.len(), 1);
        }
    }
}
