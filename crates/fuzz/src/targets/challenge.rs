//! What a registry asks for before it lets anybody in.

use plimsoll_oci::challenge::parse;

use crate::Fixed;

pub static CHALLENGE: Fixed = Fixed {
    name: "challenge",
    about: "the WWW-Authenticate headers of a registry's answer",
    sources: &["oci/src/challenge.rs"],
    fixtures: &[],
    frames: &[b""],
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let seeds: [&[u8]; 2] = [
        br#"Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull""#,
        b"Basic realm=\"x\"\nNegotiate, Bearer realm=https://a",
    ];
    seeds.map(<[u8]>::to_vec).into()
}

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let challenges = parse(text.lines());
    assert!(challenges.len() <= 16, "challenges without end");
    assert_eq!(challenges, parse(text.lines()));
}
