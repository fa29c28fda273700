//! The syntaxes, as tables. `§` stands for a value put in at run time, so that no scanner flags this file.

use std::time::{Duration, Instant};

use super::super::structural::Tables;
use super::*;
use crate::source::Content;
use crate::value::path::PathInfo;

/// A value that no negative knows.
fn value() -> String {
    ["q7", "Xz", "2L", "m9", "Tv"].concat()
}

fn path(name: &str) -> PathInfo {
    let file = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let extension = file.rsplit_once('.').map_or("", |(_, e)| e).to_owned();
    PathInfo { path: name.to_owned(), name: file, extension, ..PathInfo::default() }
}

/// All hits, as an engine finds them: every anchor at every place.
fn hits(file: &str, bytes: &[u8]) -> Vec<Hit> {
    let anchors = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(DETECTORS[0].anchors)
        .expect("a few short anchors");
    let path = path(file);
    let text = Text { bytes, content: Content::Text, path: &path, tables: &Tables::default() };
    let mut hits = Vec::new();
    for found in anchors.find_overlapping_iter(bytes) {
        (DETECTORS[0].find)(text, found.range(), &mut hits);
    }
    hits
}

/// The kept values with their rule and key.
fn kept(file: &str, text: &str) -> Vec<(String, &'static str, String)> {
    hits(file, text.as_bytes())
        .into_iter()
        .filter(|hit| hit.dropped.is_none())
        .map(|hit| {
            (text[hit.span].to_owned(), hit.rule, hit.key.map_or(String::new(), |key| text[key].to_owned()))
        })
        .collect()
}

