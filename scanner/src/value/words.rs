//! A small list of common English and technical words, and how much of a value they cover.
//!
//! The list was written for this project: words that occur in names, labels and chosen passwords. It does not
//! try to be a dictionary; what it misses only makes a text look a little more random.

use std::cmp::Ordering;

/// The shortest word of the list, in letters.
const SHORTEST: usize = 4;
/// The longest word of the list, in letters.
const LONGEST: usize = 16;
/// At most this many letters are looked at.
const LOOKED_AT: usize = 256;

/// True if `word` (in any case) is in the list.
pub fn contains(word: &[u8]) -> bool {
    (SHORTEST..=LONGEST).contains(&word.len())
        && WORDS.binary_search_by(|probe| compare(probe.as_bytes(), word)).is_ok()
}

/// Compares a lower-case word of the list with a word in any case.
fn compare(probe: &[u8], word: &[u8]) -> Ordering {
    probe.iter().copied().cmp(word.iter().map(u8::to_ascii_lowercase))
}

/// Share of the value's ASCII letters that lie in words of the list, longest word first, in [0, 1]; 0 if there
/// are no letters. Words may run together (`openSesame`, `secretkey`). Looks at the first 256 bytes.
pub fn cover(value: &[u8]) -> f32 {
    let value = &value[..value.len().min(LOOKED_AT)];
    let mut letters = 0_usize;
    let mut covered = 0_usize;
    let mut at = 0;
    while at < value.len() {
        let run = value[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
        if run == 0 {
            at += 1;
            continue;
        }
        letters += run;
        covered += cover_run(&value[at..at + run]);
        at += run;
    }
    if letters == 0 { 0.0 } else { covered as f32 / letters as f32 }
}

/// Letters of one run of letters that words cover.
fn cover_run(run: &[u8]) -> usize {
    let mut at = 0;
    let mut covered = 0;
    while at + SHORTEST <= run.len() {
        let longest = LONGEST.min(run.len() - at);
        match (SHORTEST..=longest).rev().find(|&len| contains(&run[at..at + len])) {
            Some(len) => {
                covered += len;
                at += len;
            }
            None => at += 1,
        }
    }
    covered
}

/// Sorted, lower case, four letters or more.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "able", "about", "above", "abstract", "accept", "access", "accesskey", "account", "action", "active",
    "activity", "actor", "adapter", "addon", "address", "admin", "administrator", "advanced", "after",
    "again", "agent", "aggregate", "alarm", "alert", "alias", "alice", "align", "allow", "alpha", "already",
    "also", "alter", "always", "amount", "analysis", "analytics", "anchor", "andrew", "android", "angle",
    "animal", "animation", "annotation", "anonymous", "another", "answer", "anything", "apache", "apikey",
    "apple", "application", "apply", "approve", "april", "archive", "area", "argument", "around", "array",
    "arrow", "article", "artifact", "asset", "assign", "assistant", "async", "attach", "attack", "attempt",
    "attribute", "audio", "audit", "august", "authentication", "author", "authorization", "auto",
    "available", "avatar", "average", "back", "backend", "background", "backup", "badge", "balance",
    "banana", "bank", "banner", "base", "baseball", "basic", "basically", "batch", "battery", "beach",
    "bean", "bear", "beauty", "before", "begin", "behavior", "being", "below", "benchmark", "best", "beta",
    "better", "between", "beyond", "bill", "billing", "binary", "binding", "bird", "birth", "black",
    "blank", "block", "blog", "blue", "board", "body", "bold", "book", "boolean", "border", "both",
    "bottom", "bounce", "bounds", "branch", "brand", "break", "bridge", "bright", "broker", "browser",
    "bucket", "buffer", "build", "builder", "bundle", "business", "button", "byte", "cache", "calendar",
    "call", "callback", "camera", "campaign", "cancel", "candidate", "cannot", "canvas", "capacity",
    "capital", "caption", "capture", "card", "career", "cart", "case", "cash", "castle", "catalog", "catch",
    "category", "center", "central", "certificate", "chain", "challenge", "change", "changeit", "changeme",
    "channel", "chapter", "character", "charge", "charlie", "chart", "chat", "check", "checkbox",
    "checkout", "chicken", "child", "children", "china", "chocolate", "choice", "choose", "chrome",
    "cipher", "circle", "city", "class", "classic", "clean", "clear", "click", "client", "clock", "clone",
    "close", "cloud", "cluster", "coach", "code", "coffee", "collapse", "collect", "collection", "color",
    "column", "combine", "come", "comma", "command", "comment", "commit", "common", "community", "company",
    "compare", "compile", "complete", "component", "compose", "computer", "condition", "conf", "config",
    "configuration", "confirm", "conflict", "connect", "connection", "connector", "console", "constant",
    "consumer", "contact", "container", "contains", "content", "context", "continue", "contract", "control",
    "controller", "convert", "cookie", "copy", "core", "corner", "correct", "correctly", "cost", "count",
    "counter", "country", "coupon", "course", "cover", "crash", "create", "created", "creation",
    "credential", "credentials", "credit", "crypto", "current", "currently", "cursor", "custom", "customer",
    "cycle", "daemon", "daily", "daniel", "dark", "dash", "dashboard", "data", "database", "date",
    "datetime", "days", "dead", "debug", "december", "decimal", "declare", "decode", "decrypt", "deep",
    "default", "define", "definition", "delay", "delete", "delivery", "demo", "denied", "department",
    "deploy", "deployment", "depth", "derive", "desc", "describe", "description", "design", "desk",
    "desktop", "destination", "detail", "details", "detect", "develop", "developer", "development",
    "device", "diagram", "dialog", "dict", "dictionary", "diff", "digest", "digital", "dimension", "direct",
    "direction", "directly", "directory", "disable", "disabled", "discount", "discover", "display",
    "distance", "divide", "docker", "doctor", "document", "domain", "done", "door", "dotnet", "double",
    "down", "download", "draft", "dragon", "dragonfly", "draw", "drive", "driver", "drop", "dummy", "dump",
    "duplicate", "duration", "dynamic", "each", "early", "earth", "easily", "easy", "echo", "edge", "edit",
    "editor", "effect", "elastic", "element", "elizabeth", "else", "email", "embed", "employee", "empty",
    "enable", "enabled", "encode", "encoding", "encrypt", "encrypted", "encryption", "endpoint", "energy",
    "engine", "english", "enter", "entered", "enterprise", "entity", "entry", "enum", "environment",
    "equal", "error", "escape", "event", "every", "exact", "exactly", "example", "except", "exception",
    "exchange", "exclude", "execute", "exist", "exit", "expand", "expect", "expected", "expire", "expired",
    "expires", "explain", "export", "express", "expression", "extend", "extension", "external", "extra",
    "factor", "factory", "fail", "failed", "failure", "fake", "fallback", "false", "family", "fast",
    "fatal", "favorite", "feature", "february", "fedora", "feed", "feedback", "fetch", "field", "file",
    "filename", "fill", "filter", "final", "find", "finger", "fingerprint", "finish", "fire", "firebase",
    "first", "fish", "fixed", "fixture", "flag", "flash", "flat", "flight", "float", "floor", "flow",
    "flower", "flush", "focus", "folder", "follow", "font", "football", "footer", "force", "foreign",
    "forget", "forgot", "fork", "form", "format", "forum", "forward", "found", "foundation", "fragment",
    "frame", "framework", "free", "frequency", "fresh", "friday", "friend", "from", "front", "frontend",
    "full", "function", "future", "galaxy", "gallery", "game", "garden", "gate", "gateway", "general",
    "generally", "generate", "generated", "generator", "generic", "george", "gift", "github", "gitlab",
    "give", "global", "gmail", "gold", "golden", "good", "google", "grafana", "grant", "graph", "graphql",
    "gray", "great", "green", "grid", "group", "guard", "guest", "guide", "hack", "hand", "handle",
    "handler", "happens", "happy", "hard", "hash", "have", "having", "head", "header", "heading", "health",
    "heart", "heavy", "height", "hello", "help", "helper", "hidden", "hide", "high", "history", "hold",
    "home", "hook", "horizontal", "host", "hostname", "hotel", "hour", "house", "html", "http", "https",
    "human", "hunter", "icon", "idea", "identifier", "identity", "idle", "ignore", "image", "import",
    "important", "inactive", "include", "incorrect", "index", "info", "information", "init", "initial",
    "inject", "inline", "inner", "input", "insert", "inside", "install", "installed", "instance", "instant",
    "instead", "integer", "integration", "interface", "internal", "internet", "interval", "invalid",
    "invite", "invoice", "issue", "item", "iterator", "itself", "jacket", "january", "java", "javascript",
    "jenkins", "jennifer", "jessica", "john", "join", "jordan", "journal", "json", "july", "jump", "june",
    "junit", "just", "kafka", "keep", "kernel", "keyboard", "keycloak", "keystore", "keyword", "kind",
    "king", "kitchen", "know", "kube", "kubernetes", "label", "lambda", "language", "large", "last",
    "latest", "launch", "layer", "layout", "leader", "learn", "leave", "left", "legacy", "legal", "length",
    "less", "letmein", "letter", "level", "library", "license", "life", "light", "like", "limit", "line",
    "linear", "link", "linux", "list", "listen", "listener", "little", "live", "load", "loader", "local",
    "locale", "localhost", "location", "lock", "logger", "logging", "login", "logo", "logout", "long",
    "look", "looking", "loop", "lorem", "loss", "lost", "love", "lower", "machine", "magic", "mail", "main",
    "maintenance", "make", "manage", "manager", "manifest", "manual", "many", "march", "margin", "mark",
    "market", "markup", "martin", "mask", "master", "match", "material", "math", "matrix", "maven",
    "maximum", "measure", "media", "medium", "member", "memory", "menu", "merge", "message", "meta",
    "metadata", "meter", "method", "metric", "metrics", "michael", "micro", "microsoft", "middle",
    "middleware", "migrate", "migration", "minimum", "minute", "mirror", "missing", "mobile", "mock",
    "modal", "mode", "model", "modify", "module", "moment", "monday", "money", "mongo", "mongodb",
    "monitor", "monkey", "month", "more", "mount", "mouse", "move", "movie", "much", "multi", "multiple",
    "music", "mutable", "mysql", "name", "namespace", "native", "nature", "navigation", "need", "needed",
    "nested", "network", "never", "news", "next", "nginx", "night", "node", "none", "normal", "north",
    "notice", "notification", "november", "null", "number", "object", "october", "offer", "office",
    "offline", "offset", "online", "only", "open", "openstack", "operation", "operator", "optimize",
    "option", "optional", "options", "oracle", "orange", "order", "organization", "origin", "original",
    "other", "outer", "output", "outside", "over", "overflow", "override", "overview", "owner", "pack",
    "package", "page", "pager", "paint", "pair", "panda", "panel", "paper", "paragraph", "parallel",
    "param", "parameter", "parent", "parse", "parser", "part", "partial", "partition", "partner", "party",
    "pass", "passed", "passphrase", "passphrases", "passwd", "password", "passwords", "paste", "patch",
    "path", "pattern", "pause", "payload", "payment", "paypal", "peer", "pending", "people", "percent",
    "perform", "performance", "period", "permission", "person", "phone", "photo", "phrase", "picture",
    "piece", "ping", "pink", "pipe", "pipeline", "pizza", "place", "placeholder", "plain", "plan", "plane",
    "platform", "play", "player", "please", "plugin", "point", "policy", "pool", "popular", "port",
    "portal", "position", "possible", "post", "postgres", "postgresql", "power", "prefix", "premium",
    "present", "press", "preview", "previous", "price", "primary", "prime", "princess", "print", "priority",
    "private", "probably", "process", "processor", "producer", "product", "production", "profile",
    "program", "progress", "project", "prompt", "properties", "property", "protected", "protocol",
    "prototype", "provided", "provider", "proxy", "public", "publish", "pull", "purchase", "purple", "push",
    "python", "qualified", "quality", "query", "question", "queue", "quick", "quote", "qwerty", "rabbit",
    "rabbitmq", "radio", "rails", "rainbow", "random", "range", "rate", "ratio", "read", "reader", "ready",
    "real", "really", "realm", "reason", "receive", "recent", "recommended", "record", "recovery",
    "redirect", "redis", "reduce", "reference", "refresh", "region", "register", "registry", "regular",
    "reject", "relation", "release", "reload", "remember", "remote", "remove", "render", "renew", "repeat",
    "replace", "replica", "reply", "report", "repository", "request", "require", "required", "reserve",
    "reset", "resize", "resolve", "resource", "response", "rest", "restart", "restore", "result", "resume",
    "retry", "return", "returns", "reverse", "review", "right", "ring", "river", "road", "robert", "robot",
    "role", "root", "rotate", "round", "route", "router", "rule", "runner", "running", "runtime", "safe",
    "salt", "same", "sample", "sandbox", "saturday", "save", "scale", "scan", "schedule", "schema",
    "school", "scope", "score", "screen", "script", "scroll", "search", "season", "second", "secret",
    "secretkey", "secrets", "section", "secure", "security", "select", "selector", "self", "sell", "send",
    "sender", "sensor", "separate", "september", "sequence", "serial", "series", "server", "serverless",
    "service", "services", "session", "setting", "settings", "setup", "shadow", "shape", "share", "shared",
    "shell", "shift", "ship", "shipping", "shop", "short", "shortcut", "should", "show", "side", "sign",
    "signature", "signed", "signing", "silver", "similar", "simple", "single", "site", "size", "skip",
    "slack", "slave", "slide", "slow", "small", "smart", "smtp", "snapshot", "soccer", "social", "socket",
    "soft", "software", "solution", "some", "something", "sonar", "song", "sort", "sound", "source",
    "south", "space", "spark", "special", "specified", "speed", "split", "spring", "square", "stable",
    "stack", "staff", "stage", "staging", "standard", "star", "start", "state", "statement", "static",
    "station", "statistics", "status", "step", "stock", "stop", "storage", "store", "story", "strategy",
    "stream", "street", "string", "strip", "strong", "structure", "student", "style", "subject", "submit",
    "subscribe", "subscription", "success", "suffix", "suggest", "suite", "summary", "summer", "sunday",
    "sunshine", "super", "superman", "supersecret", "supplier", "support", "supported", "supports", "sure",
    "surface", "swagger", "swift", "switch", "symbol", "sync", "syntax", "system", "table", "target",
    "task", "team", "technology", "telegram", "temp", "template", "temporary", "tenant", "term", "terminal",
    "terraform", "test", "tested", "tester", "testing", "tests", "text", "thank", "that", "their", "theme",
    "themselves", "then", "there", "these", "thing", "things", "think", "this", "thomas", "thread", "three",
    "threshold", "through", "throw", "thursday", "ticket", "tiger", "time", "timeout", "timer", "timestamp",
    "title", "today", "together", "toggle", "token", "tokens", "tomcat", "tool", "toolbar", "tooltip",
    "topic", "total", "touch", "trace", "track", "trade", "traffic", "train", "transaction", "transfer",
    "transform", "translate", "translation", "transport", "tree", "trigger", "true", "trust", "trusted",
    "tuesday", "twitter", "type", "ubuntu", "unable", "undefined", "under", "unique", "unit", "universal",
    "unknown", "unlock", "until", "update", "upgrade", "upload", "upper", "usage", "used", "user",
    "username", "users", "using", "usually", "valid", "validate", "validation", "value", "values",
    "variable", "variant", "vault", "vector", "vendor", "verify", "version", "vertical", "video", "view",
    "virtual", "visible", "visit", "visitor", "voice", "volume", "wait", "wallet", "warehouse", "warn",
    "warning", "watch", "water", "wave", "weather", "webhook", "website", "wednesday", "week", "weight",
    "welcome", "well", "west", "what", "when", "where", "whether", "which", "while", "white", "wide",
    "widget", "width", "will", "window", "windows", "winter", "with", "without", "woman", "word",
    "wordpress", "work", "worker", "workflow", "workspace", "world", "worldwide", "would", "wrap", "write",
    "writer", "wrong", "yellow", "yesterday", "your", "yourself", "zero", "zone", "zookeeper",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_within_its_bounds() {
        assert!(WORDS.is_sorted_by(|a, b| a < b));
        for word in WORDS {
            assert!((SHORTEST..=LONGEST).contains(&word.len()), "{word}");
            assert!(word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
        }
    }

    #[test]
    fn words_are_found_in_any_case() {
        assert!(contains(b"Password") && contains(b"TOKEN") && !contains(b"xqzt") && !contains(b"the"));
    }

    #[test]
    fn cover_is_the_share_of_letters_in_words() {
        for (value, share) in [
            ("", 0.0),
            ("12345", 0.0),
            ("secretToken", 1.0),
            ("xq7zvk", 0.0),
            ("open-xqzv", 0.5),
            ("test1234", 1.0),
        ] {
            assert!((cover(value.as_bytes()) - share).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn a_long_value_costs_no_more_than_its_head() {
        assert!((cover(&b"x".repeat(1 << 20))).abs() < 1e-6);
    }
}
