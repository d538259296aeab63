//! Forty famous advisories: public facts (identifiers, ranges, scores), the titles in our own words.

use plimsoll_advisory::{
    Advisory, Affected, CompleteFeed, Interval, RangeEnd, RangeStart, SeverityClaim, SeveritySystem,
};

/// The feed that the records say they come from.
const FEED: &str = "demo";
/// The release that the system records are for.
const RELEASE: (&str, &str) = ("Debian", "11");

struct Famous {
    id: &'static str,
    aliases: &'static [&'static str],
    family: &'static str,
    package: &'static str,
    /// First affected and first fixed version; an empty second is "not fixed".
    ranges: &'static [(&'static str, &'static str)],
    cvss: &'static str,
    title: &'static str,
}

/// The records, as an importer would give them.
#[must_use]
pub fn advisories() -> Vec<Advisory> {
    FAMOUS.iter().map(advisory).collect()
}

/// What the demonstration says to know everything of. That is true of its own image only.
#[must_use]
pub fn complete() -> Vec<CompleteFeed> {
    [RELEASE, ("Maven", ""), ("npm", ""), ("PyPI", "")]
        .map(|(family, release)| CompleteFeed {
            feed: FEED.to_owned(),
            family: family.to_owned(),
            release: release.to_owned(),
        })
        .into()
}

fn advisory(famous: &Famous) -> Advisory {
    let is_system = famous.family == RELEASE.0;
    let interval = |&(introduced, fixed): &(&str, &str)| Interval {
        start: RangeStart::from_introduced(introduced),
        end: if fixed.is_empty() { RangeEnd::Open } else { RangeEnd::Fixed(fixed.to_owned()) },
    };
    let severities = if famous.cvss.is_empty() {
        Vec::new()
    } else {
        vec![SeverityClaim {
            source: if is_system { "nvd" } else { "github" }.to_owned(),
            system: SeveritySystem::CvssV3,
            value: famous.cvss.to_owned(),
        }]
    };
    Advisory {
        feed: FEED.to_owned(),
        id: famous.id.to_owned(),
        aliases: famous.aliases.iter().map(ToString::to_string).collect(),
        summary: famous.title.to_owned(),
        severities,
        affected: vec![Affected {
            family: famous.family.to_owned(),
            release: if is_system { RELEASE.1.to_owned() } else { String::new() },
            package: plimsoll_advisory::normal_name(famous.family, famous.package).into_owned(),
            intervals: famous.ranges.iter().map(interval).collect(),
            ..Affected::default()
        }],
        ..Advisory::default()
    }
}

macro_rules! famous {
    ($($id:literal $([$($alias:literal),*])? $family:literal $package:literal $ranges:expr, $cvss:literal, $title:literal;)*) => {
        &[$(Famous {
            id: $id,
            aliases: &[$($($alias),*)?],
            family: $family,
            package: $package,
            ranges: &$ranges,
            cvss: $cvss,
            title: $title,
        }),*]
    };
}

