use super::file::LineFault;
use super::*;

const SALT: [u8; 16] = [7; 16];

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes())
}

fn root() -> PathBuf {
    PathBuf::from("/repo")
}

fn accepted<'a>(path: &'a str, secret: &'a Secret) -> Accepted<'a> {
    Accepted { path, secret, rule: "generic-password", add: true }
}

/// A baseline of these passwords in these files.
fn baseline(pairs: &[(&str, &str)]) -> Baseline {
    let mut baseline = Baseline::new(&root(), SALT);
    for (path, value) in pairs {
        assert!(baseline.accept(&root(), &accepted(path, &secret(value)), &Note::default()));
    }
    baseline
}

/// Written and read again.
fn reread(text: &str) -> Result<Baseline, BaselineError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, text).expect("written");
    let mut baseline = Baseline::load(&path, FILE_NAME)?;
    baseline.root = root();
    Ok(baseline)
}

fn fault(text: &str) -> (usize, LineFault) {
    match reread(text).expect_err("a refused file") {
        BaselineError::Line { line, cause, .. } => (line, cause),
        other => panic!("{other}"),
    }
}

#[test]
fn an_entry_covers_its_secret_in_its_file_and_nothing_else() {
    let baseline = baseline(&[("app/a.py", "Winter2024!")]);
    let covers = |base: &str, path: &str, value: &str| {
        !baseline.find(Path::new(base), path, &secret(value)).is_empty()
    };
    assert!(covers("/repo", "app/a.py", "Winter2024!"));
    assert!(covers("/repo/app", "./a.py", "Winter2024!"), "from another folder");
    assert!(covers("/elsewhere", "/repo/app/a.py", "Winter2024!"), "by its whole path");
    assert!(!covers("/repo", "app/a.py", "Winter2025!"), "a new secret on an old line is new");
    assert!(!covers("/repo", "app/b.py", "Winter2024!"), "it spread");
    assert!(!covers("/elsewhere", "app/a.py", "Winter2024!"));
}

#[test]
fn the_file_is_sorted_and_reads_back() {
    let baseline = baseline(&[("z.py", "one-Secret"), ("a.py", "two-Secret"), ("m.py", "one-Secret")]);
    let text = baseline.to_text();
    let entries: Vec<&str> = text.lines().skip(1).collect();
    assert!(entries.is_sorted(), "{text}");
    assert_eq!(entries.len(), 3);
    assert_eq!(reread(&text).expect("a good file").to_text(), text);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    lines.push(lines[1]);
    assert_eq!(reread(&lines.join("\r\n")).expect("in any order, and twice").to_text(), text);
    assert!(!text.contains("Secret"), "{text}");
}

#[test]
fn of_two_lines_for_one_secret_the_earlier_end_counts() {
    let line = |more: &str| format!("{{\"mark\":\"0a3\",\"path\":\"a\"{more}}}\n");
    let head = Baseline::new(&root(), SALT).to_text();
    let (one, two) =
        (line(",\"expires\":\"2027-05-01\""), line(",\"expires\":\"2027-01-01\",\"reason\":\"r\""));
    let expected = head.clone() + &two;
    assert_eq!(reread(&(head.clone() + &one + &two)).expect("good").to_text(), expected);
    assert_eq!(reread(&(head + &two + &one)).expect("good").to_text(), expected);
}

