export interface PasswordSignIn {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface TokenSignIn {
  readonly mechanism: 'oauthbearer';
  /** Asked at each connection, and again when the broker ends a session. */
  readonly token: () => Promise<string>;
}

export type KafkaSignIn = PasswordSignIn | TokenSignIn;
