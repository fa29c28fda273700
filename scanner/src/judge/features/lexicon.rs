//! Word lists, each word (or group of words of one meaning) a feature: is it in the text?
//!
//! All words of a list are looked for in one pass, in any case, also inside of longer words (`userPass`).

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// A feature's name and the words that raise it.
type Entry = (&'static str, &'static [&'static str]);

/// A list, ready to search. At most 128 entries.
pub(super) struct Lexicon {
    entries: &'static [Entry],
    search: AhoCorasick,
    /// Entry of each pattern.
    owner: Vec<u8>,
}

impl Lexicon {
    fn new(entries: &'static [Entry]) -> Self {
        let owner =
            (0_u8..).zip(entries).flat_map(|(n, (_, words))| std::iter::repeat_n(n, words.len())).collect();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(entries.iter().flat_map(|(_, words)| words.iter()))
            .expect("a few hundred short words make a small automaton");
        Self { entries, search, owner }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.entries.iter().map(|(name, _)| *name)
    }

    /// Bits of the entries that occur.
    fn found(&self, text: &[u8]) -> u128 {
        self.search
            .find_overlapping_iter(text)
            .fold(0, |bits, found| bits | 1 << self.owner[found.pattern().as_usize()])
    }

    /// Appends one number an entry: of the first text that has it, counted from the last one as 1, doubling; 0 if none
    /// has it. Of one text that is 1 or 0; of `before` and `after` it is 2 and 1, and 3 for both.
    pub(super) fn push(&self, texts: &[&[u8]], out: &mut Vec<f32>) {
        let mut numbers = [0_u8; 128];
        for text in texts {
            let bits = self.found(text);
            for (n, number) in numbers.iter_mut().enumerate().take(self.entries.len()) {
                *number = *number << 1 | u8::from(bits >> n & 1 == 1);
            }
        }
        out.extend(numbers[..self.entries.len()].iter().map(|number| f32::from(*number)));
    }
}

/// In the value.
pub(super) static VALUE: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(&[
        ("value has: example", &["example", "sample", "demo"]),
        ("value has: your, my", &["your", "my"]),
        ("value has: xx", &["xx", "**", "..."]),
        ("value has: test", &["test"]),
        ("value has: change", &["change", "replace", "insert", "enter", "fill"]),
        ("value has: here", &["here", "goes"]),
        ("value has: password", &["password", "passwd", "passwort", "passw0rd", "p@ss"]),
        ("value has: pass", &["pass", "pwd"]),
        ("value has: secret", &["secret", "s3cr"]),
        ("value has: token", &["token"]),
        ("value has: key", &["key"]),
        ("value has: user", &["user", "admin", "root", "guest"]),
        ("value has: dummy", &["dummy", "fake", "mock", "foo", "bar", "invalid", "wrong", "bogus"]),
        ("value has: default", &["default"]),
        ("value has: null", &["null", "none", "undefined", "true", "false", "nil"]),
        ("value has: environment", &["env", "process.", "config", "getenv", "settings", "param"]),
        ("value has: string", &["string", "int", "bool", "object", "type"]),
        ("value has: variable form", &["${", "{{", "%s", "%d", "$(", "#{", "<%", "@{", "%("]),
        ("value has: this, self", &["this.", "self.", "self->", "::", "->"]),
        ("value has: URL", &["http", "://", "www."]),
        (
            "value has: ending of a file",
            &[".json", ".yml", ".yaml", ".pem", ".key", ".txt", ".xml", ".js", ".py", ".crt"],
        ),
        ("value has: counting", &["123", "abc", "qwe", "000", "111"]),
        ("value has: hash name", &["sha", "md5", "bcrypt", "$2", "ssha", "pbkdf"]),
        ("value has: ssh", &["ssh-", "begin ", "aaaab3", "miig", "miie"]),
        ("value has: escape", &["\\n", "\\u", "\\x", "\\\\", "%2", "&quot", "&lt", "&amp"]),
        ("value has: words of sentences", &["the ", " is ", " to ", " of ", " your ", " not ", " for "]),
    ])
});

