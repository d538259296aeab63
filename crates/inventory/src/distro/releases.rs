//! How each distribution's releases follow from os-release, in the words of its advisories.

use std::collections::BTreeMap;

use plimsoll_core::debian_release;

/// An os-release with the defaults of `os-release(5)`, and the repositories that the image names beside it.
pub(super) struct OsRelease<'a> {
    pub(super) pairs: &'a BTreeMap<String, String>,
    pub(super) repositories: &'a [String],
}

impl OsRelease<'_> {
    /// The value, or the empty text.
    pub(super) fn get(&self, name: &str) -> &str {
        self.pairs.get(name).map_or("", |value| value.trim())
    }

    pub(super) fn id(&self) -> &str {
        match self.get("ID") {
            "" => "linux",
            id => id,
        }
    }

    pub(super) fn version_id(&self) -> &str {
        self.get("VERSION_ID")
    }

    /// `VERSION_ID` before its first dot and after it, where it begins with a number.
    fn numbers(&self) -> Option<(&str, &str)> {
        let version = self.version_id();
        let (major, minor) = version.split_once('.').unwrap_or((version, ""));
        is_number(major).then_some((major, minor))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Distributions that roll have no releases, and their advisories name none.
pub(super) fn rolling(_: &OsRelease<'_>) -> Vec<String> {
    vec![String::new()]
}

/// `9` of `9.4`.
pub(super) fn major(read: &OsRelease<'_>) -> Vec<String> {
    read.numbers().map(|(major, _)| major.to_owned()).into_iter().collect()
}

/// `VERSION_ID` as it stands.
pub(super) fn whole(read: &OsRelease<'_>) -> Vec<String> {
    Some(read.version_id().to_owned()).filter(|version| !version.is_empty()).into_iter().collect()
}

/// Testing and unstable carry no `VERSION_ID`, and both name the coming release by its codename.
pub(super) fn debian(read: &OsRelease<'_>) -> Vec<String> {
    let numbered = major(read);
    if !numbered.is_empty() {
        return numbered;
    }
    // `Debian GNU/Linux trixie/sid` stands alone in older images of testing.
    let pretty = read.get("PRETTY_NAME").rsplit(' ').next().unwrap_or_default();
    let codenames = [read.get("VERSION_CODENAME"), pretty.strip_suffix("/sid").unwrap_or(pretty)];
    codenames.into_iter().find_map(debian_release).map(str::to_owned).into_iter().collect()
}

/// The host of Ubuntu Pro's repositories of extended security maintenance.
const UBUNTU_ESM: &str = "esm.ubuntu.com/";

/// The April release of every even year is a long-term one. The releases of Ubuntu Pro judge only an image that has its
/// repositories enabled.
pub(super) fn ubuntu(read: &OsRelease<'_>) -> Vec<String> {
    let Some((year, month)) = read.numbers() else { return Vec::new() };
    let even = year.bytes().last().is_some_and(|digit| digit % 2 == 0);
    let suffix = if even && month == "04" { ":LTS" } else { "" };
    let release = format!("{}{suffix}", read.version_id());
    let has_esm = read.repositories.iter().any(|repository| repository.contains(UBUNTU_ESM));
    let pro = has_esm.then(|| format!("Pro:{release}"));
    [release].into_iter().chain(pro).collect()
}

/// `v3.18` of `3.18.12`. Edge calls itself `3.22.0_alpha20250108` or, just after a release, like that release; others call it by its name.
pub(super) fn alpine(read: &OsRelease<'_>) -> Vec<String> {
    let version = read.version_id();
    let is_edge = version == "edge" || version.contains("_alpha");
    if is_edge || read.get("PRETTY_NAME").ends_with(" edge") {
        return vec!["edge".to_owned()];
    }
    let Some((major, rest)) = read.numbers() else { return Vec::new() };
    let minor = rest.split('.').next().unwrap_or_default();
    if is_number(minor) { vec![format!("v{major}.{minor}")] } else { Vec::new() }
}

/// Numbered releases, and one that rolls.
pub(super) fn alpaquita(read: &OsRelease<'_>) -> Vec<String> {
    match read.version_id() {
        "stream" => vec!["stream".to_owned()],
        _ => major(read),
    }
}

/// `2`, `2022`, `2023`; the first Amazon Linux was numbered by month, such as `2018.03`.
pub(super) fn amazon(read: &OsRelease<'_>) -> Vec<String> {
    match read.numbers() {
        Some((_, "")) => major(read),
        Some((year, month)) if year.len() == 4 && month.len() == 2 => vec!["1".to_owned()],
        Some(_) => major(read),
        None => Vec::new(),
    }
}

/// `24.03-LTS-SP1`: the service pack stands only in `VERSION`, as in `24.03 (LTS-SP1)`.
pub(super) fn openeuler(read: &OsRelease<'_>) -> Vec<String> {
    let Some(_) = read.numbers() else { return Vec::new() };
    let flavour = read.get("VERSION").split_once('(').map(|(_, rest)| rest.trim_end_matches(')'));
    vec![match flavour.map(str::trim) {
        Some(flavour) if !flavour.is_empty() => format!("{}-{flavour}", read.version_id()),
        _ => read.version_id().to_owned(),
    }]
}

/// Before 5, and since 10, Red Hat names its releases in ways of their own; in between every variant or repository has a CPE.
const RED_HAT_3_AND_4: &[&str] = &["as", "es", "ws", "desktop"];
const RED_HAT_5: &[&str] = &["server", "client", "client_workstation"];
const RED_HAT_6_AND_7: &[&str] = &["server", "client", "workstation", "computenode"];
/// The repositories of the release and of its add-ons, whose packages lie nowhere else.
const RED_HAT_SINCE_8: &[&str] = &[
    "baseos",
    "appstream",
    "crb",
    "highavailability",
    "nfv",
    "realtime",
    "resilientstorage",
    "supplementary",
];
/// The last minor release of Red Hat Enterprise Linux 8 and 9 was or will be the tenth, and 10 has the same life.
const RED_HAT_LAST_MINOR: u32 = 10;

/// The CPEs of the release itself, without `cpe:/o:redhat:`. The extended streams (EUS, AUS, E4S, TUS, ELS) have CPEs of their own,
/// and so have products layered upon the release (Fast Datapath, SAP, hypervisors): those judge only an image that names them.
pub(super) fn red_hat(read: &OsRelease<'_>) -> Vec<String> {
    let Some((major, _)) = read.numbers() else { return Vec::new() };
    let parts = match major {
        "3" | "4" => RED_HAT_3_AND_4,
        "5" => RED_HAT_5,
        "6" | "7" => RED_HAT_6_AND_7,
        _ => RED_HAT_SINCE_8,
    };
    let mut releases: Vec<String> =
        parts.iter().map(|part| format!("enterprise_linux:{major}::{part}")).collect();
    // Without a part where a flaw is not fixed yet, and therefore in every one.
    releases.push(format!("enterprise_linux:{major}"));
    if major.len() > 1 {
        // Since 10 an erratum names the minor release that it came with, and holds for every later one.
        releases.extend(
            (0..=RED_HAT_LAST_MINOR).map(|minor| format!("enterprise_linux:{major}.{minor}")),
        );
    }
    releases
}

pub(super) fn tumbleweed(_: &OsRelease<'_>) -> Vec<String> {
    vec!["Tumbleweed".to_owned()]
}

/// Before it was called Leap, openSUSE was numbered up to 13.2.
pub(super) fn leap(read: &OsRelease<'_>) -> Vec<String> {
    let Some((major, _)) = read.numbers() else { return Vec::new() };
    let version = read.version_id();
    if matches!(major, "10" | "11" | "12" | "13") {
        return vec![version.to_owned()];
    }
    vec![format!("Leap {version}"), format!("Leap {version} NonFree")]
}

pub(super) fn leap_micro(read: &OsRelease<'_>) -> Vec<String> {
    whole(read).into_iter().map(|version| format!("Leap Micro {version}")).collect()
}

/// `Linux Enterprise Micro 5.5`; the name lost its middle word with 6.
pub(super) fn suse_micro(read: &OsRelease<'_>) -> Vec<String> {
    let Some((major, _)) = read.numbers() else { return Vec::new() };
    let product = if major == "5" { "Linux Enterprise Micro" } else { "Linux Micro" };
    vec![format!("{product} {}", read.version_id())]
}

/// Modules that come with a subscription to SUSE Linux Enterprise 12; they know no service packs.
const SUSE_12_MODULES: &[&str] = &[
    "Advanced Systems Management",
    "Containers",
    "HPC",
    "Legacy",
    "Public Cloud",
    "Toolchain",
    "Web and Scripting",
];
/// The same of SUSE Linux Enterprise 15, which consists of modules; each has the service packs of the release.
const SUSE_15_MODULES: &[&str] = &[
    "Basesystem",
    "Certifications",
    "Containers",
    "Desktop Applications",
    "Development Tools",
    "HPC",
    "Legacy",
    "Package Hub",
    "Public Cloud",
    "Python 2",
    "Python 3",
    "Server Applications",
    "Transactional Server",
    "Web and Scripting",
];

/// The product that the image names, the server that it builds upon, and what comes with the subscription. What is sold apart
/// (long-term support: LTSS, ESPOS, BCL; live patching; high availability; real time) has names of its own, and os-release does not
/// say that an image has it.
pub(super) fn suse_enterprise(read: &OsRelease<'_>) -> Vec<String> {
    let Some((major, minor)) = read.numbers() else { return Vec::new() };
    // Since 16 releases are numbered, and service packs and modules are no more.
    let numbered = major.parse::<u32>().is_ok_and(|number| number >= 16);
    let release = match minor {
        _ if numbered => read.version_id().to_owned(),
        "" | "0" => major.to_owned(),
        pack => format!("{major} SP{pack}"),
    };
    let product = match read.id().to_ascii_lowercase().as_str() {
        "sles_sap" => Some("Server for SAP Applications"),
        "sled" => Some("Desktop"),
        "sle_hpc" => Some("High Performance Computing"),
        _ => None,
    };
    let mut releases: Vec<String> = product
        .into_iter()
        .chain(["Server"])
        .map(|product| format!("Linux Enterprise {product} {release}"))
        .collect();
    if major == "12" {
        releases.push(format!("Linux Enterprise Software Development Kit {release}"));
        releases.extend(
            SUSE_12_MODULES.iter().map(|module| format!("Linux Enterprise Module for {module} 12")),
        );
    } else if major == "15" {
        releases.extend(
            SUSE_15_MODULES
                .iter()
                .map(|module| format!("Linux Enterprise Module for {module} {release}")),
        );
    }
    // The community's packages; those of 12 are partly named without the service pack.
    match major {
        "12" if release != "12" => {
            releases.extend([format!("Package Hub {release}"), "Package Hub 12".to_owned()]);
        }
        "12" | "15" => releases.push(format!("Package Hub {release}")),
        _ => {}
    }
    releases
}
