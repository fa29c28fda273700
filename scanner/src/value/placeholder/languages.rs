//! Phrases in other languages than English that ask for a value: `dein-passwort`, `votre_cle_api`, `введите_пароль`.
//!
//! A value is one if every word of it is known here and at least one asks: a possessive, "enter", "here". So a
//! passphrase of a person, which has words of its own, is never taken for one.

/// Words that turn the rest into a request.
#[rustfmt::skip]
const ASKING: &[&str] = &[
    // your
    "dein", "deine", "deinen", "ihr", "ihre", "ihren", "tu", "su", "votre", "ton", "tua", "tuo", "sua", "suo", "seu",
    "ваш", "твой", "twoje", "twoj", "twój", "vase", "vaše", "tvoje", "jouw", "uw", "ditt", "din", "jelszavad",
    "sifreniz", "şifreniz", "anda", "parolanız", "ta",
    // enter, put, change
    "eintragen", "eingeben", "einsetzen", "einfügen", "introduce", "introduzca", "ingrese", "poner", "pon", "inserisci",
    "inserire", "insira", "coloque", "digite", "saisir", "saisissez", "entrez", "введите", "вставьте", "укажите",
    "wpisz", "wstaw", "vlozte", "vložte", "zadejte", "vul", "invullen", "girin", "isi", "schimba", "aendern",
    "ändern", "remplacer", "reemplazar", "sostituire", "substituir", "заменить", "замените",
    // here
    "hier", "aqui", "aquí", "ici", "qui", "здесь", "сюда", "tutaj", "zde", "sem", "ide", "buraya", "disini",
];

/// What is asked for, and the small words between.
#[rustfmt::skip]
const OTHER: &[&str] = &[
    "passwort", "kennwort", "schluessel", "schlüssel", "key", "token", "api", "secret", "clave", "contrasena",
    "contraseña", "mot", "passe", "cle", "clé", "jeton", "password", "chiave", "parola", "senha", "chave", "пароль",
    "ключ", "токен", "haslo", "hasło", "klucz", "heslo", "klic", "klíč", "wachtwoord", "sleutel", "losenord",
    "lösenord", "adgangskode", "passord", "jelszot", "jelszó", "sifre", "şifre", "kata", "sandi", "kunci", "matkhau",
    "de", "la", "el", "il", "va", "bitte", "in", "a", "à", "sifrenizi", "şifrenizi", "le", "den", "das",
];

/// The same without blanks between words: what asks, and what is asked for.
const ASKING_PARTS: &[&str] = &[
    "你的",
    "您的",
    "请",
    "輸入",
    "输入",
    "填",
    "替换",
    "あなたの",
    "ここに",
    "入力",
    "여기에",
    "입력",
    "당신의",
];
const OTHER_PARTS: &[&str] = &[
    "密码",
    "密钥",
    "密碼",
    "令牌",
    "口令",
    "token",
    "key",
    "パスワード",
    "キー",
    "トークン",
    "비밀번호",
    "키",
    "토큰",
    "api",
];

/// True if the value asks for a value in one of these languages.
pub(super) fn asks(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    if text.len() > 64 || text.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    // `PonAquiTuClave` has its words by case.
    let humps = text.chars().any(char::is_lowercase) && text.chars().all(char::is_alphabetic);
    let text: String = text
        .chars()
        .flat_map(|c| (humps && c.is_uppercase()).then_some('-').into_iter().chain(c.to_lowercase()))
        .collect();
    let mut asking = false;
    let mut count = 0;
    let known = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).all(|word| {
        count += 1;
        let asks = ASKING.contains(&word);
        asking |= asks;
        asks || OTHER.contains(&word)
    });
    // Languages that write "your password" as one word.
    let alone =
        ["jelszavad", "jelszavát", "sifreniz", "şifreniz", "parolanız", "parolaniz"].contains(&text.as_str());
    alone
        || known && asking && count > 1
        || !text.is_ascii()
            && ASKING_PARTS.iter().any(|part| text.contains(part))
            && OTHER_PARTS.iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::asks;

    #[test]
    fn requests_are_told_from_passphrases() {
        for value in [
            "dein-passwort",
            "DEIN_API_KEY",
            "hier-passwort-eintragen",
            "bitte_aendern",
            "votre-mot-de-passe",
            "tu-contraseña",
            "INSERISCI_PASSWORD",
            "sua_senha_aqui",
            "введите_пароль",
            "wpisz_haslo",
            "jouw-wachtwoord",
            "你的密码",
            "ここにキーを入力",
            "비밀번호를_입력",
            "sifreniz",
        ] {
            assert!(asks(value.as_bytes()), "{value}");
        }
        for value in [
            "passwort",
            "password",
            "geheim-passwort",
            "dein-hund",
            "пароль",
            "senha",
            "key token",
            "тайный-ключ",
            "tu",
        ] {
            assert!(!asks(value.as_bytes()), "{value}");
        }
    }
}
