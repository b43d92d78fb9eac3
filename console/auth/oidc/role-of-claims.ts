import type { Person, Role } from '../roles.ts';
import { roles } from '../roles.ts';
import type { OidcConfig } from './oidc-config-schema.ts';

export type Claims = Readonly<Record<string, unknown>>;

const longestName = 100;

/** Who these claims are of, and what they may do; undefined: they are not let in. */
export function callerOfClaims(
  claims: Claims,
  config: Pick<OidcConfig, 'name_claim' | 'role_claim' | 'roles' | 'default_role'>,
): Person | undefined {
  const values = textsOf(claimAt(claims, config.role_claim));
  const role: Role | 'none' =
    roles.findLast((one) => config.roles[one].some((value) => values.includes(value))) ?? config.default_role;
  const name = [config.name_claim, 'email', 'sub']
    .map((claim) => textsOf(claimAt(claims, claim))[0])
    .find((text) => text !== undefined && text !== '');
  return role === 'none' || name === undefined ? undefined : { name: name.slice(0, longestName), role };
}

/** A name that stands there as it is (`https://example.com/roles`), else a path (`realm_access.roles`). */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? (value as Claims)[step]
          : undefined,
      claims,
    );
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string');
