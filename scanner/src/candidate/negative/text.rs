//! Values that are text for people: labels, messages, translations.

use crate::candidate::Syntax;
use crate::candidate::hit::Text;
use crate::reason::Reason;
use crate::value::charset::Charset;
use crate::value::randomness::looks_random;
use crate::value::words;

/// Words that address the reader or report a fault; a chosen phrase has none of them.
#[rustfmt::skip]
const PROMPT_WORDS: &[&[u8]] = &[
    b"enter", b"your", b"please", b"confirm", b"forgot", b"forgotten", b"reset", b"change", b"invalid",
    b"required", b"must", b"is", b"are", b"not", b"new", b"current", b"old", b"repeat", b"wrong",
    b"incorrect", b"missing", b"no", b"be", b"failed", b"error", b"too", b"short", b"long", b"show",
    b"hide", b"for", b"of", b"to", b"the", b"should", b"cannot", b"if", b"optional", b"use", b"used",
    b"type", b"number", b"field", b"from", b"or", b"and", b"malformed", b"expired", b"unknown",
];

/// Words of prompts and messages; with a blank beside them they make a sentence.
#[rustfmt::skip]
const SENTENCE_WORDS: &[&[u8]] = &[
    b"enter", b"your", b"please", b"confirm", b"forgot", b"forgotten", b"reset", b"change", b"invalid",
    b"required", b"must", b"the", b"is", b"not", b"a", b"an", b"for", b"of", b"to", b"and", b"or", b"in",
    b"on", b"with", b"new", b"current", b"old", b"repeat", b"wrong", b"incorrect", b"missing", b"no", b"be",
    b"are", b"was", b"has", b"have", b"this", b"that", b"if", b"from", b"by", b"as", b"at", b"can", b"will",
    b"account", b"password", b"token", b"key", b"secret", b"user", b"username", b"login", b"type", b"api",
    b"access", b"failed", b"error", b"show", b"hide",
];

/// `NaturalText` for sentences, labels and translations.
pub(super) fn of(value: &[u8], syntax: Syntax, text: Text<'_>) -> Option<Reason> {
    let head = &value[..value.len().min(256)];
    let set = Charset::of(head);
    if is_translation(text)
        && !looks_random(value)
        && (set.spaces > 0 || set.non_ascii > 0 || !set.has_digit())
    {
        return Some(Reason::NaturalText);
    }
    // Scripts without blanks between words: four letters of three bytes each and little else.
    if set.non_ascii >= 9
        && set.non_ascii * 2 > set.len
        && syntax != Syntax::Bare
        && !is_chosen_abroad(head, set, text)
    {
        return Some(Reason::NaturalText);
    }
    if set.spaces == 0 && tells_origin(head) {
        return Some(Reason::NaturalText);
    }
    if set.spaces == 0 {
        let body =
            head.strip_suffix(b"...").or_else(|| head.strip_suffix(b":")).or_else(|| head.strip_suffix(b"?"));
        let word =
            body.is_some_and(|body| body.iter().all(u8::is_ascii_alphabetic) && words::cover(body) > 0.7);
        return word.then_some(Reason::NaturalText);
    }
    let parts: Vec<&[u8]> =
        head.split(|b| matches!(b, b' ' | b'\t')).filter(|part| !part.is_empty()).collect();
    if set.non_ascii > 3 {
        return Some(Reason::NaturalText);
    }
    let plain = parts.iter().filter(|part| is_plain_word(part)).count();
    let prompt = parts.iter().any(|part| PROMPT_WORDS.iter().any(|word| word.eq_ignore_ascii_case(part)));
    // A few lower-case words are a phrase that somebody chose as often as a remark (`super secret`).
    let phrase = matches!(syntax, Syntax::Quoted | Syntax::Argument | Syntax::Markup)
        && parts.len() <= 5
        && !prompt
        && !is_translation(text)
        && head
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'_'));
    if phrase {
        return None;
    }
    let sentence = parts.iter().any(|part| SENTENCE_WORDS.iter().any(|word| word.eq_ignore_ascii_case(part)));
    let title =
        parts.len() >= 2 && parts.iter().all(|part| part[0].is_ascii_uppercase() && is_plain_word(part));
    if parts.len() >= 2 && (sentence && plain * 3 >= parts.len() * 2 || title)
        || parts.len() >= 3 && plain * 2 > parts.len()
    {
        return Some(Reason::NaturalText);
    }
    // Without quotes a password holds no blanks in any syntax we read, except a phrase in configuration.
    (matches!(syntax, Syntax::Bare | Syntax::Prose)
        && parts.len() >= 2
        && plain > 0
        && words::cover(head) > 0.3)
        .then_some(Reason::NaturalText)
}

/// `supplied-by-operator`, `comes_from_vault`: words that tell where a value is or what becomes of it.
fn tells_origin(value: &[u8]) -> bool {
    const DONE: &[&[u8]] = &[
        b"stored",
        b"managed",
        b"generated",
        b"provided",
        b"supplied",
        b"injected",
        b"set",
        b"read",
        b"comes",
        b"taken",
        b"loaded",
        b"fetched",
        b"kept",
        b"shared",
        b"rotated",
        b"encrypted",
        b"inherited",
        b"defined",
        b"configured",
    ];
    const WHERE: &[&[u8]] = &[b"in", b"by", b"from", b"at", b"with", b"on", b"every", b"via", b"during"];
    let lower = value.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'));
    let words = || value.split(|b| matches!(b, b'-' | b'_'));
    lower && words().zip(words().skip(1)).any(|(done, place)| DONE.contains(&done) && WHERE.contains(&place))
}

/// The word for a password in scripts whose labels are told by it (without the first letter, for its two cases).
const PASSWORD_WORDS: &[&str] =
    &["ароль", "секрет", "ключ", "密码", "密碼", "口令", "暗号", "パスワード", "비밀번호", "암호"];

