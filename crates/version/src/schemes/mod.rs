//! The schemes, one file each. To add one: its file, and its line in [`SCHEMES`].

mod alpm;
mod apk;
pub(crate) mod bitnami;
pub(crate) mod composer;
mod conan;
mod cran;
mod dart;
mod datetime;
mod deb;
mod gem;
mod generic;
mod gentoo;
mod go;
mod hackage;
mod hex;
mod julia;
mod jvm;
mod kubernetes;
mod lexicographic;
mod maven;
pub(crate) mod npm;
mod nuget;
mod openssl;
mod packagist;
pub(crate) mod pep440;
mod rpm;
pub(crate) mod semver;
mod swift;
#[cfg(test)]
mod testing;

use crate::Scheme;

/// Every scheme, in the order of their ids.
pub static SCHEMES: &[&Scheme] = &[
    &alpm::ALPM,
    &apk::APK,
    &bitnami::BITNAMI,
    &composer::COMPOSER,
    &conan::CONAN,
    &cran::CRAN,
    &datetime::DATETIME,
    &deb::DEB,
    &gem::GEM,
    &generic::GENERIC,
    &gentoo::GENTOO,
    &go::GO,
    &hackage::HACKAGE,
    &hex::HEX,
    &julia::JULIA,
    &jvm::JVM,
    &kubernetes::KUBERNETES,
    &lexicographic::LEXICOGRAPHIC,
    &maven::MAVEN,
    &npm::NPM,
    &nuget::NUGET,
    &openssl::OPENSSL,
    &packagist::PACKAGIST,
    &pep440::PEP440,
    &dart::PUB,
    &rpm::RPM,
    &semver::SEMVER,
    &swift::SWIFT,
];

