//! Defaults that a program declares for its own flags: `add_argument("--password", default="x")`,
//! `flag.StringVar(&p, "db-password", "x", "help")`, `.option('--token <t>', 'help', 'x')`.

use std::ops::Range;

use super::super::Syntax;
use super::super::assign;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push_named, reach};

/// Where a declaration has its name and its default.
#[derive(Clone, Copy)]
enum Form {
    /// By position: name and default.
    Positions(usize, usize),
    /// Any of the first arguments is the name; the default is named (`default=`, `default:`).
    Named,
    /// The name stands in the synopsis (`-p, --password <x>`); the default is named or the third argument.
    Synopsis,
}

/// Functions that declare a flag, as the prefilter sees them.
const CALLS: &[(&str, Form)] = &[
    ("add_argument(", Form::Named),
    ("add_option(", Form::Named),
    ("click.option(", Form::Named),
    ("@option(", Form::Named),
    ("typer.option(", Form::Named),
    (".option(", Form::Synopsis),
    (".stringvar(", Form::Positions(1, 2)),
    (".stringvarp(", Form::Positions(1, 3)),
    (".stringp(", Form::Positions(0, 2)),
];

const ANCHORS: [&str; CALLS.len()] = super::names(CALLS);

/// Declarations of flags.
pub(super) const DETECTOR: CodeDetector = CodeDetector { anchors: &ANCHORS, binary: false, find };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let called = bytes[anchor.clone()].to_ascii_lowercase();
    let Some(&(_, form)) = CALLS.iter().find(|(name, _)| name.as_bytes() == called) else { return };
    let (arguments, _) = reach::arguments(bytes, anchor.end);
    let literal = |at: usize| arguments.get(at).and_then(|argument| reach::string_argument(bytes, argument));
    let first = match form {
        Form::Positions(name, _) => name,
        Form::Named | Form::Synopsis => 0,
    };
    let last = if matches!(form, Form::Named) { first + 2 } else { first };
    let Some((name, rule)) = (first..=last).filter_map(literal).find_map(|span| flag(bytes, span)) else {
        return;
    };
    let value = match form {
        Form::Positions(_, value) => literal(value),
        Form::Named => named_default(bytes, &arguments),
        Form::Synopsis => named_default(bytes, &arguments).or_else(|| literal(2)),
    };
    let Some(span) = value else { return };
    push_named(text, hits, rule, span, name, Syntax::Argument);
}

/// The long flag in a synopsis, without dashes, if it names a credential, and that name's rule.
fn flag(bytes: &[u8], synopsis: Range<usize>) -> Option<(Range<usize>, &'static str)> {
    let inside = &bytes[synopsis.clone()];
    let from = synopsis.start + memchr::memmem::find(inside, b"--").map_or(0, |at| at + 2);
    let start = reach::skip(bytes, from, |b| b == b'-').min(synopsis.end);
    let end = reach::skip(bytes, start, |b| reach::is_word(b) || matches!(b, b'-' | b'.')).min(synopsis.end);
    let rule = assign::rule_of_name(&bytes[start..end])?;
    Some((start..end, rule))
}

/// `default="x"`, `{ default: 'x' }`, `default=os.getenv("X", "x")` is an assignment of its own.
fn named_default(bytes: &[u8], arguments: &[Range<usize>]) -> Option<Range<usize>> {
    arguments.iter().skip(1).find_map(|argument| {
        let object = bytes[argument.start] == b'{';
        let word = reach::find(bytes, argument.clone(), b"default")?;
        if !object && word != argument.start || reach::is_word(reach::before(bytes, word)) {
            return None;
        }
        let operator = reach::blanks(bytes, word + b"default".len());
        matches!(bytes.get(operator), Some(b'=' | b':')).then_some(())?;
        let literal = reach::quoted(bytes, reach::blanks(bytes, operator + 1))?;
        (object || literal.end == argument.end).then_some(literal.span)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn defaults_of_flags_are_found() {
        check(
            &DETECTOR,
            "generic-password",
            &[
                ("p.add_argument~(\"--password\", default=\"PWD1\")", &["PWD1"]),
                ("p.add_argument~('-p', '--password', help='the pw', default='PWD1')", &["PWD1"]),
                ("p.add_argument~(\n    '--db-password', type=str,\n    default = 'PWD1')", &["PWD1"]),
                ("@click.option~(\"--password\", default=\"PWD1\", help=\"x\")", &["PWD1"]),
                ("flag.StringVar~(&x, \"db-password\", \"PWD1\", \"help\")", &["PWD1"]),
                ("c.Flags().StringVarP~(&x, \"password\", \"p\", \"PWD1\", \"help\")", &["PWD1"]),
                ("pflag.StringP~(\"password\", \"p\", \"PWD1\", \"help\")", &["PWD1"]),
                ("program.option~('-p, --password <password>', 'the password', 'PWD1')", &["PWD1"]),
                ("yargs.option~('password', { type: 'string', default: 'PWD1' })", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn declarations_without_a_default_are_not() {
        check(
            &DETECTOR,
            "generic-password",
            &[
                ("p.add_argument~('--password', default=None, help='The default=PWD1')", &[]),
                ("p.add_argument~('--password', default=pw or 'PWD1')", &[]),
                ("p.add_argument~('--password-file', default='PWD1')", &[]),
                ("p.add_argument~('--host', default='PWD1')", &[]),
                ("p.add_argument~('--password', default='')", &[]),
                ("flag.StringVar~(&x, \"db-password\", \"\", \"help\")", &[]),
                ("program.option~('-p, --password <password>', 'the password')", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["p.add_argument~('--password', default='<password>')"]);
    }
}
