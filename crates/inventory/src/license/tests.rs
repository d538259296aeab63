use proptest::prelude::*;

use super::*;

/// The expression of a statement, `None` where it stands as it is.
fn expression(stated: &str) -> Option<String> {
    license(stated, None).and_then(|license| license.expression().map(str::to_owned))
}

fn check(rows: &[(&str, &str)]) {
    for (stated, expected) in rows {
        let expected = (!expected.is_empty()).then_some(*expected);
        assert_eq!(expression(stated).as_deref(), expected, "{stated}");
    }
}

#[test]
fn spdx_expressions_become_canonical() {
    check(&[
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("(MIT OR Apache-2.0)", "MIT OR Apache-2.0"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("MIT and (BSD-2-Clause or (Apache-2.0))", "MIT AND (BSD-2-Clause OR Apache-2.0)"),
        ("MIT OR ISC AND Zlib", "MIT OR ISC AND Zlib"),
        ("(MIT OR ISC) AND Zlib AND (0BSD)", "(MIT OR ISC) AND Zlib AND 0BSD"),
        ("GPL-2.0-only AND MIT AND MIT", "GPL-2.0-only AND MIT"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        ("apache-2.0 with llvm-exception or MIT", "Apache-2.0 WITH LLVM-exception OR MIT"),
        ("LicenseRef-Callaway-BSD AND MIT", "LicenseRef-Callaway-BSD AND MIT"),
        ("GPL-2.0-or-later WITH Unknown-exception", ""),
        ("MIT WITH", ""),
        ("MIT OR", ""),
        ("(MIT", ""),
        ("MIT)", ""),
        ("MIT MIT", ""),
        ("MIT OR Proprietary", ""),
        ("()", ""),
    ]);
}

#[test]
fn the_old_names_of_fedora_are_read() {
    check(&[
        ("GPLv2+", "GPL-2.0-or-later"),
        ("GPLv2", "GPL-2.0-only"),
        ("GPLv3+ and LGPLv2+ and MIT", "GPL-3.0-or-later AND LGPL-2.0-or-later AND MIT"),
        ("ASL 2.0", "Apache-2.0"),
        ("ASL 1.1 and (MPLv1.1 or LGPLv3)", "Apache-1.1 AND (MPL-1.1 OR LGPL-3.0-only)"),
        ("GPL+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
        ("(GPL+ or Artistic) and MIT", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT"),
        ("Artistic", ""),
        ("Artistic 2.0", "Artistic-2.0"),
        ("zlib and Boost", "Zlib AND BSL-1.0"),
        ("MPLv2.0", "MPL-2.0"),
        ("CC0", "CC0-1.0"),
        ("GPLv2 with exceptions", ""),
        ("GPLv2+ and BSD", ""),
        ("BSD", ""),
        ("Public Domain", ""),
        ("GFDL", ""),
    ]);
}

#[test]
fn the_short_names_of_debian_are_read() {
    check(&[
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1+ or MPL-1.1", "LGPL-2.1-or-later OR MPL-1.1"),
        ("Expat", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("Apache-2", "Apache-2.0"),
        ("Artistic or GPL-1+", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        ("GPL-1+ or Artistic, and Expat", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT"),
        ("GFDL-1.3+", "GFDL-1.3-or-later"),
        ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
        ("PSF-2", "PSF-2.0"),
        ("CC-BY-SA-3.0", "CC-BY-SA-3.0"),
        ("GPL-3+ with GCC Runtime Library exception", "GPL-3.0-or-later WITH GCC-exception-3.1"),
        ("GPL-2+ with Font exception", "GPL-2.0-or-later WITH Font-exception-2.0"),
        ("GPL-2+-with-libtool-exception", "GPL-2.0-or-later WITH Libtool-exception"),
        // There are several of these texts, each with an identifier of its own.
        ("GPL-2+ with OpenSSL exception", ""),
        ("GPL-3+-with-autoconf-exception", ""),
        ("public-domain", ""),
        ("GPL-2+ and public-domain", ""),
        ("GPL", ""),
        ("MIT-like", ""),
    ]);
}

#[test]
fn alpine_arch_and_haskell_are_read() {
    check(&[
        ("GPL-2.0-only AND MIT", "GPL-2.0-only AND MIT"),
        ("GPL2", "GPL-2.0-only"),
        ("GPL3+", "GPL-3.0-or-later"),
        ("BSD3", "BSD-3-Clause"),
        ("PerlArtistic", "Artistic-1.0-Perl"),
        ("AllRightsReserved", ""),
        ("custom", ""),
        // Side by side may mean "and" or "or".
        ("MIT BSD-2-Clause", ""),
    ]);
}

#[test]
fn classifiers_and_free_text_of_python_are_read() {
    check(&[
        ("License :: OSI Approved :: MIT License", "MIT"),
        ("License :: OSI Approved", ""),
        ("License :: OSI Approved :: ISC License (ISCL)", "ISC"),
        (
            "License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)",
            "GPL-2.0-or-later",
        ),
        ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
        ("GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("Python Software Foundation License", "PSF-2.0"),
        ("zlib/libpng License", "Zlib"),
        ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
        ("University of Illinois/NCSA Open Source License", "NCSA"),
        ("The Unlicense (Unlicense)", "Unlicense"),
        ("European Union Public Licence 1.2 (EUPL 1.2)", "EUPL-1.2"),
        ("Universal Permissive License (UPL)", "UPL-1.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache License Version 2.0", "Apache-2.0"),
        ("Apache 2", "Apache-2.0"),
        ("apache-2.0", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("\"MIT\"", "MIT"),
        ("new BSD", "BSD-3-Clause"),
        ("New BSD License", "BSD-3-Clause"),
        ("3-clause BSD", "BSD-3-Clause"),
        ("BSD 3-Clause License", "BSD-3-Clause"),
        ("BSD-3-Clause OR Apache-2.0", "BSD-3-Clause OR Apache-2.0"),
        ("GPL v2 or later", "GPL-2.0-or-later"),
        ("GPL version 3 or (at your option) any later version", "GPL-3.0-or-later"),
        ("LGPL with exceptions", ""),
        ("Apache Software License", ""),
        ("BSD License", ""),
        ("GNU General Public License (GPL)", ""),
        ("MIT (modified)", ""),
        ("MIT, with parts under the PSF license", ""),
        ("Dual License", ""),
    ]);
}

#[test]
fn npm_maven_and_nuget_are_read() {
    check(&[
        ("SEE LICENSE IN LICENSE.md", ""),
        ("UNLICENSED", ""),
        ("MIT/X11", "MIT"),
        ("Apache2", "Apache-2.0"),
        ("The Apache Software License, Version 2.0", "Apache-2.0"),
        ("Apache License - v 2.0", "Apache-2.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("Eclipse Public License v2.0", "EPL-2.0"),
        ("Eclipse Public License - v 1.0", "EPL-1.0"),
        ("EDL 1.0", "BSD-3-Clause"),
        ("GPL2 w/ CPE", "GPL-2.0-only WITH Classpath-exception-2.0"),
        (
            "GNU General Public License, version 2 with the GNU Classpath Exception",
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ),
        ("Common Development and Distribution License (CDDL) v1.0", "CDDL-1.0"),
        ("CDDL/GPLv2+CE", ""),
        ("CDDL 1.1", "CDDL-1.1"),
        ("GNU Lesser General Public License, Version 2.1", "LGPL-2.1-only"),
        ("Bouncy Castle Licence", "MIT"),
        ("https://aka.ms/deprecateLicenseUrl", ""),
    ]);
}

#[test]
fn r_and_perl_are_read() {
    check(&[
        ("GPL (>= 2)", "GPL-2.0-or-later"),
        ("GPL (>= 2) | BSD_3_clause + file LICENSE", "GPL-2.0-or-later OR BSD-3-Clause"),
        ("GPL-2 | GPL-3", "GPL-2.0-only OR GPL-3.0-only"),
        ("LGPL (>= 2.1)", "LGPL-2.1-or-later"),
        ("Apache License (>= 2)", "Apache-2.0+"),
        ("MIT + file LICENSE", "MIT"),
        ("GPL-3 + file LICENSE", ""),
        ("file LICENSE", ""),
        ("GPL (> 2)", ""),
        ("Unlimited", ""),
        ("perl_5", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        ("apache_2_0", "Apache-2.0"),
        ("artistic_2", "Artistic-2.0"),
        ("gpl_3", "GPL-3.0-only"),
        ("mozilla_1_1", "MPL-1.1"),
        ("lgpl_2_1", "LGPL-2.1-only"),
        ("open_source", ""),
    ]);
}

#[test]
fn gentoo_says_what_it_means() {
    for (stated, expected) in [
        ("|| ( MIT GPL-2 )", Some("MIT OR GPL-2.0-only")),
        ("GPL-2+ LGPL-2.1+ BSD", Some("GPL-2.0-or-later AND LGPL-2.1-or-later AND BSD-3-Clause")),
        (
            "MIT || ( Apache-2.0 ( ISC BSD-2 ) )",
            Some("MIT AND (Apache-2.0 OR ISC AND BSD-2-Clause)"),
        ),
        ("MIT doc? ( FDL-1.3 )", None),
        ("|| ( MIT", None),
        ("|| ( )", None),
        ("MIT )", None),
        ("GPL-2 as-is", None),
    ] {
        let licenses = licenses(PackageType::Ebuild, [stated]);
        assert_eq!(licenses[0].expression(), expected, "{stated}");
    }
    check(&[("|| ( MIT GPL-2 )", "MIT OR GPL-2.0-only")]);
}

#[test]
fn the_old_names_of_arch_mean_what_arch_said() {
    let stated = licenses(PackageType::Alpm, ["GPL", "GPL3", "LGPL", "custom:BSD"]);
    let expressions: Vec<_> = stated.iter().map(License::expression).collect();
    assert_eq!(expressions, [Some("GPL-2.0-or-later"), Some("GPL-3.0-or-later"), None, None]);
}

#[test]
fn a_statement_of_nothing_is_none() {
    for stated in ["", "  \n ", "UNKNOWN", "NOASSERTION", "None", "n/a"] {
        assert_eq!(license(stated, None), None, "{stated}");
    }
}

#[test]
fn what_is_no_expression_stands_by_its_first_line() {
    assert_eq!(license(" BSD \n", None), Some(License::Stated("BSD".into())));
    let text = format!("My own licence\r\n\r\nYou may {}", "not ".repeat(50_000));
    assert_eq!(license(&text, None), Some(License::Stated("My own licence".into())));
    let Some(License::Stated(stated)) = license(&"é".repeat(100_000), None) else { panic!() };
    assert_eq!(stated.len(), LONGEST_STATED);
}

const MIT: &str = "Copyright (c) 2020, A. Author

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the
rights to use and sell copies, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies.

THE SOFTWARE IS PROVIDED \"AS IS\".";

const BSD: &str = "Redistribution and use in source and binary forms, with or without modification, are permitted provided
that:
* Redistributions of source code must retain the above copyright notice.
* Redistributions in binary form must reproduce the above copyright notice.
NAMES
THIS SOFTWARE IS PROVIDED BY THE AUTHOR \"AS IS\".";

#[test]
fn whole_texts_are_known_by_their_words() {
    let names = "* Names may not be used to endorse or promote products derived from this software without permission.";
    let acknowledgement = "All advertising materials must say so.";
    check(&[
        (MIT, "MIT"),
        (&MIT.replace('\n', " "), "MIT"),
        (&format!("{MIT}\nThe Software shall be used for Good, not Evil."), ""),
        (&format!("{MIT}\n{}", "And other conditions. ".repeat(100)), ""),
        (&BSD.replace("NAMES", names), "BSD-3-Clause"),
        (&BSD.replace("NAMES", ""), "BSD-2-Clause"),
        (&BSD.replace("NAMES", acknowledgement), ""),
        (&format!("{MIT}{BSD}"), ""),
        (
            "                  Apache License\n            Version 2.0, January 2004\n   http://www.apache.org/",
            "Apache-2.0",
        ),
        // Which version is known, but not whether a later one may be taken.
        ("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n\nCopyright", ""),
    ]);
}

#[test]
fn texts_in_a_document_are_found_unless_there_are_several_of_one_kind() {
    let bsd = BSD.replace("NAMES", "");
    assert_eq!(found_in(&format!("{MIT}\nand parts:\n{bsd}")), ["MIT", "BSD-2-Clause"]);
    assert_eq!(found_in(&format!("{bsd}\n{bsd}")), Vec::<&str>::new());
    assert_eq!(found_in("nothing"), Vec::<&str>::new());
}

#[test]
fn a_classifier_without_a_version_adds_nothing_to_the_exact_name() {
    let rows: [(&[&str], Option<&str>); 7] = [
        (&["Apache-2.0", "Apache Software License"], Some("Apache-2.0")),
        (&["BSD License", "BSD-3-Clause"], Some("BSD-3-Clause")),
        (&["GPL-3.0-or-later", "GNU General Public License (GPL)"], Some("GPL-3.0-or-later")),
        (&["MIT OR Apache-2.0", "MIT", "Apache Software License"], Some("MIT OR Apache-2.0")),
        (&["MIT", "BSD License"], None),
        (&["MIT", "LGPL-2.1-only", "GPL"], None),
        (&["BSD License"], None),
    ];
    for (stated, expected) in rows {
        let licenses = licenses(PackageType::Pypi, stated.iter().copied());
        assert!(expected.is_none() || licenses.len() == 1, "{stated:?}");
        let is_whole = licenses.iter().all(|license| license.expression().is_some());
        assert_eq!(is_whole.then(|| licenses[0].as_str()), expected, "{stated:?}");
    }
    // Elsewhere each statement is about other files.
    assert_eq!(licenses(PackageType::Deb, ["BSD", "BSD-3-clause", "BSD"]).len(), 2);
}

#[test]
fn deep_nesting_ends() {
    check(&[(&format!("{}MIT{}", "(".repeat(30), ")".repeat(30)), "MIT")]);
    check(&[(&format!("{}MIT{}", "(".repeat(1_000), ")".repeat(1_000)), "")]);
    check(&[(&"(".repeat(4_000), "")]);
    check(&[(&format!("{} {}", "|| (".repeat(900), ")".repeat(50)), "")]);
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        let _ = (license(&text, None), found_in(&text));
    }

    #[test]
    fn what_looks_like_an_expression_ends_and_is_stable(
        text in r"([ (),|&/+]|and|or|with|MIT|GPL|v?2(\.0)?|or later|Apache|\|\| \(|exception|BSD-|http://){0,20}"
    ) {
        for kind in [None, Some(PackageType::Ebuild), Some(PackageType::Alpm)] {
            if let Some(License::Expression(first)) = license(&text, kind) {
                let again = license(&first, None);
                prop_assert_eq!(again, Some(License::Expression(first)));
            }
        }
    }
}
