//! Texts made to be slow: what a scanner that looks back or ahead from every hit would read again and again.

/// A text of about so many bytes.
pub(crate) type Make = fn(usize) -> Vec<u8>;

/// Name of the shape, name of the file, the text.
pub(crate) type Shape = (&'static str, &'static str, Make);

pub(crate) const SHAPES: &[Shape] = &[
    ("quotes", "a.js", |n| "\"".repeat(n).into()),
    ("quotes of both sorts", "a.py", |n| repeat("\"'", n)),
    ("escaped quotes", "a.js", |n| repeat("\\\"", n)),
    ("backslashes", "a.js", |n| repeat("\\", n)),
    ("brackets", "a.json", |n| repeat("[{(", n)),
    ("brackets, closed", "a.json", |n| [repeat("{", n / 2), repeat("}", n / 2)].concat()),
    ("equals signs", "a.ini", |n| repeat("=", n)),
    ("colons", "a.yaml", |n| repeat(": ", n)),
    ("commas", "a.csv", |n| repeat(",", n)),
    ("blanks", "a.txt", |n| repeat(" ", n)),
    ("line breaks", "a.txt", |n| repeat("\n", n)),
    ("carriage returns", "a.txt", |n| repeat("\r", n)),
    ("tags that open", "a.xml", |n| repeat("<password>", n)),
    ("attributes", "a.xml", |n| repeat(" password=\"", n)),
    ("one word", "a.py", |n| repeat("password", n)),
    ("one word, apart", "a.py", |n| repeat("password ", n)),
    ("names without values", "a.env", |n| repeat("password=", n)),
    ("names without values, on lines", "a.env", |n| repeat("password=\n", n)),
    ("names and quotes", "a.py", |n| repeat("password=\"", n)),
    ("pairs on one line", "a.env", |n| numbered(n, |k| format!("password=Tr4vel{k:06}x "))),
    ("pairs on lines", "a.env", |n| numbered(n, |k| format!("password=Tr4vel{k:06}x\n"))),
    ("pairs of JSON on one line", "a.json", |n| numbered(n, |k| format!("\"password\":\"Tr4vel{k:06}x\","))),
    ("every keyword", "a.txt", |n| {
        cycle(&["api_key", "token", "secret", "passwd", "auth", "bearer ", "pwd"], n)
    }),
    ("provider names", "a.txt", |n| {
        cycle(&["github_", "stripe_", "twilio", "discord", "sendgrid", "aws_secret "], n)
    }),
    ("a provider's name", "a.txt", |n| repeat("twilio", n)),
    ("prefixes of tokens", "a.txt", |n| {
        cycle(&["ghp_", "xoxb-", "sk_live_", "AKIA", "glpat-", "npm_", "AIza"], n)
    }),
    ("prefixes of web tokens", "a.txt", |n| repeat("eyJ", n)),
    ("prefixes of web tokens, dotted", "a.txt", |n| repeat("eyJhbGciOiJIUzI1NiJ9.", n)),
    ("base64", "a.txt", |n| noise(BASE64, n)),
    ("base64 on lines", "a.txt", |n| lines(&noise(BASE64, n), 76)),
    ("hexadecimal", "a.txt", |n| noise(b"0123456789abcdef", n)),
    ("hexadecimal words", "a.txt", |n| words(&noise(b"0123456789abcdef", n), 32, b' ')),
    ("hexadecimal after a name", "a.txt", |n| numbered(n, |k| format!("twilio_auth_token={k:032x} "))),
    ("random words in quotes", "a.js", |n| words(&noise(BASE64, n), 40, b'"')),
    ("lower case", "a.txt", |n| repeat("a", n)),
    ("addresses without end", "a.txt", |n| repeat("https://", n)),
    ("addresses with users", "a.txt", |n| repeat("https://user:", n)),
    ("addresses with at signs", "a.txt", |n| repeat("postgres://a:b@", n)),
    ("addresses with escapes", "a.txt", |n| repeat("amqp://%40%3a", n)),
    ("queries", "a.txt", |n| repeat("?token=&", n)),
    ("signatures", "a.txt", |n| repeat("sv=2022-11-02&sig=", n)),
    ("connection strings", "a.config", |n| repeat("Server=a;Password=;", n)),
    ("headers of keys", "a.pem", |n| repeat("-----BEGIN PRIVATE KEY-----", n)),
    ("headers of keys on lines", "a.pem", |n| repeat("-----BEGIN RSA PRIVATE KEY-----\n", n)),
    ("headers of keys without dashes", "a.pem", |n| repeat("-----BEGIN ", n)),
    ("one key without end", "a.pem", |n| {
        [b"-----BEGIN PRIVATE KEY-----\n".to_vec(), lines(&noise(BASE64, n), 64)].concat()
    }),
    ("keys in base64", "a.yaml", |n| repeat("LS0tLS1CRUdJTi", n)),
    ("web keys", "a.json", |n| repeat("{\"kty\":\"RSA\",", n)),
    ("web keys without quotes", "a.js", |n| repeat("kty", n)),
    ("service accounts", "a.json", |n| repeat("{\"type\":\"service_account\",", n)),
    ("certificates", "a.xml", |n| repeat("<X509Certificate>", n)),
    ("public keys", "a.txt", |n| repeat("ssh-rsa AAAA", n)),
    ("PuTTY files", "a.ppk", |n| repeat("PuTTY-User-Key-File-2: ssh-rsa\n", n)),
    ("authorization", "a.txt", |n| repeat("Authorization: Bearer ", n)),
    ("basic", "a.txt", |n| repeat("Authorization: Basic ", n)),
    ("curl", "a.sh", |n| repeat("curl -u ", n)),
    ("flags", "a.sh", |n| repeat("--password ", n)),
    ("calls", "a.py", |n| repeat("connect(password=", n)),
    ("calls in calls", "a.py", |n| repeat("login(", n)),
    ("SQL", "a.sql", |n| repeat("IDENTIFIED BY '", n)),
    ("copies", "a.sql", |n| repeat("COPY users (password) FROM stdin;\n", n)),
    ("copies on one line", "a.sql", |n| repeat("COPY users (password) FROM stdin;", n)),
    ("rows of one copy", "a.sql", |n| {
        let row = |k| format!("{k}\tTr4vel{k:06}x\n");
        [b"COPY users (id, password) FROM stdin;\n".to_vec(), numbered(n, row)].concat()
    }),
    ("rows of one insert", "a.sql", |n| {
        let row = |k| format!("({k:06},'Tr4vel{k:06}x'),");
        [b"INSERT INTO users (id, password) VALUES ".to_vec(), numbered(n, row)].concat()
    }),
    ("inserts in the rows of inserts", "a.sql", |n| {
        repeat("INSERT INTO u (password) VALUES ('),('),(1),('a'),", n)
    }),
    ("keys in Base64 without armour", "a.env", |n| repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n", n)),
    ("keys in Base64 on one line", "a.env", |n| repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC=", n)),
    ("keys of .NET", "a.xml", |n| repeat("<RSAKeyValue><D>", n)),
    ("inserts", "a.sql", |n| repeat("INSERT INTO users (password) VALUES (", n)),
    ("rows", "a.sql", |n| {
        [b"INSERT INTO users (name, password) VALUES ".to_vec(), repeat("('a','b'),", n)].concat()
    }),
    ("digests", "a.txt", |n| repeat("$2b$12$", n)),
    ("netrc", "a.netrc", |n| repeat("machine a login b password ", n)),
    ("templates", "a.tpl", |n| repeat("password=${", n)),
    ("allow tags", "a.py", |n| repeat("# secretscan:allow\n", n)),
    ("allow tags that open", "a.py", |n| repeat(concat!("# secretscan:allow-", "begin\n"), n)),
    ("allow tags on one line", "a.py", |n| repeat("password=Tr4vel88x # secretscan:allow ", n)),
    ("seeds", "a.txt", |n| repeat("SUA", n)),
    ("telephone book", "a.csv", |n| numbered(n, |k| format!("user{k},Tr4vel{k:06}x,2021-03-04\n"))),
    ("accented letters", "a.txt", |n| repeat("pässwörd: \u{fc}", n)),
    ("half characters", "a.txt", |n| b"\xc3 password=\xe2\x82 ".iter().copied().cycle().take(n).collect()),
];

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn repeat(unit: &str, n: usize) -> Vec<u8> {
    unit.bytes().cycle().take(n).collect()
}

fn cycle(units: &[&str], n: usize) -> Vec<u8> {
    repeat(&units.concat(), n)
}

fn numbered(n: usize, unit: impl Fn(usize) -> String) -> Vec<u8> {
    let count = n / unit(0).len();
    (0..count).flat_map(|k| unit(k.wrapping_mul(7919) % 1_000_000).into_bytes()).collect()
}

/// Bytes of an alphabet in a fixed order without a pattern (a linear congruential generator, Knuth's MMIX).
fn noise(alphabet: &[u8], n: usize) -> Vec<u8> {
    let mut state = 42_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        alphabet[(state >> 33) as usize % alphabet.len()]
    };
    (0..n).map(|_| next()).collect()
}

fn lines(text: &[u8], width: usize) -> Vec<u8> {
    words(text, width, b'\n')
}

fn words(text: &[u8], width: usize, between: u8) -> Vec<u8> {
    text.chunks(width).flat_map(|word| word.iter().copied().chain([between])).collect()
}
