//! The words behind `weak`: passwords that products ship with or that everybody knows, and marks of dummies.

/// Sorted, lower case.
const COMMON: &[&str] = &[
    "0000", "000000", "1111", "111111", "11111111", "112233", "121212", "123", "123123", "123321", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "1q2w3e", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "654321", "666666", "888888", "987654321", "a123456", "aaaaaa", "abc", "abc123", "abcd", "abcd1234", "abcdef", "access", "account", "adm", "admin", "admin123", "administrator", "airflow", "alice", "alpine", "anonymous", "api", "app", "artemis", "asdf", "asdfgh", "asdfghjkl", "backup", "bar", "baz", "bitnami", "bob", "calvin", "camunda", "cassandra", "changeit", "changeme", "changethis", "cisco", "client", "clientsecret", "consul", "couchbase", "couchdb", "default", "demo", "dev", "developer", "development", "django", "docker", "dragon", "dummy", "elastic", "elasticsearch", "example", "fake", "foo", "foobar", "football", "gitlab", "grafana", "guest", "guestguest", "hacker", "hello", "hello123", "iloveyou", "influxdb", "insecure", "internal", "jboss", "jenkins", "joomla", "kafka", "keycloak", "keystone", "laravel", "ldap", "letmein", "local", "localhost", "login", "manager", "mariadb", "master", "minio", "minioadmin", "mongo", "mongodb", "monkey", "mypass", "mypassword", "mysecret", "mysecretkey", "mysecretpassword", "mysql", "mytoken", "nacos", "neo4j", "nobody", "none", "nopass", "nopassword", "notsecret", "nova", "odoo", "openstack", "operator", "oracle", "owner", "pass", "pass1", "pass123", "passpass", "passphrase", "passw", "passwd", "password", "password1", "password12", "password123", "postgres", "postgresql", "princess", "prod", "public", "pw", "pwd", "qazwsx", "qwe123", "qwer1234", "qwert", "qwerty", "qwerty123", "qwertyuiop", "rabbitmq", "raspberry", "redis", "repl", "replica", "replication", "replicator", "root", "root123", "rootpass", "rootpassword", "rootroot", "rstudio", "sa", "sample", "scott", "secret", "secretkey", "secretpassword", "secrets", "security", "service", "shadow", "solr", "sonar", "staging", "string", "student", "sunshine", "super", "supersecret", "supersecretpassword", "superuser", "support", "symfony", "sys", "sysadmin", "system", "temp", "temp123", "temporary", "test", "test123", "test1234", "tester", "testing", "testpass", "testpassword", "testtest", "tiger", "token", "tomcat", "toor", "travis", "trustno1", "ubnt", "ubuntu", "user", "user1", "username", "userpass", "userpassword", "vagrant", "vault", "verysecret", "verysecure", "weblogic", "webmaster", "welcome", "welcome1", "wordpress", "wrong", "wrongpass", "wrongpassword", "x", "xxx", "xxxx", "yugabyte", "zabbix", "zxcvbn", "zxcvbnm",
];

/// Words that mark a value as made up, wherever they stand.
const DUMMIES: &[&str] = &[
    "test", "dummy", "fake", "example", "sample", "foobar", "foo", "changeme", "change", "password", "passwd", "secret", "demo", "mock", "invalid",
    "wrong", "incorrect", "default", "letmein", "qwerty", "notreal", "not-a-real", "insecure", "placeholder", "whatever", "something", "hello",
    "mypass", "mykey", "mytoken", "token", "admin", "blah", "asdf", "abcdef", "123456", "bogus", "temp", "guest", "welcome", "lorem", "pass1", "pass2",
    "pass3", "userpass", "unsafe", "correcthorse", "swordfish", "opensesame", "tooshort", "expired", "deadbeef", "cafebabe",
];

/// True if the lower-case value is in the list.
pub(super) fn is_common(lower: &[u8]) -> bool {
    COMMON.binary_search_by(|word| word.as_bytes().cmp(lower)).is_ok()
}

/// True if the lower-case value contains a dummy word.
pub(super) fn has_dummy_word(lower: &[u8]) -> bool {
    DUMMIES.iter().any(|word| memchr::memmem::find(lower, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::COMMON;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(COMMON.is_sorted());
    }
}
