//! Libraries and tools of cryptography and authentication.

use crate::Pattern::{Name, NameStart};
use crate::extractors::program::fingerprint::{Fingerprint, after, near};

pub(super) const ROWS: &[Fingerprint] = &[
    Fingerprint {
        name: "openssl",
        files: &[Name("openssl"), NameStart("libcrypto"), NameStart("libssl"), Name("openssl.exe")],
        // The day of the release tells it from those that only say that they are like it.
        marks: &[after(
            b"OpenSSL ",
            r"(\d\.\d{1,2}\.\d{1,3}(?:[a-z]{1,2}|-(?:alpha|beta|pre)\d+)?)(?:-fips)?(?:\+quic)? +\d{1,2} [A-Z][a-z]{2} \d{4}",
        )],
        unless: &[b"AWS-LC ", b"LibreSSL ", b"BoringSSL"],
        cpes: &["openssl:openssl"],
        examples: &[
            ("usr/local/bin/openssl", b"\0OpenSSL 3.2.1 30 Jan 2024\0", Some("3.2.1")),
            ("usr/lib/libcrypto.so.1.1", b"\0OpenSSL 1.1.1zb  16 Oct 2024\0", Some("1.1.1zb")),
            ("usr/lib/libcrypto.so.10", b"\0OpenSSL 1.0.2k-fips  26 Jan 2017\0", Some("1.0.2k")),
            ("usr/bin/openssl", b"\0OpenSSL 1.1.1 (compatible; BoringSSL)\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "libressl",
        files: &[Name("openssl"), NameStart("libcrypto"), NameStart("libssl"), NameStart("libtls")],
        marks: &[after(b"LibreSSL ", r"(\d+\.\d+\.\d+)\x00")],
        cpes: &["openbsd:libressl"],
        examples: &[
            ("usr/bin/openssl", b"\0LibreSSL 3.8.2\0", Some("3.8.2")),
            ("usr/lib/libcrypto.so.53", b"LibreSSL or OpenSSL\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "aws-lc",
        files: &[Name("openssl"), Name("bssl"), NameStart("libcrypto"), NameStart("libssl")],
        marks: &[after(b"AWS-LC ", r"(\d+\.\d+\.\d+)\)")],
        cpes: &["amazon:aws_libcrypto"],
        examples: &[
            ("usr/bin/openssl", b"\0OpenSSL 1.1.1 (compatible; AWS-LC 1.22.0)\0", Some("1.22.0")),
            ("usr/bin/openssl", b"\0OpenSSL 3.2.1 30 Jan 2024\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "gnutls",
        files: &[NameStart("libgnutls")],
        marks: &[after(b"Enabled GnuTLS ", r"(\d+\.\d+\.\d+) logging")],
        cpes: &["gnu:gnutls"],
        examples: &[
            (
                "usr/lib/libgnutls.so.30.37.1",
                b"\0Enabled GnuTLS 3.8.3 logging...\n\0",
                Some("3.8.3"),
            ),
            ("usr/lib/libgnutls.so.30.37.1", b"GnuTLS error: %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "wolfssl",
        files: &[NameStart("libwolfssl")],
        marks: &[near(b"\0wolfSSL ", r"\x00wolfSSL (\d+\.\d+\.\d+)\x00")],
        cpes: &["wolfssl:wolfssl"],
        examples: &[
            (
                "usr/local/lib/libwolfssl.so.42",
                b"./src/pk.c\0wolfSSL 5.6.6\0FFDHE_4096\0",
                Some("5.6.6"),
            ),
            ("usr/local/lib/libwolfssl.so.42", b"wolfSSL Entering %s\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "mbedtls",
        files: &[NameStart("libmbedcrypto"), NameStart("libmbedtls"), NameStart("libmbedx509")],
        marks: &[near(b"bed TLS ", r"\x00[Mm]bed TLS (\d+\.\d+\.\d+)\x00")],
        cpes: &["arm:mbed_tls", "trustedfirmware:mbed_tls"],
        examples: &[
            ("usr/lib/libmbedcrypto.so.7", b"\0mbed TLS 2.28.7\0", Some("2.28.7")),
            ("usr/lib/libmbedcrypto.so.7", b"Mbed TLS error\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "nss",
        files: &[
            NameStart("libnss3"),
            Name("libssl3.so"),
            Name("libnssutil3.so"),
            Name("libsmime3.so"),
        ],
        marks: &[after(b"Version: NSS ", r"(\d+\.\d+(?:\.\d+)?)")],
        cpes: &["mozilla:nss", "mozilla:network_security_services"],
        examples: &[
            ("opt/lib/libnss3.so", b"\0Version: NSS 3.98\0", Some("3.98")),
            ("opt/lib/libnss3.so", b"NSS_3.9\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "krb5",
        files: &[NameStart("libkrb5.so"), NameStart("libkrb5-")],
        marks: &[after(b"KRB5_BRAND: ", r"krb5-[^ \x00]{1,32} (\d+\.\d+(?:\.\d+)?)[ \x00]")],
        cpes: &["mit:kerberos_5"],
        examples: &[
            (
                "usr/lib/libkrb5.so.3.3",
                b"\0KRB5_BRAND: krb5-1.21.2-final 1.21.2 20230815\0",
                Some("1.21.2"),
            ),
            ("usr/lib/libkrb5.so.26", b"$Version: Heimdal 7.8.0 $", None),
        ],
        ..Fingerprint::PROGRAM
    },
    Fingerprint {
        name: "heimdal",
        files: &[NameStart("libkrb5.so"), NameStart("libkrb5-")],
        marks: &[after(b"$Version: Heimdal ", r"(\d+\.\d+(?:\.\d+)?)[ \x00]")],
        cpes: &["heimdal_project:heimdal"],
        examples: &[
            ("usr/lib/libkrb5.so.26.0.0", b"@(#)$Version: Heimdal 7.7.0 $\0", Some("7.7.0")),
            ("usr/lib/libkrb5.so.3.3", b"\0KRB5_BRAND: krb5-1.21.2-final 1.21.2 20230815\0", None),
        ],
        ..Fingerprint::PROGRAM
    },
];
