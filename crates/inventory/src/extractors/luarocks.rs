//! Lua rocks as LuaRocks installs them: `lib/luarocks/rocks-5.1/NAME/VERSION/NAME-VERSION.rockspec`.
//!
//! LuaRocks itself takes name and version from the path, and a rockspec may compute both (it is a Lua program), so the path says
//! them here too; a rockspec anywhere else is a source file. The version has the rockspec's revision: `1.0-1`. The format is that of
//! the LuaRocks wiki ("Rockspec format").

mod lua;

use plimsoll_core::{ImagePath, PackageType};

use self::lua::about;
use crate::fields::{component, field, malformed};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static LUAROCKS: Extractor = Extractor {
    id: "luarocks",
    version: 1,
    summary: "Lua rocks as installed by LuaRocks",
    patterns: &[Pattern::Extension(".rockspec")],
    wants: |candidate: &Candidate<'_>| name_and_version(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some((name, version)) = name_and_version(file.path) else { return Extraction::default() };
    let mut package = FoundPackage::new(PackageType::Luarocks, name, version);
    let mut extraction = Extraction::default();
    match file.text() {
        Ok(text) => {
            let about = about(&text);
            package.licenses =
                about.license.and_then(field).map(str::to_owned).into_iter().collect();
            if !about.is_whole {
                extraction.problems.push(malformed("rockspec that ends inside a text"));
            }
        }
        Err(problem) => extraction.problems.push(problem),
    }
    extraction.push(package);
    extraction
}

/// Of the path of an installed rock's rockspec.
fn name_and_version(path: &ImagePath) -> Option<(&str, &str)> {
    let (version, name) = (component(path, 1)?, component(path, 2)?);
    let is_tree = component(path, 3)?.starts_with("rocks");
    let stem = path.file_name().strip_suffix(".rockspec")?;
    let is_same = stem.strip_prefix(name)?.strip_prefix('-')? == version;
    (is_tree && is_same && field(name).is_some() && field(version).is_some())
        .then_some((name, version))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const PATH: &str =
        "usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0.10-1/lua-cjson-2.1.0.10-1.rockspec";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn only_rockspecs_in_a_tree_of_rocks_are_wanted() {
        for (path, expected) in [
            (PATH, Some(("lua-cjson", "2.1.0.10-1"))),
            ("opt/rocks/lpeg/1.0.2-1/lpeg-1.0.2-1.rockspec", Some(("lpeg", "1.0.2-1"))),
            ("rocks-5.4/a/scm-1/a-scm-1.rockspec", Some(("a", "scm-1"))),
            ("src/lua-cjson/lua-cjson-2.1.0.10-1.rockspec", None),
            ("rocks-5.1/a/1.0-1/b-1.0-1.rockspec", None),
            ("rocks-5.1/a/1.0-1/a-1.0-2.rockspec", None),
            ("a-1.0-1.rockspec", None),
        ] {
            assert_eq!(name_and_version(&ImagePath::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_rock_has_its_path_and_what_its_description_says() {
        let rockspec = r#"local _V = "2.1"
            package = "lua-cjson" version = _V .. ".0.10-1"
            description = { summary = [[ license = "none" ]], license = 'MIT' }
            build = { type = "builtin", license = "GPL" }"#;
        let extraction = run(PATH, rockspec.as_bytes());
        assert_eq!(extraction.problems, []);
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("lua-cjson", "2.1.0.10-1"));
        assert_eq!(package.licenses, ["MIT"]);
    }

    #[test]
    fn a_rockspec_that_was_cut_off_is_a_package_and_a_problem() {
        let extraction = run(PATH, b"package = \"lua-cjson\ndescription = [[");
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_give_the_package_of_the_path(content: Vec<u8>) {
            prop_assert_eq!(run(PATH, &content).packages().count(), 1);
        }

        #[test]
        fn any_path_is_decided(path in "(rocks|a|-|1.rockspec|/){0,10}") {
            name_and_version(&ImagePath::new(&path));
        }
    }
}
