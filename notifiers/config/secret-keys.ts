import { resolve } from 'node:path';
import { z } from 'zod';
import type { NotifierContext } from '../define-notifier.ts';
import { Secret } from '../../source-text/secret.ts';

type SecretKeys<Name extends string> = Record<`${Name}_file` | `${Name}_env`, z.ZodOptional<z.ZodString>>;
type Given<Name extends string> = Readonly<
  Partial<Record<`${Name}_file` | `${Name}_env`, string | undefined>>
>;

/** The two keys under which a secret is given: `NAME_file` and `NAME_env`. Never in the configuration itself. */
export function secretKeys<const Name extends string>(name: Name, what: string): SecretKeys<Name> {
  const path = z.string().min(1).optional();
  return {
    [`${name}_file`]: path.describe(`File with ${what}; read anew for each message.`),
    [`${name}_env`]: path.describe(`Environment variable with ${what}.`),
  } as SecretKeys<Name>;
}

/** Why the two keys do not name one place, or null. */
export function secretFault<const Name extends string>(
  given: Given<Name>,
  name: Name,
  need: 'required' | 'optional',
): string | null {
  const both = [given[`${name}_file`], given[`${name}_env`]];
  const count = both.filter((one) => one !== undefined).length;
  if (count === 1 || (count === 0 && need === 'optional')) return null;
  return count === 0
    ? `give exactly one of ${name}_file and ${name}_env`
    : `give only one of ${name}_file and ${name}_env`;
}

/** The secret that the keys name; undefined: neither is given. Files are relative to the configuration's folder. */
export function secretOf<const Name extends string>(
  given: Given<Name>,
  name: Name,
  context: Pick<NotifierContext, 'directory' | 'environment'>,
): Secret | undefined {
  const file = given[`${name}_file`];
  const env = given[`${name}_env`];
  if (file === undefined && env === undefined) return undefined;
  const path = file === undefined ? undefined : resolve(context.directory ?? '', file);
  return new Secret({ file: path, env }, context.environment);
}

/** A zod check that reports several faults of one section at its place. */
export const faultsCheck =
  <T>(faults: (value: T) => readonly (string | null)[]) =>
  (context: z.core.ParsePayload<T>): void => {
    for (const message of faults(context.value))
      if (message !== null)
        context.issues.push({ code: 'custom', message, input: context.value, path: [], continue: true });
  };
