//! Databases and caches.

use crate::Pattern::{Name, NameStart, PathEnd};
use crate::extractors::program::fingerprint::{Fingerprint, after, near};

/// What builds of Redis and of its forks are named by, after the version: the host of the build, its time, and the state of the source.
macro_rules! build_id {
    ($before:literal) => {
        concat!(
            $before,
            r"(\d{1,2}\.\d{1,3}\.\d{1,3}?)(?:[0-9a-f]{12}|[A-Za-z][0-9A-Za-z.-]*)-\d{10,32}\x00"
        )
    };
}

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "redis",
        files: &[
            Name("redis-server"),
            Name("redis-cli"),
            Name("redis-sentinel"),
            Name("redis-benchmark"),
            Name("redis-check-rdb"),
            Name("redis-check-aof"),
        ],
        marks: &[
            near(b"-builtin\0", r"\x00(\d{1,2}\.\d{1,3}\.\d{1,3})\x00+[a-z0-9]+-builtin\x00"),
            near(b" (git:%s", r"\x00(\d{1,2}\.\d{1,3}\.\d{1,3})\x00+ \(git:%s"),
            after(b"Server started, Redis version ", r"(\d{1,2}\.\d{1,3}\.\d{1,3})"),
        ],
        hints: &[
            near(b"buildkitsandbox-", build_id!(r"[^\d.]")),
            near(b"00000000\0", build_id!(r"[^\d.]")),
        ],
        unless: &[b"valkey", b"KeyDB"],
        cpes: &["redis:redis", "redislabs:redis"],
        examples: &[
            (
                "usr/local/bin/redis-server",
                b"everything\0err\x007.2.4\0c11-builtin\0jemalloc-5.3.0\0",
                Some("7.2.4"),
            ),
            (
                "usr/local/bin/redis-server",
                b"%llx\0\x005.0.145ca5019de136-1539906480000000000\0",
                Some("5.0.14"),
            ),
            (
                "usr/local/bin/redis-server",
                b"\x006.2.14buildkitsandbox-1702957741000000000\0",
                Some("6.2.14"),
            ),
            ("usr/local/bin/redis-cli", b"\x007.2.4\0 (git:%s\0-dirty\0", Some("7.2.4")),
            ("usr/local/bin/redis-server", b"valkey8.0.1\x007.2.4\0c11-builtin\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "valkey",
        files: &[
            Name("valkey-server"),
            Name("valkey-cli"),
            Name("valkey-sentinel"),
            Name("valkey-benchmark"),
            Name("valkey-check-rdb"),
            Name("valkey-check-aof"),
            Name("redis-server"),
            Name("redis-cli"),
        ],
        marks: &[near(b"valkey", build_id!("valkey"))],
        cpes: &["lfprojects:valkey", "linuxfoundation:valkey", "valkey-io:valkey"],
        examples: &[
            (
                "usr/local/bin/valkey-server",
                b"\0valkey8.0.1buildkitsandbox-1764887574000000000\0",
                Some("8.0.1"),
            ),
            (
                "usr/local/bin/redis-server",
                b"\0valkey9.1.22036e910ab2c-179260013845336800000000\0",
                Some("9.1.2"),
            ),
            ("usr/local/bin/valkey-server", b"\0valkey8\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "memcached",
        files: &[Name("memcached")],
        marks: &[near(b"memcached 1.", r"\x00memcached (1\.\d+\.\d+)\n?\x00")],
        cpes: &["memcached:memcached"],
        examples: &[
            ("usr/local/bin/memcached", b"listen\0memcached 1.6.24\0udp-port\0", Some("1.6.24")),
            ("usr/local/bin/memcached", b"memcached 1.x\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "postgresql",
        files: &[
            Name("postgres"),
            Name("psql"),
            Name("pg_ctl"),
            Name("pg_dump"),
            Name("pg_restore"),
            Name("initdb"),
            Name("pg_basebackup"),
        ],
        marks: &[
            near(
                b"PostgreSQL ",
                r"[\x00?]PostgreSQL (\d{1,2}(?:\.\d{1,2}){0,2}(?:(?:alpha|beta|rc)\d)?)(?: on | \(|\x00)",
            ),
            after(
                b"(PostgreSQL) ",
                r"(\d{1,2}(?:\.\d{1,2}){0,2}(?:(?:alpha|beta|rc)\d)?)[ \n\x00]",
            ),
        ],
        cpes: &["postgresql:postgresql"],
        examples: &[
            (
                "usr/local/bin/postgres",
                b"\0PostgreSQL 16.2 on x86_64-pc-linux-musl\0",
                Some("16.2"),
            ),
            ("usr/local/bin/postgres", b"\0PostgreSQL 17rc1 (Debian 17~rc1-1)\0", Some("17rc1")),
            ("usr/local/bin/psql", b"psql (PostgreSQL) 15.6\0", Some("15.6")),
            ("usr/local/bin/psql", b"needs PostgreSQL 9.6 or later\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "mysql",
        files: &[Name("mysqld"), Name("mysql"), Name("mysqladmin"), Name("mysqldump")],
        marks: &[near(b"/mysql-", r"/mysql-(\d+\.\d+\.\d+)(?:-[a-z0-9]+)?/")],
        hints: &[
            near(
                b"\0mysql_real_escape_string",
                r"\x00(\d+\.\d+\.\d+)\x00+mysql_real_escape_string",
            ),
            near(
                b"%s  Ver %s for %s on %s",
                r"\x00(\d+\.\d+\.\d+)(?:-log)?\x00+[a-z0-9_]+\x00+Linux\x00+%s  Ver %s",
            ),
        ],
        unless: &[
            b"-MariaDB",
            b"/mariadb-",
            b"/percona-server-",
            b"/Percona-XtraDB-Cluster-",
            b"/mysql-cluster-gpl-",
            b"-ndb-",
        ],
        cpes: &["oracle:mysql", "oracle:mysql_server"],
        examples: &[
            ("usr/sbin/mysqld", b"\0../../mysql-8.3.0/sql/log.cc\0", Some("8.3.0")),
            (
                "usr/bin/mysql",
                b"shutdown\x008.0.36\0\0\0mysql_real_escape_string_quote\0",
                Some("8.0.36"),
            ),
            (
                "usr/bin/mysql",
                b"\x008.0.36\0mysql_real_escape_string\0/mnt/percona-server-8.0.36-28/\0",
                None,
            ),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "mysql-cluster",
        files: &[
            Name("mysqld"),
            Name("mysql"),
            Name("ndbd"),
            Name("ndbmtd"),
            Name("ndb_mgmd"),
            Name("ndb_mgm"),
        ],
        marks: &[
            after(b"/mysql-cluster-gpl-", r"(\d+\.\d+\.\d+)/"),
            near(b"-ndb-", r"\x00\d+\.\d+\.\d+-ndb-(\d+\.\d+\.\d+)"),
        ],
        cpes: &["oracle:mysql_cluster"],
        examples: &[
            ("usr/sbin/ndbd", b"\0/BUILD/mysql-cluster-gpl-8.0.36/mysql", Some("8.0.36")),
            ("usr/sbin/mysqld", b"-cluster-gpl\x005.7.33-ndb-7.6.17\0", Some("7.6.17")),
            ("usr/sbin/mysqld", b"\0/mysql-8.0.36/sql/\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "percona-server",
        files: &[Name("mysqld"), Name("mysql"), Name("mysqladmin"), Name("mysqldump")],
        marks: &[after(b"/percona-server-", r"(\d+\.\d+\.\d+(?:-\d+)?)[-/]")],
        unless: &[b"/Percona-XtraDB-Cluster-"],
        cpes: &["percona:percona_server"],
        examples: &[
            (
                "usr/bin/mysql",
                b"/rpmbuild/BUILD/percona-server-8.0.36-28/percona-",
                Some("8.0.36-28"),
            ),
            ("usr/bin/mysql", b"percona-server\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "percona-xtradb-cluster",
        files: &[Name("mysqld"), Name("mysql"), Name("mysqladmin"), Name("mysqldump")],
        marks: &[after(b"/Percona-XtraDB-Cluster-", r"(\d+\.\d+\.\d+(?:-\d+)?)[-/]")],
        cpes: &["percona:xtradb_cluster"],
        examples: &[
            ("usr/bin/mysql", b"/rpmbuild/BUILD/Percona-XtraDB-Cluster-8.0.35/sql", Some("8.0.35")),
            ("usr/bin/mysql", b"Percona XtraDB Cluster\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "mariadb",
        files: &[
            Name("mariadbd"),
            Name("mariadb"),
            Name("mariadb-admin"),
            Name("mariadb-dump"),
            Name("mysqld"),
            Name("mysql"),
        ],
        marks: &[
            near(b"-MariaDB\0", r"\x00(\d{1,2}\.\d{1,2}\.\d{1,3})-MariaDB\x00"),
            near(b"/mariadb-", r"/mariadb-(\d{1,2}\.\d{1,2}\.\d{1,3})(?:-[0-9a-z_-]+)?/"),
        ],
        cpes: &["mariadb:mariadb"],
        examples: &[
            ("usr/sbin/mariadbd", b"Unknown\x0011.3.2-MariaDB\0x86_64\0", Some("11.3.2")),
            ("usr/bin/mysql", b"/mariadb-11.8.5-2-redhat-x86_64/client\0", Some("11.8.5")),
            ("usr/bin/mysql", b"[mariadb] \0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "mongodb",
        files: &[Name("mongod"), Name("mongos"), Name("mongo")],
        marks: &[
            near(b"\0tcmalloc\0", r"\x00(\d+\.\d+\.\d+(?:-rc\d+)?)\x00+tcmalloc\x00"),
            near(b"\0heap_size\0", r"\x00(\d+\.\d+\.\d+(?:-rc\d+)?)\x00+heap_size\x00"),
            near(b"\0cppdefines\0", r"\x00(\d+\.\d+\.\d+(?:-rc\d+)?)\x00+cppdefines\x00"),
        ],
        cpes: &["mongodb:mongodb"],
        examples: &[
            ("usr/bin/mongod", b"Config\x006.0.14\0tcmalloc\0mozjs\0", Some("6.0.14")),
            ("usr/bin/mongod", b"Documents\x008.0.0-rc3\0cppdefines\0", Some("8.0.0-rc3")),
            ("usr/bin/mongod", b"\0tcmalloc\0system\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "arangodb",
        files: &[Name("arangod"), Name("arangosh")],
        marks: &[near(b"[linux]", r"(\d+\.\d+\.\d+(?:-\d+)?)(?: enterprise)? \[linux\]")],
        cpes: &["arangodb:arangodb"],
        examples: &[
            ("usr/bin/arangosh", b"\x003.11.8 [linux]\0ICU \0", Some("3.11.8")),
            ("usr/bin/arangosh", b"ArangoDB [linux]\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "clickhouse",
        files: &[Name("clickhouse"), Name("clickhouse-server")],
        marks: &[after(b"ClickHouse ", r"(\d\d\.\d{1,2}\.\d{1,3}\.\d{1,5})[^0-9.]")],
        cpes: &["clickhouse:clickhouse"],
        examples: &[
            ("usr/bin/clickhouse", b"\0ClickHouse 24.2.1.2248\0", Some("24.2.1.2248")),
            ("usr/bin/clickhouse", b"since ClickHouse 22.3\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "couchdb",
        files: &[PathEnd("couchdb/releases/start_erl.data")],
        begins: &[b"1", b"9", b"8"],
        marks: &[near(b" ", r"\A[0-9.]+ (\d+\.\d+\.\d+)\s*\z")],
        cpes: &["apache:couchdb"],
        examples: &[
            ("opt/couchdb/releases/start_erl.data", b"13.2.2.6 3.3.3\n", Some("3.3.3")),
            ("opt/couchdb/releases/start_erl.data", b"13.2.2.6\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "sqlite",
        files: &[NameStart("libsqlite3.so"), Name("sqlite3"), NameStart("libsqlite3-")],
        hints: &[near(b"\x003.", r"\x00(3\.\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)\x00")],
        cpes: &["sqlite:sqlite"],
        examples: &[
            ("usr/local/lib/libsqlite3.so.0.8.6", b"\x0a\0\0\x003.45.1\0\0\x01", Some("3.45.1")),
            ("usr/local/lib/libsqlite3.so.0.8.6", b"\x003.45.1\0\x003.7.0\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "sqlcipher",
        files: &[Name("sqlcipher"), NameStart("libsqlcipher")],
        marks: &[
            near(b"community\0", r"community\x00(\d+\.\d+\.\d+)\x00"),
            near(b"\0cipher_page_size\0", r"\x00(\d+\.\d+\.\d+)\x00cipher_page_size\x00"),
        ],
        cpes: &["zetetic:sqlcipher"],
        examples: &[
            ("usr/local/bin/sqlcipher", b"%llu)\0community\x004.5.6\0%s %s\0", Some("4.5.6")),
            ("usr/local/bin/sqlcipher", b"community\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "openldap",
        files: &[
            Name("slapd"),
            Name("ldapsearch"),
            Name("ldapadd"),
            Name("ldapmodify"),
            Name("ldapwhoami"),
            NameStart("libldap"),
        ],
        marks: &[after(b"$OpenLDAP: ", r"[a-z_]+ (\d+\.\d+\.\d+)")],
        cpes: &["openldap:openldap"],
        examples: &[
            (
                "opt/bitnami/openldap/bin/ldapsearch",
                b"@(#) $OpenLDAP: ldapsearch 2.6.7 (Jan 29 2024)",
                Some("2.6.7"),
            ),
            ("usr/bin/ldapsearch", b"$OpenLDAP$\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "percona-xtrabackup",
        files: &[Name("xtrabackup")],
        marks: &[after(b"/percona-xtrabackup-", r"(\d+\.\d+\.\d+(?:-\d+)?)[-/]")],
        cpes: &["percona:xtrabackup"],
        examples: &[
            (
                "usr/bin/xtrabackup",
                b"\0/rpmbuild/BUILD/percona-xtrabackup-8.0.35-31/storage",
                Some("8.0.35-31"),
            ),
            ("usr/bin/xtrabackup", b"\0/percona-xtrabackup-8.0-RELEASE/\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
];