fn assert_found(table: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (file, template) in table {
        let found = kept(file, &template.replace('§', &value()));
        if found.len() != template.matches('§').count() || found.iter().any(|(v, _, _)| *v != value()) {
            let shown: Vec<_> =
                found.iter().map(|(v, _, key)| format!("{key} -> {}", v.replace(&value(), "§"))).collect();
            wrong.push(format!("{file}: {template}: {shown:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mark_at_the_end_of_a_chosen_password_opens_no_string() {
    let value = ["Willow!", "1990!"].concat();
    for (file, text) in [
        ("a.json", format!("{{\"env\": \"DB_PASS={value}\", \"type\": \"layers\"}}")),
        ("a.docx!/word/document.xml", format!("Password: {value}\n")),
    ] {
        let found: Vec<String> = kept(file, &text).into_iter().map(|(found, ..)| found).collect();
        assert_eq!(found, [value.as_str()], "{file}");
    }
}

#[test]
fn assignments_in_code_are_found() {
    assert_found(&[
        ("a.py", "password = '§'"),
        ("a.py", "self.password = \"§\""),
        ("a.py", "config[\"password\"] = \"§\""),
        ("a.py", "app.config['SECRET_KEY'] = b'§'"),
        ("a.py", "os.environ['DB_PASSWORD'] = '§'"),
        ("a.py", "login, password = 'someone', '§'"),
        ("a.py", "password: str = '§'"),
        ("a.py", "if password == '§':"),
        ("a.py", "password = (\n    '§'\n)"),
        ("a.py", "password = \\\n    '§'"),
        ("a.py", "password = '''§'''"),
        ("a.py", "password = r'§'"),
        ("a.go", "password := \"§\""),
        ("a.go", "var password string = \"§\""),
        ("a.go", "Password: \"§\","),
        ("a.go", "secrets := []string{\"§\"}"),
        ("a.java", "private static final String PASSWORD = \"§\";"),
        ("a.java", "String password = new String(\"§\");"),
        ("a.java", "if (password.equals(\"§\")) {"),
        ("a.rs", "let password: &'static str = \"§\";"),
        ("a.rs", "let api_key = r#\"§\"#;"),
        ("a.ts", "password: string = '§';"),
        ("a.ts", "private apiKey?: string = '§';"),
        ("a.js", "const password = process.env.PASSWORD || '§';"),
        ("a.js", "const token = `§`;"),
        ("a.js", "const key = Buffer.from('§', 'hex');"),
        ("a.c", "const char *password = \"§\";"),
        ("a.c", "char password[32] = \"§\";"),
        ("a.c", "#define PASSWORD \"§\""),
        ("a.cs", "string password = @\"§\";"),
        ("a.php", "'password' => '§',"),
        ("a.php", "$config['db']['password'] = '§';"),
        ("a.php", "$this->password = '§';"),
        ("a.php", "define('DB_PASSWORD', '§');"),
        ("a.php", "s:8:\"password\";s:10:\"§\";"),
        ("a.rb", ":password => '§'"),
        ("a.rb", "password ||= '§'"),
        ("a.rb", "set :password, '§'"),
        ("a.pl", "my $password = '§';"),
        ("a.swift", "let token: String = \"§\""),
        ("a.m", "password:@\"§\" error:nil"),
        ("a.py", "password = CharField(default='§')"),
        ("a.rb", "cookies[:token] = { value: '§' }"),
        ("a.sh", "if [ \"${password}\" == \"§\" ]; then"),
        ("a.tf", "password = \"§\""),
        ("a.tf", "variable \"db_password\" {\n  type    = string\n  default = \"§\"\n}"),
        ("a.cmake", "set(DB_PASSWORD \"§\")"),
        ("a.ps1", "$Password = ConvertTo-SecureString \"§\" -AsPlainText"),
    ]);
}

#[test]
fn arguments_are_found() {
    assert_found(&[
        ("a.py", "connect(user='x', password='§')"),
        ("a.py", "os.getenv('DB_PASSWORD', '§')"),
        ("a.py", "password = os.environ.get('DB', '§')"),
        ("a.java", "user.setPassword(\"§\");"),
        ("a.java", "builder.withPassword(\"§\").build()"),
        ("a.java", "map.put(\"password\", \"§\");"),
        ("a.go", "os.Setenv(\"DB_PASSWORD\", \"§\")"),
    ]);
}

#[test]
fn configuration_is_found() {
    assert_found(&[
        ("a.json", "{\"password\": \"§\"}"),
        ("a.json", "{\"body\": \"{\\\"password\\\":\\\"§\\\"}\"}"),
        ("a.json", "{\"name\": \"DB_PASSWORD\", \"value\": \"§\"}"),
        ("a.ipynb", "\"password = '§'\\n\","),
        ("a.json", "{\"name\": \"api_token\", \"in\": \"query\", \"example\": \"§\"}"),
        ("a.json", "{\"api_token\": {\"type\": \"string\", \"default\": \"§\"}}"),
        ("a.json", "{\"password\": {\n  \"value\": \"§\"\n}}"),
        ("a.yml", "  password:\n    type: string\n    default: §\n  other: 1\n"),
        ("a.yml", "api_token:\n  example: \"§\""),
        ("a.yml", "password: §"),
        ("a.yml", "password: \"§\"  # production"),
        ("a.yml", "  db: {user: x, password: §, port: 1}"),
        ("a.yml", "password: |\n    §\n"),
        ("a.yml", "password:\n  \"§\""),
        ("a.yml", "- name: DB_PASSWORD\n  value: §"),
        ("a.yml", "- {name: DB_PASSWORD, value: \"§\"}"),
        ("a.yml", "tokens:\n  - §\n"),
        ("a.yml", "- DB_PASSWORD=§"),
        ("a.yml", "run: PGPASSWORD=§ psql -h localhost"),
        ("a.toml", "password = \"§\""),
        ("a.ini", "password = §"),
        ("a.ini", "; password = §"),
        ("a.properties", "spring.datasource.password=§"),
        ("a.properties", "url=${DB_PASSWORD:§}"),
        (".env", "export DB_PASSWORD=§"),
        (".env.example", "DB_PASSWORD='§'"),
        ("Dockerfile", "ENV DB_PASSWORD §"),
        ("Dockerfile", "ARG DB_PASSWORD=§"),
        ("a.sh", "export DB_PASSWORD=${DB_PASSWORD:-§}"),
        ("a.sh", "PGPASSWORD=§ psql"),
        ("a.sh", "mysqldump --password=§ > \"$file\".sql"),
        ("a.txt", "curl -d \"auth_pwd=§\" -d 'x=y'"),
        ("a.go", "oauth_token: §"),
        ("a.bat", "set PASSWORD=§"),
        ("Makefile", "PASSWORD ?= §"),
        ("a.txt", "https://host/path?user=x&api_key=§&page=1"),
    ]);
}

#[test]
fn markup_is_found() {
    assert_found(&[
        ("a.xml", "<password>§</password>"),
        ("a.xml", "<db:password encoding=\"plain\">§</db:password>"),
        ("a.xml", "<password><![CDATA[§]]></password>"),
        ("a.xml", "<server user=\"x\" password=\"§\"/>"),
        ("a.xml", "<entry key=\"password\">§</entry>"),
        ("a.xml", "<add key=\"Password\" value=\"§\"/>"),
        ("a.xml", "<property name=\"password\" value=\"§\"/>"),
        ("a.plist", "<key>Password</key>\n<string>§</string>"),
        ("a.xml", "<property name=\"password\"><value>§</value></property>"),
        ("a.xml", "<property name=\"password\">\n  <value>\n    <![CDATA[§]]></value>\n</property>"),
        ("a.config", "<setting name=\"Password\" serializeAs=\"String\"><value>§</value></setting>"),
        ("a.xml", "<entry key=\"db.password\">§</entry>"),
        ("a.html", "String PASSWORD = &#34;§&#34;;"),
        ("a.html", "data-x=\"{&quot;password&quot;:&quot;§&quot;}\""),
        ("a.xml", "<password>\"§\"</password>"),
        ("a.html", "<li><b>Password</b>: §</li>"),
        ("a.html", "<p><strong>API token:</strong> <code>§</code></p>"),
        ("a.html", "<tr><td><code>api_token</code></td><td><code>§</code></td></tr>"),
        ("a.html", "<dt>Password</dt>\n<dd>§</dd>"),
        ("a.html", "<span class=\"hljs-attr\">\"token\"</span>: <span class=\"hljs-string\">\"§\"</span>"),
        (
            "a.html",
            "<span class=\"n\">password</span><span class=\"o\">=</span><span class=\"s\">&quot;§&quot;</span>",
        ),
        ("a.html", "token<span>=</span><span><span>\"</span>§<span>\"</span></span>"),
        ("a.json", "{\"text\": \"<b>password</b> = <i class=\\\"s\\\">'§'</i>\"}"),
        (
            "a.json",
            "{\"text\": \"\\u003cb\\u003ePassword:\\u003c/b\\u003e \\u003ccode\\u003e§\\u003c/code\\u003e\"}",
        ),
    ]);
}

#[test]
fn documentation_is_found() {
    assert_found(&[
        ("a.md", "The password is § today."),
        ("a.md", "**Password**: `§`"),
        ("a.md", "Passwort: §"),
        ("a.md", "- pw: §"),
        ("a.md", "密码 password：§"),
        ("a.md", "数据库密码：§"),
        ("a.md", "Пароль: §"),
        ("a.md", "| password | § |"),
        ("a.py", "# password: §"),
    ]);
}

#[test]
fn names_in_many_languages_are_found() {
    for name in [
        "senha",
        "contrasena",
        "contraseña",
        "mot_de_passe",
        "motdepasse",
        "passwort",
        "kennwort",
        "parola",
        "wachtwoord",
        "haslo",
        "hasło",
        "şifre",
        "пароль",
        "sifre",
    ] {
        let text = format!("{name} = '{}'", value());
        assert_eq!(kept("a.py", &text), [(value(), "generic-password", name.to_owned())]);
    }
}

#[test]
fn the_name_chooses_the_rule_and_is_reported_whole() {
    for (name, rule) in [
        ("spring.datasource.password", "generic-password"),
        ("client_secret", "generic-secret"),
        ("x-api-key", "generic-api-key"),
        ("accessToken", "generic-token"),
        ("encryption_key", "generic-private-key"),
        ("credentials", "generic-credential"),
    ] {
        let text = format!("\"{name}\": \"{}\"", value());
        assert_eq!(kept("a.json", &text), [(value(), rule, name.to_owned())]);
    }
}

#[test]
fn weak_but_chosen_values_are_kept() {
    for value in [
        "changeme",
        "hunter2",
        "admin",
        "123456789012",
        "open sesame",
        "pa$$w0rd",
        "a#b@c!d",
        "pässwörd",
        "test",
    ] {
        let text = format!("password = \"{value}\"");
        assert_eq!(kept("a.py", &text).len(), 1, "{value}");
    }
    assert_eq!(kept("a.py", "password = 123456789012").len(), 1);
    assert_eq!(kept("docker-compose.yml", "MYSQL_ROOT_PASSWORD: password").len(), 1);
}

#[test]
fn plain_words_are_kept_where_programs_are_set_up() {
    for (file, text) in [
        ("Dockerfile", "FROM x\nENV DB_PASSWORD blueberry\n"),
        ("Dockerfile.prod", "ENV DB_PASSWORD password\n"),
        ("Dockerfile", "ARG DB_PASSWORD=blueberry\n"),
        ("a.csh", "setenv DB_PASSWORD blueberry\n"),
        ("docker-compose.yml", "environment:\n  - POSTGRES_PASSWORD=blueberry\n"),
        ("docker-compose.yml", "environment:\n  - \"POSTGRES_PASSWORD=blueberry\"\n"),
        ("charts/x/values-prod.yaml", "adminPassword: blueberry\n"),
        (".env", "JWT_SECRET=jwt-secret\n"),
        (".env", "JWT_SECRET=my-secret\n"),
        ("a.properties", "client.secret=client_secret\n"),
        ("a.json", "{\"secretKey\": \"super-secret-key\"}"),
        ("a.yml", "access_token: secret-access-token\n"),
        ("a.ini", "password = changeme123\n"),
        ("a.py", "password = \"test-password\""),
        ("a.py", "password = \"Пароль123\""),
    ] {
        assert_eq!(kept(file, text).len(), 1, "{text}");
    }
}

#[test]
fn digits_are_a_value_under_names_of_codes() {
    for (file, text) in [
        ("a.py", "pin = \"4821\""),
        ("a.py", "PIN = 4821"),
        ("a.yml", "pin: 482193\n"),
        ("a.yml", "door_code: 4821\n"),
        ("a.json", "{\"pinCode\": \"4821\"}"),
        ("a.json", "{\"alarmCode\": 99317}"),
        ("a.json", "{\"passcode\": \"4821\"}"),
        ("a.py", "password = \"48213345\""),
    ] {
        assert_eq!(kept(file, text).len(), 1, "{text}");
    }
    for (file, text) in [
        ("a.c", "const int led_pin = 13;"),
        ("a.json", "{\"status_code\": 4041, \"zip_code\": \"48213\"}"),
        ("a.json", "{\"access_code\": \"invalid\"}"),
        ("a.py", "key = 4096"),
        ("a.cs", "STATUS_WRONG_PIN = 3221226368"),
        ("a.yml", "pin: enabled\n"),
    ] {
        assert_eq!(kept(file, text), [], "{text}");
    }
}

#[test]
fn drops_have_a_reason() {
    for (file, text, reason) in [
        ("a.py", "password = get_password()", Reason::Reference),
        ("a.py", "password = config.password", Reason::Reference),
        ("a.js", "password: req.body.password,", Reason::Reference),
        ("a.yml", "password: ${DB_PASSWORD}", Reason::Template),
        ("a.yml", "password: \"{{ db_password }}\"", Reason::Template),
        ("a.sh", "PASSWORD=$(cat file)", Reason::Template),
        ("a.py", "password = '<password>'", Reason::Placeholder),
        ("a.py", "api_key = 'YOUR_API_KEY'", Reason::Placeholder),
        ("a.py", "password = '********'", Reason::Placeholder),
        ("a.ts", "password: 'Enter the password'", Reason::NaturalText),
        ("a.py", "url = 'https://host/?token={token}'", Reason::Template),
        ("a.md", "    password = await hash(x)", Reason::Reference),
        ("a.go", "const PASSWORD = \"password\"", Reason::SameAsName),
        ("a.js", "const ACCESS_TOKEN = 'app_access_token';", Reason::SameAsName),
        ("a.json", "{\"clientSecret\": \"client-secret\"}", Reason::SameAsName),
        ("a.js", "apiKey = 'org_api_key';", Reason::SameAsName),
        (".env", "JWT_SECRET=your-secret-here", Reason::Placeholder),
        ("a.py", "password = ''", Reason::TooWeakToBeSecret),
        ("a.py", "password = 'abc'", Reason::TooWeakToBeSecret),
        ("a.json", "{\"token_type\": \"q7Xz2Lm9Tv\"}", Reason::TypeOrKeyword),
        ("a.json", "{\"public_key\": \"q7Xz2Lm9Tv\"}", Reason::PublicMaterial),
        ("a.json", "{\"key\": \"lodash\"}", Reason::LowScore),
        ("a.yml", "password_file: q7Xz2Lm9Tv", Reason::PathOrUrl),
        ("a.yml", "password: /run/secrets/db_password", Reason::PathOrUrl),
        ("a.yml", "password: !vault |", Reason::EncryptedValue),
        ("a.graphql", "password: \"String!\"", Reason::TypeOrKeyword),
    ] {
        let reasons: Vec<_> = hits(file, text.as_bytes()).iter().map(|hit| hit.dropped).collect();
        assert!(!reasons.is_empty() && reasons.iter().all(|r| *r == Some(reason)), "{text}: {reasons:?}");
    }
}

#[test]
fn code_without_values_gives_nothing() {
    for (file, text) in [
        ("a.py", "def check(password, token): return bypass(password)"),
        ("a.java", "import com.example.auth.TokenService;"),
        ("a.c", "key->next = keyboard;"),
        ("a.rs", "use crate::token::Token;"),
        ("a.md", "Tokens and passwords are covered in the chapter on authentication."),
        ("a.md", "password: the word that a user types"),
        ("a.go", "if err := auth.Login(ctx); err != nil {"),
        ("a.html", "<label for=\"password\">Password</label>"),
        ("a.html", "<span class=\"n\">token</span>: <a href=\"x\">TokenStream</a>"),
        ("a.yml", "password:\n  secretKeyRef:\n    name: x\nother:\n  value: q7Xz2Lm9Tv\n"),
        ("a.yml", "password:\n  type: string\nvalue: q7Xz2Lm9Tv\n"),
    ] {
        assert_eq!(kept(file, text), [], "{text}");
    }
}

#[test]
fn hostile_lines_cost_linear_time() {
    let size = 1 << 17;
    let lines = [
        "password=".repeat(size / 9),
        "password = \"".repeat(size / 12),
        "password".repeat(size / 8),
        "\"password\": ".repeat(size / 12),
        "<password>".repeat(size / 10),
        "password = f(".repeat(size / 13),
        format!("password = \"{}", "x".repeat(size)),
        format!("password = {}", "[".repeat(size)),
        "password ".repeat(size / 9),
        "a".repeat(size),
    ];
    for (at, line) in lines.iter().enumerate() {
        let started = Instant::now();
        let _ = hits("a.py", &line.as_bytes()[..line.len() / 8]);
        let eighth = started.elapsed();
        let started = Instant::now();
        let _ = hits("a.py", line.as_bytes());
        let whole = started.elapsed();
        // Eight times the text, eight times the work; the rest is a busy machine.
        assert!(whole < eighth * 40 + Duration::from_millis(200), "line {at}: {eighth:?}, then {whole:?}");
    }
}

#[test]
fn any_bytes_are_accepted() {
    let mut state = 7_u64;
    let pieces: &[&[u8]] = &[
        b"password",
        b"key",
        b"=",
        b":",
        b"\"",
        b"'",
        b"\\",
        b"\n",
        b" ",
        b"<",
        b">",
        b"${",
        b"}",
        b"(",
        b")",
        b"\xff",
        b"\xc3",
        b"value",
        b"[",
        b"]",
        b"|",
        b"-",
        b"//",
        b"#",
        b"``",
        b"\"\"\"",
        b",",
        b"default",
        b"&quot;",
        b"s:",
        b"0",
        b"\r",
    ];
    for round in 0..4000 {
        let mut text = Vec::new();
        for _ in 0..(round % 24) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.extend_from_slice(pieces[(state >> 33) as usize % pieces.len()]);
        }
        for file in ["a.py", "a.yml", "a.xml", "a.env", "a.md", "a.json", "a.sh"] {
            for hit in hits(file, &text) {
                assert!(hit.span.end <= text.len() && hit.span.start <= hit.span.end);
            }
        }
    }
}

#[test]
fn what_was_drawn_in_an_object_written_as_a_string_is_found() {
    assert_found(&[
        ("a.json", r#"  "Apitoken": "{\"sig\": \"§\", \"name\": \"root\"}","#),
        (
            "a.html",
            "<td>Apitoken</td>\n<td> {&#34;sig&#34;: &#34;§&#34;, &#34;name&#34;: &#34;root&#34;}</td>",
        ),
        ("a.sh", r#"curl -H 'Apitoken: {"name":"root","sig":"§"}' https://api.example.org/x"#),
        ("a.js", r#"const accessToken = '{"sig":"§","name":"root"}';"#),
    ]);
    // The members of an object that is no string have names of their own.
    let node = value();
    assert!(kept("replay.txt", &format!(r#"{{"license":{{"key":"mit","node_id":"{node}"}}}}"#)).is_empty());
}
