//! Browsers, media and user interfaces.

use crate::Pattern::{Name, NameStart};
use crate::extractors::program::fingerprint::{Fingerprint, after, near};

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "ffmpeg",
        files: &[
            Name("ffmpeg"),
            Name("ffprobe"),
            Name("ffplay"),
            NameStart("libavcodec"),
            NameStart("libavformat"),
            NameStart("libavutil"),
            NameStart("libavfilter"),
            NameStart("libavdevice"),
            NameStart("libavresample"),
            NameStart("libswresample"),
            NameStart("libswscale"),
        ],
        marks: &[
            after(b"FFmpeg version ", r"n?(\d+\.\d+(?:\.\d+)?)[^0-9.]"),
            after(b"\0%s version ", r"n?(\d+\.\d+(?:\.\d+)?)[^0-9.]"),
        ],
        cpes: &["ffmpeg:ffmpeg"],
        examples: &[
            ("usr/local/bin/ffmpeg", b"USA\n\0\0%s version 6.0-static https\0", Some("6.0")),
            ("opt/av.libs/libavcodec-0123abcd.so.60.31.102", b"\0FFmpeg version 6.1.1\0\0", Some("6.1.1")),
            ("usr/local/bin/ffmpeg", b"symbol %s version %s not defined\0Update your FFmpeg version to", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "qt",
        files: &[NameStart("libQtCore.so"), NameStart("libQt5Core.so"), NameStart("libQt6Core.so")],
        marks: &[
            near(b"Qt ", r"\x00Qt (\d\.\d{1,2}\.\d{1,2}) \("),
            after(b"QtCore library version ", r"(?:Qt )?(\d\.\d{1,2}\.\d{1,2})"),
        ],
        cpes: &["qt:qt", "qt:qtbase"],
        examples: &[
            ("opt/qt/lib/libQt6Core.so.6.6.2", b"\0\0Qt 6.6.2 (x86_64-little_endian-lp64 shared\0", Some("6.6.2")),
            ("usr/lib/libQtCore.so.4", b"This is the QtCore library version 4.8.7\0", Some("4.8.7")),
            ("usr/lib/libQt5Core.so.5", b"If that is not possible, in Qt 5 you must\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "chrome",
        files: &[
            Name("chrome"),
            Name("chromium"),
            Name("chromium-browser"),
            Name("headless_shell"),
            Name("chrome-headless-shell"),
        ],
        marks: &[near(b"\0Default", r"\x00(\d{2,3}\.0\.\d{4,5}\.\d{1,3})\x00Default")],
        hints: &[near(b"\0chrome\0", r"\x00(\d{2,3}\.0\.\d{4,5}\.\d{1,3})\x00chrome\x00")],
        cpes: &["google:chrome"],
        examples: &[
            ("opt/google/chrome/chrome", b"Videos\x00123.0.6312.58\0Default\0", Some("123.0.6312.58")),
            ("usr/lib/chromium/chromium", b"timer\x00123.0.6312.58\0chrome\0", Some("123.0.6312.58")),
            ("opt/google/chrome/chrome", b"\x001.2.3.4\0Default\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "firefox",
        files: &[Name("application.ini")],
        marks: &[near(
            b"\nName=Firefox",
            r"\[App\][^\[]{0,200}\nName=Firefox\r?\n[^\[]{0,200}?\nVersion=(\d+\.\d[0-9a-z.]*)\r?\n",
        )
        .within(512)],
        cpes: &["mozilla:firefox"],
        examples: &[
            (
                "opt/firefox/application.ini",
                b"[App]\nVendor=Mozilla\nName=Firefox\nRemotingName=firefox\nVersion=124.0.1\nBuildID=1\n",
                Some("124.0.1"),
            ),
            ("opt/thunderbird/application.ini", b"[App]\nName=Thunderbird\nVersion=115.9.0\n", None),
        ],
        ..Fingerprint::TEXT
    },
];
