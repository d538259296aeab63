//! Interpreters and virtual machines.

use crate::Pattern::{Name, NameStart};
use crate::extractors::program::fingerprint::{Fingerprint, after, near};

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "python",
        // `python3.12`, `libpython3.12.so.1.0`. The library has a second number of that form: the one of its Unicode tables.
        files: &[NameStart("python"), NameStart("libpython")],
        hints: &[
            near(b"\x003.", r"\x00(3\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d+)?\+?)\x00"),
            near(b"\x002.", r"\x00(2\.\d\.\d{1,2}(?:(?:a|b|rc|c)\d+)?\+?)\x00"),
        ],
        named_by_version: true,
        cpes: &["python:python", "python_software_foundation:python"],
        examples: &[
            (
                "usr/local/lib/libpython3.12.so.1.0",
                b"%s: '%s'\x003.12.4\x00%.80s (%.80s) %.80s\0unidata_version\x003.2.0\0ucd_3_2_0\0",
                Some("3.12.4"),
            ),
            ("opt/bin/python3.14", b"pymalloc_debug\x003.14.0rc1\0strict\0", Some("3.14.0rc1")),
            ("usr/bin/python2.7", b"\x002.7.18\0", Some("2.7.18")),
            ("usr/bin/python3.11", b"\x003.12.4\0", None),
            ("usr/local/bin/python3.12", b"libpython3.12.so.1.0\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "pypy",
        files: &[NameStart("libpypy"), NameStart("pypy")],
        marks: &[after(b"[PyPy ", r"(\d+\.\d+\.\d+)")],
        cpes: &["pypy:pypy"],
        examples: &[
            (
                "opt/pypy/lib/libpypy3.10-c.so",
                b"3.10.14 (abc, Apr 21 2024, 10:57:51)\n[PyPy 7.3.16 with \0",
                Some("7.3.16"),
            ),
            ("opt/pypy/bin/pypy3", b"libpypy3.10-c.so\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "node",
        files: &[Name("node"), Name("nodejs"), Name("node.exe"), NameStart("libnode.so")],
        marks: &[after(b"node.js/v", r"(\d+\.\d+\.\d+)")],
        hints: &[
            near(b"/node-v", r"nodejs\.org/[a-z/]+/v[^/]{1,32}/node-v(\d+\.\d+\.\d+)\.tar\.gz"),
            near(b"\0--enable-ssl2\0", r"\x00v(\d+\.\d+\.\d+)\x00--enable-ssl2"),
            near(b"\0node v0.", r"\x00node v(0\.\d+\.\d+)\x00"),
            near(b"\0v4.", r"\x00v(4\.\d+\.\d+)\x00"),
            near(b"\0v5.", r"\x00v(5\.\d+\.\d+)\x00"),
            near(b"\0v6.", r"\x00v(6\.\d+\.\d+)\x00"),
        ],
        cpes: &["nodejs:node.js"],
        examples: &[
            ("usr/local/bin/node", b"/json\0\0node.js/v20.11.1\0Browser\0", Some("20.11.1")),
            ("opt/node/bin/node", b"\0v0.12.7\0--enable-ssl2\0", Some("0.12.7")),
            ("usr/bin/nodejs", b"\0v6.17.1\0options\0", Some("6.17.1")),
            ("usr/local/bin/node", b"\0v18.2\0node_modules\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "deno",
        files: &[Name("deno"), Name("deno.exe"), Name("denort")],
        marks: &[
            near(b"Deno/", r"Deno/(\d+\.\d+\.\d+)(?:Deno/|cli/|\+[0-9a-f]{7})"),
            near(b"release/v", r"deno-[0-9a-f]{40}release/v(\d+\.\d+\.\d+)"),
            near(b"deno-canary/", r"deno-canary/[0-9a-f]{40}(\d+\.\d+\.\d+)dl"),
            near(b"release/vdl", r"deno-[0-9a-f]{40}(\d+\.\d+\.\d+)release/vdl"),
            near(b"DENO_UNSTABLE_COVERAGE_DIR", r"(\d+\.\d+\.\d+?)[0-9a-f]{40}DENO_UNSTABLE"),
        ],
        cpes: &["deno:deno"],
        examples: &[
            (
                "usr/bin/deno",
                b"Exporter-Deno/0.82.0grpc-timeout\0denover2.1.42.1.4+0a1b2c3Deno/2.1.4Deno/2.1.4+0a1b2c3",
                Some("2.1.4"),
            ),
            ("usr/bin/deno", b"Exporter-Deno/0.82.0grpc-timeout", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "bun",
        files: &[Name("bun"), Name("bun.exe"), Name("bunx")],
        marks: &[
            after(b"Bun v", r"(\d+\.\d+\.\d+)[ \n\x00]"),
            after(b"/bun-v", r"(\d+\.\d+\.\d+)/"),
        ],
        cpes: &["oven:bun"],
        examples: &[
            ("usr/local/bin/bun", b"\n\nBun v1.1.38\nbun-1.1.38\n", Some("1.1.38")),
            ("usr/local/bin/bun", b"download/bun-v1.2.0/bun-linux-x64.zip", Some("1.2.0")),
            ("usr/local/bin/bun", b"Bun vX.Y.Z\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "ruby",
        files: &[NameStart("ruby"), NameStart("libruby")],
        // The patch level counts builds of one version.
        marks: &[near(
            b" revision ",
            r"ruby (\d+\.\d+\.\d+(?:preview\d+|rc\d+|dev)?)(?:p-?\d+)? \(\d{4}-\d\d-\d\d[^)\x00]{0,64} revision ",
        )],
        hints: &[near(
            b"\0ruby ",
            r"\x00ruby (\d+\.\d+\.\d+(?:preview\d+|rc\d+|dev)?)(?:p-?\d+)? \(\d{4}-\d\d-\d\d",
        )],
        cpes: &["ruby-lang:ruby"],
        examples: &[
            (
                "usr/local/lib/libruby.so.3.2",
                b"\0ruby 3.2.3 (2024-01-18 revision 52bb2ac0a6) [x86_64-linux]\0",
                Some("3.2.3"),
            ),
            (
                "usr/bin/ruby2.7",
                b"\0ruby 2.7.6p219 (2022-04-12 revision c9c2245c0a) [x86_64-linux]\0",
                Some("2.7.6"),
            ),
            (
                "usr/local/bin/ruby",
                b"\0ruby 3.4.0preview1 (2024-05-16 master 9d69619623) [x86_64-linux]\0",
                Some("3.4.0preview1"),
            ),
            ("usr/local/bin/ruby", b"extension library for ruby 1.8)\0libruby.so.3.2\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "php",
        files: &[NameStart("php"), NameStart("libphp")],
        marks: &[after(b"X-Powered-By: PHP/", r"(\d+\.\d+\.\d+(?:(?:alpha|beta|RC)\d+)?)")],
        cpes: &["php:php"],
        examples: &[
            ("usr/local/bin/php", b"\0X-Powered-By: PHP/8.3.4\0", Some("8.3.4")),
            ("usr/local/sbin/php-fpm", b"X-Powered-By: PHP/8.4.0RC1\0", Some("8.4.0RC1")),
            ("usr/bin/php8.2", b"PHP/8\0X-Powered-By: %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "perl",
        files: &[Name("perl"), NameStart("perl5."), NameStart("libperl.so")],
        begins: &[],
        marks: &[
            after(b"/lib/perl5/", r"(?:site_perl/|vendor_perl/)?(5\.\d{1,2}\.\d{1,2})[/\x00]"),
            near(b"\0panic: sysconf", r"\x00v(5\.\d{1,2}\.\d{1,2})\x00panic: sysconf"),
        ],
        cpes: &["perl:perl"],
        examples: &[
            ("usr/local/bin/perl", b"\x7fELF\0/usr/local/lib/perl5/5.38.2\0-e\0", Some("5.38.2")),
            ("usr/bin/perl", b"\x7fELF_SEED\0v5.36.0\0panic: sysconf: %s\0", Some("5.36.0")),
            ("usr/bin/perl", b"/usr/share/perl/5.36\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "lua",
        files: &[NameStart("lua"), NameStart("liblua")],
        marks: &[after(b"Lua 5.", r"(\d\.\d{1,2})  Copyright")],
        unless: &[b"LuaJIT 2."],
        version: lua,
        cpes: &["lua:lua"],
        examples: &[
            ("usr/local/bin/lua5.4", b"$LuaVersion: Lua 5.4.6  Copyright (C) 1994-2023", Some("5.4.6")),
            ("usr/local/bin/lua", b"Lua 5.4\0_VERSION\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "luajit",
        files: &[NameStart("luajit"), NameStart("libluajit")],
        marks: &[after(b"LuaJIT ", r"(2\.\d+\.(?:\d+(?:-beta\d+)?|ROLLING))[\x00 ]")],
        cpes: &["luajit:luajit"],
        examples: &[
            ("usr/local/lib/libluajit-5.1.so.2.1.0", b"\0LuaJIT 2.1.0-beta3\0", Some("2.1.0-beta3")),
            ("usr/local/bin/luajit", b"\0LuaJIT %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "erlang",
        files: &[
            Name("beam.smp"),
            Name("erlexec"),
            Name("liberts_internal.a"),
            Name("liberts_internal_r.a"),
            Name("OTP_VERSION"),
        ],
        begins: &[b"\x7fELF", b"!<arch>\n", b"1", b"2", b"3"],
        marks: &[
            near(b"/otp_src_", r"/otp_src_(\d+(?:\.\d+){1,4}(?:-rc\d)?)/erts/"),
            near(b"/src/otp-", r"/src/otp-(\d+(?:\.\d+){1,4}(?:-rc\d)?)/erts/"),
            near(b".", r"\A(\d\d(?:\.\d+){1,4}(?:-rc\d)?)\n?\z"),
        ],
        hints: &[
            near(b"\0Erlang/OTP ", r"\x00(\d\d(?:\.\d+){1,4}(?:-rc\d)?)\x00+Erlang/OTP \d"),
            near(b"[kernel-poll:%s]", r"\[kernel-poll:%s\]\n\x00(\d\d(?:\.\d+){1,4})\x00"),
        ],
        cpes: &["erlang:erlang\\/otp"],
        examples: &[
            (
                "usr/local/lib/erlang/erts-14.2.3/bin/erlexec",
                b"\x7fELF\0/usr/src/otp_src_26.2.3/erts/lib_src\0",
                Some("26.2.3"),
            ),
            ("usr/lib/erlang/releases/25/OTP_VERSION", b"25.3.2.9\n", Some("25.3.2.9")),
            (
                "usr/lib/erlang/erts/bin/beam.smp",
                b"\x7fELF\0\x0026.1.2\0\0Erlang/OTP 26%s [erts-14.1.1]\0",
                Some("26.1.2"),
            ),
            ("usr/bin/beam.smp", b"\x7fELF this module with an Erlang/OTP 25 compiler\0", None),
            ("opt/releases/OTP_VERSION", b"1.2.3 is not it\n", None),
        ],
        ..Fingerprint::PROGRAM
    },
];

/// The number after the major version, which all releases share.
#[expect(clippy::unnecessary_wraps, reason = "a row may have a function that finds none")]
fn lua(found: &str) -> Option<String> {
    Some(format!("5.{found}"))
}
