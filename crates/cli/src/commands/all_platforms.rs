//! `--all-platforms`, of `scan` and of `sbom`: one report for each image of an index, and what each came to.

use std::io::{self, Write};
use std::path::Path;

use plimsoll_oci::{IndexListing, IndexMember, OciError, OpenOptions, Opened, Reference};
use plimsoll_scan::{Format, ScanReport, SetHead, SetMember, SetWriter};

use crate::commands::sbom::warn_of_problems;
use crate::commands::scan::{Job, Started, exit};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{find_format, write};
use crate::progress::TerminalProgress;
use crate::settings::presentation;

/// The formats to choose from, the one that was chosen, and the file, where there is one.
pub type Output<'a> = (&'static [&'static Format], &'a str, Option<&'a Path>);

impl Job<'_> {
    /// Scans every image of what the reference leads to. What could not be read does not keep the others from being read.
    pub fn all_platforms(&self, (formats, id, file): Output<'_>) -> Result<Exit, Failure> {
        let reference = &self.settings.reference;
        if *reference == Reference::StandardInput {
            let message = "read all platforms from standard input, which passes only once\nhint: write the archive to a file";
            return Err(Failure::Usage(message.to_owned()));
        }
        let listing = plimsoll_oci::list(reference, &self.settings.open)?;
        let head = SetHead {
            reference: self.typed,
            index_digest: listing.index_digest,
            format: find_format(formats, id)?,
            with_findings: self.report.is_some(),
        };
        let mut ended = Ok(Exit::Pass);
        let written = write(file, |out| {
            let mut out = WhileRead { out, is_closed: false };
            let mut set = SetWriter::new(head, presentation(file.is_none()), &mut out);
            ended = self.each(&listing, &mut set)?;
            match ended {
                Ok(_) => set.finish(),
                // What was written so far is of no use: a file does not appear.
                Err(_) => Err(io::Error::other("there is no report")),
            }
        });
        let ended = ended?;
        written.map(|()| ended)
    }

    fn each(
        &self,
        listing: &IndexListing,
        set: &mut SetWriter<'_>,
    ) -> io::Result<Result<Exit, Failure>> {
        let mut worst = Exit::Pass;
        let mut refused = None;
        let mut found_any = false;
        if listing.members.is_empty() {
            let member = SetMember { platform: None, digest: None };
            return match self.open(|options| plimsoll_oci::open(&self.settings.reference, options))
            {
                Ok(report) => set.report(&member, &report).map(|()| Ok(self.end(&report))),
                Err(failure) => Ok(Err(failure)),
            };
        }
        for entry in &listing.members {
            let member = SetMember { platform: entry.platform.clone(), digest: Some(entry.digest) };
            if let Some(kind) = &entry.not_an_image {
                set.not_an_image(&member, kind);
                continue;
            }
            match self.member(listing, entry) {
                Ok(report) => {
                    found_any = true;
                    set.report(&member, &report)?;
                    worst = worst.worst(self.end(&report));
                }
                Err(Failure::Image(OciError::NotAnImage { what, detail })) => {
                    set.not_an_image(&member, &detail);
                    refused = refused.or(Some(OciError::NotAnImage { what, detail }));
                }
                Err(Failure::Image(error)) => {
                    found_any = true;
                    set.unreadable(&member, &Failure::Image(error).to_string());
                    worst = worst.worst(Exit::ImageUnreadable);
                }
                Err(failure) => return Ok(Err(failure)),
            }
        }
        if found_any {
            return Ok(Ok(worst));
        }
        let what = format!("the index `{}`", self.typed);
        let detail = "it holds no images".to_owned();
        Ok(Err(refused.unwrap_or(OciError::NotAnImage { what, detail }).into()))
    }

    fn member(&self, listing: &IndexListing, member: &IndexMember) -> Result<ScanReport, Failure> {
        let reference = &self.settings.reference;
        self.open(|options| plimsoll_oci::open_member(reference, (listing, member), options))
    }

    fn open(
        &self,
        open: impl FnOnce(&OpenOptions) -> Result<Opened, OciError>,
    ) -> Result<ScanReport, Failure> {
        let progress = TerminalProgress::new(self.global.quiet);
        progress.say(&format!("opening {}", self.typed));
        let started = Started::now();
        let opened = open(&self.settings.open)?;
        self.scan(opened, &progress, &started)
    }

    /// How a scan of this one alone would end.
    fn end(&self, report: &ScanReport) -> Exit {
        match self.report {
            Some(args) => exit(report, args),
            None => {
                warn_of_problems(report);
                Exit::Pass
            }
        }
    }
}

/// Whoever reads the reports may stop; what the scans come to is known all the same.
struct WhileRead<'a> {
    out: &'a mut dyn Write,
    is_closed: bool,
}

impl WhileRead<'_> {
    fn forgive<T>(&mut self, result: io::Result<T>, value: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(value)
            }
            result => result,
        }
    }
}

impl Write for WhileRead<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Ok(bytes.len());
        }
        let result = self.out.write(bytes);
        self.forgive(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let result = self.out.flush();
        self.forgive(result, ())
    }
}
