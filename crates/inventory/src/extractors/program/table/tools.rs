//! Shells and tools.

use crate::Pattern::{Name, NameStart};
use crate::extractors::program::fingerprint::{Fingerprint, after, near};

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "bash",
        files: &[Name("bash")],
        marks: &[after(b"@(#)Bash version ", r"(\d+\.\d+\.\d+)\(\d+\) ")],
        cpes: &["gnu:bash"],
        examples: &[
            ("usr/local/bin/bash", b"\0@(#)Bash version 5.2.26(1) release GNU\0", Some("5.2.26")),
            ("usr/local/bin/bash", b"GNU bash, version %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "busybox",
        files: &[Name("busybox")],
        marks: &[after(b"BusyBox v", r"(\d+\.\d+\.\d+)")],
        cpes: &["busybox:busybox"],
        examples: &[
            ("bin/busybox", b"\0BusyBox v1.36.1 (2023-11-07 18:53:09 UTC)\0", Some("1.36.1")),
            ("bin/busybox", b"BusyBox is copyrighted by many authors\0", None),
            ("bin/gzip", b"\0BusyBox v1.36.1 (2023-11-07 18:53:09 UTC)\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "zsh",
        files: &[Name("zsh"), NameStart("zsh-5")],
        marks: &[near(b"zsh %s (%s-%s-%s)", r"\x00(\d+\.\d+(?:\.\d+)?)\x00zsh %s \(")],
        cpes: &["zsh:zsh"],
        examples: &[
            ("usr/local/bin/zsh", b"x86_64\x005.9\0zsh %s (%s-%s-%s)\n\0", Some("5.9")),
            ("usr/local/bin/zsh", b"zsh %s (%s-%s-%s)\n\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "curl",
        files: &[Name("curl"), NameStart("libcurl")],
        marks: &[
            near(b"curl/", r"\x00(?:lib)?curl/(\d+\.\d+\.\d+)[\x00 -]"),
            after(b"CLIENT libcurl ", r"(\d+\.\d+\.\d+)[^0-9.]"),
        ],
        cpes: &["haxx:curl", "haxx:libcurl"],
        examples: &[
            ("usr/local/bin/curl", b"application/json\0curl/8.6.0\0", Some("8.6.0")),
            ("usr/local/lib/libcurl.so.4.8.0", b"CLIENT libcurl 8.6.0\r\nMATCH\0", Some("8.6.0")),
            ("usr/local/bin/curl", b"curl/%s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "zlib",
        files: &[NameStart("libz.so"), NameStart("libz-")],
        marks: &[after(b" deflate ", r"(\d+\.\d+(?:\.\d+){0,2}) Copyright 1995")],
        cpes: &["zlib:zlib"],
        examples: &[
            (
                "opt/numpy.libs/libz-0123abcd.so.1.3.1",
                b"- deflate 1.3.1 Copyright 1995-2024\0",
                Some("1.3.1"),
            ),
            ("usr/lib/libz.so.1.2.11.zlib-ng", b"deflate 1.2.11.zlib-ng Copyright\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "xz",
        files: &[Name("xz"), NameStart("liblzma.so.")],
        marks: &[after(b"xz (XZ Utils) ", r"(\d+\.\d+\.\d+(?:alpha|beta)?)\x00")],
        // The library has nothing but the number, which its name has too.
        hints: &[near(b"\x005.", r"\x00(5\.\d{1,2}\.\d{1,2}(?:alpha|beta)?)\x00")],
        named_by_version: true,
        cpes: &["tukaani:xz"],
        examples: &[
            ("usr/local/bin/xz", b"\0xz (XZ Utils) 5.6.1\0liblzma %s\n\0", Some("5.6.1")),
            ("usr/local/lib/liblzma.so.5.6.1", b"\0\x005.6.1\0\0", Some("5.6.1")),
            ("usr/local/lib/liblzma.so.5.6.1", b"\0\x005.4.4\0\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "jq",
        files: &[Name("jq")],
        marks: &[near(b"\0DEBUG:\0", r"\x00(\d+\.\d+(?:\.\d+)?(?:rc\d+)?)\x00DEBUG:\x00")],
        cpes: &["jqlang:jq", "jq_project:jq"],
        examples: &[
            (
                "usr/local/bin/jq",
                b"failed: %s\n\x001.6\0DEBUG:\0\x1e\0jq: error (at %s): %s\n\0",
                Some("1.6"),
            ),
            ("usr/local/bin/jq", b"\x001.6\0jq: error (at %s): %s\n\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "git",
        files: &[Name("git"), Name("git-remote-http")],
        marks: &[near(
            b"\0GIT_USER_AGENT\0",
            r"git/(\d+\.\d+\.\d+(?:-rc\d+)?)[^\x00]{0,40}\x00+GIT_USER_AGENT",
        )],
        cpes: &["git-scm:git", "git:git"],
        examples: &[
            ("usr/local/bin/git", b"\0git/2.44.0\0GIT_USER_AGENT\0", Some("2.44.0")),
            ("usr/local/bin/git", b"git/hooks\0GIT_USER_AGENT\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "tini",
        files: &[Name("tini"), Name("tini-static"), Name("docker-init"), Name("catatonit")],
        marks: &[after(b"tini version ", r"(\d+\.\d+\.\d+)")],
        examples: &[
            ("usr/bin/tini", b"[INFO  tini (%i)] \0tini version 0.19.0\0%s", Some("0.19.0")),
            ("usr/bin/tini", b"tini (version %s)\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "dumb-init",
        files: &[Name("dumb-init")],
        // The text of the version lies beside its length.
        hints: &[near(b"\x06\0\0\0", r"\x06\x00\x00\x00(\d\.\d\.\d)\n")],
        examples: &[
            ("usr/local/bin/dumb-init", b"\x06\0\0\x001.2.5\n\0", Some("1.2.5")),
            ("usr/local/bin/dumb-init", b"\x06\0\0\0\0\0\0\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "wp-cli",
        files: &[Name("wp"), Name("wp-cli.phar")],
        begins: &[],
        marks: &[after(b"wp-cli/wp-cli ", r"v?(\d+\.\d+\.\d+) ")],
        cpes: &["wp-cli:wp-cli"],
        examples: &[
            (
                "usr/local/bin/wp",
                b"#!/usr/bin/env php\n<?php\nwp-cli/wp-cli 2.10.0 2024-02-08T16:52:43+00:00\n",
                Some("2.10.0"),
            ),
            ("usr/local/bin/wp", b"#!/bin/sh\nexec php wp-cli.phar\n", None),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "composer",
        files: &[
            Name("composer"),
            NameStart("composer1"),
            NameStart("composer2"),
            Name("composer.phar"),
        ],
        begins: &[b"#!/usr/bin/env php", b"<?php"],
        marks: &[after(b"const VERSION = '", r"(\d+\.\d+\.\d+(?:-(?:alpha|beta|RC)\d+)?)'")],
        cpes: &["getcomposer:composer"],
        examples: &[
            (
                "usr/bin/composer",
                b"#!/usr/bin/env php\n<?php class Composer { public const VERSION = '2.7.2'; }",
                Some("2.7.2"),
            ),
            (
                "usr/bin/composer",
                b"#!/usr/bin/env php\n<?php const VERSION = '@package_version@';",
                None,
            ),
        ],
        ..Fingerprint::TEXT
    },
    Fingerprint {
        name: "irssi",
        files: &[Name("irssi")],
        marks: &[after(b"Client: irssi ", r"(\d+\.\d+(?:\.\d+|-[0-9a-z]+)?) \(%d")],
        cpes: &["irssi:irssi"],
        examples: &[
            (
                "usr/local/bin/irssi",
                b"Uptime: %lds\0Client: irssi 1.4.5 (%d %s)\0uptime\0",
                Some("1.4.5"),
            ),
            ("usr/local/bin/irssi", b"\0Client: irssi %s (%d %s)\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "eggdrop",
        files: &[Name("eggdrop"), NameStart("eggdrop-")],
        // The version stands by itself.
        hints: &[near(b"\x001.", r"\x00(1\.\d{1,2}\.\d{1,2})(?:rc\d)?\x00")],
        named_by_version: true,
        cpes: &["eggheads:eggdrop"],
        examples: &[
            ("home/eggdrop/eggdrop-1.8.4", b"\0\x001.8.4\0\0", Some("1.8.4")),
            ("home/eggdrop/eggdrop", b"\0\x001.8.4\0\x001.9.5\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "zstd",
        files: &[Name("zstd")],
        marks: &[near(b"\0Zstandard CLI", r"\x00v(\d+\.\d+\.\d+)\x00+Zstandard CLI")],
        cpes: &["facebook:zstandard"],
        examples: &[
            ("usr/local/bin/zstd", b"\0Yann Collet\0v1.5.6\0Zstandard CLI\0", Some("1.5.6")),
            ("usr/local/bin/zstd", b"\0v1.5\0Zstandard CLI\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "gzip",
        files: &[Name("gzip")],
        // Which of its texts the version follows is the compiler's choice.
        marks: &[
            near(b"bad pack level\0", r"bad pack level\x00+(1\.\d{1,2})\x00"),
            near(b"changed while zipping\n\0", r"changed while zipping\n\x00+(1\.\d{1,2})\x00"),
            near(b"\0%5.1f%%\0", r"\x00%5\.1f%%\x00+(1\.\d{1,2})\x00"),
        ],
        cpes: &["gnu:gzip"],
        examples: &[
            ("usr/local/bin/gzip", b"bad pack level\x001.12\0%s %s\n\0", Some("1.12")),
            ("usr/bin/gzip", b"file size changed while zipping\n\x001.10\0\0\0h", Some("1.10")),
            ("usr/bin/gzip", b"\0%5.1f%%\x001.13\0(NULL)\0", Some("1.13")),
            ("usr/local/bin/gzip", b"\x001.12\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "util-linux",
        files: &[
            Name("getopt"),
            Name("mount"),
            Name("umount"),
            Name("lsblk"),
            Name("blkid"),
            Name("fdisk"),
            Name("nsenter"),
            Name("unshare"),
            Name("flock"),
        ],
        marks: &[after(b"\0util-linux ", r"(\d+\.\d+(?:\.\d+)?(?:-rc\d)?)\x00")],
        cpes: &["kernel:util-linux"],
        examples: &[
            ("usr/bin/getopt", b"%s from %s\n\0util-linux 2.38.1\0\nUsage:\n\0", Some("2.38.1")),
            ("usr/bin/getopt", b"\0util-linux\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
];
