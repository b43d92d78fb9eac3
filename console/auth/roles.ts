import type { Access } from '../access/access.ts';

/** Each may do what those before it may. */
export const roles = ['viewer', 'responder', 'admin'] as const;
export type Role = (typeof roles)[number];

export function mayActAs(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** As the audit log will name them. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

/** Who asks. */
export interface Caller extends Person {
  readonly access: Access;
}
