use core::fmt;

/// Why octets are not the packet they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The buffer ends before the header does, or before the length that the header states.
    Truncated,
    /// An IP version that is not handled.
    Version,
    /// A header length below the minimum, or beyond the packet's own total length.
    HeaderLength,
    /// A total length that does not cover the header.
    TotalLength,
    /// A buffer to write to that is too short, or contents longer than the length field can say.
    Capacity,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "packet is shorter than its headers say",
            Self::Version => "IP version is not 4",
            Self::HeaderLength => "header length is out of range",
            Self::TotalLength => "total length does not cover the header",
            Self::Capacity => "buffer or length field is too small for the packet",
        })
    }
}

impl core::error::Error for Error {}
