//! `cargo xtask docs`: the docs that are written from the code, so that they cannot say anything else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use plimsoll_advisory::FAMILIES;
use plimsoll_feeds::{FEEDS, Feed, OriginKind};
use plimsoll_inventory::extractors::program;
use plimsoll_inventory::{Authority, DISTROS, EXTRACTORS, Pattern};
use plimsoll_scan::{SBOM_FORMATS, SCAN_FORMATS};
use plimsoll_version::SCHEMES;

use crate::text_file::read_text;
use crate::workspace::{build_program, root};

const NOTICE: &str = "<!-- Written by `cargo xtask docs`. -->\n\n";

/// Writes the generated docs, or with `check` fails where one is not up to date.
pub fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for (name, text) in [("docs/supported.md", supported()), ("docs/cli.md", command_line()?)] {
        let path = root().join(name);
        if read_text(&path).is_ok_and(|current| current == text) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            std::fs::create_dir_all(root().join("docs")).context("failed to make docs")?;
            std::fs::write(&path, text).with_context(|| format!("failed to write {name}"))?;
            println!("wrote {name}");
        }
    }
    ensure!(stale.is_empty(), "{} is not up to date\nhint: cargo xtask docs", stale.join(", "));
    Ok(())
}

/// What is read and judged, from the lists of parts.
fn supported() -> String {
    let mut text = format!("{NOTICE}# What is supported\n");
    text.push_str(
        "\n## Package formats\n\nWhere parts speak of the same thing, a record counts before a program known by its bytes, and that \
         before a bill of materials in the image. What has a fixed place below the root is read below the roots of other systems in \
         the image too: of a chroot, of an unpacked root file system.\n\n\
         | id | version | what is read | its word is | which files |\n| --- | --- | --- | --- | --- |\n",
    );
    for part in EXTRACTORS {
        let patterns: Vec<_> = part.patterns.iter().map(pattern).collect();
        let word = match part.authority {
            Authority::Record => "a record",
            Authority::Fingerprint => "a program's bytes",
            Authority::Sbom => "a bill of materials",
        };
        let row = [
            &format!("`{}`", part.id),
            &part.version.to_string(),
            part.summary,
            word,
            &distinct(patterns),
        ];
        push_row(&mut text, &row);
    }
    text.push_str("\n## Programs known by their bytes\n\nThe part `program` finds these where no package manager installed them.\n\n");
    text.push_str("| type | packages |\n| --- | --- |\n");
    let mut programs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (kind, name) in program::programs() {
        programs.entry(kind).or_default().push(format!("`{}`", name.replace("/v{major}", "")));
    }
    for (kind, names) in programs {
        push_row(&mut text, &[&format!("`{kind}`"), &names.join(", ")]);
    }
    text.push_str(
        "\n## Distributions\n\nBy os-release, or by the release files of older systems (the part `release-file`).\n\n\
         | os-release `ID` | family | how a release is named |\n| --- | --- | --- |\n",
    );
    for distro in DISTROS {
        let ids: Vec<_> = distro.ids.iter().map(|id| format!("`{id}`")).collect();
        let example = if distro.example.is_empty() { "it has none" } else { distro.example };
        push_row(&mut text, &[&ids.join(", "), distro.family, example]);
    }
    text.push_str("\n## Version schemes\n\n| id | whose order |\n| --- | --- |\n");
    for scheme in SCHEMES {
        push_row(&mut text, &[&format!("`{}`", scheme.id), scheme.summary]);
    }
    text.push_str(
        "\n## Feeds\n\nWhat `db update` fetches, and how; what it does not is read where it is given (`--from`, `--extra`, `db build`).\n\n\
         | id | what is read | what is fetched |\n| --- | --- | --- |\n",
    );
    for feed in FEEDS {
        push_row(&mut text, &[&format!("`{}`", feed.id), feed.summary, &fetched(feed)]);
    }
    text.push_str(
        "\n## Report forms\n\n| command | `--format` | what it is |\n| --- | --- | --- |\n",
    );
    for (command, formats) in [("scan", SCAN_FORMATS), ("sbom", SBOM_FORMATS)] {
        for format in formats {
            push_row(
                &mut text,
                &[&format!("`{command}`"), &format!("`{}`", format.id), format.summary],
            );
        }
    }
    text.push_str(
        "\n## Advisory families\n\nThe part of an OSV ecosystem before its colon. Records of a family without a scheme are kept, \
         and packages are then \"cannot tell\".\n\n| family | scheme | package type | records name |\n| --- | --- | --- | --- |\n",
    );
    for family in FAMILIES {
        let code =
            |value: Option<&str>| value.map_or("—".to_owned(), |value| format!("`{value}`"));
        let names = match family.names {
            plimsoll_advisory::NameKind::Package => "packages",
            plimsoll_advisory::NameKind::Source => "source packages",
            plimsoll_advisory::NameKind::Binary => "binary packages",
        };
        push_row(&mut text, &[family.name, &code(family.scheme), &code(family.purl_type), names]);
    }
    text
}

