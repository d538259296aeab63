//! Every part stands in its list: a file that no list names would be dead, or run without being documented.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::text_file::read_text;
use crate::workspace::root;

/// Where the parts of a kind lie, and the file and the static slice that list them.
struct Parts {
    folder: &'static str,
    /// The type of a part.
    kind: &'static str,
    list: &'static str,
    name: &'static str,
}

const PARTS: &[Parts] = &[
    Parts {
        folder: "crates/inventory/src/extractors",
        kind: "Extractor",
        list: "crates/inventory/src/extractors/mod.rs",
        name: "EXTRACTORS",
    },
    Parts {
        folder: "crates/version/src/schemes",
        kind: "Scheme",
        list: "crates/version/src/schemes/mod.rs",
        name: "SCHEMES",
    },
    Parts {
        folder: "crates/feeds/src/feeds",
        kind: "Feed",
        list: "crates/feeds/src/feeds/mod.rs",
        name: "FEEDS",
    },
];

pub fn faults(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut faults = orphans(files)?;
    for parts in PARTS {
        let list = read_text(&root().join(parts.list))?;
        let slice = slice_of(&list, parts.name)
            .with_context(|| format!("failed to find {} in {}", parts.name, parts.list))?;
        for file in files.iter().filter(|file| file.starts_with(parts.folder) && is_source(file)) {
            let text = read_text(&root().join(file))?;
            let unlisted =
                statics(&text, parts.kind).filter(|part| !words(slice).any(|word| word == *part));
            faults.extend(
                unlisted.map(|part| format!("{}: {part} is not in {}", file.display(), parts.name)),
            );
        }
    }
    Ok(faults)
}

/// Source files that no module declares: they are not even compiled.
fn orphans(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| is_source(file) && file.iter().any(|part| part == "src"))
    {
        let Some((name, parents)) = module_of(file) else { continue };
        let mut declared = false;
        for parent in parents.iter().filter(|parent| files.contains(parent)) {
            let text = read_text(&root().join(parent))?;
            declared |= text.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")));
        }
        if !declared {
            faults.push(format!("{}: no module declares it", file.display()));
        }
    }
    Ok(faults)
}

/// A file's module, and the files that may declare it; `None` for the root of a crate.
fn module_of(file: &Path) -> Option<(String, Vec<PathBuf>)> {
    let stem = file.file_stem()?.to_str()?;
    let folder = file.parent()?;
    let (name, folder) = match stem {
        "lib" | "main" if folder.ends_with("src") => return None,
        "mod" => (folder.file_name()?.to_str()?, folder.parent()?),
        _ => (stem, folder),
    };
    let own = ["mod.rs", "lib.rs", "main.rs"].map(|root| folder.join(root));
    Some((name.to_owned(), own.into_iter().chain([folder.with_extension("rs")]).collect()))
}

fn is_source(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rs")
}

/// The names of the statics of that type.
fn statics<'a>(text: &'a str, kind: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| {
        let (visibility, rest) = line.split_once("static ")?;
        let (name, rest) = rest.split_once(": ")?;
        let is_item = visibility.is_empty() || visibility.starts_with("pub");
        (is_item && rest.starts_with(&format!("{kind} "))).then_some(name)
    })
}

/// The text between the brackets of `static NAME: … = &[…];`.
fn slice_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("static {name}:"))?;
    let (_, rest) = rest.split_once("= &[")?;
    rest.split_once("];").map(|(slice, _)| slice)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_alphanumeric() || character == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_counts_only_inside_the_slice() {
        let text = "use rpm::RPM;\npub static PARTS: &[&Part] = &[\n    &apk::APK,\n];\n";
        let slice = slice_of(text, "PARTS").unwrap();
        assert!(words(slice).any(|word| word == "APK"));
        assert!(!words(slice).any(|word| word == "RPM"));
    }

    #[test]
    fn statics_of_a_type_are_found() {
        let text =
            "pub(crate) static APK: Part = Part {\nstatic DEB: Part = make();\nstatic N: u8 = 1;\n";
        assert_eq!(statics(text, "Part").collect::<Vec<_>>(), ["APK", "DEB"]);
    }

    #[test]
    fn a_module_is_declared_beside_or_above_it() {
        let parents =
            |file: &str| module_of(Path::new(file)).map(|(name, parents)| (name, parents.len()));
        assert_eq!(parents("crates/a/src/lib.rs"), None);
        assert_eq!(parents("crates/a/src/b.rs"), Some(("b".into(), 4)));
        let (name, files) = module_of(Path::new("crates/a/src/b/mod.rs")).unwrap();
        assert_eq!(name, "b");
        assert!(files.contains(&PathBuf::from("crates/a/src/lib.rs")));
        let (_, files) = module_of(Path::new("crates/a/src/b/c.rs")).unwrap();
        assert!(files.contains(&PathBuf::from("crates/a/src/b.rs")));
    }
}
