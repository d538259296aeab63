/// What is built from an input takes its decisions from it, byte by byte; at its end all are 0.
pub(crate) struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((&first, rest)) => {
                self.rest = rest;
                first
            }
            None => 0,
        }
    }

    /// One of the choices, of which there is at least one.
    pub(crate) fn choice<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// Up to 255 bytes, as many as the next one says.
    pub(crate) fn blob(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.rest.len());
        let (blob, rest) = self.rest.split_at(length);
        self.rest = rest;
        blob
    }
}

/// The first byte, which says how the others are read, and these.
pub(crate) fn framed(input: &[u8]) -> (u8, &[u8]) {
    input.split_first().map_or((0, input), |(&first, rest)| (first, rest))
}

/// The input's first texts, one a line.
pub(crate) fn lines<const N: usize>(input: &[u8]) -> [String; N] {
    let mut lines = input.splitn(N, |&byte| byte == b'\n');
    std::array::from_fn(|_| String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned())
}
