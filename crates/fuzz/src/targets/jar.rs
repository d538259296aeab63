//! Java archives whose members come from the input: a change of a packed byte would only break a checksum.

use std::collections::BTreeMap;

use plimsoll_core::ImagePath;
use plimsoll_inventory::EXTRACTORS;
use plimsoll_testkit::jar;

use crate::Fixed;
use crate::bytes::Bytes;
use crate::targets::extractor::read;

pub static JAR: Fixed = Fixed {
    name: "jar",
    about: "Java archives by their members: manifests, Maven's properties, archives in archives",
    sources: &["inventory/src/extractors/java"],
    fixtures: &[],
    frames: &[],
    seeds,
    run,
};

const NAMES: &[&str] = &[
    "META-INF/MANIFEST.MF",
    "META-INF/maven/org.example/one/pom.properties",
    "META-INF/maven/org.example/two/pom.properties",
    "META-INF/maven/org.example/one/pom.xml",
    "BOOT-INF/lib/one-1.0.jar",
    "WEB-INF/lib/two-2.0.war",
    "org/example/One.class",
];
const OUTER_NAMES: &[&str] =
    &["srv/one-1.0.jar", "srv/app.war", "srv/.jar", "srv/log4j-core-2.14.1-sources.jar"];

fn seeds() -> Vec<Vec<u8>> {
    let manifest = b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.example;a=b\r\nImplementation-Version: 1\r\n.0\r\n";
    let properties = b"#Generated\nversion=1.0\ngroupId=org.example\nartifactId=one\n";
    let member = |name: u8, content: &[u8]| [&[name, content.len() as u8], content].concat();
    let outer = [member(0, manifest), member(1, properties)].concat();
    let nested = [vec![0xff, 3], outer.clone(), vec![0xfe, 4]].concat();
    vec![[&[0], &outer[..]].concat(), [&[1], &nested[..]].concat()]
}

fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let path = ImagePath::new(bytes.choice(OUTER_NAMES));
    let mut members: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    let archive = |members: &BTreeMap<&str, Vec<u8>>| jar::zip(&Vec::from_iter(members.clone()));
    while !bytes.is_empty() && members.len() < NAMES.len() {
        match bytes.byte() {
            // What there is so far, as an archive in an archive.
            0xfe => members = BTreeMap::from([(bytes.choice(NAMES), archive(&members))]),
            name => {
                members.insert(NAMES[usize::from(name) % NAMES.len()], bytes.blob().to_vec());
            }
        }
    }
    let archive = archive(&members);
    for extractor in EXTRACTORS.iter().filter(|extractor| extractor.id == "java") {
        read(extractor, &path, &archive);
    }
}
