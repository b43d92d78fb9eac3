import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { createAuthenticator, type Authenticator } from '../../console/auth/authenticator.ts';
import { providerFault } from '../../console/auth/oidc/discover-provider.ts';
import type { OidcConfig } from '../../console/auth/oidc/oidc-config-schema.ts';
import { callbackPath, createOidcSignIn, type OidcSignIn } from '../../console/auth/oidc/oidc-sign-in.ts';
import {
  createKubernetesSignIn,
  type KubernetesSignInOptions,
} from '../../console/auth/kubernetes/kubernetes-sign-in.ts';
import { withKubernetes } from '../../console/auth/kubernetes/with-kubernetes.ts';
import { withOidc } from '../../console/auth/oidc/with-oidc.ts';
import type { ConsoleConfig } from '../../console/config-schema.ts';
import { Secret, SecretError } from '../../source-text/secret.ts';
import { StartError } from '../start-error.ts';

export type ClusterPeople = Pick<KubernetesSignInOptions, 'reviews' | 'namespaces'>;

export interface SignInPlace {
  /** The cluster whose people may sign in (`console.kubernetes`). */
  readonly cluster?: ClusterPeople | undefined;
  readonly config: ConsoleConfig;
  /** Files are relative to it. */
  readonly directory: string;
}

export interface ConsoleSignIn {
  readonly authenticator: Authenticator;
  readonly oidc: OidcSignIn | undefined;
  readonly onSignInTrouble: (detail: string) => void;
}

/** Tokens of the configuration, the provider's people, or both. */
export function createConsoleSignIn(place: SignInPlace, logger: Logger): ConsoleSignIn {
  const tokens = tokensOf(place, (error) =>
    logger.error({}, `console: ${error.message}; nobody can sign in with it`),
  );
  const oidc = oidcOf(place);
  const known = oidc === undefined ? tokens : withOidc(tokens, oidc);
  const people =
    place.cluster &&
    createKubernetesSignIn({
      ...place.cluster,
      nowMs: () => Date.now(),
      onTrouble: (error) =>
        logger.warn({ error: error.message }, 'console: the API server does not know people'),
    });
  return {
    authenticator: people === undefined ? known : withKubernetes(known, people),
    oidc,
    onSignInTrouble: (detail) => logger.warn({ detail }, 'console: somebody could not sign in'),
  };
}

/** Throws a `StartError` for what a person has to mend. */
export async function assertSignIn(place: SignInPlace): Promise<void> {
  const { tokens, oidc } = place.config;
  const names = tokens.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw refusal(`console.tokens has two with the name ${twice}`, 'Give each a name of its own.');
  const makeOne = 'Make one: openssl rand -hex 24 > FILE && chmod 600 FILE';
  await readable('console.tokens', makeOne, () => tokensOf(place, () => undefined).check());
  if (oidc === undefined) return;
  const secret = await readable('console.oidc', 'Put the client secret of your provider there.', async () =>
    secretOf(oidc, place.directory)?.reveal(),
  );
  const fault = await providerFault(oidc, secret);
  if (fault !== null)
    throw refusal(
      `console.oidc: the provider ${oidc.issuer} cannot be used: ${fault}`,
      `Give the issuer as the provider names it itself (…/.well-known/openid-configuration), and register ${oidc.url.replace(/\/$/u, '')}${callbackPath} there.`,
    );
}

function tokensOf(
  { config, directory }: SignInPlace,
  onUnreadable: (error: SecretError) => void,
): Authenticator {
  return createAuthenticator({
    tokens: config.tokens,
    directory,
    environment: process.env,
    nowMs: () => Date.now(),
    onUnreadable,
  });
}

function oidcOf({ config, directory }: SignInPlace): OidcSignIn | undefined {
  if (config.oidc === undefined) return undefined;
  return createOidcSignIn({
    config: config.oidc,
    secret: secretOf(config.oidc, directory),
    nowMs: () => Date.now(),
  });
}

function secretOf(oidc: OidcConfig, directory: string): Secret | undefined {
  const { client_secret_file: file, client_secret_env: env } = oidc;
  if (file === undefined && env === undefined) return undefined;
  return new Secret({ file: file === undefined ? undefined : resolve(directory, file), env }, process.env);
}

async function readable<T>(key: string, remedy: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    throw refusal(`${key}: ${error.message}`, remedy, error);
  }
}

const refusal = (message: string, remedy: string, cause?: Error): StartError =>
  new StartError(message, remedy, { exitCode: 2, ...(cause && { cause }) });
