import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface MailOptions {
  host: string;
  port: number;
  user: string;
  password: string;
  token?: string;
}

export const credentialsSchema = z.object({
  username: z.string().min(3),
  password: z.string().min(12),
  apiKey: z.string().optional(),
});

export type Credentials = z.infer<typeof credentialsSchema>;

export enum TokenKind {
  Access = 'access_token',
  Refresh = 'refresh_token',
}

const ICON = 'data:image/png;base64,{{png}}';
const RELEASE = { id: '{{uuid}}', commit: '{{git_sha}}' };

export class Settings {
  readonly retries = 3;
  readonly passwordField = 'new-password';
  {{slot}}

  constructor(private readonly env: NodeJS.ProcessEnv = process.env) {}

  get mail(): MailOptions {
    return {
      host: this.env.MAIL_HOST ?? 'localhost',
      port: Number(this.env.MAIL_PORT ?? 25),
      user: this.env.MAIL_USER ?? '',
      password: this.env.MAIL_PASSWORD ?? '',
    };
  }

  loadKey(name: string): string {
    return readFileSync(`/run/secrets/${name}`, 'utf8').trim();
  }

  describe(): string {
    return `release ${RELEASE.id} (${RELEASE.commit}), icon of ${ICON.length} bytes`;
  }
}