/// What is fetched of a feed, in the order in which it is published.
fn fetched(feed: &Feed) -> String {
    let mut kinds = Vec::new();
    for origin in feed.origins {
        let kind = match origin.kind() {
            OriginKind::File => "files",
            OriginKind::OsvBulk => "archives and their changes",
            OriginKind::CsafDirectory => "directories and their changes",
            OriginKind::RpmRepository => "repositories",
            OriginKind::Pages => "pages",
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() { "—".to_owned() } else { kinds.join(", ") }
}

fn push_row(text: &mut String, cells: &[&str]) {
    // A bar inside a cell would end it.
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn pattern(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Path(path) => format!("`{path}`"),
        Pattern::Below(directory, end) => format!("`{directory}/**{end}`"),
        Pattern::Name(name) => format!("`**/{name}`"),
        Pattern::PathEnd(end) => format!("`**/*{end}`"),
        Pattern::Extension(extension) => format!("`**/*{extension}`"),
        Pattern::NameStart(start) => format!("`**/{start}*`"),
        Pattern::DirectoryIn(directory) => format!("`{directory}/*/`"),
        Pattern::Magic(_) => "by its first bytes".to_owned(),
    }
}

fn distinct(mut patterns: Vec<String>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    patterns.retain(|pattern| seen.insert(pattern.clone()));
    patterns.join(", ")
}

/// The help of the program and of each of its commands.
fn command_line() -> Result<String> {
    let program = build_program("dev")?;
    let mut text = format!("{NOTICE}# The command line\n");
    let mut open = vec![Vec::new()];
    while let Some(words) = open.pop() {
        let help = help_of(&program, &words)?;
        let title = [&["plimsoll".to_owned()], words.as_slice()].concat().join(" ");
        let _ = write!(text, "\n## {title}\n\n```text\n{}\n```\n", help.trim_end());
        for command in sub_commands(&help).into_iter().rev() {
            open.push([words.as_slice(), &[command]].concat());
        }
    }
    Ok(text)
}

fn help_of(program: &std::path::Path, words: &[String]) -> Result<String> {
    // Neither the terminal's width nor settings of whoever runs this may show in the text.
    let output = Command::new(program)
        .args(words)
        .arg("--help")
        .env_clear()
        .output()
        .with_context(|| format!("failed to run {}", program.display()))?;
    if !output.status.success() {
        bail!("failed to get the help of `{}`: {}", words.join(" "), output.status);
    }
    let text = String::from_utf8(output.stdout).context("failed to read the help")?;
    Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// The names under `Commands:`, where each stands at the beginning of its line.
fn sub_commands(help: &str) -> Vec<String> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_from_the_help() {
        let help = "About.\n\nUsage: p <COMMAND>\n\nCommands:\n  demo  Scan\n  scan  Scan an image, whose\n        \
                    text goes on\n  help  Print this\n\nOptions:\n  -h  Help\n";
        assert_eq!(sub_commands(help), ["demo", "scan"]);
    }
}
