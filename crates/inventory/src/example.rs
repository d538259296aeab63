//! A path for each pattern that the pattern matches: what tests offer an extractor its input under.

use crate::Pattern;

impl Pattern {
    /// A path that a file of this pattern has. A pattern for first bytes matches at any path: it is that of a program.
    #[must_use]
    pub fn example_path(&self) -> String {
        match *self {
            Self::Path(path) => path.to_owned(),
            Self::Below(directory, end) => format!("{directory}/example{end}"),
            Self::Name(name) => format!("srv/example/{name}"),
            // Its first component may be the end of a name.
            Self::PathEnd(end) => format!("srv/example/example-1.0{end}"),
            Self::Extension(extension) => {
                format!("srv/example/example-1.0.{}", extension.trim_start_matches('.'))
            }
            Self::NameStart(start) => format!("srv/example/{start}-1.0"),
            Self::DirectoryIn(directory) => format!("{directory}/example-1.0"),
            Self::Magic(_) => "usr/bin/example".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::ImagePath;

    use super::*;
    use crate::{EXTRACTORS, Matcher, PartSet};

    #[test]
    fn every_pattern_of_every_extractor_matches_its_example() {
        let matcher = Matcher::new(EXTRACTORS);
        for (position, extractor) in EXTRACTORS.iter().enumerate() {
            for pattern in extractor.patterns {
                let path = ImagePath::new(&pattern.example_path());
                let parts: PartSet = match pattern {
                    Pattern::Magic(magic) => matcher.by_magic(magic),
                    Pattern::DirectoryIn(_) => matcher.directory(&path),
                    _ => matcher.by_name(&path),
                };
                assert!(parts.contains(position), "{}: {pattern:?} and {path}", extractor.id);
            }
        }
    }
}
