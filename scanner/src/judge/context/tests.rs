use super::*;
use crate::candidate::{Proof, Syntax};
use crate::rule::{Detector, Kind, Rule};

fn candidate(span: Range<usize>, key: Option<Range<usize>>) -> Candidate {
    Candidate {
        rule: Rule::for_test("generic-password", Kind::Password, Detector::Assignment),
        span,
        key,
        material: None,
        syntax: Syntax::Quoted,
        proof: Proof::None,
        also: Vec::new(),
        decoded: None,
    }
}

/// The window of the first `value` in `text`, bound to the first `key`.
fn of(text: &[u8], value: &str, key: &str) -> Window {
    let at = memmem::find(text, value.as_bytes()).expect("the value");
    let key = memmem::find(text, key.as_bytes()).filter(|_| !key.is_empty()).map(|at| at..at + key.len());
    window(text, &candidate(at..at + value.len(), key), "src/app.py")
}

fn texts(lines: &[Vec<u8>]) -> Vec<String> {
    lines.iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect()
}

#[test]
fn a_window_has_five_lines_on_each_side_and_no_line_breaks() {
    let lines = |name: &str| (0..9).map(|n| format!("{name}{n}\r\n")).collect::<Vec<_>>().concat();
    let text = lines("before") + "password = 'VALUE'  # end\r\n" + &lines("after");
    let window = of(text.as_bytes(), "VALUE", "password");
    assert_eq!(texts(&window.before), ["before4", "before5", "before6", "before7", "before8"]);
    assert_eq!(texts(&window.after), ["after0", "after1", "after2", "after3", "after4"]);
    assert_eq!((&window.left[..], &window.right[..]), (&b"password = '"[..], &b"'  # end"[..]));
    assert_eq!((window.key.as_deref(), &window.path[..]), (Some(&b"password"[..]), "src/app.py"));
}

#[test]
fn few_lines_give_a_short_window() {
    let window = of(b"a\nb\npw = VALUE\nc", "VALUE", "pw");
    assert_eq!(
        (texts(&window.before), texts(&window.after)),
        (vec!["a".into(), "b".into()], vec!["c".to_string()])
    );
    let window = of(b"VALUE", "VALUE", "");
    assert_eq!(
        (window.before.len(), window.after.len(), window.left.len(), window.right.len()),
        (0, 0, 0, 0)
    );
    let window = of(b"\nVALUE\n", "VALUE", "");
    assert_eq!((texts(&window.before), window.after.len()), (vec![String::new()], 0));
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_line() {
    let window = of(b"\xEF\xBB\xBFpw = VALUE", "VALUE", "pw");
    assert_eq!(window.left, b"pw = ");
    let window = of(b"\xEF\xBB\xBFone\npw = VALUE", "VALUE", "pw");
    assert_eq!(texts(&window.before), ["one"]);
}

#[test]
fn a_value_over_several_lines_ends_on_its_last_line() {
    let window = of(b"k = \"one\ntwo\" + x\nnext", "one\ntwo", "k");
    assert_eq!((&window.left[..], &window.right[..]), (&b"k = \""[..], &b"\" + x"[..]));
    assert_eq!(texts(&window.after), ["next"]);
}

#[test]
fn long_lines_are_cut_around_the_value_at_whole_characters() {
    let text = format!("{}key=VALUE{}\n{}", "é".repeat(50_000), "ü".repeat(50_000), "ö".repeat(500));
    let window = of(text.as_bytes(), "VALUE", "key");
    assert!(window.before.is_empty() && window.after.is_empty(), "the line begins and ends out of reach");
    for part in [&window.left, &window.right] {
        assert!((LINE_BYTES - 1..=LINE_BYTES).contains(&part.len()), "{}", part.len());
        assert!(std::str::from_utf8(part).is_ok());
    }
    let window = of(format!("VALUE\n{}", "ö".repeat(500)).as_bytes(), "VALUE", "");
    assert_eq!(window.after[0].len(), LINE_BYTES);
}

#[test]
fn a_long_value_loses_its_middle() {
    let value = format!("HEAD{}TAIL", "x".repeat(10_000));
    let window = of(format!("k = {value}").as_bytes(), &value, "k");
    assert_eq!(window.value.len(), VALUE_HEAD + VALUE_TAIL);
    assert!(window.value.starts_with(b"HEAD") && window.value.ends_with(b"TAIL"));
}

#[test]
fn the_usage_is_another_line_with_the_same_whole_name() {
    let filler = "x\n".repeat(10);
    let cases = [
        (format!("pass_word = VALUE\n{filler}login(user, pass_word)\n"), Some("login(user, pass_word)")),
        (format!("use(pass_word)\n{filler}pass_word = VALUE\n{filler}"), Some("use(pass_word)")),
        (
            format!("use(pass_word)\n{filler}pass_word = VALUE\n{filler}after(pass_word)"),
            Some("after(pass_word)"),
        ),
        (format!("pass_word = VALUE\n{filler}my_pass_word2 = 1\npass_words()\n"), None),
        (format!("pass_word = VALUE\nuse(pass_word)\n{filler}"), None),
        (format!("pass_word = VALUE\n{}\nuse(pass_word)", "y\n".repeat(USAGE_REACH)), None),
    ];
    for (text, expected) in cases {
        let usage = of(text.as_bytes(), "VALUE", "pass_word").usage;
        assert_eq!(usage.as_deref(), expected.map(str::as_bytes), "{}", &text[..40]);
    }
    let dotted = format!("config.db.pass = VALUE\n{filler}connect(pass)\n");
    assert_eq!(
        of(dotted.as_bytes(), "VALUE", "config.db.pass").usage.as_deref(),
        Some(&b"connect(pass)"[..])
    );
}

#[test]
fn any_bytes_and_any_spans_give_a_bounded_window() {
    let mut state = 7u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize
    };
    for round in 0..300 {
        let alphabet: &[u8] = if round % 2 == 0 { b"\n\r\xEF\xBB\xBFa\x80\xC3" } else { b"\nab" };
        let text: Vec<u8> = (0..next() % 40).map(|_| alphabet[next() % alphabet.len()]).collect();
        let (from, to) = (next() % 50, next() % 50);
        let key = next() % 50;
        let got = window(&text, &candidate(from.min(to)..from.max(to), Some(key..key + 3)), "p");
        assert!(got.before.len() <= LINES && got.after.len() <= LINES);
        let all = got.before.iter().chain(&got.after).chain([&got.right]);
        assert!(all.into_iter().all(|line| !line.contains(&b'\n')));
    }
}
