//! The names of licences, as words: see [`super::words`]. All tables but those of single package managers are sorted.

/// The beginnings of the identifiers of GNU's licences, which have endings of their own for "only" and "or later".
#[rustfmt::skip]
pub(super) const GNU_FAMILIES: &[(&str, &str)] = &[
    ("affero general public", "AGPL-"),
    ("affero gpl", "AGPL-"),
    ("agpl", "AGPL-"),
    ("fdl", "GFDL-"),
    ("general public", "GPL-"),
    ("gfdl", "GFDL-"),
    ("gfdl niv", "GFDL-NIV-"),
    ("gnu affero general public", "AGPL-"),
    ("gnu affero general public agpl", "AGPL-"),
    ("gnu affero gpl", "AGPL-"),
    ("gnu agpl", "AGPL-"),
    ("gnu fdl", "GFDL-"),
    ("gnu free documentation", "GFDL-"),
    ("gnu free documentation fdl", "GFDL-"),
    ("gnu general public", "GPL-"),
    ("gnu general public gpl", "GPL-"),
    ("gnu gpl", "GPL-"),
    ("gnu lesser", "LGPL-"),
    ("gnu lesser general public", "LGPL-"),
    ("gnu lesser general public lgpl", "LGPL-"),
    ("gnu lesser gpl", "LGPL-"),
    ("gnu lgpl", "LGPL-"),
    ("gnu library", "LGPL-"),
    ("gnu library general public", "LGPL-"),
    ("gnu library or lesser general public", "LGPL-"),
    ("gnu library or lesser general public lgpl", "LGPL-"),
    ("gpl", "GPL-"),
    ("lesser general public", "LGPL-"),
    ("lesser gpl", "LGPL-"),
    ("lgpl", "LGPL-"),
    ("library general public", "LGPL-"),
    ("library gpl", "LGPL-"),
];

/// The beginnings of the identifiers of other licences that have versions.
#[rustfmt::skip]
pub(super) const FAMILIES: &[(&str, &str)] = &[
    ("academic free", "AFL-"),
    ("academic free afl", "AFL-"),
    ("afl", "AFL-"),
    ("al", "Apache-"),
    ("apache", "Apache-"),
    ("apache asl", "Apache-"),
    ("apache public", "Apache-"),
    ("apache software", "Apache-"),
    ("apache software foundation", "Apache-"),
    ("apl", "Apache-"),
    ("apple public source", "APSL-"),
    ("artistic", "Artistic-"),
    ("asf", "Apache-"),
    ("asl", "Apache-"),
    ("boost", "BSL-"),
    ("boost software", "BSL-"),
    ("business source", "BUSL-"),
    ("cc by", "CC-BY-"),
    ("cc by nc", "CC-BY-NC-"),
    ("cc by nc nd", "CC-BY-NC-ND-"),
    ("cc by nc sa", "CC-BY-NC-SA-"),
    ("cc by nd", "CC-BY-ND-"),
    ("cc by sa", "CC-BY-SA-"),
    ("cddl", "CDDL-"),
    ("cea cnrs inria logiciel libre", "CECILL-"),
    ("cecill", "CECILL-"),
    ("common development and distribution", "CDDL-"),
    ("common development and distribution cddl", "CDDL-"),
    ("common public", "CPL-"),
    ("common public attribution", "CPAL-"),
    ("cpal", "CPAL-"),
    ("cpl", "CPL-"),
    ("creative commons attribution", "CC-BY-"),
    ("creative commons attribution share alike", "CC-BY-SA-"),
    ("creative commons attribution sharealike", "CC-BY-SA-"),
    ("creative commons by", "CC-BY-"),
    ("creative commons by sa", "CC-BY-SA-"),
    ("ecl", "ECL-"),
    ("eclipse", "EPL-"),
    ("eclipse public", "EPL-"),
    ("eclipse public epl", "EPL-"),
    ("educational community", "ECL-"),
    ("elastic", "Elastic-"),
    ("epl", "EPL-"),
    ("erlang public", "ErlPL-"),
    ("eupl", "EUPL-"),
    ("european union public", "EUPL-"),
    ("ibm public", "IPL-"),
    ("latex project public", "LPPL-"),
    ("lppl", "LPPL-"),
    ("mozilla", "MPL-"),
    ("mozilla public", "MPL-"),
    ("mozilla public mpl", "MPL-"),
    ("mpl", "MPL-"),
    ("mulan permissive software", "MulanPSL-"),
    ("mulan psl", "MulanPSL-"),
    ("mulanpsl", "MulanPSL-"),
    ("netscape public", "NPL-"),
    ("npl", "NPL-"),
    ("ofl", "OFL-"),
    ("open font", "OFL-"),
    ("open software", "OSL-"),
    ("openldap", "OLDAP-"),
    ("openldap public", "OLDAP-"),
    ("osl", "OSL-"),
    ("php", "PHP-"),
    ("psf", "PSF-"),
    ("python software foundation", "PSF-"),
    ("q public", "QPL-"),
    ("qpl", "QPL-"),
    ("server side public", "SSPL-"),
    ("sgi free software b", "SGI-B-"),
    ("sil", "OFL-"),
    ("sil ofl", "OFL-"),
    ("sil open font", "OFL-"),
    ("sspl", "SSPL-"),
    ("sun public", "SPL-"),
    ("unicode", "Unicode-"),
    ("universal permissive", "UPL-"),
    ("upl", "UPL-"),
    ("zope public", "ZPL-"),
    ("zpl", "ZPL-"),
];

