//! Numbers: years, runs, repeats, dates, and the rest.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Another number of the same sort and the same length.
pub(super) fn digits(value: &str, random: &mut ChaCha8Rng) -> String {
    let bytes = value.as_bytes();
    let steps: Vec<u8> =
        bytes.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]).wrapping_add(10) % 10).collect();
    match bytes {
        [] => String::new(),
        _ if is_year(value) => random.random_range(1950..=2026).to_string(),
        [b'1' | b'2', b'0' | b'9', rest @ ..] if rest.len() == 6 && is_date(rest) => date(random),
        _ if bytes.len() >= 2
            && steps.iter().all(|&step| step == steps[0])
            && matches!(steps[0], 0 | 1 | 9) =>
        {
            run(bytes.len(), steps[0], random)
        }
        _ => drawn(bytes, random),
    }
}

/// 1900 to 2039.
fn is_year(value: &str) -> bool {
    value.len() == 4 && matches!(value.parse::<u16>(), Ok(1900..=2039))
}

/// `YYMMDD` after the century.
fn is_date(rest: &[u8]) -> bool {
    let number = |at: usize| (rest[at] - b'0') * 10 + rest[at + 1] - b'0';
    (1..=12).contains(&number(2)) && (1..=31).contains(&number(4))
}

fn date(random: &mut ChaCha8Rng) -> String {
    let (year, month, day) =
        (random.random_range(1960..=2026), random.random_range(1..=12), random.random_range(1..=28));
    format!("{year}{month:02}{day:02}")
}

/// `123`, `987`, `555`: the same step from another start.
fn run(length: usize, step: u8, random: &mut ChaCha8Rng) -> String {
    let span = length.min(10) as u8 - 1;
    let start = match step {
        1 if length <= 9 => random.random_range(1..=9 - span.min(8)),
        9 if length <= 9 => random.random_range(span..=9),
        _ => random.random_range(0..10),
    };
    (0..length)
        .map(|n| char::from(b'0' + ((usize::from(start) + n * usize::from(step)) % 10) as u8))
        .collect()
}

/// Any digits; no zero comes to the front that was not there.
fn drawn(bytes: &[u8], random: &mut ChaCha8Rng) -> String {
    let least = |at: usize| u8::from(at == 0 && bytes[0] != b'0');
    (0..bytes.len())
        .map(|at| {
            if at == 0 && bytes[0] == b'0' {
                '0'
            } else {
                char::from(b'0' + random.random_range(least(at)..10))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn sorts_of_numbers_stay() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            assert!(is_year(&digits("2019", &mut random)));
            let sequence = digits("1234", &mut random);
            assert!(sequence.as_bytes().windows(2).all(|p| p[1] == p[0] + 1), "{sequence}");
            let down = digits("321", &mut random);
            assert!(down.as_bytes().windows(2).all(|p| p[0] == p[1] + 1), "{down}");
            let same = digits("777", &mut random);
            assert!(same.as_bytes().windows(2).all(|p| p[0] == p[1]), "{same}");
            assert!(is_date(&digits("19870423", &mut random).as_bytes()[2..]));
            let any = digits("80217", &mut random);
            assert!(any.len() == 5 && !any.starts_with('0'));
            assert!(digits("00217", &mut random).starts_with('0'));
        }
    }
}
