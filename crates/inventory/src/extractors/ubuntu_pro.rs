//! Ubuntu Pro: whether the image has extended security maintenance, as the client of that service noted it (`pro status --format json`).
//!
//! It stands beside apt's sources for the same thing: the client may keep those in a form that apt alone knows.

use serde::Deserialize;

use crate::{Extraction, Extractor, Fact, Pattern, WantedFile};

pub(crate) static UBUNTU_PRO: Extractor = Extractor {
    id: "ubuntu-pro",
    summary: "Whether Ubuntu's extended security maintenance is on: the status of Ubuntu Pro's client",
    patterns: &[Pattern::Path("var/lib/ubuntu-advantage/status.json")],
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

/// The services of extended security maintenance, and the repositories that they enable.
const SERVICES: [(&str, &str); 2] = [
    ("esm-apps", "https://esm.ubuntu.com/apps/ubuntu"),
    ("esm-infra", "https://esm.ubuntu.com/infra/ubuntu"),
];

#[derive(Deserialize)]
struct Status {
    /// The first versions of the client did not write it.
    #[serde(default = "yes")]
    attached: bool,
    #[serde(default)]
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
}

fn yes() -> bool {
    true
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let status: Status = match serde_json::from_slice(&bytes) {
        Ok(status) => status,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = format!("no status of Ubuntu Pro at line {line}, column {column}");
            return Extraction::malformed(detail);
        }
    };
    let is_on = |name: &str| {
        let mut services = status.services.iter();
        status.attached
            && services.any(|service| service.name == name && service.status == "enabled")
    };
    let on = SERVICES.iter().filter(|(name, _)| is_on(name));
    let repositories: Vec<_> = on.map(|(_, repository)| (*repository).to_owned()).collect();
    let facts =
        if repositories.is_empty() { Vec::new() } else { vec![Fact::Repositories(repositories)] };
    Extraction { facts, problems: Vec::new() }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(text: &str) -> Extraction {
        let path = ImagePath::new("var/lib/ubuntu-advantage/status.json");
        let content = text.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn what_is_enabled_on_an_attached_machine_is_on() {
        let infra = "https://esm.ubuntu.com/infra/ubuntu";
        let apps = "https://esm.ubuntu.com/apps/ubuntu";
        for (text, expected) in [
            (
                r#"{"_schema_version": "0.1", "attached": true, "services": [
                    {"name": "esm-infra", "status": "enabled", "entitled": "yes"},
                    {"name": "esm-apps", "status": "enabled"},
                    {"name": "livepatch", "status": "enabled"}]}"#,
                &[apps, infra][..],
            ),
            (r#"{"services": [{"name": "esm-infra", "status": "enabled"}]}"#, &[infra]),
            (
                r#"{"attached": true, "services": [{"name": "esm-apps", "status": "disabled"},
                    {"status": "enabled"}, {"name": "esm-infra", "status": "n/a"}]}"#,
                &[],
            ),
            (
                r#"{"attached": false, "services": [{"name": "esm-infra", "status": "enabled"}]}"#,
                &[],
            ),
            ("{}", &[]),
        ] {
            let extraction = run(text);
            let found: Vec<_> = (extraction.facts.iter())
                .flat_map(|fact| match fact {
                    Fact::Repositories(repositories) => repositories.clone(),
                    fact => panic!("{fact:?}"),
                })
                .collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(extraction.problems, []);
        }
    }

    #[test]
    fn a_damaged_status_is_a_problem() {
        for text in ["", "7", r#"{"attached": true, "services": [{"name""#] {
            let extraction = run(text);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends(text: String) {
            let _ = run(&text);
        }
    }
}