/// Names that mean one licence, whatever package manager says them: those without versions, those of which there is one version, and
/// those whose number is no version.
#[rustfmt::skip]
pub(super) const NAMES: &[(&str, &str)] = &[
    ("2 clause bsd", "BSD-2-Clause"),
    ("3 clause bsd", "BSD-3-Clause"),
    ("4 clause bsd", "BSD-4-Clause"),
    ("artistic", super::name::ARTISTIC),
    ("beer ware", "Beerware"),
    ("blue oak model 1", "BlueOak-1.0.0"),
    ("boost", "BSL-1.0"),
    ("boost software", "BSL-1.0"),
    ("bouncy castle", "MIT"),
    ("bsd 2", "BSD-2-Clause"),
    ("bsd 2 clause", "BSD-2-Clause"),
    ("bsd 2 clause simplified", "BSD-2-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("bsd 3 clause new", "BSD-3-Clause"),
    ("bsd 3 clause new or revised", "BSD-3-Clause"),
    ("bsd 4", "BSD-4-Clause"),
    ("bsd 4 clause", "BSD-4-Clause"),
    ("bsd new", "BSD-3-Clause"),
    ("bsd simplified", "BSD-2-Clause"),
    ("bsd three clause", "BSD-3-Clause"),
    ("bsd two clause", "BSD-2-Clause"),
    ("bsd zero clause", "0BSD"),
    ("cc 0", "CC0-1.0"),
    ("cc 0 1", "CC0-1.0"),
    ("cc 0 1 universal", "CC0-1.0"),
    ("cc 0 1 universal cc 0 1 public domain dedication", "CC0-1.0"),
    ("cc 0 1 universal public domain dedication", "CC0-1.0"),
    ("cecill b", "CECILL-B"),
    ("cecill b free software agreement cecill b", "CECILL-B"),
    ("cecill c", "CECILL-C"),
    ("cecill c free software agreement cecill c", "CECILL-C"),
    ("clarified artistic", "ClArtistic"),
    ("creative commons 0", "CC0-1.0"),
    ("creative commons cc 0", "CC0-1.0"),
    ("creative commons zero", "CC0-1.0"),
    ("creative commons zero 1 universal", "CC0-1.0"),
    ("do what fuck you want to public", "WTFPL"),
    ("eclipse distribution 1", "BSD-3-Clause"),
    ("edl 1", "BSD-3-Clause"),
    ("elastic 2", "Elastic-2.0"),
    ("expat", "MIT"),
    ("expat mit", "MIT"),
    ("freetype", "FTL"),
    ("historical permission notice and disclaimer hpnd", "HPND"),
    ("isc iscl", "ISC"),
    ("iscl", "ISC"),
    ("microsoft public", "MS-PL"),
    ("microsoft reciprocal", "MS-RL"),
    ("mit expat", "MIT"),
    ("mit no attribution", "MIT-0"),
    ("mit x 11", "MIT"),
    ("modified bsd", "BSD-3-Clause"),
    ("ms pl", "MS-PL"),
    ("new bsd", "BSD-3-Clause"),
    ("new bsd 3 clause", "BSD-3-Clause"),
    ("original bsd", "BSD-4-Clause"),
    ("perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("perl 5", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("perlartistic", "Artistic-1.0-Perl"),
    ("psf", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("python software foundation", "PSF-2.0"),
    ("qpl", "QPL-1.0"),
    ("qt public qpl", "QPL-1.0"),
    ("revised bsd", "BSD-3-Clause"),
    ("same as perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("same terms as perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("same terms as perl itself", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("simplified bsd", "BSD-2-Clause"),
    ("three clause bsd", "BSD-3-Clause"),
    ("two clause bsd", "BSD-2-Clause"),
    ("universal permissive", "UPL-1.0"),
    ("university of illinois ncsa open source", "NCSA"),
    ("upl", "UPL-1.0"),
    ("vim", "Vim"),
    ("x 11", "X11"),
    ("zend", "Zend-2.0"),
    ("zero clause bsd", "0BSD"),
    ("zlib libpng", "Zlib"),
];

/// Arch's names of before it took over SPDX's (ArchWiki, "PKGBUILD", `license`).
pub(super) const ALPM: &[(&str, &str)] = &[
    ("FDL1.2", "GFDL-1.2-or-later"),
    ("FDL1.3", "GFDL-1.3-or-later"),
    ("GPL", "GPL-2.0-or-later"),
    ("GPL2", "GPL-2.0-only"),
    ("GPL3", "GPL-3.0-or-later"),
    ("LGPL3", "LGPL-3.0-or-later"),
];

/// The files of Gentoo's `licenses` folder whose names others use loosely.
pub(super) const EBUILD: &[(&str, &str)] = &[
    ("BSD", "BSD-3-Clause"),
    ("FDL-1.1", "GFDL-1.1-only"),
    ("FDL-1.2", "GFDL-1.2-only"),
    ("FDL-1.3", "GFDL-1.3-only"),
    ("ZLIB", "Zlib"),
];

#[cfg(test)]
mod tests {
    use super::super::identifiers::listed_exactly;
    use super::super::words::words;
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_their_names_are_words() {
        for table in [GNU_FAMILIES, FAMILIES, NAMES] {
            for pair in table.windows(2) {
                assert!(pair[0].0 < pair[1].0, "{}", pair[1].0);
            }
            for (name, _) in table {
                assert_eq!(words(name).join(" "), *name);
            }
        }
    }

    #[test]
    fn every_identifier_of_the_tables_is_in_the_list() {
        for (name, meaning) in NAMES.iter().chain(ALPM).chain(EBUILD) {
            for id in meaning.split(" OR ").filter(|id| *id != super::super::name::ARTISTIC) {
                assert_eq!(listed_exactly(id), Some(id), "{name}");
            }
        }
        let known: Vec<_> = spdx::identifiers::LICENSES.iter().map(|known| known.name).collect();
        for (name, prefix) in GNU_FAMILIES.iter().chain(FAMILIES).filter(|row| row.0 != "gfdl niv")
        {
            assert!(known.iter().any(|id| id.starts_with(prefix)), "{name}");
        }
    }
}