/// In the name.
pub(super) static NAME: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(&[
        ("name has: pass", &["pass"]),
        ("name has: password", &["password", "passwd", "passwort", "senha", "contrase", "mot_de_passe"]),
        ("name has: pwd", &["pwd", "pw"]),
        ("name has: phrase", &["phrase"]),
        ("name has: secret", &["secret"]),
        ("name has: token", &["token"]),
        ("name has: key", &["key"]),
        ("name has: api", &["api"]),
        ("name has: auth", &["auth"]),
        ("name has: cred", &["cred"]),
        ("name has: salt", &["salt"]),
        ("name has: nonce", &["nonce", "seed", "iv"]),
        ("name has: user", &["user", "account", "login", "admin", "root"]),
        ("name has: id", &["id"]),
        ("name has: name", &["name"]),
        ("name has: url", &["url", "uri", "link", "href", "endpoint"]),
        ("name has: host", &["host", "server", "domain", "addr", "port"]),
        ("name has: hash", &["hash", "digest", "sha", "md5", "checksum", "fingerprint"]),
        ("name has: public", &["public", "pub"]),
        ("name has: private", &["private", "priv"]),
        ("name has: field", &["field", "column", "attr", "property", "param", "arg"]),
        ("name has: label", &["label", "title", "caption", "text", "placeholder", "hint"]),
        ("name has: message", &["message", "msg", "error", "warn", "desc", "prompt", "help"]),
        ("name has: type", &["type", "kind", "class", "mode", "format", "enum"]),
        ("name has: file", &["file", "filename"]),
        ("name has: path", &["path", "dir", "location", "folder"]),
        ("name has: length", &["length", "len", "size", "count", "num"]),
        ("name has: min, max", &["min", "max", "limit"]),
        ("name has: expire", &["expir", "timeout", "ttl", "age", "date", "time"]),
        ("name has: test", &["test"]),
        ("name has: default", &["default"]),
        ("name has: example", &["example", "sample", "demo"]),
        ("name has: wrong", &["wrong", "invalid", "bad", "incorrect", "fake", "dummy", "mock"]),
        ("name has: expected", &["expect", "actual", "result", "output"]),
        ("name has: new", &["new", "reset", "change", "confirm", "repeat", "old"]),
        ("name has: forgot", &["forgot", "recover", "remember", "require", "strength", "policy"]),
        ("name has: env", &["env"]),
        ("name has: config", &["config", "setting", "option", "prop"]),
        ("name has: db", &["db", "database", "sql", "mongo", "redis", "jdbc", "ldap", "datasource"]),
        ("name has: mail", &["mail", "smtp", "imap"]),
        ("name has: cloud", &["aws", "azure", "gcp", "google", "s3"]),
        ("name has: provider", &["github", "gitlab", "slack", "stripe", "twilio", "facebook", "twitter"]),
        ("name has: client", &["client", "consumer", "app"]),
        ("name has: access", &["access", "bearer"]),
        ("name has: refresh", &["refresh", "session", "cookie", "csrf", "xsrf", "jwt"]),
        ("name has: sign", &["sign", "hmac"]),
        ("name has: encrypt", &["encrypt", "crypt", "cipher", "aes", "rsa"]),
        ("name has: cert", &["cert", "keystore", "truststore", "pem", "x509", "ssl", "tls"]),
        ("name has: store", &["store", "cache", "vault", "manager", "provider", "service"]),
        ("name has: get", &["get", "fetch", "find", "load", "read", "lookup"]),
        ("name has: set", &["set", "update", "put", "add", "create", "generate"]),
        ("name has: is, has", &["is", "has", "can", "should", "use", "enable", "allow", "show"]),
        ("name has: validate", &["valid", "check", "verify", "match", "compare"]),
        ("name has: prefix", &["prefix", "suffix", "pattern", "regex", "header"]),
        ("name has: value", &["value", "string", "str", "data", "content", "body"]),
        ("name has: index", &["index", "primary", "foreign", "unique", "sort", "map", "keyboard"]),
        ("name has: version", &["version", "revision", "commit", "ref"]),
        ("name has: code", &["code", "pin", "otp", "totp"]),
        ("name has: encoded", &["base64", "hex", "encoded", "bytes", "raw"]),
        ("name has: webhook", &["webhook", "hook"]),
        ("name has: license", &["license", "licence", "serial", "product"]),
        ("name has: node", &["node", "item", "list", "array", "row", "tag", "element"]),
        ("name has: dot", &["."]),
        ("name has: dash", &["-"]),
        ("name has: underscore", &["_"]),
        ("name has: digit", &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    ])
});

