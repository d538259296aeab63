//! Web applications that official images unpack from an archive.

use crate::Pattern::{NameStart, PathEnd};
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
    Fingerprint {
        name: "adminer",
        files: &[NameStart("adminer")],
        begins: &[b"<?php"],
        marks: &[near(b"\n* @version ", r"^<\?php\n/\*\* Adminer.{0,300}\n\* @version (\d+\.\d+(?:\.\d+)?(?:-[0-9a-z]+)?)\n").within(400)],
        cpes: &["adminer:adminer"],
        examples: &[
            (
                "var/www/html/adminer.php",
                b"<?php\n/** Adminer - Compact database management\n* @link https://www.adminer.org/\n* @version 4.8.1\n*/\n",
                Some("4.8.1"),
            ),
            ("var/www/html/adminer.php", b"<?php\n/** A plugin\n* @version 4.8.1\n*/\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "backdrop",
        files: &[PathEnd("core/includes/bootstrap.inc")],
        begins: &[b"<?php"],
        marks: &[after(b"define('BACKDROP_VERSION', '", "<s>'")],
        cpes: &["backdropcms:backdrop_cms"],
        examples: &[
            ("var/www/html/core/includes/bootstrap.inc", b"<?php\ndefine('BACKDROP_VERSION', '1.27.1');\n", Some("1.27.1")),
            ("var/www/html/core/includes/bootstrap.inc", b"<?php\ndefine('VERSION', '7.98');\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "espocrm",
        files: &[PathEnd("application/Espo/Resources/defaults/config.php")],
        begins: &[b"<?php"],
        marks: &[after(b"\n    'version' => '", "<s>'")],
        cpes: &["espocrm:espocrm"],
        examples: &[
            (
                "usr/src/espocrm/application/Espo/Resources/defaults/config.php",
                b"<?php\nreturn [\n    'database' => [],\n    'version' => '8.1.4',\n",
                Some("8.1.4"),
            ),
            (
                "usr/src/espocrm/application/Espo/Resources/defaults/config.php",
                b"<?php\nreturn [\n    'version' => '@@version',\n",
                None,
            ),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "friendica",
        files: &[PathEnd("src/App.php")],
        begins: &[b"<?php"],
        marks: &[near(
            b"const VERSION ",
            r"const PLATFORM += 'Friendica';.{0,200}const VERSION += '(\d{4}\.\d\d(?:-[0-9a-z]+)?)'",
        )
        .within(300)],
        cpes: &["friendica:friendica"],
        examples: &[
            (
                "usr/src/friendica/src/App.php",
                b"<?php\nclass App\n{\n\tconst PLATFORM = 'Friendica';\n\tconst VERSION  = '2024.03';\n",
                Some("2024.03"),
            ),
            ("srv/src/App.php", b"<?php\nclass App\n{\n\tconst VERSION  = '2024.03';\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "postfixadmin",
        files: &[PathEnd("postfixadmin/config.inc.php"), PathEnd("html/config.inc.php")],
        begins: &[b"<?php"],
        marks: &[after(b"\n$CONF['version'] = '", "<s>'")],
        cpes: &["postfixadmin_project:postfixadmin"],
        examples: &[
            ("var/www/html/config.inc.php", b"<?php\n$CONF['version'] = '3.3.13';\n", Some("3.3.13")),
            ("var/www/html/config.inc.php", b"<?php\n$cfg['blowfish_secret'] = '';\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "redmine",
        files: &[PathEnd("lib/redmine/version.rb")],
        // What is between two releases says the branch that it is of.
        marks: &[near(
            b"MAJOR = ",
            r"MAJOR = (\d+)\s+MINOR = (\d+)\s+TINY  = (\d+)\s.{0,200}\sBRANCH = (?:'([a-z]+)'|nil)",
        )
        .within(400)],
        cpes: &["redmine:redmine"],
        examples: &[
            (
                "usr/src/redmine/lib/redmine/version.rb",
                b"module Redmine\n  module VERSION\n    MAJOR = 5\n    MINOR = 1\n    TINY  = 2\n\n    # nil\n    BRANCH = nil\n",
                Some("5.1.2"),
            ),
            (
                "usr/src/redmine/lib/redmine/version.rb",
                b"module Redmine\n  module VERSION\n    MAJOR = 7\n    MINOR = 0\n    TINY  = 0\n\n    BRANCH = 'devel'\n",
                Some("7.0.0.devel"),
            ),
            ("usr/src/redmine/lib/redmine/version.rb", b"module Redmine\n    MAJOR = 5\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "yourls",
        files: &[PathEnd("includes/version.php")],
        begins: &[b"<?php"],
        marks: &[after(b"define( 'YOURLS_VERSION', '", "<s>'")],
        cpes: &["yourls:yourls"],
        examples: &[
            ("var/www/html/includes/version.php", b"<?php\ndefine( 'YOURLS_VERSION', '1.9.2' );\n", Some("1.9.2")),
            ("var/www/html/includes/version.php", b"<?php\ndefine( 'YOURLS_DB_VERSION', '506' );\n", None),
        ],
        ..Fingerprint::TEXT
    },
];
