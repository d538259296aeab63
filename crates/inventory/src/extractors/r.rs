//! R packages as installed: the `DESCRIPTION` at the top of each package in a library.
//!
//! The format is that of "Writing R Extensions", section 1.1.1 (a Debian control file: fields whose values go on in indented lines).
//! `R CMD INSTALL` adds the field `Built`; a `DESCRIPTION` without it is that of a source, of a test or of something else.

use plimsoll_core::PackageType;

use crate::fields::{extraction, field, package};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static R: Extractor = Extractor {
    id: "r",
    version: 1,
    summary: "R packages as installed, those of R itself among them",
    patterns: &[Pattern::Name("DESCRIPTION")],
    extract,
    ..Extractor::RECORD
};

/// Longer values are kept up to here: nothing that is read here is longer, while descriptions and lists of files are.
const LONGEST_VALUE: usize = 1024;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let description = file.text().map(|text| Description::parse(&text));
    extraction(description.and_then(|description| match description.is_built {
        true => description.into_package().map(Some),
        false => Ok(None),
    }))
}

/// The fields that matter here.
#[derive(Debug, Default)]
struct Description {
    name: Option<String>,
    version: Option<String>,
    license: Option<String>,
    maintainer: Option<String>,
    author: Option<String>,
    repository: Option<String>,
    is_bioconductor: bool,
    is_built: bool,
}

impl Description {
    fn parse(text: &str) -> Self {
        let mut description = Self::default();
        let mut lines = text.trim_start_matches('\u{feff}').lines().peekable();
        while let Some(line) = lines.next() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let mut value = value.trim().to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
                if value.len() < LONGEST_VALUE {
                    value.push(' ');
                    value.push_str(more.trim());
                }
            }
            let place = match name {
                "Package" => &mut description.name,
                "Version" => &mut description.version,
                "License" => &mut description.license,
                "Maintainer" => &mut description.maintainer,
                "Author" => &mut description.author,
                "Repository" => &mut description.repository,
                "biocViews" => {
                    description.is_bioconductor = true;
                    continue;
                }
                "Built" => {
                    description.is_built = value.starts_with("R ");
                    continue;
                }
                _ => continue,
            };
            *place = Some(value);
        }
        description
    }

    fn into_package(self) -> Result<FoundPackage, plimsoll_core::Problem> {
        let identity = (self.name.as_deref(), self.version.as_deref());
        let mut found = package(PackageType::Cran, "DESCRIPTION of a built package", identity)?;
        let kept = |value: Option<String>| value.as_deref().and_then(field).map(str::to_owned);
        found.licenses = kept(self.license).into_iter().collect();
        found.vendor = kept(self.maintainer).or_else(|| kept(self.author));
        // Bioconductor's own packages state no repository before its release 3.18, and nobody else's have views.
        found.repository = kept(self.repository)
            .or_else(|| self.is_bioconductor.then(|| "Bioconductor".to_owned()));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new("usr/lib/R/site-library/x/DESCRIPTION");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(text: &str) -> FoundPackage {
        let extraction = run(text.as_bytes());
        assert_eq!(extraction.problems, []);
        extraction.packages().next().unwrap().clone()
    }

    #[test]
    fn a_built_package_is_what_its_fields_say() {
        let package = found(
            "Package: jsonlite\nVersion: 1.8-4\nLicense: MIT + file\n  LICENSE\nAuthor: Jeroen\nMaintainer: Jeroen <j@example.com>\n\
             Description: Reads.\n    Version: 9\nRepository: CRAN\nBuilt: R 4.2.2; ; 2022-12-09 11:32:41 UTC; unix\n",
        );
        assert_eq!((package.name.as_str(), package.version.as_str()), ("jsonlite", "1.8-4"));
        assert_eq!(package.licenses, ["MIT + file LICENSE"]);
        assert_eq!(package.vendor.as_deref(), Some("Jeroen <j@example.com>"));
        assert_eq!(package.repository.as_deref(), Some("CRAN"));
    }

    #[test]
    fn packages_of_bioconductor_and_of_r_itself_are_listed_too() {
        let package = found(
            "Package: Biobase\r\nVersion: 2.58.0\r\nbiocViews: Infrastructure\r\nBuilt: R 4.2.2; x; y; unix\r\n",
        );
        assert_eq!(package.repository.as_deref(), Some("Bioconductor"));
        let package = found(
            "Package: base\nVersion: 4.2.2\nPriority: base\nAuthor: R Core Team\nBuilt: R 4.2.2; ; x; unix\n",
        );
        assert_eq!(package.vendor.as_deref(), Some("R Core Team"));
        assert_eq!(package.repository, None);
    }

    #[test]
    fn a_source_and_other_files_of_that_name_are_nothing() {
        for text in ["Package: a\nVersion: 1\n", "Built: by hand\n", "This is a description.\n", ""]
        {
            let extraction = run(text.as_bytes());
            assert_eq!(extraction.facts.len() + extraction.problems.len(), 0, "{text}");
        }
    }

    #[test]
    fn a_built_package_without_a_version_is_a_problem() {
        let extraction = run(b"Package: a\nBuilt: R 4.2.2; ; x; unix\n");
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(content: Vec<u8>) {
            prop_assert!(run(&content).facts.len() <= 1);
        }

        #[test]
        fn any_fields_are_read(text in "((Package|Version|Built|License): ?|R 4|a|\n| ){0,20}") {
            let extraction = run(text.as_bytes());
            prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
        }
    }
}