static FAMOUS: &[Famous] = famous! {
    "CVE-2014-0160" "Debian" "openssl" [("0", "1.0.1g-1")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "Heartbleed: OpenSSL answers heartbeats with other people's memory";
    "CVE-2014-6271" "Debian" "bash" [("0", "4.3-9.1")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "Shellshock: bash runs what follows a function in a variable";
    "CVE-2018-25032" "Debian" "zlib" [("0", "1:1.2.11.dfsg-2+deb11u1")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "zlib corrupts memory while it deflates distant matches";
    "CVE-2021-3156" "Debian" "sudo" [("0", "1.9.5p1-1.1")],
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "Baron Samedit: any user becomes root through sudoedit";
    "CVE-2021-33574" "Debian" "glibc" [("0", "2.31-13+deb11u3")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "glibc's mq_notify uses memory after it was freed";
    "CVE-2021-4034" "Debian" "policykit-1" [("0", "0.105-31+deb11u1")],
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "PwnKit: pkexec without arguments makes any user root";
    "CVE-2022-0778" "Debian" "openssl" [("0", "1.1.1k-1+deb11u2")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "OpenSSL loops for ever on a crafted certificate's curve";
    "CVE-2022-1271" "Debian" "gzip" [("0", "1.10-4+deb11u1")],
        "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "zgrep writes any file that a crafted name asks for";
    "CVE-2022-1292" "Debian" "openssl" [("0", "1.1.1n-0+deb11u2")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "OpenSSL's c_rehash runs commands that a file name holds";
    "CVE-2022-1664" "Debian" "dpkg" [("0", "1.20.10")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "dpkg-source writes outside the directory it unpacks into";
    "CVE-2022-32221" "Debian" "curl" [("0", "7.74.0-1.3+deb11u5")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "curl sends the wrong data when a handle is used for POST after PUT";
    "CVE-2022-3715" "Debian" "bash" [("0", "")],
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "bash writes past a buffer in parameter transformation";
    "CVE-2022-37434" "Debian" "zlib" [("0", "1:1.2.11.dfsg-2+deb11u2")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "zlib's inflate reads past a buffer in a large gzip header";
    "CVE-2023-0286" "Debian" "openssl" [("0", "1.1.1n-0+deb11u4")],
        "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H", "OpenSSL takes an X.400 address for another type";
    "CVE-2023-22809" "Debian" "sudo" [("0", "1.9.5p2-3+deb11u1")],
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "sudoedit edits files that the rules do not allow";
    "CVE-2023-38545" "Debian" "curl" [("0", "7.74.0-1.3+deb11u10")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "curl overflows its heap in a SOCKS5 handshake";
    "CVE-2023-4911" "Debian" "glibc" [("0", "2.31-13+deb11u7")],
        "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "Looney Tunables: a GLIBC_TUNABLES value makes any user root";
    "CVE-2024-2961" "Debian" "glibc" [("0", "2.31-13+deb11u9")],
        "", "glibc's iconv writes up to four bytes past its buffer";
    "GHSA-jfh8-c2jp-5v3q" ["CVE-2021-44228"] "Maven" "org.apache.logging.log4j:log4j-core"
        [("2.13.0", "2.15.0"), ("2.4", "2.12.2"), ("2.0-beta9", "2.3.1")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "Log4Shell: a logged text loads and runs code from anywhere";
    "GHSA-7rjr-3q55-vv33" ["CVE-2021-45046"] "Maven" "org.apache.logging.log4j:log4j-core"
        [("2.13.0", "2.16.0"), ("0", "2.12.2")],
        "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H", "Log4Shell again: the first fix left context look-ups open";
    "GHSA-p6xc-xr62-6r2g" ["CVE-2021-45105"] "Maven" "org.apache.logging.log4j:log4j-core"
        [("2.13.0", "2.17.0"), ("2.4.0", "2.12.3"), ("0", "2.3.1")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:N/A:H", "Log4j recurses without end on a self-referring look-up";
    "GHSA-36p3-wjmg-h94x" ["CVE-2022-22965"] "Maven" "org.springframework:spring-beans"
        [("5.3.0", "5.3.18"), ("0", "5.2.20.RELEASE")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "Spring4Shell: data binding reaches the class loader";
    "GHSA-599f-7c49-w659" ["CVE-2022-42889"] "Maven" "org.apache.commons:commons-text" [("1.5", "1.10.0")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "Text4Shell: string substitution runs scripts";
    "GHSA-mjmj-j48q-9wg2" ["CVE-2022-1471"] "Maven" "org.yaml:snakeyaml" [("0", "2.0")],
        "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:L", "SnakeYAML constructs any type that a document names";
    "GHSA-p6mc-m468-83gw" ["CVE-2020-8203"] "npm" "lodash" [("3.7.0", "4.17.19")],
        "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H", "lodash changes the prototype of all objects in zipObjectDeep";
    "GHSA-35jh-r3h4-6jhm" ["CVE-2021-23337"] "npm" "lodash" [("0", "4.17.21")],
        "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", "lodash's template runs code from its options";
    "GHSA-vh95-rmgr-6w4m" ["CVE-2020-7598"] "npm" "minimist" [("1.0.0", "1.2.3"), ("0", "0.2.1")],
        "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L", "minimist changes the prototype of all objects through __proto__";
    "GHSA-xvch-5gv4-984h" ["CVE-2021-44906"] "npm" "minimist" [("1.0.0", "1.2.6"), ("0", "0.2.4")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "minimist's first fix left constructor.prototype open";
    "GHSA-r683-j2x4-v87g" ["CVE-2022-0235"] "npm" "node-fetch" [("3.0.0", "3.1.1"), ("0", "2.6.7")],
        "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "node-fetch hands secret headers on to another host";
    "GHSA-4w2v-q235-vp99" ["CVE-2020-28168"] "npm" "axios" [("0", "0.21.1")],
        "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", "axios goes past its proxy after a redirect";
    "GHSA-cph5-m8f7-6c5x" ["CVE-2021-3749"] "npm" "axios" [("0", "0.21.2")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "axios trims with an expression that takes quadratic time";
    "GHSA-mh6f-8j2x-4483" "npm" "flatmap-stream" [("0", "")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "flatmap-stream carries code that steals wallets";
    "MAL-2022-7441" "PyPI" "reuests" [("0", "")], "", "reuests poses as requests and carries malicious code";
    "GHSA-x84v-xcm2-53pg" ["CVE-2018-18074", "PYSEC-2018-28"] "PyPI" "requests" [("0", "2.20.0")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "requests sends credentials on after a redirect to plain HTTP";
    "GHSA-462w-v97r-4m45" ["CVE-2019-10906", "PYSEC-2019-217"] "PyPI" "jinja2" [("0", "2.10.1")],
        "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N", "Jinja2's sandbox is left through str.format_map";
    "GHSA-mh33-7rrq-662w" ["CVE-2019-11324", "PYSEC-2019-133"] "PyPI" "urllib3" [("0", "1.24.2")],
        "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", "urllib3 trusts the system's certificates beside the ones given";
    "GHSA-wqvq-5m8c-6g24" ["CVE-2020-26137", "PYSEC-2020-148"] "PyPI" "urllib3" [("0", "1.25.9")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N", "urllib3 lets a method name break the request line";
    "GHSA-8q59-q68h-6hv4" ["CVE-2020-14343", "PYSEC-2021-142"] "PyPI" "pyyaml" [("0", "5.4")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "PyYAML's full loader runs code";
    "GHSA-2gwj-7jmv-h26r" ["CVE-2022-28346", "PYSEC-2022-190"] "PyPI" "django"
        [("4.0", "4.0.4"), ("3.2", "3.2.13"), ("2.2", "2.2.28")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "Django puts the keys of annotate() into SQL as they are";
    "GHSA-w24h-v9qh-8gxj" ["CVE-2022-28347", "PYSEC-2022-191"] "PyPI" "django"
        [("4.0", "4.0.4"), ("3.2", "3.2.13"), ("2.2", "2.2.28")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "Django puts the options of explain() into SQL as they are";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_some_forty_and_each_is_complete() {
        let advisories = advisories();
        assert!((35..=45).contains(&advisories.len()), "{}", advisories.len());
        for advisory in advisories {
            assert!(!advisory.summary.is_empty(), "{}", advisory.id);
            assert!(!advisory.affected[0].intervals.is_empty(), "{}", advisory.id);
        }
    }
}
