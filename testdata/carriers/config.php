<?php

declare(strict_types=1);

namespace Kestrel\Shop;

/**
 * Configuration of the shop. Everything that differs between machines comes from the environment.
 */
final class Config
{
    public const SESSION_KEY = 'shop_session';
    public const PASSWORD_MIN_LENGTH = 12;
    public const ASSET_HASH = '{{md5}}';

    private array $values;

    public function __construct()
    {
        {{slot}}

        $this->values = [
            'db.host' => getenv('DB_HOST') ?: 'localhost',
            'db.user' => getenv('DB_USER'),
            'db.password' => getenv('DB_PASSWORD'),
            'mail.from' => 'no-reply@kestrel-labs.io',
            'csrf.token_name' => '_token',
            'tenant' => '{{uuid}}',
        ];
    }

    public function get(string $key, ?string $default = null): ?string
    {
        return $this->values[$key] ?? $default;
    }

    public function checkPassword(string $password, string $hash): bool
    {
        if (strlen($password) < self::PASSWORD_MIN_LENGTH) {
            throw new \InvalidArgumentException('password is too short');
        }

        return password_verify($password, $hash);
    }

    /** @return array<string, string> */
    public function rules(): array
    {
        return [
            'password' => 'required|string|min:12|confirmed',
            'token' => 'required|string',
        ];
    }
}