/// The scheme with that id.
#[must_use]
pub fn scheme(id: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().copied().find(|scheme| scheme.id == id)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    /// Versions of the kind that the scheme's tool accepts. Of Maven's only common ones: its own order is no order for mixtures such
    /// as `a-alpha` < `a.a.0` < `a`.
    const WELL_FORMED: &[(&str, &str)] = &[
        ("alpm", r"([0-2]:)?[0-2]([._]?[0-2ab]){0,4}-[0-2](\.[0-2])?"),
        (
            "apk",
            r"[0-9]{1,3}(\.[0-9]{1,2}){0,2}[a-c]?(_(alpha|beta|pre|rc|cvs|git|p)[0-9]{0,2}){0,2}(~[0-9a-f]{1,2})?(-r[0-9])?",
        ),
        ("bitnami", r"v?[0-2](\.[0-2]){0,2}(-[0-2a]{1,2}(\.[0-2a]){0,2})?(\+[a-c])?"),
        ("composer", r"v?[0-2](\.[0-2]){0,3}([-.]?(dev|a|beta|RC|pl)[0-2]?)?"),
        ("conan", r"[0-2](\.[0-2]){0,3}(-[a-c][0-2]?(\.[0-2]){0,2})?(\+[a-c](\.[0-2])?)?"),
        ("cran", r"[0-2]([.-][0-2]){0,4}"),
        ("datetime", r"200[0-2]-0[12]-2[789][Tt ]2[0-3]:00:[0-2]0(\.[0-2]{1,3})?(Z|[+-]0[0-2]:00)"),
        ("deb", r"([0-2]:)?[0-9][a-c0-2.+~]{0,5}(-[a-c0-2.+~]{1,4})?"),
        ("gem", r"[0-2](\.[0-2ab]{1,2}){0,3}(-[0-2ab]{1,2}(\.[0-2a]){0,2})?"),
        ("generic", r"v?[0-2](\.[0-2]){0,4}(-?[a-c~][0-2]{0,2}(\.[0-2a]){0,2})?(\+[a-c])?"),
        (
            "gentoo",
            r"[0-2]{1,2}(\.[0-2]{1,3}){0,2}[a-c]?(_(alpha|beta|pre|rc|p)[0-2]?){0,2}(-r[0-2])?",
        ),
        (
            "go",
            r"(v|go)?[0-2](\.[0-2]){0,2}(rc[0-2]|-[0-2a-]{1,2}(\.[0-2a]){0,2})?(\+incompatible)?",
        ),
        ("hackage", r"[0-2](\.[0-2]){0,4}"),
        ("hex", r"[0-2]\.[0-2]\.[0-2](-[0-2a-]{1,2}(\.[0-2a]){0,2})?(\+[a-c])?"),
        ("julia", r"v?[0-2](\.[0-2]){0,2}(-[0-2a-]{1,2}(\.[0-2a]){0,2})?(\+[0-2a]{1,2})?"),
        ("jvm", r"(1\.)?[7-9](\.0)?(_[0-2]{1,2}|\.[0-2]|u[0-2])?(-(ea|b[0-2]))?(\+[0-2])?"),
        ("kubernetes", r"v?[0-2](\.[0-2]){0,2}(-(alpha|beta|rc|eks)(\.[0-2]){0,2})?(\+[a-c])?"),
        ("lexicographic", r"\PC{0,4}"),
        (
            "maven",
            r"[0-2](\.[0-2]){0,3}(-(alpha|beta|m|rc|cr|ga|sp|x|SNAPSHOT|[0-2])([-.]?[0-2])?)?",
        ),
        ("npm", r"[v=]?[0-2]\.[0-2]\.[0-2](-?[a-c][0-2]{0,2}(\.[0-2a]){0,2})?(\+[a-c])?"),
        ("nuget", r"[0-2](\.[0-2]){0,3}(-[0-2aA-]{1,2}(\.[0-2aB]){0,2})?(\+[a-c])?"),
        ("openssl", r"[0-2](\.[0-2]){0,2}[a-c]{0,2}(-(alpha|beta|fips)[0-2]{0,2})?"),
        ("packagist", r"v?[0-2](\.[0-2]){0,3}([-.]?(dev|a|beta|RC|pl|x)[0-2]?)?"),
        (
            "pep440",
            r"v?([0-1]!)?[0-2](\.[0-2]){0,2}([-.]?(a|b|rc|m)[0-2]?)?(\.?post[0-2]?)?(\.?dev[0-2]?)?(\+[a-b0-2.]{0,3})?",
        ),
        (
            "pub",
            r"v?[0-2](\.[0-2]){0,3}(-[0-2a-]{1,2}(\.[0-2a]){0,2})?(\+[0-2a-]{1,2}(\.[0-2a]){0,2})?",
        ),
        ("rpm", r"([0-2]:)?[0-2a-b.~^]{1,5}(-[0-2a-b.~^]{1,3})?"),
        ("semver", r"v?[0-2](\.[0-2]){0,3}(-[0-2a-]{1,2}(\.[0-2a]){0,2})?(\+[a-c])?"),
        ("swift", r"v?[0-2](\.[0-2]){1,2}(-[0-2a-]{1,2}(\.[0-2a]){0,2})?(\+[a-c])?"),
    ];

    #[test]
    fn ids_ascend_and_every_scheme_has_its_law_tested() {
        assert!(SCHEMES.is_sorted_by(|a, b| a.id < b.id));
        let tested: Vec<_> = WELL_FORMED.iter().map(|(id, _)| *id).collect();
        assert_eq!(tested, SCHEMES.iter().map(|scheme| scheme.id).collect::<Vec<_>>());
    }

    /// Whatever is read again for each of its parts would take minutes here, and whatever recurses would not end well.
    #[test]
    fn twenty_thousand_parts_are_compared_at_once() {
        let parts =
            ["1", "1.", "1-", "0-", "a1", "~", "_p1", "-ga", "-0", "a.", "é", " ", ".post1"];
        for part in parts {
            let long = format!("1{}", part.repeat(20_000));
            let longer = format!("{long}1");
            for scheme in SCHEMES {
                let itself = (scheme.compare)(&long, &long);
                assert!(matches!(itself, None | Some(Ordering::Equal)), "{} {part}", scheme.id);
                let order = (scheme.compare)(&long, &longer);
                assert_eq!(order.map(Ordering::reverse), (scheme.compare)(&longer, &long));
            }
        }
    }

    fn three_versions() -> impl Strategy<Value = (&'static Scheme, String, String, String)> {
        proptest::sample::select(WELL_FORMED).prop_flat_map(|(id, pattern)| {
            let found = scheme(id).into_iter().collect::<Vec<_>>();
            (proptest::sample::select(found), pattern, pattern, pattern)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_order_is_total((scheme, a, b, c) in three_versions()) {
            let compare = |x: &str, y: &str| (scheme.compare)(x, y);
            // A legal beginning does not make every generated text a version, but those that are one compare with all others.
            let defined = |x: &str| compare(x, x).is_some();
            prop_assume!(defined(&a) && defined(&b) && defined(&c));
            prop_assert_eq!(compare(&a, &a), Some(Ordering::Equal));
            let (ab, bc, ac) = (compare(&a, &b), compare(&b, &c), compare(&a, &c));
            prop_assert!(ab.is_some() && bc.is_some() && ac.is_some());
            prop_assert_eq!(ab, compare(&b, &a).map(Ordering::reverse));
            if ab == bc || bc == Some(Ordering::Equal) {
                prop_assert_eq!(ab, ac, "{} {} {}", a, b, c);
            }
            if ab == Some(Ordering::Equal) {
                prop_assert_eq!(bc, ac, "{} {} {}", a, b, c);
            }
        }

        #[test]
        fn no_text_makes_a_comparison_panic(a in any::<String>(), b in "[0-9a-z.:~^+_!-]{0,12}\\PC{0,4}") {
            for scheme in SCHEMES {
                let _ = (scheme.compare)(&a, &b);
                let order = (scheme.compare)(&b, &a);
                prop_assert_eq!((scheme.compare)(&a, &b), order.map(Ordering::reverse));
                prop_assert_ne!((scheme.compare)(&b, &b), Some(Ordering::Less));
            }
        }
    }
}