/// On the line, left of the value.
pub(super) static LINE: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(&[
        ("left has: comparison", &["==", "!=", "<>", ".equals", "===", "eq("]),
        ("left has: assert", &["assert", "expect", "should", "must", "require("]),
        (
            "left has: get",
            &["get(", "get_", ".get", "getproperty", "getstring", "getvalue", "find", "lookup", "fetch"],
        ),
        ("left has: set", &["set(", ".set", "put(", "add(", "append", "insert", "push("]),
        ("left has: environment", &["env", "environ", "getenv", "process."]),
        ("left has: configuration", &["config", "conf.", "settings", "properties", "option"]),
        (
            "left has: argument parser",
            &["argument", "argparse", "flag.", "flags.", "option(", "@click", "opts"],
        ),
        ("left has: output", &["print", "echo", "log", "write", "console", "puts", "fmt."]),
        ("left has: error", &["error", "throw", "raise", "exception", "fail", "warn"]),
        ("left has: return", &["return"]),
        ("left has: declaration", &["const ", "let ", "var ", "final ", "static ", "val "]),
        ("left has: visibility", &["public ", "private ", "protected ", "internal ", "export "]),
        ("left has: type of strings", &["string", "char", "str ", "byte"]),
        ("left has: other types", &["int ", "bool", "number", "object", "float", "any"]),
        ("left has: definition", &["def ", "func", "class ", "struct ", "enum ", "interface ", "type "]),
        ("left has: condition", &["if ", "if(", "while", "case ", "switch", "when "]),
        ("left has: import", &["import ", "require", "include", "using ", "from "]),
        ("left has: selector", &["$(", "queryselector", "byid", "by.", "xpath", "css(", "locator"]),
        ("left has: markup", &["<", "/>", "name=", "value=", "id=", "type="]),
        ("left has: placeholder attribute", &["placeholder", "label", "title=", "alt=", "message", "text("]),
        ("left has: hash function", &["md5", "sha", "hash", "hmac", "digest", "crypt", "encode", "decode"]),
        ("left has: comment", &["//", "# ", "/*", "<!--", "--", " * ", ";;"]),
        ("left has: documentation tag", &["@param", "@return", ":param", "@example", ">>>", "e.g", "i.e"]),
        (
            "left has: connect",
            &["connect", "login(", "auth(", "authenticate", "signin", "sign_in", "session"],
        ),
        ("left has: user", &["user", "admin", "root", "email", "login"]),
        ("left has: host", &["host", "server", "url", "http", "jdbc", "port"]),
        (
            "left has: command",
            &["curl", "mysql", "psql", "docker", "ssh", "openssl", "--", "sudo", "export "],
        ),
        ("left has: SQL", &["select ", "insert ", "where ", "update ", "values", "identified by", "create "]),
        ("left has: test", &["test", "spec", "mock", "stub", "fixture", "describe(", "it("]),
        ("left has: example", &["example", "sample", "demo", "dummy", "fake", "default"]),
        ("left has: placeholder form", &["${", "{{", "<%", "%s", "#{"]),
        ("left has: new", &["new ", "create", "build", "with(", "of("]),
        ("left has: translation", &["t(", "_(", "i18n", "gettext", "translate", "tr("]),
        ("left has: regular expression", &["regex", "pattern", "match(", "re.", "replace(", "test("]),
        ("left has: encryption", &["encrypt", "cipher", "aes", "rsa", "keypair", "sign("]),
        ("left has: assignment of more", &["||", "??", "or ", ":-", "ifnull", "default("]),
    ])
});

/// On the lines before and after.
pub(super) static AROUND: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(&[
        ("around has: user", &["user", "login", "account"]),
        ("around has: host", &["host", "server", "port", "endpoint"]),
        ("around has: password", &["password", "passwd", "pwd"]),
        ("around has: secret", &["secret"]),
        ("around has: token", &["token"]),
        ("around has: key", &["apikey", "api_key", "api-key", "access_key", "accesskey", "key_id"]),
        ("around has: database", &["database", "jdbc", "mysql", "postgres", "mongo", "dbname", "db_"]),
        ("around has: URL", &["http://", "https://", "url"]),
        ("around has: mail", &["@", "smtp", "mail"]),
        ("around has: environment", &["getenv", "environ", "process.env", "env(", "env["]),
        ("around has: assert", &["assert", "expect(", "should", "assertequals", "toequal"]),
        ("around has: test", &["test", "mock", "fixture", "describe("]),
        ("around has: example", &["example", "sample", "demo", "dummy", "fake"]),
        ("around has: todo", &["todo", "fixme", "replace", "change", "do not"]),
        ("around has: hash", &["hash", "digest", "sha256", "sha1", "md5", "crypt"]),
        ("around has: public key", &["public", "certificate", "-----begin"]),
        ("around has: definition", &["def ", "function", "func ", "class ", "public "]),
        ("around has: import", &["import ", "#include", "require(", "using "]),
        ("around has: markup", &["</", "/>", "<div", "<input", "label"]),
        (
            "around has: fields of forms",
            &["type:", "\"type\"", "required", "field", "varchar", "column", "schema"],
        ),
        ("around has: length", &["length", "min", "max"]),
        ("around has: version", &["version", "integrity", "resolved", "checksum"]),
        ("around has: message", &["message", "error", "title", "description"]),
        ("around has: constants", &["const ", "static ", "final ", "#define", "enum"]),
    ])
});

