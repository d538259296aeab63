//! Web applications that official images unpack from an archive.

use crate::Pattern::PathEnd;
use crate::extractors::program::fingerprint::{Fingerprint, after, near};

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "joomla",
        files: &[PathEnd("administrator/manifests/files/joomla.xml")],
        begins: &[b"<?xml"],
        marks: &[after(b"<version>", r"(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)</version>")],
        cpes: &["joomla:joomla\\!"],
        examples: &[
            (
                "var/www/html/administrator/manifests/files/joomla.xml",
                b"<?xml version=\"1.0\"?>\n<extension>\n<name>files_joomla</name>\n<version>5.0.3</version>\n",
                Some("5.0.3"),
            ),
            ("var/www/administrator/manifests/files/joomla.xml", b"<?xml version=\"1.0\"?>\n<extension>\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "drupal",
        files: &[PathEnd("core/lib/Drupal.php")],
        begins: &[b"<?php"],
        marks: &[after(b"const VERSION = '", "<s>'")],
        cpes: &["drupal:drupal"],
        examples: &[
            ("opt/drupal/web/core/lib/Drupal.php", b"<?php\nclass Drupal {\n  const VERSION = '10.2.4';\n", Some("10.2.4")),
            ("opt/drupal/web/core/lib/Drupal.php", b"<?php\nclass Drupal {\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "nextcloud",
        files: &[PathEnd("nextcloud/version.php"), PathEnd("html/version.php")],
        begins: &[b"<?php"],
        marks: &[near(b"$OC_VersionString", r"\$OC_VersionString = '(\d+\.\d+\.\d+(?: ?(?:RC|beta)\d*)?)';.{0,400}nextcloud").within(512)],
        cpes: &["nextcloud:nextcloud_server"],
        examples: &[
            (
                "usr/src/nextcloud/version.php",
                b"<?php\n$OC_VersionString = '28.0.3';\n$OC_Channel = 'stable';\n$vendor = 'nextcloud';\n",
                Some("28.0.3"),
            ),
            ("var/www/html/version.php", b"<?php\n$OC_VersionString = '10.14.0';\n$vendor = 'owncloud';\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "matomo",
        files: &[PathEnd("matomo/core/Version.php"), PathEnd("html/core/Version.php")],
        begins: &[b"<?php"],
        marks: &[after(b"const VERSION = '", "<s>'")],
        cpes: &["matomo:matomo"],
        examples: &[
            ("usr/src/matomo/core/Version.php", b"<?php\nfinal class Version {\n  const VERSION = '5.0.3';\n", Some("5.0.3")),
            ("usr/src/matomo/core/Version.php", b"<?php\nfinal class Version {\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "mediawiki",
        files: &[PathEnd("/includes/Defines.php")],
        begins: &[b"<?php"],
        marks: &[after(b"define( 'MW_VERSION', '", "<s>'")],
        cpes: &["mediawiki:mediawiki"],
        examples: &[
            ("var/www/html/includes/Defines.php", b"<?php\ndefine( 'MW_VERSION', '1.41.1' );\n", Some("1.41.1")),
            ("var/www/html/includes/Defines.php", b"<?php\ndefine( 'OTHER', '1.41.1' );\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "phpmyadmin",
        files: &[PathEnd("/libraries/classes/Version.php"), PathEnd("/src/Version.php")],
        begins: &[b"<?php"],
        marks: &[near(b"const VERSION = '", r"namespace PhpMyAdmin;.{0,900}const VERSION = '(\d+\.\d+\.\d+(?:-[0-9a-z]+)?)'").within(1000)],
        cpes: &["phpmyadmin:phpmyadmin"],
        examples: &[
            (
                "var/www/html/libraries/classes/Version.php",
                b"<?php\nnamespace PhpMyAdmin;\nfinal class Version\n{\n  public const VERSION = '5.2.1';\n",
                Some("5.2.1"),
            ),
            ("srv/src/Version.php", b"<?php\nnamespace Other;\nconst VERSION = '5.2.1';\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "roundcube",
        files: &[PathEnd("program/include/iniset.php")],
        begins: &[b"<?php"],
        marks: &[after(b"define('RCMAIL_VERSION', '", "<s>'")],
        cpes: &["roundcube:webmail"],
        examples: &[
            (
                "usr/src/roundcubemail/program/include/iniset.php",
                b"<?php\ndefine('RCMAIL_VERSION', '1.6.6');\n",
                Some("1.6.6"),
            ),
            ("usr/src/roundcubemail/program/include/iniset.php", b"<?php\n", None),
        ],
        ..Fingerprint::TEXT
    },
];
