//! The fuzz targets under a seeded mutator: quick enough for every build, the same inputs on every machine.
//!
//! `SECRETSCAN_FUZZ_SECONDS` runs each target for so long, `SECRETSCAN_FUZZ_SEED` gives other inputs; see `fuzz/README.md`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use secretscan::rule::RuleSet;

use crate::archive;
use crate::pdf::Pdf;
use crate::shapes::SHAPES;
use crate::tiny_gguf;

#[path = "../../../fuzz/targets.rs"]
mod targets;

/// Executions of each target, if no time is given.
const EXECUTIONS: u64 = 400;
/// Longest input.
const LONGEST: usize = 16 * 1024;
/// What formats are made of; put in whole.
const WORDS: &[&[u8]] = &[
    b"\"",
    b"'",
    b"\\",
    b"\n",
    b"\r\n",
    b"\0",
    b"{",
    b"}",
    b"[[rule]]\n",
    b"=",
    b": ",
    b"<",
    b">",
    b"%",
    b"\xff",
    b"\xc3\xa9",
    b"password = ",
    b"-----BEGIN PRIVATE KEY-----",
    b"-----END",
    b"{\"kty\":\"RSA\",",
    b"eyJhbGciOi",
    b"https://a:b@c",
    b"secretscan:allow",
    b"secretscan:allow-begin",
    b"secretscan:allow-end",
    b"pattern = '",
    b"keywords = [\"acme\"]\n",
    b"{bind}",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"ustar\0",
    b"SQLite format 3\0",
    b"GGUF",
    b"%PDF-1.7\n1 0 obj\n<<",
    b"stream\n",
    b"endstream",
    b"endobj",
    b"/Type /ObjStm",
    b"0 R",
    b"!<arch>\n",
    b"7z\xbc\xaf\x27\x1c",
    b"BZh91AY&SY",
    b"\xff\xff\xff\xff",
    b"\0\0\0\x80",
];

/// The `SplitMix64` generator (Steele, Lea and Flood, OOPSLA 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or 0.
    fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        start..length.min(start + 1 + self.below(64))
    }
}

/// One of the seeds with some changes.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = seeds[random.below(seeds.len())].clone();
    data.truncate(LONGEST);
    for _ in 0..=random.below(8) {
        let at = random.below(data.len());
        match random.below(8) {
            0 if !data.is_empty() => data[at] ^= 1 << random.below(8),
            1 if !data.is_empty() => data[at] = random.next() as u8,
            2 if !data.is_empty() => drop(data.drain(random.range(data.len()))),
            3 if !data.is_empty() => {
                let piece = data[random.range(data.len())].repeat(1 + random.below(40));
                data.splice(at..at, piece);
            }
            4 => data.truncate(at),
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let piece = other.get(random.range(other.len())).unwrap_or_default().to_vec();
                data.splice(at..at, piece);
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                let end = if random.below(2) == 0 { at } else { data.len().min(at + word.len()) };
                data.splice(at..end, word.iter().copied());
            }
        }
    }
    data.truncate(LONGEST);
    data
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

#[expect(clippy::print_stdout, reason = "how much was done, for those who run it longer")]
fn fuzz(name: &str, target: fn(&[u8]), seeds: &[Vec<u8>]) {
    let seed = number("SECRETSCAN_FUZZ_SEED").unwrap_or(1);
    let time = number("SECRETSCAN_FUZZ_SECONDS").map(Duration::from_secs);
    let mut random = Random(seed);
    let started = Instant::now();
    let mut executions = 0;
    while time.map_or(executions < EXECUTIONS, |time| started.elapsed() < time) {
        let data = mutated(seeds, &mut random);
        if catch_unwind(AssertUnwindSafe(|| target(&data))).is_err() {
            let file = std::env::temp_dir().join(format!("secretscan-fuzz-{name}-{seed}-{executions}"));
            fs::write(&file, &data).expect("a temporary file");
            panic!("{name}, seed {seed}, execution {executions}: see {}", file.display());
        }
        executions += 1;
    }
    println!("{name}: {executions} executions in {:.1?} from {} seeds", started.elapsed(), seeds.len());
}

