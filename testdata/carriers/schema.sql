-- Schema of the shop, version 42. Checksum of the previous migration: {{md5}}.
BEGIN;

CREATE TABLE accounts (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email         text NOT NULL UNIQUE,
    password      varchar(255) NOT NULL,
    password_salt bytea,
    reset_token   text,
    api_key       char(40) DEFAULT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX accounts_reset_token ON accounts (reset_token);

CREATE TABLE sessions (
    token      text PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    expires_at timestamptz NOT NULL
);

COMMENT ON COLUMN accounts.password IS 'Argon2 hash of the password, never the password';

{{slot}}

GRANT SELECT, INSERT, UPDATE ON accounts, sessions TO shop_rw;

INSERT INTO tenants (id, name, public_key) VALUES
    ('{{uuid}}', 'Kestrel', NULL),
    ('{{uuid}}', 'Northwind', NULL);

UPDATE accounts SET reset_token = NULL WHERE created_at < now() - interval '1 day';

COMMIT;
