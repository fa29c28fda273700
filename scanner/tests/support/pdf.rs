//! PDF documents as tests need them, written object by object.

use std::fmt::Write as _;
use std::io::Write as _;

/// A document under construction. Objects are written in the order in which they come; no table of them is.
pub(crate) struct Pdf {
    bytes: Vec<u8>,
}

impl Default for Pdf {
    fn default() -> Self {
        Self { bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec() }
    }
}

impl Pdf {
    /// One whose page `n` (from 1) has the content `contents[n - 1]`, in the plain font `F1`.
    pub(crate) fn of_pages(contents: &[&str]) -> Self {
        let kids: String = (0..contents.len()).map(|at| format!("{} 0 R ", 10 + 2 * at)).collect();
        let mut pdf = Self::default()
            .object(1, "<< /Type /Catalog /Pages 2 0 R >>")
            .object(2, &format!("<< /Type /Pages /Kids [{kids}] /Resources << /Font << /F1 3 0 R >> >> >>"))
            .object(3, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        for (at, content) in contents.iter().enumerate() {
            let number = 10 + 2 * at as u32;
            pdf = pdf
                .object(number, &format!("<< /Type /Page /Parent 2 0 R /Contents {} 0 R >>", number + 1))
                .stream(number + 1, "", content.as_bytes());
        }
        pdf
    }

    /// Adds an object.
    pub(crate) fn object(mut self, number: u32, written: &str) -> Self {
        write!(self.bytes, "{number} 0 obj\n{written}\nendobj\n").expect("memory");
        self
    }

    /// Adds a stream of these stored bytes; `entries` are those of its dictionary beside the length.
    pub(crate) fn stream(mut self, number: u32, entries: &str, stored: &[u8]) -> Self {
        write!(self.bytes, "{number} 0 obj\n<< {entries} /Length {} >>\nstream\r\n", stored.len())
            .expect("memory");
        self.bytes.extend_from_slice(stored);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
        self
    }

    /// Adds a stream that is deflated.
    pub(crate) fn packed(self, number: u32, entries: &str, content: &[u8]) -> Self {
        self.stream(number, &format!("{entries} /Filter /FlateDecode"), &zlib(content))
    }

    /// Adds a stream of objects.
    pub(crate) fn objects(self, number: u32, objects: &[(u32, &str)]) -> Self {
        let (mut index, mut all) = (String::new(), String::new());
        for (own, written) in objects {
            write!(index, "{own} {} ", all.len()).expect("memory");
            writeln!(all, "{written}").expect("memory");
        }
        let entries = format!("/Type /ObjStm /N {} /First {}", objects.len(), index.len());
        self.packed(number, &entries, format!("{index}{all}").as_bytes())
    }

    /// The document, with what ends it.
    pub(crate) fn finish(mut self, trailer: &str) -> Vec<u8> {
        write!(self.bytes, "trailer\n<< {trailer} >>\nstartxref\n0\n%%EOF\n").expect("memory");
        self.bytes
    }
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}