/// Every way to begin: the byte that chooses the name, then the text.
fn with_names(texts: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    (0..=u8::MAX).cycle().zip(texts).map(|(first, text)| [vec![first], text].concat()).collect()
}

fn examples() -> Vec<Vec<u8>> {
    let rules = RuleSet::builtin();
    let recipes = rules.rules().iter().flat_map(|rule| &rule.examples);
    recipes.filter_map(|recipe| recipe.build(7).ok()).map(|example| example.text.into_bytes()).collect()
}

#[test]
fn the_candidate_engine_keeps_its_promises() {
    let shapes = SHAPES.iter().map(|(_, _, make)| make(2048));
    let texts: Vec<_> = examples().chunks(6).map(|lines| lines.join(&b'\n')).collect();
    fuzz("candidate", targets::candidate, &with_names(shapes.chain(texts)));
}

#[test]
fn the_rule_parser_keeps_its_promises() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scanner/rules");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| fs::read(entry.expect("an entry").path()).expect("a file"))
        .filter(|text| text.len() < 4096)
        .collect();
    files.sort();
    fuzz("rule", targets::rule, &files);
}

#[test]
fn containers_keep_their_promises() {
    let text = b"password = 'Tr4vel88x'\n";
    let tar = archive::tar(&[("a.env", text), ("b/c.py", text)]);
    let zip = archive::Zip::default().stored("a.env", text).deflated("b.py", text).finish();
    let database = archive::sqlite("create table t(a, b); insert into t values ('password', 'Tr4vel88x');");
    let nested = archive::Zip::default().stored("inner.zip", &zip).stored("a.tar", &tar).finish();
    let pdf = Pdf::of_pages(&["BT /F1 9 Tf (password = 'Tr4vel88x') Tj ET"])
        .objects(20, &[(30, "<< /Type /Page /Contents 11 0 R >>")])
        .packed(31, "", b"BT (password) Tj ET")
        .finish("/Root 1 0 R");
    let office = archive::Zip::default()
        .deflated("word/document.xml", b"<w:tr><w:tc>password</w:tc><w:tc>Tr4vel&#56;8x</w:tc></w:tr>")
        .stored("xl/sharedStrings.xml", b"<sst><si><t>password</t></si><si><t>Tr4vel88x</t></si></sst>")
        .stored("xl/worksheets/sheet1.xml", b"<row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>")
        .finish();
    let seeds = [
        archive::gz(&tar),
        archive::zstd(&tar),
        archive::xz(&tar, 16),
        archive::gz(text),
        archive::seven_zip(&[("a.env", text), ("b.py", text)]),
        archive::ar(&[("a.env", text), ("b.py", text)]),
        archive::bzip2(&tar),
        pdf,
        nested,
        zip,
        tar,
        database,
    ];
    let mut seeds = with_names(seeds.into_iter().cycle().take(64));
    let names = ["a.docx", "a.xlsx"].map(|wanted| targets::NAMES.iter().position(|name| *name == wanted));
    seeds.extend(names.into_iter().flatten().map(|name| [vec![name as u8], office.clone()].concat()));
    fuzz("container", targets::container, &seeds);
}

#[test]
fn allow_tags_keep_their_promises() {
    let seeds = [
        &b"a = 1 # secretscan:allow\nb\n# secretscan:allow-next-line\nc\n"[..],
        b"# secretscan:allow-begin\nx\n# secretscan:allow-end\ny # gitleaks:allow ggignore\n",
        b"# pragma: allowlist nextline secret\nz # kingfisher:ignore\nw\n",
    ];
    fuzz("tags", targets::tags, &seeds.map(<[u8]>::to_vec));
}

#[test]
fn the_header_of_a_model_keeps_its_promises() {
    let tiny =
        tiny_gguf::Recipe { merges: 5, width: 32, layers: 1, ff: 32, ..tiny_gguf::Recipe::native() }.build();
    fuzz("gguf", targets::gguf, &[tiny.bytes]);
}
