//! Java's key stores: Sun's `JavaKeyStore` and `JceKeyStore`, and Bouncy Castle's BKS.
//!
//! Each begins with a count or a list of entries; only certificates in them make a trust store.

/// The kind of an entry that is a trusted certificate.
const TRUSTED: u64 = 2;

/// True if a store of Sun's holds a key, or if none of its entries can be read. Of a store that is cut, what was read decides:
/// trusted certificates up to there are no key.
pub(super) fn has_key(store: &[u8]) -> bool {
    let mut rest = store.get(4..).unwrap_or_default();
    let (Some(version), Some(count)) = (number(&mut rest, 4), number(&mut rest, 4)) else { return true };
    for before in 0..count {
        match number(&mut rest, 4) {
            Some(TRUSTED) => {}
            Some(_) => return true,
            None => return before == 0,
        }
        if skip_certificate(version, &mut rest).is_none() {
            break;
        }
    }
    false
}

/// Skips alias, date, type (in version 2) and certificate.
fn skip_certificate(version: u64, rest: &mut &[u8]) -> Option<()> {
    skip_counted(rest, 2)?;
    number(rest, 8)?;
    if version == 2 {
        skip_counted(rest, 2)?;
    }
    skip_counted(rest, 4)
}

/// True if a store of Bouncy Castle holds a key, false if certificates only; none if it is not one to its last byte: the
/// version, a salt and the rounds, entries, and a digest of 20 bytes.
pub(super) fn bouncy_castle(store: &[u8]) -> Option<bool> {
    let mut rest = store;
    if !matches!(number(&mut rest, 4)?, 1 | 2) {
        return None;
    }
    skip_counted(&mut rest, 4)?;
    number(&mut rest, 4).filter(|rounds| (1..=1 << 24).contains(rounds))?;
    let mut has_key = false;
    loop {
        let kind = number(&mut rest, 1)?;
        if kind == 0 {
            return (rest.len() == 20).then_some(has_key);
        }
        // Alias, date, chain of certificates.
        skip_counted(&mut rest, 2)?;
        number(&mut rest, 8)?;
        for _ in 0..number(&mut rest, 4)? {
            skip_counted(&mut rest, 2)?;
            skip_counted(&mut rest, 4)?;
        }
        match kind {
            1 => {
                skip_counted(&mut rest, 2)?;
                skip_counted(&mut rest, 4)?;
            }
            // A key, its sort, format and algorithm before it.
            2 => {
                number(&mut rest, 1)?;
                skip_counted(&mut rest, 2)?;
                skip_counted(&mut rest, 2)?;
                skip_counted(&mut rest, 4)?;
                has_key = true;
            }
            // A secret, a sealed key.
            3 | 4 => {
                skip_counted(&mut rest, 4)?;
                has_key = true;
            }
            _ => return None,
        }
    }
}

fn number(rest: &mut &[u8], width: usize) -> Option<u64> {
    let (digits, after) = rest.split_at_checked(width)?;
    *rest = after;
    Some(digits.iter().fold(0, |sum, &digit| sum << 8 | u64::from(digit)))
}

fn skip_counted(rest: &mut &[u8], width: usize) -> Option<()> {
    let count = usize::try_from(number(rest, width)?).ok()?;
    *rest = rest.get(count..)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_store_is_told_by_what_was_read() {
        let store = |kinds: &[u8]| {
            let entry = |&kind: &u8| {
                [&[0, 0, 0, kind, 0, 1, b'a'][..], &[0; 8], &[0, 1, b'X', 0, 0, 0, 2, 7, 7]].concat()
            };
            let head = [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0][..], &[kinds.len() as u8]].concat();
            [head, kinds.iter().flat_map(entry).collect()].concat()
        };
        for (kinds, cut, expected) in [
            (&[][..], 0, false),
            (&[2, 2], 0, false),
            (&[2, 1], 0, true),
            (&[2, 2], 3, false),
            (&[2, 2], 24, false),
            (&[2, 1], 10, true),
            (&[2], 24, true),
            (&[], 2, true),
        ] {
            let whole = store(kinds);
            assert_eq!(has_key(&whole[..whole.len() - cut]), expected, "{kinds:?} without {cut} bytes");
        }
    }

    #[test]
    fn a_store_of_bouncy_castle_is_read_to_its_end() {
        let head = [&[0, 0, 0, 2, 0, 0, 0, 20][..], &[7; 20], &[0, 0, 4, 0]].concat();
        let entry = |kind: u8, rest: &[u8]| [&[kind, 0, 1, b'a'][..], &[0; 8], &[0, 0, 0, 0], rest].concat();
        let sealed = entry(4, &[0, 0, 0, 2, 9, 9]);
        let certificate = entry(1, &[0, 1, b'X', 0, 0, 0, 1, 9]);
        let end = [&[0][..], &[5; 20]].concat();
        for (parts, expected) in [
            (vec![&head, &sealed, &end], Some(true)),
            (vec![&head, &certificate, &sealed, &end], Some(true)),
            (vec![&head, &certificate, &end], Some(false)),
            (vec![&head, &sealed], None),
            (vec![&head, &sealed, &end, &end], None),
            (vec![&head], None),
        ] {
            let store: Vec<u8> = parts.into_iter().flatten().copied().collect();
            assert_eq!(bouncy_castle(&store), expected, "{} bytes", store.len());
        }
    }
}