#[test]
fn mistakes_have_a_line_and_a_cause() {
    let head = Baseline::new(&root(), SALT).to_text();
    let (line, cause) = fault(&(head.clone() + "\n{\"mark\":\"0a3\",\"path\":\"a\",\"ownr\":\"x\"}\n"));
    assert_eq!(line, 3);
    assert!(cause.to_string().ends_with("did you mean `owner`?"), "{cause}");
    let (_, cause) = fault(&(head.clone() + "{\"mark\":\"0a3\",\"path\":\"a\",\"expires\":\"soon\"}"));
    assert!(cause.to_string().contains("2027-01-31"), "{cause}");
    let (line, cause) = fault(&(head.clone() + "<<<<<<< HEAD\n"));
    assert!(line == 2 && matches!(cause, LineFault::Conflict), "{cause}");
    assert!(matches!(fault(&(head.clone() + "{\"mark\":\"0a3\",\"path\":\"*\"}")).1, LineFault::TooWide));
    let other = Baseline::new(&root(), [8; 16]).to_text();
    assert!(matches!(fault(&(head.clone() + &other)).1, LineFault::Header(_)));
    assert!(matches!(fault("").1, LineFault::Header(_)));
    assert!(matches!(fault(&head.replace(":1,", ":2,")).1, LineFault::Version { found: 2 }));
}

#[test]
fn a_long_mark_may_count_anywhere() {
    let token = secret("Zk3vT9qLw2XrB7nYp4Hs8Mf6Jd1Gc5Qx0KtR");
    let mark = Mark::new(&SALT, &token);
    assert!(mark.is_long());
    let text = baseline(&[]).to_text() + &format!("{{\"mark\":\"{mark}\",\"path\":\"*\"}}\n");
    let baseline = reread(&text).expect("good");
    assert_eq!(baseline.find(&root(), "any/where.py", &token), [0]);
}

#[test]
fn stale_entries_are_those_of_scanned_files_alone() {
    let baseline = baseline(&[
        ("app/a.py", "Winter2024!"),
        ("lib/b.py", "Summer2024!"),
        ("app/x.zip!/c", "Autumn2024!"),
    ]);
    let stale =
        |seen: &[usize], covered: &str| baseline.stale(&seen.iter().copied().collect(), &[covered.into()]);
    assert_eq!(stale(&[], "/repo"), [0, 1, 2]);
    assert_eq!(stale(&[0], "/repo/app"), [2]);
    assert_eq!(stale(&[], "/repo/lib/b.py"), [1]);
    assert_eq!(stale(&[], "/repo/li"), Vec::<usize>::new(), "no folder of that name");
}

#[test]
fn an_update_drops_the_stale_moves_the_renamed_and_keeps_what_people_said() {
    let mut old = baseline(&[]);
    let note =
        Note { reason: Some("test server".to_owned()), owner: Some("ops".to_owned()), ..Note::default() };
    let (kept, gone, moved, fresh) =
        (secret("Winter2024!"), secret("Summer2024!"), secret("Autumn2024!"), secret("Spring2024!"));
    for (path, value) in [("a.py", &kept), ("b.py", &gone), ("old/c.py", &moved)] {
        assert!(old.accept(&root(), &accepted(path, value), &note));
    }
    let mut found = [accepted("a.py", &kept), accepted("new/c.py", &moved), accepted("d.py", &fresh)];
    let (next, edit) = old.update(&root(), &found, &[root()], &Note::default());
    assert_eq!((edit.kept, edit.added, edit.open, edit.dropped.len()), (1, 1, 0, 1));
    assert_eq!(edit.moved, [("old/c.py".to_owned(), "new/c.py".to_owned())]);
    assert!(next.entries().filter(|entry| entry.reason.is_some() && entry.owner.is_some()).count() == 2);
    found[2].add = false;
    let (next, edit) = old.update(&root(), &found, &[root()], &Note::default());
    assert_eq!((edit.added, edit.open, next.entries().count()), (0, 1, 2), "nothing is accepted by itself");
    let (_, edit) = old.update(&root(), &[], &[], &Note::default());
    assert_eq!((edit.kept, edit.dropped.len()), (3, 0), "nothing was scanned");
}

#[test]
fn an_entry_counts_up_to_its_last_day() {
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let mut old = baseline(&[]);
    let note = Note { expires: Some(day("2027-01-31")), ..Note::default() };
    assert!(old.accept(&root(), &accepted("a", &secret("Winter2024!")), &note));
    assert!(!old.entry(0).is_expired(Some(day("2027-01-31"))));
    assert!(old.entry(0).is_expired(Some(day("2027-02-01"))));
}
