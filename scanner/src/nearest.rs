//! The known name that a mistyped one was probably meant to be, for every "did you mean".

/// The name that `written` was probably meant to be; none if nothing is near.
pub(crate) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    names
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, name)| *distance <= name.len().max(3) / 3)
        .min()
        .map(|(_, name)| name.to_owned())
}