/// One run of foreign letters that is a password rather than a label: something is counted or marked at its end
/// (`Пароль123`), or it does not speak about passwords. Scripts that write no blanks make sentences of such runs too,
/// so there only files of settings are believed.
fn is_chosen_abroad(value: &[u8], set: Charset, text: Text<'_>) -> bool {
    let ends_marked = value
        .last()
        .is_some_and(|b| b.is_ascii_digit() || matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'*' | b'&'));
    let blankless = value.iter().any(|b| *b >= 0xe0);
    let speaks = PASSWORD_WORDS.iter().any(|word| memchr::memmem::find(value, word.as_bytes()).is_some());
    // Full-width and ideographic punctuation, as sentences have it.
    let sentence =
        [&b"\xef\xbc"[..], b"\xe3\x80"].iter().any(|mark| memchr::memmem::find(value, mark).is_some());
    set.spaces == 0 && !sentence && (ends_marked || !speaks && (!blankless || super::is_configuration(text)))
}

/// Letters with punctuation at the end.
fn is_plain_word(part: &[u8]) -> bool {
    let body = part
        .strip_suffix(b".")
        .or_else(|| part.strip_suffix(b","))
        .or_else(|| part.strip_suffix(b":"))
        .or_else(|| part.strip_suffix(b"!"))
        .or_else(|| part.strip_suffix(b"?"))
        .unwrap_or(part);
    !body.is_empty()
        && body
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'\'' | b'-' | b'(' | b')' | b'\\' | b'"'))
}

/// Files that hold nothing but translations.
fn is_translation(text: Text<'_>) -> bool {
    let path = text.path.path.to_ascii_lowercase();
    matches!(
        text.path.extension.as_str(),
        "po" | "pot" | "strings" | "arb" | "resx" | "xliff" | "xlf" | "rrc"
    ) || [
        "i18n/",
        "locales/",
        "locale/",
        "lang/",
        "langs/",
        "translations/",
        "translation/",
        "nls/",
        "l10n/",
        "languages/",
    ]
    .iter()
    .any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")))
        || is_android_resource(text)
        || text.path.name.starts_with("messages_") && text.path.extension == "properties"
        || text.path.name.starts_with("translation")
        || text.path.name.ends_with(".lang.php")
}

/// `res/values-de/strings.xml`. Helm's `values-prod.yaml` and folders of deployments are settings.
fn is_android_resource(text: Text<'_>) -> bool {
    let folder = text.path.path.rsplit('/').nth(1).unwrap_or_default();
    text.path.extension == "xml" && folder.starts_with("values-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::structural::Tables;
    use crate::source::Content;
    use crate::value::path::PathInfo;

    fn reason(value: &str, path: &str) -> Option<Reason> {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let extension = name.rsplit('.').next().unwrap_or("").to_owned();
        let path = PathInfo { path: path.to_owned(), name, extension, ..PathInfo::default() };
        of(
            value.as_bytes(),
            Syntax::Quoted,
            Text { bytes: b"", content: Content::Text, path: &path, tables: &Tables::default() },
        )
    }

    #[test]
    fn labels_and_sentences_are_text() {
        for value in [
            "Enter your password",
            "Account Password",
            "Forgot password?",
            "must be at least 8 characters",
            "Passwort eingeben bitte",
            "密码不能为空啊",
            "Password:",
            "supplied-by-operator",
            "comes_from_vault",
        ] {
            assert_eq!(reason(value, "a.js"), Some(Reason::NaturalText), "{value}");
        }
    }

    #[test]
    fn passwords_with_blanks_are_kept() {
        for value in [
            "open sesame",
            "super secret",
            "is!realPassword?",
            "correct9 horse2 staple!",
            "hunter2",
            "coral-by-sunset",
            "set2-in4-stone",
            "pässword1",
        ] {
            assert_eq!(reason(value, "a.js"), None, "{value}");
        }
    }

    #[test]
    fn translation_files_hold_text() {
        assert_eq!(reason("wachtwoord", "php/Locale/Dutch.php"), Some(Reason::NaturalText));
        assert_eq!(reason("Passwort", "src/i18n/de.json"), Some(Reason::NaturalText));
        assert_eq!(reason("Passwort", "res/values-de/strings.xml"), Some(Reason::NaturalText));
        assert_eq!(reason("Zk3vT9qLw2Xr", "src/i18n/de.json"), None);
    }

    #[test]
    fn values_of_deployments_are_no_translations() {
        for path in [
            "charts/x/values-prod.yaml",
            "deploy/values-staging.yml",
            "values-prod/config.yaml",
            "app/values-de.xml",
        ] {
            assert_eq!(reason("Sommerwind", path), None, "{path}");
        }
        assert_eq!(reason("Passwort", "values-de-rAT/strings.xml"), Some(Reason::NaturalText));
    }

    #[test]
    fn passwords_in_other_scripts_are_kept() {
        for (value, path) in [
            ("Пароль123", "a.js"),
            ("КрасныйЧайник", "a.js"),
            ("Секрет2024!", "a.yml"),
            ("红色的水壶很好", "a.yml"),
            ("红色的水壶87", "a.js"),
        ] {
            assert_eq!(reason(value, path), None, "{value}");
        }
        for (value, path) in [
            ("Пароль", "a.js"),
            ("Введите пароль", "a.js"),
            ("红色的水壶很好", "a.js"),
            ("请输入6位密码", "a.yml"),
            ("不能为空。", "a.yml"),
            ("КрасныйЧайник", "src/i18n/ru.json"),
        ] {
            assert_eq!(reason(value, path), Some(Reason::NaturalText), "{value}");
        }
    }
}