/// In the path.
pub(super) static PATH: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::new(&[
        ("path has: test", &["test"]),
        ("path has: spec", &["spec"]),
        ("path has: mock", &["mock", "fixture", "stub", "fake", "cassette"]),
        ("path has: example", &["example", "sample", "demo", "tutorial", "quickstart"]),
        ("path has: documentation", &["doc", "readme", "changelog", "guide", "wiki", "manual"]),
        ("path has: translation", &["i18n", "locale", "lang", "l10n", "translat", "messages"]),
        ("path has: vendored", &["vendor", "third", "node_modules", "extern", "deps", "lib/"]),
        ("path has: configuration", &["config", "conf", "setting", "properties"]),
        ("path has: environment", &["env"]),
        (
            "path has: deployment",
            &["deploy", "docker", "k8s", "kube", "helm", "chart", "terraform", "ansible"],
        ),
        ("path has: pipeline", &[".github", "travis", "jenkins", "ci/", ".gitlab", "circleci", "workflow"]),
        ("path has: secret", &["secret", "credential", "password", "passwd"]),
        ("path has: auth", &["auth", "login", "oauth", "saml", "security", "token"]),
        ("path has: crypto", &["crypt", "ssl", "tls", "cert", "key", "hash", "sign"]),
        ("path has: migration", &["migrat", "seed", "schema", "dump", "fixtures"]),
        ("path has: interface", &["api", "swagger", "openapi", "proto", "rpc"]),
        ("path has: database", &["sql", "database", "db", "mongo", "redis"]),
        ("path has: source", &["src"]),
        ("path has: main", &["main"]),
        ("path has: resources", &["resource", "static", "public", "assets", "data"]),
        ("path has: template", &["template", "tpl", "skeleton", "scaffold"]),
        ("path has: view", &["view", "component", "page", "ui", "form", "html"]),
        ("path has: client", &["client", "sdk", "connector", "driver", "plugin"]),
        ("path has: server", &["server", "service", "backend", "controller", "handler"]),
        ("path has: model", &["model", "entity", "dto", "domain"]),
        ("path has: utility", &["util", "helper", "common", "tools", "script"]),
        ("path has: integration", &["integration", "e2e", "acceptance", "functional"]),
        ("path has: constants", &["constant", "enum", "types", "const"]),
    ])
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_raise_their_entry_in_any_case_and_side() {
        let number = |lexicon: &Lexicon, texts: &[&[u8]], name: &str| {
            let mut out = Vec::new();
            lexicon.push(texts, &mut out);
            out[lexicon.names().position(|known| known == name).expect("known")]
        };
        for (texts, expected) in [
            ([&b"DB_HOST=x"[..], b""], 2.0),
            ([&b""[..], b"host"], 1.0),
            ([b"host", b"Host"], 3.0),
            ([b"", b""], 0.0),
        ] {
            assert!((number(&AROUND, &texts, "around has: host") - expected).abs() < 1e-6, "{expected}");
        }
        assert!((number(&NAME, &[b"DbPassword"], "name has: pass") - 1.0).abs() < 1e-6);
        assert!((number(&NAME, &[b"DbPassword"], "name has: password") - 1.0).abs() < 1e-6);
        assert!(number(&NAME, &[b"DbPassword"], "name has: token").abs() < 1e-6);
    }

    #[test]
    fn lists_fit_their_bits() {
        for lexicon in [&VALUE, &NAME, &LINE, &AROUND, &PATH] {
            assert!(lexicon.entries.len() <= 128 && lexicon.owner.len() <= 512);
        }
    }
}
